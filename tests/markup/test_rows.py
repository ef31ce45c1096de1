"""Rows of tables: a bar that is said in code parts nothing."""

from __future__ import annotations

import pytest

from tickertape.markup.cells import columns, last_cell, protected, readings
from tickertape.markup.forms import Format
from tickertape.markup.pages import Limits
from tickertape.markup.paper import page
from tickertape.markup.rulers import UTF16

HEAD = "| C | M |\n|---|---|\n"
ROWS = {
    "in code": (
        "| Command | Meaning |\n|---|---|\n| `ps aux | grep x` | find it |\n| `a || b` | or |",
        "Command | Meaning\nps aux | grep x | find it\na || b | or",
    ),
    "in code between two backticks": (HEAD + "| ``a | ` b`` | c |", "C | M\na | ` b | c"),
    "behind a backslash": (HEAD + "| `a \\| b` | c \\| d |", "C | M\na | b | c | d"),
    "behind a backtick alone": (HEAD + "| `a | b |", "C | M\n`a | b"),
    "between three backticks": (HEAD + "| `a | `b` | c |", "C | M\na | b` | c"),
    "between a backtick alone and code": (
        "| a | b | c |\n|-|-|-|\n| `a | `b` | c |",
        "a | b | c\n`a | b | c",
    ),
    "in code in the middle of a cell": (HEAD + "| so `a | b` c | d |", "C | M\nso a | b c | d"),
    "in the header": ("| `a|b` | c |\n|---|---|\n| 1 | 2 |", "a|b | c\n1 | 2"),
    "without bars around": ("a|`b|c`\n-|-\n`x|y`|z", "a | b|c\nx|y | z"),
    "behind a backslash where the table has no column": (
        HEAD + "| a | b | c \\| d |",
        "C | M\na | b c | d",
    ),
    "in an item": ("- x\n\n  | `a|b` | c |\n  |-|-|\n  | `1|2` | 2 |", "• x\n  a|b | c\n  1|2 | 2"),
    "in a quote": ("> | a | c |\n> |-|-|\n> | `1|2` | 2 |", "> a | c\n> 1|2 | 2"),
}


@pytest.mark.parametrize(("source", "text"), ROWS.values(), ids=ROWS.keys())
def test_bars_in_code_part_no_cells(source: str, text: str) -> None:
    """A row has the cells that were meant, whatever pieces it came in."""
    growing = page("markdown", Limits(4096, UTF16, 95))
    for char in source:
        growing.add(char)
        growing.preview(Format.PLAIN)
    assert growing.final(Format.PLAIN).text == text


def test_code_that_is_open_in_a_row_is_one_cell() -> None:
    """A preview shows a command with a bar in it as one cell, as the final will."""
    growing = page("markdown", Limits(4096, UTF16, 95))
    growing.add("| C | M |\n|---|---|\n| x | y |\n| `ps aux | gr")
    assert growing.preview(Format.SPANS).text.endswith("ps aux | gr |")


@pytest.mark.parametrize(
    ("row", "cell"),
    [
        ("a", "a"),
        ("| a", " a"),
        ("| a |", ""),
        ("| a | b", " b"),
        ("a|b|c", "c"),
        ("| `a | b` | c", " c"),
        ("| a | `b | c", " `b | c"),
        ("`a | b", "`a | b"),
    ],
)
def test_the_cell_that_is_being_written_begins_behind_the_last_bar(row: str, cell: str) -> None:
    """But for bars in code, which may be open."""
    assert row[last_cell(row) :] == cell


@pytest.mark.parametrize(
    ("row", "cells", "last", "written"),
    [
        ("", [[""]], 0, ""),
        ("a", [["a"]], 0, "a"),
        ("|", [[""]], 1, "|"),
        ("a|b", [["a", "b"]], 2, "a|b"),
        ("|a|b|", [["a", "b"]], 5, "|a|b|"),
        (" | a | b | ", [["a", "b"]], 10, " | a | b | "),
        ("a\\|b|c", [["a\\|b", "c"]], 5, "a\\|b|c"),
        ("`a|b`|c", [["`a", "b`", "c"], ["`a\\|b`", "c"]], 6, "`a\\|b`|c"),
        ("`a|b", [["`a", "b"]], 0, "`a|b"),
        ("a|`b|c` d|e", [["a", "`b", "c` d", "e"], ["a", "`b\\|c` d", "e"]], 10, "a|`b\\|c` d|e"),
        ("||", [[""]], 2, "||"),
        ("|a||b|", [["a", "", "b"]], 6, "|a||b|"),
        ("a|b\\", [["a", "b\\"]], 2, "a|b\\"),
        ("``a|b``|`c", [["``a", "b``", "`c"], ["``a\\|b``", "`c"]], 8, "``a|b``|`c"),
        ("\\`a|b`", [["\\`a", "b`"]], 4, "\\`a|b`"),
        (
            "a | b | `c|d` | e",
            [["a", "b", "`c", "d`", "e"], ["a", "b", "`c\\|d`", "e"]],
            15,
            "a | b | `c\\|d` | e",
        ),
        ("|`a|b|c`|d|", [["`a", "b", "c`", "d"], ["`a\\|b\\|c`", "d"]], 11, "|`a\\|b\\|c`|d|"),
    ],
)
def test_how_a_row_is_parted(row: str, cells: list[list[str]], last: int, written: str) -> None:
    """A bar that is said in code parts none, but where a backtick has no partner it may.

    Args:
        row: The row.
        cells: Its cells, in each way in which it may be read.
        last: Where the last of them begins.
        written: The row in a table of three columns, with what is no bar escaped.
    """
    assert readings(row) == cells
    assert columns(row) == len(cells[0])
    assert last_cell(row) == last
    assert protected(row, 3) == written
