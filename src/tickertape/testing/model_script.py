"""What a `ModelServer` shall answer, as values, and as bytes of each of the three protocols.

    Answer      what a model says: words, thoughts, tool calls, a reason, perhaps with a `Fault`
    Raw         the very bytes, for what no model would say
    refusal     a `Raw` that says no: 401, 429 with `Retry-After`, 500, a page of HTML, ...

    Fault
    ├── ErrorEvent   an error object inside the stream, which then ends
    ├── Garbage      a chunk that is no JSON; the stream goes on
    ├── NoEnd        the body ends properly, the answer does not: its last messages are missing
    ├── Stall        nothing more comes, or only keep-alive comments, and the socket stays open
    ├── Silence      the request is taken, and not even a status comes
    ├── Cut          the connection is closed inside the body
    ├── Reset        the connection is reset (RST) inside the body
    ├── Dropped      the connection is closed before a status came
    └── Open         the whole answer comes, and the socket stays open

A fault's `after` counts pieces of the answer (a word, a thought, a call); None means all of them.
`rendered` turns a `ScriptedAnswer` into the `Raw` of a protocol, for tests that change single
bytes.
Everything here is pure.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias, assert_never

from tickertape.testing.model_wire import (
    COMMENT,
    Piece,
    Protocol,
    Reason,
    error_event,
    streamed,
    whole,
)

__all__ = [
    "CutOff",
    "Dropped",
    "Ending",
    "ErrorEvent",
    "Fault",
    "Garbage",
    "NoEnd",
    "Open",
    "Piece",
    "Plan",
    "Protocol",
    "Raw",
    "ResetFault",
    "ScriptedAnswer",
    "Silence",
    "Stall",
    "refusal",
    "rendered",
]


Ending: TypeAlias = Literal["end", "hold", "cut", "reset"]
"""What follows the last chunk of a body: the body's end, nothing until the client goes, the
connection's end, or its reset."""


@dataclass(frozen=True, slots=True)
class ErrorEvent:
    """An error object inside the stream, which then ends without its end."""

    after: int | None = None
    """Pieces that come before it."""
    name: str = "overloaded_error"
    """The error's type or code."""
    message: str = "Overloaded"
    """The server's words."""


@dataclass(frozen=True, slots=True)
class Garbage:
    """A chunk that is no JSON; the rest of the answer follows."""

    after: int | None = None
    """Pieces that come before it."""
    data: bytes = b'{"choices":[{"del'
    """What stands in the chunk."""


@dataclass(frozen=True, slots=True)
class NoEnd:
    """The body ends properly without a finish reason or a terminal message."""

    after: int | None = None
    """Pieces that come before."""


@dataclass(frozen=True, slots=True)
class Stall:
    """Nothing more comes until the client goes."""

    after: int | None = 0
    """Pieces that come before."""
    every: float | None = None
    """Seconds between keep-alive comments; None sends none."""


@dataclass(frozen=True, slots=True)
class Silence:
    """The request is read, and not even a status comes until the client goes."""


@dataclass(frozen=True, slots=True)
class CutOff:
    """The connection is closed inside the body."""

    after: int | None = None
    """Pieces that come before."""


@dataclass(frozen=True, slots=True)
class ResetFault:
    """The connection is reset inside the body."""

    after: int | None = None
    """Pieces that come before."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """The connection is closed before a status came."""


@dataclass(frozen=True, slots=True)
class Open:
    """The whole answer comes, its end included, and the socket stays open."""


Fault: TypeAlias = (
    ErrorEvent | Garbage | NoEnd | Stall | Silence | CutOff | ResetFault | Dropped | Open
)
"""What goes wrong with an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedAnswer:
    """What a model says."""

    pieces: tuple[Piece, ...] = ("Hello",)
    """The deltas, in order; words side by side are one message, thoughts one thought."""
    reason: Reason = "stop"
    """Why it ends; each protocol has its own words for it, and its own for calls."""
    usage: tuple[int, int] | None = (3, 2)
    """Tokens read and written; None says nothing of it where the protocol lets it."""
    form: Literal["asked", "stream", "json"] = "asked"
    """Whether a stream or one JSON object comes: as the request asks, or always the one."""
    delay: float = 0.0
    """Seconds before the first byte."""
    pause: float = 0.0
    """Seconds between pieces."""
    comments: int = 0
    """Keep-alive comments before the first piece, `pause` seconds apart."""
    fault: Fault | None = None
    """What goes wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """An HTTP answer, byte for byte."""

    chunks: tuple[bytes, ...] = ()
    """The body, sent in these parts."""
    status: int | None = 200
    """The HTTP status; None sends no head at all."""
    content_type: str = "text/event-stream"
    """The header of that name."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """More headers."""
    delay: float = 0.0
    """Seconds before the head."""
    pause: float = 0.0
    """Seconds between chunks."""
    ending: Ending = "end"
    """What follows the last chunk."""
    beat: float | None = None
    """Seconds between keep-alive comments while the connection is held; None sends none."""


Plan: TypeAlias = ScriptedAnswer | Raw
"""What one request is answered with."""


def refusal(
    status: int,
    message: str = "No.",
    *,
    name: str = "",
    parameter: str | None = None,
    retry_after: float | None = None,
    body: bytes | None = None,
    content_type: str = "application/json",
) -> Raw:
    """Make an answer that says no.

    Args:
        status: the HTTP status.
        message: the server's words.
        name: the error's type and code.
        parameter: which parameter it is about.
        retry_after: seconds for the header of that name.
        body: the whole body, in place of an error object.
        content_type: of the body.
    """
    error: dict[str, object] = {"message": message, "type": name or "invalid_request_error"}
    error |= {"code": name or None, "param": parameter}
    headers = {} if retry_after is None else {"retry-after": f"{retry_after:g}"}
    said = json.dumps({"type": "error", "error": error}).encode() if body is None else body
    return Raw(chunks=(said,), status=status, content_type=content_type, headers=headers)


def rendered(answer: ScriptedAnswer, protocol: Protocol, *, stream: bool = True) -> Raw:
    """Return the bytes in which a server of the protocol sends an answer.

    Args:
        answer: what the model says.
        protocol: how the request was made.
        stream: whether the request asks for a stream; `answer.form` may overrule it.
    """
    if answer.form == "json" or (answer.form == "asked" and not stream):
        body = json.dumps(whole(protocol, answer.pieces, answer.reason, answer.usage)).encode()
        chunks: tuple[bytes, ...] = (body,)
        content_type = "application/json"
    else:
        lines = streamed(protocol, answer.pieces, answer.reason, answer.usage)
        comments = (COMMENT,) * answer.comments
        chunks = (*comments, lines.opening, *lines.pieces, lines.closing)
        content_type = "text/event-stream"
    raw = Raw(chunks=chunks, content_type=content_type, delay=answer.delay, pause=answer.pause)
    return raw if answer.fault is None else _broken(raw, answer, answer.fault, protocol)


def _broken(raw: Raw, answer: ScriptedAnswer, fault: Fault, protocol: Protocol) -> Raw:
    """Return the answer as the fault breaks it."""
    match fault:
        case ErrorEvent(after=after, name=name, message=message):
            said = error_event(protocol, name, message)
            return replace(raw, chunks=(*_until(raw, answer, after), said))
        case Garbage(after=after, data=data):
            before = _until(raw, answer, after)
            chunk = b"data: " + data + b"\n\n"
            return replace(raw, chunks=(*before, chunk, *raw.chunks[len(before) :]))
        case NoEnd(after=after):
            return replace(raw, chunks=_until(raw, answer, after))
        case Stall(after=after, every=every):
            return replace(raw, chunks=_until(raw, answer, after), ending="hold", beat=every)
        case CutOff(after=after) | ResetFault(after=after):
            ending: Ending = "cut" if isinstance(fault, CutOff) else "reset"
            return replace(raw, chunks=_until(raw, answer, after), ending=ending)
        case Silence() | Dropped():
            ending = "hold" if isinstance(fault, Silence) else "cut"
            return replace(raw, chunks=(), status=None, ending=ending)
        case Open():
            return replace(raw, ending="hold")
        case _:
            assert_never(fault)


def _until(raw: Raw, answer: ScriptedAnswer, after: int | None) -> tuple[bytes, ...]:
    """Take the chunks up to the piece number `after`; of one JSON object, half of it."""
    if raw.content_type == "application/json":
        return (raw.chunks[0][: len(raw.chunks[0]) // 2],)
    pieces = len(answer.pieces) if after is None else min(after, len(answer.pieces))
    return raw.chunks[: answer.comments + 1 + pieces]
