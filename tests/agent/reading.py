"""A reader of an agent's events: what stands on screen at the end, and what was kept."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from tickertape.agent.loop import ModelAgent
from tickertape.chat import Address, ChatKind
from tickertape.conversation import Entry
from tickertape.events import (
    Event,
    Failed,
    Finished,
    ReasoningDelta,
    Recorded,
    Restarted,
    SegmentEnded,
    TextDelta,
    ToolFinished,
    ToolStarted,
)
from tickertape.ports import ToolSpec, Turn

__all__ = ["HERE", "FakeTool", "Reader", "read", "turn"]

HERE = Address("telegram", "1001", ChatKind.PRIVATE)


@dataclass
class Reader:
    """Folds events as delivery and the gateway do, and checks that there is one end."""

    events: list[Event] = field(default_factory=list)
    """Everything that came."""
    sealed: list[str] = field(default_factory=list)
    """Segments that stand for good."""
    live: list[str] = field(default_factory=lambda: [""])
    """Segments that a restart voids."""
    kept: list[Entry] = field(default_factory=list)
    """What was recorded."""
    running: dict[str, str] = field(default_factory=dict)
    """Tools that began and have not ended, by call."""

    def take(self, event: Event) -> None:
        """Take the next event."""
        assert not self.end, "nothing follows the end"
        self.events.append(event)
        match event:
            case TextDelta(text=text):
                self.live[-1] += text
            case SegmentEnded():
                self.live.append("")
            case Restarted():
                self.live = [""]
            case ToolStarted(call_id=call_id, name=name):
                self.sealed += [text for text in self.live if text]
                self.live = [""]
                self.running[call_id] = name
            case ToolFinished(call_id=call_id, name=name):
                assert self.running.pop(call_id) == name
            case Recorded(entry=entry):
                self.kept.append(entry)
            case ReasoningDelta() | Finished() | Failed():
                pass

    @property
    def end(self) -> Finished | Failed | None:
        """How the answer ended."""
        last = self.events[-1] if self.events else None
        return last if isinstance(last, Finished | Failed) else None

    @property
    def screen(self) -> list[str]:
        """The segments on screen."""
        return [*self.sealed, *(text for text in self.live if text)]

    def kinds(self) -> list[str]:
        """The events by name, deltas of one kind in a row as one."""
        names = [type(event).__name__ for event in self.events]
        return [name for n, name in enumerate(names) if n == 0 or names[n - 1] != name]


@dataclass
class FakeTool:
    """A tool that does what a test says."""

    name: str = "look"
    """What it is called."""
    work: Callable[[Mapping[str, object]], Awaitable[str]] | None = None
    """What it does; None gives the arguments back."""
    calls: list[Mapping[str, object]] = field(default_factory=list)
    """The arguments of each call."""
    cancelled: int = 0
    """How many calls were cancelled."""

    @property
    def spec(self) -> ToolSpec:
        """What the model is told."""
        return ToolSpec(self.name, "looks", {"type": "object"})

    async def call(self, arguments: Mapping[str, object]) -> str:
        """Run."""
        self.calls.append(arguments)
        try:
            return await self.work(arguments) if self.work else str(dict(arguments))
        except asyncio.CancelledError:
            self.cancelled += 1
            raise


def turn(text: str = "Hello?", *history: Entry, model: str = "") -> Turn:
    """Make a turn."""
    return Turn(HERE, None, text, history, model)


async def read(
    agent: ModelAgent, asked: Turn | None = None, so_far: tuple[Entry, ...] | None = None
) -> Reader:
    """Read an answer to its end; where `so_far` is given, one that was begun."""
    reader, asked = Reader(), asked or turn()
    events = agent.run(asked) if so_far is None else agent.resume(asked, so_far)
    async for event in events:
        reader.take(event)
    assert reader.end, "there is an end"
    assert not reader.running, "every tool that began has ended"
    return reader
