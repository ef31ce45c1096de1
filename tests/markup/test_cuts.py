"""Where plain text is cut: behind a paragraph, a line, a word; never within a character."""

from __future__ import annotations

import pytest

from tickertape.markup.cuts import cut, whole
from tickertape.markup.rulers import CODE_POINTS, UTF8, UTF16, Ruler


def pieces(text: str, limit: int, ruler: Ruler = CODE_POINTS) -> list[str]:
    """Cut a text until what is left fits."""
    result = []
    while text:
        at = cut(text, limit, ruler)
        result.append(text[:at])
        text = text[at:]
    return result


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("all of it", ["all of it"]),
        ("ten letter", ["ten letter"]),
        ("ab cd\nef\n\nghi jkl", ["ab cd\nef\n\n", "ghi jkl"]),
        ("ab cd ef\nghi jkl", ["ab cd ef\n", "ghi jkl"]),
        ("ab cd ef ghi", ["ab cd ef ", "ghi"]),
        ("abcdefghijklm", ["abcdefghij", "klm"]),
        # In the middle, and one before it.
        ("abc\n\nef gh ijk", ["abc\n\n", "ef gh ijk"]),
        ("ab\n\nef gh ijk", ["ab\n\nef gh ", "ijk"]),
        ("abcd\nfg hi jkl", ["abcd\n", "fg hi jkl"]),
        ("abc\nefg hi jkl", ["abc\nefg ", "hi jkl"]),
        ("abcd fghijklm", ["abcd ", "fghijklm"]),
        ("abc efghijklm", ["abc efghij", "klm"]),
        # What begins the text, or the next piece, is no place.
        ("\n\nabcdefghijk", ["\n\nabcdefgh", "ijk"]),
        ("abcdefghij\n\nk", ["abcdefghij", "\n\nk"]),
    ],
)
def test_the_best_place_in_the_second_half_is_taken(text: str, shown: list[str]) -> None:
    """Behind a paragraph, else a line, else a word, else amidst a word that is too long."""
    assert pieces(text, 10) == shown


@pytest.mark.parametrize(
    ("text", "limit", "ruler", "shown"),
    [
        ("aé漢", 3, UTF8, ["aé", "漢"]),
        ("aé漢", 4, UTF8, ["aé", "漢"]),
        ("🚀🚀🚀", 5, UTF16, ["🚀🚀", "🚀"]),
        ("🚀🚀🚀", 2, CODE_POINTS, ["🚀🚀", "🚀"]),
        ("🚀🚀", 1, UTF16, ["🚀", "🚀"]),
    ],
)
def test_a_piece_is_measured_as_the_platform_does(
    text: str, limit: int, ruler: Ruler, shown: list[str]
) -> None:
    """A character that is longer than a piece is a piece by itself."""
    assert pieces(text, limit, ruler) == shown


FAMILY = "👨\u200d👩\u200d👧"


@pytest.mark.parametrize(
    ("text", "at", "least", "start"),
    [
        ("abc", 0, 1, 0),
        ("abc", 1, 1, 1),
        ("abc", 3, 1, 3),
        ("abc", 4, 1, 4),
        # Marks belong to the letter before them.
        ("abe\u0301\u0302f", 3, 1, 2),
        ("abe\u0301\u0302f", 4, 1, 2),
        ("abe\u0301\u0302f", 5, 1, 5),
        # A joiner belongs to both of its neighbours.
        ("a" + FAMILY + "b", 2, 1, 1),
        ("a" + FAMILY + "b", 3, 1, 1),
        ("a" + FAMILY + "b", 5, 1, 1),
        ("a" + FAMILY + "b", 6, 1, 6),
        # Halves of a character, and halves that make none.
        ("a\ud83d\ude80b", 2, 1, 1),
        ("a\ud83d\ude80b", 3, 1, 3),
        ("a\ud83db", 2, 1, 2),
        ("a\ud83dx\ude80", 2, 1, 2),
        ("ab\ude80", 2, 1, 2),
        ("a\ude80\ud83d", 2, 1, 2),
        ("a\ud83d\ud83d\ude80", 2, 1, 2),
        # A line break of two, and others.
        ("a\r\nb", 2, 1, 1),
        ("a\r\nb", 3, 1, 3),
        ("a\n\rb", 2, 1, 2),
        ("a\r\rb", 2, 1, 2),
        # Flags, wherever the line of them begins.
        ("🇩🇪🇦🇹", 1, 1, 1),
        ("🇩🇪🇦🇹", 2, 1, 2),
        ("🇩🇪🇦🇹", 3, 1, 2),
        ("a🇩🇪🇦🇹", 2, 1, 1),
        ("a🇩🇪🇦🇹", 3, 1, 3),
        ("a🇩🇪🇦🇹", 4, 1, 3),
        ("a🇩🇪🇦🇹", 4, 3, 3),
        ("a🇩🇪🇦🇹", 4, 4, 4),
        # Where less would be too little.
        ("abe\u0301\u0302f", 4, 2, 2),
        ("abe\u0301\u0302f", 4, 3, 4),
        ("e\u0301\u0302f", 2, 1, 2),
        # What is longer than any character is none.
        ("ab" + "\u0301" * 40, 32, 1, 1),
        ("ab" + "\u0301" * 40, 33, 1, 1),
        ("ab" + "\u0301" * 40, 34, 1, 34),
    ],
)
def test_a_character_is_whole(text: str, at: int, least: int, start: int) -> None:
    """A cut within one moves before it, where that leaves enough."""
    assert whole(text, at, least) == start
