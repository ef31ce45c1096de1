"""Cutting what was said into messages: nothing lost, nothing told twice, whatever the chunks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.delivery.formats import Formats
from tickertape.delivery.reply.screen import Posted
from tickertape.delivery.reply.segments import Segments
from tickertape.markup.cuts import cut
from tickertape.markup.forms import Rendering
from tickertape.markup.pages import Limits
from tickertape.markup.rulers import CODE_POINTS, UTF16

texts = st.text(alphabet=st.sampled_from("abc  \n🚀é👩‍🚀"), max_size=300)


def said_in(limit: int) -> Segments:
    """Begin an answer whose messages hold `limit` UTF-16 units."""
    return Segments("raw", Limits(limit, UTF16), Formats("off", has_blocks=False))


def units(text: str) -> int:
    """Say how long a text is."""
    return UTF16.measure(text)


def chunks(text: str, sizes: list[int]) -> list[str]:
    """Cut `text` into deltas of the given sizes, repeated."""
    pieces, at = [], 0
    for size in sizes * (len(text) + 1):
        if at >= len(text):
            break
        pieces.append(text[at : at + size])
        at += size
    return pieces


@given(text=texts, sizes=st.lists(st.integers(1, 20), min_size=1, max_size=5))
def test_segments_do_not_depend_on_the_deltas(text: str, sizes: list[int]) -> None:
    """A text that streams in is cut where the same text, given whole, is cut."""
    streamed, whole = said_in(40), said_in(40)
    for piece in chunks(text, sizes):
        streamed.add(piece, 0.0)
    if text:
        whole.add(text, 0.0)
    assert [s.text for s in streamed.all] == [s.text for s in whole.all]
    assert streamed.said == text


@given(text=texts)
def test_every_segment_fits_and_all_of_them_are_the_text(text: str) -> None:
    """No segment is longer than the limit; no character is lost, repeated or moved."""
    segments = said_in(17)
    segments.add(text, 0.0)
    assert all(UTF16.measure(s.text) <= 17 for s in segments.all)
    assert all(s.points == len(s.text) for s in segments.all)
    assert "".join(s.text for s in segments.all) == text


@given(text=texts.filter(lambda text: len(text) > 12), limit=st.integers(2, 12))
def test_a_cut_is_inside_and_never_in_a_surrogate_pair(text: str, limit: int) -> None:
    """The first piece is not empty, and fits."""
    at = cut(text, limit, UTF16)
    assert 1 <= at < len(text)
    assert UTF16.measure(text[:at]) <= limit
    text[:at].encode("utf-16-le")


@given(text=texts, limit=st.integers(0, 60))
def test_take_takes_all_that_fits(text: str, limit: int) -> None:
    """Not a character more than fits, and not one less."""
    count = UTF16.take(text, limit)
    assert UTF16.measure(text[:count]) <= limit
    assert count == len(text) or UTF16.measure(text[: count + 1]) > limit


def test_cuts_prefer_paragraphs_then_lines_then_words() -> None:
    """A cut falls at the best boundary in the second half of what fits."""
    table = {
        "first part\n\nsecond part": "first part\n\n",
        "first part\nsecond part ": "first part\n",
        "first and second": "first and ",
        "a\n\nfirst-and-second": "a\n\nfirst-and-s",
        "aaaaaaaaaaaaaaaaaa": "aaaaaaaaaaaaaa",
    }
    for text, first in table.items():
        assert text[: cut(text, 14, CODE_POINTS)] == first


@pytest.mark.parametrize(
    "cluster", ["e\u0301", "👩‍🚀", "👍🏽", "1\ufe0f\u20e3", "न\u093f", "👨‍👩‍👧‍👦"]
)
def test_what_looks_like_one_character_is_not_cut(cluster: str) -> None:
    """In an unbroken line of them every piece is made of whole ones."""
    segments = said_in(40)
    segments.add(cluster * 100, 0.0)
    assert segments.said == cluster * 100
    for segment in segments.all:
        assert segment.text == cluster * (len(segment.text) // len(cluster))


def test_a_cluster_without_end_is_cut_all_the_same() -> None:
    """A letter under a thousand accents fits into messages, without loss."""
    segments = said_in(40)
    segments.add("e" + "\u0301" * 1000, 0.0)
    assert segments.said == "e" + "\u0301" * 1000
    assert all(units(segment.text) <= 40 for segment in segments.all)


def test_a_hundred_thousand_characters_are_cut_without_loss() -> None:
    """Long answers of every sort: words, one unbroken line, only emoji."""
    for text in ("word " * 20_000, "x" * 100_000, "🚀" * 50_000, "line\n" * 20_000):
        segments = said_in(4096)
        segments.add(text, 0.0)
        segments.close("")
        assert segments.said == text
        assert all(units(s.text) <= 4096 for s in segments.all)


def test_a_segment_is_settled_by_the_text_that_was_acknowledged() -> None:
    """Another text on screen is not the final, whoever says so."""
    segments = said_in(100)
    segments.add(" Hello\n", 0.0)
    segments.close("")
    live = segments.live
    assert segments.pending() is live
    live.screen = Posted("m1", Rendering("Hell"))
    assert segments.pending() is live
    live.screen = Posted("m1", Rendering("Hello"))
    assert segments.pending() is None


def test_a_text_far_below_the_limit_is_not_cut() -> None:
    """Whoever calls a short text too long means something else: nothing is shredded."""
    segments = said_in(100)
    segments.add("one two three four", 0.0)
    assert not segments.shrink(segments.live, 0.0)
    assert [s.text for s in segments.all] == ["one two three four"]


def test_shrinking_keeps_what_is_on_screen_with_the_first_piece() -> None:
    """A message found too long loses its mark to a message of its own, then its second half."""
    segments = said_in(40)
    segments.add("one two three four", 0.0)
    segments.close("⏹")
    segments.live.screen = Posted("m7", Rendering("one"))
    assert segments.shrink(segments.live, 0.0)
    assert [s.final().text for s in segments.all] == ["one two three four", "⏹"]
    assert segments.shrink(segments.all[0], 0.0)
    assert [s.text for s in segments.all] == ["one two ", "three ", "four", ""]
    assert segments.all[0].screen == Posted("m7", Rendering("one"))
    assert segments.all[-1].final().text == "⏹"
    assert segments.said == "one two three four"
