"""A text of twice the length takes twice the work, whatever is repeated in it."""

from __future__ import annotations

import sys

import pytest
from benchmarks.texts import PIECES

from tickertape.markup.forms import Format
from tickertape.markup.pages import Limits
from tickertape.markup.paper import page
from tickertape.markup.rulers import UTF16

SOURCES = sorted({piece.source for piece in PIECES} | {"<i>]\n> ", "<b>x)", "[a", "**a_", "- > "})
SIZE = 2_000
FEW = 200
"""Calls that depend on no length: lines of which there is one, and then two."""
MOST = 2.5
"""How many times the calls a text of twice the length may take: 2, and what is sorted."""


def calls(text: str) -> int:
    """Return how many functions of Python are called to show a text, as it grows and in the end."""
    count = 0

    def note(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        growing = page("markdown", Limits(1_000_000, UTF16))
        growing.add(text)
        growing.preview(Format.SPANS)
        growing.final(Format.SPANS)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("source", SOURCES)
def test_twice_the_text_takes_twice_the_calls(source: str) -> None:
    """Nothing that is open is compared with all else that is."""
    times = 2 * (SIZE // (2 * len(source)) + 1)  # even: each second one may close a fence
    assert calls(source * 2 * times) <= MOST * calls(source * times) + FEW
