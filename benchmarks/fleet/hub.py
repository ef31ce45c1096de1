"""A platform that costs little: people write at it, bots read and answer, and all of it is kept.

It is a bot's platform in three ways: what a reader did not confirm is brought again, a post with
the same key is made once, and calls that are too many are refused.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Self

from benchmarks.fleet.wire import Line, Wire

__all__ = ["Hub"]


class Hub:
    """The platform."""

    def __init__(self, calls: int = 0) -> None:
        """Begin without a chat.

        Args:
            calls: how many calls are taken in any second; 0: any number.
        """
        self.written: defaultdict[str, list[str]] = defaultdict(list)
        """What people wrote in each chat, in its order: the names of questions."""
        self.written_at: dict[str, float] = {}
        """When each question was written, by `time.monotonic`."""
        self.shown: defaultdict[str, dict[str, str]] = defaultdict(dict)
        """What bots show in each chat: the texts of messages by their ids, in their order."""
        self.accepted_at: list[float] = []
        """When calls were accepted."""
        self.accepted_of: Counter[int] = Counter()
        """How many calls of each process were accepted."""
        self.refused = 0
        """How many calls were refused, as they were too many."""
        self.reader = 0
        """The process that reads."""
        self._limit = calls
        self._window: deque[float] = deque()
        self._posted: dict[str, str] = {}
        self._numbers = count(1)
        self._owed: dict[int, tuple[str, str]] = {}
        self._wire: Wire | None = None

    @classmethod
    @asynccontextmanager
    async def at(cls, path: Path, calls: int = 0) -> AsyncIterator[Self]:
        """Run a hub at a socket."""
        hub = cls(calls)
        loop = asyncio.get_running_loop()
        wires: list[Wire] = []

        def connected() -> Wire:
            wires.append(wire := Wire(hub._heard, hub._lost))
            return wire

        server = await loop.create_unix_server(connected, str(path))
        try:
            yield hub
        finally:
            server.close()
            for wire in wires:
                wire.close()
            await asyncio.sleep(0)  # then they are closed

    @property
    def unread(self) -> int:
        """How many messages are not confirmed yet."""
        return len(self._owed)

    def write(self, chat: str, question: str, more: str = "") -> None:
        """Let a person ask a question, or give a command.

        Args:
            chat: where.
            question: its name; a command is no question, and is not kept.
            more: what stands behind it.
        """
        if not question.startswith("/"):
            self.written[chat].append(question)
        self.written_at[question] = time.monotonic()
        number = next(self._numbers)
        text = f"{question} {more}".rstrip()
        self._owed[number] = chat, text
        if self._wire is not None:
            self._wire.send(number, chat, text)

    def texts(self) -> Mapping[str, list[str]]:
        """Return what is shown in each chat."""
        return {chat: list(messages.values()) for chat, messages in self.shown.items()}

    def _heard(self, wire: Wire, line: Line) -> None:
        match line:
            case ["read", int(pid)]:
                self.reader, self._wire = pid, wire
                for number, (chat, text) in self._owed.items():
                    wire.send(number, chat, text)
            case ["read", int(), int(number)]:
                self._owed.pop(number, None)
            case ["call", int(pid), int(number), *call]:
                wire.send(number, *self._called(pid, *call))

    def _lost(self, wire: Wire) -> None:
        if self._wire is wire:
            self._wire = None

    def _called(self, pid: int, kind: str, chat: str, at: str, text: str = "") -> Line:
        now = time.monotonic()
        if (wait := self._wait(now)) > 0:
            self.refused += 1
            return ["throttled", wait]
        self.accepted_at.append(now)
        self.accepted_of[pid] += 1
        messages = self.shown[chat]
        if kind == "post":
            number = str(next(self._numbers))
            at = self._posted.setdefault(at, number) if at else number
        elif at not in messages:
            return ["gone"]
        if kind == "delete":
            del messages[at]
        else:
            messages[at] = text
        return ["accepted", at]

    def _wait(self, now: float) -> float:
        if not self._limit:
            return 0.0
        while self._window and self._window[0] <= now - 1.0:
            self._window.popleft()
        if len(self._window) >= self._limit:
            return self._window[0] + 1.0 - now
        self._window.append(now)
        return 0.0
