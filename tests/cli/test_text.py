"""Bare text on its way out: a letter that comes in two halves goes out as one."""

from __future__ import annotations

import io
import os

import pytest

from tickertape.cli.ask.text import TextWriter
from tickertape.cli.stdout_writer import StdoutWriter
from tickertape.events import TextDelta

pytestmark = pytest.mark.anyio


class Stream(io.TextIOWrapper):
    """A pipe, or what looks like a terminal."""

    is_terminal = False

    def isatty(self) -> bool:
        return self.is_terminal


@pytest.mark.parametrize("is_terminal", [False, True])
async def test_no_letter_is_torn_into_halves(is_terminal: bool) -> None:
    """Servers that count in UTF-16 part a letter between two deltas; half of one is marked."""
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as read, os.fdopen(writer, "wb") as written:
        stream = Stream(written, encoding="utf-8")
        stream.is_terminal = is_terminal
        stdout = StdoutWriter(writer, gone=lambda: None)
        text = TextWriter(stdout, stream)
        for piece in ("a \ud83d", "\ude00 b ", "\ud83d", "!"):
            text.feed(TextDelta(piece))
        text.end()
        assert await stdout.aclose()
        stream.detach()
        assert read.read1().decode() == "a 😀 b \ufffd!\n"
