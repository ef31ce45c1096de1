"""A fleet in virtual time: whole gateways on one database, people, and what goes wrong.

`World` has the platform, the database, the processes and the news that goes between them; it
watches what no process may ever do, and writes it into `faults`. `Process` is one
`tickertape serve`: it begins again when it was taken for dead.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from random import Random

from fleet_clockwork import Clockwork, ProcessLoop
from fleet_database import (
    Connection,
    ProcessDatabase,
    Server,
    Side,
    connection_of,
    database_error,
    shared_engine,
    unheard,
)
from fleet_platform import Platform, ProcessChannel
from gateway_stage import ANNA, PRIVATE
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from tickertape.agent.loop import ModelAgent
from tickertape.agent.models import Model
from tickertape.chat import Address, Inbound, Message, StopPressed
from tickertape.conversation import Step, TextPart, ToolCall, ToolResult, begins_turn
from tickertape.delivery.actions import Action
from tickertape.delivery.reply import stored
from tickertape.events import Event, Finished, Recorded, TextDelta
from tickertape.gateway.access import Access
from tickertape.gateway.fleet.fleet import Fleet
from tickertape.gateway.fleet.lease import Lease
from tickertape.gateway.loop import Gateway
from tickertape.gateway.storage.bot_shares import BotShareBook
from tickertape.gateway.storage.claims import Claims
from tickertape.gateway.storage.database_journal import DatabaseJournal
from tickertape.gateway.storage.mailbox import Mailbox
from tickertape.gateway.storage.store import ConversationStore
from tickertape.ports import Prompt, ToolSpec

# Words of a long answer, and seconds between two of them.
WORDS = tuple(f"word{n}" for n in range(12))
PAUSE = 0.25
# Seconds within which a stop must end an answer: an owner looks each second; and its look's calls.
_STOPS_WITHIN = 1.3


@dataclass(slots=True)
class Weather:
    """How often what goes wrong does: probabilities, and seconds."""

    wakes_lost: float = 0.0
    notes_lost: float = 0.0
    doubled: float = 0.0
    slow: float = 0.002
    """The longest that a wake-up or a note takes."""
    call: float = 0.002
    """The longest that a call to the database takes, there or back."""
    calls_fail: float = 0.0
    answers_lost: float = 0.0
    posts_lost: float = 0.0
    """How often the platform's answer to a call is lost."""


@dataclass(slots=True)
class _Stream:
    question: str
    process: Process
    address: Address
    is_open: bool = True


@dataclass(slots=True)
class _Bus:
    """What processes listen: to wake-ups, by process; to notes, by worker."""

    woken: dict[str, Callable[[str, str], object]] = field(default_factory=dict)
    noted: dict[str, Callable[[str, str], object]] = field(default_factory=dict)
    waiting: list[tuple[str, str]] = field(default_factory=list)


class World:
    """Everything outside of the processes."""

    def __init__(self, seed: int = 0, weather: Weather | None = None) -> None:
        self.draw = Random(seed)  # noqa: S311 - no secret
        self.weather = weather or Weather()
        self.clockwork = Clockwork(self.draw)
        self.platform = Platform(self.clockwork)
        self.engine = shared_engine()
        self.server = Server(lambda: self.clockwork.now)
        self.server.on_commit = self._committed
        self.clockwork.goes_first = self._writes
        self.processes: list[Process] = []
        self.bus = _Bus()
        self.faults: list[str] = []
        """What must never be, with the moment."""
        self.tools: Counter[str] = Counter()
        """How often the tool ran, by question."""
        self.asked: dict[str, list[float]] = {}
        """When the model was asked, by question."""
        self.begun_at: dict[str, float] = {}
        """When an answer was asked of the model first, by question."""
        self.taken_at: dict[str, float] = {}
        """When what came in was recorded, by its key."""
        self.places: dict[str, Address] = {}
        """Where each question was asked."""
        self.stopped: set[str] = set()
        """Questions that a person may have stopped."""
        self.streams: list[_Stream] = []
        self.locked_until = 0.0
        self.troubled_at = float("-inf")
        """When something last went wrong."""
        self.on_call: Callable[[Process, int, Side], None] | None = None
        """Called at each call to the database, with its number among those of its process."""
        self._epochs: dict[tuple[str, str], int] = {}
        self._inbox = 0
        self._planned_until = 0.0
        self.log: list[str] = []
        self.doubtful: Counter[str] = Counter()
        """Of how many texts processes told that they may stand twice, by the chat's id."""
        self.unstored: Counter[str] = Counter()
        """Of how many answers processes told that the database did not store them, by chat."""
        self._doubts = _Doubts(self)
        logging.getLogger("tickertape").addHandler(self._doubts)

    def _writes(self) -> ProcessLoop | None:
        """Return the process whose transaction is open: on the server it is one step."""
        return self.server.writer.loop if self.server.writer is not None else None

    @property
    def now(self) -> float:
        return self.clockwork.now

    def start(self, name: str = "") -> Process:
        """Start a process."""
        process = Process(self, name or f"p{len(self.processes) + 1}")
        self.processes.append(process)
        return process

    def live(self) -> list[Process]:
        """Return the processes that live."""
        return [one for one in self.processes if not one.loop.is_dead]

    def plan(self, when: float, event: Callable[[], object]) -> None:
        """Have something happen; see `Clockwork.at`."""
        self._planned_until = max(self._planned_until, when)
        self.clockwork.at(when, event)

    def ask(self, text: str, at: Address = PRIVATE) -> None:
        """Let a person ask; the last word of a question is its name."""
        self.places[text.rsplit(maxsplit=1)[-1]] = at
        self.platform.write(text, self.here(at))

    def stop(self, at: Address, *, by_button: bool) -> None:
        """Let a person stop what is being answered, if they see that something is."""
        here = self.here(at)
        if by_button:
            if self.platform.press_stop(here) is None:
                return
        else:
            self.platform.write("/stop", here)
        self.stopped |= {name for name, place in self.places.items() if place == at}

    def here(self, at: Address) -> Address:
        """Return the present address of a place."""
        return replace(at, chat=self.platform.moved.get(at.chat, at.chat))

    def told_of(self, counted: Mapping[str, int], at: Address) -> int:
        """Return what was counted of the chat of a place, by its old id and its present one."""
        return sum(counted.get(chat, 0) for chat in {at.chat, self.here(at).chat})

    def fault(self, what: str) -> None:
        """Record what must never be."""
        self.faults.append(f"{self.now:.3f}: {what}")

    def trouble(self, what: str) -> None:
        """Record that something goes wrong."""
        self.troubled_at = self.now
        self.log.append(f"{self.now:.3f}: {what}")

    def owner_of(self, chat: str) -> list[str | None]:
        """Return the owners of a chat, by any of its ids."""
        names = [chat, *(old for old, new in self.platform.moved.items() if new == chat)]
        if chat in self.platform.moved:
            names.append(self.platform.moved[chat])
        marks = ",".join("?" * len(names))
        query = f"SELECT owner FROM claims WHERE chat IN ({marks})"  # noqa: S608 - no value
        return [owner for (owner,) in self.server.rows(query, *names)]

    def owner(self, at: Address) -> Process | None:
        """Return the process that owns a chat."""
        owners = self.owner_of(self.here(at).chat)
        return next((one for one in self.live() if one.worker in owners), None)

    def owed(self) -> list[tuple[int, str]]:
        """Return what is owed: numbers and keys."""
        return self.server.rows("SELECT id, key FROM inbox WHERE payload IS NOT NULL")

    @property
    def has_been_troubled(self) -> bool:
        """Whether anything went wrong."""
        return bool(self.log)

    def is_quiet(self) -> bool:
        """Return whether all that was planned has happened, and was taken and done."""
        if self.now < self._planned_until:
            return False
        return self.platform.confirmed == len(self.platform.updates) and not self.owed()

    def wake(self, channel: str, chat: str) -> None:
        """Have a process told that a chat sleeps and has mail."""
        for _ in range(self._copies(self.weather.wakes_lost)):
            self._later(lambda: self._woken(channel, chat))

    def tell(self, owner: str, channel: str, chat: str) -> None:
        """Have an owner told that it has mail."""
        for _ in range(self._copies(self.weather.notes_lost)):
            self._later(lambda: self.bus.noted.get(owner, _deaf)(channel, chat))

    def listen(self, process: Process, claim: Callable[[str, str], object]) -> None:
        """Let a process be woken."""
        self.bus.woken[process.name] = claim
        waiting, self.bus.waiting = self.bus.waiting, []
        for one in waiting:
            self._woken(*one)

    def _woken(self, channel: str, chat: str) -> None:
        able = [
            name
            for name, claim in self.bus.woken.items()
            if not (loop := self._named(name).loop).is_dead and loop.paused_until <= self.now
        ]
        if able:
            self.bus.woken[self.draw.choice(able)](channel, chat)
        else:
            self.bus.waiting.append((channel, chat))

    def _named(self, name: str) -> Process:
        return next(one for one in self.processes if one.name == name)

    def _copies(self, lost: float) -> int:
        if self.draw.random() < lost:
            return 0
        return 2 if self.draw.random() < self.weather.doubled else 1

    def _later(self, event: Callable[[], object]) -> None:
        self.clockwork.at(self.now + self.draw.uniform(0.0, self.weather.slow), event)

    def _committed(self) -> None:
        """Look at what a transaction left: epochs only grow; what came in is known."""
        for channel, chat, epoch in self.server.rows("SELECT channel, chat, epoch FROM claims"):
            if epoch < self._epochs.get((channel, chat), 0):
                self.fault(f"the epoch of {chat} falls to {epoch}")
            self._epochs[channel, chat] = epoch
        query = "SELECT id, key FROM inbox WHERE id > ? ORDER BY id"
        for number, key in self.server.rows(query, self._inbox):
            self._inbox = number
            self.taken_at.setdefault(key, self.now)
            update = next(one for one in self.platform.updates if one.key == key)
            if isinstance(update, StopPressed) or _is_stop(update):
                self._expect_stop(update)

    def _expect_stop(self, update: Inbound) -> None:
        """Look in a second whether a stop ended the answer that runs."""
        running = [one for one in self.streams if one.is_open and self._is_at(one, update)]
        taken_at = self.now

        def look() -> None:
            for one in running:
                is_well = not one.process.is_disturbed(taken_at) and self.troubled_at < taken_at - 4
                if one.is_open and is_well:
                    self.fault(f"the answer to {one.question} goes on behind {update.key}")

        self.clockwork.at(self.now + _STOPS_WITHIN, look)

    def _is_at(self, stream: _Stream, update: Inbound) -> bool:
        return self.here(stream.address) == self.here(update.address)

    def is_whole(self, question: str) -> bool:
        """Return whether the answer to a question is on screen."""
        return answer_to(question) in self.shown(self.places[question])

    def shown(self, at: Address) -> list[str]:
        """Return the messages of a place, old ids included, oldest first."""
        there = self.platform.texts(at)
        return there if (here := self.here(at)) == at else [*there, *self.platform.texts(here)]

    def close(self) -> None:
        """End."""
        logging.getLogger("tickertape").removeHandler(self._doubts)
        self.server.on_commit = None
        self.clockwork.close()
        self.server.close()


def answer_to(question: str) -> str:
    """Return the whole answer to a question."""
    return " ".join([f"Answer to {question}.", *WORDS])


def _is_stop(update: Inbound) -> bool:
    return isinstance(update, Message) and update.text == "/stop"


def _deaf(_channel: str, _chat: str) -> None:
    """Hear nothing."""


class _Doubts(logging.Handler):
    """Keeps what processes tell of texts that may stand twice, and of answers not stored."""

    def __init__(self, world: World) -> None:
        super().__init__(logging.WARNING)
        self._world = world

    def emit(self, record: logging.LogRecord) -> None:
        if "may stand there twice" in record.msg:
            assert isinstance(record.args, tuple)
            chat, texts = record.args
            self._world.doubtful[str(chat)] += int(str(texts))
        # What another process owns is stored by that one: nothing is lost.
        if record.msg == "an answer was not stored" and record.__dict__["error"] != "FencedError":
            self._world.unstored[record.__dict__["chat"]] += 1


class Process:
    """One `tickertape serve`."""

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.name = name
        self.loop: ProcessLoop = world.clockwork.process(name)
        self.loop.connect = lambda: Connection(world.server, self, self.loop)
        self.worker = ""
        """The name under which it owns chats."""
        self.made = 0
        """How many calls to the database it has made."""
        self.lives = 0
        """How often it began."""
        self._gateway: Gateway | None = None
        self._is_asked_to_end = False
        self._disturbed_at = float("-inf")
        self._main = self.loop.create_task(self._serve())
        self._main.add_done_callback(self._ended)

    def kill(self) -> None:
        """End it at once: nothing of it goes on."""
        self.world.trouble(f"{self.name} is killed")
        self._vanish()

    def pause(self, seconds: float) -> None:
        """Let it stand still for a while."""
        self.world.trouble(f"{self.name} stands still for {seconds:.2f} s")
        self._disturbed_at = self.world.now + seconds
        self.loop.paused_until = self.world.now + seconds

    def end(self) -> None:
        """Ask it to end, as SIGTERM does."""
        self.world.trouble(f"{self.name} is asked to end")

        def ask() -> None:
            self._is_asked_to_end = True
            if self._gateway is not None:
                self._gateway.stop()

        self.loop.call_soon(ask)

    def is_disturbed(self, since: float) -> bool:
        """Return whether it is not what it was."""
        return self.loop.is_dead or self._disturbed_at >= since - 4 or self._is_asked_to_end

    async def calls(self, side: Side) -> None:
        """Let a call to the database go there, or its answer come back."""
        world, weather = self.world, self.world.weather
        if side == "before":
            self.made += 1
        if world.on_call is not None:
            world.on_call(self, self.made, side)
            if self.loop.is_dead:
                await self.loop.create_future()
        await asyncio.sleep(world.draw.uniform(0.0, weather.call))
        if side == "before":
            if (waits := world.locked_until - world.now) > 0:
                await asyncio.sleep(min(waits, 5.0))
                if waits > 5.0:
                    raise database_error("database is locked")
            if world.draw.random() < weather.calls_fail:
                world.trouble(f"{self.name}: a call fails")
                raise unheard("it failed")
        elif world.draw.random() < weather.answers_lost:
            world.trouble(f"{self.name}: the answer to a call is lost")
            raise unheard("the answer was lost")

    def sends(self, action: Action) -> None:
        """Look whether another process owns the chat of a call."""
        owners = self.world.owner_of(action.address.chat)
        if self.worker not in owners:
            what = f"{type(action).__name__} {getattr(action, 'text', '')[:30]!r}"
            self.world.fault(f"{self.name} ({self.worker}) calls {what}; owners: {owners}")

    def is_answer_lost(self) -> bool:
        """Return whether the platform's answer is lost."""
        return self.world.draw.random() < self.world.weather.posts_lost

    async def _serve(self) -> None:
        is_lost = True
        while is_lost and not self._is_asked_to_end:
            self.lives += 1
            self._gateway = None
            database = ProcessDatabase(self.world.engine)
            signals = _Signals(self.world)
            self.worker = f"{self.name}.{self.lives}"
            claims = Claims(database, self.worker, signals)
            database.guard = claims.fence
            store = ConversationStore(database)
            await store._restore_moves()
            mailbox = Mailbox(database, DatabaseJournal(database), claims)
            carriers = _Carriers(self.world, self)
            lease = Lease(self.loop.time)
            fleet = Fleet(claims, mailbox, carriers, BotShareBook(database), lease=lease)
            channel = ProcessChannel(self.world.platform, self.world.clockwork, self.loop, self)
            self._gateway = Gateway(
                {PRIVATE.channel: channel},
                ModelAgent(
                    [Model("m", _Talking(self.world, self))], tools=lambda: [_Look(self.world)]
                ),
                store,
                Access(frozenset({ANNA.id})),
                journal=DatabaseJournal(database),
                fleet=fleet,
            )
            if not self._is_asked_to_end:
                await self._gateway.run()
            is_lost = fleet.is_lost

    def _ended(self, main: asyncio.Task[None]) -> None:
        if not main.cancelled() and (error := main.exception()) is not None:
            if isinstance(error, OperationalError) and self._gateway is None:
                # It cannot open its database: it is begun again, as supervisors do.
                self.world.clockwork.at(self.world.now + 1.0, self.world.start)
            else:
                self.world.fault(f"{self.name} ends: {error!r}")
        self._vanish()

    def _vanish(self) -> None:
        self.loop.is_dead = True
        self.world.bus.woken.pop(self.name, None)
        self.world.bus.noted.pop(self.worker, None)
        for stream in self.world.streams:
            if stream.process is self:
                stream.is_open = False


class _Signals:
    """Tells when the transaction is committed. Implements `Signals`."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def wake(self, session: AsyncSession, chats: Sequence[tuple[str, str]]) -> None:
        connection = await connection_of(session)
        connection.committed += [partial(self._world.wake, *chat) for chat in chats]

    async def tell(self, session: AsyncSession, owner: str, channel: str, chat: str) -> None:
        connection = await connection_of(session)
        connection.committed.append(lambda: self._world.tell(owner, channel, chat))


class _Carriers:
    """Brings what the world carries. Implements `Carriers`."""

    def __init__(self, world: World, process: Process) -> None:
        self._world = world
        self._process = process

    async def woken(self, claim: Callable[[str, str], Awaitable[None]]) -> None:
        jobs: set[asyncio.Task[None]] = set()
        loop = self._process.loop

        async def take(channel: str, chat: str) -> None:
            try:
                await claim(channel, chat)
            except Exception as error:  # noqa: BLE001 - as the engine does
                self._world.log.append(f"{self._world.now:.3f}: not claimed: {error!r}"[:100])

        def begin(channel: str, chat: str) -> None:
            jobs.add(task := loop.create_task(take(channel, chat)))
            task.add_done_callback(jobs.discard)

        self._world.listen(self._process, lambda *name: loop.call_soon(begin, *name))
        try:
            await loop.create_future()
        finally:
            if not loop.is_dead:
                self._world.bus.woken.pop(self._process.name, None)
            for task in list(jobs):
                task.cancel()

    async def noted(self, heard: Callable[[str, str], None]) -> None:
        loop, worker = self._process.loop, self._process.worker
        self._world.bus.noted[worker] = lambda *name: loop.call_soon(heard, *name)
        try:
            await loop.create_future()
        finally:
            self._world.bus.noted.pop(worker, None)


class _Talking:
    """A model that asks for one tool, and then answers at length. A `ports.Provider`."""

    def __init__(self, world: World, process: Process) -> None:
        self._world = world
        self._process = process

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Event, None]:
        world, process = self._world, self._process
        said = next(entry.text for entry in reversed(prompt.entries) if begins_turn(entry))
        question = said.split()[-1]
        world.asked.setdefault(question, []).append(world.now)
        # One that stood still may ask before it learns that it owns nothing any more.
        is_owner = question in world.places and world.owner(world.places[question]) is process
        if is_owner and (world.is_whole(question) or _is_told(world, question)):
            world.fault(f"{process.name} asks the model again about {question}")
        stream = _Stream(question, process, world.places.get(question, PRIVATE))
        world.streams.append(stream)
        try:
            async for event in self._answer(prompt, question):
                yield event
        finally:
            stream.is_open = False

    async def _answer(self, prompt: Prompt, question: str) -> AsyncGenerator[Event, None]:
        if isinstance(prompt.entries[-1], ToolResult):
            text = f"Answer to {question}."
            yield TextDelta(text)
            for word in WORDS:
                await asyncio.sleep(PAUSE)
                text += f" {word}"
                yield TextDelta(f" {word}")
            step = Step((TextPart(text),))
        else:
            await asyncio.sleep(PAUSE)
            text = f"Looking at {question}."
            yield TextDelta(text)
            call = ToolCall(question, "look", json.dumps({"at": question}))
            step = Step((TextPart(text), call))
        yield Recorded(step)
        yield Finished()


def _is_told(world: World, question: str) -> bool:
    """Return whether it is recorded that the answer to a question came to its end."""
    query = "SELECT question, state FROM turns WHERE state IS NOT NULL"
    states = [state for asked, state in world.server.rows(query) if question in asked.split()]
    return any(stored.loads(state).said.closed for state in states)


class _Look:
    """A tool that is counted."""

    spec = ToolSpec("look", "Look at something.", {"type": "object"})

    def __init__(self, world: World) -> None:
        self._world = world

    async def call(self, arguments: Mapping[str, object]) -> str:
        self._world.tools[str(arguments["at"])] += 1
        await asyncio.sleep(0.2)
        return "seen"
