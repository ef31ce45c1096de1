"""Mail: it is taken once, read by whoever owns the chat, and owed until it is done with."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from fleet_stage import (
    ANNA,
    CHAT,
    HERE,
    Process,
    RecordedSignals,
    Stores,
    claim_of,
    joined,
    written,
)
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from tickertape.chat import (
    Address,
    ButtonPressed,
    ChatKind,
    Inbound,
    Message,
    Moved,
    Person,
    StopPressed,
)
from tickertape.conversation import Utterance
from tickertape.gateway.journal import BegunTurn
from tickertape.gateway.storage import messages
from tickertape.gateway.storage.tables import InboxRow

pytestmark = pytest.mark.anyio
pytest_plugins = ["database_fixtures", "fleet_fixtures"]

STOP = StopPressed(HERE, ANNA, message_id="9", press_id="p", key="stop")
PRESS = ButtonPressed(HERE, ANNA, "yes", message_id="9", press_id="q", key="press")
MOVED = Moved(replace(HERE, chat="-100"), CHAT[1], key="moved")


async def keys(process: Process, chat: tuple[str, str] = CHAT, after: int = 0) -> list[str]:
    """Return the keys of the mail of a chat."""
    return [one.inbound.key for one in (await process.mailbox.read(*chat, after)).letters]


async def test_mail_is_taken_once(stores: Stores, signals: RecordedSignals) -> None:
    """By one process or two, one after the other or at once; what has no key is taken always."""
    [a, b] = await joined(stores, signals, "a", "b")
    assert await a.mailbox.take(written("1"))
    assert not await b.mailbox.take(written("1", "other words"))
    taken = await asyncio.gather(*(one.mailbox.take(written("2")) for one in (a, b, a, b)))
    assert sorted(taken) == [False, False, False, True]
    assert await a.mailbox.take(written())
    assert await a.mailbox.take(written())
    assert await keys(b) == ["1", "2", "", ""]
    # What was taken before leaves nothing: its owner would wait for mail that does not come.
    assert (await claim_of(a.database)).mail == (await a.mailbox.read(*CHAT)).count == 4


async def test_what_was_taken_before_wakes_no_chat(
    stores: Stores, signals: RecordedSignals
) -> None:
    """The chat sleeps on."""
    [a] = await joined(stores, signals, "a")
    await a.own()
    [letter] = (await a.mailbox.read(*CHAT)).letters
    await a.journal.settle([replace(written(), taken=(letter.number,))])
    assert await a.claims.let_go(*CHAT, 1)
    assert not await a.mailbox.take(written("1"))
    row = await claim_of(a.database)
    assert (row.is_awake, row.mail) == (False, 1)


async def test_mail_in_its_order(stores: Stores, signals: RecordedSignals) -> None:
    """Turns that were begun come first; of other chats there is nothing."""
    [a] = await joined(stores, signals, "a")
    a.database.guard = None
    for key in "123":
        await a.mailbox.take(written(key))
        await a.mailbox.take(written(key, at=replace(HERE, chat="other")))
    letters = (await a.mailbox.read(*CHAT)).letters
    numbers = [letter.number for letter in letters]
    assert numbers == sorted(numbers)
    assert all(
        one.inbound == replace(written(k), taken=(one.number,))
        for one, k in zip(letters, "123", strict=True)
    )
    assert await keys(a, after=numbers[1]) == ["3"]
    last = letters[-1].inbound
    assert isinstance(last, Message)
    await a.journal.begin(last, Utterance("user", "what time?"))
    mail = await a.mailbox.read(*CHAT)
    assert [one.turn for one in mail.letters] == [BegunTurn(1, "what time?"), None, None]
    assert await keys(a) == ["3", "1", "2"]
    assert mail.count == 3
    assert await a.mailbox.read("telegram", "nobody") == replace(mail, count=0, letters=())


async def test_events_are_mail(stores: Stores, signals: RecordedSignals) -> None:
    """They are owed until they are done with; messages are not done with by that."""
    [a] = await joined(stores, signals, "a")
    events: list[Inbound] = [STOP, written("1"), PRESS, MOVED]
    for inbound in events:
        assert await a.mailbox.take(inbound)
        assert not await a.mailbox.take(inbound)
    # The news of a move goes to who owns the chat by its old id.
    letters = (await a.mailbox.read(*CHAT)).letters
    assert [replace(one.inbound, taken=()) if isinstance(one.inbound, Message) else one.inbound
            for one in letters] == events  # fmt: skip
    assert await keys(a, ("telegram", "-100")) == []
    await a.mailbox.done(letters)
    await a.mailbox.done(())
    assert await keys(a) == ["1"]


async def test_mail_that_cannot_be_read(
    stores: Stores, signals: RecordedSignals, caplog: pytest.LogCaptureFixture
) -> None:
    """A newer version took it, say: it is told of once, and keeps no chat awake."""
    [a] = await joined(stores, signals, "a")
    await a.mailbox.take(STOP)
    await a.mailbox.take(written("1"))
    unknown = update(InboxRow).where(InboxRow.key == "stop").values(payload='{"is": "Poll"}')
    async with a.database.write() as session:
        await session.execute(unknown)
    await a.claims.claim(*CHAT)
    assert await keys(a) == ["1"]
    assert await keys(a) == ["1"]
    assert [record.message for record in caplog.records].count(
        "a message that another version took cannot be read: it is not answered"
    ) == 1  # fmt: skip
    [letter] = (await a.mailbox.read(*CHAT)).letters
    await a.journal.settle([replace(written(), taken=(letter.number,))])
    assert await a.claims.let_go(*CHAT, 2)


async def test_mail_for_a_chat_that_moved(stores: Stores, signals: RecordedSignals) -> None:
    """What comes by the old id later is mail of the new one."""
    [a] = await joined(stores, signals, "a")
    await a.store.move(*CHAT, "-100")
    await a.mailbox.take(written("1"))
    assert signals.woken == [("telegram", "-100")]
    assert await keys(a, ("telegram", "-100")) == ["1"]


words = st.text(st.characters(codec=None), max_size=8)
addresses = st.builds(Address, words, words, st.sampled_from(ChatKind), st.none() | words)
people = st.none() | st.builds(Person, words, words)


@given(
    st.builds(StopPressed, addresses, people, st.none() | words, st.none() | words, words, words)
    | st.builds(ButtonPressed, addresses, people, words, st.none() | words, words, words)
    | st.builds(Moved, addresses, words, st.none(), words)
    | st.builds(Message, addresses, people, words, st.none() | words, st.booleans(), key=words)
)
def test_any_mail_as_text_and_back(inbound: Inbound) -> None:
    """Whatever people and platforms write, the text is ASCII: any database takes it."""
    told = messages.dumps(inbound)
    assert told.isascii()
    assert messages.loads(told) == inbound
