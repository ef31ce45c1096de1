"""What the processes of a fleet report of their turns: a file for each, which survives a kill."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, TypeAlias

__all__ = ["FOLDER", "Kind", "Report", "Reports", "report"]

FOLDER: Final = "FLEET_REPORTS"
"""The variable that names the folder of the files."""

Kind: TypeAlias = Literal["began", "ended", "stopped"]
"""What became of a turn."""


@dataclass(frozen=True, slots=True)
class Report:
    """What one process reported of one turn."""

    pid: int
    """The process."""
    kind: Kind
    """What became of the turn."""
    question: str
    """The question, by which it is known."""
    at: float
    """When, by the clock that all processes of a machine share (`time.monotonic`)."""


def report(kind: Kind, question: str) -> None:
    """Write down what becomes of a turn: at once, so that a process that is killed has told it."""
    pid = os.getpid()
    line = json.dumps([kind, question, time.monotonic()]).encode() + b"\n"
    path = Path(os.environ[FOLDER]) / f"{pid}.jsonl"
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, line)
    finally:
        os.close(file)


@dataclass(slots=True)
class Reports:
    """Reads what was reported, and goes on where it stopped."""

    folder: Path
    """The folder of the files."""
    _read: dict[Path, int] = field(default_factory=dict)

    def more(self) -> Iterator[Report]:
        """Yield what was reported since the last call; of each process in its order."""
        for path in sorted(self.folder.glob("*.jsonl")):
            with path.open("rb") as file:
                file.seek(self._read.get(path, 0))
                for line in file:
                    if not line.endswith(b"\n"):
                        break
                    self._read[path] = self._read.get(path, 0) + len(line)
                    kind, question, at = json.loads(line)
                    yield Report(int(path.stem), kind, question, at)
