"""The bot's own words around what the agent said."""

from __future__ import annotations

import pytest

from tickertape.markup.counts import columns, count, depth, fits_blocks, gains
from tickertape.markup.forms import PLAIN, Blocks, Form, Format, Look, Rendering, Span, Spans
from tickertape.markup.notes import below, ended, fits, folded, thinking
from tickertape.markup.pages import BlockLimits, Limits
from tickertape.markup.paper import page
from tickertape.markup.parse import parse
from tickertape.markup.rulers import UTF16
from tickertape.markup.tree import CodeBlock, Folded, LineBreak, Paragraph, Thinking, Words

LIMITS = Limits(4096, UTF16, 95, BlockLimits(500, 16, 20))
SAID = Paragraph((Words("said 🚀"),))
FORMS: list[Form] = [PLAIN, Spans(()), Blocks((SAID,))]


@pytest.mark.parametrize("form", FORMS)
def test_a_note_stands_below_an_empty_line(form: Form) -> None:
    """The bot's words follow the agent's, in the same form; alone they are plain."""
    noted = below(Rendering("said 🚀", form), "cut\n\noff\n")
    assert noted.text == "said 🚀\n\ncut\n\noff"
    if isinstance(noted.form, Blocks):
        note = Paragraph((Words("cut"), LineBreak(), LineBreak(), Words("off")))
        assert noted.form.blocks == (SAID, note)
    else:
        assert noted.form == form
    assert below(Rendering("", form), "note") == Rendering("note")
    assert below(Rendering("said", form), " ") == Rendering("said", form)


@pytest.mark.parametrize("form", FORMS)
def test_a_cursor_stands_at_the_end(form: Form) -> None:
    """More is coming where the text ends; where there is none, nothing does."""
    shown = ended(Rendering("said 🚀", form), " ▌")
    assert shown.text == "said 🚀 ▌"
    if isinstance(shown.form, Blocks):
        assert shown.form.blocks == (Paragraph((Words("said 🚀"), Words(" ▌"))),)
    assert ended(Rendering(""), "▌") == Rendering("")
    assert ended(Rendering("said", form), "") == Rendering("said", form)


def test_a_cursor_stands_below_what_is_no_paragraph() -> None:
    """A cursor is not a part of code."""
    code = CodeBlock("x")
    shown = ended(Rendering("x", Blocks((code,))), "▌")
    assert shown.form == Blocks((code, Paragraph((Words("▌"),))))


@pytest.mark.parametrize("form", FORMS)
def test_thinking_stands_below_a_preview(form: Form) -> None:
    """What the agent does besides speaking is a block of its own, or a line."""
    shown = thinking(Rendering("said 🚀", form), "looking")
    assert shown.text == "said 🚀\n\nlooking"
    if isinstance(shown.form, Blocks):
        assert shown.form.blocks == (SAID, Thinking("looking"))
    assert thinking(Rendering("", form), "looking") == Rendering("looking")
    assert thinking(Rendering("said", form), "") == Rendering("said", form)


@pytest.mark.parametrize("form", FORMS)
def test_thoughts_are_kept_folded(form: Form) -> None:
    """Thoughts below the answer are folded where that can be shown, else marked as a quote."""
    shown = folded(Rendering("said 🚀", form), "one\ntwo")
    if isinstance(form, Blocks):
        assert shown.form == Blocks((SAID, Folded("one\ntwo")))
    elif isinstance(form, Spans):
        assert shown.text == "said 🚀\n\none\ntwo"
        assert shown.form == Spans((Span(Look.FOLDED_QUOTE, 9, 7),))
    else:
        assert shown.text == "said 🚀\n\n> one\n> two"
    assert folded(Rendering(""), "one") == Rendering("> one")
    assert folded(Rendering("said", form), " ") == Rendering("said", form)


def test_what_fits_into_a_message() -> None:
    """The length counts in every form, and what the form adds."""
    small = Limits(4, UTF16, 1, BlockLimits(1, 1, 1))
    assert fits(Rendering("a🚀b"), small)
    assert not fits(Rendering("🚀🚀b"), small)
    two = Spans((Span(Look.BOLD, 0, 1), Span(Look.ITALIC, 1, 1)))
    assert not fits(Rendering("ab", two), small)
    assert fits(Rendering("ab", two), Limits(4, UTF16))
    assert fits(Rendering("ab", Blocks((SAID,))), small)
    assert not fits(Rendering("ab", Blocks((SAID, SAID))), small)
    assert not fits(Rendering("ab", Blocks((SAID,))), Limits(4, UTF16))


@pytest.mark.parametrize(
    ("source", "counted", "deep", "wide"),
    [
        ("text", 1, 1, 0),
        ("a\n\nb", 2, 1, 0),
        ("- a\n- b", 5, 3, 0),
        ("- a\n  - b", 6, 5, 0),
        ("> a\n>\n> - b", 5, 4, 0),
        ("|a|b|\n|-|-|\n|1|2|\n|3|4|", 4, 2, 2),
        ("- a\n\n  |a|b|c|\n  |-|-|-|", 5, 4, 3),
        ("> |a|\n> |-|", 3, 3, 1),
        ("<details><summary>S</summary>\n\nb\n\nc\n</details>", 3, 2, 0),
        ("", 0, 0, 0),
    ],
)
def test_blocks_are_counted_as_telegram_does(
    source: str, counted: int, deep: int, wide: int
) -> None:
    """Nested blocks, items and rows count; items and rows are levels of their own."""
    blocks = parse(source)
    assert (count(blocks), depth(blocks), columns(blocks)) == (counted, deep, wide)
    assert fits_blocks(blocks, BlockLimits(counted, deep, wide))
    assert not counted or not fits_blocks(blocks, BlockLimits(counted - 1, deep, wide))
    assert not deep or not fits_blocks(blocks, BlockLimits(counted, deep - 1, wide))
    assert not wide or not fits_blocks(blocks, BlockLimits(counted, deep, wide - 1))


@pytest.mark.parametrize(
    ("source", "is_better"),
    [
        ("text **bold** [link](http://a.b)\n\n- a\n\n> b\n\n```\nc\n```\n\n---\n# d", False),
        ("- [ ] a", True),
        ("- a\n  - [x] b", True),
        ("|a|\n|-|", True),
        ("> $$x$$", True),
        ("see **[$x$](http://a.b)**", True),
        ("# $x$", True),
        ("<details><summary>S</summary>b</details>", True),
    ],
)
def test_what_blocks_show_better(source: str, is_better: bool) -> None:
    """Tables, formulas, boxes and details are worth a message of blocks."""
    assert gains(parse(source)) is is_better
    one = page("markdown", LIMITS)
    one.add(source)
    assert one.gains_by_blocks() is is_better
    assert one.allows_blocks()


def test_where_blocks_are_not_allowed() -> None:
    """A page without anything, too deep, or where there are no blocks."""
    empty, deep = page("markdown", LIMITS), page("markdown", LIMITS)
    deep.add("> " * 20 + "x")
    other = page("markdown", Limits(4096, UTF16))
    other.add("text")
    assert not empty.allows_blocks()
    assert not deep.allows_blocks()
    assert not other.allows_blocks()
    assert empty.final(Format.BLOCKS) == empty.final(Format.SPANS) == Rendering("")
