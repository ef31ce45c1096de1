"""What one process leaves, the next one goes on with: nothing is lost, doubled or asked twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TypeVar

import pytest
from databases import database_in
from gateway_stage import (
    ANNA,
    GROUP,
    PRIVATE,
    STOPPED,
    FakeChannel,
    GatedAgent,
    Parrot,
    drafted,
    kept,
    posted,
    reopened,
)

from tickertape.agent.loop import ModelAgent
from tickertape.agent.models import Model
from tickertape.agent.replay import events_of
from tickertape.chat import Address, ChatKind, Message, Person
from tickertape.conversation import Entry, Step, TextPart, ToolCall, ToolResult, Utterance
from tickertape.delivery.actions import Action, Outcome
from tickertape.delivery.marks import StopReason, mark_of_stop
from tickertape.delivery.reply.state import ReplyState
from tickertape.errors import FailureKind, ProviderError
from tickertape.events import (
    Event,
    Failed,
    Finished,
    Recorded,
    SegmentEnded,
    TextDelta,
    ToolFinished,
    ToolStarted,
)
from tickertape.gateway import commands, executor, intake
from tickertape.gateway.access import Access
from tickertape.gateway.answers.attempt import MOST_ATTEMPTS
from tickertape.gateway.custom_commands.catalog import Catalog
from tickertape.gateway.loop import Gateway
from tickertape.gateway.settings import QueueMode
from tickertape.gateway.storage.database import Database
from tickertape.gateway.storage.database_journal import DatabaseJournal
from tickertape.gateway.storage.store import ConversationStore
from tickertape.message import Author, ForwardedMessage
from tickertape.ports import Agent, Turn
from tickertape.testing.providers import ScriptedProvider
from tickertape.tools.functions import FunctionTool

pytestmark = pytest.mark.anyio

T = TypeVar("T")
PLACES = [PRIVATE, GROUP]
GIVEN_UP = mark_of_stop(StopReason.KILLED)


class Keyed(FakeChannel):
    """A channel whose messages have keys, and which brings one again until it is confirmed."""

    def __init__(self) -> None:
        super().__init__()
        self.is_cut = False
        """Whether the process that writes here is dead."""
        self.deaf = False
        """Whether calls are carried out, and never answered."""
        self.brought: list[Message] = []
        """What was written, in order."""

    def write(self, text: str, to: Address = PRIVATE, sender: Person | None = ANNA) -> str:
        """Let a person write."""
        message_id = self._next_id()
        message = Message(to, sender, text, message_id, to_us=True, key=f"update {message_id}")
        self.bring(message)
        return message_id

    def bring(self, message: Message) -> None:
        """Bring a message, perhaps again."""
        self.brought.append(message)
        self._incoming.put_nowait(message)

    async def is_read(self) -> None:
        """Wait until all that came in was read."""
        for _ in range(50):  # it is read and passed on in a few turns of the loop
            await asyncio.sleep(0)
        assert self._incoming.empty()

    def again(self) -> None:
        """Bring all again that was written: it was sent before this process began."""
        self._incoming = asyncio.Queue()
        for message in list(self.brought):
            self._incoming.put_nowait(replace(message, sent_at=1.0))
        self.end()

    async def perform(self, action: Action) -> Outcome:
        """Perform an action, unless the process is dead."""
        if self.is_cut:
            await asyncio.get_running_loop().create_future()
        outcome = await super().perform(action)
        if self.deaf:
            await asyncio.get_running_loop().create_future()
        return outcome


class CutJournal(DatabaseJournal):
    """A journal of a process that can die: nothing is written from then on."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.is_cut = False
        """Whether the process is dead."""
        self.taken = 0
        """How many messages it took."""
        self.states: list[ReplyState] = []
        """What was recorded of replies."""
        self.changed = asyncio.Condition()

    async def take(self, message: Message) -> Message | None:
        """Record a message while the process lives."""
        kept = await self._live(super().take(message))
        self.taken += 1
        await self._tell()
        return kept

    async def begin(
        self,
        message: Message,
        question: Utterance | None = None,
        added: Sequence[Utterance] = (),
    ) -> int:
        """Record the beginning of a turn while the process lives."""
        return await self._live(super().begin(message, question, added))

    async def record(
        self,
        message: Message,
        entries: Sequence[Entry],
        state: ReplyState | None,
        added: Collection[Message] = (),
    ) -> None:
        """Record while the process lives."""
        await self._live(super().record(message, entries, state, added))
        if state is not None:
            self.states.append(state)
        await self._tell()

    async def leave(self, message: Message) -> None:
        """Leave a turn while the process lives."""
        await self._live(super().leave(message))

    async def settle(self, messages: Collection[Message]) -> None:
        """Settle while the process lives."""
        await self._live(super().settle(messages))

    async def has(self, seen: Callable[[CutJournal], bool]) -> None:
        """Wait until it holds what `seen` looks for."""
        async with asyncio.timeout(10), self.changed:
            await self.changed.wait_for(lambda: seen(self))

    async def _live(self, call: Coroutine[None, None, T]) -> T:
        if self.is_cut:
            call.close()
            raise OSError("the process is dead")
        return await call

    async def _tell(self) -> None:
        async with self.changed:
            self.changed.notify_all()


class Life:
    """One process: its gateway, and its sudden end."""

    def __init__(
        self,
        channel: Keyed,
        store: ConversationStore,
        agent: Agent,
        grace: float,
        queue: QueueMode = "queue",
        custom: Catalog | None = None,
        together: float = 0.0,
    ) -> None:
        self.channel = channel
        self.journal = CutJournal(store.database)
        channel.is_cut = False
        access = Access(frozenset({ANNA.id}))
        channels = {PRIVATE.channel: channel}
        self.gateway = Gateway(
            channels,
            agent,
            store,
            access,
            journal=self.journal,
            grace=grace,
            queue=queue,
            custom=custom,
            together=together,
        )
        self.task = asyncio.create_task(self.gateway.run())

    def kill(self) -> None:
        """End it between two instructions."""
        self.channel.is_cut = self.journal.is_cut = True
        self.task.cancel()


@asynccontextmanager
async def life(
    path: Path,
    agent: Agent,
    channel: Keyed,
    grace: float = 5.0,
    queue: QueueMode = "queue",
    custom: Catalog | None = None,
    together: float = 0.0,
) -> AsyncIterator[Life]:
    """Run a process on the database at `path`; it is killed, or ends as by `SIGTERM`."""
    store = await ConversationStore.open(database_in(path))
    one = Life(channel, store, agent, grace, queue, custom, together)
    try:
        yield one
        one.gateway.stop()
        async with asyncio.timeout(10):
            await asyncio.wait({one.task})
    finally:
        one.task.cancel()
        await asyncio.wait({one.task})
        await store.aclose()


async def half(channel: Keyed, agent: GatedAgent, at: Address) -> Callable[[Event], None]:
    """Let half an answer be seen; give how to go on with it."""
    _, say = await agent.turn()
    say(TextDelta("Half an answer"))
    seen = drafted if at is PRIVATE else posted
    await seen(channel, "Half an answer", at)
    return say


def asked(parrot: Parrot) -> list[str]:
    """Give the questions that were put to an agent."""
    return [turn.text.splitlines()[-1] for turn in parrot.turns]


@pytest.mark.parametrize("place", PLACES, ids=["private", "group"])
@pytest.mark.parametrize("end", ["stop", "kill"])
async def test_an_answer_that_was_cut_goes_on(tmp_path: Path, place: Address, end: str) -> None:
    """In its message, without a trace of the end in its text; what waited is answered after it."""
    channel, agent = Keyed(), GatedAgent()
    async with life(tmp_path, agent, channel) as one:
        channel.write("one", place)
        await half(channel, agent, place)
        channel.write("two", place)
        await one.journal.has(lambda journal: journal.taken == 2)
        if end == "kill":
            one.kill()
    assert agent.closed.is_set()
    parrot = Parrot("A whole answer")
    async with life(tmp_path, parrot, channel):
        await channel.shows("A whole answer", "A whole answer", at=place)
    assert asked(parrot) == ["one", "two"]
    assert channel.screen(place).draft is None
    kept = [(role, text.splitlines()[-1]) for role, text in await reopened(tmp_path, place)]
    answer = ("assistant", "A whole answer")
    assert kept == [("user", "one"), answer, ("user", "two"), answer]


async def test_a_message_that_comes_again_is_answered_once(tmp_path: Path) -> None:
    """In the same process, in the next one, and while the answer runs."""
    channel, parrot = Keyed(), Parrot("Hello")
    async with life(tmp_path, parrot, channel):
        channel.write("one")
        await channel.shows("Hello")
        channel.bring(channel.brought[0])
        channel.write("two")
        await channel.shows("Hello", "Hello")
    async with life(tmp_path, parrot, channel):
        for message in list(channel.brought):
            channel.bring(message)
        channel.write("three")
        await channel.shows("Hello", "Hello", "Hello")
    assert asked(parrot) == ["one", "two", "three"]


async def test_a_finished_answer_is_only_delivered(tmp_path: Path) -> None:
    """The model is not asked again where it came to its end; the reader gets the whole of it."""
    channel, agent = Keyed(), GatedAgent()
    async with life(tmp_path, agent, channel) as one:
        channel.write("one", GROUP)
        say = await half(channel, agent, GROUP)
        channel.is_cut = True
        say(TextDelta(" is whole now."))
        say(Finished())
        await one.journal.has(lambda journal: journal.states[-1].said.closed)
        one.kill()
    parrot = Parrot("Another answer")
    async with life(tmp_path, parrot, channel):
        await channel.shows("Half an answer is whole now.", at=GROUP)
        channel.write("two", GROUP)
        await channel.shows("Half an answer is whole now.", "Another answer", at=GROUP)
    assert asked(parrot) == ["two"]
    kept = await reopened(tmp_path, GROUP)
    assert [text for role, text in kept if role == "assistant"] == [
        "Half an answer is whole now.",
        "Another answer",
    ]


async def test_a_stopped_answer_is_not_asked_again(tmp_path: Path) -> None:
    """Its stop outlives the process, whether its mark was shown or not."""
    channel, agent = Keyed(), GatedAgent()
    async with life(tmp_path, agent, channel) as one:
        channel.write("one", GROUP)
        await half(channel, agent, GROUP)
        channel.is_cut = True
        channel.write("/stop", GROUP)
        await one.journal.has(lambda journal: journal.states[-1].said.closed)
        one.kill()
    parrot = Parrot("Hello")
    async with life(tmp_path, parrot, channel):
        await channel.shows(f"Half an answer\n\n{STOPPED}", at=GROUP)
    async with life(tmp_path, parrot, channel):
        channel.write("two", GROUP)
        await channel.shows(f"Half an answer\n\n{STOPPED}", "Hello", at=GROUP)
    assert asked(parrot) == ["two"]


async def test_the_third_attempt_is_the_last(tmp_path: Path) -> None:
    """What ends the process each time may be the turn: the reader is told, and the line goes on."""
    channel, agent = Keyed(), GatedAgent()
    for life_number in range(MOST_ATTEMPTS):
        async with life(tmp_path, agent, channel) as one:
            if not life_number:
                channel.write("one", GROUP)
            await half(channel, agent, GROUP)
            if not life_number:
                channel.write("two", GROUP)
                await one.journal.has(lambda journal: journal.taken == 2)
            one.kill()
    parrot = Parrot("Hello")
    async with life(tmp_path, parrot, channel):
        await channel.shows(f"Half an answer\n\n{GIVEN_UP}", "Hello", at=GROUP)
    assert asked(parrot) == ["two"]


async def test_an_end_that_was_ordered_cuts_nothing_off(tmp_path: Path) -> None:
    """However often an operator restarts the gateway during one answer, it is given."""
    channel, agent = Keyed(), GatedAgent()
    for life_number in range(MOST_ATTEMPTS + 2):
        async with life(tmp_path, agent, channel):
            if not life_number:
                channel.write("one", GROUP)
            await half(channel, agent, GROUP)
    parrot = Parrot("Hello")
    async with life(tmp_path, parrot, channel):
        await channel.shows("Hello", at=GROUP)
    assert asked(parrot) == ["one"]


@pytest.mark.parametrize("failing", ["begin", "history", "settings"])
async def test_a_database_that_fails_as_an_answer_goes_on_is_asked_again(
    tmp_path: Path, failing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No apology leaves half of it on screen, and no attempt is counted for it."""
    monkeypatch.setattr(executor, "_PAUSES", (0.0, 0.0, 0.0, 0.0))
    channel, agent, failures = Keyed(), GatedAgent(), count()
    async with life(tmp_path, agent, channel) as one:
        channel.write("one", GROUP)
        await half(channel, agent, GROUP)
        one.kill()
    kind = CutJournal if failing == "begin" else ConversationStore
    works = getattr(kind, failing)

    async def fails(*given: object, **named: object) -> object:
        if next(failures) < MOST_ATTEMPTS:
            raise OSError(5, "Input/output error")
        return await works(*given, **named)

    monkeypatch.setattr(kind, failing, fails)
    parrot = Parrot("Hello")
    async with life(tmp_path, parrot, channel):
        await channel.shows("Hello", at=GROUP)
    assert asked(parrot) == ["one"]


async def test_an_answer_that_is_left_while_its_database_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end of the process does not wait for the database: the next one goes on."""
    channel, agent, tried = Keyed(), GatedAgent(), asyncio.Event()
    async with life(tmp_path, agent, channel) as one:
        channel.write("one", GROUP)
        await half(channel, agent, GROUP)
        one.kill()

    async def fails(*_: object, **__: object) -> None:
        tried.set()
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(ConversationStore, "settings", fails)
        async with life(tmp_path, Parrot("No"), channel):
            await tried.wait()
    parrot = Parrot("Hello")
    async with life(tmp_path, parrot, channel):
        await channel.shows("Hello", at=GROUP)
    assert asked(parrot) == ["one"]


@pytest.mark.parametrize("queue", ["queue", "collect", "steer"])
async def test_a_burst_that_a_process_left_is_answered_without_a_false_word(
    tmp_path: Path, queue: QueueMode
) -> None:
    """The end of the answer to its first message was no end of that turn."""
    channel, agent = Keyed(), GatedAgent()
    async with life(tmp_path, agent, channel, queue=queue, together=60.0) as one:
        channel.write("one")
        await agent.turn()
        channel.write("two")
        await one.journal.has(lambda journal: journal.taken == 2)
        await agent.closed.wait()
        one.kill()
    parrot = Parrot("Answer")

    def is_answered() -> bool:
        told = {word for turn in parrot.turns for word in turn.text.split()}
        return {"one", "two"} <= told and len(channel.texts(PRIVATE)) == len(parrot.turns)

    async with (
        life(tmp_path, parrot, channel, queue=queue),
        asyncio.timeout(10),
        channel.changed,
    ):
        await channel.changed.wait_for(is_answered)
    assert set(channel.texts(PRIVATE)) == {"Answer"}


@pytest.mark.parametrize("place", PLACES, ids=["private", "group"])
async def test_an_answer_of_an_earlier_process_is_interrupted_with_its_mark(
    tmp_path: Path, place: Address
) -> None:
    """Its words are on screen, though its agent has told nothing in this process."""
    channel, agent = Keyed(), GatedAgent()
    async with life(tmp_path, agent, channel, queue="interrupt"):
        channel.write("one", place)
        await half(channel, agent, place)
    later = GatedAgent()
    channel.write("two", place)
    async with life(tmp_path, later, channel, queue="interrupt"):
        turn, say = await later.turn()
        if not turn.text.endswith("two"):
            turn, say = await later.turn()
        say(TextDelta("Answer"))
        say(Finished())
        await channel.shows(f"Half an answer\n\n{STOPPED}", "Answer", at=place)
    assert turn.text.endswith("two")


@pytest.mark.parametrize("end", ["kill", "stop"])
async def test_what_was_read_on_the_way_is_not_answered_again(tmp_path: Path, end: str) -> None:
    """It stands in the conversation, behind what was done before it; the answer goes on behind."""
    looked = asyncio.Event()

    async def look() -> str:
        """Look."""
        looks.append("look")
        looked.set()
        await seen.wait()
        return "a cat"

    seen, looks = asyncio.Event(), list[str]()
    tool = FunctionTool(look)
    first = ScriptedProvider([(0.0, CALL)], [(0.0, "Half an"), (60.0, " answer")])
    channel = Keyed()
    agent = ModelAgent([Model("one", first)], tools=lambda: [tool])
    async with life(tmp_path, agent, channel, queue="steer") as one:
        channel.write("What is that?", GROUP)
        await looked.wait()
        channel.write("In one word.", GROUP)
        await one.journal.has(lambda journal: journal.taken == 2)
        seen.set()
        await posted(channel, "Half an", GROUP)
        await one.journal.has(lambda journal: len(journal.states) > 2)
        if end == "kill":
            one.kill()
    second = ScriptedProvider([(0.0, "Cat.")])
    agent = ModelAgent([Model("one", second)], tools=lambda: [tool])
    async with life(tmp_path, agent, channel, queue="steer"):
        await channel.shows("Cat.", at=GROUP)
        channel.write("Thanks", GROUP)
        await channel.shows("Cat.", "Cat.", at=GROUP)
    said = [entry.text.splitlines()[-1] for entry in second.conversations[0] if entry.text]
    assert said == ["What is that?", "a cat", "In one word."]
    assert len(looks) == 1


CALL = ToolCall("c1", "look", "{}")
STEP = Step((TextPart("Let me look."), CALL))
SEEN = ToolResult("c1", "look", "a cat")


class GoesOn(Parrot):
    """An agent that can go on."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.so_far: list[tuple[Entry, ...]] = []

    async def resume(self, turn: Turn, so_far: tuple[Entry, ...]) -> AsyncIterator[Event]:
        """Tell again what was said, then the text."""
        self.so_far.append(so_far)
        for event in events_of(so_far):
            yield event
        async for event in self.run(turn):
            yield event


async def test_an_agent_goes_on_behind_its_record(tmp_path: Path) -> None:
    """What was said stands once, what was recorded is kept once, and a tool is not run again."""
    channel, agent = Keyed(), GatedAgent()
    async with life(tmp_path, agent, channel) as one:
        channel.write("one", GROUP)
        _, say = await agent.turn()
        said = (TextDelta("Let me look."), Recorded(STEP), ToolStarted("c1", "look"))
        for event in (*said, Recorded(SEEN), ToolFinished("c1", "look", ok=True)):
            say(event)
        say(TextDelta("It is a d"))
        await posted(channel, "It is a d")
        before = list(channel.screen(GROUP).messages)
        one.kill()
    parrot = GoesOn("It is a cat.")
    async with life(tmp_path, parrot, channel):
        await channel.shows("Let me look.", "It is a cat.", at=GROUP)
    assert list(channel.screen(GROUP).messages) == before
    assert parrot.so_far == [(STEP, SEEN)]
    [question, *answer] = await kept(tmp_path, GROUP)
    assert "one" in question.text
    assert answer == [STEP, SEEN, Utterance("assistant", "It is a cat.")]


async def test_an_agent_that_cannot_go_on_begins_again(tmp_path: Path) -> None:
    """What it said and recorded the first time is taken back: it says all of it once more."""
    channel, agent = Keyed(), GatedAgent()
    async with life(tmp_path, agent, channel) as one:
        channel.write("one", GROUP)
        _, say = await agent.turn()
        for event in (TextDelta("Let me look."), Recorded(STEP), ToolStarted("c1", "look")):
            say(event)
        await one.journal.has(lambda journal: bool(journal.states))
        await posted(channel, "Let me look.")
        one.kill()
    async with life(tmp_path, Parrot("It is a cat."), channel):
        await channel.shows("It is a cat.", at=GROUP)
    [_, *answer] = await kept(tmp_path, GROUP)
    assert answer == [Utterance("assistant", "It is a cat.")]


async def test_orders_are_carried_out_once(tmp_path: Path) -> None:
    """A `/new` that was answered does not forget what came after it."""
    channel, parrot = Keyed(), Parrot("Hello")
    forgotten = commands.words(commands.NewCommand())
    async with life(tmp_path, parrot, channel) as one:
        channel.write("/new")
        await channel.shows(forgotten)
        channel.write("one")
        await channel.shows(forgotten, "Hello")
        one.kill()
    async with life(tmp_path, parrot, channel):
        channel.write("two")
        await channel.shows(forgotten, "Hello", "Hello")
    assert [text for _, text in await reopened(tmp_path)] == ["one", "Hello", "two", "Hello"]


async def test_what_the_bot_said_itself_is_said_once(tmp_path: Path) -> None:
    """Also where its process died before it heard that the words were on screen."""
    channel = Keyed()
    async with life(tmp_path, Parrot("Hello"), channel) as one:
        channel.deaf = True
        channel.write("/help", GROUP)
        help_ = commands.words(commands.HelpCommand())
        await channel.shows(help_, at=GROUP)
        one.kill()
    channel.deaf = False
    async with life(tmp_path, Parrot("Hello"), channel):
        channel.write("one", GROUP)
        await channel.shows(help_, "Hello", at=GROUP)


async def test_what_waits_is_not_joined_to_what_was_asked(tmp_path: Path) -> None:
    """A question behind a forwarded message whose answer runs is a question of its own."""
    channel, agent = Keyed(), GatedAgent()
    article = ForwardedMessage(("An article about ships.",), Author("News"))
    async with life(tmp_path, agent, channel) as one:
        channel.bring(Message(PRIVATE, ANNA, "", "1", True, (article,), key="1"))
        await half(channel, agent, PRIVATE)
        channel.write("What is the price?")
        await one.journal.has(lambda journal: journal.taken == 2)
    parrot = Parrot("Hello")
    async with life(tmp_path, parrot, channel):
        await channel.shows("Hello", "Hello")
    assert asked(parrot) == ["> An article about ships.", "What is the price?"]


async def test_an_answer_that_is_made_again_goes_before_what_waits(tmp_path: Path) -> None:
    """After a restart as before: what waits is not stopped, nor taken for its question."""
    channel, agent = Keyed(), GatedAgent()
    async with life(tmp_path, agent, channel) as one:
        channel.write("one")
        await half(channel, agent, PRIVATE)
        channel.write("two")
        await one.journal.has(lambda journal: journal.taken == 2)
        channel.write("/retry")
        _, say = await agent.turn()
        say(TextDelta("Once more"))
        await drafted(channel, "Once more")
    parrot = Parrot("Hello")
    stopped = f"Half an answer\n\n{STOPPED}"
    async with life(tmp_path, parrot, channel):
        await channel.shows(stopped, "Hello", "Hello")
    assert asked(parrot) == ["one", "two"]
    assert [text for _, text in await reopened(tmp_path)] == ["one", "Hello", "two", "Hello"]


async def test_a_retry_that_is_stopped_after_a_restart_blocks_nobody(tmp_path: Path) -> None:
    """The `/stop` was taken when the process died, and its answer's last word was not recorded."""
    channel, agent = Keyed(), GatedAgent()
    async with life(tmp_path, agent, channel) as one:
        channel.write("one", GROUP)
        say = await half(channel, agent, GROUP)
        say(Finished())
        await channel.shows("Half an answer", at=GROUP)
        channel.write("/retry", GROUP)
        _, say = await agent.turn()
        say(TextDelta("Once more"))
        await posted(channel, "Once more")
        channel.is_cut = True
        journal = one.journal
        stop = Message(GROUP, ANNA, "/stop", "99", to_us=True, key="99")
        await journal.take(stop)
        one.kill()
    parrot = Parrot("Hello")
    async with life(tmp_path, parrot, channel):
        channel.write("two", GROUP)
        await channel.shows("Half an answer", f"Once more\n\n{STOPPED}", "Hello", at=GROUP)
    assert asked(parrot) == ["two"]


async def test_an_end_while_a_call_hangs_is_no_stop(tmp_path: Path) -> None:
    """The network may go down before the program: its answer goes on all the same."""
    channel, agent = Keyed(), GatedAgent()
    async with life(tmp_path, agent, channel, grace=0.1) as one:
        channel.write("one", GROUP)
        say = await half(channel, agent, GROUP)
        channel.is_cut = True
        say(TextDelta(" that goes on and on, and on, until it is seen."))
        say(SegmentEnded())
        say(TextDelta("More."))
        await one.journal.has(lambda journal: bool(journal.states))
    async with life(tmp_path, Parrot("A whole answer"), channel):
        await channel.shows("A whole answer", at=GROUP)


async def test_a_chat_that_moves_while_a_message_is_settled_ends_nothing(tmp_path: Path) -> None:
    """Its line goes on under the new id, and so do all others."""
    moved = Address("telegram", "-100900", ChatKind.GROUP)
    channel, parrot = Keyed(), Parrot("Hello")
    async with life(tmp_path, parrot, channel) as one:
        settle, settled = one.journal.settle, asyncio.Event()

        async def move_meanwhile(messages: Collection[Message]) -> None:
            one.journal.settle = settle  # type: ignore[method-assign]
            channel.moves(GROUP, moved)
            await channel.is_read()
            await settle(messages)
            settled.set()

        one.journal.settle = move_meanwhile  # type: ignore[method-assign]
        channel.write("one", GROUP)
        await settled.wait()
        channel.write("two", moved)
        await channel.shows("Hello", at=moved)
        channel.write("three")
        await channel.shows("Hello")
        assert not one.task.done()


async def test_strangers_are_not_recorded(tmp_path: Path) -> None:
    """They cause no write, and nothing of them is kept."""
    channel = Keyed()
    async with life(tmp_path, Parrot("Hello"), channel) as one:
        channel.write("let me in", sender=Person("666", "Eve"))
        channel.write("one")
        await channel.shows("Hello")
        assert one.journal.taken == 1


async def test_a_failing_model_leaves_what_was_read_before_the_restart(tmp_path: Path) -> None:
    """The words that stood there stay until others come."""
    channel, agent = Keyed(), GatedAgent()
    async with life(tmp_path, agent, channel):
        channel.write("one", GROUP)
        await half(channel, agent, GROUP)
    failed = GatedAgent()
    async with life(tmp_path, failed, channel):
        _, say = await failed.turn()
        say(Failed(ProviderError(FailureKind.NETWORK, "gone")))
        async with asyncio.timeout(10), channel.changed:
            await channel.changed.wait_for(
                lambda: any(text.startswith("Half an answer\n\n") for text in channel.texts(GROUP))
            )


class FailingJournal(CutJournal):
    """A journal whose database fails for a while."""

    def __init__(self, database: Database, failures: int) -> None:
        super().__init__(database)
        self.left = failures

    async def take(self, message: Message) -> Message | None:
        """Fail, as long as the database does; the last time after the message was recorded."""
        if self.left:
            self.left -= 1
            if not self.left:
                await super().take(message)
            raise OSError(28, "No space left on device")
        return await super().take(message)


@pytest.mark.parametrize("failures", [1, 2])
async def test_a_database_that_fails_for_a_moment_loses_nothing(
    tmp_path: Path, failures: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message is recorded on the next try, and known where the failure came too late."""
    monkeypatch.setattr(intake, "_PAUSES", (0.0, 0.0, 0.0))
    store = await ConversationStore.open(database_in(tmp_path))
    channel, parrot = Keyed(), Parrot("Hello")
    journal = FailingJournal(store.database, failures)
    access = Access(frozenset({ANNA.id}))
    gateway = Gateway({PRIVATE.channel: channel}, parrot, store, access, journal=journal)
    task = asyncio.create_task(gateway.run())
    channel.write("one")
    await channel.shows("Hello")
    gateway.stop()
    await task
    assert await journal.unsettled(("telegram",)) == ()
    await store.aclose()
    assert asked(parrot) == ["one"]
