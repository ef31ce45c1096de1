"""`make fleet`: a fleet that is watched while it works, and while its processes are killed.

Telegram is the emulator, whose page shows the chats; people write all the time. The table is
refreshed each second. A process that is killed is replaced after some seconds.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text
from sqlalchemy import Engine, create_engine, text

from benchmarks.fleet.members import Member, Members
from benchmarks.fleet.stage import Place, database
from tickertape.cli.signals import stopping
from tickertape.emulator.answers import Answer
from tickertape.emulator.calls import CallRecord
from tickertape.emulator.scene import TOKEN, YOU
from tickertape.emulator.server import EmulatorServer
from tickertape.testing.measures import quantile

__all__ = ["watch"]

SECONDS = "FLEET_SECONDS"
"""The variable that says after how many seconds it ends; not set: at Ctrl-C, or after 30 s where
nobody watches a terminal."""

_PEOPLE = range(5001, 5041)
_REPLACED_AFTER = 10.0  # seconds, so that it is seen who goes on meanwhile
_SHOWN_FOR = 30.0  # seconds for which a process that is gone stays in the table
_LATE = 1.0  # seconds from a message to its turn
_RECENT = 10  # seconds over which turns are counted
_OWNED = text("SELECT owner, count(*) FROM claims WHERE owner <> '' AND chat <> '' GROUP BY owner")
_READS = text("SELECT owner FROM claims WHERE chat = ''")
_RUNNING = text(
    "SELECT c.owner, count(*) FROM turns t JOIN inbox i ON i.id = t.id"
    " JOIN claims c ON c.channel = i.channel AND c.chat = i.chat GROUP BY c.owner"
)
_WAITING = text(
    "SELECT count(*) FROM inbox i LEFT JOIN turns t ON t.id = i.id"
    " WHERE i.payload IS NOT NULL AND t.id IS NULL"
)
_TAKEN = text("SELECT count(*) FROM inbox")


def watch(roles: tuple[str, ...], rate: float, seconds: float) -> int:
    """Run a fleet until Ctrl-C, or for some seconds; return the exit code.

    Args:
        roles: a process for each.
        rate: messages a second.
        seconds: for how long; 0: as the variable `FLEET_SECONDS` says.
    """
    console = Console()
    length = seconds or float(os.environ.get(SECONDS, "0"))
    length = length or (0.0 if console.is_terminal else 30.0)
    with ExitStack() as stack:
        place = stack.enter_context(database())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fleet-")))
        return asyncio.run(_watch(_Fleet(place, folder, rate), roles, length, console))


@dataclass(slots=True)
class _Stored:
    """What the database says: by process, named by its number, and in all."""

    owned: Counter[int] = field(default_factory=Counter)
    running: Counter[int] = field(default_factory=Counter)
    readers: set[int] = field(default_factory=set)
    waiting: int = 0
    taken: int = 0


@dataclass(slots=True)
class _Fleet:
    """The fleet, and what is known of it."""

    place: Place
    folder: Path
    rate: float
    answered: Counter[int] = field(default_factory=Counter)
    written_at: dict[str, float] = field(default_factory=dict)
    began_at: dict[str, float] = field(default_factory=dict)
    turns: deque[tuple[float, int]] = field(default_factory=deque)
    gone_at: dict[int, float] = field(default_factory=dict)
    calls: int = 0
    refused: int = 0
    stored: _Stored = field(default_factory=_Stored)

    def config(self, emulator: EmulatorServer) -> Mapping[str, object]:
        """Return what the processes are configured with."""
        return {
            "telegram": {"api_base": emulator.url, "token_env": "TOKEN"},
            "access": {"allow": [YOU, *_PEOPLE]},
            "storage": {"url": self.place.url},
        }

    async def write(self, emulator: EmulatorServer) -> None:
        """Let people write, one after another, without end."""
        for person in _PEOPLE:
            emulator.world.add_person(person, f"Person {person}", f"person{person}")
            emulator.world.begin(person)
        for number in count(1):
            name = f"q{number}"
            self.written_at[name] = time.monotonic()
            person = _PEOPLE[number * 7 % len(_PEOPLE)]
            emulator.world.person_writes(person, f"Tell me something {name}", emulator.now())
            await asyncio.sleep(1 / self.rate)

    async def replace(self, members: Members) -> None:
        """Start a process for each that is gone, after some seconds."""
        replaced: set[int] = set()
        while True:
            await asyncio.sleep(0.2)
            now = time.monotonic()
            for member in [one for one in members.all if not one.is_alive]:
                since = self.gone_at.setdefault(member.pid, now)
                if member.pid not in replaced and now - since > _REPLACED_AFTER:
                    replaced.add(member.pid)
                    await members.begin(member.role)

    def look(self, members: Members) -> None:
        """Take in what was reported, and what the database says."""
        for one in members.more_reports():
            if one.kind == "began":
                self.began_at.setdefault(one.question, one.at)
                self.turns.append((one.at, one.pid))
            elif one.kind == "ended":
                self.answered[one.pid] += 1
        while self.turns and self.turns[0][0] < time.monotonic() - _RECENT:
            self.turns.popleft()

    def waits(self) -> list[float]:
        """Return the seconds from each message to its turn."""
        at = self.written_at
        return [began - at[name] for name, began in self.began_at.items() if name in at]

    def late(self) -> int:
        """Return how many turns began late, or are late to begin."""
        now, at = time.monotonic(), self.began_at
        return sum(at.get(name, now) - since > _LATE for name, since in self.written_at.items())


async def _watch(fleet: _Fleet, roles: tuple[str, ...], seconds: float, console: Console) -> int:
    ended = asyncio.Event()
    async with EmulatorServer() as emulator:
        config, agent = fleet.config(emulator), "benchmarks.fleet.agent:talk"
        async with Members.of(fleet.folder, config, agent, {"TOKEN": TOKEN}) as members:
            with stopping(ended.set):
                console.print(f"Starting {len(roles)} processes on {fleet.place.name} ...")
                starting = asyncio.create_task(members.start(*roles))
                await asyncio.wait(
                    {starting, asyncio.create_task(ended.wait())},
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if ended.is_set():
                    starting.cancel()
                    return 0
                starting.result()
                await _run(fleet, emulator, members, ended, seconds, console)
    return 0


async def _run(
    fleet: _Fleet,
    emulator: EmulatorServer,
    members: Members,
    ended: asyncio.Event,
    seconds: float,
    console: Console,
) -> None:
    until = time.monotonic() + seconds if seconds else float("inf")
    works = [
        asyncio.create_task(fleet.write(emulator)),
        asyncio.create_task(fleet.replace(members)),
    ]
    engine = create_engine(fleet.place.url)
    live = Live(console=console, auto_refresh=False) if console.is_terminal else None
    try:
        if live is not None:
            live.start()
        while not ended.is_set() and time.monotonic() < until:
            fleet.look(members)
            for number, record in emulator.world.calls.after(fleet.calls):
                fleet.calls = number
                fleet.refused += _is_refused(record)
            fleet.stored = await asyncio.to_thread(_read, engine)
            if live is not None:
                live.update(_table(fleet, emulator.url, members), refresh=True)
            else:
                print(_line(fleet, members), flush=True)
            try:
                async with asyncio.timeout(1.0):
                    await ended.wait()
            except TimeoutError:
                continue
    finally:
        if live is not None:
            live.stop()
        engine.dispose()
        for work in works:
            work.cancel()
        await asyncio.wait(works)
        for work in works:
            if not work.cancelled() and (error := work.exception()) is not None:
                print(f"it ended: {error!r}", file=sys.stderr)


def _read(engine: Engine) -> _Stored:
    """Read what the database says."""
    with engine.connect() as connection:
        return _Stored(
            Counter({_pid(owner): chats for owner, chats in connection.execute(_OWNED)}),
            Counter({_pid(owner): turns for owner, turns in connection.execute(_RUNNING)}),
            {_pid(owner) for (owner,) in connection.execute(_READS)},
            connection.execute(_WAITING).scalar_one(),
            connection.execute(_TAKEN).scalar_one(),
        )


def _pid(worker: str | None) -> int:
    """Return the number of a process, which is part of its name in the database."""
    return int((worker or "--").rsplit("-", 2)[1] or 0)


def _is_refused(record: CallRecord) -> bool:
    return isinstance(record.outcome, Answer) and record.outcome.status == 429


def _table(fleet: _Fleet, url: str, members: Members) -> Group:
    now = time.monotonic()
    table = Table("pid", "role", "chats", "running", "answered", "turns/s", "state", box=None)
    for member in members.all:
        if now - fleet.gone_at.get(member.pid, now) < _SHOWN_FOR:
            style = "" if member.is_alive else "red"
            table.add_row(*_row(fleet, member), style=style)
    victim = next((str(member.pid) for member in members.alive), "PID")
    return Group(
        Text(f"Chats: {url}   Database: {fleet.place.name}"),
        table,
        Text(_totals(fleet)),
        Text(f"Kill one: kill -9 {victim}   (another one starts after 10 s)   Ctrl-C ends all."),
    )


def _row(fleet: _Fleet, member: Member) -> tuple[str, ...]:
    pid, stored = member.pid, fleet.stored
    recent = sum(one == pid for _, one in fleet.turns) / _RECENT
    cells = (pid, member.role, stored.owned[pid], stored.running[pid], fleet.answered[pid])
    return *map(str, cells), f"{recent:.1f}", _state(fleet, member)


def _state(fleet: _Fleet, member: Member) -> str:
    if not member.is_alive:
        left = fleet.stored.owned[member.pid]
        return f"gone; {left} chats to be taken over" if left else "gone; others have its chats"
    if not member.has_run():
        return "starting"
    return "runs, reads the bot's messages" if member.pid in fleet.stored.readers else "runs"


def _totals(fleet: _Fleet) -> str:
    stored, waits = fleet.stored, fleet.waits()
    to_turn = "–"
    if waits:
        to_turn = f"{quantile(waits, 0.5) * 1e3:.0f} / {quantile(waits, 0.99) * 1e3:.0f} ms"
    return (
        f"taken {stored.taken}   waiting {stored.waiting}   answered {fleet.answered.total()}   "
        f"late (> {_LATE:.0f} s) {fleet.late()}   refused calls {fleet.refused}   "
        f"message to turn p50 / p99 {to_turn}"
    )


def _line(fleet: _Fleet, members: Members) -> str:
    alive = " ".join(f"{one.pid}:{fleet.stored.owned[one.pid]}" for one in members.alive)
    gone = " ".join(
        f"{one.pid}:{fleet.stored.owned[one.pid]}" for one in members.all if not one.is_alive
    )
    return f"chats by process {alive}{f'   gone {gone}' if gone else ''}   {_totals(fleet)}"
