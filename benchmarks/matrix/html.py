"""HTML of Matrix as its readers' programs take it: what is allowed, and what is shown of it.

The subset is that of the specification (v1.15, 11.2.1 "m.room.message msgtypes"). Nothing here is
taken from the channel: it is written by what the specification says, so that one misreading does
not hide another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from typing import Final

__all__ = ["ALLOWED", "SCHEMES", "faults", "text_of", "words_of"]

_BARE: Final = (
    "h1 h2 h3 h4 h5 h6 blockquote p ul li hr table thead tbody tr th td caption pre details "
    "summary del sup sub b i u strong em s br"
)
ALLOWED: Final[Mapping[str, frozenset[str]]] = {
    **dict.fromkeys(_BARE.split(), frozenset[str]()),
    "span": frozenset({"data-mx-bg-color", "data-mx-color", "data-mx-spoiler", "data-mx-maths"}),
    "a": frozenset({"target", "href"}),
    "img": frozenset({"width", "height", "alt", "title", "src"}),
    "ol": frozenset({"start"}),
    "code": frozenset({"class"}),
    "div": frozenset({"data-mx-maths"}),
}
"""The allowed tags, each with its allowed attributes."""
SCHEMES: Final = ("https", "http", "ftp", "mailto", "magnet")
"""The allowed schemes of links."""

_VOID: Final = {"br", "hr", "img"}
_BLOCKS: Final = {"ol", "div", *_BARE.partition(" del")[0].split()} - {"th", "td"}
# Which tags hold which, where HTML is strict about it (html.spec.whatwg.org, "content model").
_WITHIN: Final[Mapping[str, frozenset[str]]] = {
    "li": frozenset({"ul", "ol"}),
    "tr": frozenset({"thead", "tbody"}),
    "td": frozenset({"tr"}),
    "th": frozenset({"tr"}),
    "thead": frozenset({"table"}),
    "tbody": frozenset({"table"}),
    "summary": frozenset({"details"}),
}
_DEEPEST: Final = 100


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.faults: list[str] = []
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.faults += self._faults(tag, dict(attrs))
        if tag in _BLOCKS or tag == "br":
            self.parts.append("\n")
        elif tag in {"td", "th"}:
            self.parts.append("\t")
        if tag not in _VOID:
            self.open.append(tag)
            if len(self.open) > _DEEPEST:
                self.faults.append(f"nested more than {_DEEPEST} deep")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes what is not open")
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        is_kept = "pre" in self.open
        text = data if is_kept else re.sub(r"[ \t\n]+", " ", data)
        if text.strip() and self.open and self.open[-1] in {"ul", "ol", "table", "tr", "tbody"}:
            self.faults.append(f"text in <{self.open[-1]}>: {data!r}")
        self.parts.append(text)

    def handle_comment(self, data: str) -> None:
        self.faults.append(f"a comment: {data!r}")

    def handle_decl(self, decl: str) -> None:
        self.faults.append(f"a declaration: {decl!r}")

    def _faults(self, tag: str, attributes: Mapping[str, str | None]) -> Iterator[str]:
        if tag not in ALLOWED:
            yield f"<{tag}> is not allowed"
            return
        yield from (f"<{tag} {one}>" for one in attributes if one not in ALLOWED[tag])
        if (parents := _WITHIN.get(tag)) and (not self.open or self.open[-1] not in parents):
            yield f"<{tag}> stands in <{self.open[-1] if self.open else ''}>"
        if tag in _BLOCKS and set(self.open) & {"p", "pre", "summary", "h1", "h2", "h3", "td"}:
            yield f"<{tag}> stands in {self.open}"
        if tag == "a" and "a" in self.open:
            yield "a link in a link"
        href = attributes.get("href")
        if tag == "a" and (href or "").partition(":")[0].lower() not in SCHEMES:
            yield f"a link to {href!r}"
        if tag == "code" and not re.fullmatch(r"language-\S+|", attributes.get("class") or ""):
            yield f"a class {attributes['class']!r}"
        start = attributes.get("start")
        if start is not None and not re.fullmatch(r"\d+", start):
            yield f"a list that begins with {start!r}"


def faults(html: str) -> list[str]:
    """Return what is not allowed in a formatted text, a sentence each."""
    reader = _read(html)
    return [*reader.faults, *(f"<{tag}> is not closed" for tag in reader.open)]


def text_of(html: str) -> str:
    """Return what is shown of a formatted text, with line breaks between blocks."""
    lines = "".join(_read(html).parts).replace("\u00a0", " ").split("\n")
    return "\n".join(line for line in lines if line.strip())


def words_of(text: str) -> str:
    """Return the letters and digits of a text alone."""
    return "".join(char for char in text if char.isalnum())


def _read(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader
