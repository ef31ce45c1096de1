"""One answer of a model, being put together: what the server said goes in, events come out.

Decoders know a protocol; what is the same for all of them is here. They name pieces by a key (an
index, an id, whatever ties the server's messages together), in the order in which they begin:

    assembly.say(key, text)             words for the reader, some of them perhaps tagged thoughts
    assembly.think(key, text)           thinking that the server marked as such
    assembly.call(key, ...)             a tool call, or more of one
    assembly.keep(key, raw)             the server's own item, to be returned unchanged
    assembly.hide(key, said)            what no chat can show, and the reader is told of
    assembly.end_segment()              the next words are a message of their own
    assembly.close()                    nothing more comes: the last events, and the whole `Step`

Those that have something to say add it to the list of events that they are given. What is recorded
does not depend on how the text was cut, and is what the events said: thoughts are recorded as
thoughts. Where a piece of text turns out to be thinking, `Restarted` voids all words of the answer,
and those of its other pieces are said again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias, assert_never

from tickertape.conversation import Opaque, Part, Step, TextPart, Thought, ToolCall
from tickertape.events import Event, ReasoningDelta, Recorded, Restarted, SegmentEnded, TextDelta
from tickertape.providers.arguments import joined
from tickertape.providers.call_ids import called
from tickertape.providers.repeats import Deltas
from tickertape.providers.thinking.thoughts import Said, Thoughts
from tickertape.providers.unshown import told

__all__ = ["STUBS", "Assembly"]

STUBS = frozenset({"", "{}", "null"})
"""Arguments with which a call that has neither id nor name asks for nothing: some servers end their
answers with such a stub (CangShui/workbuddy-gateway#3)."""


@dataclass(slots=True)
class _AssembledText:
    """Words or a thought."""

    thinking: bool
    pieces: list[str] = field(default_factory=list)
    raw: str | None = None


@dataclass(slots=True)
class _AssembledCall:
    """A tool call."""

    call_id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list)
    raw: str | None = None

    @property
    def is_none(self) -> bool:
        """Whether it is a stub, and no call."""
        return not (self.call_id or self.name) and joined(self.arguments).strip() in STUBS


@dataclass(slots=True)
class _Other:
    """What only its server understands."""

    raw: str


@dataclass(slots=True)
class _End:
    """The end of a segment."""


_Keyed: TypeAlias = _AssembledText | _AssembledCall | _Other
_Piece: TypeAlias = _Keyed | _End


class Assembly:
    """Puts one answer together. See the module's docstring."""

    __slots__ = (
        "_begins_thinking",
        "_deltas",
        "_hidden",
        "_keys",
        "_origin",
        "_passed",
        "_pieces",
        "_pondering",
        "_speaking",
        "_spoken",
        "_thoughts",
    )

    def __init__(self, origin: str = "", *, thinking: bool = False) -> None:
        """Begin an answer that has said nothing.

        Args:
            origin: which model at which server makes it.
            thinking: whether its text begins within a thought that the server's template opened.
        """
        self._origin = origin
        self._pieces: list[_Piece] = []
        self._keys: dict[Hashable, list[_Keyed]] = {}
        self._speaking: Hashable = None
        self._hidden: dict[str, Mapping[str, object]] = {}
        self._pondering: Hashable = None
        self._deltas: defaultdict[Hashable, Deltas] = defaultdict(Deltas)
        self._spoken = Deltas()  # those of the piece that speaks
        self._begins_thinking = thinking
        self._thoughts = Thoughts()
        # The words that were found to be words by themselves since the thoughts were told of any.
        self._passed: list[str] = []

    @property
    def has_calls(self) -> bool:
        """Whether a tool is called."""
        return any(
            isinstance(piece, _AssembledCall) and not piece.is_none for piece in self._pieces
        )

    @property
    def has_leaked(self) -> bool:
        """Whether the words end with a tool call that stood in the text, and is not shown."""
        return self._thoughts.leaked and self.has_words and not self.has_calls

    @property
    def has_words(self) -> bool:
        """Whether the reader was given anything but white space."""
        return any(
            isinstance(piece, _AssembledText) and not piece.thinking and not _is_blank(piece.pieces)
            for piece in self._pieces
        )

    @property
    def unshown(self) -> str:
        """What the reader is told of what cannot be shown; empty where nothing is left to tell.

        Of two things the first is told: it is what the model waits for.
        """
        alone = not (self.has_words or self.has_calls)
        lines = (told(said, alone=alone) for said in self._hidden.values())
        return next((line for line in lines if line), "")

    @property
    def empty(self) -> bool:
        """Whether nothing came that the answer could consist of."""
        return all(isinstance(piece, _End) for piece in self._pieces)

    def say(self, key: Hashable, text: str, events: list[Event], *, begins: bool = False) -> None:
        """Add words of the piece `key`; tagged thoughts in them become thinking.

        Args:
            key: names the piece.
            text: more of its words.
            events: where they are put.
            begins: whether they came with its beginning: then deltas may say them again.
        """
        deltas = self._spoken
        if key == self._speaking and 0 < len(text) < deltas.size and self._thoughts.passes(text):
            deltas.came.append(text)
            deltas.size += len(text)
            self._passed.append(text)
            pieces = self._keys.get(key)
            last = pieces[-1] if pieces else None
            if isinstance(last, _AssembledText) and not last.thinking:
                last.pieces.append(text)
                events.append(TextDelta(text))
            else:
                self._note(key, TextDelta(text), events)
            return
        if key != self._speaking:
            self._fall_silent(events)
            self._speaking = key
            self._spoken = self._deltas[key]
            if self._begins_thinking:
                self._begins_thinking = False
                self._thoughts = Thoughts(inside=True)
        self._feed(self._spoken.begin(text) if begins else self._spoken.more(text), events)

    def settle(self, key: Hashable, whole: str, events: list[Event]) -> None:
        """Emit what is held back of the deltas of the piece `key`.

        Args:
            key: names the piece.
            whole: all of its text, by the server's word.
            events: where it is put.
        """
        if key == self._speaking:
            self._feed(self._spoken.settle(whole), events)

    def think(self, key: Hashable, text: str, events: list[Event], *, begins: bool = False) -> None:
        """Add thinking of the piece `key`; `begins` is that of `say`.

        Where it comes before the words, they do not begin within a thought, whatever the template
        does: the server has told the two apart.
        """
        if text:
            self._begins_thinking = False
            self._thoughts.apart = True
            if key != self._pondering:
                self._end_thought(events)
                self._pondering = key
            deltas = self._deltas[key]
            if more := deltas.begin(text) if begins else deltas.more(text):
                self._note(key, ReasoningDelta(more), events)

    def end_segment(self, events: list[Event]) -> None:
        """End the segment: the text so far is a message of its own."""
        self._fall_silent(events)
        self._pieces.append(_End())
        events.append(SegmentEnded())

    def call(
        self,
        key: Hashable,
        *,
        call_id: str = "",
        name: str = "",
        arguments: str = "",
        whole: str | None = None,
    ) -> None:
        """Add to the tool call `key`; it begins with the first mention of the key.

        Args:
            key: names the call.
            call_id: its id, where this message has one; the first that is not empty stays.
            name: its name, where this message has one; the first that is not empty stays.
            arguments: more of its arguments.
            whole: all of its arguments, in place of what was added.
        """
        call = self._call(key)
        call.call_id = call.call_id or call_id
        call.name = call.name or called(name)
        if whole is not None:
            call.arguments = [whole]
        elif arguments:
            call.arguments.append(arguments)

    def arguments(self, key: Hashable) -> str:
        """Return the arguments of the call `key` as far as they came; "" if there is none."""
        found = next((p for p in self._keys.get(key, ()) if isinstance(p, _AssembledCall)), None)
        return joined(found.arguments) if found else ""

    def keep(self, key: Hashable, raw: str, *, thinking: bool = False) -> None:
        """Keep the server's own item of the piece `key`, in place of an earlier one.

        Args:
            key: names the piece; one that has said nothing is opaque, or an encrypted thought.
            raw: the item, as JSON.
            thinking: whether a piece that has said nothing is a thought.
        """
        pieces = self._keys.setdefault(key, [])
        if pieces:
            pieces[-1].raw = raw
            return
        piece: _Keyed = _AssembledText(thinking=True, raw=raw) if thinking else _Other(raw)
        self._pieces.append(piece)
        pieces.append(piece)

    def hide(self, key: object, said: Mapping[str, object]) -> None:
        """Remember something that cannot be shown, in place of what was known as `key`.

        A server names it, in whatever it takes for a name.
        """
        self._hidden[repr(key)] = said

    def text(self, key: Hashable) -> str:
        """Return the text and reasoning of the piece `key` as far as they came."""
        pieces = self._keys.get(key, ())
        return "".join("".join(p.pieces) for p in pieces if isinstance(p, _AssembledText))

    def words(self, key: Hashable) -> str:
        """Return the words of the piece `key` as far as they came."""
        pieces = self._keys.get(key, ())
        return "".join(
            "".join(p.pieces) for p in pieces if isinstance(p, _AssembledText) and not p.thinking
        )

    def close(self, events: list[Event]) -> None:
        """End the answer: give out what was held back, and the whole of it as a `Recorded`."""
        self._fall_silent(events)
        events.append(Recorded(Step(tuple(_parts(self._pieces)), self._origin)))

    def break_off(self, events: list[Event]) -> None:
        """Emit the text that was held back, because the answer ends before it is whole."""
        self._fall_silent(events)

    def _fall_silent(self, events: list[Event]) -> None:
        """Emit what was held back of what was thought and said."""
        self._end_thought(events)
        self._feed(self._spoken.rest(), events)
        for said in self._thoughts.flush():
            self._note(self._speaking, said, events)

    def _feed(self, text: str, events: list[Event]) -> None:
        parts = self._thoughts.feed(text, self._passed)
        self._passed.clear()
        for said in parts:
            self._note(self._speaking, said, events)

    def _end_thought(self, events: list[Event]) -> None:
        if thought := self._deltas[self._pondering].rest():
            self._note(self._pondering, ReasoningDelta(thought), events)

    def _note(self, key: Hashable, said: Said, events: list[Event]) -> None:
        events.append(said)
        if isinstance(said, Restarted):
            self._take_back(key, events)
            return
        thinking = isinstance(said, ReasoningDelta)
        pieces = self._keys.get(key)
        if pieces is None:
            pieces = self._keys[key] = []
        last = pieces[-1] if pieces else None
        if not isinstance(last, _AssembledText) or last.thinking is not thinking:
            last = _AssembledText(thinking)
            self._pieces.append(last)
            pieces.append(last)
        last.pieces.append(said.text)

    def _take_back(self, key: Hashable, events: list[Event]) -> None:
        """Forget the text of the piece `key`, which comes again as reasoning; emit the rest."""
        void = [p for p in self._keys[key] if isinstance(p, _AssembledText) and not p.thinking]
        self._keys[key] = [p for p in self._keys[key] if not _is_among(p, void)]
        self._pieces = [p for p in self._pieces if not _is_among(p, void)]
        for piece in self._pieces:
            if isinstance(piece, _AssembledText) and not piece.thinking:
                events.append(TextDelta("".join(piece.pieces)))
            elif isinstance(piece, _End):
                events.append(SegmentEnded())

    def _call(self, key: Hashable) -> _AssembledCall:
        pieces = self._keys.setdefault(key, [])
        for piece in pieces:
            if isinstance(piece, _AssembledCall):
                return piece
        call = _AssembledCall()
        self._pieces.append(call)
        pieces.append(call)
        return call


def _parts(pieces: list[_Piece]) -> Iterator[Part]:
    """Yield what is recorded of an answer; words behind the end of a segment begin the next."""
    used: set[str] = set()
    has_ended = False
    for number, piece in enumerate(pieces):
        part = _part(piece, number, used)
        if isinstance(part, TextPart):
            yield replace(part, begins_segment=has_ended)
            has_ended = False
        elif part is not None:
            yield part
        else:
            has_ended = has_ended or isinstance(piece, _End)


def _part(piece: _Piece, number: int, used: set[str]) -> Part | None:
    match piece:
        case _AssembledText(thinking=thinking, pieces=pieces, raw=raw):
            text = "".join(pieces)
            if thinking:
                return Thought(text, raw)
            return TextPart(text, raw) if text else None
        case _AssembledCall() as call if call.is_none:
            return None
        case _AssembledCall(call_id=call_id, name=name, arguments=arguments, raw=raw):
            call_id = _unused(call_id or f"call_{number}", used)
            return ToolCall(call_id, name, joined(arguments), raw)
        case _Other(raw=raw):
            return Opaque(raw)
        case _End():
            return None
        case _:
            assert_never(piece)


def _is_blank(pieces: list[str]) -> bool:
    return not any(piece.strip() for piece in pieces)


def _is_among(piece: _Piece, pieces: list[_AssembledText]) -> bool:
    return any(piece is other for other in pieces)


def _unused(call_id: str, used: set[str]) -> str:
    """Return an id for a call that differs from those of the same answer."""
    free, number = call_id, 2
    while free in used:
        free, number = f"{call_id}_{number}", number + 1
    used.add(free)
    return free
