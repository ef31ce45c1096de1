"""The agent loop against a model's server that fails on demand, over real HTTP, three protocols."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from itertools import cycle

import pytest
from reading import FakeTool, Reader, read, turn

from tickertape.agent.loop import ModelAgent, interruptible
from tickertape.agent.models import Model
from tickertape.conversation import Step, ToolCall, ToolResult, Utterance
from tickertape.errors import FailureKind
from tickertape.events import Failed, Finished, Restarted, TextDelta
from tickertape.providers.endpoint import Endpoint
from tickertape.providers.model_provider import ModelProvider
from tickertape.testing.model_script import (
    CutOff,
    Dropped,
    ErrorEvent,
    Garbage,
    NoEnd,
    Plan,
    Protocol,
    ResetFault,
    ScriptedAnswer,
    Silence,
    Stall,
    refusal,
)
from tickertape.testing.model_server import ModelServer
from tickertape.testing.providers import ScriptedProvider

pytestmark = pytest.mark.anyio

PROTOCOLS: list[Protocol] = ["chat_completions", "responses", "messages"]
SAID = ("Hel", "lo")
OVERFLOW = "This model's maximum context length is 8192 tokens."

# Which fault is which kind of failure is the same for every protocol; they take turns here.
# By name: what the server does, which kind of failure that is, and what the reader then has.
FAULTS: dict[str, tuple[Plan, FailureKind, str]] = {
    "401": (refusal(401, name="invalid_api_key"), FailureKind.AUTH, ""),
    "quota": (refusal(429, name="insufficient_quota"), FailureKind.QUOTA, ""),
    "429": (refusal(429, "Slow down.", retry_after=0.1), FailureKind.RATE_LIMIT, ""),
    "503": (refusal(503, "Busy."), FailureKind.OVERLOADED, ""),
    "html": (
        refusal(502, body=b"<html>Bad gateway</html>", content_type="text/html"),
        FailureKind.OVERLOADED,
        "",
    ),
    "error event": (
        ScriptedAnswer(pieces=SAID, fault=ErrorEvent(after=1)),
        FailureKind.OVERLOADED,
        "Hel",
    ),
    "overflow": (
        refusal(400, OVERFLOW, name="context_length_exceeded"),
        FailureKind.CONTEXT_OVERFLOW,
        "",
    ),
    "refused": (
        refusal(400, "No such model.", name="model_not_found"),
        FailureKind.REFUSED_PARAMETER,
        "",
    ),
    "filtered": (refusal(400, name="content_filter"), FailureKind.CONTENT_FILTER, ""),
    "dropped": (ScriptedAnswer(fault=Dropped()), FailureKind.NETWORK, ""),
    "reset": (
        ScriptedAnswer(pieces=SAID, pause=0.05, fault=ResetFault(after=1)),
        FailureKind.NETWORK,
        "Hel",
    ),
    "cut": (ScriptedAnswer(pieces=SAID, fault=CutOff(after=1)), FailureKind.ENDED_EARLY, "Hel"),
    "no end": (ScriptedAnswer(pieces=SAID, fault=NoEnd(after=1)), FailureKind.ENDED_EARLY, "Hel"),
    "silence": (ScriptedAnswer(fault=Silence()), FailureKind.STALLED, ""),
    "stall": (ScriptedAnswer(pieces=SAID, fault=Stall(after=1)), FailureKind.STALLED, "Hel"),
    "garbage": (
        ScriptedAnswer(pieces=SAID, fault=Garbage(after=1)),
        FailureKind.BAD_RESPONSE,
        "Hel",
    ),
}
# By kind: whose words the reader gets when the fault happens once, and how often each is asked.
RULES = {
    FailureKind.AUTH: ("I stand in.", 1, 1),
    FailureKind.QUOTA: ("I stand in.", 1, 1),
    FailureKind.REFUSED_PARAMETER: ("I stand in.", 1, 1),
    FailureKind.CONTENT_FILTER: ("", 1, 0),
}
ASKED_AGAIN = ("Good day.", 2, 0)


@asynccontextmanager
async def model_of(
    protocol: Protocol, *plans: Plan, patience: float | None = None
) -> AsyncGenerator[tuple[Model, ModelServer], None]:
    """Make a model at a server of its own; `patience` is how many seconds it may be silent."""
    async with ModelServer(*plans) as server:
        endpoint = Endpoint(
            protocol=protocol,
            base_url=server.base_url,
            model="any",
            api_key="secret-key",
            first_byte_timeout=patience,
            idle_timeout=patience,
        )
        async with aclosing(ModelProvider(endpoint)) as provider:
            yield Model("one", provider), server


async def play(
    cases: list[tuple[Protocol, str]], *plans: Plan, fallback: bool
) -> list[tuple[Reader, int, int]]:
    """Read an answer for each case, its fault first and then `plans`, all cases at once.

    Gives what the reader saw, and how often the model and the one that stands in were asked.
    Everything is made before anything is asked: what takes long to make stalls no answer.
    """
    async with AsyncExitStack() as stack:
        made: list[tuple[ModelAgent, ModelServer, ScriptedProvider]] = []
        for protocol, name in cases:
            plan, kind, _ = FAULTS[name]
            patience = 1.0 if kind is FailureKind.STALLED else None
            opening = model_of(protocol, plan, *plans, patience=patience)
            model, server = await stack.enter_async_context(opening)
            second = ScriptedProvider([(0, "I stand in.")])
            fallbacks = ["two"] if fallback else []
            agent = ModelAgent([model, Model("two", second)], fallbacks=fallbacks)
            made.append((agent, server, second))
        readers = await asyncio.gather(*(read(agent) for agent, _, _ in made))
        asked = [(len(server.requests), len(second.prompts)) for _, server, second in made]
        return [(reader, *counts) for reader, counts in zip(readers, asked, strict=True)]


async def test_every_kind_meets_its_rule() -> None:
    """A fault that happens once costs the reader nothing: the answer is whole, without a trace."""
    cases = list(zip(cycle(PROTOCOLS), FAULTS, strict=False))
    played = await play(cases, ScriptedAnswer(pieces=("Good ", "day.")), fallback=True)
    got = [("".join(reader.screen), *asked) for reader, *asked in played]
    expected = [RULES.get(FAULTS[name][1], ASKED_AGAIN) for _, name in cases]
    assert dict(zip(cases, got, strict=True)) == dict(zip(cases, expected, strict=True))


async def test_what_always_fails_ends_honestly() -> None:
    """The end names the kind of the failure, and what had come stays on screen."""
    # Two kinds are asked again for many seconds, which virtual time proves elsewhere.
    slow = {FailureKind.RATE_LIMIT, FailureKind.OVERLOADED}
    names = [name for name, (_, kind, _) in FAULTS.items() if kind not in slow]
    cases = list(zip(cycle(reversed(PROTOCOLS)), names, strict=False))
    played = await play(cases, fallback=False)
    ends = [reader.end for reader, _, _ in played]
    kinds = [end.error.kind if isinstance(end, Failed) else None for end in ends]
    got = zip(kinds, ["".join(reader.screen) for reader, _, _ in played], strict=True)
    expected = [FAULTS[name][1:] for _, name in cases]
    assert dict(zip(cases, got, strict=True)) == dict(zip(cases, expected, strict=True))
    assert "secret-key" not in repr([reader.events for reader, _, _ in played])
    assert [reader.kept for reader, _, _ in played] == [[]] * len(cases)


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_a_long_wait_is_not_waited_for(protocol: Protocol) -> None:
    """Beyond what a reader waits for, the next model is asked, or the reader is told."""
    busy = refusal(429, "Slow down.", retry_after=3600)
    second = Model("two", ScriptedProvider([(0, "I stand in.")]))
    async with model_of(protocol, busy) as (model, server):
        helped = await read(ModelAgent([model, second], fallbacks=["two"]))
        alone = await read(ModelAgent([model]))
        assert len(server.requests) == 2
    assert helped.screen == ["I stand in."]
    assert isinstance(alone.end, Failed)
    assert alone.end.error.retry_after == 3600


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_a_tool_and_its_second_step(protocol: Protocol) -> None:
    """The model reads the result of its call; the words before and after are two segments."""
    call = ToolCall("call_1", "look", json.dumps({"at": "the clock"}))
    tool = FakeTool()
    plans = (
        ScriptedAnswer(pieces=("Let me ", "look.", call)),
        ScriptedAnswer(pieces=("It is ", "noon.")),
    )
    broken = ScriptedAnswer(pieces=("It is ",), fault=CutOff(after=1))
    async with model_of(protocol, plans[0], broken, plans[1]) as (model, server):
        agent = ModelAgent([model], tools=lambda: [tool])
        reader = await read(agent)
        again = await read(agent, turn("Really?", Utterance("user", "Hello?"), *reader.kept))
        assert len(server.requests) == 4
        assert "the clock" in json.dumps(server.requests[1].body)
    assert reader.screen == ["Let me look.", "It is noon."]
    assert reader.events.count(Restarted()) == 1
    assert tool.calls == [{"at": "the clock"}]
    assert [type(entry) for entry in reader.kept] == [Step, ToolResult, Step]
    assert again.screen == ["It is noon."]
    assert isinstance(again.end, Finished)


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_a_stop_closes_the_connection(protocol: Protocol) -> None:
    """The server sees its client go as soon as the reader says stop, in the middle of a wait."""
    silent = ScriptedAnswer(pieces=("Hel", "lo"), fault=Stall(after=1, every=0.1))
    async with model_of(protocol, silent) as (model, server):
        stop, reader = asyncio.Event(), Reader()
        async for event in interruptible(ModelAgent([model]).run(turn()), stop):
            reader.take(event)
            if isinstance(event, TextDelta):
                asyncio.get_running_loop().call_soon(stop.set)
        await asyncio.wait_for(server.left(), 5)
    assert reader.events == [TextDelta("Hel"), Finished("stopped")]
