"""One attempt at a turn, purely: what the agent is given, and what it says first.

The process that began a turn may have ended in its midst. Then the next attempt goes on:

| what an earlier attempt left | what this one does |
|---|---|
| nothing | the agent is asked |
| a reply that has its last word | the reply is shown to its end; the agent is not asked |
| a reply in its midst | the agent goes on, or begins again; its text replaces what stands there |
| a command of the operator's in its midst | it is not run again: the reader is told |
| `MOST_ATTEMPTS` attempts, each cut off | the reader is told |
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final

from tickertape.conversation import CommandGiven, Entry, Utterance, begins_turn
from tickertape.delivery.reply.state import ReplyState
from tickertape.events import Event, Failed, Finished, Restarted
from tickertape.ports import Agent, ResumableAgent, Turn

__all__ = ["MOST_ATTEMPTS", "Attempt", "command_of"]

MOST_ATTEMPTS: Final = 3
"""How many attempts at a turn there are: what ends the process each time may be the turn itself."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a turn."""

    question: str
    """What the agent is asked."""
    past: tuple[Entry, ...]
    """The conversation before the question, oldest first."""
    so_far: tuple[Entry, ...] = ()
    """What earlier attempts recorded behind the question."""
    state: ReplyState | None = None
    """The reply as an earlier attempt left it; None: nothing was shown."""
    number: int = 1
    """Which attempt it is."""
    command: CommandGiven | None = None
    """The operator's command that answers; None: the agent does."""
    left: int = 0
    """How many attempts before it were left, because their process was told to end."""

    @classmethod
    def after(cls, entries: Sequence[Entry], state: ReplyState | None, number: int) -> Attempt:
        """Return the attempt that goes on with a conversation whose last question is open."""
        asked = [at for at, entry in enumerate(entries) if begins_turn(entry)]
        if not asked:
            return cls("", tuple(entries), state=state, number=number)
        at = asked[-1]
        past, so_far = tuple(entries[:at]), tuple(entries[at + 1 :])
        return cls(entries[at].text, past, so_far, state, number, command_of(entries[at]))

    @property
    def said(self) -> str:
        """What earlier attempts said, as far as it is known; empty where that is nothing."""
        return "".join(part.text for part in self.state.said.all) if self.state else ""

    @property
    def is_repeated(self) -> bool:
        """Whether an earlier attempt began it."""
        return self.number > 1

    @property
    def has_ended(self) -> bool:
        """Whether an earlier attempt came to the last word, which may not be on screen yet."""
        return self.state is not None and self.state.said.closed

    @property
    def is_in_vain(self) -> bool:
        """Whether too many attempts were cut off before it."""
        return self.number - self.left > MOST_ATTEMPTS and not self.has_ended

    def events(self, agent: Agent, turn: Turn) -> AsyncIterator[Event]:
        """Return what the agent says in this attempt."""
        if self.has_ended:
            return _only(Finished())
        if isinstance(agent, ResumableAgent):
            said = agent.resume(turn, self.so_far)
        else:
            said = agent.run(turn)
        return said if self.state is None else _behind(Restarted(), said)


def command_of(question: Entry) -> CommandGiven | None:
    """Return the operator's command that answers a question; None: the agent does."""
    return question.command if isinstance(question, Utterance) else None


async def _only(event: Event) -> AsyncIterator[Event]:
    yield event


async def _behind(first: Event, events: AsyncIterator[Event]) -> AsyncIterator[Event]:
    """Yield the events of an agent, which is closed at the end, behind another one.

    That comes with the agent's first: until then what stands there stays, also where it only fails.
    """
    is_first = True
    async with AsyncExitStack() as closing:
        if isinstance(events, AsyncGenerator):
            closing.push_async_callback(events.aclose)
        async for event in events:
            if is_first and not isinstance(event, Failed):
                yield first
            is_first = False
            yield event
