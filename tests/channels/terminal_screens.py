"""Terminals for tests: what a person would see and scroll back to, read by an emulator."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import pyte
from hypothesis import strategies as st
from wcwidth import wcwidth

from tickertape.channels.terminal.asides import Reasoning
from tickertape.channels.terminal.frames import Frame, TerminalScreen
from tickertape.channels.terminal.region_painter import RegionPainter
from tickertape.channels.terminal.terminal_reply import MOST_ROWS, TerminalReply
from tickertape.events import Event, Finished, TextDelta

__all__ = [
    "COUNTED",
    "DOCUMENT",
    "SCREEN",
    "Emulated",
    "bare",
    "cut",
    "lines_of",
    "markdown",
    "play",
    "whole",
]

SCREEN = TerminalScreen(60, 24)

DOCUMENT = (
    """# The title

Some **bold** words, `code` and a [link](https://example.org) in a paragraph that is long enough to
be parted, because it goes on and on. *An emphasis that spans
two lines* ends here; and more words follow, so that nobody doubts that this is a long paragraph.

- one
- two
  goes on

  in a second paragraph
  - nested, and so long that its words need more than one row of the screen that is used here
    1. deeper
    1. and deeper
- three

  ```python
  def double(x):
      \"\"\"Give it twice.

      A docstring.
      \"\"\"
      return 2 * x


  a = 1
  b = 2
  c = 3
  d = double(a + b + c)
  ```
- [x] done
- [ ] open

> A quote,
> and more of it
>
> - with an item
> > and an inner one

| name | value | remark |
|---|---:|:-:|
"""
    + "".join(f"| row {n} | {n * n * n} | a remark, number {n} |\n" for n in range(14))
    + """
日本語の文章は空白なしで続きます。だから、どこで折り返してもよいのです。とても長い文章です。
عربي نص من اليمين إلى اليسار كتبناه هنا حتى نرى أن شيئا لا يضيع منه ولا يتكرر في أي مكان
Combining: e\u0301a\u0308n\u0303, a family: 👨‍👩‍👧‍👦, a flag: 🇩🇪, a heart: ❤️ and more words.

$$
x = y^2
$$

<details><summary>Unfold</summary>

What is inside.

</details>

---

The end, with a word that is far too long: """
    + "abcdefghij" * 15
)

COUNTED = DOCUMENT.replace("👨‍👩‍👧‍👦", "nobody").replace("🇩🇪", "none").replace("❤️", "nowhere")
"""The same without the clusters to which the emulator gives more columns than we count."""

_SGR = re.compile("\x1b\\[[0-9;]*m")


def bare(row: str) -> str:
    """Give a row without its colours; it holds no other order."""
    text = _SGR.sub("", row)
    assert "\x1b" not in text
    return text


def cut(text: str, size: int) -> list[Event]:
    """Cut a text into deltas."""
    return [TextDelta(text[at : at + size]) for at in range(0, len(text), size)]


def play(
    events: Iterable[Event],
    *,
    screen: TerminalScreen = SCREEN,
    gap: float = 0.02,
    reasoning: Reasoning = "status",
    sizes: Mapping[int, TerminalScreen] | None = None,
) -> tuple[list[tuple[float, Frame]], TerminalReply]:
    """Play an answer to its end; what is due is shown at once.

    Args:
        events: What the agent says, one every `gap` seconds.
        screen: The terminal.
        gap: Seconds between two events.
        reasoning: What is told of thinking.
        sizes: The screen before the event of a number.
    """
    reply = TerminalReply(screen, reasoning=reasoning)
    frames: list[tuple[float, Frame]] = []
    now = 0.0
    for number, event in enumerate(events):
        if sizes and number in sizes:
            reply.resize(sizes[number])
        reply.feed(event, now)
        until = now + gap
        while (deadline := reply.deadline) is not None and deadline < until:
            now = max(now, deadline)
            _show(reply, now, frames)
        now = until
    for _ in range(1000):
        if (deadline := reply.deadline) is None:
            break
        now = max(now, deadline)
        _show(reply, now, frames)
    assert reply.done
    return frames, reply


def _show(reply: TerminalReply, now: float, frames: list[tuple[float, Frame]]) -> None:
    frame = reply.poll(now)
    if frame is not None:
        assert len(frame.region) <= MOST_ROWS
        frames.append((now, frame))
        reply.settle(True, now)


def lines_of(frames: Iterable[tuple[float, Frame]]) -> list[str]:
    """Give the lines of all frames: the scrollback."""
    return [line for _, frame in frames for line in frame.lines]


def whole(text: str, *, screen: TerminalScreen = SCREEN) -> list[str]:
    """Give the painting of a text that comes in one piece, polled once, at the end."""
    reply = TerminalReply(screen)
    reply.feed(TextDelta(text), 0.0)
    reply.feed(Finished(), 0.0)
    frame = reply.poll(0.0)
    return list(frame.lines) if frame else []


# fmt: off
_FRAGMENTS = (
    "word ", "words, and more of them. ", "long " * 40, "a" * 70, "**", "*", "_", "`", "~~", "$",
    "[", "](", ")", "\n", "\n", "\n\n", "- ", "\n- ", "\n  - ", "\n1. ", "\n2) ", "  ", "    ",
    "> ", "\n> ", "\n>\n", "# ", "\n## ", "\n```py\n", "\n```\n", "\n~~~\n", "x = 1\n" * 5,
    "\n---\n", "\n| a | b |\n|---|--:|\n", "| 1 | 2 |\n",
    "| a longer cell | with *looks* | one too many |\n",
    "\n```md\n", "\n```md\n```py\n", "\n```pip i\n", "x```\n", "~~~x~~~\n", "\n3. ", "\n7. ",
    "\n0. ", "\n\\begin{x}\n", "\\end{x}\n", "a & b \\\\\n", "$$ ", "\n$$ x", "| `a|b` | c |\n",
    "</details>",
    "\n<details>\n<summary>t</summary>\n\n",
    "\n$$\n", "\\[", "\\]", "\\", "<b>", "</b>", "<details><summary>s</summary>\n", "</details>\n",
    "\n===\n", "日本語。", "日本語の文章は空白なしで続きます。" * 8, "עברית ", "e\u0301",
    "👨‍👩‍👧", "🇩🇪",
    "https://example.org/path ", "[x](https://e.org) ", "- [ ] ", "\t", "\r\n", "&#155;", "\x00",
    "\x1b]8;;x\x07", "\x9b2J", "\ud83d", "\ude00", "\u202e",
)
# fmt: on

markdown = st.lists(st.sampled_from(_FRAGMENTS), max_size=40).map("".join)
"""Texts of the pieces that Markdown is made of, most of them in the wrong order."""


class _Wide(pyte.HistoryScreen):
    """A screen that keeps joiners and selectors in the cell before, as terminals do."""

    def draw(self, data: str) -> None:
        for char in data:
            if wcwidth(char) > 0:
                super().draw(char)
            elif self.cursor.x:
                line = self.buffer[self.cursor.y]
                at = self.cursor.x - 1
                at -= not line[at].data and at > 0
                line[at] = line[at]._replace(data=line[at].data + char)


class Emulated:
    """A terminal with a scrollback, on which frames are drawn."""

    def __init__(self, screen: TerminalScreen = SCREEN) -> None:
        self._pyte = _Wide(screen.columns, screen.rows, history=100_000, ratio=0.5)
        self._stream = pyte.Stream(self._pyte)
        self._painter = RegionPainter()
        self.screen = screen
        self.written = 0

    def draw(self, frame: Frame) -> None:
        """Show a frame."""
        self.write(self._painter.draw(frame, self.screen))

    def write(self, text: str) -> None:
        """Write what comes from elsewhere."""
        self.written += len(text.encode())
        self._stream.feed(text)

    def resize(self, screen: TerminalScreen) -> None:
        """Change the size; rows on the screen are cut where they are too wide."""
        self.screen = screen
        self._pyte.resize(screen.rows, screen.columns)

    def lines(self) -> list[str]:
        """Give all that stands there, the scrollback first, without empty lines at the end."""
        on_screen = [self._pyte.buffer[y] for y in range(self._pyte.lines)]
        texts = [_text(row) for row in (*self._pyte.history.top, *on_screen)]
        while texts and not texts[-1]:
            texts.pop()
        return texts

    @property
    def is_cursor_hidden(self) -> bool:
        """Whether nobody sees the cursor."""
        return bool(self._pyte.cursor.hidden)


def _text(row: Any) -> str:
    return "".join(row[x].data for x in range(max(row, default=-1) + 1)).rstrip()
