"""What a text is made of: chunks that are read by themselves, tags of details, signs."""

from __future__ import annotations

import pytest

from tickertape.markup.chunks import chunks, is_apart
from tickertape.markup.cleaning import clean
from tickertape.markup.details import DetailsTag, head, tags
from tickertape.markup.signs import is_sign, may_be_sign


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a\n\nb", ["a\n\n", "b"]),
        ("a\nb", ["a\nb"]),
        ("# t\na\n# u", ["# t\na\n", "# u"]),
        ("a\n---\nb", ["a\n", "---\nb"]),
        ("- a\n- b\n\n- c\n\nd", ["- a\n- b\n\n- c\n\n", "d"]),
        ("> a\nb", ["> a\n", "b"]),
        ("```\na\n\nb\n```\nc", ["```\na\n\nb\n```\nc"]),
        ("|a|\n|-|\n|1|\nb", ["|a|\n|-|\n|1|\n", "b"]),
        ("$$\nx\n$$\ny", ["$$\nx\n$$\n", "y"]),
        ("<details>\n\na\n\n</details>\nb", ["<details>\n\na\n\n</details>\n", "b"]),
        ("\n\na\n\n\n\nb\n", ["\n\na\n\n\n\n", "b\n"]),
    ],
)
def test_chunks_mean_the_same_whatever_stands_around_them(text: str, parts: list[str]) -> None:
    """One begins where nothing that stands above is open."""
    assert list(chunks(text)) == parts


@pytest.mark.parametrize(
    ("chunk", "is_one"),
    [
        ("a\n\n", True),
        ("a\n \n", True),
        ("a\n\n ", True),
        ("a\n\n\t\r", True),
        ("a\r\n\r\n", True),
        (" \n\n", True),
        ("a\n", False),
        (" a\n", False),
        ("a", False),
        ("\n", False),
    ],
)
def test_a_chunk_stands_apart_from_what_an_empty_line_parts_it_from(
    chunk: str, is_one: bool
) -> None:
    """A line of blanks is empty."""
    assert is_apart(chunk) is is_one


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\r\nb\rc", "a\nb c"),
        ("a\x07b", "ab"),
        ("a\x00\tb", "a\tb"),
        ("a\u202eb", "ab"),
        ("half \ud83d", "half \ufffd"),
        ("a\u200bb \ufeff c\u00add", "a\u200bb \ufeff c\u00add"),
    ],
)
def test_what_no_server_keeps_is_not_read(text: str, cleaned: str) -> None:
    """Signs that steer terminals and the direction of writing, and halves of characters."""
    assert clean(text) == cleaned


@pytest.mark.parametrize(
    ("text", "attributes", "summary", "end"),
    [
        ("<details>", "", None, 9),
        ("<details open>", " open", None, 14),
        ("<DETAILS>", "", None, 9),
        ("<details><summary>S</summary> a", "", "S", 29),
        ("<details>\n<summary>S\nT</summary>", "", "S\nT", 32),
        ("<details>\n\n<summary>S</summary>", "", "S", 31),
    ],
)
def test_how_details_begin(text: str, attributes: str, summary: str | None, end: int) -> None:
    """With their tag, and a title, if any."""
    found = head(text)
    assert found is not None
    assert (found[1], found[2], found.end()) == (attributes, summary, end)


def test_what_are_no_details() -> None:
    """Words before them, another tag, one that is not complete."""
    assert not any(map(head, ("a <details>", "<detailsx>", "<details", "</details>")))


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("<details>a</details>", [(False, 0, 9), (True, 10, 20)]),
        ("<details><details></DETAILS>", [(False, 0, 9), (False, 9, 18), (True, 18, 28)]),
        ("`<details>` <details open>", [(False, 12, 26)]),
        ("</details>", [(True, 0, 10)]),
        ("words", []),
    ],
)
def test_tags_of_details(line: str, found: list[tuple[bool, int, int]]) -> None:
    """Those that open and those that close; what is said in code is none."""
    assert list(tags(line)) == [DetailsTag(*tag) for tag in found]


@pytest.mark.parametrize(
    ("rest", "in_item", "outside"),
    [
        ("> 25: rich", True, False),
        ("> $100", True, False),
        ("> 25%", True, False),
        (">= 10", True, True),
        (">25", True, True),
        ("- 5", True, False),
        ("+ 5", True, False),
        ("> a", False, False),
        ("> the", False, False),
        ("-> a", False, False),
        (">>> x", False, False),
    ],
)
def test_signs_before_numbers_compare(rest: str, in_item: bool, outside: bool) -> None:
    """In an item more likely than outside, where a quote may begin with a number."""
    assert is_sign(rest, is_item=True) is in_item
    assert is_sign(rest, is_item=False) is outside


def test_a_sign_that_may_compare_waits_for_what_follows() -> None:
    """Only its own line tells."""
    assert may_be_sign("- >")
    assert not may_be_sign("- > a")
    assert not may_be_sign("- > 25: rich")
