"""Agents of pydantic-ai as agents of ours. The extra is `tickertape[pydantic-ai]`.

    agent = PydanticAIAgent(pydantic_ai.Agent("openai:gpt-5.2", tools=[...]))

| in pydantic-ai | here |
|---|---|
| text parts | `TextDelta` |
| thinking parts | `ReasoningDelta` |
| a response that is complete | `Recorded(Step)` |
| function tools, and tools that the server runs | `ToolStarted`, `ToolFinished` |
| what a function tool returned | `Recorded(ToolResult)` |
| a response that an output validator sent back | `Restarted` |
| an output that is not the text that was said | said as text: JSON where it is not a `str` |

The agent's own `system_prompt` and `instructions` hold in every turn.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping
from typing import Any, Final, Generic, TypeVar

from pydantic_ai import AgentRunResult, AgentRunResultEvent, messages
from pydantic_ai.agent import AbstractAgent
from pydantic_ai.capabilities import ReinjectSystemPrompt

from tickertape.adapters.border import guarded
from tickertape.adapters.outputs import rendered
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
from tickertape.events import (
    Event,
    Finished,
    FinishReason,
    ReasoningDelta,
    Recorded,
    Restarted,
    SegmentEnded,
    TextDelta,
    ToolFinished,
    ToolStarted,
    Usage,
)
from tickertape.ports import Turn

__all__ = ["PydanticAIAgent", "model_messages"]

DepsT = TypeVar("DepsT")

_REASONS: Final[Mapping[str | None, FinishReason]] = {
    None: "stop",
    "stop": "stop",
    "tool_call": "stop",
    "length": "length",
    "content_filter": "content_filter",
}


class PydanticAIAgent(Generic[DepsT]):
    """Answers with an agent of pydantic-ai. Implements `tickertape.ports.Agent`."""

    def __init__(self, agent: AbstractAgent[DepsT, Any], *, deps: DepsT = None) -> None:  # type: ignore[assignment]
        """Wrap an agent.

        Args:
            agent: an agent of pydantic-ai, of any output type.
            deps: its dependencies, the same for every turn.
        """
        self._agent = agent
        self._deps = deps

    def run(self, turn: Turn) -> AsyncGenerator[Event, None]:
        """Yield what the agent says, ending with exactly one `Finished` or `Failed`.

        Closing the generator cancels the run, and with it the model's stream and the tools.
        """
        return guarded(lambda: self._speak(turn))

    async def _speak(self, turn: Turn) -> AsyncGenerator[Event, None]:
        course = _AgentRun()
        async with self._agent.run_stream_events(
            turn.text,
            message_history=model_messages(turn.history),
            deps=self._deps,
            capabilities=[ReinjectSystemPrompt()],
        ) as events:
            async for event in events:
                for said in course.hear(event):
                    yield said


def model_messages(history: Iterable[Entry]) -> list[messages.ModelMessage]:
    """Return a conversation as pydantic-ai messages; reasoning is left out."""
    return [message for entry in sound(history) if (message := _message(entry)) is not None]


def _message(entry: Entry) -> messages.ModelMessage | None:
    match entry:
        case Utterance("system", text):
            return messages.ModelRequest(parts=[messages.SystemPromptPart(text)])
        case Utterance("user", text):
            return messages.ModelRequest(parts=[messages.UserPromptPart(text)])
        case Utterance(_, text):
            return messages.ModelResponse(parts=[messages.TextPart(text)])
        case Step(parts):
            kept = [kept for part in parts if (kept := _response_part(part)) is not None]
            return messages.ModelResponse(parts=kept) if kept else None
        case ToolResult(call_id, name, text, ok):
            returned = messages.ToolReturnPart(
                name, text, tool_call_id=call_id, outcome="success" if ok else "failed"
            )
            return messages.ModelRequest(parts=[returned])


def _response_part(part: Part) -> messages.TextPart | messages.ToolCallPart | None:
    match part:
        case TextPart(text):
            return messages.TextPart(text)
        case ToolCall(call_id, name, arguments):
            return messages.ToolCallPart(name, arguments, tool_call_id=call_id)
        case _:
            return None


class _AgentRun:
    """One run: what pydantic-ai reports goes in, what we say comes out."""

    def __init__(self) -> None:
        self._parts: list[Part] = []  # of the model's present response, as far as it is complete

    def hear(self, event: messages.AgentStreamEvent | AgentRunResultEvent[Any]) -> Iterator[Event]:
        match event:
            case messages.PartStartEvent(index=index, part=part):
                if index == 0 and self._parts:
                    yield from self._take_back()
                yield from _begun(part)
            case messages.PartDeltaEvent(delta=messages.TextPartDelta(content_delta=text)):
                yield TextDelta(text)
            case messages.PartDeltaEvent(delta=messages.ThinkingPartDelta(content_delta=text)):
                yield ReasoningDelta(text or "")
            case messages.PartEndEvent(part=part):
                if (kept := _part(part)) is not None:
                    self._parts.append(kept)
            case messages.EnqueuedMessagesEvent():
                if self._words:
                    yield SegmentEnded()
                yield from self._record()
            case messages.ToolCallEvent() | messages.ToolResultEvent():
                yield from self._use(event)
            case AgentRunResultEvent(result=result):
                yield from self._end(result)
            case _:
                pass

    def _use(self, event: messages.ToolCallEvent | messages.ToolResultEvent) -> Iterator[Event]:
        """Yield the start or end of a tool; an output tool is not shown."""
        name, call_id = event.part.tool_name, event.part.tool_call_id
        if isinstance(event, messages.ToolCallEvent):
            yield from self._record()
            if isinstance(event, messages.FunctionToolCallEvent):
                yield ToolStarted(call_id, name)
            return
        ok = event.part.outcome == "success"
        if isinstance(event, messages.FunctionToolResultEvent):
            yield ToolFinished(call_id, name, ok)
        text = event.part.model_response_str(wrap_if_error=False)
        yield Recorded(ToolResult(call_id, name, text, ok))

    @property
    def _words(self) -> str:
        return Step(tuple(self._parts)).text

    def _record(self) -> Iterator[Event]:
        if self._parts:
            yield Recorded(Step(tuple(self._parts)))
            self._parts = []

    def _take_back(self) -> Iterator[Event]:
        """Take back the previous response: another one begins although no tool was called."""
        if self._words:
            yield Restarted()
        self._parts = []

    def _end(self, result: AgentRunResult[Any]) -> Iterator[Event]:
        is_said = bool(self._words)
        yield from self._record()
        if not is_said and (text := rendered(result.output)):
            yield TextDelta(text)
            yield Recorded(Step((TextPart(text),)))
        usage = Usage(result.usage.input_tokens, result.usage.output_tokens)
        yield Finished(_REASONS.get(result.response.finish_reason, "other"), usage)


def _begun(part: messages.ModelResponsePart) -> Iterator[Event]:
    match part:
        case messages.TextPart(content=text):
            yield TextDelta(text)
        case messages.ThinkingPart(content=text):
            yield ReasoningDelta(text)
        case messages.NativeToolCallPart(tool_name=name, tool_call_id=call_id):
            yield ToolStarted(call_id, name)
        case messages.NativeToolReturnPart(tool_name=name, tool_call_id=call_id):
            yield ToolFinished(call_id, name, part.outcome == "success")
        case _:
            pass


def _part(part: messages.ModelResponsePart) -> Part | None:
    match part:
        case messages.TextPart(content=text) if text:
            return TextPart(text)
        case messages.ThinkingPart(content=text) if text:
            return Thought(text)
        case messages.ToolCallPart(tool_call_id=call_id, tool_name=name, args=str(arguments)):
            return ToolCall(call_id, name, arguments)
        case messages.ToolCallPart(tool_call_id=call_id, tool_name=name):
            return ToolCall(call_id, name, part.args_as_json_str())
        case _:
            return None
