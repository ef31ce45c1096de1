"""`tickertape chat`: a conversation in the terminal, with the agent that the bot has.

It is the bot's gateway with another channel: commands, the line of waiting questions, the memory
and stops are the same. What was said is forgotten at the end.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tickertape.cli.agent_choice import (
    AgentChoice,
    OpenAgent,
    choose_agent,
    embedded_alone,
    open_agent,
    preload,
)
from tickertape.cli.chat.by_line import ByLine
from tickertape.cli.chat.stdin_channel import HERE, YOU, StdinChannel
from tickertape.cli.echo import no_echo
from tickertape.cli.imports import gc_paused
from tickertape.cli.quiet import complain, warn_on_stderr
from tickertape.cli.signals import telling
from tickertape.errors import TransportError
from tickertape.gateway.access import Access
from tickertape.gateway.announcer import ShowingFor
from tickertape.gateway.config.loading import speech_key
from tickertape.gateway.loop import Gateway
from tickertape.gateway.settings import ChatSettings, Visibility
from tickertape.gateway.storage.memory import PassingMemory

if TYPE_CHECKING:
    from tickertape.cli.chat.voice import ChatVoice

__all__ = ["chat"]

_SIGNALLED = 128
_CLOSED_PIPE = _SIGNALLED + int(getattr(signal, "SIGPIPE", 13))


@dataclass(frozen=True, slots=True)
class _Talk:
    """A talk as it was asked for."""

    answering: AgentChoice
    """Who answers."""
    chosen: ChatSettings
    """What is chosen before the first question."""
    speaks: bool
    """Whether answers are heard, too."""
    speak_to: Path | None
    """The file into which they are spoken; None: they are heard."""
    voice: str
    """Whose voice it is; empty: as configured."""


def chat(
    *,
    config: Path | None,
    agent: str,
    model: str,
    reasoning: Visibility | None,
    speak: bool = False,
    speak_to: Path | None = None,
    voice: str = "",
) -> int:
    """Run `tickertape chat` until the person leaves; return the exit code.

    Raises:
        ConfigError: when an argument or the configuration cannot be used.
        ModelUnavailableError: when the embedded model is needed and cannot be had.
        SpeechError: when there is no voice, or no way for it to be heard.
    """
    if sys.stdin is None or sys.stdout is None:
        raise TransportError("there is no standard input or output")
    on_screen = sys.stdin.isatty() and sys.stdout.isatty() and not _is_dumb()
    with gc_paused():
        answering = choose_agent(config=config, agent=agent, environ=os.environ) or embedded_alone()
        chosen = ChatSettings(reasoning, answering.named(model))
        preload(answering)
    # What fails is told in the answer's place, on either side.
    warn_on_stderr(answering.secrets.values, enabled=False)
    talk = _Talk(answering, chosen, speak or speak_to is not None, speak_to, voice)
    return asyncio.run(_ended(talk, on_screen=on_screen))


class _Ends:
    """How the talk ends, and whom that concerns."""

    def __init__(self) -> None:
        self.code = 0
        self.channel = StdinChannel(self.silence)
        self.voice: ChatVoice | None = None
        self._starting: asyncio.Task[object] | None = None

    @contextmanager
    def starting(self) -> Iterator[None]:
        """Let a signal cancel the block: no input is read yet that could end it."""
        self._starting = asyncio.current_task()
        try:
            yield
        finally:
            self._starting = None

    def signalled(self, number: int) -> None:
        """End it for a signal."""
        self.code = _SIGNALLED + number
        if self._starting is not None:
            self._starting.cancel()
        self.channel.leave()

    def unread(self) -> None:
        """End the chat, because its output has no reader any more."""
        self.code = _CLOSED_PIPE
        self.channel.leave()

    def silence(self) -> bool:
        """Silence the speech; return whether there was any."""
        return self.voice.silence() if self.voice is not None else False


async def _ended(talk: _Talk, *, on_screen: bool) -> int:
    """Run the conversation to its end; return the exit code."""
    ends = _Ends()
    try:
        await (_on_screen(talk, ends) if on_screen else _by_line(talk, ends))
    except asyncio.CancelledError:
        if not ends.code:  # it was no signal of ours that broke the start off
            raise
    return ends.code


async def _on_screen(talk: _Talk, ends: _Ends) -> None:
    with gc_paused():
        from tickertape.cli.chat.window import ChatWindow  # noqa: PLC0415 - not between pipes

    window = ChatWindow(ends.channel, ends.silence)
    async with AsyncExitStack() as stack:
        # What is typed before there is a line of input is shown in it, and nowhere else.
        stack.enter_context(no_echo(sys.stdin.fileno()))
        # A signal that ended us at once would leave the terminal so.
        stack.enter_context(telling(ends.signalled))
        with ends.starting():
            ends.voice = _voice(talk, stack, window.say)
            found = await stack.enter_async_context(open_agent(talk.answering))
        window.say(_greeting(talk))
        async with window.typing():
            await _hold(talk, ends, found, window.showing)


async def _by_line(talk: _Talk, ends: _Ends) -> None:
    lines = ByLine(ends.channel, ends.unread)
    async with AsyncExitStack() as stack:
        stack.enter_context(telling(ends.signalled, lambda: lines.interrupt() or ends.silence()))
        with ends.starting():
            ends.voice = _voice(talk, stack, complain)
            found = await stack.enter_async_context(open_agent(talk.answering))
        reading = asyncio.create_task(lines.read())
        await _hold(talk, ends, found, lines.showing)
        reading.cancel()
        await asyncio.wait({reading})
        await lines.aclose()


async def _hold(talk: _Talk, ends: _Ends, found: OpenAgent, showing: ShowingFor) -> None:
    """Answer questions until the person leaves."""
    memory = PassingMemory()
    await memory.change(HERE, talk.chosen)
    gateway = Gateway(
        {HERE.channel: ends.channel},
        found.agent,
        memory,
        Access(frozenset({YOU.id})),
        streaming=talk.answering.config.streaming,
        models=talk.answering.models,
        showing=showing,
        hearing=ends.voice.hearing if ends.voice is not None else None,
    )
    await gateway.run()


def _voice(talk: _Talk, stack: AsyncExitStack, tell: Callable[[str], None]) -> ChatVoice | None:
    """Return the voice, if it is wanted; `stack` closes it."""
    if not talk.speaks:
        return None
    from tickertape.cli.chat.voice import ChatVoice, chosen  # noqa: PLC0415 - only who asks for it

    speech = chosen(talk.answering.config.speech, named=talk.voice, environ=os.environ)
    key = speech_key(speech, os.environ)
    voice = ChatVoice.of(speech, api_key=key, speak_to=talk.speak_to, tell=tell)
    stack.push_async_callback(voice.aclose)
    return voice


def _is_dumb() -> bool:
    """Return whether the terminal can show lines of text only."""
    return os.environ.get("TERM", "dumb") in {"", "dumb"}


def _greeting(talk: _Talk) -> str:
    name = talk.answering.agent or talk.answering.models.get(talk.chosen.model, "")
    return f"{name} - /help lists the commands, Ctrl-D leaves"
