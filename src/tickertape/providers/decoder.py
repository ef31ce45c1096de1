"""What every decoder does: bytes of an answer in, messages of its protocol read, one end out.

A protocol says what its messages mean (`_read`), what a whole answer in one piece is (`_whole`),
how an answer ends that no message ends (`_done`) and whether it may (`_may_end`). What is the same
for all of them is here:

- an answer that begins as JSON is JSON, whatever was asked for and whatever its content type says,
  for no line of a stream begins so; one that begins as a tag is a page of HTML;
- messages that are not parted by blank lines, or are a list of messages, or JSON in a text; a body
  that is a list of messages, or has one on each line;
- lines that are none of a stream's: they say why it ended, where nothing else ended it;
- `[DONE]`; `event: error` around any text; signs of life in the place of a message (`life`);
- what the end of the bytes tore is not malformed but missing;
- JSON of more than `sse.LINE_LIMIT` bytes, or nested beyond all reason, is given up.

    bytes ──▶ reading ──_finish──▶ ended: Recorded, Finished
                 └─────_fail, _break_off──▶ ended: Failed

After the end nothing more is emitted, and exactly one end always comes.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import ClassVar

from tickertape.errors import FailureKind, ProviderError
from tickertape.events import Event, Failed, Finished, Usage
from tickertape.providers import sse
from tickertape.providers.assembly import Assembly
from tickertape.providers.json_text import parsed, written
from tickertape.providers.life import is_life, is_life_name
from tickertape.providers.reasons import ended
from tickertape.providers.refusals.failures import body_failure, redact
from tickertape.providers.sse import EventSplitter, LineTooLongError, ServerSentEvent, bared

__all__ = ["Decoder"]

_LAYOUT = b"\xef\xbb\xbf \t\r\n\0"
_DONE = re.compile(rb"(?i)\s*+(?:\[done\]|\"?\[?done\]?\"?\s*+\Z)")


class Decoder(ABC):
    """Turns the bytes of one answer into events.

    `decode` takes the bytes as they come, `flush` says that no more will come. What all calls give
    out together does not depend on where the bytes were cut, once a `Restarted` has voided what it
    voids.
    """

    _unit: ClassVar[str] = "a chunk"
    """What a message of the protocol is called in errors."""

    __slots__ = (
        "_assembly",
        "_body",
        "_secret",
        "_shape",
        "_size",
        "_splitter",
        "ended",
        "finishing",
    )

    def __init__(
        self, secret: str | None = None, origin: str = "", *, thinking: bool = False
    ) -> None:
        """Begin an answer.

        Args:
            secret: the key that was sent; it is taken out of errors' texts.
            origin: which model at which server answers.
            thinking: whether its text begins within a thought that the server's template opened.
        """
        self._secret = secret
        self._assembly = Assembly(origin, thinking=thinking)
        self._splitter = EventSplitter()
        # The first byte that is no layout: it tells a stream from JSON and from HTML.
        self._shape = b""
        self._body: list[bytes] = []
        self._size = 0
        self.ended = False
        """Whether the end was emitted: the rest of the bytes need not be read."""
        self.finishing = False
        """Whether only the end itself is still awaited: a reason came, and nothing since. A server
        may take the reason back by going on."""

    def decode(self, data: bytes) -> list[Event]:
        """Take the next bytes and give out what they say.

        Args:
            data: any number of bytes, also none.
        """
        events: list[Event] = []
        if self.ended:
            return events
        if not self._shape:
            data = data.lstrip(_LAYOUT)
            self._shape = data[:1]
        try:
            if self._shape in {b"{", b"["}:
                self._gather(data, events)
            elif self._shape == b"<":
                self._fail(FailureKind.BAD_RESPONSE, "a page of HTML instead of an answer", events)
            else:
                for message in self._splitter.split(data):
                    if not self.ended and not self._read(message, events):
                        self._take_unusual(message, events)
        except (LineTooLongError, RecursionError) as error:
            self._fail(FailureKind.BAD_RESPONSE, str(error), events)
        return events

    def flush(self, *, torn: bool = False) -> list[Event]:
        """Return the last events, once no more bytes come; the end is among them in any case.

        Args:
            torn: whether the connection broke, rather than the server having ended the bytes.
        """
        events: list[Event] = []
        if self.ended:
            return events
        try:
            if self._body:
                self._take_body(b"".join(self._body), events)
            for message in self._splitter.flush():
                for data in _lines(message.data):
                    if _is_whole(data) or _is_whole(bared(data)):
                        self._take(ServerSentEvent(data, message.name), events)
            if not self.ended and self._may_end(torn=torn):
                self._done(events)
        except RecursionError as error:
            self._fail(FailureKind.BAD_RESPONSE, str(error), events)
        if not torn and (said := _text_of(self._splitter.odd)):
            self._break_off(said, events)
        self._fail(FailureKind.ENDED_EARLY, "the stream ended without its end", events)
        return events

    # What a protocol says.

    @abstractmethod
    def _read(self, message: ServerSentEvent, events: list[Event]) -> bool:
        """Read a message; False, and nothing done, where it holds none of the protocol's."""

    @abstractmethod
    def _whole(self, body: bytes, events: list[Event]) -> None:
        """Read an answer that is one JSON object; what is no answer is passed over."""

    @abstractmethod
    def _done(self, events: list[Event]) -> None:
        """End the answer if only another protocol, or the end of the bytes, ends it."""

    @abstractmethod
    def _may_end(self, *, torn: bool) -> bool:
        """Return whether the answer is whole although the bytes end without its end.

        Args:
            torn: whether the connection broke: then a server may have wanted to say more.
        """

    # How an answer ends.

    def _finish(self, finished: Finished, events: list[Event]) -> None:
        """End the answer: it is complete."""
        self._assembly.close(events)
        events.append(finished)
        self.ended, self.finishing = True, False

    def _conclude(
        self, word: str, usage: Usage | None, events: list[Event], detail: object = None
    ) -> None:
        """End the answer for the reason that a server's word says; its words are all said.

        Args:
            word: the word, by `reasons.word_of`.
            usage: what the answer cost.
            events: where its end is put.
            detail: the server's own explanation, if it gives one.
        """
        end = ended(
            word,
            usage,
            secret=self._secret,
            calls=self._assembly.has_calls,
            leaked=self._assembly.has_leaked,
            unshown=self._assembly.unshown,
            detail=detail,
        )
        if isinstance(end, ProviderError):
            self._fail(end.kind, end.detail, events)
        else:
            self._finish(end, events)

    def _break_off(self, said: object, events: list[Event]) -> None:
        """End the answer with an error that the server reports, unless it has ended."""
        self._give_up(body_failure(said, secret=self._secret), events)

    def _fail(self, kind: FailureKind, detail: str, events: list[Event]) -> None:
        """End the answer with an error that is seen here, unless it has ended."""
        self._give_up(ProviderError(kind, redact(detail, self._secret)), events)

    def _give_up(self, error: ProviderError, events: list[Event]) -> None:
        if not self.ended:
            self._assembly.break_off(events)
            events.append(Failed(error))
            self.ended, self.finishing = True, False

    # How the bytes are parted.

    def _gather(self, data: bytes, events: list[Event]) -> None:
        self._body.append(data)
        self._size += len(data)
        if self._size > sse.LINE_LIMIT:
            detail = f"JSON of more than {sse.LINE_LIMIT} bytes"
            self._fail(FailureKind.BAD_RESPONSE, detail, events)

    def _take_body(self, body: bytes, events: list[Event]) -> None:
        """Take an answer that is JSON and no stream, or messages of one that no fields begin."""
        said = parsed(body)
        if messages := _messages_in(body, said):
            for data in messages:
                self._take(ServerSentEvent(data), events)
        elif said is None:
            self._fail(FailureKind.ENDED_EARLY, "the answer ended inside its JSON", events)
        elif isinstance(said, list) and said:
            self._break_off(said, events)
        else:
            self._whole(body, events)
            self._fail(FailureKind.BAD_RESPONSE, f"no answer in {_shown(body)}", events)

    def _take(self, message: ServerSentEvent, events: list[Event]) -> None:
        if not self.ended and not self._read(message, events):
            self._take_unusual(message, events)

    def _take_unusual(self, message: ServerSentEvent, events: list[Event]) -> None:
        """Take a message outside the protocol; fail if it can mean nothing."""
        data = bared(message.data)
        if _DONE.match(data):
            self._done(events)
        elif message.name == b"error":
            self._break_off(parsed(data) or data.decode("utf-8", "replace"), events)
        elif len(lines := _lines(data)) > 1 and all(map(_is_whole, lines)):
            for line in lines:
                self._take(ServerSentEvent(line), events)
        elif inner := _inner(data):
            for line in inner:
                self._take(ServerSentEvent(line, message.name), events)
        elif is_life(data) or is_life_name(message.name) or _says_nothing(data):
            pass
        elif data != message.data:
            self._take(ServerSentEvent(data, message.name), events)
        else:
            self._fail(
                FailureKind.BAD_RESPONSE, f"{self._unit} that is none: {_shown(data)}", events
            )


def _is_whole(data: bytes) -> bool:
    return _DONE.match(data) is not None or is_life(data) or parsed(data) is not None


def _lines(data: bytes) -> list[bytes]:
    """Split messages that the server did not separate by blank lines."""
    return [data] if _is_whole(data) else data.split(b"\n")


def _inner(data: bytes) -> list[bytes]:
    """Return the messages in a list of them, or in a text that is JSON; none in all else."""
    match parsed(data):
        case list(said):
            return [written(inner).encode() for inner in said if isinstance(inner, dict)]
        case str(text) if text.lstrip().startswith("{"):
            return [text.encode("utf-8", "replace")]
        case _:
            return []


def _messages_in(body: bytes, said: object) -> list[bytes]:
    """Return the messages that a body holds as a list, or one on each line; none in all else."""
    if isinstance(said, list):
        return [written(inner).encode() for inner in said if isinstance(inner, dict)]
    lines = [line for line in body.splitlines() if line.strip()] if said is None else []
    return lines if all(map(_is_whole, lines)) else []


def _text_of(lines: list[bytes]) -> str:
    """Return lines as text; empty where they are none."""
    try:
        return b"\n".join(lines).decode("utf-8") if all(map(_is_printable, lines)) else ""
    except UnicodeDecodeError:
        return ""


def _is_printable(line: bytes) -> bool:
    return not any(byte < 32 and byte != 9 for byte in line)


def _says_nothing(data: bytes) -> bool:
    """Return whether data is empty, or JSON that can hold nothing of an answer."""
    return not data or not isinstance(parsed(data), dict | None)


def _shown(data: bytes) -> str:
    return repr(data[:80].decode("utf-8", "replace"))
