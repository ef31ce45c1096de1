"""The stream of Chat Completions, as events; a pure machine that no server can surprise.

The protocol is OpenAI's (platform.openai.com/docs/api-reference/chat-streaming), but dozens of
servers speak dialects of it. What is tolerated, each seen in the wild:

- a first or last chunk with `choices: []`, with or without `usage` (Azure); usage on the finish
  chunk, on every chunk (the last wins), or in `x_groq`;
- `content` as null, as "", as a list of parts, some of them thinking (Mistral);
- reasoning under any of its names (`chunk.ChunkDelta`), and under several at once: the first is
  read, the others are its copies; tagged thoughts in the text (`thoughts`);
- tool calls labelled in any way (`calls`), and the `function_call` of the first protocol;
- refusals in `refusal`: shown as text, and the answer ends as "refusal";
- an end by `[DONE]`, by a finish reason, or by both (snowflake and others); "stop" with tool calls;
- a finish reason on every chunk (su-kaka/gcli2api#403), or before the last calls: a reason ends
  nothing while the answer goes on, and one behind which it went on proves nothing more;
- a whole `message` in the place of a delta, next to it or at the end: what of it did not come in
  pieces is said, once (abundantbeing/hermes-browser-extension#11); a last delta that says all of
  the answer again is such a message;
- an error object in the stream, alone, with choices (OpenRouter), or under `event: error` (Groq);
- one JSON object where a stream was asked for (`decoder`).

    bytes ──▶ streaming ◀──more of the answer───┐
                  │ └────────reason, alone──▶ finishing ──┐
                  │                               │     [DONE] or no more bytes
                  │ [DONE]                        │       │
                  ├───────────────────────────────┼───────┴──▶ ended: Recorded, Finished
                  └──error, no more bytes─────────┴──error───▶ ended: Failed
"""

from __future__ import annotations

from tickertape.errors import FailureKind
from tickertape.events import Event
from tickertape.providers.chat_completions.calls import Calls
from tickertape.providers.chat_completions.chunk import CHUNK, Choice, ChunkDelta, parts
from tickertape.providers.chat_completions.details import ReasoningDetails
from tickertape.providers.decoder import Decoder
from tickertape.providers.json_text import parsed, read_mended
from tickertape.providers.reasons import (
    FAILED_REASONS,
    FINISH_REASONS,
    explanation_in,
    word_of,
)
from tickertape.providers.repeats import LIKELY_WHOLE, beyond, said_again
from tickertape.providers.sse import ServerSentEvent
from tickertape.providers.unshown import hidden_parts, transcript_of
from tickertape.providers.usage import usage_of

__all__ = ["ChatCompletionsDecoder"]


class ChatCompletionsDecoder(Decoder):
    """Turns the bytes of one answer into events."""

    __slots__ = (
        "_calls",
        "_choices",
        "_details",
        "_explanation",
        "_from_messages",
        "_is_open",
        "_reason",
        "_refused",
        "_streamed",
        "_thought",
        "_usage",
        "_went_on",
    )

    def __init__(
        self, secret: str | None = None, origin: str = "", *, thinking: bool = False
    ) -> None:
        """Begin an answer; the arguments are those of every `Decoder`."""
        super().__init__(secret, origin, thinking=thinking)
        self._calls = Calls()
        self._details = ReasoningDetails()
        self._choices = 0
        self._thought = False
        # The words as they came, and how many of these pieces whole messages brought.
        self._streamed: list[str] = []
        self._from_messages = 0
        # The last finish reason; "" while there is none.
        self._reason = ""
        self._explanation: object = None
        # Whether the answer went on behind a reason, and whether it did behind the last one.
        self._went_on = False
        self._is_open = False
        self._refused = False
        self._usage: object = None

    def _read(self, message: ServerSentEvent, events: list[Event]) -> bool:
        if message.name == b"error":
            return False
        try:
            chunk = CHUNK.decode(message.data)
        except (ValueError, RecursionError):
            mended = read_mended(CHUNK, message.data)
            if mended is None:
                return False
            chunk = mended
        for choice in chunk.choices or ():
            if choice is not None and choice.index in (0, None):
                self._choice(choice, events)
        if chunk.usage:
            self._usage = chunk.usage
        elif isinstance(chunk.x_groq, dict) and chunk.x_groq.get("usage"):
            self._usage = chunk.x_groq["usage"]
        if (chunk.error or chunk.base_resp or not chunk.choices) and chunk.is_error:
            self._break_off(parsed(message.data), events)
        return True

    def _whole(self, body: bytes, events: list[Event]) -> None:
        self._take(ServerSentEvent(body), events)
        if self._choices and not self.ended:
            self._end(events)

    def _done(self, events: list[Event]) -> None:
        if self._choices:
            self._end(events)
        else:
            self._fail(FailureKind.ENDED_EARLY, "the stream ended without an answer", events)

    def _may_end(self, *, torn: bool) -> bool:
        if torn and self._went_on and not self.finishing:
            return False
        return bool(self._reason) and (not self._is_open or (not torn and self._calls.are_whole))

    def _choice(self, choice: Choice, events: list[Event]) -> None:
        self._choices += 1
        said = False
        delta = choice.delta
        if delta is not None:
            if self._reason or choice.finish_reason:
                self._leave_out_again(choice, delta)
            said = self._delta(delta, events)
        if choice.message is not None:
            said = self._message(choice.message, events) or said
        elif choice.text and delta is None:
            said = self._delta(ChunkDelta(choice.text), events)
        if said and self._reason:
            self._went_on = self._is_open = True
            self.finishing = False
        if choice.finish_reason and (word := word_of(choice.finish_reason)):
            self._reason = word
            self._is_open = False
            # One that comes before anything was said is on every chunk.
            self.finishing = not (said or self._went_on) and self._has_begun
            self._explain(choice)
        if choice.error:
            self._break_off({"error": choice.error}, events)

    def _leave_out_again(self, choice: Choice, delta: ChunkDelta) -> None:
        """Take out of a delta with a finish reason, or behind it, what repeats the whole answer."""
        said = delta.content
        if not isinstance(said, str) or not (self._reason or word_of(choice.finish_reason)):
            return
        if said and self._streamed:
            rest = said_again(self._streamed, said, least=LIKELY_WHOLE)
            delta.content = said if rest is None else rest

    @property
    def _has_begun(self) -> bool:
        return bool(self._calls or self._streamed) or not self._assembly.empty

    def _explain(self, choice: Choice) -> None:
        """Remember the server's own words about the end."""
        self._explanation = explanation_in(choice.stop_details) or choice.finish_message
        native = word_of(choice.native_finish_reason)
        if self._reason == "stop" and FINISH_REASONS.get(native, "stop") != "stop":
            self._reason = native

    def _delta(self, delta: ChunkDelta, events: list[Event]) -> bool:
        """Take more of the answer, and return whether there was any."""
        said = False
        if (
            delta.reasoning_content
            or delta.reasoning
            or delta.reasoning_text
            or delta.reasoning_details
        ):
            said = self._think(delta, events)
        if delta.images or delta.audio:
            said = self._hide(delta) or said
        content = delta.content or transcript_of(delta.audio)
        if content and isinstance(content, str):
            said = True
            self._streamed.append(content)
            self._assembly.say("content", content, events)
        elif content:
            said = self._say_parts(content, events) or said
        if delta.refusal and isinstance(delta.refusal, str):
            self._refused = True
        if delta.refusal != content and isinstance(delta.refusal, str) and delta.refusal:
            said = True
            self._assembly.say("refusal", delta.refusal, events)
        if delta.tool_calls:
            self._calls.take(self._without_custom(delta.tool_calls))
            said = True
        if delta.function_call:
            self._calls.take_function(delta.function_call)
            said = True
        return said

    def _hide(self, delta: ChunkDelta) -> bool:
        """Note images and recordings, and return whether there are any."""
        if delta.images:
            self._assembly.hide("images", {"type": "image"})
        if delta.audio:
            self._assembly.hide("audio", {"type": "audio"})
        return bool(delta.images or delta.audio)

    def _without_custom(self, pieces: object) -> object:
        """Return pieces of calls without those of tools whose input is no JSON: nothing has such.

        Source: platform.openai.com/docs/guides/function-calling#custom-tools, 2026-11.
        """
        if not isinstance(pieces, list):
            return pieces
        custom = [piece for piece in pieces if isinstance(piece, dict) and "custom" in piece]
        for piece in custom:
            match piece["custom"]:
                case {"name": str(name)} if name:
                    said = {"type": "custom", "name": name}
                    self._assembly.hide(("custom", piece.get("id"), piece.get("index")), said)
        return [piece for piece in pieces if piece not in custom] if custom else pieces

    def _say_parts(self, content: object, events: list[Event]) -> bool:
        said = False
        for part in hidden_parts(content):
            said = True
            self._assembly.hide(("content", part.get("type")), part)
        for is_thinking, words in parts(content):
            said = said or bool(words)
            if is_thinking:
                self._assembly.think("reasoning", words, events)
            elif words:
                self._streamed.append(words)
                self._assembly.say("content", words, events)
        return said

    def _think(self, delta: ChunkDelta, events: list[Event]) -> bool:
        thought = delta.reasoning_content or delta.reasoning or delta.reasoning_text
        said = bool(thought) and isinstance(thought, str)
        if isinstance(thought, str) and thought:
            self._thought = True
            self._assembly.think("reasoning", thought, events)
        if delta.reasoning_details:
            words = self._details.take(delta.reasoning_details)
            if not self._thought:
                self._assembly.think("reasoning", words, events)
                said = said or bool(words)
            # The place of the thought is here; what it holds is known at the end.
            self._assembly.keep("reasoning", "[]", thinking=True)
        return said

    def _message(self, message: ChunkDelta, events: list[Event]) -> bool:
        """Take a whole message: what of it did not come yet, and return whether there was any."""
        said = False
        thoughts, words = _whole_texts(message)
        told = self._assembly.text("reasoning")
        if thoughts and (rest := beyond(told, thoughts)):
            self._thought = said = True
            self._assembly.think("reasoning", rest, events)
        if message.reasoning_details and not self._details.raw:
            said = (
                self._think(ChunkDelta(reasoning_details=message.reasoning_details), events) or said
            )
        self._assembly.settle("content", words, events)
        for part in hidden_parts(message.content):
            self._assembly.hide(("content", part.get("type")), part)
        if rest := self._unsaid(words):
            self._from_messages += 1
            said = self._say_parts(rest, events) or said
        if isinstance(message.refusal, str) and message.refusal:
            self._refused = True
            if rest := beyond(self._assembly.text("refusal"), message.refusal) or "":
                self._assembly.say("refusal", rest, events)
                said = True
        said = self._hide(message) or said
        self._calls.take_whole(self._without_custom(message.tool_calls))
        self._calls.take_function(message.function_call, whole=True)
        return said

    def _unsaid(self, words: str) -> str:
        """Return what the words of a whole message have beyond those that came.

        A message that says something else than the deltas is passed over: it is the same answer,
        tidied up. Where there were no deltas, messages are what the answer comes in.
        """
        for came in ("".join(self._streamed), self._assembly.words("content")):
            if (rest := beyond(came, words)) is not None:
                return rest
        return "" if len(self._streamed) > self._from_messages else words

    def _end(self, events: list[Event]) -> None:
        self._assembly.break_off(events)
        if raw := self._details.raw:
            self._assembly.keep("reasoning", raw, thinking=True)
        self._calls.close(self._assembly)
        is_refusal = self._refused and self._reason not in FAILED_REASONS
        word = "refusal" if is_refusal else self._reason
        self._conclude(word, usage_of(self._usage), events, self._explanation)


def _whole_texts(message: ChunkDelta) -> tuple[str, str]:
    """Return the thinking and the words of a whole message."""
    thought = message.reasoning_content or message.reasoning or message.reasoning_text
    thoughts = thought if isinstance(thought, str) else ""
    content = message.content or transcript_of(message.audio)
    if isinstance(content, str):
        return thoughts, content
    words = ""
    for is_thinking, text in parts(content):
        if is_thinking:
            thoughts += text
        else:
            words += text
    return thoughts, words
