"""Random Markdown in many scripts, small: the whole run is `make texts` (`benchmarks/texts.py`)."""

from __future__ import annotations

import gc

import pytest
from benchmarks.texts import PIECES, SCRIPTS, Piece, broken_rules, drawn, lost, words_of
from hypothesis import given, settings
from hypothesis import strategies as st

texts = st.sampled_from(list(SCRIPTS)).flatmap(
    lambda script: st.lists(
        st.one_of(st.sampled_from(PIECES), st.sampled_from(words_of(script))), max_size=16
    )
)


@settings(max_examples=200, deadline=None)
@given(texts)
def test_no_letter_is_missing_from_a_final(pieces: list[Piece]) -> None:
    """Every letter and digit that was said is in the final, in its order, in every form."""
    assert list(lost(pieces)) == []


@pytest.mark.parametrize("seed", range(1, 121))
def test_drawn_texts_break_no_rule(seed: int) -> None:
    """Some of the texts that the whole run draws: every rule holds for them."""
    assert list(broken_rules(drawn(seed))) == []


def test_reading_leaves_no_cycles() -> None:
    """All that a text is read with goes at once: none of it waits for the garbage collector."""
    texts = [drawn(seed) for seed in range(1, 11)]
    gc.collect()
    gc.disable()
    try:
        for text in texts:
            list(broken_rules(text))
        assert gc.collect() == 0
    finally:
        gc.enable()
