"""What one message of a person holds, and how a model reads it.

    MessagePart
    ├── str                the person's own words, as Markdown
    ├── Attachment         a picture, a voice message, ...: that it is there, not what is in it
    ├── QuotedMessage      another message, or words of one, that this message answers
    └── ForwardedMessage   a forwarded message of another person

`text_for_model` is the one rendering. Everything that a channel reports comes from people, so
nothing in it may look like what is ours. Whatever is ours stands in square brackets on a line of
its own, names in it are in double quotes, and every line of another's words begins with `> `:

    [from "Anna"]
    [in reply to a message from "Ben"]
    > The meeting is at ten.

    [photo]
    Is that still so?

A name has neither quotes nor brackets nor line breaks; a line of anybody's words that begins like
one of our own gets a backslash.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias, assert_never

__all__ = [
    "Attachment",
    "AttachmentKind",
    "Author",
    "AuthorKind",
    "ForwardedMessage",
    "MessagePart",
    "QuotedMessage",
    "has_attachment",
    "has_words",
    "text_for_model",
]

_LONGEST_NAME: Final = 64
"""Characters of a name: what Telegram allows for a first name (core.telegram.org/method/
account.updateProfile)."""

_LONGEST_LABEL: Final = 1_500
"""Characters of what names an attachment: a poll's question and its options (300 and 12 of 100:
core.telegram.org/bots/api#sendpoll)."""

_LONGEST_CONTEXT: Final = 2_000
"""Characters of a message that is only answered: enough for all but the longest, and some 500
tokens in each request from there on."""

_LONGEST_QUESTION: Final = 4_096
"""Characters of an answered message that is the question itself: a whole message of Telegram."""


class AttachmentKind(StrEnum):
    """What is attached; the value is what a model is told."""

    PHOTO = "photo"
    LIVE_PHOTO = "live photo"
    VIDEO = "video"
    VIDEO_MESSAGE = "video message"
    ANIMATION = "animation"
    AUDIO = "audio"
    VOICE_MESSAGE = "voice message"
    STICKER = "sticker"
    DOCUMENT = "document"
    STORY = "story"
    PAID_MEDIA = "paid media"
    LOCATION = "location"
    VENUE = "venue"
    CONTACT = "contact"
    POLL = "poll"
    CHECKLIST = "checklist"
    DICE = "dice"
    GAME = "game"
    INVOICE = "invoice"
    GIVEAWAY = "giveaway"
    UNKNOWN = "attachment"


class AuthorKind(StrEnum):
    """Who can have written a message."""

    PERSON = "person"
    """A person with an account."""
    HIDDEN = "hidden"
    """A person who hides their account: only a name is known, and anybody may have it."""
    BOT = "bot"
    """Another bot."""
    CHAT = "chat"
    """A group, through an administrator who is not named."""
    CHANNEL = "channel"
    """A channel."""
    SELF = "self"
    """This bot."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a message."""

    name: str
    """How the platform shows them: their own choice, and not to be trusted."""
    kind: AuthorKind = AuthorKind.PERSON
    """What they are."""
    id: str = ""
    """They, as the channel names them; empty where it is not told."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """Something in a message that is not words."""

    kind: AttachmentKind
    """What it is."""
    label: str = ""
    """What names it: a file's name, a poll's question and options."""


@dataclass(frozen=True, slots=True)
class QuotedMessage:
    """Another message that this one answers."""

    parts: tuple[MessagePart, ...]
    """What it holds, as far as the platform tells; empty where nothing is told."""
    author: Author | None = None
    """Who wrote it; None where that is not told."""
    is_excerpt: bool = False
    """Whether the words were picked out of it by the person who answers."""
    place: str = ""
    """The name of the chat that it comes from, where that is another one."""


@dataclass(frozen=True, slots=True)
class ForwardedMessage:
    """A forwarded message."""

    parts: tuple[MessagePart, ...]
    """What it holds."""
    author: Author | None = None
    """Who wrote it; None where that is not told."""


MessagePart: TypeAlias = str | Attachment | QuotedMessage | ForwardedMessage
"""Anything that a message can hold."""

_MARKS: Final = r"from\b|in reply to\b|forwarded\b"
_KINDS: Final = "|".join(re.escape(kind.value) for kind in AttachmentKind)
_INVISIBLE: Final = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff"
_BREAKS: Final = r"\n\r\v\f\x1c-\x1e\x85\u2028\u2029"
# Blank letters of Hangul and Braille are the rest of what is sent as an "empty" message.
_VISIBLE: Final = re.compile(rf"[^\s{_INVISIBLE}\u115f\u1160\u2800\u3164\uffa0]")
# A line that begins like one of ours. A link ("[photo](https://...)") is none: no line of ours goes
# on with a parenthesis.
_LIKE_OURS: Final = re.compile(
    rf"(^|[{_BREAKS}])((?:[{_INVISIBLE}>*+\-#]|[^\S{_BREAKS}])*)\[(?![^\]\n]*\]\()"
    rf"(?=[ {_INVISIBLE}]*(?:{_MARKS}|(?:{_KINDS})(?:\]| \")))",
    re.IGNORECASE,
)
_QUOTES_AND_BRACKETS: Final = str.maketrans(
    {
        **dict.fromkeys('"\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\uff02', "'"),
        **dict.fromkeys("[{\uff3b\u3010\u3014\u27e6", "("),
        **dict.fromkeys("]}\uff3d\u3011\u3015\u27e7", ")"),
        "<": "\u2039",
        ">": "\u203a",
    }
)
# Format characters that belong to words: joiners in emoji, Persian and Indic scripts.
_JOINERS: Final = "\u200c\u200d"


def text_for_model(parts: Sequence[MessagePart], speaker: Author | None = None) -> str:
    """Return a message as a model reads it.

    Args:
        parts: what the message holds, in reading order.
        speaker: who wrote it, where several people write.
    """
    said = [f"[from {_phrase(speaker)}]"] if speaker is not None else []
    is_question = not has_words(part for part in parts if not isinstance(part, QuotedMessage))
    longest = _LONGEST_QUESTION if is_question else _LONGEST_CONTEXT
    blocks = list(_blocks(parts, longest))
    for at, (block, is_apart) in enumerate(blocks):
        said.append(block)
        if is_apart and at < len(blocks) - 1:
            said.append("")
    return "\n".join(said)


def has_words(parts: Iterable[MessagePart]) -> bool:
    """Return whether there is anything to read in `parts`."""
    return any(
        _VISIBLE.search(part) is not None
        if isinstance(part, str)
        else not isinstance(part, Attachment) and has_words(part.parts)
        for part in parts
    )


def has_attachment(parts: Iterable[MessagePart]) -> bool:
    """Return whether `parts` hold an attachment, also one of a message that is passed on."""
    return any(
        isinstance(part, Attachment)
        or (isinstance(part, ForwardedMessage) and has_attachment(part.parts))
        for part in parts
    )


def _blocks(parts: Sequence[MessagePart], longest: int) -> Iterator[tuple[str, bool]]:
    """Yield the blocks of a message, and whether an empty line belongs behind each."""
    marks: list[str] = []
    for part in parts:
        if isinstance(part, Attachment):
            marks.append(_mark(part))
            continue
        if marks:
            yield " ".join(marks), False
            marks = []
        match part:
            case str():
                if part.strip():
                    yield _escaped(part), True
            case QuotedMessage():
                yield _quoted(part, longest), True
            case ForwardedMessage():
                yield _forwarded(part), True
            case _:
                assert_never(part)
    if marks:
        yield " ".join(marks), False


def _mark(attachment: Attachment) -> str:
    label = f' "{label}"' if (label := _safe(attachment.label, _LONGEST_LABEL)) else ""
    return f"[{attachment.kind.value}{label}]"


def _quoted(quote: QuotedMessage, longest: int) -> str:
    text = text_for_model(quote.parts)
    is_short = len(text) <= longest
    head = "[in reply to these words" if quote.is_excerpt else "[in reply to a message"
    if quote.author is not None:
        head += f" from {_phrase(quote.author)}"
    if place := _safe(quote.place):
        head += f', in the chat "{place}"'
    head += "]" if is_short else ", shortened]"
    return _under(head, text if is_short else f"{text[: longest - 1].rstrip()}…")


def _forwarded(forward: ForwardedMessage) -> str:
    source = f" from {_phrase(forward.author)}" if forward.author is not None else ""
    return _under(f"[forwarded{source}]", text_for_model(forward.parts))


def _under(head: str, text: str) -> str:
    """Return the words of another message below what they are, each line marked."""
    return "\n".join([head, *(f"> {line}".rstrip() for line in text.splitlines())])


def _phrase(author: Author) -> str:
    """Name an author; the platform's names are always in quotes."""
    name = f'"{name}"' if (name := _safe(author.name)) else ""
    match author.kind:
        case AuthorKind.PERSON:
            return name or "somebody"
        case AuthorKind.HIDDEN:
            return f"{name} (account hidden)" if name else "somebody"
        case AuthorKind.BOT:
            return f"the bot {name}".rstrip()
        case AuthorKind.CHAT:
            return f"the chat {name}".rstrip()
        case AuthorKind.CHANNEL:
            return f"the channel {name}".rstrip()
        case AuthorKind.SELF:
            return "you"
        case _:
            assert_never(author.kind)


def _safe(name: str, longest: int = _LONGEST_NAME) -> str:
    """Return a name that can only be read as one: one line, no quotes, no brackets, not long."""
    shown = "".join(
        " " if char.isspace() else char
        for char in name.translate(_QUOTES_AND_BRACKETS)
        if char in _JOINERS or char.isspace() or unicodedata.category(char) not in {"Cc", "Cf"}
    )
    words = " ".join(shown.split())
    return words if len(words) <= longest else f"{words[: longest - 1].rstrip()}…"


def _escaped(words: str) -> str:
    r"""Put a backslash before what begins like a line of ours: `[photo]` becomes `\[photo]`."""
    return _LIKE_OURS.sub(r"\1\2\\[", words)
