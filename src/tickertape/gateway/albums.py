"""Messages that belong together become one, purely: albums, and what was sent in one burst.

    albums.take(inbound, now) -> messages that are complete at once
    albums.due                -> the moment at which one that waits is complete
    albums.ready(now)         -> that one

A platform delivers ten pictures that were sent as one as ten messages, of which one, anywhere
among them, has the caption. So a message of an album waits until no other has come for a moment.
So does a message without a word: a person who sends twenty pictures is told once that none can be
read. So does a forwarded message: a question right behind it is about that, and they are one. So
does a message that may be the beginning of a longer text, which its sender's program cut into
several. Other words never wait, and what waits in their place goes before them.

What is passed on right behind words, by the same person, does not wait: the words are about it.

Of an album that was read, late pieces are dropped, unless they have words. An album in a group is
read where any of its pieces calls the bot.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from tickertape.chat import Address, Inbound, Message
from tickertape.gateway import commands
from tickertape.gateway.question import is_question, is_unreadable
from tickertape.message import Attachment, ForwardedMessage, MessagePart, QuotedMessage

__all__ = ["CUT_TEXT", "LONGEST", "LONGEST_TEXT", "RIGHT_BEHIND", "SETTLED", "Albums"]

SETTLED: Final = 0.7
"""Seconds without another piece after which an album is complete. Its pieces are sent by one call,
and come in one answer of the server, or in two that follow each other by a round trip."""

LONGEST: Final = 3.0
"""Seconds that the first piece waits at most, however many follow it: a choice."""

CUT_TEXT: Final = 1.5
"""Seconds without another piece after which a text that may go on is complete: programs send the
pieces one by one, each when the one before it has arrived."""

LONGEST_TEXT: Final = 15.0
"""Seconds that the first piece of a text waits at most: for a book, a piece each second."""

RIGHT_BEHIND: Final = 0.3
"""Seconds behind words within which what is passed on was sent together with them: a choice."""

# Albums whose late pieces are dropped: a choice, more than come within a minute.
_REMEMBERED: Final = 200

_Key: TypeAlias = tuple[Address, str | None]


@dataclass(slots=True)
class _Burst:
    """The messages that one person sends in one place."""

    due: float
    """The moment at which it is complete, if nothing follows."""
    latest: float
    """The moment at which it is complete in any case."""
    messages: list[Message] = field(default_factory=list)
    """Its pieces, in the order in which they came."""


class Albums:
    """Holds messages that were sent as one until all of them are there.

    Every moment (`now`, `due`) is in seconds, of one clock that never goes back.
    """

    def __init__(self) -> None:
        """Begin with no message."""
        self._waiting: dict[_Key, _Burst] = {}
        self._read: OrderedDict[tuple[Address, str], None] = OrderedDict()
        self._dropped: list[Message] = []
        # When a person last wrote words in a place: what they pass on right behind is about them.
        self._words_at: OrderedDict[_Key, float] = OrderedDict()

    @property
    def due(self) -> float | None:
        """The moment at which `ready` has a message; None while none waits."""
        return min((one.due for one in self._waiting.values()), default=None)

    def holds(self, chat: str) -> bool:
        """Return whether messages of a chat wait."""
        return any(address.chat == chat for address, _ in self._waiting)

    def take(self, inbound: Inbound, now: float) -> tuple[Inbound, ...]:
        """Return the messages that are complete, in order; keep those that may be a piece of more.

        Args:
            inbound: a message, or another event, which is never kept.
            now: the moment at which it came.
        """
        if not isinstance(inbound, Message):
            return (inbound,)
        # Its album was answered already. A late caption is a question of its own.
        if (inbound.address, inbound.album) in self._read and not is_question(inbound):
            self._dropped.append(inbound)
            return ()
        key = (inbound.address, inbound.sender.id if inbound.sender is not None else None)
        if inbound.may_go_on and not _is_order(inbound):
            return self._take_beginning(key, inbound, now)
        # Words never wait; messages that wait in their place came before them.
        if not inbound.album and not _waits(inbound):
            if key not in self._waiting or commands.parse(inbound.text) is not None:
                self._note_words(key, now)
                return (*self._complete_at(inbound.address), inbound)
            self._waiting[key].messages.append(inbound)
            return self._complete_at(inbound.address)
        is_behind = now - self._words_at.get(key, float("-inf")) < RIGHT_BEHIND
        if is_behind and _is_passed_on(inbound) and key not in self._waiting:
            return (*self._complete_at(inbound.address), inbound)
        waiting = self._waiting.setdefault(key, _Burst(now, now + LONGEST))
        waiting.messages.append(inbound)
        waiting.due = min(now + SETTLED, waiting.latest)
        return ()

    def _note_words(self, key: _Key, now: float) -> None:
        self._words_at[key] = now
        self._words_at.move_to_end(key)
        if len(self._words_at) > _REMEMBERED:
            self._words_at.popitem(last=False)

    def _take_beginning(self, key: _Key, message: Message, now: float) -> tuple[Inbound, ...]:
        """Keep a text that may go on; what others sent in its place came before it."""
        others = [one for one in self._waiting if one[0] == key[0] and one != key]
        before = tuple(message for one in others for message in self._complete(one))
        waiting = self._waiting.setdefault(key, _Burst(now, now + LONGEST_TEXT))
        waiting.messages.append(message)
        waiting.due = min(now + CUT_TEXT, waiting.latest)
        return before

    def ready(self, now: float) -> tuple[Message, ...]:
        """Remove and return the messages that are complete at `now`."""
        keys = [key for key, waiting in self._waiting.items() if waiting.due <= now]
        return tuple(message for key in keys for message in self._complete(key))

    def rest(self) -> tuple[Message, ...]:
        """Remove and return all messages that wait: no more will come."""
        return self.ready(float("inf"))

    def dropped(self) -> tuple[Message, ...]:
        """Remove and return the messages that are passed on in no form."""
        dropped, self._dropped = tuple(self._dropped), []
        return dropped

    def _complete_at(self, address: Address) -> tuple[Message, ...]:
        keys = [key for key in self._waiting if key[0] == address]
        return tuple(message for key in keys for message in self._complete(key))

    def _complete(self, key: _Key) -> tuple[Message, ...]:
        """Remove what waits, and return it as few messages.

        One holds all that has no words, one the forwarded messages and the words behind them; each
        album with words is one.
        """
        groups: dict[str, list[Message]] = {}
        for number, message in enumerate(_whole_texts(self._waiting.pop(key).messages)):
            groups.setdefault(message.album or f"#{number}", []).append(message)
        called = [group for group in groups.values() if not all(one.is_piece for one in group)]
        self._dropped += (one for group in groups.values() if group not in called for one in group)
        for message in (message for group in called for message in group if message.album):
            self._remember(message)
        whole = [_joined(group) for group in called]
        is_asked = bool(whole) and not (whole[-1].album or _waits(whole[-1]))
        about = [m for m in whole if _is_passed_on(m) and (is_asked or is_question(m))]
        about += whole[-1:] if is_asked else []
        wordless = [m for m in whole if m not in about and not is_question(m)]
        told = [m for m in whole if m not in about and is_question(m)]
        if about:
            told.insert(len(told) if is_asked else whole.index(about[0]), _joined(about))
        return (*([_joined(wordless)] if wordless else []), *told)

    def _remember(self, message: Message) -> None:
        self._read[message.address, message.album] = None
        if len(self._read) > _REMEMBERED:
            self._read.popitem(last=False)


def _whole_texts(messages: Iterable[Message]) -> list[Message]:
    """Return messages with texts made whole that were cut into several."""
    whole: list[Message] = []
    for message in messages:
        last = whole[-1] if whole else None
        goes_on = last is not None and last.may_go_on and _is_text(message)
        if last is not None and goes_on:
            whole[-1] = _continued(last, message)
        else:
            whole.append(message)
    return whole


def _continued(beginning: Message, rest: Message) -> Message:
    """Return a text that was cut in two as one: at the end of a line, in most cases."""
    text = f"{beginning.text}\n{rest.text}"
    parts: tuple[MessagePart, ...] = (*beginning.content, *rest.content)
    match beginning.content, rest.content:
        case (*before, str() as one), (str() as other, *behind):
            parts = (*before, f"{one}\n{other}", *behind)
    return replace(
        beginning,
        text=text,
        parts=() if parts == (text,) else parts,
        to_us=beginning.to_us or rest.to_us,
        may_go_on=rest.may_go_on,
        taken=(*beginning.taken, *rest.taken),
    )


def _is_text(message: Message) -> bool:
    return bool(message.text.strip()) and not message.album


def _is_order(message: Message) -> bool:
    """Return whether a message is a command that every bot has.

    What stands behind one of the operator's may be a long text.
    """
    return not isinstance(commands.parse(message.text), commands.UnknownCommand | None)


def _waits(message: Message) -> bool:
    """Return whether its sender may still say something about a message."""
    return is_unreadable(message) or _is_passed_on(message)


def _is_passed_on(message: Message) -> bool:
    passed_on = any(isinstance(part, ForwardedMessage) for part in message.content)
    return passed_on and not message.text.strip()


def _joined(messages: list[Message]) -> Message:
    """Return several messages as one, in the place of the first with words."""
    if len(messages) == 1:
        return messages[0]
    words = (message for message in messages if message.text.strip())
    first = next(words, next(filter(is_question, messages), messages[0]))
    texts = [message.text for message in messages if message.text.strip()]
    return replace(
        first,
        text="\n\n".join(texts),
        to_us=any(message.to_us for message in messages),
        names_us=any(message.names_us for message in messages),
        taken=tuple(number for message in messages for number in message.taken),
        came_at=messages[0].came_at,
        is_piece=False,
        parts=_merged(part for message in messages for part in message.content),
    )


def _merged(parts: Iterable[MessagePart]) -> tuple[MessagePart, ...]:
    """Return the parts of an album in reading order: each quote once, pictures, words."""
    quotes: list[MessagePart] = []
    attached: list[MessagePart] = []
    words: list[MessagePart] = []
    for part in parts:
        match part:
            case QuotedMessage():
                if part not in quotes:
                    quotes.append(part)
            case Attachment():
                attached.append(part)
            case ForwardedMessage(parts=inner, author=author):
                last = words[-1] if words else None
                if isinstance(last, ForwardedMessage) and last.author == author:
                    words[-1] = ForwardedMessage(_merged((*last.parts, *inner)), author)
                else:
                    words.append(part)
            case _:
                words.append(part)
    return (*quotes, *attached, *words)
