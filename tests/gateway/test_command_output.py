"""What programs write becomes what a terminal would show, and a block of code."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tickertape.gateway.custom_commands.code_block import FENCE, AsWritten, OutputBlock, closed
from tickertape.gateway.custom_commands.terminal_text import TerminalText
from tickertape.markup.parse import parse
from tickertape.markup.tree import CodeBlock


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b"hello\n", "hello\n"),
        (b"no line break", "no line break"),
        ("schön €\n".encode(), "schön €\n"),
        (b"\xff\xfe broken \xe2\x82\n", "\ufffd\ufffd broken \ufffd\n"),
        (b"\x1b[1;31mred\x1b[0m text\n", "red text\n"),
        (b"\x1b]0;title\x07a \x1b]8;;http://x\x1b\\link\n", "a link\n"),
        (b"\x1b(Ba\x1b7b\x1b[?25lc\n", "abc\n"),
        (b"10%\r20%\r100%\n", "100%\n"),
        (b"10%\r\x1b[K100%\r\n", "100%\n"),
        (b"a long line\rshort\n", "short\n"),
        (b"line\r\nline\r\n", "line\nline\n"),
        (b"a\x08ab\x08b\n", "ab\n"),
        (b"a\x00b\x07\tc\n", "ab\tc\n"),
        (b"\x1b", ""),
        (b"a\x1b \x1b]t\x07b\n", "ab\n"),
        (b"a\x1b]t\x1b[1mb\x07c\n", "abc\n"),
    ],
)
def test_terminal_text(data: bytes, shown: str) -> None:
    """Colours go, a line that begins again replaces itself, bad bytes are marked."""
    text = TerminalText()
    assert text.feed(data) + text.end() == shown


@given(st.lists(st.binary(max_size=12), max_size=8))
@example([b"\x1b ", b"\x1b]", b"\x07"])
@example([b"\x1b]t\x1b[1m", b"b\x07"])
def test_pieces_make_no_difference(pieces: list[bytes]) -> None:
    """Output that comes in pieces, between any two bytes, is the same text."""
    text, whole = TerminalText(), TerminalText()
    shown = "".join(text.feed(piece) for piece in pieces) + text.end()
    assert shown == whole.feed(b"".join(pieces)) + whole.end()


ESCAPES = b"\x1b[31m\x1b]0;t\x07\x1b]8;;u\x1b\\x\x1b(B10%\r20%\r\nab\x08c\xe2\x82\xac"


@pytest.mark.parametrize("at", range(len(ESCAPES)))
def test_sequences_may_be_cut_anywhere(at: int) -> None:
    """Also between the bytes of a sequence, of a character, or of a line break."""
    text = TerminalText()
    assert text.feed(ESCAPES[:at]) + text.feed(ESCAPES[at:]) + text.end() == "20%\nac€"


def test_a_line_that_is_not_complete_waits_for_a_pause() -> None:
    """Then it is shown, and what begins it again is a line of its own."""
    text = TerminalText()
    assert text.feed(b"one\nWorking") == "one\n"
    assert (text.holds, text.pause(), text.holds) == (True, "Working", False)
    assert text.feed(b"...\rDone\n") == "\nDone\n"


def test_what_never_ends_is_not_held_for_ever() -> None:
    """Neither a line without a break nor a sequence without an end."""
    text = TerminalText()
    assert text.feed(b"x" * 5_000) == "x" * 5_000
    assert "y" * 100 in text.feed(b"\x1b]" + b"y" * 5_000)


def block(*pieces: str) -> str:
    """Put pieces into a block."""
    made = OutputBlock()
    return "".join(made.add(piece) for piece in pieces) + made.close()


@pytest.mark.parametrize(
    ("pieces", "shown"),
    [
        (["up 3 days\n"], f"{FENCE}\nup 3 days\n{FENCE}"),
        (["\n\n a\n", "\n", "b\n\n"], f"{FENCE}\n a\n\nb\n{FENCE}"),
        (["``", "`\nx\n```"], f"{FENCE}\n```\nx\n```\n{FENCE}"),
        (["", " \n"], ""),
    ],
)
def test_blocks_of_code(pieces: list[str], shown: str) -> None:
    """The text stands between two fences, without the blank lines around it."""
    assert block(*pieces) == shown


@given(st.lists(st.text(alphabet="ab`~ \n*_"), max_size=6))
def test_nothing_in_a_block_is_formatting(pieces: list[str]) -> None:
    """Read as Markdown it is one block of code with the text, whatever fences stand in it."""
    text = "".join(pieces)
    read = parse(block(*pieces))
    if not text.strip():
        assert not read
        return
    [one] = read
    assert isinstance(one, CodeBlock)
    wanted = re.sub(r"\A(?:[^\S\n]*\n)+", "", text).rstrip()
    assert one.text.replace("\u200b", "").strip("\n") == wanted.strip("\n")


@pytest.mark.parametrize(
    ("text", "ending"),
    [
        ("words", ""),
        ("```python\nx = 1", "\n```"),
        ("```python\nx = 1\n```", ""),
        ("~~~~\n```\n", "\n~~~~"),
        (f"{FENCE}\na\n{FENCE}\n\nb", ""),
    ],
)
def test_markdown_that_breaks_off(text: str, ending: str) -> None:
    """A block of code that is open is closed: what stands below is not part of it."""
    written = AsWritten()
    assert written.add(text) + written.close() == text + ending == closed(text)
