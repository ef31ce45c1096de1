"""Words that mean themselves are read as the parser reads them, without it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tickertape.markup.chunks import chunks
from tickertape.markup.healing import healed
from tickertape.markup.paper import bare
from tickertape.markup.parse import parse_chunk
from tickertape.markup.tree import Paragraph, Words

SIGNS = "*_~`$<>[]&\\|#+-=:!.,;()'\"/%@ \n\t\r\u00a0\u2028\u200b\u030a\ud83d\u0663\u6f22a1"
TEXTS = st.text(st.sampled_from(SIGNS), max_size=8) | st.builds(
    "".join, st.lists(st.sampled_from([*SIGNS, "word", "1.", "--", "www.", "http://", " "]))
)


@settings(max_examples=1_000, deadline=None)
@given(TEXTS)
def test_bare_words_are_what_the_parser_reads(text: str) -> None:
    """Where nothing but words is seen, the parser sees the same, healed or not."""
    for chunk in chunks(text):
        words = bare(chunk)
        if words is not None:
            assert parse_chunk(chunk) == (Paragraph((Words(words),)),)
            assert parse_chunk(healed(chunk)) == (Paragraph((Words(words),)),)


def test_most_sentences_are_bare() -> None:
    """What has no marks is not parsed: letters of every script, stops, emoji, numbers."""
    for words in ("So (really) 3.5 of 10, isn't it?", "Ещё: раз!", "重点、社区。", "🚀 up – “yes”"):
        assert bare(f" {words} \n\n") == words
    for marked in (
        "a *b*",
        "1. a",
        "- a",
        "a\nb",
        "<b>",
        "a !",
        "a (!",
        "&amp;",
        "C:\\x",
        "    a",
        "",
    ):
        assert bare(marked) is None
