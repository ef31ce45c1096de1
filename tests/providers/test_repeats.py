"""Deltas that are all of the text so far, and a last one that is all of it: each word once."""

from __future__ import annotations

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tickertape.providers.repeats import Deltas, beyond

_TEXT = (
    "Die Brücke über den Fluß — 東京の橋 и мост — was opened in 1931.\n\n"
    "- It is long, it is long: 503 m.\n- ```py\nprint('a', 'a')\n```\n🙂🙂 So be it."
)


def _said(*deltas: str) -> str:
    text = Deltas()
    return "".join(map(text.more, deltas)) + text.rest()


def _grown(text: str, cuts: set[int]) -> list[str]:
    return [text[:cut] for cut in (*sorted(cuts), len(text))]


def _parted(text: str, cuts: set[int]) -> list[str]:
    ends = [*sorted(cuts), len(text)]
    return [text[a:b] for a, b in zip([0, *ends], ends, strict=False)]


_CUTS = st.sets(st.integers(1, len(_TEXT) - 1), min_size=2)


@given(_CUTS)
def test_a_text_that_grows_in_each_delta_is_said_once(cuts: set[int]) -> None:
    """From its third delta on, it is plain what each of them is."""
    assert _said(*_grown(_TEXT, cuts)) == _TEXT


@given(_CUTS)
def test_a_text_that_comes_in_pieces_is_said_as_it_is(cuts: set[int]) -> None:
    """Nothing is left out of what every well-behaved server sends."""
    assert _said(*_parted(_TEXT, cuts)) == _TEXT


@given(_CUTS)
def test_pieces_and_then_all_of_it_are_said_once(cuts: set[int]) -> None:
    """A last delta that is the whole text says nothing."""
    assert _said(*_parted(_TEXT, cuts), _TEXT) == _TEXT


@given(st.lists(st.sampled_from(["ha", "Ha ", "no ", "1", "0", "-", "=", "\n", " ", "the "])))
@example(["no ", "no no ", "no no no ", "no no no no "])
def test_a_refrain_is_no_repetition(deltas: list[str]) -> None:
    """Short words that come again and again, alone or in one delta, are all said."""
    assert _said(*deltas) == "".join(deltas)


_ROSES = "A rose is a rose. Oh. "
_ROWS: list[tuple[list[str], str]] = [
    # Too short to be sure: each is more of the text.
    (["Ha", "Ha ha"], "HaHa ha"),
    (["1", "10"], "110"),
    (["-" * 12, "-" * 30, "-" * 60], "-" * 102),
    (["la la la la, ", "la la la la, la la la la, "], "la la la la, " * 3),
    # Long enough, though there are but two or three.
    (["The capital", "The capital is", "The capital is Oslo."], "The capital is Oslo."),
    (["The capital of", "The capital of Norway."], "The capital of Norway."),
    # Some of them say nothing.
    (["", "The", "The", "The cat sat.", "The cat sat."], "TheTheThe cat sat.The cat sat."),
    (["The", "The cat", "The cat", "The cat sat.", "The cat sat."], "The cat sat."),
    (["A cat is", "A cat is on", "A cat is on a", "", "A cat is on a mat"], "A cat is on a mat"),
    # Pieces behind a text that grew, and one that was tidied up.
    (["The cat is on", "The cat is on a", "The cat is on a mat", "."], "The cat is on a mat."),
    (
        ["Cats sit\n\n", "Cats sit\n\non", "Cats sit\n\non it", "Cats sit on it."],
        "Cats sit\n\non it.",
    ),
    # A character that was torn.
    (["Fünf Brücken f\ufffd", "Fünf Brücken führen"], "Fünf Brücken f\ufffdühren"),
    # All of it again, and then more: it was more of the text.
    (["A rose is a rose. ", "Oh. ", "A rose is a rose. Oh. ", "So."], f"{_ROSES}{_ROSES}So."),
    (["A rose is a rose. ", "Oh. ", "A rose is a rose. Oh. ", "A rose is a rose. Oh. "], _ROSES),
]


@pytest.mark.parametrize(("deltas", "text"), _ROWS)
def test_what_a_row_of_deltas_says(deltas: list[str], text: str) -> None:
    """Text that only may be repeated is said; text that surely is, is said once."""
    assert _said(*deltas) == text


@given(st.text(max_size=30), st.text(max_size=30))
def test_what_is_beyond_a_text_completes_it(streamed: str, more: str) -> None:
    """What was not streamed of a whole text is what comes behind it."""
    assume(more.strip())
    assert beyond(streamed, streamed + more) == more
