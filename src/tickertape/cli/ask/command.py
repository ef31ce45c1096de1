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
from dataclasses import dataclass, field, replace
from importlib import import_module

from tickertape.agent.loop import interruptible
from tickertape.chat import Address, ChatKind, Person
from tickertape.cli.agent_choice import (
    AgentChoice,
    choose_agent,
    embedded_alone,
    open_agent,
    preload,
)
from tickertape.cli.ask.extract import Which
from tickertape.cli.ask.formatters import Manner, formatter_for, manner_of
from tickertape.cli.ask.request import AskRequest, Question, question_of, template_of
from tickertape.cli.conversations.continuing import continued, resumed
from tickertape.cli.conversations.log import ConversationLog, LogError, SavedConversation, answered
from tickertape.cli.imports import gc_paused
from tickertape.cli.overrides import overridden
from tickertape.cli.quiet import complain, warn_on_stderr
from tickertape.cli.signals import telling
from tickertape.cli.templates.folder import TemplateFolder
from tickertape.conversation import Entry, Utterance
from tickertape.delivery.streaming import StreamingConfig
from tickertape.errors import FailureKind
from tickertape.events import Event, Failed, Finished, FinishReason, Recorded, TextDelta, Usage
from tickertape.ports import Turn
from tickertape.spoken import Spoken

__all__ = ["ask", "save"]

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


def ask(request: AskRequest) -> int:
    """Ask, and print the answer on standard output; return the exit code.

    Raises:
        ConfigError: when an argument or the configuration cannot be used.
        LogError: when a conversation goes on, and cannot be read.
        ModelUnavailableError: when the embedded model is needed and cannot be had.
    """
    question = question_of(request)
    log = ConversationLog()
    before = continued(log, is_newest=request.is_continued, id_=request.conversation)
    how = Manner(request.manner) if request.manner else manner_of()
    if question.extract is not None and how is Manner.SCREEN:
        how = Manner.PLAIN
    with gc_paused():
        answering = choose_agent(config=request.config, agent=request.agent, environ=os.environ)
        answering, model = overridden(
            answering or embedded_alone(), resumed(question.overrides, before)
        )
        history = log.entries(before) if before is not None else ()
        turn = Turn(_HERE, Person("0", "you"), question.text, history, model=model)
        preload(answering)
    streaming = answering.config.streaming
    streaming = replace(streaming, reasoning=request.reasoning or streaming.reasoning)
    warn_on_stderr(answering.secrets.values, enabled=how is not Manner.SCREEN)
    telling_how = _Telling(how, streaming, question.extract, request.is_streamed)
    ended = asyncio.run(_ask(answering, turn, telling_how))
    if words := _words(ended, how, answering, model):
        complain(words)
    if request.counts_tokens and ended.usage is not None:
        _count(ended.usage)
    if request.is_logged and log.is_on and ended.entries:
        at_server = answering.models.get(model, "")
        conversation = before or log.begin()
        said = replace(conversation, model=at_server, system=_system(question, before))
        _save(log, said, turn, ended)
    return ended.code


def _words(ended: _Ended, how: Manner, answering: AgentChoice, model: str) -> str:
    """Return the line for standard error; empty for none.

    On a screen the sentence for readers stands below the answer. The person here is the operator,
    too: what the server said follows, and for a refused key the name of its variable.
    """
    if how is not Manner.SCREEN or ended.words == _EMPTY:
        return ended.words
    if ended.by or not isinstance(ended.last, Failed):
        return ""
    error = ended.last.error
    asked = answering.config.all_models.get(model)
    if error.kind is FailureKind.AUTH and asked is not None and asked.api_key_env:
        return f"{error}; the key is that of {asked.api_key_env}"
    return str(error)


def save(request: AskRequest, name: str) -> int:
    """Save what was given as a template instead of asking it; return the exit code.

    Raises:
        UsageError: when it cannot be one, or cannot be written.
    """
    file = TemplateFolder().write(name, template_of(request))
    print(f"Wrote {file}. Use it: tickertape ask -t {name}")
    return 0


def _system(question: Question, before: SavedConversation | None) -> str | None:
    """Return the system prompt that goes on with a conversation; None: the configured one."""
    if question.overrides.system is not None or before is None:
        return question.overrides.system
    return before.system


def _save(log: ConversationLog, conversation: SavedConversation, turn: Turn, ended: _Ended) -> None:
    entries = (Utterance("user", turn.text), *ended.entries)
    try:
        log.append(conversation, entries, model=conversation.model, usage=ended.usage)
    except LogError as error:
        complain(f"this conversation is not saved: {error}")


def _count(usage: Usage) -> None:
    if sys.stderr is not None:
        read, written = f"{usage.input_tokens:,}", f"{usage.output_tokens:,}"
        print(f"{read} tokens read, {written} written", file=sys.stderr, flush=True)


@dataclass(frozen=True, slots=True)
class _Telling:
    """How an answer is told."""

    manner: Manner
    """Its format."""
    streaming: StreamingConfig
    """What is seen of a model's thinking on a screen."""
    extract: Which | None
    """The block of code that is told instead; None: the answer is."""
    is_streamed: bool
    """Whether it is told while it grows."""


async def _ask(answering: AgentChoice, turn: Turn, how: _Telling) -> _Ended:
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
                if how.manner is Manner.SCREEN:
                    # A tenth of a second, in which the question is on its way already.
                    await asyncio.to_thread(import_module, _SCREEN)
                telling_it = formatter_for(how.manner, how.streaming, unread, how.extract)
                async with telling_it as formatter:
                    held: list[Event] = []
                    take = formatter.feed if how.is_streamed else held.append
                    event = await first
                    while event is not None:
                        ended.note(event)
                        take(event)
                        event = await anext(events, None)
                    for event in held:
                        formatter.feed(event)
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
    recorded: list[Entry] = field(default_factory=list)
    """What the agent recorded of it."""
    spoken: Spoken = field(default_factory=Spoken)
    """What it said."""

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
        self.spoken.note(event)
        if isinstance(event, Recorded):
            self.recorded.append(event.entry)
        if self.empty and isinstance(event, TextDelta):
            self.empty = not event.is_visible

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What is to be stored of the answer; nothing where there was none."""
        return answered(self.recorded, self.spoken.unrecorded)

    @property
    def usage(self) -> Usage | None:
        """What the answer cost; None: that is not known."""
        return self.last.usage if isinstance(self.last, Finished) else None

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
