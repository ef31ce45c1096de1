"""Markdown as models write it, and how it looks as text."""

from __future__ import annotations

import pytest

from tickertape.markup.brackets import lifted
from tickertape.markup.forms import Format, Look, Rendering, Span, Spans
from tickertape.markup.pages import Limits
from tickertape.markup.paper import page
from tickertape.markup.parse import parse
from tickertape.markup.rulers import UTF16
from tickertape.markup.spans import written
from tickertape.markup.tree import (
    Block,
    Details,
    Folded,
    FormulaBlock,
    Heading,
    Item,
    Listing,
    Paragraph,
    Quote,
    Table,
    Thinking,
    Words,
)

TEXTS = [
    ("**bold** and *italic* and ~~gone~~", "bold and italic and gone", None),
    ("__bold words__ but __init__ stays", "bold words but __init__ stays", None),
    ("snake_case_name and 2*3*4 and ~5 to ~6~", "snake_case_name and 2*3*4 and ~5 to ~6~", None),
    ("a `code` b", "a code b", None),
    ("one\ntwo  \nthree\\\nfour", "one\ntwo\nthree\nfour", None),
    ("one\n\n\n\ntwo", "one\n\ntwo", None),
    ("# Title\ntext", "Title\ntext", None),
    ("Title\n===\ntext", "Title\ntext", None),
    ("text\n---\nmore", "text\n———\nmore", None),
    ("* * *", "———", None),
    (
        "Here:\n- a\n- b\n  - c\n    - d\n      - e",
        "Here:\n• a\n• b\n  ◦ c\n    ▪ d\n      ▪ e",
        None,
    ),
    ("3. c\n4. d", "3. c\n4. d", None),
    ("1. a\n1. b\n1. c", "1. a\n2. b\n3. c", None),
    ("1. a\n\n2. b\n\n3. c", "1. a\n\n2. b\n\n3. c", None),
    ("1. a\n\n2. b\n3. c", "1. a\n2. b\n3. c", None),
    ("- a\n\n  more\n- b", "• a\n\n  more\n• b", None),
    ("- [ ] todo\n- [x] done\n1. [x] one", "☐ todo\n☑ done\n1. ☑ one", None),
    ("-\n- a", "•\n• a", None),
    ("> quoted\n> **words**\nafter", "quoted\nwords\nafter", "> quoted\n> words\nafter"),
    ("> a\n> > b\n> > c", "a\n> b\n> c", "> a\n> > b\n> > c"),
    ("> > > > a", "> > a", None),
    ("> a\n>\n> - b", "a\n• b", "> a\n> • b"),
    ("[words](https://a.b)", "words", "words (https://a.b)"),
    ("[https://a.b](https://a.b)", "https://a.b", "https://a.b"),
    ("[a.b](https://a.b/)", "a.b", "a.b"),
    ("[a.b/](https://a.b/)", "a.b/", "a.b/"),
    ("[a.b](https://a.b/c)", "a.b", "a.b (https://a.b/c)"),
    ("[me@a.b](mailto:me@a.b) [12](tel:12)", "me@a.b 12", None),
    ("[me](mailto:me@a.b) [12](tel:0)", "me (mailto:me@a.b) 12 (tel:0)", None),
    ("<https://a.b> <me@a.b>", "https://a.b me@a.b", None),
    ("[bad](javascript:x) [](https://a.b)", "bad (javascript:x) https://a.b", None),
    ("[rel](/path) [no]()", "rel (/path) no", None),
    ("[](x)", "x", None),
    ("![alt](https://a.b/c.png)", "alt", "alt (https://a.b/c.png)"),
    ("[one][1]\n\n[1]: https://a.b", "[one][1]\n\n[1]: https://a.b", None),
    (
        "[1]: http://a\n[1]: http://b\n```\n[2]: c\n```",
        "[1]: http://a\n[1]: http://b\n[2]: c",
        None,
    ),
    ("R&amp;D &lt;x&gt; &#7;&copy;", "R&D <x> ©", None),
    ("\\*not\\* \\# this", "*not* # this", None),
    ("a<br>b<br/>c", "a\nb\nc", None),
    ("<b>bold <i>both</i></b> <u>u</u> <s>s</s> <kbd>K</kbd>", "bold both u s K", None),
    ("H<sub>2</sub>O x<sup>n+1</sup>", "H₂O xⁿ⁺¹", None),
    ("x<sup>a</sup> x<sub>max z</sub> <sub></sub>", "x^a x_(max z)", None),
    (
        "x<sup>**b** `c` $d$ [e](http://f.g)<br></sup>",
        "x^(b c d e\n)",
        "x^(b c d e (http://f.g)\n)",
    ),
    ("<b>open and </i> <span>x</span>", "<b>open and </i> <span>x</span>", None),
    ("<i><b>crossed</i></b>", "<b>crossed</b>", None),
    ("<div>\n<b>x</b>\n</div>", "<div>\nx\n</div>", None),
    ("text\n<div>\nx\n</div>\n\nafter", "text\n<div>\nx\n</div>\n\nafter", None),
    ("<code></code>x<!---->y<!-- c -->", "xy<!-- c -->", None),
    ("$1 aa1$1 bb1$1 cc1$1 dd1$1 ee1$1 ff1$1 gg1$1", None, None),
    ("|a|\n|-|\n|1|\ntext", "a\n-\n1\ntext", "a\n1\ntext"),
    ("> a\n```\n```\n\nb", "a\n\nb", "> a\n\nb"),
    ("costs $5 and 10$ or $5-$10, or $3 for lunch and 4$ more", None, None),
    ("从$5到10$左右，大约$5 或 10$", None, None),
    ("`C:\\.x` [a](file:///C:/\\_a) C:\\\\.y", "C:\\.x a (file:///C:/_a) C:\\.y", None),
    ("**$5 or *10$* more** and $x^2$", "$5 or 10$ more and x^2", None),
    ("$$\na\nb\n$$\nafter", "a\nb\nafter", None),
    ("\\[\nx\n\\]", "x", None),
    ("so \\(x^2\\) and \\( y \\).", "so x^2 and y.", None),
    ("in `\\(x\\)` code, \\\\(a\\\\)", "in \\(x\\) code, \\(a\\)", None),
    ("```\n\\(x\\)\n```", "\\(x\\)", None),
    ("```sh\nsed 's/\\(foo\\)/'", "sed 's/\\(foo\\)/'", None),
    ("~~~\n\\(x\\)\n~~~", "\\(x\\)", None),
    ("> ~~~\n> \\[\n> x\n> \\]\n> ~~~", "\\[\nx\n\\]", "> \\[\n> x\n> \\]"),
    ("    \\(x\\)", "\\(x\\)", None),
    ("<div>\\(x\\)</div>", "<div>\\(x\\)</div>", None),
    ("$a \\(x\\)$", "a \\(x\\)", None),
    ("$$\na \\(x\\)\n$$", "a \\(x\\)", None),
    ("| a | b |\n|---|---|\n| \\(x_1\\) | c |", "a   | b\n----+--\nx_1 | c", "a | b\nx_1 | c"),
    ("[a](b\\(x\\))", "a (b(x))", None),
    ("| a |\n|---|\n| b | c\td |", "a\n-----\nb c d", "a\nb c d"),
    ("- \\[ a \\\\[2pt] b \\]", "• a \\\\[2pt] b", None),
    ("<http://a.b/\\(x\\)>", "http://a.b/\\(x\\)", None),
    ("see \\[1\\] and \\[a=b\\]", "see [1] and [a=b]", None),
    ("- \\[x\\] done\n- \\[ \\] open", "• [x] done\n• [ ] open", None),
    ("\\[1\\] Smith", "[1] Smith", None),
    ("a | \\(b|c\\)\n--|--\n\\(d|e\\) | f", "a | (b|c)\n--|--\n(d|e) | f", None),
    ("[a **b**](http://c.d/e_\\(f\\)) g", "a b g", "a b (http://c.d/e_(f)) g"),
    (">" * 50 + " \\(x\\)", ">" * 50 + " \\(x\\)", None),
    ("$$a$$ is", "a is", None),
    ("so\n$$\nx\n$$\nand", "so\nx\nand", None),
    ("- so\n  $$\n  x\n  $$\n  and", "• so\n  x\n  and", "• so\n  x\n  and"),
    ("\n \n$$\na\nb\n$$", "a\nb", None),
    ("\n<details><summary>S</summary>b</details>", "S\nb", None),
    ("$$ a $$ b $$c$$", "a b c", None),
    ("$$\nx\n$$ rest", "x\nrest", None),
    ("$$ $$", "$$", None),
    ("```math\nx\n```", "x", None),
    ("```py\nx = 1\n\ty\n```", "x = 1\n    y", None),
    ("```\n```", "", None),
    ("~~~~\n```\nx\n```\n~~~~", "```\nx\n```", None),
    ("    code\n\ntext", "code\n\ntext", None),
    ("` ` x", "` ` x", None),
    (
        "<details><summary>More **here**</summary>\n\nbody\n\n- x\n</details>\nafter",
        "More here\nbody\n• x\nafter",
        None,
    ),
    ("<details>\n\nbody\n</details>", "body", None),
    ("<details><summary>S</summary></details>", "S", None),
    ("<details open>one line</details>", "one line", None),
    ("", "", None),
    ("\x00\x07 \u202e", "", None),
    ("half \ud83d a\r\nb\rc\td", "half \ufffd a\nb c d", None),
    (">" * 200 + " deep", ">" * 200 + " deep", None),
    ("[here](http://localhost:8080/x)", "here (http://localhost:8080/x)", None),
    ("<http://localhost:8080/z>", "http://localhost:8080/z", None),
    ("<me@a.b> <tel:+123>", "me@a.b tel:+123", None),
    ("[me](mailto:me@a.b) [call](tel:+123)", "me (mailto:me@a.b) call (tel:+123)", None),
    ("[u](tg://user?id=1) [p](http://a.b:66000)", "u (tg://user?id=1) p (http://a.b:66000)", None),
]


SIGNS = [
    ("- > 25: rich", "• > 25: rich"),
    ("- >= 10: high\n- > $100: expensive", "• >= 10: high\n• > $100: expensive"),
    ("1. > 5\n2. >5\n3. > -3°", "1. > 5\n2. >5\n3. > -3°"),
    ("- a\n  * > ¥1,000\n  * > .5", "• a\n  ◦ > ¥1,000\n  ◦ > .5"),
    ("- + 3 points\n- - 5 points", "• + 3 points\n• - 5 points"),
    ("- < 5\n- <5\n- #1\n- 5 > 3", "• < 5\n• <5\n• #1\n• 5 > 3"),
    (">= 10 is\n>25% of", ">= 10 is\n>25% of"),
    ("- [ ] > 25", "☐ > 25"),
    ("```\n- > 25\n>= 3\n- + 3\n```", "- > 25\n>= 3\n- + 3"),
    ("- > `>=` **> 5**", "• >= > 5"),
    ("> > a\n> >= b", "> a\n> = b"),
    ("- > 25 | a\n- b", "• > 25 | a\n• b"),
    ("> >= 10", ">= 10"),
    ("> a\n>1 b", "a\n1 b"),
    (">1. a", "1. a"),
    ("- > words", "• words"),
]


@pytest.mark.parametrize(("source", "text"), SIGNS)
def test_comparisons_keep_their_signs(source: str, text: str) -> None:
    """A sign before a number is no mark of a quote or an item where it cannot be meant as one."""
    assert shown(source).text == text


PARENTHESES = [
    ("Use \\( and \\) for inline math", "Use ( and ) for inline math", []),
    ("Hello \\(world\\)\\!", "Hello (world)!", []),
    ("f\\(x\\) = 2, g\\(x_1\\), 2\\(x+1\\)", "f(x) = 2, g(x_1), 2(x+1)", []),
    ("\\(hello, world\\) \\(世界\\) \\(мир\\)", "(hello, world) (世界) (мир)", []),
    ("so \\(x^2\\) and \\(AB\\)", "so x^2 and AB", ["x^2", "AB"]),
    ("函数\\(f\\)是 \\(\\alpha\\)", "函数f是 \\alpha", ["f", "\\alpha"]),
    ("f\\(x^2\\)", "fx^2", ["x^2"]),
]


@pytest.mark.parametrize(("source", "text", "formulas"), PARENTHESES)
def test_escaped_parentheses_are_no_formulas(source: str, text: str, formulas: list[str]) -> None:
    """Plain words and calls in escaped parentheses are words, with their parentheses."""
    rendering = shown(source)
    assert rendering.text == text
    assert [words for look, words, _ in covered(rendering) if look is Look.CODE] == formulas


@pytest.mark.parametrize(
    "end", ["\u2028", "\u2029", "\x0b", "\x0c", "\x85", "\x1c", "\x1d", "\x1e"]
)
def test_every_end_of_a_line_parts_words(end: str) -> None:
    """Characters that end lines elsewhere become line breaks, in code as well; none glues words."""
    assert shown(f"one{end}two").text == "one\ntwo"
    assert shown(f"# one{end}two").text == "one\ntwo"
    assert shown(f"```\none{end}two\n```").text == "one\ntwo"
    assert shown(f"a `one{end}two` b").text == "a one two b"
    assert shown(f"> one{end}two", Format.PLAIN).text == "> one\n> two"


def test_the_outer_of_two_links_counts() -> None:
    """A picture within a link leads where the link does."""
    badge = "[![build **it**](https://img.example/b.svg)](https://ci.example/run) text"
    assert covered(shown(badge)) == [
        (Look.LINK, "build it", "https://ci.example/run"),
        (Look.BOLD, "it", ""),
    ]
    assert shown(badge, Format.PLAIN).text == "build it (https://ci.example/run) text"


LIMITS = Limits(4096, UTF16, 95)


def shown(source: str, form: Format = Format.SPANS) -> Rendering:
    """Render a text as a page shows it."""
    whole = page("markdown", LIMITS)
    whole.add(source)
    return whole.final(form)


@pytest.mark.parametrize(("source", "text", "bare"), TEXTS)
def test_markdown_as_text(source: str, text: str | None, bare: str | None) -> None:
    """What is read with spans, and without them where that differs."""
    text = source if text is None else text
    assert shown(source).text == text
    assert shown(source, Format.PLAIN).text == (text if bare is None else bare)


SPANS = [
    ("**bold**", [(Look.BOLD, "bold", "")]),
    ("***both***", [(Look.BOLD, "both", ""), (Look.ITALIC, "both", "")]),
    ("~~a~~ <u>b</u>", [(Look.STRIKE, "a", ""), (Look.UNDERLINE, "b", "")]),
    ("🚀 **bold** 🚀 `x`", [(Look.BOLD, "bold", ""), (Look.CODE, "x", "")]),
    ("**a `b` c**", [(Look.BOLD, "a", ""), (Look.CODE, "b", ""), (Look.BOLD, "c", "")]),
    ("**`a` `b`**", [(Look.CODE, "a", ""), (Look.CODE, "b", "")]),
    ("# T **b** `c`", [(Look.BOLD, "T b", ""), (Look.CODE, "c", "")]),
    ("[a **b** `c`](http://d.e)", [(Look.LINK, "a b c", "http://d.e"), (Look.BOLD, "b", "")]),
    ("![alt](http://d.e)", [(Look.LINK, "alt", "http://d.e")]),
    ("[u](tg://resolve?x=1)", [(Look.LINK, "u", "tg://resolve?x=1")]),
    ("[a](http://) <me@a.b> [me](mailto:me@a.b) [call](tel:+123) [u](tg://user?id=1)", []),
    ("```py\nx\n```", [(Look.PRE, "x", "py")]),
    ("    x\n", [(Look.PRE, "x", "")]),
    ("$x$ and\n\n$$y$$", [(Look.CODE, "x", ""), (Look.PRE, "y", "")]),
    ("so \\(x^2\\)", [(Look.CODE, "x^2", "")]),
    (
        "\\( 5 \\) and \\( 10 \\) for **\\(a_b_c\\)**",
        [(Look.CODE, w, "") for w in ("5", "10", "a_b_c")],
    ),
    ("- so\n- \\[ a\n  + b \\]\n- \\(c\\)", [(Look.PRE, "a\n+ b", ""), (Look.CODE, "c", "")]),
    ("> \\[\n> x\n> = y\n> \\]", [(Look.QUOTE, "x\n= y", ""), (Look.PRE, "x\n= y", "")]),
    ("so \\[x^2\\] is", [(Look.CODE, "x^2", "")]),
    (
        "> a **b**\n> ```\n> c\n> ```",
        [(Look.QUOTE, "a b\nc", ""), (Look.BOLD, "b", ""), (Look.PRE, "c", "")],
    ),
    ("> a\n> > b", [(Look.QUOTE, "a\n> b", "")]),
    (
        "a\n\n> > ```\n> > x\n> > y\n> > ```",
        [(Look.QUOTE, "> x\n> y", ""), (Look.PRE, "x\n> y", "")],
    ),
    ("<details><summary>S</summary>b</details>", [(Look.BOLD, "S", "")]),
    ("** not bold **", []),
    ("<b> </b>x", []),
    ("| **a** | b |\n|--|--|\n| c | d |", [(Look.PRE, "a | b\n--+--\nc | d", "")]),
]


def covered(rendering: Rendering) -> list[tuple[Look, str, str]]:
    """Give the looks of a text, and what they cover."""
    form, units = rendering.form, rendering.text.encode("utf-16-le")
    spans = form.spans if isinstance(form, Spans) else ()
    return [
        (s.look, units[2 * s.start : 2 * (s.start + s.length)].decode("utf-16-le"), s.detail)
        for s in spans
    ]


@pytest.mark.parametrize(("source", "looks"), SPANS)
def test_markdown_as_spans(source: str, looks: list[tuple[Look, str, str]]) -> None:
    """Which stretches look how."""
    assert covered(shown(source)) == looks


def test_spans_move_with_the_blanks_that_a_server_trims() -> None:
    """Code that begins with blanks begins the message without them, and so does its span."""
    assert shown("```\n\n  x\n  y\n```") == Rendering("x\n  y", Spans((Span(Look.PRE, 0, 5),)))
    quote = shown(">     x **y**\n")
    assert covered(quote) == [(Look.QUOTE, quote.text, ""), (Look.PRE, quote.text, "")]


def test_there_are_never_more_spans_than_a_server_keeps() -> None:
    """What is beyond the limit is shown without its look."""
    few = page("markdown", Limits(4096, UTF16, 2))
    few.add("`a` `b` `c`")
    assert covered(few.final(Format.SPANS)) == [(Look.CODE, "a", ""), (Look.CODE, "b", "")]


def test_tables_are_aligned_by_what_is_seen() -> None:
    """Wide characters take two columns, marks none; each column keeps its side."""
    source = (
        "| name | 価格 | é̂ |\n|:--|--:|:-:|\n| 漢字 | 1 | abc |\n| x [l](http://a.b) | 22 | 🚀 |"
    )
    assert shown(source).text == (
        "name             | 価格 |  é̂\n"
        "-----------------+------+----\n"
        "漢字             |    1 | abc\n"
        "x l (http://a.b) |   22 | 🚀"
    )


def test_wide_tables_are_lists_of_rows() -> None:
    """A table that a phone cannot show in lines has a sentence for each row, with its looks."""
    source = "| a | b |\n|--|--|\n| " + "x" * 80 + " | **c** |\n| d | |\n| | |"
    assert shown(source).text == "a\n" + "x" * 80 + " – b: c\nd"
    assert covered(shown(source)) == [
        (Look.ITALIC, "a", ""),
        (Look.BOLD, "x" * 80, ""),
        (Look.BOLD, "c", ""),
        (Look.BOLD, "d", ""),
    ]


def test_cells_beyond_the_last_column_are_kept() -> None:
    """What was said stands in the last column, though it has no title."""
    assert shown("|a|b|\n|-|-|\n|1|2|3|4|\n", Format.PLAIN).text == "a | b\n1 | 2 3|4"


def test_blocks_carry_what_was_said() -> None:
    """The tree says what the text means."""
    blocks = parse(
        "# T\n\n- [x] a\n\n> q\n\n$$x$$\n\n<details open><summary>S</summary>\n\nb\n</details>\n\n"
        "|a|\n|-|\n|1|"
    )
    paragraph = Paragraph((Words("a"),))
    expected: tuple[Block, ...] = (
        Heading(1, (Words("T"),)),
        Listing((Item((paragraph,), checked=True),)),
        Quote((Paragraph((Words("q"),)),)),
        FormulaBlock("x"),
        Details((Words("S"),), (Paragraph((Words("b"),)),), is_open=True),
        Table(("left",), ((Words("a"),),), (((Words("1"),),),)),
    )
    assert blocks == expected


def test_asides_as_text() -> None:
    """What a channel adds to blocks can be read, too."""
    aside = written((Folded("thought\ntwice"), Thinking("looking")), with_spans=True)
    assert aside.text == "thought\ntwice\nlooking"
    assert aside.spans == (Span(Look.FOLDED_QUOTE, 0, 13),)


@pytest.mark.parametrize("mark", ["-   ", "1.  > ", "> -  * "])
def test_a_formula_behind_many_marks_is_read_at_once(mark: str) -> None:
    """Each blank behind a mark has one meaning: tried with two, such a line is never read."""
    source = mark * 40 + "x \\[a = b\\] y"
    assert "a = b" in shown(source).text
    growing = page("markdown", Limits(4096, UTF16, 95))
    growing.add(source.removesuffix("\\] y"))
    assert "x" in growing.preview(Format.SPANS).text


@pytest.mark.parametrize("piece", ["\\(", "\\(a|", "\\(|\\)", "\\(a\\)`b`"])
def test_formulas_are_found_in_one_reading(piece: str) -> None:
    """What begins many formulas in one line is read once: tried one by one, they take hours."""
    many = 200_000
    code = [(8 * n + 5, 8 * n + 8) for n in range(many)] if "`" in piece else []
    assert len(lifted(piece * many, lambda _: code)[1]) in {0, many}


def test_empty_brackets_are_no_formula() -> None:
    """What stands between round brackets has to be something."""
    assert shown("\\(\\) \\( \\) \\(x\\)").text == "() ( ) x"


@pytest.mark.parametrize(
    "mark", ["<details>\n", "<details><summary>a</summary>\n", "<details>" * 2]
)
def test_details_within_details_without_end_are_read(mark: str) -> None:
    """What nests deeper than anybody means is shown as it is written."""
    source = mark * (4000 // len(mark)) + "word"
    assert shown(source).text.endswith("word")
