"""Long texts on pages: only the text decides, all of it is kept, and every page fits."""

from __future__ import annotations

import re
from itertools import accumulate, pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tickertape.markup import plain
from tickertape.markup.forms import PLAIN, Format, Look, Rendering, Spans
from tickertape.markup.notes import fits
from tickertape.markup.pages import BlockLimits, Cut, Limits, Page
from tickertape.markup.paper import page
from tickertape.markup.rulers import CODE_POINTS, UTF8, UTF16, Ruler

TELEGRAM = Limits(4096, UTF16, 95, BlockLimits(500, 16, 20))
PIECES = [
    *("**bold** ", "*it* ", "`code` ", "word ", "longer words here. ", "\n", "\n\n", "\n- item "),
    *("\n  - sub ", "\n1. one ", "\n10. ten ", "\n2) x", "\n> q ", "\n> > qq ", "\n```py\n"),
    *("\n```\n", "\n~~~~\n", "    ", "\t", "| a | b |\n", "|---|---|\n", "| x | yy |\n", "a|b\n"),
    *("\\(x_1\\) ", "\\(a|b\\)", "\n- \\[y\\]\n", "\n\\[\ny\n\\]\n", "\\(", "\\)"),
    *("[t](http://localhost/) ", '[t](http://a.b "T") ', "<m@a.b> ", "🇩🇪", "🇦"),
    *("-|-\n", "$x^2$ ", "$$", "\n$$\n", "\\[", "\\]", "[t](http://a.b) ", "[t](x", "](", "$5 "),
    *("![i](u)", "<b>", "</b>", "<details><summary>S</summary>\n", "</details>\n", "<br>", "<"),
    *("🚀", "👨‍👩‍👧", "é", "漢字", "שלום", "&amp;", "&lt", "\\", "__init__", "_", "*", "**", "***"),
    *("~~", "`", "#", "\n# H ", "\n---\n", "---", "===", "\n===\n", "- [ ] t\n", "\r\n", "\r"),
    *("\x07", "\ud83d", "\ude80", "\u200b", ": ", "http://x.y ", "[1]: http://z\n", "\n   text"),
    *("sentences that go on. " * 14, "so " * 100, "**b** " * 50, "x" * 300),
    *("| a longer title | another title |\n|---|--:|\n", "| a cell of many words | `a|b` |\n"),
    *("|a|b|c|d|e|f|\n|-|-|-|-|-|-|\n", "|1|2|3|4|5|6|\n", "| | | **b** `c` | |\n", "漢字|漢字\n"),
    *("```pip i\n", "x```\n", "```md\n", "```md\n```py\n", "\n$$ x", "\\begin{x}\n", "\\end{x}\n"),
    *(
        "5. five ",
        "\n5. ",
        "\n0. ",
        "</details>",
        "<details>\n<summary>",
        "</summary>",
        " & \\\\\n",
    ),
    *("+", "<!-- c -->", "<!--", "\n* * *\n", "  \n", "\u202e", "&#7;", "\n<div>\n", "~5 "),
    *("\n- ---\n", "\n1. ___\n", "> - ***\n> ", "- - ___\n  ", "\n-\n"),
]
texts = st.lists(st.sampled_from(PIECES), max_size=120).map("".join)
# As platforms write a text: in their own units, as HTML with tags around spans, as JSON, with
# marks of their own, and as none does.
HTML = Ruler("utf8", (("&", 4), ("<", 3), (">", 3)), mark=len("<strong></strong>"))
JSON = Ruler("utf8", (("\\", 1), ('"', 1), ("\n", 1)))
ODD = Ruler("utf16", tuple((mark, 5) for mark in "•—|-_*`>()[]:\n"), mark=2)
RULERS = [CODE_POINTS, UTF16, UTF16, UTF8, HTML, JSON, ODD]
limits = st.builds(
    Limits,
    st.sampled_from([64, 100, 200, 400, 1000, 2000]),
    st.sampled_from(RULERS),
    st.sampled_from([10, 95]),
    st.sampled_from([None, BlockLimits(40, 16, 20)]),
)


def paged(deltas: list[str], limits: Limits) -> tuple[list[Page], list[str]]:
    """Say `deltas` on pages, as a delivery does; give the pages and what opens each."""
    pages, openings = [page("markdown", limits)], [""]
    for delta in deltas:
        pages[-1].add(delta)
        while cut := pages[-1].cut():
            assert cut.at >= 1
            rest = pages[-1].end(cut)
            pages.append(page("markdown", limits, cut.opening))
            pages[-1].add(rest)
            openings.append(cut.opening)
    return pages, openings


def check_spans(rendering: Rendering) -> None:
    """Check that spans are ordered, nest, and cover something to be seen."""
    if rendering.form == PLAIN:
        return
    assert isinstance(rendering.form, Spans)
    units = rendering.text.encode("utf-16-le")
    around: list[tuple[Look, int]] = []
    last = (-1, 0)
    for span in rendering.form.spans:
        end = span.start + span.length
        assert span.length >= 1
        assert 2 * end <= len(units)
        assert units[2 * span.start : 2 * end].decode("utf-16-le").strip()
        assert last <= (span.start, -span.length)
        last = (span.start, -span.length)
        while around and around[-1][1] <= span.start:
            around.pop()
        looks = {look for look, _ in around}
        assert all(end <= outer for _, outer in around)
        assert not looks & {Look.CODE, Look.PRE}
        assert span.look not in looks
        if span.look in {Look.CODE, Look.PRE}:
            assert looks <= {Look.QUOTE}
        around.append((span.look, end))


@settings(max_examples=150, deadline=None)
@given(texts, limits, st.lists(st.integers(1, 60), max_size=40))
def test_pages_depend_on_the_text_alone(text: str, limits: Limits, sizes: list[int]) -> None:
    """However a text is cut into deltas, the pages, their openings and looks are the same."""
    ends = [0, *(end for end in accumulate(sizes) if end < len(text)), len(text)]
    deltas = [text[start:end] for start, end in pairwise(ends)]
    whole, openings = paged([text], limits)
    streamed, same_openings = paged(deltas, limits)
    assert "".join(one.source for one in whole) == text
    assert [one.source for one in whole] == [one.source for one in streamed]
    assert openings == same_openings
    for one, other in zip(whole, streamed, strict=True):
        for form in Format:
            assert one.final(form) == other.final(form)


@settings(max_examples=100, deadline=None)
@given(texts.map(lambda text: text[:250]), limits)
@example("<b> 2) w<b", Limits(4096, UTF16, 1))
@example("A line.\n\n i", Limits(4096, UTF16, 9, BlockLimits(1, 5, 3)))
@example("a|b\n-|-\nSo this is a sentence", Limits(80, UTF16))
def test_a_page_is_full_as_soon_as_its_text_is_too_much(text: str, limits: Limits) -> None:
    """What may be added before a page is read again never hides that it is full."""
    growing = page("markdown", limits)
    for end in range(1, len(text) + 1):
        growing.add(text[end - 1])
        whole = page("markdown", limits)
        whole.add(text[:end])
        cut = growing.cut()
        assert cut == whole.cut()
        if cut is not None:
            return


@settings(max_examples=150, deadline=None)
@given(texts, limits)
@example("- a\n" * 60, Limits(64, UTF8))
@example("___\n\n" * 40, Limits(64, JSON))
@example("|é|–|\n|-|-|\n" + '|c|"d"|\n' * 40, Limits(200, JSON))
@example("**b** [a `c` d](http://x.example) " * 20, Limits(400, HTML))
@example("&lt;" * 60, Limits(64, Ruler("utf8", (("<", 9),))))
def test_every_page_fits_in_every_form_of_text(text: str, limits: Limits) -> None:
    """A page is within the limits as text with spans and as text alone, and clean."""
    for one in paged([text], limits)[0]:
        for form in (Format.SPANS, Format.PLAIN):
            for shown in (one.final(form), one.preview(form)):
                assert fits(shown, limits)
                assert plain.render(shown.text) == shown.text
                if form is Format.SPANS and shown:
                    check_spans(shown)


@pytest.mark.parametrize("lengths", [(200, 400, 400, 400), (100,) * 12, (90, 700, 90, 700)])
@pytest.mark.parametrize("word", ["word ", "*so* "])
def test_long_paragraphs_that_come_word_by_word_fit(lengths: tuple[int, ...], word: str) -> None:
    """What is measured exactly is what is settled, not the paragraph that is still open."""
    text = "\n\n".join(word * length for length in lengths)
    for deltas in ([text], re.findall(r"\S+\s*", text)):
        for one in paged(deltas, TELEGRAM)[0]:
            assert fits(one.final(Format.SPANS), TELEGRAM)
            assert fits(one.final(Format.PLAIN), TELEGRAM)


WORDS = [
    *("**@** ", "*@* ", "`@` ", "@ ", "@, @. ", "[@](http://x.y) ", "~~@~~ ", "<b>@</b> "),
    *("\n- @ ", "\n  - @ ", "\n1. @ ", "\n\n@ ", "\n> @ ", "\n> > @ ", "\n- [ ] @", "\n   @ "),
    *("\n```\n@\n  @\n```\n", "\n```py\n", "\n```\n", "\n| @ | @ |\n|---|---|\n| @ | @ |\n"),
    *("| @ | @ |\n", "$@^2$ ", "\n$$\n@\n$$\n", "\n# @\n", "\n---\n", "**@ @", "` @", "\\[@\\] "),
    *("__@__ ", "&amp;@ ", "![@](http://u.v) ", "\n    @\n", "\n[@]: http://z\n"),
]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=100), st.sampled_from([80, 150, 400]))
def test_no_word_is_lost_or_told_twice(pieces: list[str], length: int) -> None:
    """Every word stands on one page, in its order; only the titles of tables are repeated."""
    number = iter(range(10_000))
    text = re.sub("@", lambda _: f"w{next(number)}", "".join(pieces))
    pages, openings = paged([text], Limits(length, UTF16, 95))
    repeated = set(re.findall(r"w\d+", " ".join(openings)))
    for form in (Format.PLAIN, Format.SPANS):
        shown = re.findall(r"w\d+", "\n".join(one.final(form).text for one in pages))
        said = re.findall(r"w\d+", text)
        assert [w for w in shown if w not in repeated] == [w for w in said if w not in repeated]


SENTENCE = "Lorem ipsum dolor sit amet consectetur. "
LONG = {
    "one line": "x" * 30_000,
    "emoji": "👨‍👩‍👧🚀" * 6_000,
    "code": "```py\n" + "    x = f(y)[1] * 3\n" * 3_000,
    "a line of code": "```\n" + "x=1;" * 10_000 + "\n```\nafter",
    "right to left": "שלום עולם " * 5_000,
    "combining marks": "é̂" * 10_000,
    "items": "".join(f"- item {i} **b{i}** `c`\n" for i in range(2_000)),
    "items that are all the first": "1. item text\n" * 2_000,
    "items of many parts": "".join(
        f"{i}. item\n   more of it\n\n   - nested {i}\n" for i in range(1, 900)
    ),
    "empty items": "1.\n" * 6_000,
    "a table": "| a | b | c |\n|--|:-:|--:|\n" + "| 1 | row | zzzz |\n" * 2_000,
    "a table with a long header": "| " + "head " * 2_000 + "| b |\n|--|--|\n" + "| x | y |\n" * 900,
    "a wide table": "|" + " c |" * 30 + "\n|" + "--|" * 30 + "\n" + ("|" + " v |" * 30 + "\n") * 99,
    "a table of long titles": "| "
    + " | ".join(f"title {i} of many words" for i in range(8))
    + " |\n"
    + "|--" * 8
    + "|\n"
    + ("| 1 " * 8 + "|\n") * 900,
    "a table that becomes wide late": "| a title | b |\n|--|--|\n"
    + "| 1 | 2 |\n" * 150
    + "| a cell of more words than a phone shows | 2 |\n"
    + "| 1 | 2 |\n" * 150,
    "a table of looks": "| a | b | c |\n|--|--|--|\n"
    + "| **a** | `code of many words` | [a link](http://a.b) *it* |\n" * 900,
    "a table in a quote in a quote": "> > | title | title |\n> > |--|--|\n"
    + "> > | a cell of many words, more | and another of many words |\n" * 300,
    "a table in an item": "- x\n\n  | title | title |\n  |--|--|\n"
    + "  | a cell of many words, more | and another of many words |\n" * 300,
    "a table in details": "<details><summary>S</summary>\n\n| title | title |\n|--|--|\n"
    + "| a cell of many words, more | and another of many words |\n" * 300,
    "a table of wide characters": "| 名前 | 価格 |\n|--|--|\n" + "| 漢字 | 漢字漢字 |\n" * 900,
    "fences of Markdown": ("```md\n```py\n" + "x = 1\n" * 300 + "```\n```\n") * 20,
    "an environment": "\\begin{align}\n" + "a &= b \\\\\n" * 2_000 + "\\end{align}\nafter",
    "a formula without an end": "$$\n" + "1. x\n" * 5_000,
    "items with numbers of their own": "".join(f"{i % 7}. item **{i}**\n" for i in range(2_000)),
    "details in details": "<details><summary>S</summary>\n\n" * 8 + (SENTENCE + "\n\n") * 900,
    "quotes": "".join("> " * (i % 6 + 1) + SENTENCE + "\n" for i in range(900)),
    "a deep quote": ">" * 5_000 + " x",
    "deep items": "".join("  " * i + "- x\n" for i in range(200)),
    "bold": "**" + SENTENCE * 800 + "** end",
    "bold and italic": "**bold *it " + SENTENCE * 800 + "* x** end",
    "code in a line": "`" + SENTENCE * 800 + "` end",
    "a link": "[" + SENTENCE * 500 + "](http://x.y) end",
    "brackets": "[" * 20_000,
    "stars": "*a " * 5_000,
    "backticks": "`a" * 5_000,
    "tags": "<b>" * 5_000,
    "nothing": "\n" * 20_000 + " " * 20_000,
    "a formula": "$$\n" + "x^2+y\n" * 5_000 + "$$",
    "details": "<details><summary>S</summary>\n\n" + (SENTENCE + "\n\n") * 900 + "</details>",
    "fences in fences": "````md\n```py\nx\n```\n" * 1_500,
    "pipes": "|" * 20_000,
    "tabs": "```\n" + "\tx\n" * 6_000,
    "halves of characters": "\ud83d" * 10_000,
    "headings": "".join(f"## H{i}\ntext\n" for i in range(2_000)),
    "entities": "&amp;" * 10_000,
    "an item": "- " + SENTENCE * 500 + "\n- next",
    "code in an item": "1. step:\n   ```py\n" + "   x = 1\n" * 2_000 + "   ```\n2. next\n",
    "definitions": "[1]: http://z.y/abc\n" * 1_000,
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG.keys())
def test_anything_long_ends_in_pages_that_fit(text: str) -> None:
    """The pages of a long text, joined, are the text; each fits, whatever the text is."""
    pages, _ = paged([text], TELEGRAM)
    assert len(pages) > 1
    assert "".join(one.source for one in pages) == text
    for one in pages:
        assert fits(one.final(Format.SPANS), TELEGRAM)
        assert fits(one.final(Format.PLAIN), TELEGRAM)
        if one.source.strip() and not one.gains_by_blocks():
            assert one.final(Format.SPANS)


def shown_by(text: str, length: int) -> list[str]:
    """Give the texts of the pages of `text`."""
    pages, _ = paged([text], Limits(length, UTF16, 95))
    return [one.final(Format.PLAIN).text for one in pages]


@pytest.mark.parametrize(
    ("text", "length", "shown"),
    [
        ("one two\n\nthree four\n\nfive", 24, ["one two\n\nthree four", "five"]),
        (
            "# A\n\ntext text text\n\n# B\n\nmore more",
            27,
            ["A\n\ntext text text", "B\n\nmore more"],
        ),
        ("- aaa aaa\n- bbb bbb\n- ccc", 22, ["• aaa aaa\n• bbb bbb", "• ccc"]),
        ("1. aa\n1. bb\n1. cc\n1. dd", 16, ["1. aa\n2. bb", "3. cc\n4. dd"]),
        ("One two three. Four five six seven.", 24, ["One two three.", "Four five six seven."]),
        ("- a b c d e f g h i j k l m n\n- o", 24, ["• a b c d e f g h i j k", "l m n\n• o"]),
    ],
)
def test_where_pages_end(text: str, length: int, shown: list[str]) -> None:
    """A page ends behind a block, else an item, else a sentence, else a word."""
    assert shown_by(text, length) == shown


def test_a_fence_is_opened_again_with_its_language() -> None:
    """Code that goes on is code of the same language on the next page."""
    pages, openings = paged(["````py\n" + "x = 1\n" * 20 + "````\nend"], Limits(64, UTF16, 95))
    assert openings[1] == "````py\n"
    for one in pages[:-1]:
        form = one.final(Format.SPANS).form
        assert isinstance(form, Spans)
        assert [(span.look, span.detail) for span in form.spans] == [(Look.PRE, "py")]


def test_a_table_is_opened_again_with_its_header() -> None:
    """Rows that go on stand below their titles again."""
    text = "| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 30
    pages, openings = paged([text], Limits(100, UTF16, 95))
    assert openings[1] == "| a | b |\n|---|---|\n"
    assert all(one.final(Format.PLAIN).text.startswith("a | b\n1 | 2") for one in pages)


def test_emphasis_longer_than_a_page_is_closed_and_opened_again() -> None:
    """Every page of a bold text is bold, and none shows its stars."""
    pages, openings = paged([f"**{SENTENCE * 10}end**"], Limits(100, UTF16, 95))
    assert set(openings[1:]) == {"**"}
    for one in pages:
        shown = one.final(Format.SPANS)
        assert "*" not in shown.text
        assert isinstance(shown.form, Spans)
        assert [span.look for span in shown.form.spans] == [Look.BOLD]


def test_a_title_that_is_cut_stays_a_title() -> None:
    """The rest of a title is bold on the next page as well."""
    pages, openings = paged(["## " + "word " * 20], Limits(64, UTF16, 95))
    assert openings == ["", "## "]
    for one in pages:
        shown = one.final(Format.SPANS)
        assert isinstance(shown.form, Spans)
        assert [(span.look, span.length) for span in shown.form.spans] == [
            (Look.BOLD, len(shown.text))
        ]


def test_words_never_become_the_language_of_a_fence() -> None:
    """A page does not begin with backticks from within a line: what follows would not be shown."""
    text = "words " * 10 + "```not a fence``` " * 8
    pages, _ = paged([text], Limits(64, UTF16, 95))
    shown = " ".join(one.final(Format.PLAIN).text for one in pages)
    assert shown.replace("`", "").split() == text.replace("`", "").split()


def test_breaks_in_a_quote_bring_their_marks_along() -> None:
    """A page of quotes fits as plain text, where each line has its marks, tags of breaks too."""
    small = Limits(64, CODE_POINTS)
    for one in paged(["> > x<br>" + "<br>y" * 40], small)[0]:
        assert fits(one.final(Format.PLAIN), small)


@pytest.mark.parametrize("items", ["1. ___\n", "- ---\n", "-\n", "- - ***\n  ", "> - ___\n> "])
@pytest.mark.parametrize("length", range(60, 70))
def test_a_paragraph_that_stands_apart_from_a_list_counts_the_line_between(
    items: str, length: int
) -> None:
    """A page is never too long by the empty line that is shown and was not written."""
    small = Limits(length, UTF16)
    for one in paged([items + "x" * 200], small)[0]:
        assert fits(one.final(Format.SPANS), small)
        assert fits(one.final(Format.PLAIN), small)


def test_a_table_is_known_by_what_is_seen() -> None:
    """Characters that no server keeps hide no table from whoever weighs it."""
    small = Limits(200, UTF16)
    text = "a|b\n\x07-|-\n" + "x" * 30 + "|y\n" + "c|d\n" * 40
    for one in paged([text], small)[0]:
        assert fits(one.final(Format.SPANS), small)


def test_tables_in_details_fit() -> None:
    """A table that may be unfolded is not aligned: a page with it is never too long."""
    small = Limits(100, CODE_POINTS)
    rows = "|" + "x" * 30 + "|b|\n|---|---|\n" + "|a|b|\n" * 20
    for one in paged(["<details><summary>S</summary>\n\n" + rows], small)[0]:
        assert fits(one.final(Format.SPANS), small)


def test_raw_pages_never_part_a_character() -> None:
    """A family is one character, as is a letter with its accents."""
    raw = page("raw", Limits(6, UTF16))
    raw.add("abcd👨‍👩‍👧")
    assert raw.cut() == Cut(4)
    letters = page("raw", Limits(4, CODE_POINTS))
    letters.add("abce\u0301\u0302")
    assert letters.cut() == Cut(3)


def test_formulas_in_brackets_count_as_spans() -> None:
    """A page with more formulas than a message may have spans ends before them."""
    text = "so \\(x_1\\) " * 200 + "\n- \\[ y \\]" * 200
    pages, _ = paged([text], TELEGRAM)
    assert "".join(one.source for one in pages) == text
    for one in pages:
        form = one.final(Format.SPANS).form
        assert isinstance(form, Spans)
        found = one.source.count("\\(") + one.source.count("\\[")
        assert len(form.spans) == found <= 95


def test_formulas_in_brackets_are_not_parted() -> None:
    """A cut falls before a formula, not at a blank within it."""
    small = Limits(64, UTF16, 95)
    text = "words of a sentence and \\(a + b + c\\) " * 20 + "\n\n- so \\[ d + e + f^2 \\] " * 20
    for one in paged([text], small)[0]:
        assert one.source.count("\\(") == one.source.count("\\)")
        assert one.source.count("\\[") == one.source.count("\\]")


@pytest.mark.parametrize("before", ["", "a", "ab ", "🇩🇪", "x🇩"])
def test_flags_are_not_parted(before: str) -> None:
    """Two regional indicators are one flag, wherever an unbroken line of them begins."""
    small = Limits(50, UTF16)
    text = before + "🇦🇹🇨🇭" * 100
    for deltas in ([text], list(text)):
        sources = [one.source for one in paged(deltas, small)[0]]
        assert "".join(sources) == text
        first = text.index("🇦🇹🇨🇭") if before != "x🇩" else 1
        ends = [end - first for end in accumulate(map(len, sources[:-1]))]
        assert all(end % 2 == 0 for end in ends if end > 0)


def test_a_header_that_takes_all_spans_leaves_pages() -> None:
    """A table's header that is opened again may leave no place in the line behind it."""
    few = Limits(400, UTF16, 8)
    text = "|" + "`a`|" * 7 + "\n|" + "-|" * 7 + "\n" + ("|" + "b|" * 7 + "\n") * 100
    text += "|`x`|\n" * 50
    assert "".join(one.source for one in paged([text], few)[0]) == text


def test_an_opening_that_leaves_no_room_is_left_away() -> None:
    """A page has room for what is said on it, whatever opens it."""
    crowded = page("markdown", Limits(64, UTF16, 95), "```" + "x" * 60 + "\n")
    crowded.add("text")
    assert crowded.final(Format.PLAIN).text == "text"


def test_an_opening_that_takes_all_as_it_is_written_is_left_away() -> None:
    """Bullets may be longer than the marks that they stand for."""
    bullets = Ruler("code_points", (("•", 30),))
    crowded = page("markdown", Limits(64, bullets), "- - - ")
    crowded.add("text")
    assert crowded.final(Format.PLAIN).text == "text"


def test_marks_that_do_not_fit_are_left_away() -> None:
    """Where marks are written, and a page has no room for them, its text is shown alone."""
    address = "https://a.example/with-a-path"
    marked, text = page("markdown", Limits(130, HTML)), f"<{address}> <{address}>"
    marked.add(text)
    assert marked.cut() is None
    assert marked.final(Format.SPANS) == Rendering(f"{address} {address}")


def test_items_are_counted_over_quotes_that_they_hold() -> None:
    """An empty line ends the quote in an item, not the list: the count goes on with each page."""
    small = Limits(120, UTF16, 95)
    text = "".join(f"1. item\n   > quote {number}\n\n" for number in range(20))
    told = "\n".join(one.final(Format.PLAIN).text for one in paged([text], small)[0])
    assert re.findall(r"^(\d+)\. item", told, re.MULTILINE) == [str(n) for n in range(1, 21)]


def test_wide_characters_behind_narrow_ones_move_no_cut() -> None:
    """What a row of a table takes only grows with it: `？` is as wide as two letters with marks."""
    text = "«٢٣snake_case_name(العربية\\( a|b\n-|-\n《مُهِمّ؟ 2**10《=\n</details>"
    limits = Limits(100, UTF16, 95)
    whole = [one.source for one in paged([text], limits)[0]]
    for at in range(1, len(text)):
        assert [one.source for one in paged([text[:at], text[at:]], limits)[0]] == whole
