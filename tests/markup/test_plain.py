"""Plain rendering: what a server makes of a text, done before it does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.markup.plain import alike, render


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("  Hello\n\n", "Hello"),
        ("a\tb", "a b"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("bell\x07 and null\x00", "bell and null"),
        ("inner  blanks\n\n\nstay", "inner  blanks\n\n\nstay"),
        (" \n\t ", ""),
        ("a\u202eb", "ab"),
        ("a\u2028b\u2029c\x0bd\x0ce\x85f", "a\nb\nc\nd\ne\nf"),
        ("a\x1cb\x1dc\x1ed\x1fe", "a\nb\nc\nd e"),
        ("half \ud83d a pair", "half � a pair"),
        ("\ud83d\ude80 joined\n", "🚀 joined"),
    ],
)
def test_texts_are_trimmed_and_cleaned(text: str, shown: str) -> None:
    """Blanks at the ends and control characters go, all else stays."""
    assert render(text) == shown


@pytest.mark.parametrize("mark", ["\u030a", "\u0333", "\u033f"])
def test_marks_that_a_server_drops_are_not_sent(mark: str) -> None:
    """A letter with such a mark is shown without it: sent with it, it would look like a failure."""
    assert render(f"a{mark} word") == "a word"


@given(st.text())
def test_rendering_twice_changes_nothing(text: str) -> None:
    """What is on screen, rendered again, is what is on screen: texts can be compared."""
    assert render(render(text)) == render(text)


def test_a_server_may_differ_in_what_nobody_sees() -> None:
    """Blanks and unprintable characters may differ; no visible character may."""
    assert alike("Hello world", "Hello  wor\u202eld\n")
    assert not alike("Hello", "Hello world")
    assert not alike("Hello world", "Hello World")
