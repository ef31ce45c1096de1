"""Full pages: a page takes all that a message can hold, and ends with the first thing too much."""

from __future__ import annotations

import pytest

from tickertape.markup.pages import BlockLimits, Limits
from tickertape.markup.paper import page
from tickertape.markup.rulers import UTF8, UTF16, Ruler


def holds(text: str, limits: Limits) -> bool:
    """Return whether a text that comes at once fits on one page."""
    one = page("markdown", limits)
    one.add(text)
    return one.cut() is None


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("words", 0),
        ("**b**", 1),
        ("*i* **b**", 2),
        ("***x***", 2),
        ("<b>x</b>", 1),
        ("> q", 1),
        ("# t", 1),
        ("- *a*\n- *b*\n- *c*", 3),
        ("a|b\n-|-\nc|d", 1),
    ],
)
def test_a_page_holds_as_many_looks_as_a_message(text: str, spans: int) -> None:
    """Formatting is counted as the platform does, once what has it is complete."""
    assert holds(f"{text}\n\nend", Limits(400, UTF16, spans))
    assert spans == 0 or not holds(f"{text}\n\nend", Limits(400, UTF16, spans - 1))


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("words\n\nend", 2),
        ("# t\n\nend", 2),
        ("- a\n- b\n\nend", 6),
        ("a|b\n-|-\n1|2\n3|4\n\nend", 5),
        ("```\nx\ny\n```\n\nend", 2),
    ],
)
def test_a_page_holds_as_many_blocks_as_a_message(text: str, blocks: int) -> None:
    """Items and rows count as well."""
    assert holds(text, Limits(400, UTF16, 95, BlockLimits(blocks, 16, 20)))
    assert not holds(text, Limits(400, UTF16, 95, BlockLimits(blocks - 1, 16, 20)))


# As HTML, with tags around each look.
HTML = Ruler("utf8", (("&", 4), ("<", 3), (">", 3)), mark=17)


@pytest.mark.parametrize(
    ("text", "utf16", "utf8", "html"),
    [
        ("words and words", 15, 15, 15),
        ("**b**\n\nend", 10, 14, 33),
        ("**b**\n\n**c**\n\nend", 13, 21, 59),
        ("*a* `b` ~~c~~\n\n- d\n\nend", 19, 23, 76),
        ("# t\n\ntext\n\nend", 12, 12, 29),
        ("> q\n> r\n\nend", 21, 43, 94),
        ("- a\n- b\n\nend", 12, 16, 18),
        ("1. a\n1. b\n\nend", 14, 22, 26),
        ("|a|b|\n|-|-|\n|1|2|\n\nend", 35, 44, 64),
        ("[a](http://b.c)\n\nend", 20, 20, 37),
        ("```py\nx\n```\nend", 15, 15, 49),
        ("a < b & c\n\nend", 14, 14, 25),
        ("$x$\n\n$$y$$\n\nend", 13, 13, 79),
        ("---\n\nend", 8, 14, 17),
        ("<details><summary>S</summary>\n\nx\n\n</details>\n\nend", 49, 49, 107),
        ("é🚀\n\nend", 8, 11, 11),
    ],
)
def test_how_long_a_message_has_to_be(text: str, utf16: int, utf8: int, html: int) -> None:
    """As exactly as it is known of what is complete; of the rest, as it may become at the most."""
    for ruler, length in ((UTF16, utf16), (UTF8, utf8), (HTML, html)):
        assert holds(text, Limits(length, ruler, 95))
        assert not holds(text, Limits(length - 1, ruler, 95))


GROWN = [
    "*a* *b* *c* *d* and more",
    "**a** `b` ~~c~~ [d](http://e.f) end",
    "- a\n- b\n- c\n- d\n- e\n- f",
    "a|b\n-|-\nc|d\ne|f\ng|h\nSo this is a sentence",
    "| a title | another |\n|---|---|\n| a | b |\n| a cell of words | c |\n| d | e |\n",
    "> one\n> two\n> > three\n> four<br>five\nsix",
    "```py\n\tx = 1\n\ty = 2\n\tz = 3\n```\nend",
    "1. a\n1. b\n1. c\n   > d\n\n1. e\n",
    "words and words, and (more) of them: so many words that a page is full",
    "a\n\nb\n\nc\n\nd\n\n**e**\n\nf\n\ng",
    "# A\n\ntext\n\n## B\n\ntext\n\n---\n\ntext and more text",
    "$$\nx + y\n$$\nso \\(x_1\\) and \\[y\\] and $z$ end of it",
    "&lt;a&gt; & b < c & d > e \\* f and so on and so on",
]


@pytest.mark.parametrize("text", GROWN)
@pytest.mark.parametrize(
    "limits",
    [
        Limits(40, UTF16, 95),
        Limits(60, UTF16, 3),
        Limits(70, UTF8, 95, BlockLimits(6, 16, 20)),
        Limits(60, HTML, 95),
    ],
)
def test_a_page_that_grows_is_full_when_one_that_comes_at_once_is(
    text: str, limits: Limits
) -> None:
    """To the letter: what may be added before it is read again hides nothing."""
    growing = page("markdown", limits)
    for end in range(1, len(text) + 1):
        growing.add(text[end - 1])
        whole = page("markdown", limits)
        whole.add(text[:end])
        cut = growing.cut()
        assert cut == whole.cut()
        if cut is not None:
            return


@pytest.mark.parametrize("text", ["- item one\n", "line of words\n", "a sentence. "])
def test_a_page_takes_as_much_as_fits(text: str) -> None:
    """Of equal places the last one is taken."""
    one = page("markdown", Limits(100, UTF16, 95))
    one.add(text * 20)
    cut = one.cut()
    assert cut is not None
    assert 100 - 2 * len(text) < cut.at <= 100
    assert cut.at % len(text) == 0
