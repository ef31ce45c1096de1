"""The stream of Anthropic Messages, as events; a pure machine that no server can surprise.

The protocol is Anthropic's (platform.claude.com/docs/en/build-with-claude/streaming, 2026-11), and
llama.cpp, Ollama, LiteLLM and many gateways speak it too. What is tolerated, each seen in the
wild, besides what `blocks` says of content blocks:

- `ping`, comments, messages and blocks of unknown types, missing `event` lines, `[DONE]`;
- an error inside a stream that began with HTTP 200 (anthropics/anthropic-sdk-python#1258, #1918);
- a second `message_start`. Where nothing came in between it says nothing (the fixture
  duplicate-message-start of vercel/ai is such a stream). Else a proxy asked the model again, and
  what follows is another answer: `Restarted`, and nothing of the first is kept or spliced in;
- one JSON message where a stream was asked for (`decoder`);
- a `message_start` or `content_block_start` that holds content already.

- a stop reason before the last blocks, or with every message: it ends nothing while the answer goes
  on (`chat_completions.decoder`);
- blocks or messages whose content stands only in their stop (proxies that pass on the SDK's own
  events: anthropic 2.12, lib/streaming/_types.py).

    bytes ──▶ streaming ◀──more of the answer─┐
                  │ └──────stop reason──▶ finishing ──┐
                  │                           │     message_stop, [DONE] or no more bytes
                  │ message_stop, [DONE]      │       │
                  ├───────────────────────────┼───────┴──▶ ended: Recorded, Finished
                  └──error, no more bytes─────┴──error───▶ ended: Failed

`pause_turn` ends as "paused": the server's own tools ran long, and the same conversation with the
step at its end continues it (platform.claude.com/docs/en/build-with-claude/handling-stop-reasons).
"""

from __future__ import annotations

from collections.abc import Mapping

from tickertape.errors import FailureKind
from tickertape.events import Event, Restarted, Usage
from tickertape.providers.assembly import Assembly
from tickertape.providers.decoder import Decoder
from tickertape.providers.json_text import parsed, read_mended, written
from tickertape.providers.messages.blocks import Block, ContentBlocks
from tickertape.providers.messages.payload import PAYLOAD, BlockDelta, EventPayload
from tickertape.providers.reasons import FINISH_REASONS, explanation_in, word_of
from tickertape.providers.repeats import beyond
from tickertape.providers.sse import ServerSentEvent
from tickertape.providers.usage import count_of

__all__ = ["MessagesDecoder"]

_CACHED = "cache_read_input_tokens"
_READ = ("input_tokens", "cache_creation_input_tokens", _CACHED)


class MessagesDecoder(Decoder):
    """Turns the bytes of one answer into events."""

    _unit = "a message"

    __slots__ = (
        "_began",
        "_blocks",
        "_explanation",
        "_is_open",
        "_origin",
        "_reason",
        "_thinking",
        "_usage",
        "_went_on",
    )

    def __init__(
        self, secret: str | None = None, origin: str = "", *, thinking: bool = False
    ) -> None:
        """Begin an answer; the arguments are those of every `Decoder`."""
        super().__init__(secret, origin, thinking=thinking)
        self._origin = origin
        self._thinking = thinking
        self._began = False
        self._start_anew()

    def _start_anew(self) -> None:
        self._assembly = Assembly(self._origin, thinking=self._thinking)
        self._blocks = ContentBlocks()
        # The last stop reason; "" while there is none.
        self._reason = ""
        self._explanation: object = None
        self.finishing = False
        # Whether the answer went on behind a reason, and whether it did behind the last one.
        self._went_on = False
        self._is_open = False
        self._usage: dict[str, int] = {}

    def _may_end(self, *, torn: bool) -> bool:
        if torn and self._went_on and not self.finishing:
            return False
        return bool(self._reason) and (not self._is_open or (not torn and self._blocks.are_whole))

    def _go_on(self) -> None:
        """Resume after a stop reason: the answer goes on."""
        if self._reason:
            self._went_on = self._is_open = True
            self.finishing = False

    def _whole(self, body: bytes, events: list[Event]) -> None:
        match parsed(body):
            case {"content": list() | str()} as message:
                self._answer(message, events)
            case (
                {"type": "error"}
                | {"error": _}
                | {"detail": _}
                | {"message": _}
                | {"msg": _} as said
            ):
                self._break_off(said, events)

    def _read(self, message: ServerSentEvent, events: list[Event]) -> bool:
        try:
            payload = PAYLOAD.decode(message.data)
        except (ValueError, RecursionError):
            mended = read_mended(PAYLOAD, message.data)
            if mended is None:
                return False
            payload = mended
        self._payload(payload, message, events)
        return True

    def _payload(
        self, payload: EventPayload, message: ServerSentEvent, events: list[Event]
    ) -> None:
        kind = payload.type or message.name.decode("utf-8", "replace")
        if kind == "content_block_delta":
            if self._reason:
                self._go_on()
            self._delta(payload, message.data, events)
            return
        if payload.error:
            self._break_off(parsed(message.data), events)
            return
        match kind:
            case "content_block_start":
                self._go_on()
                self._block(payload.index, payload.content_block, events)
            case "content_block_stop":
                self._block_stops(payload.index, payload.content_block, events)
            case "message_start":
                self._begin(payload.message, events)
            case "message_delta":
                self._note_end(payload, message.data)
            case _:
                self._take_rare(kind, payload, message, events)

    def _take_rare(
        self, kind: object, payload: EventPayload, message: ServerSentEvent, events: list[Event]
    ) -> None:
        """Read the messages of which an answer has one, or none."""
        match kind:
            case "message_stop" if self._assembly.empty and _has_content(payload.message):
                self._answer(payload.message, events)
            case "message_stop" if self._began:
                self._end(events)
            case "message_stop":
                self._done(events)
            case "message":
                self._answer(parsed(message.data), events)
            case _ if kind == "error" or message.name == b"error":
                self._break_off(parsed(message.data), events)
            case _ if payload.type is None and (payload.detail or payload.message):
                self._break_off(parsed(message.data), events)
            case _:
                pass

    def _delta(self, payload: EventPayload, data: bytes, events: list[Event]) -> None:
        delta = payload.delta or BlockDelta()
        text, thought, piece = delta.text, delta.thinking, delta.partial_json
        if isinstance(text, str):
            block = self._blocks.at(payload.index, "text")
            if block.kind == "text":
                self._assembly.say(block.number, text, events)
                return
        elif isinstance(thought, str):
            block = self._blocks.at(payload.index, "thinking")
            if block.kind == "thinking":
                self._assembly.think(block.number, thought, events)
                if delta.signature is None:
                    return
        elif piece is not None:
            block = self._blocks.at(payload.index, "call")
            block.pieces.append(piece if isinstance(piece, str) else written(piece))
            return
        self._merge(payload.index, parsed(data))

    def _merge(self, index: object, said: object) -> None:
        """Take in a delta that neither speaks nor thinks: a signature, a citation, the unknown."""
        delta = said.get("delta") if isinstance(said, dict) else None
        if isinstance(delta, dict):
            signs = "signature" in delta
            block = self._blocks.at(index, "thinking") if signs else self._blocks.latest(index)
            if block is not None:
                block.merge(delta)

    def _block(self, index: object, content: object, events: list[Event]) -> None:
        """Begin a block, and emit its first content."""
        if not isinstance(content, Mapping):
            return
        block = self._blocks.begin(index, content)
        match block.kind:
            case "text":
                if isinstance(text := content.get("text"), str):
                    self._assembly.say(block.number, text, events, begins=True)
            case "thinking":
                # It has its place among the pieces from now on, also when it stays silent.
                self._assembly.keep(block.number, "{}", thinking=True)
                if isinstance(thought := content.get("thinking"), str):
                    self._assembly.think(block.number, thought, events, begins=True)
            case "call":
                self._call(block)
            case "opaque":
                self._assembly.keep(block.number, "{}")

    def _block_stops(self, index: object, content: object, events: list[Event]) -> None:
        """End a block, and emit content that comes only with its end."""
        self._blocks.stop(index)
        block = self._blocks.latest(index)
        if not isinstance(content, Mapping):
            return
        if block is None:
            self._block(index, content, events)
        elif block.kind == "text" and isinstance(text := content.get("text"), str):
            self._assembly.settle(block.number, text, events)
            rest = beyond(self._assembly.text(block.number), text)
            if rest:
                self._assembly.say(block.number, rest, events)

    def _call(self, block: Block) -> None:
        call_id, name = block.content.get("id"), block.content.get("name")
        self._assembly.call(
            block.number,
            call_id=str(call_id) if call_id is not None else "",
            name=name if isinstance(name, str) else "",
        )

    def _begin(self, message: object, events: list[Event]) -> None:
        if not self._assembly.empty:
            events.append(Restarted())
        self._start_anew()
        self._began = True
        if isinstance(message, Mapping):
            details = message.get("stop_details")
            self._note(message.get("stop_reason"), message.get("usage"), details)
            content = message.get("content")
            if isinstance(content, str):
                content = [{"type": "text", "text": content}]
            for index, block in enumerate(content if isinstance(content, list) else ()):
                self._block(index, block, events)

    def _answer(self, message: object, events: list[Event]) -> None:
        """Read a whole message."""
        self._begin(message, events)
        self._end(events)

    def _note_end(self, payload: EventPayload, data: bytes) -> None:
        """Record a `message_delta` (anthropic 2.12, types/refusal_stop_details.py)."""
        said = parsed(data)
        delta = said.get("delta") if isinstance(said, dict) else None
        places = [place for place in (delta, said) if isinstance(place, dict)]
        details = next(
            (place["stop_details"] for place in places if place.get("stop_details")), None
        )
        self._note(payload.delta.stop_reason if payload.delta else None, payload.usage, details)

    def _note(self, reason: object, usage: object, details: object) -> None:
        """Record the stop reason and the tokens: their counts are totals, so the last holds.

        Source: anthropic 2.12, types/message_delta_usage.py ("cumulative"). Some gateways send
        zeros with the end: a total does not sink to nothing.
        """
        if word := word_of(reason):
            self._reason = word
            self._is_open = False
            self.finishing = not (self._went_on or self._assembly.empty)
            self._explanation = explanation_in(details)
        if isinstance(usage, Mapping):
            for name in (*_READ, "output_tokens"):
                count = count_of(usage.get(name))
                if count or (count == 0 and name not in self._usage):
                    self._usage[name] = count

    def _done(self, events: list[Event]) -> None:
        """End where that is said in words of another protocol, or where nothing began."""
        self._assembly.break_off(events)
        if self._reason or not self._assembly.empty:
            self._end(events)
        else:
            self._fail(FailureKind.ENDED_EARLY, "the stream ended without an answer", events)

    def _end(self, events: list[Event]) -> None:
        self._assembly.break_off(events)
        is_cut = FINISH_REASONS.get(self._reason) == "length"
        self._blocks.seal(self._assembly, is_cut=is_cut)
        usage = None
        if self._usage:
            read_tokens = sum(self._usage.get(name, 0) for name in _READ)
            wrote = self._usage.get("output_tokens", 0)
            usage = Usage(read_tokens, wrote, self._usage.get(_CACHED, 0))
        self._conclude(self._reason, usage, events, self._explanation)


def _has_content(message: object) -> bool:
    return isinstance(message, Mapping) and bool(message.get("content"))
