"""LangGraph's graphs and LangChain's runnables, with LangChain's own fake models."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import cycle
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel, FakeListChatModel, GenericFakeChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, ToolMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition
from langgraph.types import interrupt
from turns import HISTORY, text_of, turn

from tickertape.adapters.langchain import LangGraphAgent, RunnableAgent
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
    FinishReason,
    ReasoningDelta,
    Recorded,
    SegmentEnded,
    TextDelta,
    ToolFinished,
    ToolStarted,
    Usage,
)
from tickertape.testing.agents import check_agent, run_through

pytestmark = pytest.mark.anyio


class Model(BaseChatModel):
    """A model that streams what a function of the conversation gives, as pieces of a message."""

    speak: Any

    @property
    def _llm_type(self) -> str:
        return "test"

    def _generate(self, *args: Any, **kwargs: Any) -> ChatResult:
        raise NotImplementedError

    async def _astream(
        self, messages: list[BaseMessage], *args: Any, **kwargs: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        async for piece in self.speak(messages):
            yield ChatGenerationChunk(message=piece)


def piece(content: Any = "", **fields: Any) -> AIMessageChunk:
    """Make a piece of a message."""
    return AIMessageChunk(content=content, **fields)


async def thinks_and_calls(asked: list[BaseMessage]) -> AsyncIterator[AIMessageChunk]:
    """Think, speak, call a tool; and speak again when its result is there."""
    if isinstance(asked[-1], ToolMessage):
        yield piece("It is ")
        yield piece("noon.")
        yield piece(usage_metadata={"input_tokens": 20, "output_tokens": 7, "total_tokens": 27})
        return
    yield piece([{"type": "reasoning", "reasoning": "I need ", "index": 0}])
    yield piece([{"type": "reasoning", "reasoning": "a clock.", "index": 0}])
    yield piece([{"type": "text", "text": "Let me see.", "index": 1}])
    chunk = {"type": "tool_call_chunk", "index": 0}
    yield piece(tool_call_chunks=[{**chunk, "name": "clock", "id": "c1", "args": '{"zone"'}])
    yield piece(tool_call_chunks=[{**chunk, "name": None, "id": None, "args": ": 1}"}])
    yield piece(usage_metadata={"input_tokens": 10, "output_tokens": 5, "total_tokens": 15})


async def clock(zone: int) -> str:
    """Tell the time."""
    return f"noon {zone}"


def graph_of(speak: Any, *tools: Any, **compiled: Any) -> Any:
    """Make the usual graph: a model, and its tools as long as it calls them."""
    model = Model(speak=speak)

    async def ask(state: MessagesState) -> dict[str, Any]:
        return {"messages": [await model.ainvoke(state["messages"])]}

    graph = StateGraph(MessagesState)
    graph.add_node("model", ask)
    graph.add_node("tools", ToolNode(tools or (clock,)))
    graph.add_edge(START, "model")
    graph.add_conditional_edges("model", tools_condition)
    graph.add_edge("tools", "model")
    return graph.compile(**compiled)


def make() -> LangGraphAgent:
    """Make an agent with a tool."""
    return LangGraphAgent(graph_of(thinks_and_calls))


async def test_they_are_agents() -> None:
    """They pass the suite for agents: a graph with a tool, a model, a chain to strings."""
    await check_agent(make)
    await check_agent(
        lambda: RunnableAgent(GenericFakeChatModel(messages=cycle(["Hello there, you."])))
    )
    await check_agent(
        lambda: RunnableAgent(FakeListChatModel(responses=["Hello."]) | StrOutputParser())
    )


async def test_text_thoughts_and_tools_of_a_graph_become_events() -> None:
    """Everything in its order; steps and results are recorded as they complete."""
    call = ToolCall("c1", "clock", '{"zone": 1}')
    assert await run_through(make(), turn()) == [
        ReasoningDelta("I need "),
        ReasoningDelta("a clock."),
        TextDelta("Let me see."),
        Recorded(Step((Thought("I need a clock."), TextPart("Let me see."), call))),
        ToolStarted("c1", "clock"),
        ToolFinished("c1", "clock", ok=True),
        Recorded(ToolResult("c1", "clock", "noon 1")),
        TextDelta("It is "),
        TextDelta("noon."),
        Recorded(Step((TextPart("It is noon."),))),
        Finished("stop", Usage(30, 12)),
    ]


async def test_text_comes_while_the_model_speaks_and_ends_with_the_interrupt() -> None:
    """The first delta is read before the second is made; closing closes the model's stream."""
    for wrap in (
        lambda speak: LangGraphAgent(graph_of(speak)),
        lambda speak: RunnableAgent(Model(speak=speak)),
    ):
        gate, closed = asyncio.Event(), asyncio.Event()

        async def slow(
            asked: list[BaseMessage], gate: asyncio.Event = gate, closed: asyncio.Event = closed
        ) -> AsyncIterator[AIMessageChunk]:
            try:
                yield piece("a")
                await gate.wait()
                yield piece("b")
                await asyncio.Event().wait()
            finally:
                closed.set()

        events = wrap(slow).run(turn())
        assert await anext(events) == TextDelta("a")
        gate.set()
        assert await anext(events) == TextDelta("b")
        await events.aclose()
        assert closed.is_set()


async def test_an_interrupt_cancels_a_tool() -> None:
    """A tool that waits is cancelled before closing returns."""
    started, cancelled = asyncio.Event(), asyncio.Event()

    async def wait() -> str:
        """Wait."""
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        return ""

    async def calls(asked: list[BaseMessage]) -> AsyncIterator[AIMessageChunk]:
        call = {"type": "tool_call_chunk", "index": 0, "name": "wait", "id": "c1", "args": "{}"}
        yield piece(tool_call_chunks=[call])

    events = LangGraphAgent(graph_of(calls, wait)).run(turn())
    assert isinstance(await anext(events), Recorded)
    assert await anext(events) == ToolStarted("c1", "wait")
    await started.wait()
    await events.aclose()
    assert cancelled.is_set()


async def test_the_conversation_is_passed_on() -> None:
    """History arrives in LangChain's messages, complete in calls and results."""
    asked: list[list[BaseMessage]] = []

    async def listen(given: list[BaseMessage]) -> AsyncIterator[AIMessageChunk]:
        asked.append(given)
        yield piece("Yes.")

    await run_through(LangGraphAgent(graph_of(listen)), turn("Sure?", HISTORY))
    await run_through(RunnableAgent(Model(speak=listen)), turn("Sure?", HISTORY))
    for given in asked:
        assert [(message.type, message.content) for message in given] == [
            ("human", "What is the time?"),
            ("ai", "Let me see."),
            ("tool", "noon"),
            ("ai", "It is noon."),
            ("human", "And there?"),
            ("ai", ""),
            ("tool", INTERRUPTED),
            ("human", "Sure?"),
        ]
        called, cut = given[1], given[5]
        assert isinstance(called, AIMessage)
        assert isinstance(cut, AIMessage)
        assert [(c["name"], c["args"], c["id"]) for c in called.tool_calls] == [
            ("clock", {"zone": 1}, "c1")
        ]
        assert [c["args"] for c in cut.invalid_tool_calls] == ["{not json"]


async def test_a_tool_that_fails_has_ended_badly() -> None:
    """The model is told, and the turn goes on."""

    async def calls(asked: list[BaseMessage]) -> AsyncIterator[AIMessageChunk]:
        if isinstance(asked[-1], ToolMessage):
            yield piece("Sorry.")
            return
        call = {"type": "tool_call_chunk", "index": 0, "name": "none", "id": "c1", "args": "{}"}
        yield piece(tool_call_chunks=[call])

    events = await run_through(LangGraphAgent(graph_of(calls)), turn())
    assert ToolFinished("c1", "none", ok=False) in events
    assert text_of(events) == "Sorry."
    kept = tuple(event.entry for event in events if isinstance(event, Recorded))
    assert sound(kept) == kept


async def test_a_graph_with_checkpoints_is_told_everything_unless_a_thread_is_named() -> None:
    """By default the conversation is ours; where the settings name a thread, it is the graph's."""
    asked: list[int] = []

    async def listen(given: list[BaseMessage]) -> AsyncIterator[AIMessageChunk]:
        asked.append(len(given))
        yield piece("Yes.")

    graph = graph_of(listen, checkpointer=InMemorySaver())
    for _ in range(2):
        await run_through(LangGraphAgent(graph), turn("Sure?", HISTORY))
    named = LangGraphAgent(
        graph, config=lambda asks: {"configurable": {"thread_id": asks.address.chat}}
    )
    for _ in range(2):
        await run_through(named, turn("Sure?", HISTORY))
    assert asked == [8, 8, 1, 3]


async def test_nodes_that_speak_one_after_the_other_have_a_segment_each() -> None:
    """Also where a node says something that no model said; nothing is said twice."""

    async def first(state: MessagesState) -> dict[str, Any]:
        said = await GenericFakeChatModel(messages=iter(["On it."])).ainvoke("x")
        return {"messages": [AIMessage(str(said.content), id="another")]}

    async def second(state: MessagesState) -> dict[str, Any]:
        return {"messages": [*state["messages"], AIMessage("Done.")]}

    graph: Any = StateGraph(MessagesState)
    graph.add_node("first", first)
    graph.add_node("second", second)
    graph.add_edge(START, "first")
    graph.add_edge("first", "second")
    graph.add_edge("second", END)
    events = await run_through(LangGraphAgent(graph.compile()), turn("Hi", HISTORY))
    assert text_of(events) == "On it.Done."
    assert [type(event) for event in events].count(SegmentEnded) == 1


async def test_a_graph_in_a_graph_speaks_at_once() -> None:
    """Models of inner graphs are heard as they speak, and once."""
    graph = StateGraph(MessagesState)
    graph.add_node("inner", graph_of(thinks_and_calls))
    graph.add_edge(START, "inner")
    events = await run_through(LangGraphAgent(graph.compile()), turn("Hi", HISTORY))
    assert events == await run_through(make(), turn())


async def test_a_graph_that_waits_for_somebody_ends_honestly() -> None:
    """Nobody in a chat can answer an interrupt: that is said as a failure, not by silence."""

    async def asks(state: MessagesState) -> dict[str, Any]:
        return {"messages": [AIMessage(interrupt("May I?"))]}

    graph = StateGraph(MessagesState)
    graph.add_node("asks", asks)
    graph.add_edge(START, "asks")
    (failed,) = await run_through(LangGraphAgent(graph.compile(InMemorySaver())), turn())
    assert isinstance(failed, Failed)
    assert "interrupt()" in failed.error.detail


async def test_a_chain_gets_the_input_that_it_wants() -> None:
    """`ask` makes it; a chain that ends with strings is text."""
    chain = ChatPromptTemplate.from_messages([("human", "{question}")]) | RunnableLambda(
        lambda prompt: prompt.to_messages()[0].content.upper()
    )
    agent = RunnableAgent(chain, ask=lambda asked: {"question": asked.text})
    assert await run_through(agent, turn("hi")) == [TextDelta("HI"), Finished()]


async def test_what_is_neither_message_nor_text_fails() -> None:
    """A chain that gives something else is told so."""
    (failed,) = await run_through(RunnableAgent(RunnableLambda(len)), turn())
    assert isinstance(failed, Failed)
    assert failed.error.kind is FailureKind.BAD_RESPONSE
    assert "int" in failed.error.detail


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"finish_reason": "length"}, "length"),
        ({"finish_reason": "SAFETY"}, "content_filter"),
        ({"finish_reason": "MALFORMED_FUNCTION_CALL"}, "malformed_call"),
        ({"stop_reason": "pause_turn"}, "paused"),
        ({"stop_reason": "tool_use"}, "stop"),
    ],
)
async def test_an_answer_that_is_not_whole_says_so(
    said: dict[str, object], reason: FinishReason
) -> None:
    """The reason that the server gave is passed on."""

    async def cut(asked: list[BaseMessage]) -> AsyncIterator[AIMessageChunk]:
        yield piece("It is", response_metadata=said)

    events = await run_through(RunnableAgent(Model(speak=cut)), turn())
    assert events[-1] == Finished(reason)


async def test_failures_have_their_kind() -> None:
    """What a node or model raises is told by its kind, after what was said."""

    async def breaks(asked: list[BaseMessage]) -> AsyncIterator[AIMessageChunk]:
        yield piece("a")
        raise ConnectionResetError("sk-secret")

    for agent in (LangGraphAgent(graph_of(breaks)), RunnableAgent(Model(speak=breaks))):
        first, failed = await run_through(agent, turn())
        assert first == TextDelta("a")
        assert isinstance(failed, Failed)
        assert failed.error.kind is FailureKind.NETWORK
        assert "sk-secret" not in str(failed.error)


async def test_a_model_that_is_never_marked_complete_loses_nothing() -> None:
    """The last message is recorded when the stream ends."""
    chain = Model(speak=thinks_and_calls) | RunnableLambda(lambda said: said)
    events = await run_through(RunnableAgent(chain), turn())
    (kept,) = [event.entry for event in events if isinstance(event, Recorded)]
    assert isinstance(kept, Step)
    assert kept.text == "Let me see."
    assert isinstance(events[-1], Finished)
