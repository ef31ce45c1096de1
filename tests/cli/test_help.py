"""The help: what a person finds who knows nothing yet."""

from __future__ import annotations

import sys
from contextlib import suppress

import pytest
import typer

from tickertape.cli import main
from tickertape.cli.app import app
from tickertape.cli.missing import NEEDS
from tickertape.cli.overview import COMMANDS

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
    with suppress(SystemExit):
        main()
    return capsys.readouterr().out


def test_the_first_things_come_first(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All commands, in the order in which a person needs them, each with a whole sentence."""
    listed = helped("", monkeypatch, capsys).partition("Commands:\n")[2]
    lines = listed.partition("\n\n")[0].splitlines()
    assert [line.split()[0] for line in lines if line.strip()] == list(COMMANDS)
    assert [line for line in lines if "..." in line] == []
    assert set(NEEDS) <= set(COMMANDS)


def test_the_overview_says_what_the_commands_say() -> None:
    """It is written down apart, because the parser takes long to import."""
    group = typer.main.get_group(app)
    with typer.Context(group) as context:
        listed = group.list_commands(context)
        told = {name: group.commands[name].get_short_help_str(200) for name in listed}
    assert list(told.items()) == list(COMMANDS.items())


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
