"""What was shown live is not shown again, and what was not shown is not forgotten."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.delivery.acknowledged import rest, stands


@pytest.mark.parametrize(
    ("said", "acknowledged", "left"),
    [
        ("Hello world", "", "Hello world"),
        ("Hello world", "Hello ", "world"),
        ("Hello", "Hello", ""),
        ("Hello", "Hello world", ""),
        ("Hello", "Hullo", "Hello"),
        ("", "Hullo", ""),
    ],
)
def test_the_rest_of_a_text(said: str, acknowledged: str, left: str) -> None:
    """The rest follows what was acknowledged; where that is another text, all is left."""
    assert rest(said, acknowledged) == left


@given(st.text(), st.text())
def test_acknowledged_and_rest_are_what_was_said(shown: str, more: str) -> None:
    """What was shown and its rest, joined, are what was said: nothing twice, nothing lost."""
    said = shown + more
    assert stands(said, shown)
    assert shown + rest(said, shown) == said


@given(st.lists(st.text(max_size=3)).map(tuple), st.lists(st.text(max_size=3)).map(tuple))
def test_rows_are_guarded_like_characters(said: tuple[str, ...], shown: tuple[str, ...]) -> None:
    """Something else on screen means that all is left; a longer beginning, that nothing is."""
    left = rest(said, shown)
    if not stands(said, shown):
        assert left == said
    elif len(shown) >= len(said):
        assert left == ()
    else:
        assert shown + left == said
