"""Words in rows: wrapped, folded, in columns, in colours."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text
from terminal_screens import bare, play, whole

from tickertape.channels.terminal.columns import GAP, fitted, roomy, row_of
from tickertape.channels.terminal.flow import Fold, TextFlow, ansi, joined, words, wrapped
from tickertape.channels.terminal.frames import TerminalScreen
from tickertape.channels.terminal.highlight import coloured
from tickertape.channels.terminal.sanitized import sanitized
from tickertape.events import Finished, TextDelta

_WORD = st.one_of(
    st.text("abc", min_size=1, max_size=25),
    st.text("日本語。", min_size=1, max_size=12),
    st.sampled_from(["e\u0301" * 5, "👨\u200d👩\u200d👧", "🇩🇪", "שלום", "a日b本", "-"]),
)
_LINE = st.lists(_WORD, min_size=1, max_size=15).map(" ".join)


def flow(text: str, first: str = "", other: str = "") -> TextFlow:
    """Make a flow."""
    return TextFlow(words(first), words(other), words(text))


def test_words_are_wrapped_between_them() -> None:
    """A word goes into the next row as a whole, unless no row holds it."""
    rows = flow("one two three abcdefghijklmno x", "• ", "  ").rows(10)
    assert [row.plain for row in rows] == ["• one two", "  three", "  abcdefgh", "  ijklmno", "  x"]


def test_writing_without_blanks_is_wrapped_anywhere() -> None:
    """Letters of two columns fill the row that was begun."""
    rows = flow("ab 日本語日本語 cd").rows(7)
    assert [row.plain for row in rows] == ["ab 日本", "語日本", "語 cd"]


@pytest.mark.parametrize("letter", ["🇩🇪", "👩\u200d👧", "👍🏽", "e\u0301\u0323"])
@pytest.mark.parametrize("columns", [2, 3, 5])
def test_no_letter_is_torn(letter: str, columns: int) -> None:
    """A row ends between letters, also where one is made of several characters."""
    for rows in (
        flow(letter * 7).rows(columns),
        Fold(Text(), Text(), words(letter * 7)).rows(columns),
    ):
        assert all(row.plain == letter * (len(row.plain) // len(letter)) for row in rows)


@given(_LINE, st.integers(2, 30))
def test_only_blanks_are_lost_where_a_row_ends(text: str, columns: int) -> None:
    """No row is wider than the screen, and every letter is in one of them."""
    rows = wrapped(words(text), columns)
    assert all(row.cell_len <= columns for row in rows)
    assert "".join(row.plain for row in rows).replace(" ", "") == text.replace(" ", "")


@given(st.lists(_LINE, min_size=1, max_size=6), st.sampled_from([" ", "\n"]), st.integers(4, 30))
def test_complete_rows_can_be_taken_away(pieces: list[str], joint: str, columns: int) -> None:
    """Words that come in pieces fill the same rows as words that come at once."""
    rows: list[Text] = []
    left = flow(pieces[0], "• ", "  ")
    for piece in pieces[1:]:
        more, left = left.parted(columns)
        rows += more
        left = joined(left, joint, flow(piece))
    rows += left.rows(columns)
    together = flow(joint.join(pieces), "• ", "  ").rows(columns)
    assert [row.plain for row in rows] == [row.plain for row in together]


@given(st.text("ab 日\u0301", max_size=60), st.integers(4, 20))
def test_folded_lines_keep_every_blank(line: str, columns: int) -> None:
    """Code goes on in the next row wherever a row is full."""
    rows = Fold(Text(), Text(), words(line)).rows(columns)
    assert "".join(row.plain for row in rows) == line
    assert all(row.cell_len <= columns for row in rows)


def test_a_narrow_screen_shows_less_of_what_stands_before() -> None:
    """Bars and indentation take half of a row at most."""
    rows = flow("abcdef", "▌ " * 6, "▌ " * 6).rows(10)
    assert [row.plain for row in rows] == ["▌ ▌ ▌abcde", "▌ ▌ ▌f"]


def test_rows_are_written_with_colours_and_nothing_else() -> None:
    """Each stretch ends without any colour; blanks at the end are gone; plain rows are plain."""
    row = words("plain ")
    row.append("bold", "bold")
    row.append("  ")
    assert ansi(row) == "plain \x1b[1mbold\x1b[0m"
    assert ansi(words("plain")) == "plain"


# Columns


@given(st.lists(st.integers(1, 60), min_size=1, max_size=8), st.integers(4, 120))
def test_columns_fit(widths: list[int], columns: int) -> None:
    """They are never wider than the screen; what fits keeps its width; none vanishes."""
    fit = fitted(tuple(widths), columns)
    natural = sum(widths) + len(GAP) * (len(widths) - 1)
    if natural <= columns:
        assert fit == tuple(widths)
    elif fit:
        assert sum(fit) + len(GAP) * (len(fit) - 1) <= columns
        assert all(1 <= narrow <= wide for narrow, wide in zip(fit, widths, strict=True))


def test_columns_that_are_narrow_keep_their_width() -> None:
    """Only those give way that take more than their share."""
    assert fitted((3, 50, 5), 40) == (3, 26, 5)
    assert fitted((30, 30, 30, 30), 20) == ()


def test_columns_have_room_for_what_is_not_known() -> None:
    """Half as much again, and two columns at least."""
    assert roomy((1, 10)) == (3, 15)


def test_cells_are_wrapped_and_aligned() -> None:
    """A cell that is longer than its column goes on below."""
    rows = row_of(
        (words("one two"), words("7"), words("x")), (4, 3, 3), ("left", "right", "center")
    )
    assert [row.plain for row in rows] == ["one  │   7 │  x ", "two  │     │    "]


TABLE = "| n | remark |\n|---|---|\n" + "".join(f"| {n} | r |\n" for n in range(10))


def test_a_long_table_keeps_its_columns() -> None:
    """A wide cell far down is wrapped in columns that were painted before anybody knew of it."""
    rows = [bare(row) for row in whole(TABLE + "| 10 | words that are much too long |\n")]
    assert len({row.index("│") for row in rows if "│" in row}) == 1
    assert "".join(rows[12:]).replace(" ", "").replace("│", "") == "10wordsthataremuchtoolong"


def test_a_table_that_is_too_wide_is_shown_row_by_row() -> None:
    """On a screen where no column would hold a word its cells stand in a line."""
    text = (
        "| one | two | three | four |\n|---|---|---|---|\n| first cell | second | third | 4th |\n"
    )
    rows = [bare(row) for row in whole(text, screen=TerminalScreen(20, 24))]
    assert rows == ["one │ two │ three │", "four", "first cell │ second", "│ third │ 4th"]


# Code


def test_code_is_coloured_from_the_lines_above() -> None:
    """A docstring that began further up is still a docstring."""
    above = ("def f():", '    """A docstring', "    goes on")
    inside, outside = (
        coloured(("    and ends.", '    """'), above, "python")[0],
        coloured(("    and ends.", '    """'), (), "python")[0],
    )
    assert inside.plain == outside.plain == "    and ends."
    assert inside.spans != outside.spans


@pytest.mark.parametrize("language", ["python", "js", "no such language", "", "diff", "html+jinja"])
@settings(max_examples=30, deadline=None)
@given(lines=st.lists(st.text("ab\"'/*#<>{} \\", max_size=12), min_size=1, max_size=6))
def test_colours_change_no_letter(language: str, lines: list[str]) -> None:
    """Whatever the language, and however broken the code."""
    assert [row.plain for row in coloured(tuple(lines), (), language)] == lines


def test_code_that_goes_on_looks_as_if_it_came_at_once() -> None:
    """Groups of a long fence are read from what stands above them, in any pieces."""
    code = '```py\n"""' + "a docstring\n" * 30 + '"""\nx = 1\n```'
    frames, _ = play([TextDelta(char) for char in code] + [Finished()], gap=0.004)
    lines = [line for _, frame in frames for line in frame.lines]
    assert lines == whole(code)
    assert len({line.split("a docstring")[0] for line in lines[1:30]}) == 1


# Letters


@given(st.text())
def test_harmless_text_has_no_controls(text: str) -> None:
    """Line breaks stay, tabs are blanks, and letters are kept."""
    result = sanitized(text)
    controls = [char for char in result if ord(char) < 32 or 0x7F <= ord(char) < 0xA0]
    assert set(controls) <= {"\n"}
    assert result.encode().decode() == result
    assert [c for c in result if c.isalnum()] == [c for c in text if c.isalnum()]


def test_pairs_become_letters() -> None:
    """Both halves of a pair are the letter they stand for; one alone is none."""
    assert sanitized("\ud83d\ude00") == "😀"
    assert sanitized("a\ud83d") == "a\ufffd"
    assert cell_len(sanitized("שלום\u202e")) == 4
