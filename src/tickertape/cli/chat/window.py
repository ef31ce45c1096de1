"""The screen of `tickertape chat`: answers above a line of input that never goes away."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import (
    AbstractContextManager,
    asynccontextmanager,
    contextmanager,
    nullcontext,
    redirect_stderr,
    redirect_stdout,
)
from itertools import chain, repeat

import platformdirs

from tickertape.channels.terminal.consumer import TerminalConsumer
from tickertape.channels.terminal.frames import Frame, Terminal, TerminalScreen
from tickertape.channels.terminal.sanitized import sanitized
from tickertape.channels.terminal.transport import is_plain
from tickertape.chat import Address, Message
from tickertape.cli.chat.keyboard import PROMPT, KeyActions, history_at, keyboard, screen_output
from tickertape.cli.chat.prompt_screen import CapturedStdout, PromptScreen, wraps
from tickertape.cli.chat.stdin_channel import StdinChannel
from tickertape.cli.chat.words import choices_with, completed, help_lines, leaves
from tickertape.delivery.shown import Shown
from tickertape.delivery.streaming import StreamingConfig
from tickertape.gateway.commands import HelpCommand, parse

__all__ = ["ChatWindow"]

_LOG = logging.getLogger(__name__)

# Seconds after which a screen takes an answer for hung: who reads can end it at any moment, and
# the agent has deadlines of its own.
_TIMEOUT = 3600.0
_BOLD, _NO_LOOKS = "\x1b[1m", "\x1b[0m"


class ChatWindow:
    """Shows answers above the line of input."""

    def __init__(
        self,
        channel: StdinChannel,
        silence: Callable[[], bool] = lambda: False,
        *,
        models: Sequence[str] = (),
    ) -> None:
        """Prepare the window; nothing is shown before `typing`.

        Args:
            channel: takes the typed text as questions.
            silence: stops the speech; returns whether there was any.
            models: the names of the models that can be chosen.
        """
        self._channel = channel
        self._silence = silence
        self._choices = choices_with(models)
        output = screen_output()
        is_bare = is_plain(sys.stdout)
        self._screen = PromptScreen(output, is_plain=is_bare, is_wrapping=wraps(os.environ))
        self._looks = ("", "") if is_bare else (_BOLD, _NO_LOOKS)
        self._keyboard = keyboard(
            output,
            history_at(platformdirs.user_state_path("tickertape") / "history"),
            KeyActions(
                self._ask, self._interrupt, channel.leave, self._screen.suspend, self._complete
            ),
            room=self._screen.room_for_input,
        )
        self._is_interrupted = False
        self._echoed: str | None = None
        self._consumers: set[TerminalConsumer] = set()
        self._size = output.get_size()

    def say(self, line: str) -> None:
        """Print a line of our own."""
        self._screen.print((line,))

    def showing(
        self,
        message: Message,
        config: StreamingConfig,
        *,
        is_pointed: bool = False,  # noqa: ARG002 - it stands below its question
    ) -> TerminalConsumer:
        """Return the consumer that shows an answer below its question; a gateway's `ShowingFor`."""
        head: tuple[str, ...] = ()
        if message.message_id != self._echoed:
            self._echoed = message.message_id
            head = self._echo(message.text)
        answer = _WindowAnswer(_Headed(self._screen, head), message.address, config)
        answer.around = self._answering(answer, message.message_id)
        return answer

    @asynccontextmanager
    async def typing(self) -> AsyncIterator[None]:
        """Accept input for as long as the block runs, or until the person leaves."""
        captured = CapturedStdout(self._screen.print)
        self._screen.app = self._keyboard.app
        with redirect_stdout(captured), redirect_stderr(captured):
            typed = asyncio.create_task(self._type(), name="tickertape input")
            try:
                yield
            finally:
                if not typed.done():
                    self._keyboard.app.exit()
                await asyncio.wait({typed})
                captured.end()

    async def _type(self) -> None:
        try:
            await self._keyboard.prompt_async(handle_sigint=False, pre_run=self._watch_size)
        except (EOFError, OSError):
            _LOG.debug("the terminal is gone")
        finally:
            self._channel.leave()

    def _watch_size(self) -> None:
        """Update the terminal's size whenever the input is drawn, as it is after each change."""
        self._keyboard.app.before_render += self._notice_size

    def _notice_size(self, _: object) -> None:
        size = self._keyboard.app.output.get_size()
        if size != self._size:
            self._size = size
            for consumer in self._consumers:
                consumer.resized()

    def _ask(self, text: str) -> None:
        self._is_interrupted = False
        if leaves(text):
            self._channel.leave()
        elif isinstance(parse(text), HelpCommand):
            self._screen.print((*self._echo(text), *help_lines()))
        else:
            self._channel.write(text)

    def _complete(self, before: str) -> str:
        """Return what Tab adds; where that is nothing, print what could be meant."""
        added, choices = completed(before, self._choices)
        if choices:
            self._screen.print(("  ".join(choices),))
        return added

    def _interrupt(self) -> bool:
        """End the running answer or, the second time, the chat; return false if none runs."""
        was_heard = self._silence()
        if not self._channel.is_busy:
            return was_heard
        if self._is_interrupted:
            self._channel.leave()
        else:
            self._is_interrupted = True
            self._channel.stop()
        return True

    def _echo(self, text: str) -> tuple[str, ...]:
        """Return the lines that show a question in the scrollback."""
        begin, end = self._looks
        marks = chain([PROMPT], repeat(" " * len(PROMPT)))
        lines = zip(marks, sanitized(text).split("\n"), strict=False)
        return ("", *(f"{begin}{mark}{line}{end}" for mark, line in lines))

    @contextmanager
    def _answering(self, consumer: TerminalConsumer, message_id: str | None) -> Iterator[None]:
        self._consumers.add(consumer)
        try:
            with self._channel.shown(message_id):
                yield
        finally:
            self._consumers.discard(consumer)


class _WindowAnswer(TerminalConsumer):
    """An answer that the channel counts as being shown while it runs."""

    around: AbstractContextManager[None] = nullcontext()
    """Entered while it is being shown."""

    def __init__(self, terminal: Terminal, to: Address, config: StreamingConfig) -> None:
        super().__init__(terminal, to=to, config=config, timeout=_TIMEOUT)

    async def run(self) -> Shown:
        with self.around:
            return await super().run()


class _Headed:
    """A terminal on which the first frame has lines before it."""

    def __init__(self, terminal: Terminal, head: tuple[str, ...]) -> None:
        self._terminal = terminal
        self._head = head

    def screen(self) -> TerminalScreen:
        return self._terminal.screen()

    async def show(self, frame: Frame) -> bool:
        head, self._head = self._head, ()
        return await self._terminal.show(Frame((*head, *frame.lines), frame.region))
