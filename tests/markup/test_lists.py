"""Lists keep the numbers that were said."""

from __future__ import annotations

import re
from itertools import accumulate, pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tickertape.markup.forms import Format
from tickertape.markup.pages import Limits
from tickertape.markup.paper import page
from tickertape.markup.parse import parse
from tickertape.markup.rulers import UTF16
from tickertape.markup.tree import Listing

NUMBERS = {
    "numbers that are skipped": ("2. the title\n5. the date", "2. the title\n5. the date"),
    "from nought": ("0. a\n1. b\n2. c", "0. a\n1. b\n2. c"),
    "in tens": ("10. a\n20. b", "10. a\n20. b"),
    "from five": ("5. a\n6. b", "5. a\n6. b"),
    "the first again and again": ("1. a\n1. b\n1. c", "1. a\n2. b\n3. c"),
    "another again and again": ("3. a\n3. b", "3. a\n3. b"),
    "the first once more": ("1. a\n2. b\n1. c", "1. a\n2. b\n1. c"),
    "backwards": ("3. a\n2. b\n1. c", "3. a\n2. b\n1. c"),
    "behind brackets": ("1) a\n3) b", "1. a\n3. b"),
    "in an item": ("- x\n\n  3. a\n  9. b", "• x\n  3. a\n  9. b"),
    "in a quote": ("> 2. a\n> 5. b", "2. a\n5. b"),
    "parted by code": ("3. a\n```\ncode\n```\n7. b", "3. a\ncode\n7. b"),
    "parted by words": ("3. a\n\nwords\n\n9. b", "3. a\n\nwords\n\n9. b"),
    "with empty lines": ("3. a\n\n9. b\n\n12. c", "3. a\n\n9. b\n\n12. c"),
    "with boxes": ("1. [x] a\n5. [ ] b", "1. ☑ a\n5. ☐ b"),
    "behind words": ("so:\n1. a\n4. b", "so:\n1. a\n4. b"),
    "with zeros before them": ("01. a\n02. b\n10. c", "01. a\n02. b\n10. c"),
    "nothing but zeros": ("007. Bond\n\n000) x", "007. Bond\n\n000) x"),
    "with zeros in an item": ("- 01. a\n- 02) b\n\n1. 03. c", "• 01. a\n• 02) b\n1. 03. c"),
    "with zeros in a quote": ("> 01. a\n> 02. b", "01. a\n02. b"),
    "with zeros behind a number": ("1. a\n02. b\n3. c", "1. a\n02. b\n3. c"),
    "with zeros in code": ("```\n01. a\n```", "01. a"),
}


@pytest.mark.parametrize(("source", "text"), NUMBERS.values(), ids=NUMBERS.keys())
def test_lists_keep_their_numbers(source: str, text: str) -> None:
    """Every item has the number that was said, in every preview and in the end."""
    growing = page("markdown", Limits(4096, UTF16, 95))
    for char in source:
        growing.add(char)
        assert text.startswith(growing.preview(Format.SPANS).text)
    assert growing.final(Format.SPANS).text == text
    assert growing.preview(Format.SPANS).text == text


def test_an_item_has_a_number_of_its_own_where_it_does_not_follow() -> None:
    """What counts by itself is left to the channel."""
    (listing,) = parse("2. a\n3. b\n7. c\n8. d")
    assert isinstance(listing, Listing)
    assert listing.start == 2
    assert [item.number for item in listing.items] == [None, None, 7, None]


def counted(said: list[int]) -> list[int]:
    """Say which numbers items have: a `1.` behind another goes on counting."""
    shown = said[:1]
    for above, number in pairwise(said):
        shown.append(shown[-1] + 1 if above == number == 1 else number)
    return shown


@example([0, 0, 9, 100, 100, 1, 1], "\n\n", 64, [])
@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.sampled_from([0, 1, 1, 1, 2, 3, 5, 9, 10, 12, 100]), min_size=1, max_size=40),
    st.sampled_from(["\n", "\n\n", "\n   more of it.\n", "\n\n   > quoted\n\n"]),
    st.sampled_from([64, 100, 400]),
    st.lists(st.integers(1, 60), max_size=40),
)
def test_numbers_go_on_over_pages(
    said: list[int], behind: str, length: int, sizes: list[int]
) -> None:
    """Wherever pages and deltas part a list, each item has its number."""
    text = behind.join(f"{number}. item" for number in said)
    ends = [0, *(end for end in accumulate(sizes) if end < len(text)), len(text)]
    pages = [page("markdown", Limits(length, UTF16, 95))]
    for start, end in pairwise(ends):
        pages[-1].add(text[start:end])
        while cut := pages[-1].cut():
            rest = pages[-1].end(cut)
            pages.append(page("markdown", Limits(length, UTF16, 95), cut.opening))
            pages[-1].add(rest)
    shown = "\n".join(one.final(Format.SPANS).text for one in pages)
    assert re.findall(r"^(\d+)\. item", shown, re.MULTILINE) == [str(n) for n in counted(said)]
