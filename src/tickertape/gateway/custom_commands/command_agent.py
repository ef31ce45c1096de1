"""A function or a program of the operator's as an agent: what it says is the answer.

So an answer of a command is one as any other: it streams, can be stopped, and is stored. What ends
it early is said below it in a sentence: a failure, a time limit, a limit of its length.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing, closing
from dataclasses import dataclass
from typing import assert_never

from tickertape.conversation import CommandGiven
from tickertape.errors import CommandError
from tickertape.events import Event, Finished, TextDelta
from tickertape.gateway.custom_commands import sentences
from tickertape.gateway.custom_commands.call import CommandCall
from tickertape.gateway.custom_commands.code_block import (
    AsWritten,
    Layout,
    OutputBlock,
    closed,
)
from tickertape.gateway.custom_commands.custom_command import (
    CustomCommand,
    FunctionAction,
    ProgramAction,
    PromptAction,
    argv,
)
from tickertape.gateway.custom_commands.functions import BrokenOffError, NoTextError, text_of
from tickertape.gateway.custom_commands.parameters import arguments
from tickertape.gateway.custom_commands.programs import output_of
from tickertape.gateway.reasons import crash_of
from tickertape.interruption import Deadline
from tickertape.ports import Turn

__all__ = ["CommandAgent", "InterruptedCommand"]

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class InterruptedCommand:
    """Answers for a command that was cut off: it is not run again. Implements `Agent`."""

    given: CommandGiven
    """The command."""
    said: str = ""
    """What it said until then, as far as it is known."""

    async def run(self, turn: Turn) -> AsyncGenerator[Event, None]:  # noqa: ARG002
        """Yield what was said, and that it was interrupted."""
        _LOG.info("a command was cut off by a restart", extra={"command": self.given.name})
        # That process may have been cut off, too, when it had said so.
        said = self.said.removesuffix(sentences.INTERRUPTED).rstrip()
        yield TextDelta(f"{closed(said)}\n\n{sentences.INTERRUPTED}".lstrip("\n"))
        yield Finished()


@dataclass(frozen=True, slots=True)
class CommandAgent:
    """Answers with what a function or a program says. Implements `Agent`."""

    command: CustomCommand
    """The command."""
    call: CommandCall
    """What it was given; it fits the command."""

    async def run(self, turn: Turn) -> AsyncGenerator[Event, None]:  # noqa: ARG002
        """Yield what it says, ending with `Finished`."""
        layout, end = self._layout(), ""
        async with aclosing(self._within_limits()) as texts:
            try:
                async for text in texts:
                    if shown := layout.add(text):
                        yield TextDelta(shown)
            except CommandError as error:
                end = str(error) or sentences.FAILED
        if shown := layout.close():
            yield TextDelta(shown)
        if not layout.has_words:
            yield TextDelta(end or sentences.DONE)
        elif end:
            yield TextDelta(f"\n\n{end}")
        yield Finished()

    def _layout(self) -> Layout:
        action = self.command.action
        is_code = isinstance(action, ProgramAction) and action.format == "code"
        return OutputBlock() if is_code else AsWritten()

    async def _within_limits(self) -> AsyncGenerator[str, None]:
        """Yield what it says, as long as it may say that.

        Raises:
            CommandError: when it fails, takes too long or says too much.
        """
        end = asyncio.get_running_loop().time() + self.command.timeout
        left = self.command.longest
        with closing(Deadline()) as deadline:
            async with aclosing(self._texts()) as texts:
                while (text := await self._next(texts, deadline.at(end))) is not None:
                    if text[:left]:
                        yield text[:left]
                    if len(text) > left:
                        raise CommandError(sentences.cut(self.command.longest))
                    left -= len(text)

    async def _next(self, texts: AsyncGenerator[str, None], deadline: Deadline) -> str | None:
        """Return the next text; None at the end."""
        try:
            with deadline:
                return await anext(texts, None)
        except CommandError:
            raise
        except (Exception, SystemExit) as error:
            if deadline.was_cut:
                raise CommandError(sentences.timed_out(self.command.timeout)) from None
            self._log_failure(error)
            raise CommandError(sentences.FAILED) from error

    def _log_failure(self, error: Exception | SystemExit) -> None:
        """Log an error without what it may quote; only our own says something of its own."""
        told: dict[str, object] = {"error": type(error).__qualname__}
        if isinstance(error, NoTextError):
            told = {"error": f"the function gave a value of the type {error}; it must give text"}
        elif isinstance(error, BrokenOffError):
            told = {"error": str(error)}
        elif isinstance(error, Exception):
            told = crash_of(error)
        _LOG.error("a command failed", extra={"command": self.command.name, **told})

    def _texts(self) -> AsyncGenerator[str, None]:
        match self.command.action:
            case FunctionAction(function=function, parameters=wanted):
                return text_of(function, arguments(wanted, self.call))
            case ProgramAction(environment=environment, cwd=cwd) as action:
                given = argv(action, self.call)
                return output_of(self.command.name, given, environment=environment, cwd=cwd)
            case PromptAction():
                raise AssertionError("a prompt is asked of the agent")
            case _:
                assert_never(self.command.action)
