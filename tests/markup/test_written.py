"""How blocks are written as a text: with looks over it, and without."""

from __future__ import annotations

import pytest

from tickertape.markup.forms import Look, Span
from tickertape.markup.inlines import leads
from tickertape.markup.parse import parse
from tickertape.markup.plain import alike
from tickertape.markup.spans import written

TITLE = "title of many words"
# A source, its text with looks, the looks, and its text without any.
WRITTEN = [
    ("🚀 **b** *i*", "🚀 b i", [Span(Look.BOLD, 3, 1), Span(Look.ITALIC, 5, 1)], "🚀 b i"),
    (
        "**a *b* ~~c~~** d",
        "a b c d",
        [Span(Look.BOLD, 0, 5), Span(Look.ITALIC, 2, 1), Span(Look.STRIKE, 4, 1)],
        "a b c d",
    ),
    ("# T **b**\n\ntext", "T b\ntext", [Span(Look.BOLD, 0, 3)], "T b\ntext"),
    ("# T\n## U\ntext", "T\nU\ntext", [Span(Look.BOLD, 0, 1), Span(Look.BOLD, 2, 1)], "T\nU\ntext"),
    (
        "- a\n  - b\n    - c\n      - d\n- e",
        "• a\n  ◦ b\n    ▪ c\n      ▪ d\n• e",
        [],
        "• a\n  ◦ b\n    ▪ c\n      ▪ d\n• e",
    ),
    ("- a\n\n  b\n- c", "• a\n\n  b\n• c", [], "• a\n\n  b\n• c"),
    ("- a\n\n- b", "• a\n\n• b", [], "• a\n\n• b"),
    ("1. a\n   - b\n2. c\n9. d", "1. a\n  ◦ b\n2. c\n9. d", [], "1. a\n  ◦ b\n2. c\n9. d"),
    ("- [ ] a\n- [x] **b**", "☐ a\n☑ b", [Span(Look.BOLD, 6, 1)], "☐ a\n☑ b"),
    (
        "> a\n> **b**\n>\n> c",
        "a\nb\n\nc",
        [Span(Look.QUOTE, 0, 6), Span(Look.BOLD, 2, 1)],
        "> a\n> b\n> \n> c",
    ),
    ("> a\n> > b\n> c", "a\n> b\n> c", [Span(Look.QUOTE, 0, 9)], "> a\n> > b\n> > c"),
    ("> - a\n> - b", "• a\n• b", [Span(Look.QUOTE, 0, 7)], "> • a\n> • b"),
    ("- > a\n  > b\n- c", "• a\nb\n• c", [Span(Look.QUOTE, 2, 3)], "• > a\n> b\n• c"),
    ("```py\nx\n\ny\n```\nafter", "x\n\ny\nafter", [Span(Look.PRE, 0, 4, "py")], "x\n\ny\nafter"),
    ("- a\n  ```\n  x\n  ```\n- b", "• a\n  x\n• b", [Span(Look.PRE, 6, 1)], "• a\n  x\n• b"),
    ("> ```\n> x\n> ```", "x", [Span(Look.QUOTE, 0, 1), Span(Look.PRE, 0, 1)], "> x"),
    ("a\n\n---\n\nb", "a\n———\nb", [], "a\n———\nb"),
    (
        "[a **b**](http://c.d) e",
        "a b e",
        [Span(Look.LINK, 0, 3, "http://c.d"), Span(Look.BOLD, 2, 1)],
        "a b (http://c.d) e",
    ),
    (
        "[http://c.d](http://c.d)",
        "http://c.d",
        [Span(Look.LINK, 0, 10, "http://c.d")],
        "http://c.d",
    ),
    (
        "[a](http://c.d) [a](http://c.d)",
        "a a",
        [Span(Look.LINK, 0, 1, "http://c.d"), Span(Look.LINK, 2, 1, "http://c.d")],
        "a (http://c.d) a (http://c.d)",
    ),
    (
        "|a|b|\n|-|-:|\n|**1**|22|\n|333|`4`|",
        "a   |  b\n----+---\n1   | 22\n333 |  4",
        [Span(Look.PRE, 0, 35)],
        "a | b\n1 | 22\n333 | 4",
    ),
    (
        "> |a|b|\n> |-|-|\n> |1|2|",
        "a | b\n--+--\n1 | 2",
        [Span(Look.QUOTE, 0, 17), Span(Look.PRE, 0, 17)],
        "> a | b\n> 1 | 2",
    ),
    (
        "- |a|b|\n  |-|-|\n  |1|2|",
        "• a | b\n--+--\n1 | 2",
        [Span(Look.PRE, 2, 17)],
        "• a | b\n  1 | 2",
    ),
    (
        f"|{TITLE}|{TITLE}|{TITLE}|\n|-|-|-|\n|**one**|two words|three|\n||b|c|\n|d|||",
        f"{TITLE}\none – {TITLE}: two words · {TITLE}: three\n{TITLE}: b · {TITLE}: c\nd",
        [Span(Look.ITALIC, 0, 19), Span(Look.BOLD, 20, 3), Span(Look.BOLD, 134, 1)],
        f"{TITLE}\none – {TITLE}: two words · {TITLE}: three\n{TITLE}: b · {TITLE}: c\nd",
    ),
    ("$x$ and\n\n$$y$$", "x and\ny", [Span(Look.CODE, 0, 1), Span(Look.PRE, 6, 1)], "x and\ny"),
    (
        "<details><summary>S **b**</summary>\n\na\n\n- b\n\n</details>\n\nend",
        "S b\na\n• b\nend",
        [Span(Look.BOLD, 0, 3)],
        "S b\na\n• b\nend",
    ),
    ("a<br>b\n> c<br>d", "a\nb\nc\nd", [Span(Look.QUOTE, 4, 3)], "a\nb\n> c\n> d"),
    (
        "**🚀** `🚀` [🚀](http://a.b)",
        "🚀 🚀 🚀",
        [Span(Look.BOLD, 0, 2), Span(Look.CODE, 3, 2), Span(Look.LINK, 6, 2, "http://a.b")],
        "🚀 🚀 🚀 (http://a.b)",
    ),
    ("<u>a</u> ||b||", "a ||b||", [Span(Look.UNDERLINE, 0, 1)], "a ||b||"),
    ("\\(x\\) **\\(y\\)**", "x y", [Span(Look.CODE, 0, 1), Span(Look.CODE, 2, 1)], "x y"),
    ("-\n- a", "•\n• a", [], "•\n• a"),
    ("**a**\n**b**", "a\nb", [Span(Look.BOLD, 0, 1), Span(Look.BOLD, 2, 1)], "a\nb"),
    ("a\n\n\n\nb", "a\n\nb", [], "a\n\nb"),
    ("  a  \n  b  ", "a\nb", [], "a\nb"),
    ("1. \n2. a", "1.\n2. a", [], "1.\n2. a"),
    (
        "~~**a**~~ ***b***",
        "a b",
        [
            Span(Look.BOLD, 0, 1),
            Span(Look.STRIKE, 0, 1),
            Span(Look.BOLD, 2, 1),
            Span(Look.ITALIC, 2, 1),
        ],
        "a b",
    ),
    ("`a` `` b`c ``", "a b`c", [Span(Look.CODE, 0, 1), Span(Look.CODE, 2, 3)], "a b`c"),
]


@pytest.mark.parametrize(("source", "text", "spans", "plain"), WRITTEN)
def test_how_blocks_are_written(source: str, text: str, spans: list[Span], plain: str) -> None:
    """Looks lie over what they mean; without them the text says what they would have told."""
    blocks = parse(source)
    shown = written(blocks, with_spans=True)
    assert (shown.text, list(shown.spans)) == (text, spans)
    bare = written(blocks, with_spans=False)
    assert (bare.text, bare.spans) == (plain, ())


@pytest.mark.parametrize(
    ("words", "url", "is_said"),
    [
        ("http://x.y", "http://x.y", True),
        ("x.y", "http://x.y", True),
        ("x.y", "http://x.y/", True),
        ("x.y/", "http://x.y/", True),
        ("x", "http://x.y", False),
        ("a.b", "http://x.y/?to=http://a.b", False),
        ("+1", "tel:+1", True),
        ("a@b.c", "mailto:a@b.c", True),
        ("b.c", "mailto:a@b.c", False),
    ],
)
def test_an_address_is_told_behind_words_that_do_not_say_it(
    words: str, url: str, is_said: bool
) -> None:
    """Where there are no looks; a reader would not know where a link leads."""
    shown = written(parse(f"[{words}]({url})"), with_spans=False).text
    assert shown == (words if is_said else f"{words} ({url})")


@pytest.mark.parametrize(
    ("url", "is_one"),
    [
        ("http://a.b", True),
        ("https://a.b/c?d#e", True),
        ("HTTP://A.B", True),
        ("mailto:a@b.c", True),
        ("tel:+123", True),
        ("javascript:x", False),
        ("http://", False),
        ("http://a.b:66000", False),
        ("http://localhost", False),
        ("ftp://a.b", False),
        ("tg://user?id=1", False),
        ("a.b", False),
    ],
)
def test_what_is_no_link_is_words(url: str, is_one: bool) -> None:
    """A server refuses a message with an address that leads nowhere."""
    assert leads(url) is is_one


@pytest.mark.parametrize(
    ("shown", "asked", "are_alike"),
    [
        ("a", "a", True),
        ("a ", "a", True),
        ("a\nb", "a b", True),
        ("a\u200bb", "ab", True),
        ("", "", True),
        ("a", "b", False),
        ("A", "a", False),
        ("a", "ab", False),
    ],
)
def test_what_a_channel_shows_is_what_was_asked_for(
    shown: str, asked: str, are_alike: bool
) -> None:
    """Servers trim blanks, and drop what cannot be seen."""
    assert alike(shown, asked) is are_alike
