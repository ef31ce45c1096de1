"""The bot's name is cut out of a text, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.channels.telegram.mentions import TextRange, span_of, without
from tickertape.markup.rulers import UTF16

WORDS = st.lists(st.text(alphabet="ab😀é👩‍👧\n ", max_size=6), min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("text", "offset", "units", "expected"),
    [
        ("@bot hi", 0, 4, TextRange(0, 4)),
        ("😀 @bot", 3, 4, TextRange(2, 6)),
        ("👩‍👧@bot", 5, 4, TextRange(3, 7)),
        ("😀@bot", 1, 4, None),
        ("@bot😀", 0, 5, None),
        ("@bot", 0, 5, None),
        ("@bot", 4, 1, None),
        ("@bot", -1, 4, None),
        ("@bot", 0, 0, None),
        ("", 0, 1, None),
    ],
)
def test_span_of(text: str, offset: int, units: int, expected: TextRange | None) -> None:
    """UTF-16 bounds become code points, and bounds that fit no characters become nothing."""
    assert span_of(text, offset, units) == expected


@pytest.mark.parametrize(
    ("text", "spans", "expected"),
    [
        ("@bot hi", [TextRange(0, 4)], "hi"),
        ("hi @bot", [TextRange(3, 7)], "hi"),
        ("hi @bot there", [TextRange(3, 7)], "hi there"),
        ("@bot\nhi", [TextRange(0, 4)], "hi"),
        ("a\n@bot b", [TextRange(2, 6)], "a\nb"),
        ("@bot   x", [TextRange(0, 4)], "x"),
        ("a @bot   b", [TextRange(2, 6)], "a   b"),
        ("(@bot)", [TextRange(1, 5)], "()"),
        ("@bot @bot hi", [TextRange(0, 4), TextRange(5, 9)], "hi"),
        ("/new@bot now", [TextRange(4, 8)], "/new now"),
        ("@bot", [TextRange(0, 4)], ""),
        ("abcdef", [TextRange(0, 4), TextRange(2, 6)], "ab"),
        ("as it is", [], "as it is"),
    ],
)
def test_without(text: str, spans: list[TextRange], expected: str) -> None:
    """A cut closes its gap by one blank at most."""
    assert without(text, spans) == expected


@given(WORDS, st.sampled_from(["@bot", "😀", "/x"]))
def test_nothing_else_is_eaten(words: list[str], name: str) -> None:
    """Whatever stands around the names, only the names and blanks go, and the order stays."""
    spans, text = [], words[0]
    for word in words[1:]:
        span = span_of(text + name, UTF16.measure(text), UTF16.measure(name))
        assert span == TextRange(len(text), len(text) + len(name))
        spans.append(span)
        text += name + word
    left = without(text, spans)
    assert "".join(left.split()) == "".join("".join(words).split())
    assert left == left.strip()


@given(st.text(), st.integers(-3, 12), st.integers(-3, 12))
def test_a_span_is_exact(text: str, offset: int, units: int) -> None:
    """A span that is found has exactly the asked bounds in UTF-16."""
    span = span_of(text, offset, units)
    if span is not None:
        assert UTF16.measure(text[: span.start]) == offset
        assert UTF16.measure(text[span.start : span.end]) == units
