"""What each kind of block looks like on a terminal."""

from __future__ import annotations

import pytest
from terminal_screens import bare, play, whole

from tickertape.channels.terminal.frames import TerminalScreen
from tickertape.events import Finished, TextDelta


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a\\\nb  \nc\nd<br>e", ["a", "b", "c", "d", "e"]),
        ("# t\n## u\n\ntext", ["t", "u", "", "text"]),
        ("- a\n- b\n\n- c", ["• a", "• b", "", "• c"]),
        ("- a\n  - b\n    - c\n      - d", ["• a", "  ◦ b", "    ▪ c", "      ▪ d"]),
        ("3. a\n3. b\n\n   more\n3. c", ["3. a", "3. b", "", "   more", "3. c"]),
        ("1. a\n1. b\n\n   more\n1. c", ["1. a", "2. b", "", "   more", "3. c"]),
        ("2. a\n5. b\n   - 0. c\n     7. d", ["2. a", "5. b", "   ◦ 0. c", "     7. d"]),
        ("9. a\n10. b\n    c", ["9. a", "10. b", "    c"]),
        ("- [x] a\n- [ ] b\n1. [x] c", ["☑ a", "☐ b", "1. ☑ c"]),
        ("-\n- a", ["•", "• a"]),
        ("- - a\n  - b", ["• ◦ a", "  ◦ b"]),
        ("> a\n>\n> b\n> > c", ["▌ a", "▌", "▌ b", "▌ ▌ c"]),
        ("- > q\n  > r", ["• ▌ q", "  ▌ r"]),
        ("> - a\n>\n> - b", ["▌ • a", "▌", "▌ • b"]),
        ("```py\n\nx = 1\n\n\ny\n```", ["", "x = 1", "", "", "y"]),
        ("- ```\n  \tx\n  ```", ["•     x"]),
        ("$$\nx\ny\n$$", ["x", "y"]),
        ("a $x$ b", ["a x b"]),
        ("***\na\n---", ["─" * 60, "a", "─" * 60]),
        ("[a](https://b.c) <https://d.e/>", ["a (https://b.c) https://d.e/"]),
        ("![i](https://b.c/i.png)", ["i (https://b.c/i.png)"]),
        ("<mail@b.c>", ["mail@b.c"]),
        (
            "<details><summary>S</summary>\n\na\n\n- b\n\n# t\nc\n\n</details>\nd",
            ["S", "a", "• b", "", "t", "c", "d"],
        ),
        ("a ~~b~~ ||c|| <u>d</u>", ["a b ||c|| d"]),
    ],
)
def test_blocks(text: str, rows: list[str]) -> None:
    """Words, markers, bars and rules, whether the text comes at once or letter by letter."""
    assert [bare(row) for row in whole(text)] == rows
    frames, _ = play([*map(TextDelta, text), Finished()], gap=0.05)
    assert [bare(row) for _, frame in frames for row in frame.lines] == rows


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("**a**", "\x1b[1ma\x1b[0m"),
        ("*a*", "\x1b[3ma\x1b[0m"),
        ("`a`", "\x1b[36ma\x1b[0m"),
        ("~~a~~", "\x1b[9ma\x1b[0m"),
        ("**a `b`**", "\x1b[1ma \x1b[0m\x1b[1;36mb\x1b[0m"),
        ("# a", "\x1b[1;4ma\x1b[0m"),
        ("## a", "\x1b[1ma\x1b[0m"),
        ("###### a", "\x1b[1;3ma\x1b[0m"),
        ("> a", "\x1b[2m▌ \x1b[0ma"),
        ("[a](https://b.c)", "\x1b[4;34ma\x1b[0m\x1b[2m (https://b.c)\x1b[0m"),
        ("```\na\n```", "\x1b[36ma\x1b[0m"),
        ("```python\nreturn\n```", "\x1b[94mreturn\x1b[0m"),
    ],
)
def test_looks(text: str, row: str) -> None:
    """In the terminal's own sixteen colours; a link's address can be read, and leads nowhere."""
    assert whole(text) == [row]


def test_a_rule_is_not_longer_than_lines_are() -> None:
    """On a wide screen it ends where lines of text do."""
    assert [len(bare(row)) for row in whole("---", screen=TerminalScreen(200, 50))] == [72]
