"""The help: what a person finds who knows nothing yet."""

from __future__ import annotations

import sys

import pytest

from tickertape.cli import main
from tickertape.cli.missing import NEEDS

COMMANDS = (
    *("demo", "init", "doctor", "serve", "access", "backup"),
    *("ask", "chat", "models", "logs", "templates"),
    *("emulate", "simulate", "bench"),
)
SUBCOMMANDS = ("access add", "logs status", "templates edit", "bench live")
# Rows of a terminal window in which a person reads: of `ask`, which has an option for each habit of
# people who know `llm`, all are needed.
SCREEN = 40


def helped(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> str:
    """Return the help of a command, as a terminal of 80 columns shows it."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(sys, "argv", ["tickertape", *command.split(), "-h"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    return capsys.readouterr().out


def test_the_first_things_come_first(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All commands, in the order in which a person needs them, each with a whole sentence."""
    lines = helped("", monkeypatch, capsys).partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in lines if line.strip()] == list(COMMANDS)
    assert [line for line in lines if "..." in line] == []
    assert set(NEEDS) <= set(COMMANDS)


@pytest.mark.parametrize("command", [*COMMANDS, *SUBCOMMANDS])
def test_each_help_fits_a_screen_and_has_an_example(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a line that can be typed as it stands."""
    text = helped(command, monkeypatch, capsys)
    lines = text.splitlines()
    assert len(lines) <= SCREEN
    assert max(map(len, lines)) <= 80
    if command in COMMANDS:
        example = text.partition("Example")[2]
        assert f"tickertape {command}" in example


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("demo --port abc", "write a number from 0 to 65535"),
        ("emulate --port 65536", "write a number from 0 to 65535"),
        ("chat --reasoning maybe", "write one of hide, status, show, keep"),
    ],
)
def test_a_mistyped_value_says_what_to_write(
    arguments: str,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In plain words, not in those of a library."""
    monkeypatch.setattr(sys, "argv", ["tickertape", *arguments.split()])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_commands(
    shell: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--show-completion` prints the script, which asks the program for the words."""
    monkeypatch.setattr(sys, "argv", ["tickertape"])
    monkeypatch.setenv("_TICKERTAPE_COMPLETE", f"source_{shell}")
    with pytest.raises(SystemExit):
        main()
    assert "_TICKERTAPE_COMPLETE" in capsys.readouterr().out
