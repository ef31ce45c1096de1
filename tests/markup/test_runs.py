"""Runs of marks: what each can do, by the characters next to it."""

from __future__ import annotations

import pytest

from tickertape.markup.emphasis import MarkRun, run_of

# What stands before a run, one a line, and behind it, one a column.
SIDES = ' a1字()[（）.+/"`…'
RUNS = {
    "*": (
        ".oooooooo.o.ooo",  # a blank
        "cc.bccbbcccccbb",  # a
        "c..bccbbcccccbb",  # 1
        "cbBbBcbbcccccbb",  # 字
        "cooobbbbbcb.boo",  # (
        "cc.bccbbcccccbb",  # )
        "cooobbbbbcb.boo",  # [
        "cooobbbbbcb.boo",  # （
        "cbbbbcbbccbccbb",  # ）
        "ccccccccccccccc",  # .
        "cO.bBcbbbBcccbb",  # +
        "cOOo..oo.....oo",  # /
        "cooobbbbbcb.boo",  # "
        "cbBbBcbbcccccbb",  # `
        "cbBbBcbbcccccbb",  # …
    ),
    "**": (
        ".oooooooooo.ooo",  # a blank
        "cb.bccbbcccccbb",  # a
        "cc.bccbbcccccbb",  # 1
        "cbbbbcbbccbccbb",  # 字
        "cooobbbbbbb.boo",  # (
        "cB.bccbbcccccbb",  # )
        "cooobbbbbbb.boo",  # [
        "cooobbbbbbb.boo",  # （
        "cbbbbcbbccbccbb",  # ）
        "cbbbbcbbccbccbb",  # .
        "cbbbbcbbbbbccbb",  # +
        "cooo..oo.....oo",  # /
        "cooobbbbbbb.boo",  # "
        "cbbbbcbbccbccbb",  # `
        "cbbbbcbbccbccbb",  # …
    ),
    "_": (
        ".oooooooo.o.ooo",  # a blank
        "c..cccccccccccc",  # a
        "c..cccccccccccc",  # 1
        "c..cbcbbccccccc",  # 字
        "cooobbbbbcb.boo",  # (
        "c..bccbbcccccbb",  # )
        "cooobbbbbcb.boo",  # [
        "cooobbbbbcb.boo",  # （
        "cbbbbcbbccbccbb",  # ）
        "c..cccccccccccc",  # .
        "cO.bBcbbbBcccbb",  # +
        "c..............",  # /
        "cooobbbbbcb.boo",  # "
        "c..cbcbbccccccc",  # `
        "c..cbcbbccccccc",  # …
    ),
    "__": (
        ".oooooooooo.ooo",  # a blank
        "c..cccccccccccc",  # a
        "c..cccccccccccc",  # 1
        "coobbcbbccbccbb",  # 字
        "cooobbbbbbb.boo",  # (
        "cb.bccbbcccccbb",  # )
        "cooobbbbbbb.boo",  # [
        "cooobbbbbbb.boo",  # （
        "cbbbbcbbccbccbb",  # ）
        "c..cccccccccccc",  # .
        "coobbcbbbbbccbb",  # +
        "c..............",  # /
        "cooobbbbbbb.boo",  # "
        "coobbcbbccbccbb",  # `
        "coobbcbbccbccbb",  # …
    ),
}


def what_it_does(run: MarkRun) -> str:
    """Return "o" if a run opens, "c" if it closes, "b" for both; in capitals where it may not."""
    does = {(False, False): ".", (True, False): "o", (False, True): "c", (True, True): "b"}
    letter = does[run.opens, run.closes]
    return letter.upper() if run.is_doubtful else letter


def run_between(mark: str, before: str, behind: str) -> MarkRun:
    """Return a run between two characters: of words where they are letters, else alone."""
    left = f"xy{before}" if before.isalnum() else f"x {before}"
    right = f"{behind}xy" if behind.isalnum() else f"{behind} y"
    return run_of(mark[0], 3, 3 + len(mark), left, right)


@pytest.mark.parametrize("mark", RUNS)
@pytest.mark.parametrize("row", range(len(SIDES)))
def test_what_a_run_can_do(mark: str, row: int) -> None:
    """Open, close, or both; in doubt it is a sign within a word, as in a product."""
    found = [what_it_does(run_between(mark, SIDES[row], behind)) for behind in SIDES]
    assert "".join(found) == RUNS[mark][row]


@pytest.mark.parametrize("mark", ["~", "~~~"])
def test_one_tilde_is_an_estimate(mark: str) -> None:
    """Two of them strike what is between; `~5` says some five."""
    for side in SIDES:
        assert what_it_does(run_between(mark, side, "a")) == "."
        assert what_it_does(run_between("~~", " ", "a")) == "o"


@pytest.mark.parametrize(
    ("mark", "before", "behind", "does"),
    [
        ("*", "", "", "."),
        ("*", "", "a", "o"),
        ("*", "a", "", "c"),
        ("*", "a", "</b>", "c"),
        ("*", "a", "<!---->", "c"),
        ("*", "<!---->", "a", "o"),
        ("*", "a", "&#8;x", "b"),
        ("*", "&#8;", "a", "o"),
        ("*", ' "', "a", "o"),
        ("*", 'a"', "a", "b"),
        ("*", "a", "'s", "c"),
        ("*", "a", "' b", "c"),
        ("*", "a", "'. b", "c"),
        ("*", "„a“", "a", "b"),
        ("*", " \\*", "a", "o"),
        ("**", " ", "/etc", "o"),
        ("**", " ", "/*.py", "."),
        ("**", "a", "~/b", "c"),
        ("**", " ", "~/b", "o"),
        ("_", "a.", "b", "."),
        ("_", "/", "b", "."),
        ("_", "@", "me", "."),
        ("__", "Bold:", "text", "b"),
        ("*", "$", "a", "b"),
    ],
)
def test_what_a_run_can_do_next_to_what_is_no_letter(
    mark: str, before: str, behind: str, does: str
) -> None:
    """The ends of a text, tags, quotation marks, escapes, paths and names."""
    assert what_it_does(run_of(mark[0], 3, 3 + len(mark), before, behind)).lower() == does
