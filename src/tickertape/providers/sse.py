"""Bytes of a server-sent event stream in, its messages out: however the bytes are cut.

The format is the WHATWG's (html.spec.whatwg.org/multipage/server-sent-events.html, "Parsing an
event stream"): lines end with LF, CR LF or CR; a blank line ends a message; a line that starts
with a colon is a comment; one byte order mark may come first. It is kinder than the
standard, because model servers need it, and because the words of an ignored line would be lost
unnoticed:

- a message that the end of the bytes leaves without its blank line is still given out;
- a field is known in any case and behind anything that is no letter, digit or colon: NUL bytes,
  byte order marks (one for each part of a stream that was put together of several), blanks;
- `data:` may stand twice (Michael-A-Kuykendall/shimmy#26), or on the line of an `event`;
- a line that begins with a brace, or is an object behind an unknown field, is data.

`id` and `retry` mean nothing here. Only whole lines are looked at, so a character of several bytes
is never torn.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["LINE_LIMIT", "EventSplitter", "LineTooLongError", "ServerSentEvent", "bared"]

LINE_LIMIT = 16 * 1024 * 1024
"""Bytes that one unfinished line or message may take before the stream is given up (our own
bound: a chunk of a model's answer is a few hundred bytes, a whole answer some hundred thousand)."""

_ODD = 20
"""Lines that are none of a stream's, and are kept: a page of an error has about as many."""
_ODD_LENGTH = 300
"""Bytes of each."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_FIELD = re.compile(
    rb"(?P<junk>[^A-Za-z0-9:{\[\"]*+)(?:(?i:(?P<name>data|event))[ \t]*+(?::[ \t]?+|\Z)|(?=\{))"
)
"""How a line begins that says something: its field, or the brace of bare JSON."""

_FIELDS = (b"data", b"event", b"id", b"retry")

_SILENT = re.compile(rb"[^\w:]*+(?::|(?:id|retry)[ \t]*+:|\Z)")
"""How a line begins that says nothing: a comment, the fields that nothing is read of, no text."""

_UNKNOWN = re.compile(rb"(?!(?:id|retry):)[^:{]{1,40}+:[ \t]*+(?=\{.*\}\s*+\Z)")
_AGAIN = re.compile(rb"(?:\s*+data:)++\s?+")
_ON_ONE_LINE = re.compile(rb"data:\s?+(?=\{)")


class LineTooLongError(ValueError):
    """A line or a message went on beyond `LINE_LIMIT`."""

    def __init__(self) -> None:
        super().__init__(f"a line of more than {LINE_LIMIT} bytes")


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """One message of the stream."""

    data: bytes
    """The `data` lines, joined by LF; never empty."""
    name: bytes = b""
    """What the `event` line said; empty where there was none."""


class EventSplitter:
    """Cuts a stream of bytes into messages.

    `split` takes the bytes as they come, `flush` says that no more will come. The messages that
    all calls give out together do not depend on where the bytes were cut.
    """

    __slots__ = ("_after_return", "_data", "_name", "_pieces", "_size", "odd")

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0
        self._data: list[bytes] = []
        self._name = b""
        self._after_return = False
        self.odd: list[bytes] = []
        """The first lines that are none of a stream's: perhaps what a proxy says about an error."""

    def split(self, data: bytes) -> list[ServerSentEvent]:
        """Take the next bytes and give out the messages that they complete.

        Args:
            data: any number of bytes, also none.

        Raises:
            LineTooLongError: when a line or message goes on beyond `LINE_LIMIT`.
        """
        if self._after_return and data.startswith(b"\n"):
            # The second half of a CR LF whose first half ended the bytes before.
            data = data[1:]
            self._after_return = False
        if not data:
            return []
        self._after_return = data.endswith(b"\r")
        lines = data.splitlines()
        torn = b"" if data.endswith((b"\n", b"\r")) else lines.pop()
        events: list[ServerSentEvent] = []
        if lines:
            if self._pieces:
                lines[0] = b"".join(self._pieces) + lines[0]
                self._pieces.clear()
            self._size = sum(map(len, self._data)) if self._data else 0
            for line in lines:
                if line.startswith(b"data: {"):  # nearly all data of a model's server
                    self._data.append(line[6:])
                    self._size += len(line) - 6
                    if self._size > LINE_LIMIT:
                        raise LineTooLongError
                elif not line and len(self._data) == 1 and self._data[0]:
                    events.append(ServerSentEvent(self._data.pop(), self._name))
                    self._name, self._size = b"", 0
                else:
                    self._take(line, events)
        if torn:
            self._pieces.append(torn)
            self._grow(len(torn))
        return events

    def flush(self) -> list[ServerSentEvent]:
        """Return the last events, once no more bytes come; reset the splitter."""
        events: list[ServerSentEvent] = []
        torn = b"".join(self._pieces)
        self._pieces.clear()
        self._size = 0
        if torn and not any(name.startswith(torn) for name in _FIELDS):
            self._take(torn, events)
        self._dispatch(events)
        self._after_return = False
        return events

    def _take(self, line: bytes, events: list[ServerSentEvent]) -> None:
        if not line:
            self._dispatch(events)
        elif line.startswith(b"event: "):
            self._name = line[7:]
        elif (field := _FIELD.match(line)) is not None:
            self._take_field(field["name"], line[field.end() :])
        elif (unknown := _UNKNOWN.match(line)) is not None:
            self._append(line[unknown.end() :])
        elif len(self.odd) < _ODD and _SILENT.match(line) is None:
            self.odd.append(line[:_ODD_LENGTH])

    def _take_field(self, name: bytes | None, value: bytes) -> None:
        if name is None or name.lower() == b"data":
            again = _AGAIN.match(value)
            self._append(value if again is None else value[again.end() :])
            return
        self._name = value.strip()

    def _append(self, value: bytes) -> None:
        self._data.append(value)
        self._grow(len(value))

    def _grow(self, size: int) -> None:
        self._size += size
        if self._size > LINE_LIMIT:
            raise LineTooLongError

    def _dispatch(self, events: list[ServerSentEvent]) -> None:
        if self._data:
            data = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
            if data:
                events.append(ServerSentEvent(data, self._name))
            self._data.clear()
            self._size = 0
        elif self._name and (data_at := _ON_ONE_LINE.search(self._name)) is not None:
            name, data = self._name[: data_at.start()].strip(), self._name[data_at.end() :]
            events.append(ServerSentEvent(data, name))
        self._name = b""


def bared(data: bytes) -> bytes:
    """Return the data of a message without the bytes that no text has: NULs, byte order marks."""
    return data.replace(b"\0", b"").replace(_BYTE_ORDER_MARK, b"").strip()
