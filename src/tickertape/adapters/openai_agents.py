"""Agents of the OpenAI Agents SDK as agents of ours. The extra is `tickertape[openai-agents]`.

    agent = OpenAIAgentsAgent(agents.Agent(name="Assistant", instructions="...", tools=[...]))

| in the SDK | here |
|---|---|
| text and refusal deltas | `TextDelta` |
| deltas of reasoning and of its summaries | `ReasoningDelta` |
| another message without a tool between (of another agent, say) | `SegmentEnded` |
| a response that is complete | `Recorded(Step)` |
| tools, handoffs, and tools that the server runs | `ToolStarted`, `ToolFinished` |
| what a function tool returned | `Recorded(ToolResult)` |
| a final output that is not the text that was said | said as text: JSON where it is not a `str` |

The SDK sends traces of every run to a server of OpenAI unless it is told not to; here it is told
not to, unless a `RunConfig` of your own says otherwise.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping
from typing import Any, Final, cast

from agents import (
    Agent,
    HandoffOutputItem,
    ModelBehaviorError,
    RawResponsesStreamEvent,
    RunConfig,
    RunItemStreamEvent,
    Runner,
    RunResultStreaming,
    StreamEvent,
    ToolCallOutputItem,
    TResponseInputItem,
)

from tickertape.adapters.border import guarded, reading
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

__all__ = ["OpenAIAgentsAgent", "input_items"]

_CUT: Final[Mapping[str | None, FinishReason]] = {
    "max_output_tokens": "length",
    "content_filter": "content_filter",
}


class OpenAIAgentsAgent:
    """Answers with an agent of the OpenAI Agents SDK. Implements `tickertape.ports.Agent`."""

    def __init__(
        self,
        agent: Agent[Any],
        *,
        context: object = None,
        max_turns: int = 10,
        run_config: RunConfig | None = None,
    ) -> None:
        """Wrap an agent.

        Args:
            agent: an agent of the SDK; where it hands off to others, they answer.
            context: the SDK's context object, the same for every turn.
            max_turns: how often the model is asked in one turn (the SDK's own default is 10).
            run_config: the SDK's settings of a run; by default nothing but that it is not traced.
        """
        self._agent = agent
        self._context = context
        self._max_turns = max_turns
        self._run_config = run_config or RunConfig(tracing_disabled=True)

    def run(self, turn: Turn) -> AsyncGenerator[Event, None]:
        """Yield what the agent says, ending with exactly one `Finished` or `Failed`.

        Closing the generator cancels the run, and with it the model's stream and the tools.
        """
        return guarded(lambda: self._speak(turn))

    async def _speak(self, turn: Turn) -> AsyncGenerator[Event, None]:
        question: TResponseInputItem = {"role": "user", "content": turn.text}
        run = Runner.run_streamed(
            self._agent,
            [*input_items(turn.history), question],
            context=self._context,
            max_turns=self._max_turns,
            run_config=self._run_config,
        )
        course = _SdkRun()
        try:
            # The run is cancelled before its stream is closed: closing alone waits for its end.
            async with reading(run.stream_events()) as events:
                try:
                    async for event in events:
                        for said in course.hear(event):
                            yield said
                finally:
                    run.cancel()
        except ModelBehaviorError:
            if not course.is_cut:
                raise
        finally:
            if run.run_loop_task is not None:
                await asyncio.wait({run.run_loop_task})
        for said in course.end(run):
            yield said


def input_items(history: Iterable[Entry]) -> list[TResponseInputItem]:
    """Return a conversation as the SDK's input items, without reasoning and server-side ids."""
    return [item for entry in sound(history) for item in _items(entry)]


def _items(entry: Entry) -> Iterator[TResponseInputItem]:
    match entry:
        case Utterance(role, text):
            yield {"role": role, "content": text}
        case Step(parts):
            for part in _calls_last(parts):
                match part:
                    case TextPart(text):
                        yield {"role": "assistant", "content": text}
                    case ToolCall(call_id, name, arguments):
                        yield {
                            "type": "function_call",
                            "call_id": call_id,
                            "name": name,
                            "arguments": arguments,
                        }
                    case _:
                        pass
        case ToolResult(call_id, _, text):
            yield {"type": "function_call_output", "call_id": call_id, "output": text}


class _SdkRun:
    """One run: what the SDK reports goes in, what we say comes out."""

    def __init__(self) -> None:
        self._said = ""  # since the last tool or the last segment's end
        self._heard = ""  # of the message that is being written
        self._items: list[Any] = []  # of the present response, as far as they are complete
        self._names: dict[str, str] = {}  # of the tools that were called, by the call's id
        self._reason: FinishReason = "stop"

    @property
    def is_cut(self) -> bool:
        """Whether the server ended a response early and said why; the SDK raises then."""
        return self._reason not in ("stop", "refusal")

    def hear(self, event: StreamEvent) -> Iterator[Event]:
        """Yield the events for an event of the SDK."""
        match event:
            case RawResponsesStreamEvent(data=data):
                yield from self._raw(data)
            case RunItemStreamEvent(item=ToolCallOutputItem() | HandoffOutputItem() as item):
                yield from self._returned(_field(item.raw_item, "call_id"), item)
            case _:
                pass

    def end(self, run: RunResultStreaming) -> Iterator[Event]:
        """Yield the events that end the run, once it reports nothing more.

        Raises:
            ProviderError: when the run waits for a human's approval of a tool.
        """
        if run.interruptions:
            detail = "a tool needs a human's approval, which is not supported"
            raise ProviderError(FailureKind.ENDED_EARLY, detail)
        if not self._said and (text := rendered(run.final_output)):
            yield TextDelta(text)
            yield Recorded(Step((TextPart(text),)))
        usage = run.context_wrapper.usage
        yield Finished(self._reason, Usage(usage.input_tokens, usage.output_tokens))

    def _raw(self, data: Any) -> Iterator[Event]:  # noqa: ANN401 - one of 50 types
        match data.type:
            case "response.output_text.delta":
                yield from self._say(data.delta)
            case "response.refusal.delta":
                self._reason = "refusal"
                yield from self._say(data.delta)
            case "response.reasoning_text.delta" | "response.reasoning_summary_text.delta":
                yield ReasoningDelta(data.delta)
            case "response.output_item.added":
                yield from self._begin(data.item)
            case "response.output_item.done":
                yield from self._complete(data.item)
            case "response.completed" | "response.incomplete":
                yield from self._close(data.response)
            case _:
                pass

    def _say(self, text: str) -> Iterator[Event]:
        self._said += text
        self._heard += text
        yield TextDelta(text)

    def _begin(self, item: Any) -> Iterator[Event]:  # noqa: ANN401
        if item.type == "message":
            self._heard = ""
            if self._said:
                self._said = ""
                yield SegmentEnded()
        elif _is_hosted(item):
            self._said = ""
            yield ToolStarted(item.id, _name(item))

    def _complete(self, item: Any) -> Iterator[Event]:  # noqa: ANN401
        self._items.append(item)
        if item.type == "message" and not self._heard:
            yield from self._say(_text(item))
        elif _is_hosted(item):
            yield ToolFinished(item.id, _name(item), _field(item, "status") != "failed")

    def _close(self, response: Any) -> Iterator[Event]:  # noqa: ANN401
        """Record a complete response: its streamed items, else its own."""
        for item in () if self._items else response.output:
            yield from self._begin(item)
            yield from self._complete(item)
        parts = _calls_last(part for item in self._items for part in _parts(item))
        calls = [item for item in self._items if _field(item, "call_id")]
        self._items = []
        if parts:
            yield Recorded(Step(parts))
        if response.status == "incomplete":
            self._reason = _CUT.get(_field(response.incomplete_details, "reason"), "other")
            return  # what it calls is cut, too, and is not run
        for call in calls:
            self._said = ""
            self._names[call.call_id] = _name(call)
            yield ToolStarted(call.call_id, _name(call))

    def _returned(
        self, call_id: str, item: ToolCallOutputItem | HandoffOutputItem
    ) -> Iterator[Event]:
        name = self._names.get(call_id, "")
        yield ToolFinished(call_id, name, ok=True)
        output = _field(item.raw_item, "output")
        yield Recorded(ToolResult(call_id, name, rendered(output)))


def _parts(item: Any) -> Iterator[Part]:  # noqa: ANN401
    match item.type:
        case "message" if text := _text(item):
            yield TextPart(text)
        case "reasoning":
            pieces = item.summary or item.content or ()
            if text := "\n\n".join(piece.text for piece in pieces):
                yield Thought(text)
        case "function_call":
            yield ToolCall(item.call_id, item.name, item.arguments)
        case _:
            pass


def _calls_last(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Put what a response says before what it calls.

    Of a stream of Chat Completions the SDK completes the message last (openai-agents 0.24,
    models/chatcmpl_stream_handler.py), and makes a message of its own of words behind a call:
    servers refuse one between a call and its result.
    """
    return tuple(sorted(parts, key=lambda part: isinstance(part, ToolCall)))


def _text(message: Any) -> str:  # noqa: ANN401
    return "".join(_field(part, "text") or _field(part, "refusal") for part in message.content)


def _is_hosted(item: Any) -> bool:  # noqa: ANN401
    """Return whether the item is a call of a tool that the server itself runs."""
    return item.type.endswith("_call") and not _field(item, "call_id")


def _name(call: Any) -> str:  # noqa: ANN401
    return _field(call, "name") or call.type.removesuffix("_call")


def _field(item: object, name: str) -> str:
    """Read a field of an item that may be an object or a dictionary; empty where it has none."""
    value = item.get(name) if isinstance(item, dict) else getattr(item, name, None)
    return cast("str", value) or ""
