"""People are let in while the gateway runs: a channel in memory, a real database and journal."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from databases import database_in
from gateway_stage import ANNA, GROUP, PRIVATE, FakeChannel, GatedAgent, Parrot

from tickertape.chat import Address, ChatKind, Person
from tickertape.events import Finished, TextDelta
from tickertape.gateway.access import Access, Admitted
from tickertape.gateway.admission import wording
from tickertape.gateway.loop import Gateway
from tickertape.gateway.storage.access_book import AccessBook
from tickertape.gateway.storage.database_journal import DatabaseJournal
from tickertape.gateway.storage.store import ConversationStore
from tickertape.ports import Agent

pytestmark = pytest.mark.anyio

BOB = Person("2002", "Bob *x*")
EVE = Person("3003", "Eve")
AT_BOB = Address("telegram", "2002", ChatKind.PRIVATE)
AT_EVE = Address("telegram", "3003", ChatKind.PRIVATE)
SUPERGROUP = Address("telegram", "-1001007", ChatKind.GROUP)
PAIRING = Access(frozenset(), admins=frozenset({ANNA.id}), pairing=True)


@dataclass
class Running:
    """A gateway that runs."""

    channel: FakeChannel
    """Its only channel."""
    gateway: Gateway
    """The gateway."""
    store: ConversationStore
    """Its database."""
    elsewhere: AccessBook
    """The book of the same database, as another process has it open."""

    async def code_of(self, at: Address) -> str:
        """Wait until a stranger has a code; give it."""
        await self.sees(at, lambda texts: any(map(_CODE.search, texts)))
        codes = [found[1] for text in self.channel.texts(at) if (found := _CODE.search(text))]
        return codes[-1]

    async def sees(self, at: Address, seen: Callable[[list[str]], bool]) -> None:
        """Wait until a chat shows what `seen` looks for."""
        channel = self.channel
        async with asyncio.timeout(10), channel.changed:
            await channel.changed.wait_for(lambda: seen(channel.texts(at)))


_CODE = re.compile(r": ([A-Z0-9]{8})$")


@asynccontextmanager
async def letting_in(
    path: Path,
    agent: Agent,
    access: Access = PAIRING,
    *,
    buttons: bool = True,
    work: FakeChannel | None = None,
) -> AsyncIterator[Running]:
    """Run a gateway over a database at `path`, and stop it at the end."""
    url = database_in(path)
    store, other = await ConversationStore.open(url), await ConversationStore.open(url)
    channel = FakeChannel(buttons=buttons)
    gateway = Gateway(
        {PRIVATE.channel: channel} | ({"work": work} if work is not None else {}),
        agent,
        store,
        access,
        journal=DatabaseJournal(store.database),
        book=AccessBook(store.database),
    )
    task = asyncio.create_task(gateway.run())
    try:
        yield Running(channel, gateway, store, AccessBook(other.database))
    finally:
        gateway.stop()
        async with asyncio.timeout(10):
            await task
        await store.aclose()
        await other.aclose()


async def test_another_process_lets_a_stranger_in(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The stranger gets a code, is told when it was approved, and is answered; all by their id."""
    caplog.set_level(logging.INFO, "tickertape")
    agent = Parrot("Hello, Bob.")
    async with letting_in(tmp_path, agent) as running:
        running.channel.write("hi, it is Bob", AT_BOB, BOB)
        code = await running.code_of(AT_BOB)
        [asks] = running.channel.texts(AT_BOB)
        assert "within an hour" in asks
        entry = await running.elsewhere.approve_code(code, "the command line")
        assert entry is not None
        await running.channel.shows(asks, wording.WELCOME, at=AT_BOB)
        running.channel.write("hi again", AT_BOB, BOB)
        await running.channel.shows(asks, wording.WELCOME, "Hello, Bob.", at=AT_BOB)
    assert [turn.text for turn in agent.turns] == ["hi again"]
    said = [(one.message, getattr(one, "id", ""), getattr(one, "by", "")) for one in caplog.records]
    assert ("a stranger asks to be let in", "2002", "") in said
    assert ("let in", "2002", "the command line") in said
    logged = " ".join(str(vars(one)) for one in caplog.records)
    assert code not in logged
    assert "Bob *x*" not in logged
    async with letting_in(tmp_path, Parrot("Still here.")) as running:
        running.channel.write("and after a restart?", AT_BOB, BOB)
        await running.channel.shows("Still here.", at=AT_BOB)


async def test_a_message_right_after_the_approval_is_answered(tmp_path: Path) -> None:
    """Before the gateway has looked again: it looks when a stranger writes who has a code."""
    async with letting_in(tmp_path, Parrot("Hello, Bob.")) as running:
        running.channel.write("let me in", AT_BOB, BOB)
        code = await running.code_of(AT_BOB)
        await running.elsewhere.approve_code(code, "me")
        running.channel.write("hi", AT_BOB, BOB)
        await running.sees(AT_BOB, lambda texts: "Hello, Bob." in texts and len(texts) == 3)


async def test_a_button_of_an_earlier_process(tmp_path: Path) -> None:
    """It decides as well, and goes."""
    async with letting_in(tmp_path, Parrot("yes")) as running:
        running.channel.write("hello")
        await running.channel.shows("yes")
        running.channel.write("let me in", AT_BOB, BOB)
        message_id = await running.channel.offers(PRIVATE)
        screen = running.channel.screen(PRIVATE)
    async with letting_in(tmp_path, Parrot("yes")) as running:
        running.channel.screens[PRIVATE.chat, None] = screen
        press = running.channel.press_button(message_id, 0, PRIVATE, ANNA)
        assert await running.channel.told(press) == wording.LET_IN
        await running.channel.withdraws(PRIVATE)
        await running.channel.shows(wording.WELCOME, at=AT_BOB)


async def test_an_admin_lets_a_stranger_in_by_a_button(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The request is announced where an admin wrote before; a press decides, once."""
    caplog.set_level(logging.INFO, "tickertape")
    async with letting_in(tmp_path, Parrot("yes")) as running:
        channel = running.channel
        channel.write("hello")
        await channel.shows("yes")
        channel.write("let me in", AT_BOB, BOB)
        message_id = await channel.offers(PRIVATE)
        assert channel.texts(PRIVATE)[-1] == "Bob x (telegram:2002) asks to be let in."
        [asks] = channel.texts(AT_BOB)
        press = channel.press_button(message_id, 0, PRIVATE, EVE)
        assert await channel.told(press) == wording.NOT_AN_ADMIN
        press = channel.press_button(message_id, 0, PRIVATE, ANNA)
        assert await channel.told(press) == wording.LET_IN
        await channel.withdraws(PRIVATE)
        await channel.shows(asks, wording.WELCOME, at=AT_BOB)
        press = channel.press_button(message_id, 1, PRIVATE, ANNA)
        assert await channel.told(press) == wording.OVER
        channel.write("hi", AT_BOB, BOB)
        await channel.shows(asks, wording.WELCOME, "yes", at=AT_BOB)
    by = [getattr(one, "by", "") for one in caplog.records if one.message == "let in"]
    assert by == ["telegram:1001"]


async def test_an_admin_refuses(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The stranger is told, gets no other code, and has freed their place."""
    caplog.set_level(logging.INFO, "tickertape")
    async with letting_in(tmp_path, Parrot("yes")) as running:
        channel = running.channel
        channel.write("let me in", AT_BOB, BOB)
        code = await running.code_of(AT_BOB)
        channel.write("hello")
        message_id = await channel.offers(PRIVATE)
        press = channel.press_button(message_id, 1, PRIVATE, ANNA)
        assert await channel.told(press) == wording.REFUSED
        await running.sees(AT_BOB, lambda texts: texts[-1] == wording.YOU_ARE_REFUSED)
        assert await running.elsewhere.approve_code(code, "me") is None
        channel.write("please", AT_BOB, BOB)
        channel.write("me?", AT_EVE, EVE)
        await running.code_of(AT_EVE)
        assert len(channel.texts(AT_BOB)) == 2
    refused = [one for one in caplog.records if one.message == "a request to be let in was refused"]
    assert [(vars(one)["id"], vars(one)["by"]) for one in refused] == [("2002", "telegram:1001")]


async def test_an_admin_of_one_channel_decides_there_alone(tmp_path: Path) -> None:
    """Strangers of another are not announced to them, not theirs to decide, and not shown."""
    access = Access(frozenset(), admins=frozenset({"1001", "work:55"}), pairing=True)
    chief = Person("55", "Chief")
    at_work = Address("work", "55", ChatKind.PRIVATE)
    work = FakeChannel(buttons=True)
    async with letting_in(tmp_path, Parrot("yes"), access, work=work) as running:
        channel = running.channel
        for place, who, text in ((PRIVATE, ANNA, "hello"), (at_work, chief, "hello")):
            (channel if place is PRIVATE else work).write(text, place, who)
        await channel.shows("yes")
        await work.shows("yes", at=at_work)
        channel.write("let me in", AT_BOB, BOB)
        code = await running.code_of(AT_BOB)
        message_id = await channel.offers(PRIVATE)
        work.write("/access", at_work, chief)
        work.write(f"/approve {code}", at_work, chief)
        async with asyncio.timeout(10), work.changed:
            await work.changed.wait_for(lambda: len(work.texts(at_work)) == 3)
        _, listed, refused = work.texts(at_work)
        assert "2002" not in listed
        assert refused == wording.NO_REQUEST
        offered = channel.screen(PRIVATE).offers[message_id]
        work.screen(at_work).offers["m9"] = offered  # a button that is not theirs, forged
        press = work.press_button("m9", 0, at_work, chief)
        assert await work.told(press) == wording.NOT_AN_ADMIN
        assert [one.id for one in (await running.elsewhere.read()).requests] == ["2002"]
        press = channel.press_button(message_id, 0, PRIVATE, ANNA)
        assert await channel.told(press) == wording.LET_IN


async def test_words_do_where_there_are_no_buttons(tmp_path: Path) -> None:
    """An admin names the code; five wrong ones are enough for an hour."""
    async with letting_in(tmp_path, Parrot("yes"), buttons=False) as running:
        channel = running.channel
        channel.write("hello")
        await channel.shows("yes")
        channel.write("let me in", AT_BOB, BOB)
        code = await running.code_of(AT_BOB)
        await running.sees(PRIVATE, lambda texts: "/approve lets them in" in texts[-1])
        channel.write("/approve")
        await running.sees(PRIVATE, lambda texts: texts[-1] == wording.WHICH_CODE)
        channel.write("/approve AAAAAAAA")
        await running.sees(PRIVATE, lambda texts: texts[-1] == wording.NO_REQUEST)
        channel.write(f"/approve {code.lower()}")
        await running.sees(PRIVATE, lambda texts: texts[-1] == "Let in: Bob x (`telegram:2002`)")
        await running.sees(AT_BOB, lambda texts: texts[-1] == wording.WELCOME)
        channel.write("me, too", AT_EVE, EVE)
        code = await running.code_of(AT_EVE)
        channel.write(f"/refuse {code}")
        await running.sees(AT_EVE, lambda texts: texts[-1] == wording.YOU_ARE_REFUSED)
        for _ in range(5):
            channel.write("/approve BBBBBBBB")
        await running.sees(PRIVATE, lambda texts: texts[-1] == wording.TOO_MANY_GUESSES)
        channel.write("/access")
        await running.sees(PRIVATE, lambda texts: "Bob x (`telegram:2002`): user" in texts[-1])


async def test_strangers_cannot_make_the_bot_write_without_end(tmp_path: Path) -> None:
    """Three have a code; a fourth is told so; all further messages of theirs meet silence."""
    people = [Person(str(number), f"P{number}") for number in range(50, 60)]
    places = [Address("telegram", person.id, ChatKind.PRIVATE) for person in people]
    async with letting_in(tmp_path, Parrot("yes")) as running:
        channel = running.channel
        for _ in range(3):
            for person, place in zip(people, places, strict=True):
                channel.write("let me in", place, person)
        channel.write("hello")
        await running.sees(PRIVATE, lambda texts: "yes" in texts)
        await running.sees(places[4], lambda texts: texts == [wording.FULL])
        codes = {await running.code_of(place) for place in places[:3]}
        assert len(codes) == 3
        assert [len(channel.texts(place)) for place in places] == [1] * 5 + [0] * 5


async def test_a_stranger_in_a_group_gets_no_code(tmp_path: Path) -> None:
    """Nor one without pairing, nor a post without a sender."""
    async with letting_in(tmp_path, Parrot("yes")) as running:
        running.channel.write("hi", GROUP, BOB)
        running.channel.write("hi", GROUP, None)
        running.channel.write("/approve AAAAAAAA", AT_EVE, EVE)  # no admin: a stranger's message
        await running.code_of(AT_EVE)
        assert running.channel.texts(GROUP) == []
    async with letting_in(tmp_path, Parrot("yes"), Access(frozenset({ANNA.id}))) as running:
        running.channel.write("hi", AT_BOB, BOB)
        running.channel.write("hello")
        await running.channel.shows("yes")
        assert running.channel.texts(AT_BOB) == []


async def test_a_group_is_admitted_as_such(tmp_path: Path) -> None:
    """By an admin who writes there: everyone there is answered, there alone, until it is ended."""
    agent = Parrot("yes")
    async with letting_in(tmp_path, agent) as running:
        channel = running.channel
        channel.write("/admit", GROUP, BOB)
        channel.write("/admit")
        await channel.shows(wording.IN_A_GROUP)
        channel.write("/access", GROUP)
        await channel.shows(wording.IN_PRIVATE, at=GROUP)
        channel.write("/admit", GROUP)
        await channel.shows(wording.IN_PRIVATE, wording.ADMITTED_GROUP, at=GROUP)
        channel.write("hello?", GROUP, BOB)
        await running.sees(GROUP, lambda texts: texts[-1:] == ["yes"])
        channel.moves(GROUP, SUPERGROUP)
        channel.write("and here?", SUPERGROUP, BOB)
        await channel.shows("yes", at=SUPERGROUP)
        channel.write("hi", AT_BOB, BOB)
        await running.code_of(AT_BOB)
        channel.write("/admit off", SUPERGROUP)
        await channel.shows("yes", wording.EXPELLED_GROUP, at=SUPERGROUP)
        channel.write("and now?", SUPERGROUP, BOB)
        channel.write("hello")
        await running.sees(PRIVATE, lambda texts: texts[-1:] == ["yes"])
    assert [turn.text for turn in agent.turns if turn.address.kind is ChatKind.GROUP] == [
        '[from "Bob *x*"]\nhello?',
        '[from "Bob *x*"]\nand here?',
    ]


async def test_a_group_that_the_configuration_admits(tmp_path: Path) -> None:
    """An order takes nothing away that the operator's file gives, and says so."""
    access = Access(frozenset(), admins=frozenset({ANNA.id}), groups=frozenset({GROUP.chat}))
    async with letting_in(tmp_path, Parrot("yes"), access) as running:
        running.channel.write("hi", GROUP, BOB)
        await running.channel.shows("yes", at=GROUP)
        running.channel.write("/admit off", GROUP)
        await running.channel.shows("yes", wording.NOT_LISTED, at=GROUP)


class Heard(logging.Handler):
    """What is logged, as it is logged."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.messages: asyncio.Queue[str] = asyncio.Queue()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a message."""
        self.messages.put_nowait(record.getMessage())

    async def until(self, message: str) -> None:
        """Wait until something is logged."""
        async with asyncio.timeout(10):
            while await self.messages.get() != message:
                pass


@pytest.fixture
def heard(caplog: pytest.LogCaptureFixture) -> Iterator[Heard]:
    """Listen to the log."""
    caplog.set_level(logging.INFO, "tickertape")
    handler = Heard()
    logging.getLogger("tickertape").addHandler(handler)
    yield handler
    logging.getLogger("tickertape").removeHandler(handler)


async def test_a_removed_person(tmp_path: Path, heard: Heard) -> None:
    """Their running answer ends as it would; what waits is dropped, here and after a restart."""
    agent = GatedAgent()
    async with letting_in(tmp_path, agent) as running:
        channel = running.channel
        channel.write("hello")
        await agent.turn()
        await running.elsewhere.add(Admitted("telegram", BOB.id, by="me", at=1.0))
        await heard.until("let in")
        channel.write("one", AT_BOB, BOB)
        _, say = await agent.turn()
        channel.write("two", AT_BOB, BOB)
        assert await running.elsewhere.remove("telegram", BOB.id)
        await heard.until("no longer let in")
        say(TextDelta("First."))
        say(Finished())
        await channel.shows("First.", at=AT_BOB)
    parrot = Parrot("again")
    async with letting_in(tmp_path, parrot) as running:
        await running.channel.shows("again")
        assert running.channel.texts(AT_BOB) == []
    assert [turn.text for turn in parrot.turns] == ["hello"]


async def test_what_was_owed_to_one_who_is_removed_while_nothing_runs(tmp_path: Path) -> None:
    """It is not answered by the next process, and they are not offered a code for it."""
    agent = GatedAgent()
    entry = Admitted("telegram", BOB.id, by="me", at=1.0)
    async with letting_in(tmp_path, Parrot("-")) as running:
        await running.elsewhere.add(entry)
    async with letting_in(tmp_path, agent) as running:
        running.channel.write("one", AT_BOB, BOB)
        await agent.turn()
        running.channel.write("two", AT_BOB, BOB)
        running.channel.write("hello")
        await agent.turn()
    store = await ConversationStore.open(database_in(tmp_path))
    assert await AccessBook(store.database).remove("telegram", BOB.id)
    await store.aclose()
    parrot = Parrot("again")
    async with letting_in(tmp_path, parrot) as running:
        await running.channel.shows("again")
        assert running.channel.texts(AT_BOB) == []
    store = await ConversationStore.open(database_in(tmp_path))
    assert await DatabaseJournal(store.database).unsettled(["telegram"]) == ()
    await store.aclose()
    assert [turn.text for turn in parrot.turns] == ["hello"]


async def test_what_happens_while_nothing_runs(tmp_path: Path) -> None:
    """A code that was given before a restart counts after it; the welcome waits for the bot."""
    async with letting_in(tmp_path, Parrot("yes")) as running:
        running.channel.write("let me in", AT_BOB, BOB)
        code = await running.code_of(AT_BOB)
    async with letting_in(tmp_path, Parrot("yes")) as running:
        # Only a hash of the code outlived the first process: who asks again gets another one.
        running.channel.write("hello?", AT_BOB, BOB)
        newer = await running.code_of(AT_BOB)
        assert newer != code
        assert await running.elsewhere.approve_code(code, "me") is None
    store = await ConversationStore.open(database_in(tmp_path))
    assert await AccessBook(store.database).approve_code(newer, "me") is not None
    await store.aclose()
    async with letting_in(tmp_path, Parrot("yes")) as running:
        await running.channel.shows(wording.WELCOME, at=AT_BOB)
        running.channel.write("hi", AT_BOB, BOB)
        await running.channel.shows(wording.WELCOME, "yes", at=AT_BOB)
    async with letting_in(tmp_path, Parrot("yes")) as running:
        running.channel.write("hi", AT_BOB, BOB)
        await running.channel.shows("yes", at=AT_BOB)


async def test_a_command_of_an_admin_is_unknown_to_others(tmp_path: Path) -> None:
    """A user reads what is said of any word that the bot does not know."""
    access = Access(frozenset({BOB.id}), admins=frozenset({ANNA.id}))
    async with letting_in(tmp_path, Parrot("yes"), access) as running:
        running.channel.write("/access", AT_BOB, BOB)
        told = "I do not know /access. /help lists what I know."
        await running.channel.shows(told, at=AT_BOB)
