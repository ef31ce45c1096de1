"""The stream of OpenAI Responses, as events; a pure machine that no server can surprise.

The protocol is OpenAI's (platform.openai.com/docs/api-reference/responses-streaming, and the types
of openai-python 3.54). What is tolerated, each seen in the wild:

- no `event:` lines, and a `[DONE]` after the end (OpenRouter): `type` counts, and the name of the
  event where there is no type (butterbase-ai/butterbase#130);
- texts that stand only in the `.done` of a part (Sophomoresty/gemini-web2api#57), or only in
  `output_text` next to an empty `output`;
- no end, though the bytes end properly behind whole items, or texts and arguments that were told
  as a whole: they are the answer;
- a `response.completed` whose `output` is empty although items were streamed (the ChatGPT back
  end, NousResearch/hermes-agent#5689): the answer is made of what was streamed, and the end is
  asked only for messages or calls of which nothing was;
- items without an index, with changing ids, or never announced: `items.Items`;
- items whose end has more, or less, than was streamed: what is beyond the streamed text is said,
  nothing is said twice, and a call's arguments are those of its end;
- an error as `error` (flat, or around an error object), as `response.failed`, as both, as a bare
  `{"error": ...}` or `{"detail": ...}` (the ChatGPT back end);
- one JSON object where a stream was asked for (`decoder`); keep-alives, unknown events and fields.

    bytes ──▶ streaming ──completed, incomplete──▶ ended: Recorded, Finished
                  │  └────[DONE] or the end of the bytes, after whole items──▶ ended: the same
                  └──failed, error, no more bytes──▶ ended: Failed

A message begins a segment of its own when another message has said something before it, whatever
their phases: the server made them apart, without the white space that would join them.
"""

from __future__ import annotations

from collections.abc import Mapping

from tickertape.errors import FailureKind
from tickertape.events import Event, SegmentEnded, TextDelta, Usage
from tickertape.providers.decoder import Decoder
from tickertape.providers.json_text import parsed, read_mended, written
from tickertape.providers.repeats import beyond
from tickertape.providers.responses.fields import (
    arguments_of,
    call_id_of,
    incomplete_word,
    kind_of,
    number_of,
    text_of,
    texts_of,
)
from tickertape.providers.responses.items import CALL, MESSAGE, REASONING, Items, OutputItem
from tickertape.providers.responses.payloads import PAYLOAD, Payload, mapping
from tickertape.providers.responses.roundtrip import call_raw, thought_raw, words_raw
from tickertape.providers.sse import ServerSentEvent
from tickertape.providers.unshown import hidden_parts, transcript_of
from tickertape.providers.usage import usage_of

__all__ = ["ResponsesDecoder"]


_TEXTS = frozenset(
    {
        "response.content_part.added",
        "response.output_text.done",
        "response.output_audio_transcript.done",
        "response.audio_transcript.done",
        "response.refusal.done",
        "response.content_part.done",
        "response.reasoning_text.done",
        "response.reasoning.done",
        "response.reasoning_summary_text.done",
    }
)


class ResponsesDecoder(Decoder):
    """Turns the bytes of one answer into events."""

    __slots__ = ("_items", "_refused", "_speaker", "_spoke")

    def __init__(
        self, secret: str | None = None, origin: str = "", *, thinking: bool = False
    ) -> None:
        """Begin an answer; the arguments are those of every `Decoder`."""
        super().__init__(secret, origin, thinking=thinking)
        self._items = Items()
        self._speaker: OutputItem | None = None
        self._spoke = False
        self._refused = False

    def _whole(self, body: bytes, events: list[Event]) -> None:
        self._take(ServerSentEvent(body), events)

    def _done(self, events: list[Event]) -> None:
        """End at a `[DONE]`, or at the end of the bytes, if all that was begun is whole."""
        if self._items.settled:
            self._end_as("incomplete" if self._items.are_cut else "stop", None, events)
        else:
            self._fail(FailureKind.ENDED_EARLY, "the stream was done without its end", events)

    def _may_end(self, *, torn: bool) -> bool:
        return not torn and self._items.are_whole

    def _read(self, message: ServerSentEvent, events: list[Event]) -> bool:
        try:
            payload = PAYLOAD.decode(message.data)
        except (ValueError, RecursionError):
            mended = read_mended(PAYLOAD, message.data)
            if mended is None:
                return False
            payload = mended
        self._hear(payload, message, events)
        return True

    def _hear(self, payload: Payload, message: ServerSentEvent, events: list[Event]) -> None:
        """Read the messages that are many."""
        match payload.type:
            case (
                "response.output_text.delta"
                | "response.output_audio_transcript.delta"
                | "response.audio_transcript.delta"
                | "response.audio.transcript.delta"
            ):
                self._words(payload, events)
            # The shorter name: hexdocs.pm/req_llm, ReqLLM.Providers.OpenAI.ResponsesAPI, 2026-11.
            case "response.reasoning_text.delta" | "response.reasoning.delta":
                self._thought(payload, "content", events)
            case "response.reasoning_summary_text.delta":
                self._thought(payload, "summary", events)
            case "response.function_call_arguments.delta":
                self._arguments(payload)
            case "response.refusal.delta":
                self._refused = True
                self._words(payload, events)
            case "response.output_audio.delta" | "response.audio.delta":
                self._assembly.hide("audio", {"type": "audio"})
            case None if message.name.startswith(b"response."):
                payload.type = message.name.decode("utf-8", "replace")
                self._hear(payload, message, events)
            case _:
                self._hear_rare(payload, message, events)

    def _hear_rare(self, payload: Payload, message: ServerSentEvent, events: list[Event]) -> None:
        """Read the messages that are few."""
        match payload.type:
            case str(kind) if kind in _TEXTS:
                self._text_done(kind, payload, mapping(message.data), events)
            case "response.output_item.added":
                self._added(payload)
            case "response.output_item.done":
                self._item_done(mapping(payload.item), payload.output_index, events)
            case "response.function_call_arguments.done":
                self._arguments_done(payload)
            case "response.reasoning_summary_part.added":
                item = self._items.find(REASONING, payload.output_index, payload.item_id)
                if item.source != "content":
                    item.turn_to(number_of(payload.summary_index))
            case (
                "response.completed"
                | "response.incomplete"
                | "response.failed"
                | "response.cancelled" as ending
            ):
                self._end(ending.removeprefix("response."), mapping(payload.response), events)
            case "error":
                self._break_off(parsed(message.data), events)
            case None if payload.error or payload.detail or payload.message:
                self._break_off(parsed(message.data), events)
            case None if bytes(payload.output) or mapping(message.data).get("output_text"):
                self._end("", mapping(message.data), events)
            case _ if message.name == b"error" or mapping(message.data).get("msg"):
                self._break_off(parsed(message.data), events)
            case _:
                pass

    def _text_done(
        self, kind: str, payload: Payload, said: Mapping[str, object], events: list[Event]
    ) -> None:
        """Read all of a text, of which perhaps not all was streamed."""
        match kind:
            case "response.content_part.added":
                self._part_added(payload, said.get("part"))
            case "response.content_part.done":
                self._part_done(payload, said.get("part"), events)
            case "response.output_text.done":
                self._words_done(payload, said.get("text"), events)
            case "response.refusal.done":
                self._refused = True
                self._words_done(payload, said.get("refusal"), events)
            case "response.reasoning_summary_text.done":
                self._thought_text_done(payload, said.get("text"), "summary", events)
            case "response.reasoning_text.done" | "response.reasoning.done":
                self._thought_text_done(payload, said.get("text"), "content", events)
            case _:
                self._words_done(payload, transcript_of(said), events)

    def _part_added(self, payload: Payload, part: object) -> None:
        """Remember that a message goes on, though its text was told as a whole."""
        match part:
            case {"type": "output_text" | "refusal"}:
                self._items.find(MESSAGE, payload.output_index, payload.item_id).is_told = False

    def _part_done(self, payload: Payload, part: object, events: list[Event]) -> None:
        match part:
            case {"type": "refusal", "refusal": text}:
                self._refused = True
                self._words_done(payload, text, events)
            case {"type": "output_text" | "text", "text": text}:
                self._words_done(payload, text, events)
            case {"type": "reasoning_text", "text": text}:
                self._thought_text_done(payload, text, "content", events)
            case _:
                self._words_done(payload, transcript_of(part), events)
                for hidden in hidden_parts(part):
                    self._assembly.hide((payload.output_index, hidden.get("type")), hidden)

    # What is being said.

    def _words(self, payload: Payload, events: list[Event]) -> None:
        text = payload.delta
        if text and isinstance(text, str):
            item = self._items.find(MESSAGE, payload.output_index, payload.item_id)
            item.is_told = False
            if payload.content_index != item.place:
                item.speak_of(_label(payload.content_index))
            self._speak(item, text, events)

    def _words_done(self, payload: Payload, text: object, events: list[Event]) -> None:
        """Emit the rest of a part's text, which was not streamed."""
        if text and isinstance(text, str):
            item = self._items.find(MESSAGE, payload.output_index, payload.item_id)
            item.is_told = True
            place = _label(payload.content_index)
            if len(item.begins) < 2:
                self._assembly.settle(item.number, text, events)
            if rest := item.rest_of_part(place, text):
                if place not in (None, item.place):
                    item.speak_of(place)
                self._speak(item, rest, events)

    def _speak(self, item: OutputItem, text: str, events: list[Event]) -> None:
        item.said.append(text)
        if item.phase == "analysis":
            self._assembly.think(item.number, text, events)
            return
        if self._speaker is not item:
            self._pause(events)
            if self._spoke:
                self._assembly.end_segment(events)
                self._spoke = False
            self._speaker = item
        self._assembly.say(item.number, text, events)
        if not self._spoke:
            self._note_speech(events)

    def _pause(self, events: list[Event]) -> None:
        """Emit the text that is held back of the open message."""
        self._assembly.break_off(events)
        self._note_speech(events)

    def _note_speech(self, events: list[Event]) -> None:
        """Remember whether the reader was given words since the last segment ended."""
        for event in reversed(events):
            if isinstance(event, SegmentEnded):
                return
            if isinstance(event, TextDelta):
                self._spoke = True
                return

    def _thought(self, payload: Payload, source: str, events: list[Event]) -> None:
        text = payload.delta
        if text and isinstance(text, str):
            item = self._items.find(REASONING, payload.output_index, payload.item_id)
            item.source = item.source or source
            item.is_told = False
            if item.source == source:
                # Only summaries have parts that one can trust: there are servers that count every
                # delta of a thought as a part (vllm-project/vllm#35184).
                part = payload.summary_index
                if isinstance(part, int) and part != item.part:
                    item.turn_to(part)
                self._think(item, text, events)

    def _thought_text_done(
        self, payload: Payload, text: object, source: str, events: list[Event]
    ) -> None:
        """Emit the rest of a thought's text, which was not streamed."""
        if text and isinstance(text, str):
            item = self._items.find(REASONING, payload.output_index, payload.item_id)
            item.source = item.source or source
            item.is_told = True
            part = number_of(payload.summary_index)
            if item.source == source and (rest := item.rest_of_part(part, text)):
                if part is not None:
                    item.turn_to(part)
                self._think(item, rest, events)

    def _think(self, item: OutputItem, text: str, events: list[Event]) -> None:
        if item.owes_gap:
            item.owes_gap = False
            text = f"\n\n{text}"
        item.said.append(text)
        self._assembly.think(item.number, text, events)

    def _arguments(self, payload: Payload) -> None:
        text = payload.delta
        if text and isinstance(text, str):
            item = self._items.find(CALL, payload.output_index, payload.item_id)
            item.said.append(text)
            self._assembly.call(item.number, arguments=text)

    def _arguments_done(self, payload: Payload) -> None:
        item = self._items.find(CALL, payload.output_index, payload.item_id)
        whole = arguments_of(payload.arguments) or None
        item.is_told = whole is not None
        self._assembly.call(item.number, name=text_of(payload.name), whole=whole)

    # Items begin and end.

    def _added(self, payload: Payload) -> None:
        said = mapping(payload.item)
        item = self._items.begin(kind_of(said), payload.output_index, said.get("id"))
        item.phase = text_of(said.get("phase"))
        if item.kind not in (MESSAGE, REASONING, CALL):
            self._assembly.hide(item.number, said)
        if item.kind == CALL:
            item.arguments = arguments_of(said.get("arguments"))
            self._assembly.call(
                item.number, call_id=call_id_of(said), name=text_of(said.get("name"))
            )

    def _item_done(self, said: Mapping[str, object], index: object, events: list[Event]) -> None:
        kind = kind_of(said)
        if not kind:
            return
        item = self._items.finish(kind, index, said.get("id"))
        item.is_cut = said.get("status") == "incomplete"
        match kind:
            case "message":
                self._message_done(item, said, events)
            case "reasoning":
                self._thought_done(item, said, events)
            case "function_call":
                whole = arguments_of(said.get("arguments")) or None
                name = text_of(said.get("name"))
                self._assembly.call(item.number, call_id=call_id_of(said), name=name, whole=whole)
                if (raw := call_raw(said)) is not None:
                    self._assembly.keep(item.number, raw)
            case _:
                self._assembly.hide(item.number, said)
                self._assembly.keep(item.number, written(said))

    def _message_done(
        self, item: OutputItem, said: Mapping[str, object], events: list[Event]
    ) -> None:
        item.phase = text_of(said.get("phase")) or item.phase
        texts = texts_of(said.get("content"))
        for part in hidden_parts(said.get("content")):
            self._assembly.hide((item.number, part.get("type")), part)
        self._refused = self._refused or any(kind == "refusal" for kind, _ in texts)
        whole = "".join(text for _, text in texts)
        self._assembly.settle(item.number, whole, events)
        rest = beyond("".join(item.said), whole)
        if rest is None:
            rest = beyond(self._assembly.words(item.number), whole)
        if rest:
            self._speak(item, rest, events)
        if self._speaker is item:
            self._pause(events)
        raw = words_raw(said)
        if raw is not None and self._assembly.text(item.number):
            self._assembly.keep(item.number, raw)

    def _thought_done(
        self, item: OutputItem, said: Mapping[str, object], events: list[Event]
    ) -> None:
        summary = "\n\n".join(text for _, text in texts_of(said.get("summary")))
        content = "".join(text for _, text in texts_of(said.get("content")))
        item.source = item.source or ("summary" if summary else "content")
        item.owes_gap = False
        if rest := item.rest(summary if item.source == "summary" else content):
            self._think(item, rest, events)
        if (raw := thought_raw(said)) is not None:
            self._assembly.keep(item.number, raw, thinking=True)

    # The end.

    def _end(self, ending: str, response: Mapping[str, object], events: list[Event]) -> None:
        """End as the response says, or else as the message does that brings it."""
        status = response.get("status")
        if ending and status not in ("incomplete", "failed", "cancelled"):
            status = ending
        if response.get("error"):
            status = "failed"
        usage = usage_of(response.get("usage"))
        match status:
            case "completed" | None:
                self._read_output(response, events)
                self._end_as("stop", usage, events)
            case "incomplete":
                self._read_output(response, events)
                details = response.get("incomplete_details")
                self._end_as(incomplete_word(details) or "incomplete", usage, events)
            case "failed":
                self._break_off(response.get("error") or response, events)
            case "cancelled":
                self._fail(FailureKind.ENDED_EARLY, "the response was cancelled", events)
            case _:
                detail = f"a response that has not ended: {status}"
                self._fail(FailureKind.BAD_RESPONSE, detail, events)

    def _read_output(self, response: Mapping[str, object], events: list[Event]) -> None:
        """Read from the end what was not streamed: all of it, or all messages, or all calls."""
        output, spoken = response.get("output"), self._items.spoken
        for said in output if isinstance(output, list) else ():
            if not isinstance(said, dict):
                continue
            kind = kind_of(said)
            if not spoken or (kind in (MESSAGE, CALL) and kind not in spoken):
                self._item_done(said, None, events)
        words = text_of(response.get("output_text"))
        if words and MESSAGE not in self._items.spoken:
            self._speak(self._items.find(MESSAGE, None, None), words, events)

    def _end_as(self, word: str, usage: Usage | None, events: list[Event]) -> None:
        """End the answer for the reason that a word says."""
        for item in self._items.of(CALL):
            if item.arguments and not self._assembly.arguments(item.number):
                self._assembly.call(item.number, whole=item.arguments)
        self._assembly.break_off(events)
        if word == "stop" and self._refused:
            word = "refusal"
        self._conclude(word, usage, events)


def _label(place: object) -> object:
    """Return the number of a part; None where the server does not count, or counts oddly."""
    return place if isinstance(place, int) else None
