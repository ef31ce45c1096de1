"""The stream of OpenAI Chat Completions, as events; a pure machine that no server can surprise.

The protocol is OpenAI's (platform.openai.com/docs/api-reference/chat-streaming), but dozens of
servers speak dialects of it. What is tolerated, each seen in the wild:

- a first or last chunk with `choices: []`, with or without `usage`; usage on the finish chunk, on
  every chunk (the last wins), or in `x_groq`;
- `content` as null, as "", as a list of parts, some of them thinking (Mistral);
- reasoning in `reasoning_content` (DeepSeek, llama.cpp) or `reasoning` (OpenRouter, Groq); where
  both stand the first is read and the other is its copy;
- refusals in `refusal`: shown as text, and the answer ends as "refusal";
- an end by `[DONE]`, by a finish reason, or by both;
- an error object in the stream, alone, beside choices, or under `event: error`;
- one JSON object where a stream was asked for;
- JSON with raw control characters, broken UTF-8, half surrogate pairs or NaN in it.

    bytes ──▶ streaming ──finish_reason──▶ finishing ──┐
                  │                            │      [DONE] or no more bytes
                  │ [DONE]                     │       │
                  ├────────────────────────────┼───────┴──▶ ended: Finished
                  └──error, no more bytes──────┴──error───▶ ended: Failed

After the end nothing more is emitted, and exactly one end always comes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

import msgspec

from tickertape.errors import FailureKind, ProviderError
from tickertape.events import (
    Event,
    Failed,
    Finished,
    FinishReason,
    ReasoningDelta,
    TextDelta,
    Usage,
)
from tickertape.providers.failures import body_failure, redact
from tickertape.providers.sse import LINE_LIMIT, EventSplitter, LineTooLongError, ServerSentEvent

__all__ = ["FAILED_REASONS", "FINISH_REASONS", "ChatCompletionsDecoder"]

FINISH_REASONS: Mapping[str, FinishReason] = {
    # platform.openai.com/docs/api-reference/chat-streaming/streaming#finish_reason, 2026-11
    "stop": "stop",
    "length": "length",
    "content_filter": "content_filter",
    # what gateways let through of other vendors' words
    "end_turn": "stop",
    "eos": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "refusal": "refusal",
    "safety": "content_filter",
}
"""Servers' words for the end of an answer, in lower case; all others are "other"."""

FAILED_REASONS = frozenset({"error", "insufficient_system_resource"})
"""Finish reasons that mean a broken answer (openrouter.ai/docs/api-reference/errors;
api-docs.deepseek.com/api/create-chat-completion, 2026-11)."""


class _Delta(msgspec.Struct, gc=False):
    content: object = None
    reasoning_content: object = None
    reasoning: object = None
    refusal: object = None


class _Choice(msgspec.Struct, gc=False):
    index: object = 0
    delta: _Delta | None = None
    message: _Delta | None = None
    finish_reason: object = None


class _Chunk(msgspec.Struct, gc=False):
    choices: list[_Choice | None] | None = None
    usage: object = None
    x_groq: object = None
    error: object = None
    detail: object = None
    message: object = None


_CHUNK = msgspec.json.Decoder(_Chunk)


class ChatCompletionsDecoder:
    """Turns the bytes of one answer into events.

    `decode` takes the bytes as they come, `flush` says that no more will come. What all calls give
    out together does not depend on where the bytes were cut.
    """

    __slots__ = (
        "_choices",
        "_ended",
        "_reason",
        "_refused",
        "_secret",
        "_shape",
        "_size",
        "_splitter",
        "_usage",
        "_whole",
    )

    def __init__(self, secret: str | None = None) -> None:
        """Begin an answer.

        Args:
            secret: the key that was sent; it is taken out of errors' texts.
        """
        self._secret = secret
        self._splitter = EventSplitter()
        self._shape = b""
        self._whole: list[bytes] = []
        self._size = 0
        self._choices = 0
        self._reason: str | None = None
        self._refused = False
        self._usage: object = None
        self._ended = False

    @property
    def ended(self) -> bool:
        """Whether the end was emitted: the rest of the bytes need not be read."""
        return self._ended

    @property
    def finishing(self) -> bool:
        """Whether a finish reason came: only usage and the end itself are still awaited."""
        return self._reason is not None and not self._ended

    def decode(self, data: bytes) -> list[Event]:
        """Take the next bytes and give out what they say.

        Args:
            data: any number of bytes, also none.
        """
        events: list[Event] = []
        if self._ended:
            return events
        if not self._shape:
            # An answer that begins as a JSON object is one, whatever was asked for and whatever
            # its content type says; a line of a stream never begins so.
            self._shape = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
        if self._shape == b"{":
            self._gather(data, events)
            return events
        if self._shape == b"<":
            self._fail(FailureKind.BAD_RESPONSE, "a page of HTML instead of an answer", events)
            return events
        try:
            messages = self._splitter.split(data)
        except LineTooLongError as error:
            self._fail(FailureKind.BAD_RESPONSE, str(error), events)
        else:
            for message in messages:
                self._message(message, events)
        return events

    def flush(self) -> list[Event]:
        """Say that no more bytes will come: whatever is missing, the end is emitted."""
        events: list[Event] = []
        if self._ended:
            return events
        if self._whole:
            self._object(b"".join(self._whole), events)
        for message in self._splitter.flush():
            for data in _lines(message.data):
                # What the end of the bytes tore is not malformed: it is missing.
                if _is_whole(data):
                    self._message(ServerSentEvent(data, message.name), events)
        if not self._ended:
            if self._reason is None:
                self._fail(FailureKind.ENDED_EARLY, "the stream ended without its end", events)
            else:
                self._end(events)
        return events

    def _gather(self, data: bytes, events: list[Event]) -> None:
        self._whole.append(data)
        self._size += len(data)
        if self._size > LINE_LIMIT:
            self._fail(FailureKind.BAD_RESPONSE, f"JSON of more than {LINE_LIMIT} bytes", events)

    def _object(self, body: bytes, events: list[Event]) -> None:
        """Read an answer that is one JSON object."""
        self._payload(body, events)
        if self._ended:
            return
        if self._choices:
            self._end(events)
        else:
            self._fail(FailureKind.BAD_RESPONSE, f"no answer in {_shown(body)}", events)

    def _message(self, message: ServerSentEvent, events: list[Event]) -> None:
        data = message.data
        if self._ended:
            return
        if data.startswith(b"[DONE]"):
            if self._choices:
                self._end(events)
            else:
                self._fail(FailureKind.ENDED_EARLY, "the stream ended without an answer", events)
        elif message.name == b"error":
            self._break_off(_parse(data) or data.decode("utf-8", "replace"), events)
        else:
            self._payload(data, events)

    def _payload(self, data: bytes, events: list[Event]) -> None:
        try:
            chunk = _CHUNK.decode(data)
        except (ValueError, RecursionError):
            self._unusual(data, events)
        else:
            self._chunk(chunk, data, events)

    def _unusual(self, data: bytes, events: list[Event]) -> None:
        """Read a payload that is not quite JSON, or not quite a chunk; else give up."""
        lines = _lines(data)
        if len(lines) > 1 and all(map(_is_whole, lines)):
            for line in lines:
                self._message(ServerSentEvent(line), events)
            return
        try:
            mended = json.dumps(_parse(data), ensure_ascii=False).encode("utf-8", "replace")
            chunk = _CHUNK.decode(mended)
        except (ValueError, RecursionError):
            detail = f"a chunk that is none: {_shown(data)}"
            self._fail(FailureKind.BAD_RESPONSE, redact(detail, self._secret), events)
        else:
            self._chunk(chunk, mended, events)

    def _chunk(self, chunk: _Chunk, data: bytes, events: list[Event]) -> None:
        if chunk.choices:
            for choice in chunk.choices:
                if choice is not None and choice.index in (0, None):
                    self._choice(choice, events)
        if chunk.usage is not None:
            self._usage = chunk.usage
        elif isinstance(chunk.x_groq, dict) and chunk.x_groq.get("usage"):
            self._usage = chunk.x_groq["usage"]
        if chunk.error or (chunk.choices is None and (chunk.detail or chunk.message)):
            self._break_off(_parse(data), events)

    def _choice(self, choice: _Choice, events: list[Event]) -> None:
        self._choices += 1
        delta = choice.delta or choice.message
        if delta is not None:
            thought = delta.reasoning_content or delta.reasoning
            if thought and isinstance(thought, str):
                events.append(ReasoningDelta(thought))
            content = delta.content
            if isinstance(content, str):
                if content:
                    events.append(TextDelta(content))
            elif isinstance(content, list):
                events.extend(_parts(content))
            if delta.refusal and isinstance(delta.refusal, str):
                self._refused = True
                events.append(TextDelta(delta.refusal))
        if choice.finish_reason and isinstance(choice.finish_reason, str):
            self._reason = choice.finish_reason.lower()

    def _end(self, events: list[Event]) -> None:
        reason = self._reason or "stop"
        if reason in FAILED_REASONS:
            self._fail(FailureKind.OVERLOADED, f"the server broke off: {reason}", events)
            return
        self._ended = True
        finish = "refusal" if self._refused else FINISH_REASONS.get(reason, "other")
        events.append(Finished(finish, _usage(self._usage)))

    def _break_off(self, said: object, events: list[Event]) -> None:
        self._ended = True
        events.append(Failed(body_failure(said, secret=self._secret)))

    def _fail(self, kind: FailureKind, detail: str, events: list[Event]) -> None:
        self._ended = True
        events.append(Failed(ProviderError(kind, detail)))


def _parse(data: bytes) -> object:
    """Read JSON as kindly as can be; None for what is none (and for null, which says nothing)."""
    try:
        return json.loads(data.decode("utf-8", "replace"), strict=False, parse_constant=str)
    except (ValueError, RecursionError):
        return None


def _is_whole(data: bytes) -> bool:
    return data.startswith(b"[DONE]") or _parse(data) is not None


def _lines(data: bytes) -> list[bytes]:
    """Part chunks that the server did not part by blank lines."""
    return [data] if _is_whole(data) else data.split(b"\n")


def _parts(content: list[object]) -> Iterator[Event]:
    """Give out content that is a list of parts (docs.mistral.ai/capabilities/reasoning)."""
    for part in content:
        match part:
            case str(text) | {"type": "text", "text": str(text)} if text:
                yield TextDelta(text)
            case {"type": "thinking", "thinking": str(text)} if text:
                yield ReasoningDelta(text)
            case {"type": "thinking", "thinking": [*thoughts]}:
                for thought in thoughts:
                    match thought:
                        case {"text": str(text)} if text:
                            yield ReasoningDelta(text)
            case _:
                pass


def _usage(said: object) -> Usage | None:
    match said:
        case {"prompt_tokens": int(read), "completion_tokens": int(written)}:
            return Usage(read, written)
        case {"input_tokens": int(read), "output_tokens": int(written)}:
            return Usage(read, written)
        case _:
            return None


def _shown(data: bytes) -> str:
    return repr(data[:80].decode("utf-8", "replace"))
