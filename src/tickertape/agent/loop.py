"""The agent loop: a model with tools and a history, and other models that stand in for it.

    run       one turn, from its beginning
    resume    one turn: what was recorded of it is told again (`replay`), then come steps of the
              model, until it calls no more tools and is not paused
    _answer   one step: attempts, until one of them gives a whole answer; then the calls of the step
              run (`tool_calls`)

Decisions are made in pure modules: the history that a model reads in `history`, the reaction to a
failure in `rules` and `retry_plan`, the words that the reader keeps of an attempt in `attempts`.

At most one answer of a model is open at any time, and it is closed before anything else begins.
Closing the generator of `run`, or cancelling the task that reads it, closes it and cancels the
tools that run; what was recorded until then is a conversation that `conversation.sound` completes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import replace
from typing import assert_never

from tickertape.agent.attempts import Attempts
from tickertape.agent.cooldowns import Cooldowns
from tickertape.agent.history import compact
from tickertape.agent.models import Model, Models
from tickertape.agent.observed_request import ObservedRequest
from tickertape.agent.replay import UNRUN, goes_on, kept, replayed, steps_of, unanswered
from tickertape.agent.retry_plan import Ask, RetryPlan
from tickertape.agent.tokens import Gauge, tokens_of_entries, tokens_of_tools
from tickertape.agent.tool_calls import refused, results
from tickertape.chat import Address
from tickertape.conversation import Entry, Step, TextPart, ToolCall, Utterance
from tickertape.errors import ConfigError, FailureKind, ProviderError
from tickertape.events import (
    Event,
    Failed,
    Finished,
    FinishReason,
    Recorded,
    SegmentEnded,
    TextDelta,
    Usage,
)
from tickertape.interruption import Interruption
from tickertape.ports import Observer, Prompt, Tool, Turn

__all__ = ["ModelAgent", "interruptible"]

_log = logging.getLogger(__name__)

_GOLDEN = 0.6180339887498949
"""The golden ratio's fraction: its multiples spread evenly over the unit, however many there are
(Knuth, The Art of Computer Programming, volume 3, section 6.4)."""

_COMPLETE: frozenset[FinishReason] = frozenset({"stop", "paused", "unshown"})
"""Ends before which the last call is known to have come as a whole."""

_MAY_BE_EMPTY: frozenset[FinishReason] = frozenset({"stop", "length", "other"})
"""Ends after which an answer without words and calls is asked for again: no other says why there
are none."""

_EMPTY = ProviderError(FailureKind.EMPTY, "the answer has neither words nor calls")
_ENDLESS = ProviderError(FailureKind.ENDED_EARLY, "the stream ended without an end")


def _no_tools() -> Sequence[Tool]:
    return ()


class ModelAgent:
    """Answers turns with a model, its tools and its fallbacks: a `ports.ResumableAgent`.

    One agent answers any number of turns at once. What it remembers between them is which models
    failed of late (they are asked last for a while), and how each one counts tokens.
    """

    def __init__(
        self,
        models: Sequence[Model],
        *,
        fallbacks: Sequence[str] = (),
        tools: Callable[[], Sequence[Tool]] = _no_tools,
        system_prompt: str = "",
        max_steps: int = 8,
        tool_timeout: float = 60.0,
        observer: Observer | None = None,
    ) -> None:
        """Make an agent.

        Args:
            models: those that it knows; the first is the default.
            fallbacks: names of those that are asked, in this order, when the chosen one fails.
            tools: gives what can be called at the moment; asked before each step. Of two tools
                with one name the first counts.
            system_prompt: what a model is told before every conversation; empty tells nothing.
            max_steps: answers of a model that one turn may take.
            tool_timeout: seconds that a tool may run.
            observer: told of every request to a model; None: no one is.

        Raises:
            ConfigError: for a list of models that cannot be used, or a number that is not positive.
        """
        if max_steps < 1:
            raise ConfigError("tools.max_steps", max_steps, "a whole number, 1 or more")
        if not tool_timeout > 0:
            raise ConfigError("tools.timeout", tool_timeout, "a number of seconds above 0")
        self._models = Models(models, fallbacks)
        self._tools = tools
        self._system_prompt = system_prompt
        self._max_steps = max_steps
        self._tool_timeout = tool_timeout
        self._observer = observer
        self._cooldowns = Cooldowns()
        self._gauges: dict[str, Gauge] = {}
        self._turns = 0

    def run(self, turn: Turn) -> AsyncGenerator[Event, None]:
        """Yield the answer to `turn`: ends with exactly one `Finished` or `Failed`."""
        return self.resume(turn, ())

    async def resume(self, turn: Turn, so_far: tuple[Entry, ...]) -> AsyncGenerator[Event, None]:
        """Yield the answer to `turn`, of which `so_far` was recorded: see `ports.ResumableAgent`.

        The calls that have no result were cut off, and the model is told so. The `Usage` at the end
        is that of the steps that were taken here.
        """
        plan, attempts, usage = self._plan(turn), Attempts(), None
        system, question = Utterance("system", self._system_prompt), Utterance("user", turn.text)
        told: list[Entry] = [system, *turn.history, question]
        for event in self._again(so_far, told, attempts):
            yield event
            if isinstance(event, Finished):
                return
        for taken in range(steps_of(so_far) + 1, self._max_steps + 1):
            tools, end = _by_name(self._tools()), None
            async with aclosing(self._answer(turn.address, plan, told, tools, attempts)) as events:
                async for event in events:
                    if isinstance(event, Finished):
                        end = event
                    else:
                        yield event
            if end is None:
                return
            usage, calls = _sum(usage, end.usage), unanswered(told)
            if not goes_on(end.reason, calls, is_last=taken == self._max_steps):
                yield Finished(end.reason, usage, end.detail)
                return
            if not calls:
                attempts.keep(_words(told))  # returned to its server, the step goes on
                continue
            if taken == self._max_steps:
                break
            limit, whole = plan.ask.model.room // 2, end.reason in _COMPLETE
            ran = results(calls, tools, timeout=self._tool_timeout, limit=limit, whole=whole)
            async with aclosing(_taken(ran, turn.added, told, attempts)) as events:
                async for event in events:
                    yield event
        for event in _out_of_steps(unanswered(told), self._max_steps, attempts):
            yield event
        yield Finished("out_of_steps", usage)

    def _again(
        self, so_far: Sequence[Entry], told: list[Entry], attempts: Attempts
    ) -> Iterator[Event]:
        """Yield what was said and done before, and the end if the answer was complete."""
        for event in replayed(so_far, self._max_steps):
            yield from _take(event, told, attempts)
        if words := kept(so_far):
            attempts.keep(words)

    def _plan(self, turn: Turn) -> RetryPlan:
        self._turns += 1
        spread = self._turns * _GOLDEN % 1
        return RetryPlan(self._models.chain(turn.model), self._cooldowns, now=_now(), spread=spread)

    async def _answer(
        self,
        address: Address,
        plan: RetryPlan,
        told: list[Entry],
        tools: Mapping[str, Tool],
        attempts: Attempts,
    ) -> AsyncGenerator[Event, None]:
        """Yield one whole answer, of whichever model gives it, as a provider does.

        Of attempts that fail nothing is heard but what they had said. What is recorded of the
        answer is added to `told`. When its end is yielded, no connection is open any more.

        An answer without words and calls fails as well. Where all that can be had is such an
        answer, it is the end, and nothing is recorded: the consumer says that there was
        nothing, or leaves it at the words before the last tool.
        """
        emptied: Finished | None = None
        broken: ProviderError | None = None
        while True:
            model, prompt = plan.ask.model, self._prompt(plan.ask, told, tools)
            recorded: list[Recorded] = []
            end: Finished | Failed = Failed(_ENDLESS)
            speaking = False
            with ObservedRequest(self._observer, address, model.name, prompt, _now) as asked:
                async with aclosing(model.provider.stream(prompt)) as events:
                    async for event in events:
                        match event:
                            case TextDelta() if speaking:
                                yield event  # nearly all words of an answer
                            case Finished() | Failed():
                                end = event
                                break
                            case Recorded():
                                recorded.append(event)
                            case _:
                                asked.hear(event)
                                for shown in attempts.show(event):
                                    yield shown
                                speaking = attempts.speaking
                asked.end(end, recorded)
            if isinstance(end, Finished) and not _is_empty(end, recorded, attempts):
                break
            emptied = emptied or (end if isinstance(end, Finished) else None)
            error = _EMPTY if isinstance(end, Finished) else end.error
            broken = broken if isinstance(end, Finished) or attempts.silent else error
            attempts.failed()
            move = plan.after(error, _now())
            _log.warning("%s", _decision(model, error, move))
            if isinstance(move, Failed):
                for shown in _given_up(move, emptied, broken, attempts):
                    yield shown
                return
            await asyncio.sleep(move.wait)
        plan.succeeded()
        self._learn(model, prompt, end.usage)
        whole = [_ended(event, end) for event in recorded]
        told.extend(event.entry for event in whole)
        last: tuple[Event, ...] = (*whole, end)
        for event in last:
            for shown in attempts.show(event):
                yield shown

    def _prompt(self, ask: Ask, told: Sequence[Entry], tools: Mapping[str, Tool]) -> Prompt:
        specs = tuple(tool.spec for tool in tools.values())
        gauge = self._gauges.get(ask.model.name, Gauge())
        room = gauge.room(ask.model.room) - tokens_of_tools(specs)
        return Prompt(compact(told, room, ask.halvings), specs)

    def _learn(self, model: Model, prompt: Prompt, usage: Usage | None) -> None:
        if usage is not None:
            estimated = tokens_of_entries(prompt.entries) + tokens_of_tools(prompt.tools)
            gauge = self._gauges.get(model.name, Gauge())
            self._gauges[model.name] = gauge.learn(estimated, usage.input_tokens)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _by_name(tools: Sequence[Tool]) -> dict[str, Tool]:
    named: dict[str, Tool] = {}
    for tool in tools:
        named.setdefault(tool.spec.name, tool)
    return named


def _ended(recorded: Recorded, end: Finished) -> Recorded:
    """Return what is recorded of an answer, with why it ended."""
    entry = recorded.entry
    return Recorded(replace(entry, ended=end.reason)) if isinstance(entry, Step) else recorded


def _take(event: Event, told: list[Entry], attempts: Attempts) -> tuple[Event, ...]:
    """Add what `event` records to `told`; return the events for the reader."""
    if isinstance(event, Recorded):
        told.append(event.entry)
    return attempts.show(event)


async def _taken(
    ran: AsyncGenerator[Event, None],
    added: Callable[[], Sequence[Utterance]],
    told: list[Entry],
    attempts: Attempts,
) -> AsyncGenerator[Event, None]:
    """Yield the events for the reader of tools that run; add their results to `told`.

    Behind them stands what people said meanwhile.
    """
    async with aclosing(ran) as events:
        async for event in events:
            for shown in _take(event, told, attempts):
                yield shown
    for said in added():
        for shown in _take(Recorded(said), told, attempts):
            yield shown


def _words(told: Sequence[Entry]) -> str:
    """Return what the reader was told by the answer that was just given."""
    last = told[-1]
    return last.text if isinstance(last, Step) else ""


def _is_empty(end: Finished, recorded: Sequence[Recorded], attempts: Attempts) -> bool:
    """Return whether a whole answer leaves its reader without any word, and calls no tool."""
    calls = any(isinstance(said.entry, Step) and said.entry.calls for said in recorded)
    return attempts.silent and not calls and end.reason in _MAY_BE_EMPTY


def _given_up(
    move: Failed, emptied: Finished | None, broken: ProviderError | None, attempts: Attempts
) -> tuple[Event, ...]:
    """Return how a step ends to which no model gave an answer.

    Args:
        move: why.
        emptied: the end of an empty answer, where there was one.
        broken: why the words broke off that stand there, where some do.
        attempts: what stands on screen; white space and thoughts are void.
    """
    if emptied is None or move.error.kind is not FailureKind.EMPTY:
        return (move,)
    if attempts.blank:
        return attempts.show(emptied)
    return (Failed(broken),) if broken is not None else (move,)


def _sum(one: Usage | None, other: Usage | None) -> Usage | None:
    if one is None or other is None:
        return one or other
    return one + other


def _decision(model: Model, error: ProviderError, move: Ask | Failed) -> str:
    """Return a log line for the operator: what failed, and what is done about it."""
    match move:
        case Failed():
            done = "given up"
        case Ask(model=asked) if asked != model:
            done = f"{asked.name} is asked instead"
        case Ask(wait=wait, halvings=halvings):
            done = f"asked again in {wait:.1f} s" + (", with less to read" if halvings else "")
        case _:
            assert_never(move)
    return f"model {model.name} failed ({error}): {done}"


def _out_of_steps(calls: Sequence[ToolCall], steps: int, attempts: Attempts) -> list[Event]:
    """End a turn that would go on for ever: its last calls are not run, and the reader knows."""
    answers = "one answer" if steps == 1 else f"{steps} answers"
    text = f"I stopped here, before this was done: a turn may take {answers} of mine."
    words = TextPart(text, begins_segment=not attempts.empty)
    return [
        *([SegmentEnded()] if words.begins_segment else []),
        *(Recorded(refused(call, UNRUN)) for call in calls),
        TextDelta(text),
        Recorded(Step((words,), ended="out_of_steps")),
    ]


async def interruptible(
    events: AsyncIterator[Event], stop: asyncio.Event
) -> AsyncGenerator[Event, None]:
    """Yield what an agent says until it ends, or until `stop` is set: then `Finished("stopped")`.

    A stop is heard at once, also while the agent is silent. The agent is closed before its end is
    yielded, whichever end that is; there is exactly one.

    Args:
        events: an agent's answer to a turn. It belongs to the generator from then on.
        stop: set to end it.
    """
    end: Finished | Failed = Finished("stopped")
    wait = Interruption()
    watch = asyncio.create_task(_interrupt(wait, stop))
    try:
        async with AsyncExitStack() as closing:
            if isinstance(events, AsyncGenerator):
                closing.push_async_callback(events.aclose)
            while not stop.is_set():
                # No task for each event, and no call: this is on every word's way.
                try:
                    with wait:
                        event = await anext(events, Failed(_ENDLESS))
                except TimeoutError:
                    if not wait.was_cut:
                        raise
                    break
                if isinstance(event, Finished | Failed):
                    end = event
                    break
                yield event
        yield end
    finally:
        watch.cancel()


async def _interrupt(wait: Interruption, stop: asyncio.Event) -> None:
    """Cut off the wait for an event at a stop."""
    await stop.wait()
    wait.cut()
