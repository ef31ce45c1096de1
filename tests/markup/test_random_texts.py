"""Random Markdown in many scripts, small: the whole run is `make texts` (`benchmarks/texts.py`)."""

from __future__ import annotations

import re

from benchmarks.texts import PIECES, SCRIPTS, Piece, lost, source_of, words_of
from hypothesis import given, settings
from hypothesis import strategies as st

# What stands behind the marks of a fence may be its language, which is no text.
_FENCED = re.compile(r"^[ \t>]*(?:`{3}|~{3})[^\n]*\w", re.MULTILINE)
texts = st.sampled_from(list(SCRIPTS)).flatmap(
    lambda script: st.lists(
        st.one_of(st.sampled_from(PIECES), st.sampled_from(words_of(script))), max_size=16
    ).filter(lambda pieces: not _FENCED.search(source_of(pieces)))
)


@settings(max_examples=200, deadline=None)
@given(texts)
def test_no_letter_is_missing_from_a_final(pieces: list[Piece]) -> None:
    """Every letter and digit that was said is in the final, in its order, in every form."""
    assert list(lost(pieces)) == []
