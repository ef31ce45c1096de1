"""What a message says and how it looks, in one form for what is due and for what stands there.

The form is a text and a JSON text, so that two messages look alike when these are equal: entities
sorted by place, styles that touch put together (a server splits them as it likes), what a server
finds by itself left out; or blocks, without the labels that a server adds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tickertape.channels.telegram.links import is_linkable
from tickertape.channels.telegram.rich import rich_blocks
from tickertape.emulator.content import Content
from tickertape.emulator.spans import DETECTED, SPLITTABLE
from tickertape.markup.forms import Blocks, Look, Plain, Rendering, Span, Spans

__all__ = ["Seen", "seen_of", "to_be_seen", "words_of_rich"]

_KINDS: Final = {
    Look.BOLD: "bold",
    Look.ITALIC: "italic",
    Look.STRIKE: "strikethrough",
    Look.UNDERLINE: "underline",
    Look.SPOILER: "spoiler",
    Look.CODE: "code",
    Look.PRE: "pre",
    Look.LINK: "text_link",
    Look.QUOTE: "blockquote",
    Look.FOLDED_QUOTE: "expandable_blockquote",
}
_WORDS: Final = ("summary", "text", "expression", "blocks", "items", "cells")
_ADDED: Final = frozenset({"label"})

_Place = tuple[int, int, str, str]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a reader sees of a message."""

    text: str
    """What it says."""
    looks: str
    """How it looks; empty: like any text."""


def to_be_seen(rendering: Rendering) -> Seen:
    """Return what a reader must see of a rendering."""
    match rendering.form:
        case Plain():
            return Seen(rendering.text, "")
        case Spans(spans):
            taken = (span for span in spans if span.look is not Look.LINK or _is_taken(span))
            places = [
                (span.start, span.start + span.length, _KINDS[span.look], span.detail)
                for span in taken
            ]
            return Seen(rendering.text, _looks_of_places(places))
        case Blocks(blocks):
            written = rich_blocks(blocks, is_draft=False)
            return _seen_of_blocks(written) if written else Seen(rendering.text, "")


def seen_of(content: Content) -> Seen:
    """Return what a reader sees of a message of the emulated Telegram."""
    if content.rich is not None:
        return _seen_of_blocks(content.rich.blocks)
    places: list[_Place] = []
    for entity in content.text.entities_json():
        start, length = entity["offset"], entity["length"]
        if entity["type"] not in DETECTED and isinstance(start, int) and isinstance(length, int):
            detail = entity.get("url") or entity.get("language") or ""
            places.append((start, start + length, str(entity["type"]), str(detail)))
    return Seen(content.text.text, _looks_of_places(places))


def words_of_rich(value: object) -> str:
    """Return the words of an `InputRichMessage`, as JSON; "" if it is not one."""
    try:
        message = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return ""
    return _words(message.get("blocks")) if isinstance(message, dict) else ""


def _is_taken(span: Span) -> bool:
    return is_linkable(span.detail)


def _seen_of_blocks(blocks: Iterable[object]) -> Seen:
    blocks = list(blocks)
    return Seen(_words(blocks), json.dumps(_bare(blocks), ensure_ascii=False, sort_keys=True))


def _words(value: object) -> str:
    """Return the readable text: pieces of a line joined, blocks below each other."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "\n".join(map(_words, value))
    if not isinstance(value, dict):
        return ""
    parts = ((name, value[name]) for name in _WORDS if name in value)
    return "\n".join(_line(part) if name in {"text", "summary"} else _words(part)
                     for name, part in parts)  # fmt: skip


def _line(value: object) -> str:
    if isinstance(value, list):
        return "".join(map(_line, value))
    return _words(value)


def _bare(value: object) -> object:
    """Drop what a server adds."""
    if isinstance(value, dict):
        return {name: _bare(part) for name, part in value.items() if name not in _ADDED}
    return [_bare(part) for part in value] if isinstance(value, list) else value


def _looks_of_places(places: Iterable[_Place]) -> str:
    firm: list[_Place] = []
    soft: dict[str, list[tuple[int, int]]] = {}
    for place in places:
        if place[2] in SPLITTABLE:
            soft.setdefault(place[2], []).append(place[:2])
        else:
            firm.append(place)
    joined = [(*run, kind, "") for kind, runs in soft.items() for run in _joined(runs)]
    found = sorted([*firm, *joined])
    return json.dumps(found, ensure_ascii=False) if found else ""


def _joined(runs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Put stretches together that overlap or touch."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(runs):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined
