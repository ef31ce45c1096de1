"""JSON that is not quite JSON."""

from __future__ import annotations

import json

import msgspec
import pytest
from hostile_json import JSON_TEXT, TEXT
from hypothesis import given
from hypothesis import strategies as st

from tickertape.providers.json_text import (
    DEPTH,
    is_object,
    object_of,
    parsed,
    read_mended,
    sendable,
    written,
)


class _Point(msgspec.Struct):
    x: object = None


_POINT = msgspec.json.Decoder(_Point)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'{"a": [1, "b"]}', {"a": [1, "b"]}),
        (b'"a\x01b"', "a\x01b"),
        (b'"a\xffb"', "a\ufffdb"),
        (b'"a\\ud83db"', "a?b"),
        (b'"\\ud83d\\ude00"', "😀"),
        (b"[NaN, -Infinity, 1e999]", ["NaN", "-Infinity", "1e999"]),
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (b"[" * DEPTH + b"]" * DEPTH, json.loads("[" * DEPTH + "]" * DEPTH)),
        (b"[" * (DEPTH + 1) + b"]" * (DEPTH + 1), None),
        (b"[" * 100_000, None),
        (b"9" * 5000, None),
        (b"null", None),
        (b"{torn", None),
        (b"", None),
    ],
)
def test_json_is_read_kindly(data: bytes, said: object) -> None:
    """What can be understood is read; what cannot, or is nested beyond reason, is nothing."""
    assert parsed(data) == said


def test_a_struct_is_read_from_what_can_be_mended() -> None:
    """A struct is read from valid JSON, from JSON that can be repaired, and from nothing else."""
    whole, odd = read_mended(_POINT, b'{"x":1}'), read_mended(_POINT, b'{"x":NaN}')
    assert whole is not None
    assert odd is not None
    assert (whole.x, odd.x) == (1, "NaN")
    for data in (b"17", b"{torn", b'{"x":' + b"[" * 100_000):
        assert read_mended(_POINT, data) is None


@given(st.text() | TEXT | JSON_TEXT)
def test_whatever_is_read_can_be_written(text: str) -> None:
    """What was read of any text is JSON in UTF-8 again, and the same when it is read again."""
    said = parsed(text.encode("utf-8", "surrogatepass"))
    assert parsed(written(said).encode()) == said
    assert json.loads(written(said), parse_constant=pytest.fail) == said
    assert object_of(text) is None or isinstance(json.loads(written(object_of(text))), dict)


def test_objects_are_told_from_all_else() -> None:
    """Only what the strictest reader takes is an object; the kindest takes more."""
    assert is_object('{"a": 1}')
    for text in ('{"a": NaN}', "[1]", "null", "", '{"a"', "[" * 100_000):
        assert not is_object(text)
    assert object_of('{"a": NaN}') == {"a": "NaN"}
    assert object_of("[1]") is None


def test_halves_are_replaced_everywhere() -> None:
    """Keys and values, lists and tuples: no half of a pair is left, and pairs are characters."""
    value = {"\udc00": ["\ud83d", ("\ud83d\ude00", 1, None)]}
    assert sendable(value) == {"?": ["?", ["😀", 1, None]]}
    assert sendable("a\ud83d", "\ufffd") == "a\ufffd"
