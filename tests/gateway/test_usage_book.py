"""What models took, in the database."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from databases import Database as Place
from sqlalchemy import select

from tickertape.chat import Address, ChatKind
from tickertape.events import Usage
from tickertape.gateway.storage.store import ConversationStore
from tickertape.gateway.storage.tables import UsageRow
from tickertape.gateway.storage.usage import UsageBook
from tickertape.watching.facts import MessageTaken, TokensUsed

pytestmark = pytest.mark.anyio
pytest_plugins = ["database_fixtures"]

CHAT = Address("telegram", "1001", ChatKind.PRIVATE)
OLD = Address("telegram", "-2002", ChatKind.GROUP, thread="5")
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


async def rows(store: ConversationStore) -> Sequence[UsageRow]:
    """Return all rows, in their order."""
    async with store.database.read() as session:
        return (await session.execute(select(UsageRow).order_by(UsageRow.id))).scalars().all()


async def test_a_turn_has_a_row_for_each_model(database: Place) -> None:
    """Steps are summed, also when another process goes on with the turn; costs as far as known."""
    store = await ConversationStore.open(database.url)
    book = UsageBook(store.database, clock=lambda: NOON)
    book.note(MessageTaken("telegram"))
    book.note(TokensUsed(CHAT, 7, "default", Usage(100, 10, 40), 0.5))
    book.note(TokensUsed(CHAT, 7, "clever", Usage(1, 2), 0.25))
    book.note(TokensUsed(CHAT, 7, "default", Usage(200, 20), 0.25))
    await book.flush()
    later = UsageBook(store.database, clock=lambda: NOON)
    later.note(TokensUsed(CHAT, 7, "clever", Usage(1, 2), None))
    later.note(TokensUsed(CHAT, 8, "default", Usage(3, 4), None))
    await later.flush()
    assert [
        (
            one.turn,
            one.model,
            one.requests,
            one.input_tokens,
            one.cached_tokens,
            one.output_tokens,
            one.cost,
        )
        for one in await rows(store)
    ] == [
        (7, "default", 2, 300, 40, 30, 0.75),
        (7, "clever", 2, 2, 0, 4, None),
        (8, "default", 1, 3, 0, 4, None),
    ]
    await store.aclose()


async def test_what_was_paid_stays_when_a_conversation_is_forgotten_or_moves(
    database: Place,
) -> None:
    """It has no words, and belongs to the chat under its new id."""
    store = await ConversationStore.open(database.url)
    book = UsageBook(store.database)
    for _ in range(2):  # turns without a number are rows of their own
        book.note(TokensUsed(OLD, 0, "", Usage(5, 6), None))
    await book.flush()
    await store.forget(OLD)
    await store.move("telegram", OLD.chat, "-1002002")
    book.note(TokensUsed(OLD, 9, "default", Usage(5, 6), None))
    await book.flush()
    found = await rows(store)
    assert [(one.turn, one.chat, one.thread) for one in found] == [
        (None, "-1002002", "5"),
        (None, "-1002002", "5"),
        (9, "-1002002", "5"),
    ]
    await store.aclose()


async def test_a_database_that_fails_is_tried_again(
    database: Place, caplog: pytest.LogCaptureFixture
) -> None:
    """What was told meanwhile is written with the next, and it is logged that it waits."""
    caplog.set_level(logging.ERROR, "tickertape")
    store = await ConversationStore.open(database.url)
    book = UsageBook(store.database)
    works, store.database.write = store.database.write, None  # type: ignore[method-assign, assignment]
    book.note(TokensUsed(CHAT, 1, "default", Usage(1, 1), None))
    await book.flush()
    store.database.write = works  # type: ignore[method-assign]
    book.note(TokensUsed(CHAT, 2, "default", Usage(2, 2), None))
    await book.flush()
    assert [one.turn for one in await rows(store)] == [1, 2]
    assert "what models took is not stored yet" in [one.message for one in caplog.records]
    await store.aclose()
