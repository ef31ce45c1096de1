"""Agents of the OpenAI Agents SDK, with its own test model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import openai
import pytest
from agents import Agent, OpenAIChatCompletionsModel, RunConfig, function_tool, tracing
from agents.testing import ModelCall, ModelStep, ScriptedModel, assistant_message, function_call
from agents.usage import Usage as SdkUsage
from openai.types.responses import (
    Response,
    ResponseCompletedEvent,
    ResponseFunctionWebSearch,
    ResponseIncompleteEvent,
    ResponseOutputItemAddedEvent,
    ResponseOutputItemDoneEvent,
    ResponseReasoningItem,
    ResponseReasoningSummaryTextDeltaEvent,
    ResponseTextDeltaEvent,
)
from turns import HISTORY, text_of, turn

from tickertape.adapters.openai_agents import OpenAIAgentsAgent
from tickertape.conversation import (
    INTERRUPTED,
    Step,
    TextPart,
    Thought,
    ToolCall,
    ToolResult,
    Utterance,
    sound,
)
from tickertape.errors import FailureKind
from tickertape.events import (
    Failed,
    Finished,
    ReasoningDelta,
    Recorded,
    SegmentEnded,
    TextDelta,
    ToolFinished,
    ToolStarted,
    Usage,
)
from tickertape.testing.agents import check_agent, run_through
from tickertape.testing.model_server import ModelServer

pytestmark = pytest.mark.anyio


@function_tool
def clock(zone: int) -> str:
    """Tell the time."""
    return f"noon {zone}"


def scripted(*steps: Any, **settings: Any) -> OpenAIAgentsAgent:
    """Make an agent whose model follows a script."""
    agent = Agent(name="Test", model=ScriptedModel(steps), tools=[clock])
    return OpenAIAgentsAgent(agent, **settings)


CALL = function_call("clock", {"zone": 1}, call_id="c1")


def make() -> OpenAIAgentsAgent:
    """Make an agent that calls a tool, and has steps for two turns."""
    steps = [[assistant_message("Let me see."), CALL], [assistant_message("It is noon.")]]
    return scripted(*steps, [assistant_message("Again.")], [assistant_message("Again.")])


def response(*output: Any, reason: str = "") -> Response:
    """Make a response as it stands in the last event."""
    return Response.model_validate(
        {
            "id": "r1",
            "created_at": 0,
            "model": "m",
            "object": "response",
            "output": list(output),
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "status": "incomplete" if reason else "completed",
            "incomplete_details": {"reason": reason} if reason else None,
        }
    )


def delta(text: str) -> ResponseTextDeltaEvent:
    """Make a text delta."""
    return ResponseTextDeltaEvent(
        type="response.output_text.delta",
        delta=text,
        content_index=0,
        item_id="m",
        output_index=0,
        sequence_number=0,
        logprobs=[],
    )


def added(item: Any) -> ResponseOutputItemAddedEvent:
    """Make the event that an item begins."""
    return ResponseOutputItemAddedEvent(
        type="response.output_item.added", item=item, output_index=0, sequence_number=0
    )


def done(item: Any) -> ResponseOutputItemDoneEvent:
    """Make the event that an item is complete."""
    return ResponseOutputItemDoneEvent(
        type="response.output_item.done", item=item, output_index=0, sequence_number=0
    )


def completed(*output: Any) -> ResponseCompletedEvent:
    """Make the last event."""
    return ResponseCompletedEvent(
        type="response.completed", response=response(*output), sequence_number=0
    )


async def test_it_is_an_agent() -> None:
    """It passes the suite for agents, with a tool in the middle."""
    await check_agent(make)


async def test_text_and_tools_become_events() -> None:
    """Everything in its order; steps and results are recorded as they complete."""
    first = ModelStep(
        [assistant_message("Let me see."), CALL],
        usage=SdkUsage(requests=1, input_tokens=10, output_tokens=5),
    )
    second = ModelStep(
        [assistant_message("It is noon.")],
        usage=SdkUsage(requests=1, input_tokens=20, output_tokens=7),
    )
    assert await run_through(scripted(first, second), turn()) == [
        TextDelta("Let me see."),
        Recorded(Step((TextPart("Let me see."), ToolCall("c1", "clock", '{"zone":1}')))),
        ToolStarted("c1", "clock"),
        ToolFinished("c1", "clock", ok=True),
        Recorded(ToolResult("c1", "clock", "noon 1")),
        TextDelta("It is noon."),
        Recorded(Step((TextPart("It is noon."),))),
        Finished("stop", Usage(30, 12)),
    ]


async def test_reasoning_and_tools_of_the_server_become_events() -> None:
    """Summaries are thoughts; a search that the server makes is a tool that ran."""
    thought = ResponseReasoningItem.model_validate(
        {"id": "rs", "type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]}
    )
    search = ResponseFunctionWebSearch.model_validate(
        {
            "id": "ws",
            "type": "web_search_call",
            "status": "completed",
            "action": {"type": "search", "query": "q"},
        }
    )
    message = assistant_message("Found.")
    summary = ResponseReasoningSummaryTextDeltaEvent(
        type="response.reasoning_summary_text.delta",
        delta="Hm.",
        item_id="rs",
        output_index=0,
        sequence_number=0,
        summary_index=0,
    )
    stream: list[Any] = [added(thought), summary, done(thought), added(search), done(search)]
    stream += [added(message), delta("Fou"), delta("nd."), done(message)]
    step = ModelStep.stream([*stream, completed(thought, search, message)])
    assert (await run_through(scripted(step), turn()))[:-1] == [
        ReasoningDelta("Hm."),
        ToolStarted("ws", "web_search"),
        ToolFinished("ws", "web_search", ok=True),
        TextDelta("Fou"),
        TextDelta("nd."),
        Recorded(Step((Thought("Hm."), TextPart("Found.")))),
    ]


async def test_text_comes_while_the_model_speaks_and_ends_with_the_interrupt() -> None:
    """The first delta is read before the second is made; closing closes the model's stream."""
    gate, closed = asyncio.Event(), asyncio.Event()

    async def slow(call: ModelCall) -> AsyncIterator[Any]:
        try:
            yield delta("a")
            await gate.wait()
            yield delta("b")
            await asyncio.Event().wait()
        finally:
            closed.set()

    events = scripted(ModelStep.stream(slow)).run(turn())
    assert await anext(events) == TextDelta("a")
    gate.set()
    assert await anext(events) == TextDelta("b")
    await events.aclose()
    assert closed.is_set()


async def test_an_interrupt_cancels_a_tool() -> None:
    """A tool that waits is cancelled before closing returns."""
    started, cancelled = asyncio.Event(), asyncio.Event()

    @function_tool
    async def wait() -> str:
        """Wait."""
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        return ""

    model = ScriptedModel([[function_call("wait", {}, call_id="c1")]])
    events = OpenAIAgentsAgent(Agent(name="Test", model=model, tools=[wait])).run(turn())
    assert isinstance(await anext(events), Recorded)
    assert await anext(events) == ToolStarted("c1", "wait")
    await started.wait()
    await events.aclose()
    assert cancelled.is_set()


async def test_the_conversation_is_passed_on() -> None:
    """History arrives as input items, complete in calls and results."""
    model = ScriptedModel([[assistant_message("Yes.")]])
    agent = OpenAIAgentsAgent(Agent(name="Test", model=model, instructions="Be brief."))
    await run_through(agent, turn("Sure?", HISTORY))
    assert model.first_call is not None
    assert model.first_call.system_instructions == "Be brief."
    call = {"type": "function_call", "name": "clock"}
    assert model.first_call.input == [
        {"role": "user", "content": "What is the time?"},
        {"role": "assistant", "content": "Let me see."},
        {**call, "call_id": "c1", "arguments": '{"zone":1}'},
        {"type": "function_call_output", "call_id": "c1", "output": "noon"},
        {"role": "assistant", "content": "It is noon."},
        {"role": "user", "content": "And there?"},
        {**call, "call_id": "c2", "arguments": "{not json"},
        {"type": "function_call_output", "call_id": "c2", "output": INTERRUPTED},
        {"role": "user", "content": "Sure?"},
    ]


async def test_what_is_recorded_can_be_told_again() -> None:
    """A turn's own records are a sound history of the next."""
    events = await run_through(make(), turn())
    kept = tuple(event.entry for event in events if isinstance(event, Recorded))
    assert sound(kept) == kept


async def test_words_before_calls_stay_before_them_in_chat_completions() -> None:
    """The SDK completes the message after the calls, and servers refuse words behind a call."""
    async with (
        ModelServer() as server,
        openai.AsyncOpenAI(base_url=server.base_url, api_key="any") as client,
    ):
        model = OpenAIChatCompletionsModel("any", client)
        agent = OpenAIAgentsAgent(Agent(name="A", model=model, tools=[clock]))
        server.say("Let me see.", ToolCall("c1", "clock", '{"zone":1}'))
        server.say("It is noon.")
        events = await run_through(agent, turn("What is the time?"))
        kept = [event.entry for event in events if isinstance(event, Recorded)]
        assert kept[0] == Step((TextPart("Let me see."), ToolCall("c1", "clock", '{"zone":1}')))
        await run_through(agent, turn("Thanks", (Utterance("user", "What is the time?"), *kept)))
        late = Step((ToolCall("c1", "clock", "{}"), TextPart("Let me see.")))
        await run_through(agent, turn("And?", (late, ToolResult("c1", "clock", "noon"))))
        for number, roles in (
            (2, "user assistant assistant tool assistant user"),
            (3, "assistant assistant tool user"),
        ):
            told: Any = server.requests[number].body["messages"]
            assert " ".join(message["role"] for message in told) == roles
            assert "tool_calls" in told[roles.split().index("tool") - 1]


async def test_a_handoff_is_a_tool_and_the_other_agent_answers() -> None:
    """What the second agent says is a segment after the handoff."""
    other = Agent(name="Other", model=ScriptedModel([[assistant_message("I can.")]]))
    call = function_call("transfer_to_other", {}, call_id="h1")
    first = ScriptedModel([[assistant_message("I cannot."), call]])
    agent = OpenAIAgentsAgent(Agent(name="Test", model=first, handoffs=[other]))
    events = await run_through(agent, turn())
    assert text_of(events) == "I cannot.I can."
    assert ToolStarted("h1", "transfer_to_other") in events
    assert ToolFinished("h1", "transfer_to_other", ok=True) in events
    kept = tuple(event.entry for event in events if isinstance(event, Recorded))
    assert sound(kept) == kept


async def test_two_messages_of_one_response_are_two_segments() -> None:
    """Comment and answer do not run into each other."""
    comment = assistant_message("On it.", item_id="m1")
    events = await run_through(scripted([comment, assistant_message("Done.")]), turn())
    assert events[:3] == [TextDelta("On it."), SegmentEnded(), TextDelta("Done.")]


async def test_the_items_of_the_stream_count_when_the_last_event_has_none() -> None:
    """And where nothing was streamed, those of the last event do."""
    message = assistant_message("Hello.")
    streamed = ModelStep.stream([added(message), delta("Hello."), done(message), completed()])
    silent = ModelStep.stream([completed(message)])
    for step in (streamed, silent):
        events = await run_through(scripted(step), turn())
        assert text_of(events) == "Hello."
        assert Recorded(Step((TextPart("Hello."),))) in events


async def test_an_answer_that_ran_into_its_length_says_so() -> None:
    """The reason that the server gave is passed on."""
    message = assistant_message("It is")
    end = ResponseIncompleteEvent(
        type="response.incomplete",
        response=response(message, reason="max_output_tokens"),
        sequence_number=0,
    )
    step = ModelStep.stream([added(message), delta("It is"), done(message), end])
    last = (await run_through(scripted(step), turn()))[-1]
    assert isinstance(last, Finished)
    assert last.reason == "length"


async def test_an_output_that_a_tool_made_is_said() -> None:
    """Where the tool's result is the answer, the reader gets it."""
    model = ScriptedModel([[CALL]])
    agent = Agent(name="Test", model=model, tools=[clock], tool_use_behavior="stop_on_first_tool")
    assert text_of(await run_through(OpenAIAgentsAgent(agent), turn())) == "noon 1"


async def test_a_tool_that_waits_for_approval_ends_the_turn_honestly() -> None:
    """Nobody in a chat can approve: that is said as a failure, not by silence."""

    @function_tool(needs_approval=True)
    def dangerous() -> str:
        """Do it."""
        return "done"

    model = ScriptedModel([[function_call("dangerous", {}, call_id="c1")]])
    agent = Agent(name="Test", model=model, tools=[dangerous])
    failed = (await run_through(OpenAIAgentsAgent(agent), turn()))[-1]
    assert isinstance(failed, Failed)
    assert "approval" in failed.error.detail


async def test_failures_have_their_kind() -> None:
    """What the SDK raises is told by its kind."""
    request = httpx2.Request("POST", "http://model.test")
    refused = openai.AuthenticationError(
        "sk-secret", response=httpx2.Response(401, request=request), body=None
    )
    for error, kind in (
        (refused, FailureKind.AUTH),
        (openai.APIConnectionError(request=request), FailureKind.NETWORK),
    ):
        (failed,) = await run_through(scripted(ModelStep.raise_error(error)), turn())
        assert isinstance(failed, Failed)
        assert failed.error.kind is kind
        assert "sk-secret" not in str(failed.error)


async def test_too_many_turns_end_after_what_was_said() -> None:
    """The bound on model calls holds, and nothing of what came is lost."""
    steps = [[assistant_message("Once."), CALL], [assistant_message("Twice.")]]
    events = await run_through(scripted(*steps, max_turns=1), turn())
    assert text_of(events) == "Once."
    assert isinstance(events[-1], Failed)


async def test_nothing_is_traced_unless_asked_for() -> None:
    """No trace is begun for a run, and an own `RunConfig` decides for itself."""
    begun: list[str] = []

    class Seeing(tracing.TracingProcessor):
        def on_trace_start(self, trace: Any) -> None:
            begun.append(trace.name)

        def on_trace_end(self, trace: Any) -> None: ...
        def on_span_start(self, span: Any) -> None: ...
        def on_span_end(self, span: Any) -> None: ...
        def shutdown(self) -> None: ...
        def force_flush(self) -> None: ...

    tracing.set_trace_processors([Seeing()])
    try:
        await run_through(scripted([assistant_message("a")]), turn())
        assert begun == []
        config = RunConfig(workflow_name="mine")
        await run_through(scripted([assistant_message("a")], run_config=config), turn())
        assert begun == ["mine"]
    finally:
        tracing.set_trace_processors([])
