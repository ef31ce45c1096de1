"""Reading an answer of any protocol to what a reader and a recorder are left with."""

from __future__ import annotations

import json
from dataclasses import dataclass

from tickertape.conversation import Step
from tickertape.events import (
    Event,
    Failed,
    Finished,
    Recorded,
    Restarted,
    TextDelta,
)
from tickertape.providers.chat_completions import ChatCompletionsDecoder
from tickertape.providers.decoder import Decoder
from tickertape.providers.messages import MessagesDecoder
from tickertape.providers.responses import ResponsesDecoder

__all__ = ["Answer", "ends", "read", "says", "sse"]

_DECODERS: dict[str, type[Decoder]] = {
    "cc": ChatCompletionsDecoder,
    "rs": ResponsesDecoder,
    "ms": MessagesDecoder,
}


@dataclass(frozen=True)
class Answer:
    """What a reader and a recorder are left with."""

    text: str
    step: Step | None
    end: Finished | Failed


def read(kind: str, *pieces: bytes, torn: bool = False) -> Answer:
    """Decode an answer of the protocol "cc", "rs" or "ms" to its end."""
    decoder = _DECODERS[kind]("secret-key-1234", "here")
    events: list[Event] = [event for piece in pieces for event in decoder.decode(piece)]
    events += decoder.flush(torn=torn)
    assert decoder.ended
    text, step = "", None
    for event in events[:-1]:
        match event:
            case TextDelta(text=words):
                text += words
            case Restarted():
                text = ""
            case Recorded(entry=Step() as entry):
                step = entry
            case _:
                pass
    end = events[-1]
    assert isinstance(end, Finished | Failed)
    if step is not None:
        assert step.text == text
    return Answer(text, step, end)


def sse(*chunks: object) -> bytes:
    """Write messages as a stream."""
    return b"".join(b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks)


def says(text: str, reason: str | None = None) -> dict[str, object]:
    """Return a chunk of Chat Completions that says something."""
    return {"choices": [{"delta": {"content": text}, "finish_reason": reason}]}


def ends(reason: str | None, **more: object) -> dict[str, object]:
    """Return a chunk of Chat Completions that says why the answer ends."""
    return {"choices": [{"delta": {}, "finish_reason": reason, **more}]}
