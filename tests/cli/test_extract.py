"""The code in an answer."""

from __future__ import annotations

import pytest

from tickertape.cli.ask.extract import Which, extracted

TWO = "Here:\n\n```bash\necho 1\n\necho 2\n```\n\nand\n\n- so\n\n  ~~~\n  three\n  ~~~\n\nBye."


@pytest.mark.parametrize(
    ("answer", "which", "code"),
    [
        (TWO, Which.FIRST, "echo 1\n\necho 2"),
        (TWO, Which.LAST, "three"),
        ("No code here.\n", Which.FIRST, "No code here."),
        ("    indented\n", Which.FIRST, "    indented"),
        ("```py\nhalf", Which.FIRST, "half"),
        ("````md\n```\ninner\n```\n````\n", Which.FIRST, "```\ninner\n```"),
        ("", Which.FIRST, ""),
    ],
)
def test_which_block(answer: str, which: Which, code: str) -> None:
    """Fenced blocks alone are code; without one it is the whole answer, as with `llm`."""
    assert extracted(answer, which) == code
