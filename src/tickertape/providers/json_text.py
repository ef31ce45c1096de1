"""JSON, read as kindly as can be and written so that every server can read it.

Servers and models write JSON with raw control characters, broken UTF-8, halves of surrogate pairs,
NaN, and numbers that no float holds. What is read here has none of these, so that it can be shown,
kept, and sent again. No input makes it raise.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from typing import TypeVar

import msgspec

__all__ = ["DEPTH", "is_object", "object_of", "parsed", "read_mended", "sendable", "written"]

DEPTH = 200
"""Objects and lists within each other that are read: RFC 8259, section 9, lets a reader bound it.
Beyond some hundreds Python's own reader and writer fail, depending on who calls them."""

_T = TypeVar("_T")

_SURROGATES = re.compile("[\ud800-\udfff]+")


def parsed(data: bytes) -> object:
    """Read JSON; None for what is none, and for null, which says nothing.

    NaN, and numbers that no float holds, are given as text.
    """
    text = data.decode("utf-8", "replace")
    try:
        said = json.loads(text, strict=False, parse_constant=str, parse_float=_float)
    except (ValueError, RecursionError):
        return None
    if _is_deeper(said, DEPTH):
        return None
    return sendable(said) if "\\u" in text else said


def read_mended(reader: msgspec.json.Decoder[_T], data: bytes) -> _T | None:
    """Read JSON that is not quite in order as a struct; None for what is none."""
    try:
        return reader.decode(_mended(data))
    except (ValueError, RecursionError):
        return None


def object_of(text: str) -> dict[str, object] | None:
    """Read a JSON object; None for what is none."""
    said = parsed(_joined(text, "?").encode())
    return said if isinstance(said, dict) else None


def is_object(text: str) -> bool:
    """Return whether a text is a JSON object to every parser, the strictest included.

    Args:
        text: JSON as a model wrote it; halves of surrogate pairs are passed over.
    """
    try:
        return isinstance(msgspec.json.decode(text.encode("utf-8", "replace")), dict)
    except (ValueError, RecursionError):
        return False


def written(value: object) -> str:
    """Write JSON in its shortest form, with the characters as they are.

    Raises:
        RecursionError: when it is nested far deeper than `DEPTH`.
    """
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def sendable(value: object, half: str = "?") -> object:
    """Replace half surrogate pairs, which no UTF-8 can carry; whole pairs become characters.

    Args:
        value: what shall be written as JSON; tuples become lists.
        half: what stands for a half.
    """
    match value:
        case str():
            return _joined(value, half)
        case dict():
            return {_joined(str(name), half): sendable(v, half) for name, v in value.items()}
        case list() | tuple():
            return [sendable(inner, half) for inner in value]
        case _:
            return value


def _mended(data: bytes) -> bytes:
    """Write again what can be read of JSON that is not quite JSON; `null` where nothing can."""
    return written(parsed(data)).encode()


def _joined(text: str, half: str) -> str:
    return _SURROGATES.sub(lambda found: _paired(found[0]).replace("\ufffd", half), text)


def _paired(surrogates: str) -> str:
    return surrogates.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _float(digits: str) -> float | str:
    number = float(digits)
    return number if math.isfinite(number) else digits


def _is_deeper(value: object, depth: int) -> bool:
    """Return whether a value nests more than `depth` objects and lists."""
    level = [value]
    for _ in range(depth):
        level = [inner for outer in level for inner in _inner(outer)]
        if not level:
            return False
    return any(isinstance(deepest, dict | list) for deepest in level)


def _inner(value: object) -> Iterable[object]:
    match value:
        case dict():
            return value.values()
        case list():
            return value
        case _:
            return ()
