"""What the terminal itself knows of what is typed."""

from __future__ import annotations

import pytest

from tickertape.cli.chat.words import Completed, choices_with, completed, help_lines, leaves

CHOICES = choices_with(("default", "clever", "clear"))


@pytest.mark.parametrize(
    ("before", "done"),
    [
        ("", Completed("", ())),
        ("re", Completed("", ())),
        ("/rea", Completed("soning ", ())),
        ("/re", Completed("", ("retry", "reasoning"))),
        ("/ret", Completed("ry", ())),
        ("/x", Completed("", ())),
        ("/model d", Completed("efault", ())),
        ("/model c", Completed("le", ())),
        ("/model cle", Completed("", ("clever", "clear"))),
        ("/MODEL d", Completed("efault", ())),
        ("/exit now", Completed("", ())),
        ("/re\n", Completed("", ())),
    ],
)
def test_tab(before: str, done: Completed) -> None:
    """One choice is completed, of several what they have in common; else they are listed."""
    assert completed(before, CHOICES) == done


@pytest.mark.parametrize(
    ("text", "is_leaving"),
    [("/exit", True), (" Quit ", True), ("/quit", True), ("quit smoking?", False), ("", False)],
)
def test_leaving(text: str, is_leaving: bool) -> None:
    """The word alone leaves."""
    assert leaves(text) is is_leaving


def test_help_has_commands_and_keys() -> None:
    """All that works here, in lines that fit a narrow window, and nothing that does not."""
    lines = help_lines()
    assert all(len(line) <= 80 for line in lines)
    text = "\n".join(lines)
    for word in ("/new", "/model", "/exit", "Ctrl-Z", "Tab"):
        assert word in text
    assert "/voice" not in text
