"""What is shown of a text while more may come."""

from __future__ import annotations

import pytest

from tickertape.markup.forms import Blocks, Format, Look, Spans
from tickertape.markup.pages import Limits
from tickertape.markup.paper import page
from tickertape.markup.rulers import UTF16
from tickertape.markup.tree import CodeBlock

LIMITS = Limits(4096, UTF16, 95)


def previewed(source: str, form: Format = Format.SPANS) -> str:
    """Give the text of a preview."""
    growing = page("markdown", LIMITS)
    growing.add(source)
    return growing.preview(form).text


HEALED = [
    ("a **bo", "a bo"),
    ("a **", "a"),
    ("a **b*", "a b"),
    ("a *b **c", "a b c"),
    ("a **b** *", "a b"),
    ("a **b **", "a b"),
    ("a ~~b", "a b"),
    ("a `co", "a co"),
    ("a `co`", "a co"),
    ("a `", "a"),
    ("a ``", "a"),
    ("a ``b`", "a b"),
    ("a ` ", "a"),
    ("a <b>b", "a b"),
    ("a <b>b</b> <u", "a b"),
    ("a <i>", "a"),
    ("a <", "a"),
    ("a < b", "a < b"),
    ("a <!-- c", "a"),
    ("a &am", "a"),
    ("a & b", "a & b"),
    ("a &amp;", "a &"),
    ("a < &am", "a"),
    ("a \\", "a"),
    ("a \\*", "a *"),
    ("a [te", "a te"),
    ("a [", "a"),
    ("a [text]", "a text"),
    ("a [text] b", "a [text] b"),
    ("*a [b* c](d", "a [b c](d"),
    ("a [text](htt", "a text"),
    ("a [**text**](htt", "a text"),
    ("a [text](http://b.c)", "a text"),
    ("a [text](b c", "a [text](b c"),
    ("a [" + "x" * 200, "a [" + "x" * 200),
    ("a [b\nc", "a [b\nc"),
    ("a !", "a"),
    ("a! ", "a!"),
    ("a ![al", "a"),
    ("a ![alt](http", "a"),
    ("a ![alt](http://b.c) d", "a alt d"),
    ("a] b", "a] b"),
    ("a $x^2", "a"),
    ("a $x^2$", "a x^2"),
    ("a $x^2$ b", "a x^2 b"),
    ("a $5", "a $5"),
    ("a $PATH is what", "a $PATH is what"),
    ("a $$x", "a"),
    ("a $$$", "a"),
    ("a __in", "a"),
    ("a __init__", "a"),
    ("a __init__ b", "a __init__ b"),
    ("a __b c", "a b c"),
    ("snake_case", "snake_case"),
    ("2 * 3", "2 * 3"),
    ("a </b> b", "a </b> b"),
    ("a <span>b", "a <span>b"),
    ("text\n-", "text"),
    ("text\n--", "text"),
    ("text\n=", "text"),
    ("text\n#", "text"),
    ("text\n## ", "text"),
    ("text\n1", "text"),
    ("text\n1.", "text"),
    ("text\n1. ", "text"),
    ("text\n- [", "text"),
    ("text\n- [x", "text"),
    ("text\n- [x]", "text"),
    ("text\n- [x] d", "text\n☑ d"),
    ("text\n- a **b\n- c", "text\n• a **b\n• c"),
    ("text\n+", "text"),
    ("text\n> ", "text"),
    ("> a\n> -", "a"),
    ("- a\n  - **b", "• a\n  ◦ b"),
    ("# Ti **x", "Ti x"),
    ("text\n|", "text"),
    ("text\n| a | b", "text"),
    ("text\n| a | b |\n", "text"),
    ("text\n| a | b |\n|--", "text"),
    ("text\n| a | b |\n|--|--|", "text"),
    ("text\n| a | b |\n|--|--|\n", "text\na | b\n--+--"),
    ("text\n| a | b |\n|--|--|\n|", "text\na | b\n--+--"),
    ("text\n| a | b |\n|--|--|\n| *c", "text\na | b\n--+--\nc |"),
    ("text\n| a | b |\n|--|--|\n| c | **d", "text\na | b\n--+--\nc | d"),
    ("text\n| a | b |\nx", "text\n| a | b |\nx"),
    ("text\n`", "text"),
    ("text\n``", "text"),
    ("text\n```p", "text"),
    ("text\n```py\n", "text"),
    ("text\n```py\nx", "text\nx"),
    ("text\n```py\nx **y\n``", "text\nx **y"),
    ("text\n```py\nx\n```", "text\nx"),
    ("- a\n  ```\n  x\n  ``", "• a\n  x"),
    ("$", ""),
    ("$$", ""),
    ("$$\n", ""),
    ("$$\nx", "x"),
    ("$$\nx\n$", "x"),
    ("$$\nx\n$$", "x"),
    ("\\", ""),
    ("\\[", ""),
    ("so \\(", "so"),
    ("so \\(x^2", "so"),
    ("so \\(x^2\\", "so"),
    ("so \\(x^2\\)", "so x^2"),
    ("`so \\(x", "so \\(x"),
    ("so \\[x^2", "so"),
    ("so \\[x^2\\]", "so x^2"),
    ("so \\[1\\", "so"),
    ("so \\[1\\]", "so [1]"),
    ("- a\n- \\[ x\n  + y", "• a"),
    ("- a\n- \\[ x\n  + y\n  \\]", "• a\n• x\n+ y"),
    ("text\n\\[\nx", "text\nx"),
    ("> text\n> \\[\n> x\n> \\]", "text\nx"),
    ("~~~\n\\(x", "\\(x"),
    ("- a $$", "• a"),
    ("- a\n  $$\n  x", "• a"),
    ("- a\n  $$\n  x\n  $$", "• a\n  x"),
    ("text\n$$\nx", "text\nx"),
    ("a $$ 5 $$", "a 5"),
    ('a [text](http://b.c "Ti', "a text"),
    ('a [text](http://b.c "Ti"', "a text"),
    ("a [text](http://b.c ", "a text"),
    ("a [text](http://b.c/d(e", "a text"),
    ("\\[ x \\", "x"),
    ("\\[ x \\]", "x"),
    ("<det", ""),
    ("<details>", ""),
    ("<details><summary>Ti", ""),
    ("<details><summary>Title</summary>", "Title"),
    ("<details><summary>Title</summary>\n\na\n\n**b", "Title\na\n\nb"),
    ("<details>" + "x" * 300, "x" * 300),
    ("    *a", "*a"),
    ("\t| a", "| a"),
    ("- a\n\n      *a", "• a\n  *a"),
    ("a **b\n\n", "a **b"),
    ("# a **b\n", "a **b"),
    ("a *b\n===\nc", "a *b\nc"),
    ("a $$b\n---\n", "a $$b"),
    ("- ```\n  a\nx", "• a\n\nx"),
    ("a *b\n> *c", "a *b\nc"),
    ("<div>\n*a", "<div>\n*a"),
    ("*a\\\n", "a"),
    ("**a\n* ![", "a"),
    ("~~[”", "”"),
    ("*a *b", "*a *b"),  # two pointers, rather
    ("a**b + c**", "a**b + c"),
    ("ab**c**", "abc"),
    ("- > 2", "• > 2"),
    ("- >", ""),
    ("- + 3 p", "• + 3 p"),
    ("<details><summary>S</summary>\n\na\n\n</details", "S\na"),
    ("<details><summary>S</summary>\n\n```\na\n```\n</deta", "S\na"),
    ("<div>\na</di", "<div>\na"),
    ("<br>\n| a | b |\n|---|---|\n| **c", "| a | b |\n|---|---|\n| **c"),
    ("<b>\n- x\n* \n> a **(b", "<b>\n- x\n* \n> a **(b"),
    ("a\n===\n<i>\n    b->~~c~~1", "a\n<i>\n    b->~~c~~1"),
    ("[![build](https://i.example/b.svg)](https://c.ex", "build"),
    ("so \\[\n", "so"),
    ("so \\[\nx = 1\n", "so"),
    ("a ***_\n+ ", "a"),
    ("a\n[**b", "a\nb"),
    ("a\n[- b", "a\n- b"),
    ("[**![a](http://a.b)** c", "a c"),
    ("![<!---->و*https://x.example/_a_", "وhttps://x.example/_a"),
    ("| a | b |\n|---|---|\n| c | d | *e", "a | b\n--+-----\nc | d *e"),
    ("print(*rows", "print(*rows"),
    ("_so f(", "so f("),
    ("**so f(", "so f("),
    ("_so (** ", "so (**"),
    ("**C:\\dir\\** ok", "C:\\dir\\ ok"),
    ("", ""),
    (" ", ""),
]


@pytest.mark.parametrize(("source", "text"), HEALED)
def test_what_is_open_is_closed_or_held_back(source: str, text: str) -> None:
    """A preview shows the beginning of a text without marks that may vanish."""
    assert previewed(source) == text


ANSWER = r"""Sure! Here's **how it works** and *why* it ~~fails~~ matters:

1. **First step** – use `pip install x` and [the docs](https://docs.example.org/a_b?c=d).
2. Second with `code` and __bold words__ text:
   - nested **item**
   - another

| Name | Price |
|------|------:|
| Tea | $5 |
| **Cake** | $10 |

```python
def f(args, kwargs):
    return args
```

> A quote with **bold** text
> and more.

Title
===

Formula $x^2 + y^2$ and $$a+b$$ here.

$$
x + 1
$$

---

- [ ] todo
- [x] done &amp; dusted <b>html</b> H<sub>2</sub>O
* star item

### End ###
![pic](https://x.y/z.png) bye ***both*** x.
"""


def test_no_prefix_of_an_answer_shows_raw_marks() -> None:
    """While an answer grows, nothing is shown that vanishes again, but for a table's blanks."""
    growing, shown = page("markdown", LIMITS), ""
    for char in ANSWER:
        growing.add(char)
        text = growing.preview(Format.SPANS).text
        assert not set(text) & set("*`~[]#\\<_=")
        stays = "".join(text.split()).replace("|", "").replace("-", "").replace("+", "")
        last = "".join(shown.split()).replace("|", "").replace("-", "").replace("+", "")
        assert stays.startswith(last)
        shown = text
    assert growing.preview(Format.SPANS) == growing.final(Format.SPANS)


@pytest.mark.parametrize(
    "begin", ["|x| is where ", "|| a spoiler || ", "> |x| is ", "text\n|x| is "]
)
def test_words_behind_a_bar_are_shown_as_they_come(begin: str) -> None:
    """A line that begins with a `|` waits no longer than a title of a column may be."""
    growing = page("markdown", LIMITS)
    growing.add(begin)
    for _ in range(40):
        growing.add("words ")
        shown, said = growing.preview(Format.SPANS).text, growing.final(Format.SPANS).text
        assert said.startswith(shown)
        assert len(said) - len(shown) <= 100


def test_finals_are_not_healed() -> None:
    """What stays is what was said, with its marks."""
    growing = page("markdown", LIMITS)
    growing.add("text **bo `co\n\n- ")
    assert growing.final(Format.SPANS).text == "text **bo `co\n\n•"


def test_previews_in_every_form() -> None:
    """Blocks are healed as text is."""
    growing = page("markdown", LIMITS)
    growing.add("```py\nx\n``")
    shown = growing.preview(Format.BLOCKS)
    assert shown.form == Blocks((CodeBlock("x", "py"),))
    assert growing.preview(Format.PLAIN).text == "x"


def test_emphasis_goes_on_over_lines() -> None:
    """A mark may close on a later line of its paragraph; the last item alone is looked at."""
    growing = page("markdown", LIMITS)
    growing.add("- **a** b\n- *c\n  d")
    form = growing.preview(Format.SPANS).form
    assert isinstance(form, Spans)
    assert [span.look for span in form.spans] == [Look.BOLD, Look.ITALIC]


def test_only_the_last_row_waits_for_what_makes_a_table_of_it() -> None:
    """Lines in bars are shown as they come, however many: a table begins with the last, if any."""
    assert previewed("|a|\n|b|\n|c") == "|a|\n|b|"
    assert previewed("|a|\n|b|\n|-") == "|a|"
    assert previewed("|a|\n" * 999 + "|b") == ("|a|\n" * 999).rstrip()


@pytest.mark.parametrize("mark", ["&", "<"])
def test_a_text_of_marks_is_shown(mark: str) -> None:
    """Some marks wait at the end, each found by reading all; a text of them is no end."""
    assert previewed("word " + mark * 16) == "word"
    assert previewed("word " + mark * 100) == "word " + mark * 84


def test_items_that_wait_are_not_looked_at_without_end() -> None:
    """Each of many items may be the beginning of a formula: a few wait, the others are shown."""
    shown = previewed("1. $$x\n" * 3000)
    assert shown.startswith("1. $$x\n2. $$x\n")
    assert shown.count("$$x") > 2980
