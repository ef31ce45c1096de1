"""Fences as models write them: nothing said in one is lost, and each ends where it was meant to."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickertape.markup.commonmark import as_commonmark
from tickertape.markup.fences import Opening, before_close, inner_after, nests, opening_of
from tickertape.markup.forms import Format, Look, Rendering, Spans
from tickertape.markup.pages import Limits, Page
from tickertape.markup.paper import page
from tickertape.markup.rulers import UTF16

LIMITS = Limits(4096, UTF16, 95)


def grown(deltas: list[str] | str) -> Page:
    """Say a text on one page."""
    whole = page("markdown", LIMITS)
    for delta in deltas:
        whole.add(delta)
    return whole


def code_of(rendering: Rendering) -> list[tuple[str, str]]:
    """Give the blocks of code, each with its language."""
    form, units = rendering.form, rendering.text.encode("utf-16-le")
    spans = form.spans if isinstance(form, Spans) else ()
    return [
        (units[2 * s.start : 2 * (s.start + s.length)].decode("utf-16-le"), s.detail)
        for s in spans
        if s.look is Look.PRE
    ]


MARKDOWN = "# Tool\n\n## Install\n```bash\npip install tool\n```\n\n## Use\nRun **it**."
FENCES = {
    "a run that closes on its line": ("```a b``` c", [], "a b c"),
    "code on the opening line": (
        "Run this:\n```pip install foo\n```\nthen restart.",
        [("pip install foo", "")],
        "Run this:\npip install foo\nthen restart.",
    ),
    "nothing but code on the opening line": (
        "```pip install foo\n```",
        [("pip install foo", "")],
        "pip install foo",
    ),
    "one word and nothing more": ("```ls\n```", [("ls", "")], "ls"),
    "words of no language": ("~~~ words\nx\n~~~", [("words\nx", "")], "words\nx"),
    "a language apart": ("``` python\nx\n```", [("x", "python")], "x"),
    "a title": ('```python title="x"\na\n```', [('title="x"\na', "python")], 'title="x"\na'),
    "numbers of lines": ("```js {1,3}\na\n```", [("{1,3}\na", "js")], "{1,3}\na"),
    "options in braces": (
        "```{r, echo=FALSE}\nx\n```",
        [("echo=FALSE\nx", "r")],
        "echo=FALSE\nx",
    ),
    "marks in a language's name": ("```c++\na\n```", [("a", "c++")], "a"),
    "data behind a language": ('```json {"a": 1}\n```', [('{"a": 1}', "json")], '{"a": 1}'),
    "a command that names a language": (
        "```python main.py\n```",
        [("python main.py", "")],
        "python main.py",
    ),
    "another script": ("```привет\nмир\n```", [("привет\nмир", "")], "привет\nмир"),
    "backticks on the opening line": (
        "```echo `date`\nls\n```\n**b**",
        [("echo `date`\nls", "")],
        "echo `date`\nls\nb",
    ),
    "in an item": (
        "- x\n  ```pip install a\n  ```\n- y",
        [("pip install a", "")],
        "• x\n  pip install a\n• y",
    ),
    "in a quote": (
        "> ```pip install a\n> ```\n> b",
        [("pip install a", "")],
        "pip install a\nb",
    ),
    "indented": ("   ```pip i\n   ```\n**b**", [("pip i", "")], "pip i\nb"),
    "closed on the last line of code": (
        "```\npip install foo```\nafter **b**",
        [("pip install foo", "")],
        "pip install foo\nafter b",
    ),
    "opened and closed by lines of code": (
        "```pip install foo\nls```\n**b**",
        [("pip install foo\nls", "")],
        "pip install foo\nls\nb",
    ),
    "tildes opened and closed in one line": ("~~~ls -l~~~\n**b**", [("ls -l", "")], "ls -l\nb"),
    "closed on the last line in an item": (
        "1. a\n   ```sh\n   x```\n2. b",
        [("x", "sh")],
        "1. a\n  x\n2. b",
    ),
    "closed on the last line in a quote": (
        "> ```\n> a b```\n> **c**",
        [("a b", "")],
        "a b\nc",
    ),
    "code with backticks in it": (
        '```py\np = f"""```\n{x}\n```',
        [('p = f"""```\n{x}', "py")],
        'p = f"""```\n{x}',
    ),
    "code between backticks in code": (
        "```\na ```b```\n```\n**c**",
        [("a ```b```", "")],
        "a ```b```\nc",
    ),
    "below a line of HTML": ("<div>\n```py\nx\n```\n**b**", [("x", "py")], "<div>\nx\nb"),
    "a fence in a fence of Markdown": (
        f"```markdown\n{MARKDOWN}\n```\n\nThat is **all**.",
        [(MARKDOWN, "markdown")],
        f"{MARKDOWN}\n\nThat is all.",
    ),
    "fences three deep": (
        "```md\n```md\n```py\n1\n```\n```\n```\n**b**",
        [("```md\n```py\n1\n```\n```", "md")],
        "```md\n```py\n1\n```\n```\nb",
    ),
    "a longer fence of Markdown": (
        "````md\n```bash\nx\n```\n````\n**b**",
        [("```bash\nx\n```", "md")],
        "```bash\nx\n```\nb",
    ),
    "a longer fence around one that never ends": (
        "````md\n```bash\nx\n````\n**b**",
        [("```bash\nx", "md")],
        "```bash\nx\nb",
    ),
    "a longer fence around tildes": (
        "````md\n```\n~~~\n```\n````\n**b**",
        [("```\n~~~\n```", "md")],
        "```\n~~~\n```\nb",
    ),
    "tildes around backticks": (
        "~~~md\n```bash\nx\n```\n~~~bash\ny\n~~~\n~~~\n**b**",
        [("```bash\nx\n```\n~~~bash\ny\n~~~", "md")],
        "```bash\nx\n```\n~~~bash\ny\n~~~\nb",
    ),
    "backticks around tildes": (
        "```md\n~~~\n```\n~~~\n```\n**b**",
        [("~~~\n```\n~~~", "md")],
        "~~~\n```\n~~~\nb",
    ),
    "an item of Markdown": (
        "```md\n- a\n  ```bash\n  x\n  ```\n```\n**b**",
        [("- a\n  ```bash\n  x\n  ```", "md")],
        "- a\n  ```bash\n  x\n  ```\nb",
    ),
    "a fence of Markdown in an item": (
        "- a\n  ```md\n  ```py\n  x\n  ```\n  ```\n- **b**",
        [("```py\nx\n```", "md")],
        "• a\n  ```py\nx\n```\n• b",
    ),
    "a fence of Markdown that never ends": (
        "```md\n```py\n1\n```\nrest",
        [("```py\n1\n```\nrest", "md")],
        "```py\n1\n```\nrest",
    ),
}


@pytest.mark.parametrize(("source", "code", "text"), FENCES.values(), ids=FENCES.keys())
def test_fences_as_models_write_them(source: str, code: list[tuple[str, str]], text: str) -> None:
    """Code is code, words are words; previews show the beginning of what stays."""
    whole = grown(source).final(Format.SPANS)
    assert whole.text == text
    assert code_of(whole) == code
    growing, stays = page("markdown", LIMITS), "".join(text.split())
    for char in source:
        growing.add(char)
        seen = "".join(growing.preview(Format.SPANS).text.split())
        assert stays.startswith(seen.rstrip("`~"))
    assert growing.final(Format.SPANS) == whole
    growing.add("\n")
    assert growing.preview(Format.SPANS) == whole


def test_a_fence_within_a_fence_goes_on_over_pages() -> None:
    """What is cut in an inner fence goes on in it: its close ends neither page nor outer fence."""
    inner = "".join(f"line{number} = 1\n" for number in range(40))
    text = f"```markdown\nwords\n```python\n{inner}```\nmore\n```\n**end**"
    pages, rest = [page("markdown", Limits(120, UTF16, 95))], text
    pages[0].add(rest)
    while cut := pages[-1].cut():
        rest = pages[-1].end(cut)
        pages.append(page("markdown", Limits(120, UTF16, 95), cut.opening))
        pages[-1].add(rest)
    shown = "\n".join(one.final(Format.SPANS).text for one in pages)
    assert shown == f"words\n```python\n{inner}```\nmore\nend"
    assert all(
        language == "markdown" for one in pages for _, language in code_of(one.final(Format.SPANS))
    )


def test_a_long_opening_line_goes_on_as_code() -> None:
    """Where the first line of code is cut, none of its marks is taken for emphasis."""
    code = "echo **many** ~~words~~ $$ " * 9
    limits = Limits(100, UTF16, 95)
    pages, rest = [page("markdown", limits)], f"~~~~{code}\n~~~~\nafter"
    pages[0].add(rest)
    while cut := pages[-1].cut():
        rest = pages[-1].end(cut)
        pages.append(page("markdown", limits, cut.opening))
        pages[-1].add(rest)
    shown = " ".join(one.final(Format.SPANS).text for one in pages)
    assert shown.split() == f"{code} after".split()


def test_a_close_alone_on_a_page_shows_no_language() -> None:
    """What opens a fence again is nothing that was said."""
    page_of_closes = page("markdown", LIMITS, "> ```py\n")
    page_of_closes.add(">\n> ```\nafter")
    assert page_of_closes.final(Format.SPANS).text == "after"


def test_inner_fences_in_details_go_on_over_pages() -> None:
    """The lines that open details and fences again are not lines of code."""
    page_of_more = page("markdown", LIMITS, "<details>\n\n```md\n```py\n")
    page_of_more.add("one\ntwo\n```\nthree\n```\n</details>")
    assert page_of_more.final(Format.SPANS).text == "one\ntwo\n```\nthree"


FENCED = [
    *("```", "````", "~~~", "~~~~", "```markdown\n", "```md\n", "```bash\n", "~~~md\n", "```@ @\n"),
    *("\n```\n", "\n~~~\n", "\n````\n", "@```\n", "@~~~\n", "\n", "\n\n", "@ ", "> ", "- ", "   "),
    *("`@`", "\n  ", "~~~@~~~\n", "```py @\n", " {@}\n"),
]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(FENCED), max_size=40), st.sampled_from([60, 150, 4000]))
def test_no_word_in_or_around_fences_is_lost(pieces: list[str], length: int) -> None:
    """Whatever fences come to, each word stands on one page, once."""
    number = iter(range(10_000))
    text = re.sub("@", lambda _: f"w{next(number)}z", "".join(pieces))
    pages = [page("markdown", Limits(length, UTF16, 95))]
    openings = ""
    pages[0].add(text)
    while cut := pages[-1].cut():
        rest = pages[-1].end(cut)
        pages.append(page("markdown", Limits(length, UTF16, 95), cut.opening))
        pages[-1].add(rest)
        openings += cut.opening
    finals = [one.final(Format.SPANS) for one in pages]
    languages = {language for one in finals for _, language in code_of(one)}
    shown = re.findall(r"w\d+z", "".join(one.text for one in finals))
    said = [w for w in re.findall(r"w\d+z", text) if w not in languages and w not in openings]
    assert [w for w in shown if w not in openings] == said


@pytest.mark.parametrize(
    ("line", "opening"),
    [
        ("```", Opening("```")),
        ("``", None),
        ("text ```", None),
        ("````py", Opening("````", "py")),
        ("``` py", Opening("```", "py")),
        ("   ```py  ", Opening("```", "py")),
        ("    ```", None),
        ("~~~", Opening("~~~")),
        ("```c++", Opening("```", "c++")),
        ("```unheard-of", Opening("```", "unheard-of")),
        ("```{.py .x} y", Opening("```", "py", ".x y")),
        ("```js: x", Opening("```", "js", "x")),
        ('```py title="a.py"', Opening("```", "py", 'title="a.py"')),
        ("```python main.py", Opening("```", "", "python main.py")),
        ("```pip install x", Opening("```", "", "pip install x")),
        ("```a```", None),
        ("``` a ``` b", None),
        ("~~~a~~~", Opening("~~~", "a", is_closed=True)),
        ("~~~ a ~~~~", Opening("~~~", "", "a", is_closed=True)),
        ("~~~~a~~~", Opening("~~~~", "", "a~~~")),
        ("~~~~~~", Opening("~~~~~~")),
    ],
)
def test_what_a_line_opens(line: str, opening: Opening | None) -> None:
    """A run, a language, and what stands behind that: code. Some lines close what they open."""
    assert opening_of(line) == opening


@pytest.mark.parametrize(
    ("line", "run", "code"),
    [
        ("```", "```", ""),
        ("  ```  ", "```", ""),
        ("   ```", "```", ""),
        ("    ```", "```", None),
        ("````", "```", ""),
        ("```", "````", None),
        ("~~~", "```", None),
        ("x = 1 ```", "```", "x = 1"),
        ("x = 1```  ", "```", "x = 1"),
        ("x = ```", "```", None),
        ("f(```", "```", None),
        ("``` a ```", "```", None),
        ("x ~~~~", "~~~", "x"),
        ("x", "```", None),
        ("```py", "```", None),
    ],
)
def test_what_closes_a_fence(line: str, run: str, code: str | None) -> None:
    """A run as long as the one that opened it, alone or behind code that is complete."""
    assert before_close(line, run) == code


@pytest.mark.parametrize(
    ("inner", "outer", "line", "open_then"),
    [
        ((), "```", "```", None),
        ((), "```", "```py", ("```py",)),
        ((), "```", "text", ()),
        ((), "````", "```", ("```",)),
        (("```py",), "```", "x", ("```py",)),
        (("```py",), "```", "```", ()),
        (("```py",), "```", "```js", ("```py",)),
        (("```md",), "```", "```js", ("```md", "```js")),
        (("```py",), "````", "````", None),
        (("```py",), "````", "```", ()),
        (("~~~py",), "```", "```", ("~~~py",)),
        (("```md",), "```", "~~~x~~~", ("```md",)),
        (("```md",) * 8, "```", "```js", ("```md",) * 8),
        (("```md",) * 7, "```", "- ```js", (*("```md",) * 7, "```js")),
    ],
)
def test_what_is_open_in_a_fence_of_markdown(
    inner: tuple[str, ...], outer: str, line: str, open_then: tuple[str, ...] | None
) -> None:
    """A fence that names a language has a close of its own; only in Markdown there are others."""
    assert inner_after(inner, outer, line) == open_then


def test_which_fences_hold_fences() -> None:
    """Those of Markdown, by any of its names."""
    assert all(map(nests, ["```md", "~~~Markdown", "````mdx"]))
    assert not any(map(nests, ["```", "```py", "```mdown"]))


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("```py\nx\n```", "```py\nx\n```"),
        ("```pip i\nx\n```", "```\npip i\nx\n```"),
        ("```py\nx ```", "```py\nx\n```"),
        ("```py\nx", "```py\nx"),
        ("~~~x~~~", "~~~x\n~~~"),
        ("```md\n```py\nx\n```\n```", "````md\n```py\nx\n```\n````"),
        ("```md\n~~~~~py\nx\n~~~~~\n```", "``````md\n~~~~~py\nx\n~~~~~\n``````"),
        ("````\n```\n````", "````\n```\n````"),
        ("> - ```pip i\n>   x\n>   ```", "> - ```\n>   pip i\n>   x\n>   ```"),
        (
            "- ```md\n  ```py\n  x\n  ```\n  ```\n- a",
            "- ````md\n  ```py\n  x\n  ```\n  ````\n- a",
        ),
        ("<div>\n```\nx\n```", "<div>\n\n```\nx\n```"),
        ("<b>\n~~~~\nx ~~~~\nend", "<b>\n\n~~~~\nx\n~~~~\nend"),
        ("> <b>\n> ```\n> x\n> ```", "> <b>\n>\n> ```\n> x\n> ```"),
        ("|`a|b`|\n|-|\n|`c|d`|", "|`a\\|b`|\n|-|\n|`c\\|d`|"),
        ("a `b|c` d", "a `b|c` d"),
    ],
)
def test_what_a_parser_of_commonmark_reads(said: str, read: str) -> None:
    """Each line of code by itself, a fence longer than those in it, and no bar in code."""
    assert as_commonmark(said) == read
