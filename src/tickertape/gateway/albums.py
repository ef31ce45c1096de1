"""Messages that belong together become one, purely: albums, and what was sent in one burst.

    albums.take(inbound, now) -> what can be read at once
    albums.due                -> when something that waits is complete
    albums.ready(now)         -> that

A platform delivers ten pictures that were sent as one as ten messages, of which one, anywhere
among them, has the caption. So a message of an album waits until no other has come for a moment.
So does a message without a word: whoever passes on twenty pictures is told once that none can be
read. So does what is passed on: a question right behind it is about that, and they are one. Words
alone never wait, and what waits in their place goes before them.

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

__all__ = ["LONGEST", "SETTLED", "Albums"]

SETTLED: Final = 0.7
"""Seconds without another piece after which an album is complete. Its pieces are sent by one call,
and come in one answer of the server, or in two that follow each other by a round trip."""

LONGEST: Final = 3.0
"""Seconds that the first piece waits at most, however many follow it."""

_REMEMBERED: Final = 200

_Key: TypeAlias = tuple[Address, str | None]


@dataclass(slots=True)
class _Waiting:
    """What one person sends in one place."""

    due: float
    """When it is complete, if nothing follows."""
    latest: float
    """When it is complete in any case."""
    messages: list[Message] = field(default_factory=list)
    """Its pieces, in the order in which they came."""


class Albums:
    """Holds the pieces of what was sent as one until it is complete."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._waiting: dict[_Key, _Waiting] = {}
        self._read: OrderedDict[tuple[Address, str], None] = OrderedDict()

    @property
    def due(self) -> float | None:
        """When `ready` has something to give; None while nothing waits."""
        return min((one.due for one in self._waiting.values()), default=None)

    def take(self, inbound: Inbound, now: float) -> tuple[Inbound, ...]:
        """Return what can be read at once, in its order; keep what may be a piece of more."""
        if not isinstance(inbound, Message):
            return (inbound,)
        if (inbound.address, inbound.album) in self._read and not is_question(inbound):
            return ()
        key = (inbound.address, inbound.sender.id if inbound.sender is not None else None)
        if not inbound.album and not _waits(inbound):
            if key not in self._waiting or commands.parse(inbound.text) is not None:
                return (*self._complete_at(inbound.address), inbound)
            self._waiting[key].messages.append(inbound)
            return self._complete_at(inbound.address)
        waiting = self._waiting.setdefault(key, _Waiting(now, now + LONGEST))
        waiting.messages.append(inbound)
        waiting.due = min(now + SETTLED, waiting.latest)
        return ()

    def ready(self, now: float) -> tuple[Message, ...]:
        """Return what is complete by now, and wait for it no longer."""
        keys = [key for key, waiting in self._waiting.items() if waiting.due <= now]
        return tuple(message for key in keys for message in self._complete(key))

    def rest(self) -> tuple[Message, ...]:
        """Return all that waits: nothing more will come."""
        return self.ready(float("inf"))

    def _complete_at(self, address: Address) -> tuple[Message, ...]:
        keys = [key for key in self._waiting if key[0] == address]
        return tuple(message for key in keys for message in self._complete(key))

    def _complete(self, key: _Key) -> tuple[Message, ...]:
        """Return what waited as few messages.

        One holds all that has no words, one what was passed on and the words behind it; each album
        with words is one.
        """
        groups: dict[str, list[Message]] = {}
        for number, message in enumerate(self._waiting.pop(key).messages):
            groups.setdefault(message.album or f"#{number}", []).append(message)
        called = [group for group in groups.values() if not all(one.is_piece for one in group)]
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


def _waits(message: Message) -> bool:
    """Return whether its sender may still say something about a message."""
    return is_unreadable(message) or _is_passed_on(message)


def _is_passed_on(message: Message) -> bool:
    passed_on = any(isinstance(part, ForwardedMessage) for part in message.content)
    return passed_on and not message.text.strip()


def _joined(messages: list[Message]) -> Message:
    """Return one message that holds what several do; it stands where the first words stand."""
    if len(messages) == 1:
        return messages[0]
    words = (message for message in messages if message.text.strip())
    first = next(words, next(filter(is_question, messages), messages[0]))
    texts = [message.text for message in messages if message.text.strip()]
    return replace(
        first,
        text="\n\n".join(texts),
        to_us=any(message.to_us for message in messages),
        is_piece=False,
        parts=_merged(part for message in messages for part in message.content),
    )


def _merged(parts: Iterable[MessagePart]) -> tuple[MessagePart, ...]:
    """Return the parts of an album in reading order: what is answered, once; pictures; words."""
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
