"""What a terminal shows after the frames of an answer, read back by an emulator."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from terminal_screens import (
    COUNTED,
    DOCUMENT,
    SCREEN,
    Emulated,
    bare,
    cut,
    lines_of,
    markdown,
    play,
    whole,
)

from tickertape.channels.terminal.frames import Frame, TerminalScreen
from tickertape.events import Event, Finished, ToolFinished, ToolStarted


def shown(events: list[Event], screen: TerminalScreen = SCREEN) -> tuple[list[str], list[str]]:
    """Give what an emulator shows after an answer, and the lines of its frames."""
    frames, _ = play(events, screen=screen)
    terminal = Emulated(screen)
    for _, frame in frames:
        terminal.draw(frame)
    assert not terminal.is_cursor_hidden
    return terminal.lines(), [bare(line) for line in lines_of(frames)]


@pytest.mark.parametrize("columns", [20, 40, 60, 100])
@pytest.mark.parametrize("size", [1, 7, 30])
def test_the_scrollback_is_the_answer(columns: int, size: int) -> None:
    """Tables, nested lists, code, wide and right-to-left letters stand there once, in every width.

    Clusters that this emulator gives more columns than we do may wrap there, so their line is
    compared by its letters.
    """
    screen = TerminalScreen(columns, 24)
    read, lines = shown([*cut(DOCUMENT, size), Finished()], screen)
    assert lines == [bare(line) for line in whole(DOCUMENT, screen=screen)]
    assert "".join("".join(read).split()) == "".join("".join(lines).split())


def test_rows_stand_where_they_were_printed() -> None:
    """Where the emulator counts columns as we do, it shows exactly our lines."""
    read, lines = shown([*cut(COUNTED, 5), Finished()])
    assert read == lines


@settings(max_examples=60, deadline=None)
@given(markdown, st.integers(1, 30), st.sampled_from([20, 33, 80]), st.sampled_from([3, 8, 24]))
def test_any_text_is_read_back(text: str, size: int, columns: int, rows: int) -> None:
    """Whatever the text, the pieces and the size of the screen: no letter is lost or doubled."""
    read, lines = shown([*cut(text, size), Finished()], TerminalScreen(columns, rows))
    assert "".join("".join(read).split()) == "".join("".join(lines).split())


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_frames_are_drawn(data: st.DataObject) -> None:
    """Any frames leave all their lines above the last region, and nothing of the others."""
    row = st.sampled_from(["", "a", "bb", "ccc", "x" * 20])
    frames = data.draw(
        st.lists(
            st.builds(
                Frame,
                st.lists(row, max_size=12).map(tuple),
                st.lists(row, max_size=6).map(tuple),
            ),
            max_size=12,
        )
    )
    terminal = Emulated(TerminalScreen(20, 7))
    for frame in frames:
        terminal.draw(frame)
    expected = [line for frame in frames for line in frame.lines]
    expected += frames[-1].region if frames else ()
    while expected and not expected[-1]:
        expected.pop()
    assert terminal.lines() == expected


@pytest.mark.parametrize(
    "later", [TerminalScreen(100, 30), TerminalScreen(35, 24), TerminalScreen(20, 40)]
)
@pytest.mark.parametrize("at", [40, 120, 200, 300])
def test_a_resize_in_the_middle(later: TerminalScreen, at: int) -> None:
    """The region is repainted at the new width; what was printed stays, and nothing comes twice.

    This emulator cuts rows that stand on the screen when it gets narrower.
    """
    events = [*cut(COUNTED, 6), Finished()]
    frames, _ = play(events, sizes={at: later}, gap=0.05)
    terminal = Emulated()
    for now, frame in frames:
        if now >= at * 0.05 and terminal.screen != later:
            terminal.resize(later)
        terminal.draw(frame)
    lines = [bare(line) for line in lines_of(frames)]
    assert _letters(lines) == _letters([bare(line) for line in whole(COUNTED)])
    if later.columns >= SCREEN.columns:
        assert _letters(terminal.lines()) == _letters(lines)
    else:
        cut_short = (line[: later.columns].rstrip() for line in lines)
        read = [line[: later.columns].rstrip() for line in terminal.lines()]
        assert read == list(cut_short)


def _letters(lines: list[str]) -> Counter[str]:
    """Count the letters of lines, but for rules and bars, which the width brings about.

    Their order changes where a cell of a table needs more rows.
    """
    return Counter(letter for line in lines for letter in line if letter not in " ─┼│•◦▪▌")


def test_the_screen_above_is_left_alone() -> None:
    """What stood there before stays above the answer, however often the region changes."""
    frames, _ = play(
        [
            *cut(DOCUMENT, 9),
            ToolStarted("1", "search"),
            ToolFinished("1", "search", True),
            Finished(),
        ]
    )
    terminal = Emulated()
    terminal.write("$ tickertape ask\r\n")
    for _, frame in frames:
        terminal.draw(frame)
    terminal.write("$ ")
    read = terminal.lines()
    assert read[0] == "$ tickertape ask"
    assert read[-1] == "$"
