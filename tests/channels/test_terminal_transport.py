"""Frames on a real pseudo-terminal, read from its other side."""

from __future__ import annotations

import ast
import asyncio
import fcntl
import os
import pty
import re
import struct
import sys
import termios
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import pytest
from terminal_screens import COUNTED, SCREEN, Emulated, bare, cut, whole

from tickertape.channels.terminal.consumer import TerminalConsumer
from tickertape.channels.terminal.frames import Frame, TerminalScreen
from tickertape.channels.terminal.transport import TerminalTransport, is_plain


@dataclass(frozen=True)
class Pty:
    """Both sides of a pseudo-terminal."""

    master: int
    stream: TextIO

    def resize(self, screen: TerminalScreen) -> None:
        size = struct.pack("HHHH", screen.rows, screen.columns, 0, 0)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, size)

    def written(self) -> str:
        """Read what was written; the kernel made two characters of each line break."""
        os.set_blocking(self.master, False)
        data = b""
        try:
            while piece := os.read(self.master, 65536):
                data += piece
        except BlockingIOError:
            pass
        return data.decode()


@pytest.fixture(name="terminal")
def _terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pty]:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    master, slave = pty.openpty()
    with os.fdopen(slave, "w", encoding="utf-8") as stream:
        made = Pty(master, stream)
        made.resize(SCREEN)
        yield made
    os.close(master)


async def _answer(terminal: Pty, text: str, *, later: TerminalScreen | None = None) -> str:
    """Show an answer; give what was written."""
    transport = TerminalTransport(terminal.stream)
    consumer = TerminalConsumer(transport)
    run = asyncio.create_task(consumer.run())
    written = ""
    for number, event in enumerate(cut(text, 40)):
        consumer.feed(event)
        await asyncio.sleep(0)
        written += terminal.written()
        if later is not None and number == 30:
            terminal.resize(later)
            consumer.resized()
    consumer.finish()
    while not run.done():
        await asyncio.wait({run}, timeout=0.01)
        written += terminal.written()
    assert consumer.shown.is_whole
    transport.close()
    return written + terminal.written()


def test_an_answer_on_a_terminal(terminal: Pty) -> None:
    """An emulator that reads the bytes shows exactly the answer, and the cursor again."""
    emulated = Emulated()
    emulated.write(asyncio.run(_answer(terminal, COUNTED)))
    assert emulated.lines() == [bare(line) for line in whole(COUNTED)]
    assert not emulated.is_cursor_hidden


def test_the_size_is_asked_anew(terminal: Pty) -> None:
    """After a resize in the middle every row that follows has the new width."""
    asyncio.run(_answer(terminal, COUNTED, later=TerminalScreen(100, 30)))
    assert TerminalTransport(terminal.stream).screen() == TerminalScreen(100, 30)


@pytest.mark.parametrize(
    ("name", "value"), [("TERM", "dumb"), ("TERM", ""), ("NO_COLOR", "1"), ("NO_COLOR", "false")]
)
def test_plain_terminals(
    terminal: Pty, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """Without colours and orders: the lines of the text, and nothing else."""
    monkeypatch.setenv(name, value)
    assert is_plain(terminal.stream)
    assert asyncio.run(_answer(terminal, COUNTED)) == COUNTED.replace("\n", "\r\n") + "\r\n"


def test_an_empty_no_color_means_nothing(terminal: Pty, monkeypatch: pytest.MonkeyPatch) -> None:
    """`NO_COLOR=` asks for nothing (no-color.org)."""
    monkeypatch.setenv("NO_COLOR", "")
    assert not is_plain(terminal.stream)


def test_a_file_is_plain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file gets the text, and is taken to be eighty columns wide."""
    monkeypatch.setenv("TERM", "xterm")
    with (tmp_path / "answer.txt").open("w", encoding="utf-8") as stream:
        transport = TerminalTransport(stream)
        assert transport.screen() == TerminalScreen(80, 24, is_plain=True)
        assert asyncio.run(transport.show(Frame(("Grüße", "日本語"))))
    assert (tmp_path / "answer.txt").read_text("utf-8") == "Grüße\n日本語\n"


def test_a_terminal_without_a_size_is_of_the_usual_one(terminal: Pty) -> None:
    """Some report nothing by nothing; then eighty by twenty-four is assumed."""
    terminal.resize(TerminalScreen(0, 0))
    assert TerminalTransport(terminal.stream).screen() == TerminalScreen(80, 24)


def test_letters_that_the_stream_cannot_write(tmp_path: Path) -> None:
    """A stream that is not in UTF-8 gets a question mark for what it has no letter for."""
    with (tmp_path / "answer.txt").open("w", encoding="latin-1") as stream:
        assert asyncio.run(TerminalTransport(stream, plain=True).show(Frame(("Grüße 日",))))
    assert (tmp_path / "answer.txt").read_bytes() == b"Gr\xfc\xdfe ?\n"


def test_a_closed_pipe() -> None:
    """Nobody reads: `show` says so, and raises nothing; nor does closing."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w", encoding="utf-8") as stream:
        transport = TerminalTransport(stream)
        assert not asyncio.run(transport.show(Frame(("Hello",))))
        transport.close()


def test_an_answer_that_breaks_off_gives_the_cursor_back(terminal: Pty) -> None:
    """Whoever leaves in the middle of an answer leaves no region, and no hidden cursor."""
    transport = TerminalTransport(terminal.stream)
    asyncio.run(transport.show(Frame(("One.",), ("Two", "Three"))))
    transport.close()
    emulated = Emulated()
    emulated.write(terminal.written())
    assert emulated.lines() == ["One."]
    assert not emulated.is_cursor_hidden


def test_a_stream_that_does_not_block_gets_everything() -> None:
    """Another program may have made the terminal so for all who share it."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    line = "x" * 1_000_000

    def everything() -> bytes:
        with os.fdopen(reader, "rb") as pipe:
            return pipe.read()

    async def scenario(stream: TextIO) -> bytes:
        reading = asyncio.create_task(asyncio.to_thread(everything))
        assert await TerminalTransport(stream).show(Frame((line,)))
        stream.close()  # the reader comes to the end
        return await reading

    with os.fdopen(writer, "w", encoding="utf-8") as stream:
        assert asyncio.run(scenario(stream)) == f"{line}\n".encode()


def test_the_documents_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines of docs/terminal.md show an answer on standard output."""
    page = Path(__file__).parents[2] / "docs" / "terminal.md"
    found = re.search(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    assert found is not None
    code = compile(found[1], str(page), "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    with (tmp_path / "out.txt").open("w", encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        asyncio.run(eval(code, {}))  # noqa: S307 - our own page
    assert (tmp_path / "out.txt").read_text("utf-8") == "Hello **world**\n"
