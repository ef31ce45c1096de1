"""LangGraph's graphs and LangChain's runnables as agents of ours.

The extra is `tickertape[langchain]`.

    agent = LangGraphAgent(create_react_agent(model, tools=[...]))
    agent = RunnableAgent(prompt | model)

| in LangChain | here |
|---|---|
| text of the model's chunks: strings, or blocks of type `text` | `TextDelta` |
| blocks of type `reasoning` | `ReasoningDelta` |
| another message without a tool between (of another node, say) | `SegmentEnded` |
| a message that is complete | `Recorded(Step)` |
| tool calls of a complete message, and the messages that answer them | `ToolStarted`, `ToolFinished`, `Recorded(ToolResult)` |
| `usage_metadata` | `Usage`, summed |

In a graph every model speaks to the reader, except those that have LangGraph's tag `nostream`.
"""  # noqa: E501

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias, cast

from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    AnyMessage,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.messages.tool import invalid_tool_call, tool_call
from langchain_core.runnables import Runnable, RunnableConfig
from langgraph.pregel import Pregel

from tickertape.adapters.border import guarded, reading
from tickertape.conversation import (
    Entry,
    Part,
    Step,
    TextPart,
    Thought,
    ToolCall,
    ToolResult,
    Utterance,
    sound,
)
from tickertape.errors import FailureKind, ProviderError
from tickertape.events import (
    Event,
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
from tickertape.ports import Turn
from tickertape.providers.reasons import FINISH_REASONS, word_of

__all__ = ["Config", "LangGraphAgent", "RunnableAgent", "chat_messages"]

Config: TypeAlias = Mapping[str, object] | Callable[[Turn], Mapping[str, object]]
"""LangChain's settings of a run (`RunnableConfig`): the same for every turn, or made for each."""


class LangGraphAgent:
    """Answers with a graph of LangGraph. Implements `tickertape.ports.Agent`."""

    def __init__(self, graph: Pregel[Any, Any, Any, Any], *, config: Config | None = None) -> None:
        """Wrap a compiled graph whose state has `messages`.

        Args:
            graph: what `StateGraph.compile()` or `create_react_agent()` gives.
            config: LangChain's settings. Where they name a thread
                (`{"configurable": {"thread_id": ...}}`), the graph's own checkpoints are its
                memory, and it is told only what was just said. Else it is told the whole
                conversation, and each turn is a thread of its own.
        """
        self._graph = graph
        self._config = config

    def run(self, turn: Turn) -> AsyncGenerator[Event, None]:
        """Yield what the graph says, ending with exactly one `Finished` or `Failed`.

        Closing the generator ends the run, and with it the model's stream and tools that are
        asynchronous; a blocking tool runs on in its thread, unawaited.
        """
        return guarded(lambda: self._speak(turn))

    async def _speak(self, turn: Turn) -> AsyncGenerator[Event, None]:
        config = _config(self._config, turn)
        named = config.get("configurable", {})
        has_memory = "thread_id" in named
        history = () if has_memory else turn.history
        if not has_memory:
            config["configurable"] = {**named, "thread_id": uuid.uuid4().hex}
        said = {"messages": [*chat_messages(history), HumanMessage(turn.text)]}
        course = _GraphRun()
        stream = self._graph.astream(
            said, config, stream_mode=["messages", "updates"], subgraphs=True
        )
        async with reading(cast("AsyncGenerator[tuple[Any, str, Any], None]", stream)) as items:
            async for _, mode, data in items:
                for event in course.hear(data[0]) if mode == "messages" else _checked(data):
                    yield event
        for event in course.end():
            yield event


class RunnableAgent:
    """Answers with a chat model or a chain of LangChain. Implements `tickertape.ports.Agent`."""

    def __init__(
        self,
        runnable: Runnable[Any, Any],
        *,
        config: Config | None = None,
        ask: Callable[[Turn], object] | None = None,
    ) -> None:
        """Wrap a runnable that yields messages or strings.

        Args:
            runnable: a chat model, or a chain that ends with one or with a parser to strings.
            config: LangChain's settings of a run.
            ask: makes the runnable's input; by default the list of the conversation's messages,
                as chat models take it.
        """
        self._runnable = runnable
        self._config = config
        self._ask = ask or _ask

    def run(self, turn: Turn) -> AsyncGenerator[Event, None]:
        """Yield what the runnable says, ending with exactly one `Finished` or `Failed`.

        Closing the generator closes the runnable's stream.
        """
        return guarded(lambda: self._speak(turn))

    async def _speak(self, turn: Turn) -> AsyncGenerator[Event, None]:
        course = _GraphRun()
        stream = self._runnable.astream(self._ask(turn), _config(self._config, turn))
        async with reading(stream) as items:
            async for item in items:
                for event in course.hear(item):
                    yield event
        for event in course.end():
            yield event


def chat_messages(history: Iterable[Entry]) -> list[AnyMessage]:
    """Return a conversation as LangChain messages; reasoning is left out.

    Each has an id: by it a graph that passes its messages on is known to say nothing new.
    """
    return [_message(entry, str(uuid.uuid4())) for entry in sound(history)]


def _message(entry: Entry, name: str) -> AnyMessage:
    match entry:
        case Utterance("system", text):
            return SystemMessage(text, id=name)
        case Utterance("user", text):
            return HumanMessage(text, id=name)
        case Utterance(_, text):
            return AIMessage(text, id=name)
        case Step():
            calls = [(call, _arguments(call.arguments)) for call in entry.calls]
            return AIMessage(
                entry.text,
                id=name,
                tool_calls=[
                    tool_call(name=call.name, args=arguments, id=call.call_id)
                    for call, arguments in calls
                    if arguments is not None
                ],
                invalid_tool_calls=[
                    invalid_tool_call(name=call.name, args=call.arguments, id=call.call_id)
                    for call, arguments in calls
                    if arguments is None
                ],
            )
        case ToolResult(call_id, tool, text, ok):
            status = "success" if ok else "error"
            return ToolMessage(text, tool_call_id=call_id, name=tool, status=status, id=name)


def _arguments(text: str) -> dict[str, Any] | None:
    """Read a call's arguments; None where they are not a JSON object."""
    try:
        arguments = json.loads(text or "{}")
    except ValueError:
        return None
    return arguments if isinstance(arguments, dict) else None


def _ask(turn: Turn) -> object:
    return [*chat_messages(turn.history), HumanMessage(turn.text)]


def _config(config: Config | None, turn: Turn) -> RunnableConfig:
    found = config(turn) if callable(config) else config or {}
    return cast("RunnableConfig", dict(found))


def _checked(update: Mapping[str, object]) -> tuple[Event, ...]:
    """Check a node's update and return no events for it.

    Raises:
        ProviderError: when the graph waits for a human's answer to its `interrupt()`.
    """
    if "__interrupt__" in update:
        detail = "the graph called interrupt(), which needs a human's answer; that is not supported"
        raise ProviderError(FailureKind.ENDED_EARLY, detail)
    return ()


class _GraphRun:
    """One run: the messages and pieces of messages go in, what we say comes out."""

    def __init__(self) -> None:
        self._open: AIMessage | None = None  # the message that is being written
        self._said = ""  # since the last tool or the last segment's end
        self._told: set[str] = set()  # the texts of the messages that are complete
        self._names: dict[str, str] = {}  # of the tools that were called, by the call's id
        self._usage: Usage | None = None
        self._reason: FinishReason = "stop"

    def hear(self, item: object) -> Iterator[Event]:
        """Yield the events for a message or a piece of one.

        Raises:
            ProviderError: when it is neither a message nor text.
        """
        match item:
            case str():
                yield from self._say(item)
            case AIMessage():
                yield from self._listen(item)
            case ToolMessage():
                yield from self._returned(item)
            case BaseMessage():
                pass
            case _:
                detail = f"the runnable gave a {type(item).__name__}: neither a message nor text"
                raise ProviderError(FailureKind.BAD_RESPONSE, detail)

    def end(self) -> Iterator[Event]:
        """Yield the events that end the run, once its stream is exhausted."""
        yield from self._close()
        yield Finished(self._reason, self._usage)

    def _listen(self, message: AIMessage) -> Iterator[Event]:
        if self._open is not None and self._open.id != message.id:
            yield from self._close()
        goes_on = isinstance(message, AIMessageChunk) and message.chunk_position != "last"
        if not isinstance(message, AIMessageChunk) and message.text in self._told:
            return  # a node gives on, as a message of its own, what its model said
        for block in message.content_blocks:
            if block["type"] == "text" and (text := block["text"]):
                if self._said and not (self._open and self._open.text):
                    self._said = ""
                    yield SegmentEnded()
                yield from self._say(text)
            elif block["type"] == "reasoning":
                yield ReasoningDelta(block.get("reasoning", ""))
        self._open = message if self._open is None else cast("AIMessage", self._open + message)
        if not goes_on:
            yield from self._close()

    def _say(self, text: str) -> Iterator[Event]:
        self._said += text
        yield TextDelta(text)

    def _close(self) -> Iterator[Event]:
        """Record a complete message, and yield the tool calls in it."""
        message, self._open = self._open, None
        if message is None:
            return
        if parts := tuple(_parts(message)):
            yield Recorded(Step(parts))
        if text := message.text:
            self._told.add(str(text))
        self._count(message)
        for number, call in enumerate(message.tool_calls):
            yield from self._start(call["id"] or f"call_{number}", call["name"])

    def _start(self, call_id: str, name: str) -> Iterator[Event]:
        self._said = ""
        self._names[call_id] = name
        yield ToolStarted(call_id, name)

    def _returned(self, message: ToolMessage) -> Iterator[Event]:
        call_id, ok = message.tool_call_id, message.status != "error"
        if call_id not in self._names:
            yield from self._start(call_id, message.name or "tool")
        name = self._names[call_id]
        yield ToolFinished(call_id, name, ok)
        yield Recorded(ToolResult(call_id, name, str(message.text), ok))

    def _count(self, message: AIMessage) -> None:
        told = message.response_metadata
        # The servers' own words, as LangChain passes them on.
        word = word_of(told.get("finish_reason") or told.get("stop_reason"))
        self._reason = FINISH_REASONS.get(word, "stop")
        if (used := message.usage_metadata) is not None:
            before = self._usage or Usage(0, 0)
            self._usage = Usage(
                before.input_tokens + used["input_tokens"],
                before.output_tokens + used["output_tokens"],
            )


def _parts(message: AIMessage) -> Iterator[Part]:
    blocks = message.content_blocks
    thoughts = [b.get("reasoning", "") for b in blocks if b["type"] == "reasoning"]
    if thought := "".join(thoughts):
        yield Thought(thought)
    if text := message.text:
        yield TextPart(str(text))
    for number, call in enumerate(message.tool_calls):
        yield ToolCall(call["id"] or f"call_{number}", call["name"], json.dumps(call["args"]))
    for wrong in message.invalid_tool_calls:
        yield ToolCall(wrong["id"] or "", wrong["name"] or "", wrong["args"] or "")
