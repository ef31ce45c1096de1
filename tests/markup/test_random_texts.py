"""Random Markdown in many scripts, small: the whole run is `make texts` (`benchmarks/texts.py`)."""

from __future__ import annotations

import gc

import pytest
from benchmarks.texts import PIECES, SCRIPTS, Piece, broken_rules, drawn, lost, source_of, words_of
from hypothesis import given, settings
from hypothesis import strategies as st

from tickertape.markup.bounds import EMPTY
from tickertape.markup.healing import healed
from tickertape.markup.pages import Limits
from tickertape.markup.rulers import UTF16
from tickertape.markup.scanner import Scanner

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


@pytest.mark.parametrize("seed", range(1, 61))
def test_lines_that_were_read_before_are_healed_as_if_they_were_not(seed: int) -> None:
    """What a page knows of its lines saves work, and changes nothing that is shown."""
    pieces = drawn(seed)
    for end in range(1, len(pieces) + 1):
        source = source_of(pieces[:end])
        scanner = Scanner(Limits(1_000_000, UTF16))
        scanner.read(source, lambda _text, _starts: EMPTY)
        at = scanner.chunks[-1] if scanner.chunks else 0
        assert healed(source[at:], scanner.lines(), at) == healed(source[at:])


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
