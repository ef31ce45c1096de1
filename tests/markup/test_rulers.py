"""Rulers: how long a text is, by each way in which platforms measure."""

from __future__ import annotations

import pickle

import pytest
from cattrs.preconf.json import make_converter
from hypothesis import given
from hypothesis import strategies as st

from tickertape.markup import cuts
from tickertape.markup.forms import Look, Rendering, Span, Spans
from tickertape.markup.notes import fits
from tickertape.markup.pages import Limits
from tickertape.markup.rulers import CODE_POINTS, UTF8, UTF16, Ruler

HTML = Ruler("utf8", (("&", 4), ("<", 3), (">", 3)), mark=len("<strong></strong>"))
rulers = st.builds(
    Ruler,
    st.sampled_from(["code_points", "utf16", "utf8"]),
    st.dictionaries(st.sampled_from('&<>"\\\n*_–'), st.integers(1, 9)).map(
        lambda escapes: tuple(escapes.items())
    ),
    st.integers(0, 20),
)
CLUSTERS = [
    "a",
    "é",
    "e\u0301",
    "漢",
    "🚀",
    "👨‍👩‍👧",
    "🇩🇪",
    "1️⃣",
    " ",
    "\n",
    "\r\n",
    "&",
    "<",
    "–",
    "*",
]
clusters = st.lists(st.sampled_from(CLUSTERS), max_size=40)
texts = clusters.map("".join)


def test_units() -> None:
    """A rocket is one code point, two UTF-16 units and four bytes."""
    assert [ruler.measure("a🚀é") for ruler in (CODE_POINTS, UTF16, UTF8)] == [3, 4, 7]
    assert UTF8.measure("\ud83d") == UTF8.measure("\ufffd")  # half of a pair is shown so


def test_escapes_and_marks() -> None:
    """What is written longer counts as it is written; so do marks, with a link's address."""
    assert HTML.measure("a<b & é") == len("a&lt;b &amp; é".encode())
    bold = Rendering("a & b", Spans((Span(Look.BOLD, 0, 1),)))
    assert HTML.marked(bold) == len("<strong>a</strong> &amp; b")
    link = Rendering("a", Spans((Span(Look.LINK, 0, 1, "http://x.y"),)))
    assert HTML.marked(link) == 1 + HTML.mark + len("http://x.y")
    assert UTF8.marked(link) == 1


def test_every_line_break_is_written_as_one() -> None:
    """Whatever ends a line is shown as a line break, and written as that is."""
    ruler = Ruler("code_points", (("\n", 3),))
    assert [ruler.measure(end) for end in "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"] == [4] * 10


@pytest.mark.parametrize("escape", [("ab", 1), ("", 1), ("a", 1), ("7", 1), (" ", 1), ("&", 0)])
def test_what_is_no_escape_is_refused(escape: tuple[str, int]) -> None:
    """Letters, digits and blanks stand for themselves; what takes no more is none."""
    with pytest.raises(ValueError, match="no escape"):
        Ruler("utf8", (escape,))


@given(rulers)
def test_a_ruler_is_a_value(ruler: Ruler) -> None:
    """It can be stored, compared and be a key."""
    converter = make_converter()
    assert converter.loads(converter.dumps(ruler), Ruler) == ruler
    assert pickle.loads(pickle.dumps(ruler)) == ruler  # noqa: S301 - our own
    assert len({ruler, Ruler(ruler.unit, ruler.escapes, ruler.mark)}) == 1


@given(rulers, texts, texts)
def test_two_texts_are_as_long_as_both(ruler: Ruler, one: str, other: str) -> None:
    """A text can be measured as it comes, and never gets shorter by what is added."""
    whole = ruler.measure(one + other)
    assert whole == ruler.measure(one) + ruler.measure(other)
    assert whole >= len(one + other)
    assert max(map(ruler.measure, one + other), default=0) <= ruler.widest


@given(rulers, texts, st.integers(0, 60))
def test_as_much_is_taken_as_fits(ruler: Ruler, text: str, limit: int) -> None:
    """What is taken fits, and one character more does not."""
    count = ruler.take(text, limit)
    assert ruler.measure(text[:count]) <= limit
    assert count == len(text) or ruler.measure(text[: count + 1]) > limit


@given(rulers, texts, st.integers(1, 60))
def test_what_fits_fits_without_its_end(ruler: Ruler, text: str, limit: int) -> None:
    """A beginning of what fits into a message fits, with the spans that it has."""
    limits = Limits(limit, ruler)
    is_fitting = True
    for end in range(len(text) + 1):
        spans = tuple(Span(Look.BOLD, at, 1) for at in range(0, end, 7))
        before, is_fitting = is_fitting, fits(Rendering(text[:end], Spans(spans)), limits)
        assert before or not is_fitting


@given(rulers, clusters, st.integers(300, 400))
def test_a_split_fits_and_parts_no_character(
    ruler: Ruler, characters: list[str], limit: int
) -> None:
    """Pieces fit and are the text; none begins within what a reader sees as one character."""
    text = "".join(characters * 20)
    edges, at = {0}, 0
    for character in characters * 20:
        at += len(character)
        edges.add(at)
    at = 0
    while at < len(text):
        end = cuts.cut(text[at:], limit, ruler)
        assert ruler.measure(text[at : at + end]) <= limit
        at += end
        assert at in edges
