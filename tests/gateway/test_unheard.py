"""Where a database's answer is lost, what was written about a turn is written once."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from databases import Database
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from tickertape.chat import Address, ChatKind, Message, Person
from tickertape.conversation import Utterance
from tickertape.delivery.reply.pieces import SegmentsState
from tickertape.delivery.reply.progress import Progress, ProgressState
from tickertape.delivery.reply.route import Route
from tickertape.delivery.reply.state import ReplyState
from tickertape.delivery.ways import EDITS
from tickertape.gateway.journal import BegunTurn, Unsettled
from tickertape.gateway.storage import unheard
from tickertape.gateway.storage.database_journal import DatabaseJournal
from tickertape.gateway.storage.postgres_failures import is_passing
from tickertape.gateway.storage.store import ConversationStore
from tickertape.gateway.storage.unheard import PAUSES, until_heard
from tickertape.markup.forms import Format

pytestmark = pytest.mark.anyio
pytest_plugins = ["database_fixtures"]

HERE = Address("telegram", "1001", ChatKind.PRIVATE)
ASKED = Utterance("user", "what time?")
ANSWER = Utterance("assistant", "Noon.")
STATE = ReplyState(
    0.5,
    Route(HERE, EDITS),
    SegmentsState(1, ()),
    ProgressState(Progress()),
    Format.SPANS,
)


class AnswerError(Exception):
    """An error of psycopg's, by its code."""

    def __init__(self, words: str, sqlstate: str | None = None) -> None:
        super().__init__(words)
        self.sqlstate = sqlstate


def written(text: str, key: str) -> Message:
    """Make a message."""
    return Message(HERE, Person("1001", "Anna"), text, "7", to_us=True, key=key)


def lost() -> OperationalError:
    """Return the error of a call whose answer is lost."""
    return OperationalError(None, None, AnswerError("server closed the connection unexpectedly"))


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unheard, "PAUSES", (0.0,) * len(PAUSES))


@asynccontextmanager
async def losing(store: ConversationStore, answers: int) -> AsyncIterator[None]:
    """Have the answers to so many of the next writes be lost: they are carried out."""
    left = answers
    write = store.database.write

    @asynccontextmanager
    async def losing_write() -> AsyncIterator[AsyncSession]:
        nonlocal left
        async with write() as session:
            yield session
        left -= 1
        if left >= 0:
            raise lost()

    store.database.write = losing_write  # type: ignore[method-assign]
    yield
    store.database.write = write  # type: ignore[method-assign]
    assert left <= 0, "an answer was not lost"


@pytest.mark.parametrize("answers", [1, 2, len(PAUSES)])
async def test_each_write_about_a_turn_is_done_once(database: Database, answers: int) -> None:
    """The attempt is counted once, and each entry is there once, in its order."""
    store = await ConversationStore.open(database.url)
    journal = DatabaseJournal(store.database)
    first = await journal.take(written("what time?", "a"))
    later = await journal.take(written("and now?", "b"))
    assert first is not None
    assert later is not None
    added = replace(ASKED, text="and now?", is_added=True)
    async with losing(store, answers):
        assert await journal.begin(first, ASKED) == 1
    async with losing(store, answers):
        assert await journal.begin(first) == 2
    async with losing(store, answers):
        await journal.record(first, [added], None, [later])
    async with losing(store, answers):
        await journal.leave(first)
    async with losing(store, answers):
        await journal.record(first, [ANSWER], STATE)
    assert await store.history(HERE, limit=9) == (ASKED, added, ANSWER)
    [owed] = await journal.unsettled({"telegram"})
    assert owed == Unsettled(first, BegunTurn(2, "what time?", STATE, 1))
    async with losing(store, answers):
        await journal.settle([first])
    assert await journal.unsettled({"telegram"}) == ()
    await store.aclose()


async def test_what_stays_away_is_an_error(database: Database) -> None:
    """An entry is lost, and told so, rather than added twice."""
    store = await ConversationStore.open(database.url)
    journal = DatabaseJournal(store.database)
    taken = await journal.take(written("what time?", "a"))
    assert taken is not None
    async with losing(store, len(PAUSES) + 1):
        with pytest.raises(OperationalError):
            await journal.begin(taken, ASKED)
    assert await store.history(HERE, limit=9) == (ASKED,)
    await store.aclose()


async def test_two_writes_alike_are_two(database: Database) -> None:
    """An agent may say the same twice."""
    store = await ConversationStore.open(database.url)
    journal = DatabaseJournal(store.database)
    taken = await journal.take(written("what time?", "a"))
    assert taken is not None
    await journal.begin(taken, ASKED)
    for _ in range(2):
        await journal.record(taken, [ANSWER], STATE)
    assert await store.history(HERE, limit=9) == (ASKED, ANSWER, ANSWER)
    await store.aclose()


@given(failures=st.integers(0, len(PAUSES) + 2))
async def test_a_call_is_made_until_it_is_heard(failures: int) -> None:
    """After a few seconds it is given up."""
    calls = 0

    @until_heard
    async def call() -> int:
        nonlocal calls
        calls += 1
        if calls <= failures:
            raise lost()
        return calls

    if failures <= len(PAUSES):
        assert await call() == failures + 1
    else:
        with pytest.raises(OperationalError):
            await call()
        assert calls == len(PAUSES) + 1


async def test_what_is_refused_is_not_called_again(caplog: pytest.LogCaptureFixture) -> None:
    """It would be refused again."""
    calls = 0

    @until_heard
    async def call() -> None:
        nonlocal calls
        calls += 1
        raise OperationalError(None, None, AnswerError("database or disk is full"))

    caplog.set_level(logging.WARNING)
    with pytest.raises(OperationalError):
        await call()
    assert (calls, caplog.records) == (1, [])


@pytest.mark.parametrize(
    ("words", "sqlstate", "is_invalid", "passes"),
    [
        ("server closed the connection unexpectedly", None, False, True),
        ("connection refused", None, False, True),
        ("the database system is starting up", "57P03", False, True),
        ("terminating connection due to administrator command", "57P01", False, True),
        ("consuming input failed", None, True, True),
        ("deadlock detected", "40P01", False, True),
        ("could not serialize access due to concurrent update", "40001", False, True),
        ("sorry, too many clients already", "53300", False, True),
        ("permission denied for table turns", "42501", False, False),
        ("could not extend file: No space left on device", "53100", False, False),
        ("duplicate key value violates unique constraint", "23505", False, False),
        ("database or disk is full", None, False, False),
        ("database is locked", None, False, False),
        ("password authentication failed for user", None, False, False),
    ],
)
def test_what_passes(words: str, sqlstate: str | None, *, is_invalid: bool, passes: bool) -> None:
    """A server that is away for a moment, and transactions that were in each other's way."""
    cause = AnswerError(words, sqlstate)
    error = DBAPIError(None, None, cause, connection_invalidated=is_invalid)
    assert is_passing(error) is passes
