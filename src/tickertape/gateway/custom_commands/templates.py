"""Texts with placeholders, purely: read once at the start, filled in one pass.

    {text}      all words behind the command; where there are none, the message that it replies to
    {1}, {2}    single words, up to {99}
    {name}      the person who asks
    {quoted}    the message that it replies to
    {1:Berlin}  the text behind the colon where there is no such word
    {{ and }}   braces

What a person typed is put in as it is and never read again: it cannot become a placeholder.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from tickertape.gateway.custom_commands.call import CommandCall

__all__ = [
    "ALL_WORDS",
    "Filled",
    "MissingWordsError",
    "Placeholder",
    "Template",
    "TemplateError",
    "parsed",
]

ALL_WORDS: Final = "words"
"""The placeholder that stands for all words, each an argument of its own: in programs alone."""

_NAMES: Final = ("text", "name", "quoted")
_PIECE: Final = re.compile(r"\{\{|\}\}|\{([^{}:]*)(?::([^{}]*))?\}|[{}]")
_NUMBER: Final = re.compile(r"[1-9][0-9]?")


class TemplateError(ValueError):
    """Raised for a text that cannot be a template; says what is allowed, as a phrase."""


class MissingWordsError(Exception):
    """Raised where a person left out what a command needs."""


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A place that is filled."""

    name: str
    """`text`, `name`, `quoted`, or the number of a word."""
    default: str | None = None
    """What stands there where a person gave nothing; None: then it is missing."""


class Filled(NamedTuple):
    """A text whose places are filled."""

    text: str
    """The text."""
    begins_typed: bool
    """Whether it begins with what a person chose."""


@dataclass(frozen=True, slots=True)
class Template:
    """A text with placeholders."""

    pieces: tuple[str | Placeholder, ...]
    """Text and placeholders in their order."""

    @property
    def placeholders(self) -> tuple[Placeholder, ...]:
        """The placeholders in their order."""
        return tuple(piece for piece in self.pieces if isinstance(piece, Placeholder))

    @property
    def has_quote(self) -> bool:
        """Whether the message that is replied to has a place of its own."""
        return any(piece.name == "quoted" for piece in self.placeholders)

    def uses_quote(self, call: CommandCall) -> bool:
        """Return whether the message that is replied to stands in the filled text."""
        stands_in = any(piece.name == "text" for piece in self.placeholders) and not call.text
        return bool(call.quoted) and (self.has_quote or stands_in)

    def filled(self, call: CommandCall, *, has_quote: bool | None = None) -> Filled:
        """Return the text with all places filled.

        Args:
            call: what the person gave.
            has_quote: whether the message that is replied to has a place of its own, in this
                template or in another that belongs to it; None: look in this one.

        Raises:
            MissingWordsError: when nothing is there for a place without a default.
        """
        is_apart = self.has_quote if has_quote is None else has_quote
        text, begins_typed = "", False
        for piece in self.pieces:
            if isinstance(piece, str):
                text += piece
                continue
            typed = _typed(piece, call, is_apart)
            begins_typed = begins_typed or (not text and bool(typed))
            if not typed and piece.default is None and piece.name != "name":
                raise MissingWordsError(piece.name)
            text += typed or piece.default or ""
        return Filled(text, begins_typed)


def parsed(text: str) -> Template:
    """Return a text as a template.

    Raises:
        TemplateError: for an unknown placeholder, or a brace that belongs to none.
    """
    return Template(tuple(_joined(_pieces(text))))


def _pieces(text: str) -> Iterator[str | Placeholder]:
    end = 0
    for found in _PIECE.finditer(text):
        yield text[end : found.start()]
        end = found.end()
        match found[0]:
            case "{{" | "}}":
                yield found[0][0]
            case "{" | "}":
                raise TemplateError("placeholders in braces; write {{ and }} for braces")
            case _:
                yield _placeholder(found[1], found[2])
    yield text[end:]


def _placeholder(name: str, default: str | None) -> Placeholder:
    if name == ALL_WORDS:
        raise TemplateError("{words} only as a whole argument of a program")
    if name not in _NAMES and not _NUMBER.fullmatch(name):
        allowed = "{text}, {name}, {quoted}, {1} to {99}, as {1:Berlin} with a default"
        raise TemplateError(f"the placeholders {allowed}; write {{{{ and }}}} for braces")
    return Placeholder(name, default)


def _joined(pieces: Iterator[str | Placeholder]) -> Iterator[str | Placeholder]:
    """Yield the pieces with neighbouring texts as one."""
    text = ""
    for piece in pieces:
        if isinstance(piece, str):
            text += piece
            continue
        if text:
            yield text
        yield piece
        text = ""
    if text:
        yield text


def _typed(place: Placeholder, call: CommandCall, has_quote: bool) -> str:
    """Return what a person gave for a place; empty if it was nothing."""
    match place.name:
        case "text":
            return call.text or ("" if has_quote else call.quoted)
        case "quoted":
            return call.quoted
        case "name":
            return call.name
        case number:
            at = int(number) - 1
            return call.words[at] if at < len(call.words) else ""
