"""Bytes of a server-sent event stream in, its messages out: however the bytes are cut.

The format is the WHATWG's (html.spec.whatwg.org/multipage/server-sent-events.html, "Parsing an
event stream"): lines end with LF, CR LF or CR; a blank line ends a message; a line that starts
with a colon is a comment; one byte order mark may come first. Two things are kinder than the
standard, because model servers need it: a message that the end of the bytes leaves without its
blank line is still given out, and `id` and `retry` mean nothing here.

Only whole lines are looked at, so a character of several bytes is never torn.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["LINE_LIMIT", "EventSplitter", "LineTooLongError", "ServerSentEvent"]

LINE_LIMIT = 16 * 1024 * 1024
"""Bytes that one unfinished line or message may take before the stream is given up (our own
bound: a chunk of a model's answer is a few hundred bytes, a whole answer some hundred thousand)."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class LineTooLongError(ValueError):
    """A line or a message went on beyond `LINE_LIMIT`."""


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

    __slots__ = ("_after_return", "_data", "_first_line", "_name", "_pieces", "_size")

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0
        self._data: list[bytes] = []
        self._name = b""
        self._first_line = True
        self._after_return = False

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
                self._take(line, events)
        if torn:
            self._pieces.append(torn)
            self._grow(len(torn))
        return events

    def flush(self) -> list[ServerSentEvent]:
        """Give out what is left when no more bytes will come; the splitter starts anew."""
        events: list[ServerSentEvent] = []
        torn = b"".join(self._pieces)
        self._pieces.clear()
        self._size = 0
        if torn:
            self._take(torn, events)
        self._dispatch(events)
        self._first_line = True
        self._after_return = False
        return events

    def _take(self, line: bytes, events: list[ServerSentEvent]) -> None:
        if self._first_line:
            line = line.removeprefix(_BYTE_ORDER_MARK)
            self._first_line = False
        if not line:
            self._dispatch(events)
        elif line.startswith(b"data:"):
            self._append(line[6:] if line.startswith(b"data: ") else line[5:])
        elif line.startswith(b"event:"):
            self._name = line[6:].removeprefix(b" ")
        elif line == b"data":
            self._append(b"")

    def _append(self, value: bytes) -> None:
        self._data.append(value)
        self._grow(len(value))

    def _grow(self, size: int) -> None:
        self._size += size
        if self._size > LINE_LIMIT:
            raise LineTooLongError(f"a line of more than {LINE_LIMIT} bytes")

    def _dispatch(self, events: list[ServerSentEvent]) -> None:
        if self._data:
            data = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
            if data:
                events.append(ServerSentEvent(data, self._name))
            self._data.clear()
            self._size = 0
        self._name = b""
