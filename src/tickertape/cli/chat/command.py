"""`tickertape chat`: a conversation in the terminal, with the agent that the bot has.

It is the bot's gateway with another channel: commands, the line of waiting questions, the memory
and stops are the same. What was said is kept in the file of conversations, for `chat -c`.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tickertape.channels.terminal.sanitized import sanitized
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
from tickertape.cli.conversations.continuing import continued, resumed
from tickertape.cli.conversations.log import ConversationLog, SavedConversation
from tickertape.cli.conversations.saving import SavingMemory
from tickertape.cli.echo import no_echo
from tickertape.cli.imports import gc_paused
from tickertape.cli.overrides import Overrides, options_of, overridden
from tickertape.cli.quiet import complain, warn_on_stderr
from tickertape.cli.signals import telling
from tickertape.cli.templates.folder import TemplateFolder
from tickertape.cli.templates.template import PromptTemplate, params_of
from tickertape.conversation import Entry, Utterance, begins_turn
from tickertape.errors import TransportError, UsageError
from tickertape.gateway.access import Access
from tickertape.gateway.announcer import ShowingFor
from tickertape.gateway.config.loading import speech_key
from tickertape.gateway.loop import Gateway
from tickertape.gateway.settings import ChatSettings, Visibility
from tickertape.gateway.storage.memory import PassingMemory

if TYPE_CHECKING:
    from tickertape.cli.chat.voice import ChatVoice

__all__ = ["ChatRequest", "chat"]

_SIGNALLED = 128
_LONGEST = 60  # characters of a question in a line that is read at a glance
_CLOSED_PIPE = _SIGNALLED + int(getattr(signal, "SIGPIPE", 13))


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """What the command line said."""

    config: Path | None = None
    """The path of the configuration; None: it is looked for."""
    agent: str = ""
    """An agent of one's own, as `module:object`; empty: the models answer."""
    model: str = ""
    """The model; empty: the template's, or the default."""
    system: str | None = None
    """The system prompt; None: the template's, or the configured one."""
    options: Sequence[str] = ()
    """Fields of each request to the model, each as `name=value`."""
    template: str = ""
    """The name of the template; empty: none."""
    params: Sequence[str] = ()
    """Values of the template's variables, each as `name=value`."""
    is_continued: bool = False
    """Whether the newest conversation goes on."""
    conversation: str = ""
    """The id of the conversation that goes on; empty: none that is named."""
    is_logged: bool = True
    """Whether the conversation is saved."""
    reasoning: Visibility | None = None
    """What is seen of the model's thinking; None: as configured."""
    speaks: bool = False
    """Whether answers are heard, too."""
    speak_to: Path | None = None
    """The file into which they are spoken; None: they are heard."""
    voice: str = ""
    """Whose voice it is; empty: as configured."""


@dataclass(frozen=True, slots=True)
class _Talk:
    """A talk as it was asked for."""

    answering: AgentChoice
    """Who answers."""
    chosen: ChatSettings
    """What is chosen before the first question."""
    wanted: ChatRequest
    """What the command line said."""
    conversation: SavedConversation
    """The conversation, which begins or goes on."""


def chat(wanted: ChatRequest) -> int:
    """Run `tickertape chat` until the person leaves; return the exit code.

    Raises:
        ConfigError: when an argument or the configuration cannot be used.
        LogError: when a conversation goes on, and cannot be read.
        ModelUnavailableError: when the embedded model is needed and cannot be had.
        SpeechError: when there is no voice, or no way for it to be heard.
    """
    if sys.stdin is None or sys.stdout is None:
        raise TransportError("there is no standard input or output")
    on_screen = sys.stdin.isatty() and sys.stdout.isatty() and not _is_dumb()
    overrides, log = _overrides(wanted), ConversationLog()
    before = continued(log, is_newest=wanted.is_continued, id_=wanted.conversation)
    overrides = resumed(overrides, before)
    with gc_paused():
        found = choose_agent(config=wanted.config, agent=wanted.agent, environ=os.environ)
        answering, model = overridden(found or embedded_alone(), overrides)
        chosen = ChatSettings(wanted.reasoning, model)
        preload(answering)
    # What fails is told in the answer's place, on either side.
    warn_on_stderr(answering.secrets.values, enabled=False)
    conversation = before or log.begin(system=overrides.system)
    talk = _Talk(answering, chosen, wanted, conversation)
    return asyncio.run(_ended(talk, on_screen=on_screen))


def _overrides(wanted: ChatRequest) -> Overrides:
    """Return what the command line and the template change about the configured agent."""
    options = options_of(wanted.options)
    template = TemplateFolder().read(wanted.template) if wanted.template else PromptTemplate()
    if template.prompt:
        raise UsageError(f"the template {wanted.template} has a prompt: it is for `ask`")
    filled = template.filled("", params_of(wanted.params))
    system = wanted.system if wanted.system is not None else filled.system
    return Overrides(wanted.model or template.model, system, {**template.options, **options})


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

    models = tuple(talk.answering.models)
    window = ChatWindow(ends.channel, ends.silence, models=models)
    async with AsyncExitStack() as stack:
        # What is typed before there is a line of input is shown in it, and nowhere else.
        stack.enter_context(no_echo(sys.stdin.fileno()))
        # A signal that ended us at once would leave the terminal so.
        stack.enter_context(telling(ends.signalled))
        with ends.starting():
            ends.voice = _voice(talk, stack, window.say)
            found = await stack.enter_async_context(open_agent(talk.answering))
        memory = await _memory(talk, window.say)
        window.say(_greeting(talk))
        async with window.typing():
            await _hold(talk, ends, found, memory, window.showing)


async def _by_line(talk: _Talk, ends: _Ends) -> None:
    lines = ByLine(ends.channel, ends.unread)
    async with AsyncExitStack() as stack:
        stack.enter_context(telling(ends.signalled, lambda: lines.interrupt() or ends.silence()))
        with ends.starting():
            ends.voice = _voice(talk, stack, complain)
            found = await stack.enter_async_context(open_agent(talk.answering))
        memory = await _memory(talk, complain)
        reading = asyncio.create_task(lines.read())
        await _hold(talk, ends, found, memory, lines.showing)
        reading.cancel()
        await asyncio.wait({reading})
        await lines.aclose()


async def _memory(talk: _Talk, tell: Callable[[str], None]) -> PassingMemory:
    """Return the memory of the talk, with what was said before.

    Raises:
        LogError: when a conversation goes on, and cannot be read.
    """
    wanted, log = talk.wanted, ConversationLog()
    is_saved = wanted.is_logged and log.is_on
    goes_on = wanted.is_continued or bool(wanted.conversation)

    def model_of(name: str) -> str:
        return talk.answering.models.get(name, "")

    memory = PassingMemory()
    if is_saved:
        memory = SavingMemory(log, talk.conversation, model_of, tell)
    if goes_on:
        entries = log.entries(talk.conversation)
        await PassingMemory.append(memory, HERE, entries)
        tell(_reminder(entries))
    await memory.change(HERE, talk.chosen)
    return memory


def _reminder(entries: Sequence[Entry]) -> str:
    """Return a line that says which conversation goes on."""
    asked = [one.text for one in entries if isinstance(one, Utterance) and begins_turn(one)]
    last = " ".join(asked[-1].split()) if asked else ""
    if len(last) > _LONGEST:
        last = f"{last[: _LONGEST - 3]}..."
    return f"Continuing after: {sanitized(last)}"


async def _hold(
    talk: _Talk, ends: _Ends, found: OpenAgent, memory: PassingMemory, showing: ShowingFor
) -> None:
    """Answer questions until the person leaves."""
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
    if not talk.wanted.speaks:
        return None
    from tickertape.cli.chat.voice import ChatVoice, chosen  # noqa: PLC0415 - only who asks for it

    speech = chosen(talk.answering.config.speech, named=talk.wanted.voice, environ=os.environ)
    key = speech_key(speech, os.environ)
    voice = ChatVoice.of(speech, api_key=key, speak_to=talk.wanted.speak_to, tell=tell)
    stack.push_async_callback(voice.aclose)
    return voice


def _is_dumb() -> bool:
    """Return whether the terminal can show lines of text only."""
    return os.environ.get("TERM", "dumb") in {"", "dumb"}


def _greeting(talk: _Talk) -> str:
    name = talk.answering.agent or talk.answering.models.get(talk.chosen.model, "")
    return f"{name} - /help for commands and keys, Ctrl-D to quit"
