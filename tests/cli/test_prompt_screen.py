"""Frames above a line of input: where they are drawn when the window's width changes."""

from __future__ import annotations

import asyncio

import pytest
from prompt_toolkit.data_structures import Size
from prompt_toolkit.output import DummyOutput

from tickertape.channels.terminal.frames import Frame
from tickertape.cli.chat.prompt_screen import CapturedStdout, PromptScreen, wraps

pytestmark = pytest.mark.anyio


class Output(DummyOutput):
    """A terminal whose width the test changes."""

    def __init__(self) -> None:
        self.columns = 100
        self.raw = ""

    def get_size(self) -> Size:
        return Size(rows=40, columns=self.columns)

    def write_raw(self, data: str) -> None:
        self.raw += data


@pytest.mark.parametrize(
    ("is_wrapping", "columns", "rows"),
    [(True, 100, 2), (True, 45, 3), (True, 30, 5), (True, 120, 2), (False, 30, 2)],
)
async def test_the_region_is_found_again(is_wrapping: bool, columns: int, rows: int) -> None:
    """The next frame begins where the region does: rows that were wrapped count as often."""
    output = Output()
    screen = PromptScreen(output, is_plain=False, is_wrapping=is_wrapping)
    await screen.show(Frame(("a line",), ("\x1b[1m" + "x" * 90 + "\x1b[0m", "日本" * 10)))
    output.columns, output.raw = columns, ""
    await screen.show(Frame(("another",), ()))
    assert output.raw.startswith(f"\x1b[?2026h\r\x1b[{rows}A")
    assert "\x1b[?25l" not in output.raw.rpartition("another")[2]


async def test_a_terminal_that_is_gone_says_so() -> None:
    """A frame that cannot be written is not shown, and nothing is raised."""

    class Broken(Output):
        def flush(self) -> None:
            raise OSError("gone")

    assert not await PromptScreen(Broken(), is_plain=False, is_wrapping=True).show(Frame(("a",)))


async def test_stray_lines_are_printed_whole() -> None:
    """What is printed in pieces, from any thread, comes as lines; the last one at the end."""
    printed: list[str] = []
    captured = CapturedStdout(printed.extend)
    await asyncio.to_thread(print, "one", "two", file=captured)
    print("three\nfo", end="", file=captured)
    await asyncio.sleep(0)
    assert printed == ["one two", "three"]
    captured.end()
    assert printed == ["one two", "three", "fo"]


async def test_stray_lines_are_no_orders() -> None:
    """Whoever prints may colour a line; nothing in it moves the cursor or wipes the screen."""
    printed: list[str] = []
    captured = CapturedStdout(printed.extend)
    print("\x1b[31mred\x1b[2J\x1b[1;1H\x9b2J", file=captured)
    print("10 %\r20 %\x1b]52;c;QUJD\x07", end="", file=captured)
    await asyncio.sleep(0)
    captured.end()
    assert printed == ["\x1b[31mred[2J[1;1H2J\x1b[0m", "10 %20 %]52;c;QUJD"]


@pytest.mark.parametrize(
    ("environ", "does"),
    [({}, False), ({"TERM": "xterm"}, False), ({"TMUX": ""}, False), ({"TMUX": "/tmp/x"}, True)],  # noqa: S108 - a name, no file
    ids=str,
)
def test_terminals_that_wrap_anew_are_known(environ: dict[str, str], does: bool) -> None:
    """By their variables; of any other it is expected that it cuts."""
    assert wraps(environ) is does
