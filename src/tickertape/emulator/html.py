"""The `parse_mode` HTML: markup in, text and formatting out.

Tags, error texts and byte offsets are those of tdlib/td MessageEntity.cpp `parse_html`; the
dialect is described at core.telegram.org/bots/api#html-style.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tickertape.emulator.markdown import link_span, parse_error
from tickertape.emulator.spans import EntitySpan

__all__ = ["parse_html"]

_KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "tg-emoji": "custom_emoji",
    "blockquote": "blockquote",
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|(lt|gt|amp|quot)(?![a-zA-Z]));?")
_ATTRIBUTE = re.compile(
    r"\s*([^\s=>\"'/]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([a-zA-Z0-9.\-]+)(?=[\s>])))?\s*"
)
_TAG_NAME = re.compile(r"[^\s>]*")


@dataclass(frozen=True, slots=True)
class _OpenTag:
    """A tag whose end was not met yet."""

    tag: str
    """Its name."""
    start: int
    """Where its text begins."""
    attributes: dict[str, str]
    """What it says besides."""


def parse_html(source: str) -> tuple[str, list[EntitySpan]]:
    """Return the text without tags, and the formatting that the tags stand for.

    Raises:
        BotApiError: A tag is not known, not closed, or closed in the wrong order.
    """
    return _HtmlReader(source).read()


class _HtmlReader:
    """One pass over an HTML source."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._text: list[str] = []
        self._length = 0
        self._spans: list[EntitySpan] = []
        self._open: list[_OpenTag] = []

    def read(self) -> tuple[str, list[EntitySpan]]:
        while self._at < len(self._source):
            tag = self._source.find("<", self._at)
            self._put(_decoded(self._source[self._at : tag if tag >= 0 else None]))
            if tag < 0:
                break
            self._at = tag
            if self._source.startswith("</", tag):
                self._end_tag()
            else:
                self._start_tag()
        if self._open:
            name = self._open[-1].tag
            raise parse_error(f'Can\'t find end tag corresponding to start tag "{name}"')
        return "".join(self._text), sorted(self._spans, key=lambda span: (span.start, -span.end))

    def _put(self, text: str) -> None:
        self._text.append(text)
        self._length += len(text)

    def _start_tag(self) -> None:
        place = self._place()
        name = self._tag_name(self._at + 1)
        if self._at >= len(self._source):
            raise parse_error(f"Unclosed start tag at byte offset {place}")
        if name not in _KINDS:
            raise parse_error(f'Unsupported start tag "{name}" at byte offset {place}')
        attributes = self._attributes(name, place)
        if name == "span" and attributes.get("class") != "tg-spoiler":
            raise parse_error(f'Tag "span" must have class "tg-spoiler" at byte offset {place}')
        self._open.append(_OpenTag(name, self._length, attributes))

    def _attributes(self, name: str, place: int) -> dict[str, str]:
        attributes: dict[str, str] = {}
        source = self._source
        while True:
            while self._at < len(source) and source[self._at].isspace():
                self._at += 1
            if source.startswith(">", self._at):
                self._at += 1
                return attributes
            if self._at >= len(source):
                raise parse_error(f'Unclosed start tag "{name}" at byte offset {place}')
            match = _ATTRIBUTE.match(source, self._at)
            if match is None:
                raise parse_error(
                    f'Empty attribute name in the tag "{name}" at byte offset {place}'
                )
            key, *values = match.groups()
            value = next((value for value in values if value is not None), None)
            if value is None and not (name == "blockquote" and key == "expandable"):
                raise parse_error(
                    "Expected equal sign in declaration of an attribute of the tag "
                    f'"{name}" at byte offset {place}'
                )
            attributes[key.lower()] = _decoded(value or "")
            self._at = match.end()

    def _end_tag(self) -> None:
        place = self._place()
        if not self._open:
            raise parse_error(f"Unexpected end tag at byte offset {place}")
        name = self._tag_name(self._at + 2)
        close = len(self._source[self._at :]) - len(self._source[self._at :].lstrip())
        self._at += close
        if not self._source.startswith(">", self._at):
            raise parse_error(f"Unclosed end tag at byte offset {place}")
        self._at += 1
        opened = self._open.pop()
        if name and name != opened.tag:
            raise parse_error(
                f"Unmatched end tag at byte offset {place}, "
                f'expected "</{opened.tag}>", found "</{name}>"'
            )
        if self._length > opened.start and (span := self._span(opened)) is not None:
            self._spans.append(span)

    def _span(self, opened: _OpenTag) -> EntitySpan | None:
        start, end = opened.start, self._length
        kind = _KINDS[opened.tag]
        if kind == "text_link":
            text = "".join(self._text)[start:]
            return link_span(opened.attributes.get("href") or text, start, end)
        if kind == "custom_emoji":
            number = opened.attributes.get("emoji-id", "")
            if not number.isdigit():
                raise parse_error("Invalid custom emoji identifier specified")
            return EntitySpan(kind, start, end, (("custom_emoji_id", number),))
        if kind == "blockquote" and "expandable" in opened.attributes:
            return EntitySpan("expandable_blockquote", start, end)
        if kind == "pre":
            return self._pre(start, end)
        if kind == "code" and opened.attributes.get("class", "").startswith("language-"):
            language = opened.attributes["class"].removeprefix("language-")
            return EntitySpan(kind, start, end, (("language", language),))
        return EntitySpan(kind, start, end)

    def _pre(self, start: int, end: int) -> EntitySpan:
        """Return a code block; an inner code element that fills it names its language."""
        last = self._spans[-1] if self._spans else None
        if last is not None and (last.kind, last.start, last.end) == ("code", start, end):
            self._spans.pop()
            return EntitySpan("pre", start, end, last.extra)
        return EntitySpan("pre", start, end)

    def _tag_name(self, at: int) -> str:
        match = _TAG_NAME.match(self._source, at)
        self._at = match.end() if match else at
        return self._source[at : self._at].lower()

    def _place(self) -> int:
        return len(self._source[: self._at].encode("utf-8", "surrogatepass"))


def _decoded(text: str) -> str:
    return _REFERENCE.sub(_character, text)


def _character(match: re.Match[str]) -> str:
    hexadecimal, decimal, name = match.groups()
    if name is not None:
        return _NAMED[name]
    code = int(hexadecimal, 16) if hexadecimal is not None else int(decimal)
    return chr(code) if 0 < code < 0x10FFFF else match.group()
