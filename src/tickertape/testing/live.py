"""Answers carried to chats, many at once, and measured on the way.

    bench = Bench(agent, transport)
    round_ = await bench.run("How do tides come about?", addresses)   # one conversation for each
    round_.wall_time, [one.measures for one in round_.conversations]

The agent is asked and the chat is written to exactly as a gateway does it; what is measured is
noted between them. A frame counts as seen when the channel's answer was heard: what a reader saw
was never later than that. The measures are those of `tickertape.testing.measures`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from tickertape.chat import Address
from tickertape.consumer import stream
from tickertape.delivery.actions import Action, Outcome
from tickertape.delivery.shown import Shown
from tickertape.delivery.streaming import StreamingConfig
from tickertape.delivery.surface import Surface
from tickertape.events import Event
from tickertape.outbox import Outbox
from tickertape.ports import Agent, Transport, Turn
from tickertape.watching.film import Film, TimedCall
from tickertape.watching.heard import Heard
from tickertape.watching.measures import Measures, SeenFrame, measure
from tickertape.watching.readers import READERS, ReadThrough, read_through
from tickertape.watching.reading import same

__all__ = ["Bench", "Conversation", "Round", "TimedCall", "WatchedTransport", "frames_of"]


class WatchedTransport:
    """Passes actions on to a transport, and notes what came of them; a `ports.Transport`."""

    def __init__(self, transport: Transport) -> None:
        """Begin with nothing noted.

        Args:
            transport: carries the actions out; it stays the caller's.
        """
        self._transport = transport
        self.calls: list[TimedCall] = []
        """Every call that was heard, in that order."""

    def surface(self, address: Address) -> Surface:
        """Return what can be shown at `address`."""
        return self._transport.surface(address)

    async def perform(self, action: Action) -> Outcome:
        """Perform one action, record it, and return its outcome."""
        clock = asyncio.get_running_loop().time
        launched_at = clock()
        outcome = await self._transport.perform(action)
        self.calls.append(TimedCall(action, outcome, launched_at, clock()))
        return outcome


@dataclass(frozen=True, slots=True)
class Conversation:
    """One answer that was carried to one chat."""

    address: Address
    """Where."""
    said: str
    """What the agent said, as far as nothing made it void."""
    mark: str
    """What the bot adds below it, where it ends before its end."""
    seconds: float
    """From the question until everything was over."""
    first_delta: float | None
    """Seconds until the agent said something of it; None where it said nothing."""
    measures: Measures | None
    """How live it was; None where nothing of it came on screen."""
    calls: tuple[TimedCall, ...]
    """The calls that it took."""
    is_complete: bool
    """Whether the agent ended well, and the channel acknowledged the whole answer."""
    failure: str
    """Why it is not complete: one line; empty where it is."""
    readers: tuple[ReadThrough, ...] = ()
    """How it was for readers, by `READERS`; none where nothing of it came on screen."""

    def is_shown_by(self, screen: str) -> bool:
        """Return whether a screen shows the answer with its mark, and nothing else."""
        return same(screen, self.said + self.mark)


@dataclass(frozen=True, slots=True)
class Round:
    """Conversations that were held at once."""

    wall_time: float
    """Seconds from the first question until the last answer was on screen."""
    conversations: tuple[Conversation, ...]
    """All of them, in the order of their chats."""


class Bench:
    """Lets an agent answer in many chats at once, round after round, as one bot does."""

    def __init__(
        self, agent: Agent, transport: Transport, *, streaming: StreamingConfig | None = None
    ) -> None:
        """Make ready; agent and transport stay the caller's to close.

        Args:
            agent: who answers.
            transport: where.
            streaming: how answers stream; the defaults where None.
        """
        self._agent = agent
        self._watched = WatchedTransport(transport)
        self._outbox = Outbox(self._watched)
        self._streaming = streaming or StreamingConfig()

    async def run(self, prompt: str, addresses: Sequence[Address]) -> Round:
        """Ask the same in every chat, at the same moment; return when all answers are there.

        Args:
            prompt: what is asked.
            addresses: the chats, each once.

        Raises:
            ExceptionGroup: of what the agent raised, against its contract.
        """
        clock = asyncio.get_running_loop().time
        begun_at = clock()
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._converse(prompt, to)) for to in addresses]
        finally:
            await self._outbox.aclose()
        return Round(clock() - begun_at, tuple(task.result() for task in tasks))

    async def _converse(self, prompt: str, to: Address) -> Conversation:
        begun_at, before = asyncio.get_running_loop().time(), len(self._watched.calls)
        heard = Heard()
        turn = Turn(to, None, prompt)
        async with aclosing(_listen(heard, self._agent.run(turn))) as events:
            shown = await stream(events, self._outbox, to=to, config=self._streaming)
        calls = [call for call in self._watched.calls[before:] if call.action.address == to]
        tokens = heard.tokens
        frames = frames_of(calls, heard.said, heard.mark, begun_at)
        failure = heard.failure or _undelivered(shown)
        is_measured = bool(tokens and frames)
        return Conversation(
            address=to,
            said=heard.said,
            mark=heard.mark,
            seconds=asyncio.get_running_loop().time() - begun_at,
            first_delta=tokens[0][0] if tokens else None,
            measures=measure(tokens, frames) if is_measured else None,
            calls=tuple(calls),
            is_complete=not failure,
            failure=failure,
            readers=tuple(read_through(tokens, frames, v) for v in READERS) if is_measured else (),
        )


async def _listen(heard: Heard, events: AsyncIterator[Event]) -> AsyncGenerator[Event, None]:
    """Pass everything on as it comes, and note it; close the agent at the end."""
    clock = asyncio.get_running_loop().time
    begun_at = clock()
    try:
        async for event in events:
            heard.hear(event, clock() - begun_at)
            yield event
    finally:
        if isinstance(events, AsyncGenerator):
            await events.aclose()


def _undelivered(shown: Shown) -> str:
    """Return why an answer is not on screen; "" if it is."""
    if shown.gave_up is not None:
        return f"not delivered: {shown.gave_up.reason}"
    if not shown.said.strip():
        return "the agent said nothing"
    return "" if shown.is_whole else "not on screen as a whole"


def frames_of(
    calls: Sequence[TimedCall], whole: str, mark: str, begun_at: float
) -> list[SeenFrame]:
    """Return what the reader of one chat saw of an answer.

    Lines about thoughts and tools are not of the answer: a screen with nothing else is no frame.

    Args:
        calls: the calls that the answer took, in order.
        whole: the whole answer.
        mark: what stands below it at the end.
        begun_at: when the turn began, by the clock of the calls.
    """
    film = Film()
    for call in calls:
        film.take(call.action, call.outcome, call.heard_at)
    return film.frames(whole, mark, begun_at)
