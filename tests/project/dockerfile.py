"""A Dockerfile, read as far as ours goes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Instruction", "Stage", "read"]

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: its word, and the rest of its lines as one."""

    word: str
    rest: str

    @property
    def words(self) -> list[str]:
        """What follows the word, as JSON or parted by spaces."""
        if self.rest.startswith("["):
            read: list[str] = json.loads(self.rest)
            return read
        return self.rest.split()


@dataclass(frozen=True, slots=True)
class Stage:
    """What begins with a `FROM`."""

    base: str
    name: str
    instructions: list[Instruction] = field(default_factory=list)

    def all_of(self, word: str) -> list[Instruction]:
        """Return the instructions of one word."""
        return [one for one in self.instructions if one.word == word]


def read(path: Path = ROOT / "Dockerfile") -> list[Stage]:
    """Return the stages of a file.

    Raises:
        ValueError: when an instruction stands before the first stage, other than `ARG`.
    """
    text = re.sub(r"^#.*\n", "", path.read_text("utf-8"), flags=re.MULTILINE)
    stages: list[Stage] = []
    for line in re.sub(r"\\\n\s*", "", text).splitlines():
        if not line.strip():
            continue
        word, _, rest = line.partition(" ")
        if word == "FROM":
            base, _, name = rest.partition(" AS ")
            stages.append(Stage(base, name))
        elif stages:
            stages[-1].instructions.append(Instruction(word, rest.strip()))
        elif word != "ARG":
            raise ValueError(line)
    return stages
