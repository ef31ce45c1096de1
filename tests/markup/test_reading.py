"""What a text is read as: a tree of blocks, and in them words and their looks."""

from __future__ import annotations

import pytest

from tickertape.markup.parse import parse, resumed
from tickertape.markup.tree import (
    Block,
    Code,
    CodeBlock,
    Details,
    Divider,
    Formula,
    FormulaBlock,
    Heading,
    Item,
    LineBreak,
    Link,
    Listing,
    Paragraph,
    Quote,
    Style,
    Styled,
    Table,
    Words,
)

BREAK = LineBreak()


def w(text: str) -> Words:
    """Return words."""
    return Words(text)


READ: list[tuple[str, tuple[Block, ...]]] = [
    (
        "`a` `\\(x\\)` \\(y\\)",
        (Paragraph((Code("a"), w(" "), Code("\\(x\\)"), w(" "), Formula("y"))),),
    ),
    ("> - ```pip i x\n>   y\n>   ```", (Quote((Listing((Item((CodeBlock("pip i x\ny"),)),)),)),)),
    ("$$\na\n```\nb\n```", (Paragraph((w("$$"), BREAK, w("a"))), CodeBlock("b"))),
    ("\\begin{x}\na\n```\nb\n```", (FormulaBlock("\\begin{x}\na"), CodeBlock("b"))),
    ("words", (Paragraph((w("words"),)),)),
    ("two\nlines", (Paragraph((w("two"), BREAK, w("lines"))),)),
    ("hard  \nbreak", (Paragraph((w("hard"), BREAK, w("break"))),)),
    ("back\\\nbreak", (Paragraph((w("back"), BREAK, w("break"))),)),
    ("a<br>b", (Paragraph((w("a"), BREAK, w("b"))),)),
    ("# T", (Heading(1, (w("T"),)),)),
    ("### a *b*", (Heading(3, (w("a "), Styled(Style.ITALIC, (w("b"),)))),)),
    ("---", (Divider(),)),
    ("> q", (Quote((Paragraph((w("q"),)),)),)),
    ("> a\n> > b", (Quote((Paragraph((w("a"),)), Quote((Paragraph((w("b"),)),)))),)),
    ("```py\nx\n```", (CodeBlock("x", "py"),)),
    ("    code", (CodeBlock("code"),)),
    ("```\n\n x\n\n```", (CodeBlock("\n x"),)),
    ("- a", (Listing((Item((Paragraph((w("a"),)),)),)),)),
    ("- a\n- b", (Listing((Item((Paragraph((w("a"),)),)), Item((Paragraph((w("b"),)),)))),)),
    (
        "- a\n\n- b",
        (Listing((Item((Paragraph((w("a"),)),)), Item((Paragraph((w("b"),)),))), loose=True),),
    ),
    ("- a\n\n  b", (Listing((Item((Paragraph((w("a"),)), Paragraph((w("b"),)))),)),)),
    (
        "* [ ] a\n* [x] b",
        (Listing((Item((Paragraph((w("a"),)),), False), Item((Paragraph((w("b"),)),), True))),),
    ),
    ("1. a\n2. b", (Listing((Item((Paragraph((w("a"),)),)), Item((Paragraph((w("b"),)),))), 1),)),
    (
        "3) a\n7) b",
        (Listing((Item((Paragraph((w("a"),)),)), Item((Paragraph((w("b"),)),), number=7)), 3),),
    ),
    (
        "- a\n  - b",
        (Listing((Item((Paragraph((w("a"),)), Listing((Item((Paragraph((w("b"),)),)),)))),)),),
    ),
    (
        "- a\n  1. b",
        (Listing((Item((Paragraph((w("a"),)), Listing((Item((Paragraph((w("b"),)),)),), 1))),)),),
    ),
    (
        "|a|b|\n|:-|-:|\n|1|2|",
        (Table(("left", "right"), ((w("a"),), (w("b"),)), (((w("1"),), (w("2"),)),)),),
    ),
    (
        "|a|b|\n|-|:-:|\n|1|\n|1|2|3|",
        (
            Table(
                ("left", "center"),
                ((w("a"),), (w("b"),)),
                (((w("1"),), ()), ((w("1"),), (w("2 3"),))),
            ),
        ),
    ),
    (
        "|*a*|\n|-|\n|`b`|",
        (Table(("left",), ((Styled(Style.ITALIC, (w("a"),)),),), (((Code("b"),),),)),),
    ),
    ("$$x$$", (FormulaBlock("x"),)),
    ("so $x$ is", (Paragraph((w("so "), Formula("x"), w(" is"))),)),
    ("\\[x\\]", (FormulaBlock("x"),)),
    ("\\(x\\)", (Paragraph((Formula("x"),)),)),
    ("\\begin{x}\na\n\\end{x}", (FormulaBlock("\\begin{x}\na\n\\end{x}"),)),
    ("$$\na\nb\n$$", (FormulaBlock("a\nb"),)),
    (
        "*a* **b** ~~c~~ `d`",
        (
            Paragraph(
                (
                    Styled(Style.ITALIC, (w("a"),)),
                    w(" "),
                    Styled(Style.BOLD, (w("b"),)),
                    w(" "),
                    Styled(Style.STRIKE, (w("c"),)),
                    w(" "),
                    Code("d"),
                )
            ),
        ),
    ),
    ("***a***", (Paragraph((Styled(Style.ITALIC, (Styled(Style.BOLD, (w("a"),)),)),)),)),
    (
        "**a *b* c**",
        (Paragraph((Styled(Style.BOLD, (w("a "), Styled(Style.ITALIC, (w("b"),)), w(" c"))),)),),
    ),
    (
        "<b>a</b> <i>b</i> <u>c</u> <s>d</s>",
        (
            Paragraph(
                (
                    Styled(Style.BOLD, (w("a"),)),
                    w(" "),
                    Styled(Style.ITALIC, (w("b"),)),
                    w(" "),
                    Styled(Style.UNDERLINE, (w("c"),)),
                    w(" "),
                    Styled(Style.STRIKE, (w("d"),)),
                )
            ),
        ),
    ),
    (
        "<code>a</code> <sub>b</sub> <sup>c</sup> <kbd>d</kbd> <mark>e</mark>",
        (Paragraph((Code("a"), w(" _b ^c "), Code("d"), w(" <mark>e</mark>"))),),
    ),
    ("<b>a", (Paragraph((w("<b>a"),)),)),
    ("</b>a", (Paragraph((w("</b>a"),)),)),
    ("<x>a</x>", (Paragraph((w("<x>a</x>"),)),)),
    ("[a](http://b.c)", (Paragraph((Link("http://b.c", (w("a"),)),)),)),
    (
        '[*a*](http://b.c "t")',
        (Paragraph((Link("http://b.c", (Styled(Style.ITALIC, (w("a"),)),)),)),),
    ),
    ("![i](http://b.c)", (Paragraph((Link("http://b.c", (w("i"),)),)),)),
    ("![](http://b.c)", (Paragraph((Link("http://b.c", (w("http://b.c"),)),)),)),
    ("<http://b.c>", (Paragraph((Link("http://b.c", (w("http://b.c"),)),)),)),
    ("<a@b.c>", (Paragraph((Link("mailto:a@b.c", (w("a@b.c"),)),)),)),
    ("http://b.c", (Paragraph((w("http://b.c"),)),)),
    ("[a](javascript:x)", (Paragraph((w("a (javascript:x)"),)),)),
    ("[a][1]\n\n[1]: http://b.c", (Paragraph((w("[a][1]"),)), Paragraph((w("[1]: http://b.c"),)))),
    ("&amp; &lt; &copy; &#65;", (Paragraph((w("& < © A"),)),)),
    ("a\\*b", (Paragraph((w("a*b"),)),)),
    ("__a__ a__b__c", (Paragraph((w("__a__ a__b__c"),)),)),
    (
        "<details><summary>S</summary>\n\na\n\n</details>",
        (Details((w("S"),), (Paragraph((w("a"),)),)),),
    ),
    (
        "<details open>\n<summary>*S*</summary>\na\n</details>\nb",
        (
            Details((Styled(Style.ITALIC, (w("S"),)),), (Paragraph((w("a"),)),), True),
            Paragraph((w("b"),)),
        ),
    ),
    ("<details>a</details>", (Paragraph((w("a"),)),)),
    ("<div>a</div>", (Paragraph((w("<div>a</div>"),)),)),
    ("<!-- c -->", (Paragraph((w("<!-- c -->"),)),)),
    ("a <!-- c --> b", (Paragraph((w("a <!-- c --> b"),)),)),
    ("text\n===", (Heading(1, (w("text"),)),)),
    ("text\n---", (Paragraph((w("text"),)), Divider())),
    ("a\n\n\nb", (Paragraph((w("a"),)), Paragraph((w("b"),)))),
    ("- a\n\n      code", (Listing((Item((Paragraph((w("a"),)), CodeBlock("code"))),)),)),
    (
        "1. a\n\n   > b",
        (Listing((Item((Paragraph((w("a"),)), Quote((Paragraph((w("b"),)),)))),), 1),),
    ),
    ("- ---", (Divider(),)),
    ("-\n- a", (Listing((Item(()), Item((Paragraph((w("a"),)),)))),)),
    ("\u200ba", (Paragraph((w("\u200ba"),)),)),
    ("a\xa0b", (Paragraph((w("a\xa0b"),)),)),
    ("tab\there", (Paragraph((w("tab here"),)),)),
]

# What opened a page, what was said on it, and what of it is new.
RESUMED: list[tuple[str, str, tuple[Block, ...]]] = [
    ("", "a", (Paragraph((w("a"),)),)),
    (
        "-\n  ",
        "b\n- c",
        (Listing((Item((Paragraph((w("b"),)),), continued=True), Item((Paragraph((w("c"),)),)))),),
    ),
    (
        "1. \n   ",
        "b\n1. c",
        (
            Listing(
                (Item((Paragraph((w("b"),)),), continued=True), Item((Paragraph((w("c"),)),))), 1
            ),
        ),
    ),
    ("1. \n", "1. b", (Listing((Item((Paragraph((w("b"),)),)),), 2),)),
    (
        "3.\n   ",
        "b\n\n   c\n4. d",
        (
            Listing(
                (
                    Item((Paragraph((w("b"),)), Paragraph((w("c"),))), continued=True),
                    Item((Paragraph((w("d"),)),)),
                ),
                3,
            ),
        ),
    ),
    (
        "-\n  -\n    ",
        "b\n  - c",
        (
            Listing(
                (
                    Item(
                        (
                            Listing(
                                (
                                    Item((Paragraph((w("b"),)),), continued=True),
                                    Item((Paragraph((w("c"),)),)),
                                )
                            ),
                        ),
                        continued=True,
                    ),
                )
            ),
        ),
    ),
    (
        "-\n",
        "  - b\n- c",
        (
            Listing(
                (
                    Item((Listing((Item((Paragraph((w("b"),)),)),)),), continued=True),
                    Item((Paragraph((w("c"),)),)),
                )
            ),
        ),
    ),
    ("> ", "b\n> c", (Quote((Paragraph((w("b"), BREAK, w("c"))),)),)),
    ("> -\n>   ", "b", (Quote((Listing((Item((Paragraph((w("b"),)),), continued=True),)),)),)),
    ("```py\n", "x\n```", (CodeBlock("x", "py"),)),
    ("```py\n", "```\nb", (Paragraph((w("b"),)),)),
    ("```\n", "x\n```", (CodeBlock("x"),)),
    (
        "-\n  ```py\n",
        "  x\n  ```\n- y",
        (Listing((Item((CodeBlock("x", "py"),), continued=True), Item((Paragraph((w("y"),)),)))),),
    ),
    ("$$\n", "x\n$$", (FormulaBlock("x"),)),
    ("\\begin{x}\n", "a\n\\end{x}\nb", (FormulaBlock("a\n\\end{x}"), Paragraph((w("b"),)))),
    ("\\begin{x}\n", "\\end{x}", (FormulaBlock("\\end{x}"),)),
    ("**", "b** c", (Paragraph((Styled(Style.BOLD, (w("b"),)), w(" c"))),)),
    ("## ", "b", (Heading(2, (w("b"),)),)),
    (
        "|a|b|\n|-|-|\n",
        "|1|2|\n",
        (Table(("left", "left"), ((w("a"),), (w("b"),)), (((w("1"),), (w("2"),)),)),),
    ),
    ("<details>\n\n", "b\n</details>\nc", (Paragraph((w("b"),)), Paragraph((w("c"),)))),
    ("<details>\n\n-\n  ", "b", (Listing((Item((Paragraph((w("b"),)),), continued=True),)),)),
    (
        "-\n  **",
        "b** c\n- d",
        (
            Listing(
                (
                    Item((Paragraph((Styled(Style.BOLD, (w("b"),)), w(" c"))),), continued=True),
                    Item((Paragraph((w("d"),)),)),
                )
            ),
        ),
    ),
    ("````md\n```py\n", "x\n```\n````\ny", (CodeBlock("x\n```", "md"), Paragraph((w("y"),)))),
]


@pytest.mark.parametrize(("text", "blocks"), READ)
def test_what_a_text_is_read_as(text: str, blocks: tuple[Block, ...]) -> None:
    """The structure that was meant; what is none is words."""
    assert parse(text) == blocks


@pytest.mark.parametrize(("opening", "text", "blocks"), RESUMED)
def test_what_a_page_that_goes_on_is_read_as(
    opening: str, text: str, blocks: tuple[Block, ...]
) -> None:
    """What opens it again is not shown again: an item goes on without a second mark."""
    assert resumed(parse(opening + text), opening) == blocks
