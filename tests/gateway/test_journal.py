"""The journal: a message is taken once, and owed until it is settled, whatever ends in between."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from databases import Database
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, event

from tickertape.chat import Address, ChatKind, Message, Person
from tickertape.conversation import Utterance
from tickertape.delivery.reply.pieces import SegmentsState
from tickertape.delivery.reply.progress import Progress, ProgressState
from tickertape.delivery.reply.route import Route
from tickertape.delivery.reply.state import ReplyState
from tickertape.delivery.ways import EDITS
from tickertape.gateway.journal import BegunTurn, Journal, Unsettled
from tickertape.gateway.storage import database_journal, messages
from tickertape.gateway.storage.database_journal import DatabaseJournal
from tickertape.gateway.storage.memory import PassingJournal, PassingMemory
from tickertape.gateway.storage.store import ConversationStore
from tickertape.markup.forms import Format
from tickertape.message import (
    Attachment,
    AttachmentKind,
    Author,
    AuthorKind,
    ForwardedMessage,
    QuotedMessage,
)

pytestmark = pytest.mark.anyio
pytest_plugins = ["database_fixtures"]

HERE = Address("telegram", "-1007", ChatKind.GROUP, thread="5")
NEW = replace(HERE, chat="-1002002")
ANNA = Person("1001", "Anna")
ASKED = Utterance("user", "what time?", Author("Anna", id="1001"))
ANSWER = Utterance("assistant", "Noon.")


def written(key: str = "", text: str = "what time?", at: Address = HERE) -> Message:
    """Make a message."""
    return Message(at, ANNA, text, "7", to_us=True, key=key)


def shown(length: int) -> ReplyState:
    """Make the state of a reply; others have another length."""
    said = SegmentsState(length, ())
    progress = ProgressState(Progress())
    return ReplyState(0.5, Route(HERE, EDITS), said, progress, Format.SPANS)


async def taken(journal: Journal, message: Message) -> Message:
    """Take a message that was not taken before."""
    message_taken = await journal.take(message)
    assert message_taken is not None
    return message_taken


async def reopened(store: ConversationStore, database: Database) -> ConversationStore:
    """Let another process open the database."""
    await store.aclose()
    return await ConversationStore.open(database.url)


@contextmanager
def failing(start: str) -> Iterator[None]:
    """Let every statement that starts so fail."""

    def fail(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(start):
            raise OSError("the disk is full")

    event.listen(Engine, "before_cursor_execute", fail)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", fail)


async def test_a_message_is_taken_once(database: Database) -> None:
    """Be it settled or not, and whatever was taken since; over a restart, too."""
    store = await ConversationStore.open(database.url)
    journal: Journal = DatabaseJournal(store.database)
    assert journal.is_lasting
    first = await taken(journal, written("a"))
    assert replace(first, taken=()) == written("a")
    assert await journal.take(written("a", "other words")) is None
    await taken(journal, written("b"))
    await journal.settle([first])
    store = await reopened(store, database)
    journal = DatabaseJournal(store.database)
    assert await journal.take(written("a")) is None
    assert await journal.take(written("b")) is None
    await store.aclose()


async def test_of_messages_at_once_one_is_taken(database: Database) -> None:
    """Two readers that report the same message at the same time get one answer."""
    store = await ConversationStore.open(database.url)
    journal = DatabaseJournal(store.database)
    offered = await asyncio.gather(*(journal.take(written("a")) for _ in range(4)))
    assert sum(message is not None for message in offered) == 1
    await store.aclose()


async def test_messages_that_are_others(database: Database) -> None:
    """Another channel, another chat and no key: each is taken, under a number that grows."""
    store = await ConversationStore.open(database.url)
    journal = DatabaseJournal(store.database)
    others = [
        written("a"),
        written("a", at=replace(HERE, channel="matrix")),
        written("a", at=NEW),
        written(),
        written(),
    ]
    numbers = [(await taken(journal, message)).taken[0] for message in others]
    assert numbers == sorted(set(numbers))
    await store.aclose()


async def test_what_is_owed_goes_on_after_a_restart(database: Database) -> None:
    """In the order in which it came: what was asked, how often, and what is on screen."""
    store = await ConversationStore.open(database.url)
    journal = DatabaseJournal(store.database)
    first = await taken(journal, written("a"))
    second = await taken(journal, written("b", "/retry"))
    third = await taken(journal, written("c"))
    await taken(journal, written("d", at=replace(HERE, channel="matrix")))
    fifth = await taken(journal, written("e"))
    for message, question in ((first, ASKED), (second, None), (fifth, ASKED)):
        assert await journal.begin(message, question) == 1
    await journal.record(first, [], shown(1))
    await journal.record(first, [ANSWER], shown(2))
    await journal.record(first, [ANSWER], None)
    await journal.settle([fifth])
    store = await reopened(store, database)
    journal = DatabaseJournal(store.database)
    assert await journal.unsettled({"telegram", "slack"}) == (
        Unsettled(first, BegunTurn(1, "what time?", shown(2))),
        Unsettled(second, BegunTurn(1, "")),
        Unsettled(third, None),
    )
    assert await store.history(HERE, limit=9) == (ASKED, ASKED, ANSWER, ANSWER)
    await journal.settle([first, third])
    assert [one.message for one in await journal.unsettled({"telegram"})] == [second]
    assert await journal.unsettled(()) == ()
    await store.aclose()


async def test_a_turn_begins_again(database: Database) -> None:
    """It is counted; its question stands in the conversation once, and its reply stays."""
    store = await ConversationStore.open(database.url)
    journal = DatabaseJournal(store.database)
    message = await taken(journal, written("a"))
    assert await journal.begin(message, ASKED) == 1
    await journal.record(message, [], shown(1))
    assert await journal.begin(message, ASKED) == 2
    assert await journal.begin(message) == 3
    assert await store.history(HERE, limit=9) == (ASKED,)
    owed = Unsettled(message, BegunTurn(3, "what time?", shown(1)))
    assert await journal.unsettled({"telegram"}) == (owed,)
    await store.aclose()


async def test_messages_that_were_joined(database: Database) -> None:
    """From their turn on they are owed as one, under the first number, and are settled together."""
    store = await ConversationStore.open(database.url)
    journal = DatabaseJournal(store.database)
    pieces = [await taken(journal, written(key)) for key in "ab"]
    assert len(await journal.unsettled({"telegram"})) == 2
    joined = replace(pieces[0], text="a\n\nb", taken=pieces[0].taken + pieces[1].taken)
    await journal.begin(joined, ASKED)
    await journal.record(joined, [], shown(1))
    whole = replace(joined, taken=pieces[0].taken)
    assert await journal.unsettled({"telegram"}) == (
        Unsettled(whole, BegunTurn(1, "what time?", shown(1))),
    )
    assert await journal.take(written("b")) is None
    await journal.settle([joined])
    assert await journal.unsettled({"telegram"}) == ()
    assert await journal.begin(pieces[0]) == 1, "nothing is left of the turn"
    await store.aclose()


async def test_a_message_that_is_in_no_journal(database: Database) -> None:
    """Its conversation is kept as any other; nothing is owed for it."""
    store = await ConversationStore.open(database.url)
    journal = DatabaseJournal(store.database)
    assert [await journal.begin(written(), ASKED) for _ in range(2)] == [1, 1]
    await journal.record(written(), [ANSWER], shown(1))
    await journal.record(written(), [], shown(2))
    await journal.settle([written()])
    assert await store.history(HERE, limit=9) == (ASKED, ASKED, ANSWER)
    assert await journal.unsettled({"telegram"}) == ()
    await store.aclose()


async def test_what_fails_leaves_nothing_behind(database: Database) -> None:
    """The conversation and the reply are as they were; the next time, all is done."""
    store = await ConversationStore.open(database.url)
    journal = DatabaseJournal(store.database)
    with failing("INSERT INTO inbox"), pytest.raises(OSError, match="full"):
        await journal.take(written("a"))
    message = await taken(journal, written("a"))
    with failing("INSERT INTO utterances"), pytest.raises(OSError, match="full"):
        await journal.begin(message, ASKED)
    assert await journal.unsettled({"telegram"}) == (Unsettled(message, None),)
    assert await journal.begin(message, ASKED) == 1
    await journal.record(message, [ANSWER], shown(1))
    begun = (Unsettled(message, BegunTurn(1, "what time?", shown(1))),)
    for statement in ("UPDATE turns", "INSERT INTO utterances"):
        with failing(statement), pytest.raises(OSError, match="full"):
            await journal.record(message, [ANSWER], shown(2))
        assert await journal.unsettled({"telegram"}) == begun
        assert await store.history(HERE, limit=9) == (ASKED, ANSWER)
    with failing("DELETE FROM turns"), pytest.raises(OSError, match="full"):
        await journal.settle([message])
    assert await journal.unsettled({"telegram"}) == begun
    await journal.settle([message])
    assert await journal.unsettled({"telegram"}) == ()
    await store.aclose()


async def test_a_chat_that_moves(database: Database) -> None:
    """What is owed there is owed in the new chat, and what was taken is not taken again."""
    store = await ConversationStore.open(database.url)
    journal = DatabaseJournal(store.database)
    known_there = await taken(journal, written("b", at=NEW))
    known_here = await taken(journal, written("b"))
    await journal.settle([known_there, known_here])
    message = await taken(journal, written("a"))
    await taken(journal, written())
    await journal.begin(message, ASKED)
    for _ in range(2):
        await store.move("telegram", HERE.chat, NEW.chat)
    await journal.record(message, [ANSWER], shown(1))
    store = await reopened(store, database)
    journal = DatabaseJournal(store.database)
    owed = await journal.unsettled({"telegram"})
    assert [(one.message.address, one.message.message_id) for one in owed] == [(NEW, None)] * 2
    assert owed[0].turn == BegunTurn(1, "what time?", shown(1))
    assert await store.history(NEW, limit=9) == (ASKED, ANSWER)
    for at in (HERE, NEW):
        assert [await journal.take(written(key, at=at)) for key in "ab"] == [None, None]
    await store.aclose()


async def test_what_was_settled_long_ago_is_forgotten(
    database: Database, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After 30 days, at the first message and now and then; what is owed is never forgotten."""
    monkeypatch.setattr(database_journal, "_TAKEN_BETWEEN", 3)
    store = await ConversationStore.open(database.url)
    now = [datetime(2026, 11, 1, tzinfo=UTC)]
    journal = DatabaseJournal(store.database, clock=lambda: now[0])
    settled, owed = [await taken(journal, written(key)) for key in "ab"]
    await journal.settle([settled])
    now[0] += timedelta(days=30, seconds=1)
    assert await journal.take(written("a")) is None, "until it is looked for"
    with failing("DELETE FROM inbox"), caplog.at_level(logging.WARNING):
        await taken(journal, written("c"))
    assert "old messages are not deleted" in caplog.text
    journal = DatabaseJournal(store.database, clock=lambda: now[0] - timedelta(seconds=1))
    assert await journal.take(written("a")) is None
    journal = DatabaseJournal(store.database, clock=lambda: now[0])
    assert await journal.take(written("b")) is None
    await taken(journal, written("a"))
    assert owed in [one.message for one in await journal.unsettled({"telegram"})]
    await store.aclose()


async def test_what_cannot_be_read(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    """A later version's message is settled, a later version's reply begins again; both are told."""
    store = await ConversationStore.open(database.url)
    journal = DatabaseJournal(store.database)
    first, second = [await taken(journal, written(key)) for key in "ab"]
    await journal.begin(second, ASKED)
    assert (first.taken, second.taken) == ((1,), (2,))
    await database.run(
        """UPDATE inbox SET payload = '{"secret": "words"}' WHERE id = 1;"""
        "INSERT INTO turns (id, attempt, question) VALUES (1, 1, '');"
        """UPDATE turns SET state = '{"secret": "words"}' WHERE id = 2;"""
    )
    owed = (Unsettled(second, BegunTurn(1, "what time?")),)
    with caplog.at_level(logging.WARNING):
        assert await journal.unsettled({"telegram"}) == owed
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 2
    assert "secret" not in caplog.text
    caplog.clear()
    await journal.record(second, [], shown(1))
    assert await journal.unsettled({"telegram"}) == (
        Unsettled(second, BegunTurn(1, "what time?", shown(1))),
    )
    assert caplog.text == ""
    assert await journal.take(written("a")) is None
    await store.aclose()


async def test_anything_can_be_written(database: Database) -> None:
    """No text harms the database; a message comes back to the letter."""
    store = await ConversationStore.open(database.url)
    journal = DatabaseJournal(store.database)
    odd = "nul\0 half \ud83d pair \N{GRINNING FACE}\r\n"
    message = await taken(journal, replace(written(odd, odd), parts=(odd, QuotedMessage((odd,)))))
    await journal.begin(message, Utterance("user", odd))
    state = replace(shown(1), key=odd, drafts=(odd,))
    await journal.record(message, [Utterance("assistant", odd)], state)
    kept = "nul\ufffd half \ufffd pair \N{GRINNING FACE}\r\n"
    assert await journal.unsettled({"telegram"}) == (Unsettled(message, BegunTurn(1, kept, state)),)
    assert [entry.text for entry in await store.history(HERE, limit=9)] == [kept, kept]
    assert await journal.take(written(odd)) is None
    await store.aclose()


AUTHORS = st.none() | st.builds(Author, st.text(), st.sampled_from(AuthorKind), st.text())
WORDS = st.text() | st.builds(Attachment, st.sampled_from(AttachmentKind), st.text())
PARTS = st.recursive(
    st.lists(WORDS, max_size=3).map(tuple),
    lambda parts: st.lists(
        WORDS
        | st.builds(QuotedMessage, parts, AUTHORS, st.booleans(), st.text())
        | st.builds(ForwardedMessage, parts, AUTHORS),
        max_size=3,
    ).map(tuple),
    max_leaves=6,
)
MESSAGES = st.builds(
    Message,
    st.builds(
        Address, st.text(), st.text(), st.sampled_from(ChatKind), thread=st.none() | st.text()
    ),
    st.none() | st.builds(Person, st.text(), st.text()),
    st.text(),
    st.none() | st.text(),
    st.booleans(),
    PARTS,
    album=st.text(),
    is_piece=st.booleans(),
    key=st.text(),
    order=st.integers(),
    sent_at=st.none() | st.floats(allow_nan=False),
    names_us=st.booleans(),
    taken=st.lists(st.integers(1), max_size=2).map(tuple),
)


@given(MESSAGES)
def test_a_message_is_the_same_when_it_is_read(message: Message) -> None:
    """Whatever it holds, its text is ASCII, and says all of it."""
    text = messages.dumps(message)
    assert text.isascii()
    assert messages.loads(text) == message


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"address": {}}', "null", "words"])
def test_no_message(text: str) -> None:
    """What is none is refused, without a word of it."""
    with pytest.raises(messages.MessageError, match=r"^not a message: \w+$"):
        messages.loads(text)


async def test_a_journal_that_ends_with_the_process() -> None:
    """It keeps the conversation, and owes nothing."""
    memory = PassingMemory()
    journal: Journal = PassingJournal(memory)
    assert not journal.is_lasting
    for _ in range(2):
        assert await journal.take(written("a")) == written("a")
    assert await journal.begin(written("a"), ASKED) == 1
    assert await journal.begin(written("a")) == 1
    await journal.record(written("a"), [ANSWER], shown(1))
    await journal.record(written("a"), [], shown(2))
    assert await memory.history(HERE, limit=9) == (ASKED, ANSWER)
    assert await journal.unsettled({"telegram"}) == ()
    await journal.settle([written("a")])
