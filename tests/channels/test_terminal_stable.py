"""Where a text is parted for a terminal, and that its pieces mean what the whole means."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from terminal_screens import DOCUMENT, bare, cut, markdown, whole

from tickertape.channels.terminal.flow import ansi
from tickertape.channels.terminal.frames import TerminalScreen
from tickertape.channels.terminal.layout import AT_TOP, laid, last_rows
from tickertape.events import TextDelta
from tickertape.markup.chunks import chunks
from tickertape.markup.stable import GROUP, LONGEST_TAIL, WORDS, StableBlock, StableBlocks


def parted(text: str, size: int = 10_000) -> list[StableBlock]:
    """Part a text that comes in pieces of `size`; look at its tail after each."""
    strips = StableBlocks()
    result = []
    for event in cut(text, size):
        assert isinstance(event, TextDelta)
        strips.add(event.text)
        strips.tail()
        result += strips.take()
    return result + strips.end()


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        ("", []),
        ("\n\n", []),
        ("one\n\ntwo", ["one\n\n", "two"]),
        ("# t\nwords\nmore", ["# t\n", "words\nmore"]),
        ("- a\n- b\n  c\n\n  d\n  - e", ["- a\n", "- b\n  c\n\n", "  d\n", "  - e"]),
        ("> a\n>\n> b\nc", ["> a\n>\n", "> b\n", "c"]),
        ("words\na | b\n--|--\n1 | 2", ["words\n", "a | b\n--|--\n1 | 2"]),
        ("- x\n\n  ```\n  a\n  ```\ny", ["- x\n\n", "  ```\n  a\n  ```\n", "y"]),
        ("<details>\n\na\n\n- b\n\n</details>\nc", ["<details>\n\na\n\n- b\n\n</details>\n", "c"]),
        ("---\nx", ["---\n", "x"]),
    ],
)
def test_where_a_text_is_parted(text: str, sources: list[str]) -> None:
    """Before each block, and before each item at any depth."""
    assert [strip.source for strip in parted(text)] == sources


def test_code_is_parted_into_groups() -> None:
    """Never before a blank line or the end of the fence, and opened again as it was."""
    lines = [f"x = {n}\n" for n in range(20)]
    lines[GROUP - 1] = "\n"
    text = f"- ```py\n{''.join('  ' + line for line in lines)}  ```\n"
    first, second, third = parted(text)
    assert [first.goes_on, second.goes_on, third.goes_on] == [False, True, True]
    assert [first.goes_further, second.goes_further, third.goes_further] == [True, True, False]
    assert second.opening == third.opening == "-\n  ```py\n"
    assert (
        first.source.endswith(f"x = {GROUP}\n".replace(str(GROUP), str(GROUP - 2)) + "  \n")
        is False
    )
    assert third.source.endswith("  ```\n")


def test_tables_are_parted_after_their_first_rows() -> None:
    """The columns are known from the first rows; each that follows is a strip of its own."""
    rows = [f"| {n} | x |\n" for n in range(GROUP + 3)]
    first, *others = parted("| a | b |\n|---|---|\n" + "".join(rows))
    assert first.source.count("\n") == GROUP + 2
    assert [strip.source for strip in others] == rows[GROUP:]
    assert {strip.opening for strip in others} == {"| a | b |\n|---|---|\n"}


def test_paragraphs_are_parted_between_words() -> None:
    """Once they are long enough, before a word, where no mark is open."""
    text = "- " + "word " * 30 + "**" + "bold " * 30 + "bold** " + "word " * 60
    first, *others = parted(text)
    assert len(first.source) > WORDS
    assert first.source.count("**") == 2
    assert all(strip.goes_on and strip.joint == " " for strip in others)
    assert {strip.opening for strip in others} == {"-\n  "}
    assert "".join(strip.source for strip in (first, *others)) == text


@pytest.mark.parametrize("end", ["\\\n", " **bold\n", " `code\n", " [words\n", "\n1 "])
def test_paragraphs_are_not_parted_before_every_line(end: str) -> None:
    """A break that is written down, a mark that is open, a line that begins with no letter."""
    begun = "word word\n" * 15 + "words and words"
    assert len(parted(begun + end + "word** `](x)\n")) == 1
    first, second = parted(begun + "\nword\n")
    assert (first.goes_further, second.goes_on, second.joint) == (True, True, "\n")


def test_what_ends_a_paragraph_in_an_item_stands_in_that_item() -> None:
    """It is opened again, and is no part of the paragraph."""
    first, second = parted("- words\n  ```\n  x\n")
    assert (second.opening, second.goes_on, first.goes_further) == ("-\n", False, False)
    assert [box.marker for box in second.around] == ["-"]


def test_a_mark_that_is_never_closed_costs_little() -> None:
    """A long paragraph with a stray backtick is one strip, and is tried a few times only."""
    text = "`" + "word " * 20_000
    assert len(parted(text, 50_000)) == 1


@pytest.mark.parametrize("begin", ["`", "*", "<details><summary>s</summary>\n\n", "- *"])
@pytest.mark.parametrize("words", ["word ", "word\n", "wordword"])
def test_a_look_at_what_is_open_costs_little(begin: str, words: str) -> None:
    """Of what cannot be parted only the end is looked at, more than any region shows."""
    strips = StableBlocks()
    strips.add(begin + words * 4000)
    assert strips.take() == []
    (tail,) = strips.tail()
    is_cut = " " in words or "\n" in words
    assert len(tail.source) <= LONGEST_TAIL + 10 or not is_cut
    assert tail.source.replace("<!---->", "").rstrip("`*\n ").endswith(words.strip())
    assert "".join(strip.source for strip in strips.end()) == begin + words * 4000


@settings(max_examples=200, deadline=None)
@given(markdown, st.integers(1, 40))
def test_strips_depend_on_the_text_alone(text: str, size: int) -> None:
    """Whatever the pieces, and whoever looked in between; and nothing is lost but empty lines."""
    strips = parted(text, size)
    assert strips == parted(text)
    together = "".join(strip.source for strip in strips)
    assert "".join(together.split()) == "".join(text.split())


def by_chunks(text: str, columns: int = 100) -> list[str]:
    """Paint a text whose chunks are not parted further."""
    rows = []
    for chunk in chunks(text):
        more, above = laid(StableBlock(chunk), AT_TOP, columns)
        rows += [*more, *last_rows(above, columns)]
    return [ansi(row) for row in rows]


def letters(rows: list[str]) -> Counter[str]:
    """Count the letters of rows, but for bars and rules, which layout brings about."""
    return Counter(letter for row in rows for letter in bare(row) if letter not in " ─┼│▌")


_INLINE = st.sampled_from(
    [
        "some words",
        "**bold words**",
        "*slanted words*",
        "~~struck~~",
        "`code * here`",
        "[a link](https://example.org/a_b)",
        "***both***",
        "<b>bold, too</b>",
        "$x_1$",
        "5 * 3 = 15, $5 and 10$",
        "snake_case_name",
        "日本語です。",
        "https://example.org/some_path",
    ]
)
_PROSE = st.lists(_INLINE, min_size=1, max_size=40).map(" ".join)
_LINES = st.lists(_PROSE, min_size=1, max_size=3).map("\n".join)
_CODE = st.lists(st.sampled_from(["x = 1", "", "    if x:", "# *no* mark"]), max_size=30).map(
    lambda lines: "```py\n" + "".join(f"{line}\n" for line in lines) + "```"
)
_NESTED = st.lists(st.sampled_from(["x = 1", "# *a* title", "    if x:"]), max_size=30).map(
    lambda lines: "```md\nwords\n```py\n" + "".join(f"{line}\n" for line in lines) + "```\nend\n```"
)
_NUMBERS = st.lists(st.sampled_from(["0", "1", "1", "2", "5", "7"]), min_size=1, max_size=12).map(
    lambda numbers: "\n".join(f"{number}. item" for number in numbers)
)
_TABLE = st.lists(st.tuples(_INLINE, _INLINE), max_size=14).map(
    lambda rows: "| a | b |\n|---|---:|\n" + "\n".join(f"| {a} | {b} |" for a, b in rows)
)


def _listing(blocks: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def written(items: list[str], marker: str, gap: str) -> str:
        indent = " " * len(marker)
        return gap.join(
            marker + item.replace("\n", "\n" + indent).replace("\n" + indent + "\n", "\n\n")
            for item in items
        )

    return st.builds(
        written,
        st.lists(blocks, min_size=1, max_size=4),
        st.sampled_from(["- ", "* ", "1. ", "- [ ] "]),
        st.sampled_from(["\n", "\n\n"]),
    )


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


_LEAF = st.one_of(_PROSE, _LINES, _CODE, _PROSE.map(lambda text: f"## {text}"))
# A list whose item ends with a quote loses its count behind an empty line (`lines.State`).
_BLOCK = st.recursive(_LEAF, _listing, max_leaves=6)
_ALONE = st.sampled_from(
    [
        *("---", "$$\nx\n$$", "\\begin{x}\na & b \\\\\n- c\n\\end{x}", "so $$\nx\n$$ and words"),
        *(
            "```pip install it\n```",
            "```\nls```",
            "$$\n*words*",
            "| `a|b` | c |\n|-|-|\n| `1|2` | 3 |",
        ),
    ]
)
_ANY = st.one_of(
    _BLOCK, _BLOCK.map(_quoted), _TABLE, _NESTED, _NESTED.map(_quoted), _NUMBERS, _ALONE
)
answers = st.lists(_ANY, max_size=8).map("\n\n".join)


@settings(max_examples=150, deadline=None)
@given(answers)
def test_strips_mean_what_their_chunk_means(text: str) -> None:
    """A well-formed text has the same words, marks and numbers as if it were not parted."""
    assert letters(whole(text, screen=TerminalScreen(100, 24))) == letters(by_chunks(text))


def test_a_document_looks_as_if_it_were_not_parted() -> None:
    """Rows and colours are those of whole chunks."""
    part = DOCUMENT[: DOCUMENT.index("> A quote")]
    assert [row for row in whole(part, screen=TerminalScreen(100, 24)) if row] == [
        row for row in by_chunks(part) if row
    ]
