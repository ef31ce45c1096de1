"""The processes of a fleet: `tickertape serve`, started, watched and killed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Self

from benchmarks.fleet.reports import FOLDER, Report, Reports

__all__ = ["Member", "Members", "cpu_seconds", "cpu_seconds_with_children"]

_RUNNING = b"event=running"
_PATIENCE = 60.0  # seconds until a process runs, or has ended
_LOOK = 0.05
# What `importlib.metadata` reads of an installed package: our channel is found as any plug-in is.
_PLUGIN = {
    "METADATA": "Metadata-Version: 2.1\nName: tickertape-hub\nVersion: 1.0\n",
    "entry_points.txt": "[tickertape.channels]\nhub = benchmarks.fleet.channel:HubChannel\n",
}


@dataclass(slots=True)
class Member:
    """One process."""

    name: str
    """What it is called here: `all-1`."""
    role: str
    """What it does (`tickertape serve --role`)."""
    process: asyncio.subprocess.Process
    """The process itself."""
    log: Path
    """What it said."""
    used: float = 0.0
    """Seconds of processor time that it had taken when it was looked at last."""

    @property
    def pid(self) -> int:
        """Its number."""
        return self.process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it has not ended."""
        return self.process.returncode is None

    def has_run(self) -> bool:
        """Return whether it does, or did, what it is there for."""
        return _RUNNING in self.log.read_bytes()

    def look(self) -> float:
        """Return the seconds of processor time that it has taken."""
        if self.is_alive:
            self.used = cpu_seconds(self.pid)
        return self.used

    async def running(self) -> None:
        """Return when it does what it is there for.

        Raises:
            RuntimeError: when it ended instead; with what it said.
        """
        async with asyncio.timeout(_PATIENCE):
            while not self.has_run():
                if not self.is_alive:
                    raise RuntimeError(self.log.read_text("utf-8", "replace"))
                await asyncio.sleep(_LOOK)

    async def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Send a signal that ends it, and wait until it has ended."""
        if not self.is_alive:
            return
        self.process.send_signal(number)
        try:
            async with asyncio.timeout(_PATIENCE):
                await self.process.wait()
        except TimeoutError:
            self.process.kill()
            await self.process.wait()


@dataclass(slots=True)
class Members:
    """The processes of a fleet, in a folder of their own."""

    folder: Path
    """Where their configuration, logs and reports are."""
    agent: str
    """What answers, for `--agent`."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Of the environment, besides ours."""
    wrapper: tuple[str, ...] = ("-m", "tickertape")
    """How Python begins a process: in place of this it may be profiled."""
    all: list[Member] = field(default_factory=list)
    """Those that were started, the dead ones included."""
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _reports: Reports = field(init=False)

    def __post_init__(self) -> None:
        """Begin to read reports."""
        self._reports = Reports(self.folder / "reports")

    @classmethod
    @asynccontextmanager
    async def of(
        cls,
        folder: Path,
        config: Mapping[str, Any],
        agent: str = "benchmarks.fleet.agent:brief",
        variables: Mapping[str, str] | None = None,
    ) -> AsyncIterator[Self]:
        """Prepare a folder; end all processes in the end.

        Args:
            folder: see `Members`.
            config: what all of them are configured with.
            agent: see `Members`.
            variables: see `Members`.
        """
        (folder / "tickertape.yaml").write_text(json.dumps(config))
        (folder / "reports").mkdir()
        package = folder / "tickertape_hub-1.0.dist-info"
        package.mkdir()
        for name, text in _PLUGIN.items():
            (package / name).write_text(text)
        members = cls(folder, agent, variables or {})
        try:
            yield members
        finally:
            await members.end()

    @property
    def alive(self) -> list[Member]:
        """Those that have not ended."""
        return [member for member in self.all if member.is_alive]

    def more_reports(self) -> Iterator[Report]:
        """Yield what they reported since the last call."""
        return self._reports.more()

    async def start(self, *roles: str) -> list[Member]:
        """Start a process for each role, and return when all of them run."""
        started = [await self.begin(role) for role in roles]
        await asyncio.gather(*(member.running() for member in started))
        return started

    async def begin(self, role: str) -> Member:
        """Start a process; it does not run yet."""
        name = f"{role}-{next(self._numbers)}"
        log = self.folder / f"{name}.log"
        with log.open("wb") as said:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, *self.wrapper, "serve", "--agent", self.agent, "--role", role),
                cwd=self.folder,
                env={
                    **os.environ,
                    **self.variables,
                    FOLDER: str(self.folder / "reports"),
                    "PYTHONPATH": os.pathsep.join([str(self.folder), *sys.path]),
                },
                stdin=asyncio.subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                # Ctrl-C at our terminal is for us: we end them.
                start_new_session=True,
            )
        self.all.append(member := Member(name, role, process, log))
        return member

    async def end(self) -> None:
        """End all of them."""
        for member in self.alive:
            with contextlib.suppress(ProcessLookupError):
                member.process.send_signal(signal.SIGCONT)
        await asyncio.gather(*(member.end() for member in self.alive))

    def complaints(self) -> list[str]:
        """Return the lines of their logs that tell of errors, each once."""
        lines = (
            line
            for member in self.all
            for line in member.log.read_text("utf-8", "replace").splitlines()
            if "level=error" in line or "Traceback" in line
        )
        return list(dict.fromkeys(lines))


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a process, in seconds; 0 if it has ended."""
    times = _times(pid)
    return times[0] + times[1]


def cpu_seconds_with_children(pid: int) -> float:
    """Return that of a process and of all its children, those that ended included."""
    total = sum(_times(pid))
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(_fields(path)[1]) == pid:
                total += cpu_seconds(int(path.parent.name))
    return total


def _times(pid: int) -> list[float]:
    """Return user, system, and those of children that ended: proc_pid_stat(5), fields 14 to 17."""
    try:
        fields = _fields(Path(f"/proc/{pid}/stat"))
    except OSError:
        return [0.0] * 4
    return [int(field) / os.sysconf("SC_CLK_TCK") for field in fields[11:15]]


def _fields(path: Path) -> list[str]:
    """Return the fields from the third on: the second, the name, may hold blanks."""
    return path.read_text().rpartition(")")[2].split()
