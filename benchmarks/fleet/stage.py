"""What every trial needs: a database, the hub, a folder, and processes that come and go."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

from sqlalchemy import create_engine, make_url, text

from benchmarks.fleet.channel import PERSON
from benchmarks.fleet.hub import Hub
from benchmarks.fleet.judge import Verdict, judged
from benchmarks.fleet.members import Members, cpu_seconds_with_children
from benchmarks.fleet.reports import Report
from benchmarks.postgres import SUPERUSER, PostgresServer, postgres_programs, postgres_server
from tickertape.testing.measures import quantile

__all__ = ["NEWEST", "Place", "Stage", "database", "stage", "until", "waits_of"]

NEWEST = "newest"
"""The version of Postgres that is the newest of those that are here, also with `DATABASE_URL`."""

_LOOK = 0.05
_LAST_POSTS = 15.0  # seconds from the end of a turn to its post, on a machine that is busy
_QUIET = 60.0  # seconds without news after which nothing more comes


@dataclass(frozen=True, slots=True)
class Place:
    """A database for one run."""

    url: str
    """Its address."""
    name: str
    """What it is, for people."""
    server: PostgresServer | None = None
    """The server, if it is ours."""

    def used(self) -> float:
        """Return the processor time that the server has taken, in seconds; 0 if it is not ours."""
        if self.server is None:
            return 0.0
        pid = (self.server.folder / "data" / "postmaster.pid").read_text().split()[0]
        return cpu_seconds_with_children(int(pid))


@contextmanager
def database(version: str = "") -> Iterator[Place]:
    """Yield an empty database, and remove it.

    It is a schema in the database of the variable `DATABASE_URL` if that is set, and else a server
    that is started.

    Args:
        version: of the server that is started, such as `15`; empty: the newest (`NEWEST`).
    """
    if not version and (url := os.environ.get("DATABASE_URL")):
        with _schema_in(url) as address:
            yield Place(address, "DATABASE_URL")
        return
    programs = postgres_programs()
    name = f"postgres{version}" if version not in {"", NEWEST} else list(programs)[-1]
    if name not in programs:
        raise SystemExit(f"there is no {name}; there are: {', '.join(programs)}")
    with postgres_server(programs[name], is_durable=True) as server:
        yield Place(server.url(user=SUPERUSER), name, server)


@contextmanager
def _schema_in(url: str) -> Iterator[str]:
    """Make a schema in a database, and remove it with all that is in it."""
    schema = f"fleet_{uuid4().hex[:8]}"
    whole = make_url(url).set(drivername="postgresql+psycopg")
    engine = create_engine(whole)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    try:
        inside = whole.update_query_dict({"options": f"-csearch_path={schema}"})
        yield inside.render_as_string(hide_password=False)
    finally:
        with engine.begin() as connection:
            connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
        engine.dispose()


@dataclass(slots=True)
class Stage:
    """One run of a fleet at a hub."""

    place: Place
    """The database."""
    hub: Hub
    """The platform."""
    members: Members
    """The processes."""
    draw: Random
    """Draws chats and moments."""
    began: dict[str, float] = field(default_factory=dict)
    """When each question's first turn began."""
    stopped: dict[str, float] = field(default_factory=dict)
    """When turns were stopped."""
    ended: set[str] = field(default_factory=set)
    """Questions whose turn ended."""
    news: list[Report] = field(default_factory=list)
    """All that was reported."""

    async def write(self, rate: float, seconds: float, chats: int, more: str = "") -> None:
        """Let people write at random moments.

        Args:
            rate: messages a second.
            seconds: for how long.
            chats: in how many chats.
            more: what stands behind each question.
        """
        loop = asyncio.get_running_loop()
        due = begun = loop.time()
        while True:
            due += self.draw.expovariate(rate)
            if due > begun + seconds:
                return
            if (wait := due - loop.time()) > 0:
                await asyncio.sleep(wait)
            chat = f"c{self.draw.randrange(chats)}"
            self.hub.write(chat, f"{chat}-{len(self.hub.written[chat])}-{uuid4().hex[:6]}", more)

    def look(self) -> set[str]:
        """Take in what was reported; return the questions whose turn has ended."""
        for one in self.members.more_reports():
            self.news.append(one)
            match one.kind:
                case "began":
                    self.began.setdefault(one.question, one.at)
                case "stopped":
                    self.stopped[one.question] = one.at
                case "ended":
                    self.ended.add(one.question)
        return self.ended

    async def settled(self, patience: float = _QUIET) -> bool:
        """Wait until each question has its answer; return whether that came.

        Args:
            patience: seconds without news after which it does not.
        """
        before, since = -1, time.monotonic()
        while (left := self.left()) and time.monotonic() - since < patience:
            if left != before:
                before, since = left, time.monotonic()
            await asyncio.sleep(_LOOK * 4)
        await self.shown()
        return not self.left()

    async def shown(self) -> None:
        """Wait until the last words of turns that ended are on screen, where they get there."""
        since = time.monotonic()
        while self.verdict().lost and time.monotonic() - since < _LAST_POSTS:  # noqa: ASYNC110
            await asyncio.sleep(_LOOK * 4)
        await asyncio.sleep(1.0)  # what would be doubled comes behind

    def left(self) -> int:
        """Return how many questions have no answer that is over."""
        self.look()
        return sum(map(len, self.hub.written.values())) - len(self.ended)

    def waits(self, which: Callable[[str], bool] = lambda _: True) -> list[float]:
        """Return the seconds from each message to its turn.

        Args:
            which: tells which questions.
        """
        at = self.hub.written_at
        return [
            began - at[name] for name, began in self.began.items() if name in at and which(name)
        ]

    def verdict(self) -> Verdict:
        """Return what is right and wrong in the chats."""
        return judged(self.hub.written, self.hub.texts())

    def used(self) -> dict[str, float]:
        """Return the seconds of processor time that each process and the database have taken."""
        used = {member.name: member.look() for member in self.members.all}
        return {**used, "postgres": self.place.used()}


@asynccontextmanager
async def stage(
    roles: tuple[str, ...], *, version: str = "", calls: int = 0, seed: int = 1
) -> AsyncIterator[Stage]:
    """Run a fleet.

    Args:
        roles: a process for each.
        version: see `database`.
        calls: how many calls the hub takes in a second; 0: any number.
        seed: of what is drawn.
    """
    with database(version) as place, tempfile.TemporaryDirectory(prefix="fleet-") as name:
        folder = Path(name)
        async with (
            Hub.at(folder / "hub.sock", calls) as hub,
            Members.of(folder, _config(place, folder, calls)) as members,
        ):
            await members.start(*roles)
            yield Stage(place, hub, members, Random(seed))  # noqa: S311 - no secret


def _config(place: Place, folder: Path, calls: int) -> dict[str, Any]:
    return {
        "channels": {"hub": {"type": "hub", "path": str(folder / "hub.sock"), "calls": calls}},
        "access": {"allow": [PERSON]},
        "gateway": {"together": 0},
        "storage": {"url": place.url},
    }


def waits_of(seconds: list[float]) -> str:
    """Return the median and the 99th percentile, in milliseconds."""
    return f"{quantile(seconds, 0.5) * 1e3:.0f} / {quantile(seconds, 0.99) * 1e3:.0f} ms"


async def until(is_so: Callable[[], object], patience: float = 120.0) -> None:
    """Return when something is so, or is not for too long."""
    since = time.monotonic()
    while not is_so() and time.monotonic() - since < patience:  # noqa: ASYNC110 - files, processes
        await asyncio.sleep(_LOOK)
