"""Strips of a text: each is read by itself, and says how it follows the one before."""

from __future__ import annotations

import pytest

from tickertape.markup.emphasis import END
from tickertape.markup.stable import StableBlock, StableBlocks

ITEM, CODE, ROWS = "-\n  ", "```py\n", "|a|b|\n|-|-|\n"
BOLD = "One **two three four five six seven eight nine ten eleven twelve thirteen** and more "
FOLLOWING = {
    "a long paragraph": (
        "One two three four five six seven eight nine ten eleven.",
        [
            StableBlock("One two three four five six seven eight ", goes_further=True),
            StableBlock("nine ten eleven.", goes_on=True, joint=" "),
        ],
    ),
    "a long paragraph in an item": (
        "- One two three four five six seven eight nine ten eleven.",
        [
            StableBlock("- One two three four five six seven eight ", goes_further=True),
            StableBlock("nine ten eleven.", ITEM, goes_on=True, joint=" "),
        ],
    ),
    "writing without blanks": (
        "这是一个很长的句子，没有空格。" * 4,
        [
            StableBlock("这是一个很长的句子，没有空格。" * 3, goes_further=True),
            StableBlock("这是一个很长的句子，没有空格。", goes_on=True, joint=""),
        ],
    ),
    "a mark that is open": (
        BOLD + "to come.",
        [
            StableBlock(BOLD, goes_further=True),
            StableBlock("to come.", goes_on=True, joint=" "),
        ],
    ),
    "lines of a paragraph": (
        "One two three four five\nsix seven eight nine ten\neleven twelve\nthirteen.",
        [
            StableBlock("One two three four five\nsix seven eight nine ten\n", goes_further=True),
            StableBlock("eleven twelve\nthirteen.", goes_on=True, joint="\n"),
        ],
    ),
    "lines that begin with a word of one letter": (
        "One two three four five\nsix seven eight nine ten\nI see",
        [
            StableBlock("One two three four five\nsix seven eight nine ten\n", goes_further=True),
            StableBlock("I see", goes_on=True),
        ],
    ),
    "code": (
        "```py\na\nb\nc\nd\ne\nf\n```\nend",
        [
            StableBlock("```py\na\nb\n", goes_further=True),
            StableBlock("c\nd\ne\n", CODE, goes_on=True, goes_further=True),
            StableBlock("f\n```\n", CODE, goes_on=True),
            StableBlock("end"),
        ],
    ),
    "code with an empty line": (
        "```py\na\n\nb\nc\n```",
        [
            StableBlock("```py\na\n\nb\n", goes_further=True),
            StableBlock("c\n```", CODE, goes_on=True),
        ],
    ),
    "rows": (
        ROWS + "|1|2|\n|3|4|\n|5|6|\n|7|8|\n|9|0|\nend",
        [
            StableBlock(ROWS + "|1|2|\n|3|4|\n|5|6|\n", goes_further=True),
            StableBlock("|7|8|\n", ROWS, goes_on=True, goes_further=True),
            StableBlock("|9|0|\n", ROWS, goes_on=True),
            StableBlock("end"),
        ],
    ),
    "a table below words": (
        "words\n" + ROWS + "|1|2|",
        [StableBlock("words\n"), StableBlock(ROWS + "|1|2|")],
    ),
    "a quote with items": (
        "> one\n> two\n> - three\n> - four\n\nfive",
        [
            StableBlock("> one\n> two\n"),
            StableBlock("> - three\n"),
            StableBlock("> - four\n\n"),
            StableBlock("five", is_apart=True),
        ],
    ),
    "what has an empty line above it": (
        "a\n\nb\n# t\nc\n---\nd\n\n- e\n\n- f",
        [
            StableBlock("a\n\n"),
            StableBlock("b\n", is_apart=True),
            StableBlock("# t\n"),
            StableBlock("c\n"),
            StableBlock("---\n"),
            StableBlock("d\n\n"),
            StableBlock("- e\n\n", is_apart=True),
            StableBlock("- f", is_apart=True),
        ],
    ),
    "blocks in an item": (
        "- a\n\n  b\n\n      code\n      code\n- c",
        [
            StableBlock("- a\n\n"),
            StableBlock("  b\n\n", "-\n", is_apart=True),
            StableBlock("      code\n      code\n", "-\n", is_apart=True),
            StableBlock("- c"),
        ],
    ),
    "items that are counted": (
        "1. a\n2. b\n   - c\n     d\n3. e",
        [
            StableBlock("1. a\n"),
            StableBlock("2. b\n", "1. \n"),
            StableBlock("   - c\n     d\n", "2.\n"),
            StableBlock("3. e", "2.\n"),
        ],
    ),
    "what is read as a whole": (
        "<details><summary>s</summary>\n\na\n\n</details>\nb\n$$\nx\n$$\ny",
        [
            StableBlock("<details><summary>s</summary>\n\na\n\n</details>\n"),
            StableBlock("b\n"),
            StableBlock("$$\nx\n$$\n"),
            StableBlock("y"),
        ],
    ),
}


@pytest.mark.parametrize(("text", "strips"), FOLLOWING.values(), ids=FOLLOWING.keys())
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_how_strips_follow_each_other(text: str, strips: list[StableBlock], size: int) -> None:
    """What opens them, whether they go on, what stands between, and where each of them ends."""
    parts, found = StableBlocks(words=40, group=3), []
    for at in range(0, len(text), size):
        parts.add(text[at : at + size])
        found += parts.take()
    found += parts.end()
    bare = [StableBlock(**{name: getattr(one, name) for name in NAMES}) for one in found]
    assert bare == strips
    ends = [sum(len(one.source) for one in strips[: at + 1]) for at in range(len(strips))]
    assert [one.end for one in found] == ends


NAMES = ("source", "opening", "goes_on", "goes_further", "joint", "is_apart")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Hi", "Hi"),
        ("é", "é"),
        ("Hi 🇩🇪", "Hi 🇩🇪"),
        ("Hi 🇩", "Hi "),
        ("Hi 🇩🇪🇦", "Hi 🇩🇪"),
        ("Hi 🇩🇪🇦🇹", "Hi 🇩🇪🇦🇹"),
        ("🇩 Hi", "🇩 Hi"),
        ("Hi 👨\u200d", "Hi 👨"),
        ("Hi 👨\u200d\u200d", "Hi 👨"),
        ("é " + chr(0xD800), "é "),
        ("é " + chr(0xDBFF), "é "),
        ("é \ud7ff", "é \ud7ff"),
        ("é \udc00", "é \ufffd"),
    ],
)
def test_no_letter_is_shown_that_has_only_begun(text: str, shown: str) -> None:
    """Half of a flag, or a joiner, may become something else with what follows."""
    parts = StableBlocks()
    parts.add(text)
    assert [one.source for one in parts.tail()] == [shown]
    assert parts.take() == []


@pytest.mark.parametrize(
    ("text", "complete", "shown"),
    [
        ("a", [], ["a"]),
        ("a\n\n", [], ["a\n\n"]),
        ("a\n- b", [], ["a\n", "- b"]),
        ("a\n- ", [], ["a\n"]),
        ("- a\n- **b", [], ["- a\n", f"- **b{END}**"]),
        ("- a\n  b", [], ["- a\n  b"]),
        ("1. a\n2", [], ["1. a\n"]),
        ("# t\nwo", ["# t\n"], ["wo"]),
        ("> a\nb", ["> a\n"], ["b"]),
        ("a\n\nb", ["a\n\n"], ["b"]),
        ("a\n---", [], ["a\n"]),
        ("a\n|b|c|", [], ["a\n"]),
        ("a\n|b|c|\n|-|-", [], ["a\n"]),
        (ROWS + "|1|2|\nen", [], [ROWS + "|1|2|\n", "en"]),
        ("```py\nx\ny", [], ["```py\nx\ny"]),
        ("$$\nx", [], ["$$\nx$$"]),
        ("<details>\n\na *b", [], [f"<details>\n\na *b{END}*"]),
    ],
)
def test_what_is_open_is_shown_as_what_it_is_so_far(
    text: str, complete: list[str], shown: list[str]
) -> None:
    """Two strips, where the newest line begins another but may still become something else."""
    parts = StableBlocks()
    parts.add(text)
    assert [one.source for one in parts.take()] == complete
    assert [one.source for one in parts.tail()] == shown
