"""Agents of pydantic-ai, with its own test models."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic_ai import Agent, ModelRetry, RunContext, messages, models
from pydantic_ai.exceptions import ModelHTTPError
from pydantic_ai.models.function import AgentInfo, DeltaThinkingPart, DeltaToolCall, FunctionModel
from pydantic_ai.models.test import TestModel
from turns import HISTORY, text_of, turn

from tickertape.adapters.pydantic_ai import PydanticAIAgent
from tickertape.conversation import (
    INTERRUPTED,
    Step,
    TextPart,
    Thought,
    ToolCall,
    ToolResult,
    sound,
)
from tickertape.errors import FailureKind
from tickertape.events import (
    Failed,
    Finished,
    ReasoningDelta,
    Recorded,
    Restarted,
    TextDelta,
    ToolFinished,
    ToolStarted,
)
from tickertape.testing.agents import check_agent, run_through

pytestmark = pytest.mark.anyio

Asked = list[messages.ModelMessage]


@pytest.fixture(autouse=True)
def _no_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test can reach a real model."""
    monkeypatch.setattr(models, "ALLOW_MODEL_REQUESTS", False)


async def thinks_and_calls(asked: Asked, info: AgentInfo) -> AsyncIterator[Any]:
    """Think, speak, call a tool; and speak again when its result is there."""
    if any(isinstance(part, messages.ToolReturnPart) for part in asked[-1].parts):
        yield "It is "
        yield "noon."
        return
    yield {0: DeltaThinkingPart(content="I need ")}
    yield {0: DeltaThinkingPart(content="a clock.")}
    yield "Let me see."
    yield {2: DeltaToolCall(name="clock", json_args='{"zone"', tool_call_id="c1")}
    yield {2: DeltaToolCall(json_args=": 1}")}


def clock(zone: int) -> str:
    """Tell the time."""
    return f"noon {zone}"


def make() -> PydanticAIAgent[None]:
    """Make an agent with a tool."""
    return PydanticAIAgent(Agent(FunctionModel(stream_function=thinks_and_calls), tools=[clock]))


async def test_it_is_an_agent() -> None:
    """It passes the suite for agents, with a tool in the middle and without."""
    await check_agent(make)
    await check_agent(lambda: PydanticAIAgent(Agent(TestModel(custom_output_text="Hello you."))))


async def test_text_thoughts_and_tools_become_events() -> None:
    """Everything in its order; steps and results are recorded as they complete."""
    events = await run_through(make(), turn())
    assert events[:-1] == [
        ReasoningDelta("I need "),
        ReasoningDelta("a clock."),
        TextDelta("Let me see."),
        Recorded(
            Step(
                (
                    Thought("I need a clock."),
                    TextPart("Let me see."),
                    ToolCall("c1", "clock", '{"zone": 1}'),
                )
            )
        ),
        ToolStarted("c1", "clock"),
        ToolFinished("c1", "clock", ok=True),
        Recorded(ToolResult("c1", "clock", "noon 1")),
        TextDelta("It is "),
        TextDelta("noon."),
        Recorded(Step((TextPart("It is noon."),))),
    ]
    end = events[-1]
    assert isinstance(end, Finished)
    assert end.reason == "stop"
    assert end.usage is not None
    assert end.usage.output_tokens > 0


async def test_text_comes_while_the_model_speaks() -> None:
    """The first delta is read before the second is made."""
    gate = asyncio.Event()

    async def slow(asked: Asked, info: AgentInfo) -> AsyncIterator[str]:
        yield "a"
        await gate.wait()
        yield "b"

    events = PydanticAIAgent(Agent(FunctionModel(stream_function=slow))).run(turn())
    assert await anext(events) == TextDelta("a")
    gate.set()
    assert await anext(events) == TextDelta("b")
    await events.aclose()


async def test_interrupting_closes_the_models_stream() -> None:
    """When closing returns, the model's stream is closed."""
    closed = asyncio.Event()

    async def endless(asked: Asked, info: AgentInfo) -> AsyncIterator[str]:
        try:
            yield "a"
            await asyncio.Event().wait()
            yield "b"
        finally:
            closed.set()

    events = PydanticAIAgent(Agent(FunctionModel(stream_function=endless))).run(turn())
    assert await anext(events) == TextDelta("a")
    await events.aclose()
    assert closed.is_set()


async def test_the_conversation_is_passed_on_with_the_agents_own_prompt() -> None:
    """History arrives in pydantic-ai's messages, and its system prompt in every turn."""
    asked: list[Asked] = []

    async def listen(given: Asked, info: AgentInfo) -> AsyncIterator[str]:
        asked.append(given)
        yield "Yes."

    agent = Agent(FunctionModel(stream_function=listen), system_prompt="Be brief.")
    await run_through(PydanticAIAgent(agent), turn("Sure?", HISTORY))
    parts = [part for message in asked[0] for part in message.parts]
    told = [
        (part.part_kind, getattr(part, "content", None) or getattr(part, "args", None))
        for part in parts
    ]
    assert told == [
        ("system-prompt", "Be brief."),
        ("user-prompt", "What is the time?"),
        ("text", "Let me see."),
        ("tool-call", '{"zone":1}'),
        ("tool-return", "noon"),
        ("text", "It is noon."),
        ("user-prompt", "And there?"),
        ("tool-call", "{not json"),
        ("tool-return", INTERRUPTED),
        ("user-prompt", "Sure?"),
    ]


async def test_what_is_recorded_can_be_told_again() -> None:
    """A turn's own records are a sound history of the next."""
    events = await run_through(make(), turn())
    kept = tuple(event.entry for event in events if isinstance(event, Recorded))
    assert sound(kept) == kept
    assert isinstance((await run_through(make(), turn("Again", kept)))[-1], Finished)


async def test_a_tool_that_fails_goes_back_to_the_model() -> None:
    """A refused call is a tool that ended badly, and the turn goes on."""

    async def tries(asked: Asked, info: AgentInfo) -> AsyncIterator[Any]:
        if len(asked) == 1:
            yield {0: DeltaToolCall(name="broken", json_args="{}", tool_call_id="c1")}
        else:
            yield "Sorry."

    def broken() -> str:
        """Fail."""
        raise ModelRetry("no such place")

    agent = Agent(FunctionModel(stream_function=tries), tools=[broken])
    events = await run_through(PydanticAIAgent(agent), turn())
    assert ToolFinished("c1", "broken", ok=False) in events
    (result,) = [
        event.entry
        for event in events
        if isinstance(event, Recorded) and isinstance(event.entry, ToolResult)
    ]
    assert "no such place" in result.text
    assert not result.ok
    assert text_of(events) == "Sorry."


async def test_an_answer_that_a_validator_sends_back_is_void() -> None:
    """The text of the refused response is taken back, and not recorded."""

    async def improves(asked: Asked, info: AgentInfo) -> AsyncIterator[str]:
        yield "short" if len(asked) == 1 else "long enough"

    agent = Agent(FunctionModel(stream_function=improves))

    @agent.output_validator
    def check(output: str) -> str:
        if output == "short":
            raise ModelRetry("longer, please")
        return output

    events = await run_through(PydanticAIAgent(agent), turn())
    assert events[:-1] == [
        TextDelta("short"),
        Restarted(),
        TextDelta("long enough"),
        Recorded(Step((TextPart("long enough"),))),
    ]


async def test_an_output_that_is_no_text_is_said_as_json() -> None:
    """A structured output is what the reader gets; its tool is not shown as one."""

    class Place(BaseModel):
        city: str

    agent = Agent(TestModel(custom_output_args={"city": "Rome"}), output_type=Place)
    events = await run_through(PydanticAIAgent(agent), turn())
    assert text_of(events) == '{\n  "city": "Rome"\n}'
    assert not [event for event in events if isinstance(event, ToolStarted)]
    assert isinstance(events[-1], Finished)


async def test_failures_have_their_kind() -> None:
    """What the model's server refused is told by its kind, after what was said."""

    async def refused(asked: Asked, info: AgentInfo) -> AsyncIterator[str]:
        yield "a"
        raise ModelHTTPError(401, "m", "sk-secret")

    agent = Agent(FunctionModel(stream_function=refused))
    first, failed = await run_through(PydanticAIAgent(agent), turn())
    assert first == TextDelta("a")
    assert isinstance(failed, Failed)
    assert failed.error.kind is FailureKind.AUTH
    assert "sk-secret" not in str(failed.error)


async def test_dependencies_reach_the_tools() -> None:
    """`deps` is what the agent's tools are given."""
    agent = Agent(TestModel(call_tools=["whose"]), deps_type=str)

    @agent.tool
    def whose(context: RunContext[str]) -> str:
        """Tell whose it is."""
        return f"of {context.deps}"

    events = await run_through(PydanticAIAgent(agent, deps="Ada"), turn())
    assert "of Ada" in text_of(events)
