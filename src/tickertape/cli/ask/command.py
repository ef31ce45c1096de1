"""`tickertape ask`: one question, one answer, for people and for pipes.

Here is what can be refused before anything heavy is imported, and what the exit codes mean; how an
answer is told is in `tickertape.cli.ask.formatters`, who gives it in `tickertape.cli.agent_choice`.

| code | meaning |
|--:|---|
| 0 | the answer is complete |
| 1 | something else went wrong: a package is missing, a disk is full, an agent broke its contract |
| 2 | the arguments or the configuration cannot be used |
| 3 | the model's server said no, or was not heard; what came before is on standard output |
| 4 | the answer is not whole: cut at its length, filtered, refused, paused, ended early, or empty |
| 129, 130, 143 | a signal ended it (SIGHUP, SIGINT, SIGTERM) |
| 141 | the reader closed the pipe |
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path

from tickertape.agent.loop import interruptible
from tickertape.chat import Address, ChatKind, Person
from tickertape.cli.agent_choice import (
    AgentChoice,
    choose_agent,
    embedded_alone,
    open_agent,
    preload,
)
from tickertape.cli.ask.formatters import Manner, formatter_for, manner_of
from tickertape.cli.imports import gc_paused
from tickertape.cli.quiet import complain, warn_on_stderr
from tickertape.cli.signals import telling
from tickertape.delivery.streaming import StreamingConfig
from tickertape.errors import ConfigError
from tickertape.events import Event, Failed, Finished, FinishReason, TextDelta
from tickertape.gateway.settings import Visibility
from tickertape.ports import Turn

__all__ = ["ask"]

_FAILED, _NOT_WHOLE, _SIGNALLED = 3, 4, 128
# A program that writes into a closed pipe is ended by it; where there is no such signal, as if.
_SIGPIPE = int(getattr(signal, "SIGPIPE", 13))
# One conversation with one person.
_HERE = Address("telegram", "0", ChatKind.PRIVATE)
_SCREEN = "tickertape.channels.terminal.consumer"
_EMPTY = "the answer is empty"
_WHY: Mapping[FinishReason, str] = {
    "length": "the answer is cut: it ran into its length",
    "content_filter": "the answer is cut: the provider's filter ended it",
    "refusal": "the model refused to answer",
    "malformed_call": "the model tried to use a tool, but its call could not be read",
    "paused": "the model's server paused the answer before its end",
    "unshown": "a part of the answer cannot be shown here",
    "out_of_steps": "the turn ran out of steps before the answer was done",
    "other": "the answer is not whole",
}


def ask(
    *,
    question: str,
    config: Path | None,
    agent: str,
    model: str,
    reasoning: Visibility | None,
    manner: str,
) -> int:
    """Ask, and print the answer on standard output; return the exit code.

    Raises:
        ConfigError: when an argument or the configuration cannot be used.
        ModelUnavailableError: when the embedded model is needed and cannot be had.
    """
    asked = _whole(question)
    how = Manner(manner) if manner else manner_of()
    with gc_paused():
        answering = choose_agent(config=config, agent=agent, environ=os.environ) or embedded_alone()
        turn = Turn(_HERE, Person("0", "you"), asked, model=answering.named(model))
        preload(answering)
    streaming = answering.config.streaming
    streaming = replace(streaming, reasoning=reasoning or streaming.reasoning)
    warn_on_stderr(answering.secrets.values, enabled=how is not Manner.SCREEN)
    ended = asyncio.run(_ask(answering, turn, how, streaming))
    # What else goes wrong stands below the answer on a screen; of none there is nothing to see.
    if (words := ended.words) and (how is not Manner.SCREEN or words == _EMPTY):
        complain(words)
    return ended.code


def _whole(question: str) -> str:
    """Return the question with the piped input below it."""
    parts = [question.strip()]
    if sys.stdin is not None and not sys.stdin.isatty():
        piped = sys.stdin.buffer.read().decode(sys.stdin.encoding, "replace")
        parts.append(piped.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}").rstrip())
    asked = "\n\n".join(part for part in parts if part)
    if not asked:
        raise ConfigError("QUESTION", question, "a text, as an argument or through a pipe")
    return asked


async def _ask(
    answering: AgentChoice, turn: Turn, manner: Manner, streaming: StreamingConfig
) -> _Ended:
    """Ask, and print the answer, until its end or an interrupt."""
    ended, stop = _Ended(), asyncio.Event()
    starting = asyncio.current_task()

    def signalled(number: int) -> None:
        ended.by = number
        stop.set()
        if starting is not None:  # servers of tools, and a model, take long to be there
            starting.cancel()

    def unread() -> None:
        ended.by = ended.by or _SIGPIPE
        stop.set()

    with telling(signalled), ended.broken_off():
        async with open_agent(answering) as found:
            # One question has no second chance: unlike the bot, it waits for the servers of tools.
            if found.tools:
                await asyncio.wait(found.tools)
            starting = None
            events = interruptible(found.agent.run(turn), stop)
            async with aclosing(events), _begun(events) as first:
                if manner is Manner.SCREEN:
                    # A tenth of a second, in which the question is on its way already.
                    await asyncio.to_thread(import_module, _SCREEN)
                async with formatter_for(manner, streaming, unread) as formatter:
                    event = await first
                    while event is not None:
                        ended.note(event)
                        formatter.feed(event)
                        event = await anext(events, None)
    return ended


@asynccontextmanager
async def _begun(events: AsyncGenerator[Event, None]) -> AsyncIterator[asyncio.Task[Event | None]]:
    """Wait for the first event in the background while the block runs."""

    async def first() -> Event | None:
        return await anext(events, None)

    waiting = asyncio.create_task(first(), name="tickertape question")
    try:
        yield waiting
    finally:
        waiting.cancel()
        await asyncio.wait({waiting})


@dataclass(slots=True)
class _Ended:
    """The end of an answer, and the exit code."""

    by: int = 0
    """The signal that ended it before its end; 0: none."""
    last: Event | None = None
    """The last that was said."""
    empty: bool = True
    """Whether there was no word in it."""

    @contextmanager
    def broken_off(self) -> Iterator[None]:
        """Let a signal, and nothing else, cancel the block."""
        try:
            yield
        except asyncio.CancelledError:
            if not self.by:
                raise

    def note(self, event: Event) -> None:
        """Record how the answer ended."""
        self.last = event
        if self.empty and isinstance(event, TextDelta):
            self.empty = not event.is_visible

    @property
    def code(self) -> int:
        """The exit code; see the module's docstring."""
        if self.by:
            return _SIGNALLED + self.by
        match self.last:
            case Finished(reason="stop") if not self.empty:
                return 0
            case Failed():
                return _FAILED
            case _:
                return _NOT_WHOLE

    @property
    def words(self) -> str:
        """The line for standard error; empty for none."""
        match self.last:
            case _ if self.by:
                return ""
            case Failed(error=error):
                return f"{error.sentence} ({error})"
            case Finished(reason=reason, detail=detail) if reason in _WHY:
                return f"{_WHY[reason]}: {detail}" if detail else _WHY[reason]
            case _:
                return _EMPTY if self.empty else ""
