"""What reads as a command, and what the bot says to each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.gateway import commands
from tickertape.gateway.commands import (
    Command,
    HelpCommand,
    ModelCommand,
    NewCommand,
    OperatorCommand,
    ReasoningCommand,
    RetryCommand,
    StartCommand,
    StopCommand,
    UnknownCommand,
    VoiceCommand,
    parse,
    words,
)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/start", StartCommand()),
        ("/start from-a-link", StartCommand()),
        ("/help", HelpCommand()),
        ("/HELP", HelpCommand()),
        ("/new", NewCommand()),
        ("/new\nplease", NewCommand()),
        ("/stop", StopCommand()),
        ("/stop now", StopCommand()),
        ("/retry", RetryCommand()),
        ("/Retry please", RetryCommand()),
        ("/model", ModelCommand()),
        ("/model clever", ModelCommand("clever")),
        ("/MODEL  Clever \n", ModelCommand("clever")),
        ("/model two words", ModelCommand("two words")),
        ("/reasoning", ReasoningCommand()),
        ("/reasoning Show", ReasoningCommand("show")),
        ("/voice", VoiceCommand()),
        ("/VOICE  On ", VoiceCommand("on")),
        ("/settings", UnknownCommand("settings")),
        ("/new@other_bot", UnknownCommand("new@other_bot")),
        ("/Settings@other_bot now", UnknownCommand("settings@other_bot")),
        ("/ann@example.org is who?", None),
        ("/", None),
        ("/usr/bin/python is what?", None),
        ("/stop!", None),
        ("/" + "x" * 33, None),
        ("please /stop", None),
        (" /stop", None),
        ("stop", None),
        ("", None),
    ],
)
def test_reading_a_command(text: str, command: Command | None) -> None:
    """A slash, a word, then a blank or the end; everything else is a question."""
    assert parse(text) == command


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/Weather  Rome 3\n", OperatorCommand("weather", "Rome 3")),
        ("/weather", OperatorCommand("weather")),
        ("/new", NewCommand()),
        ("/dance", UnknownCommand("dance")),
    ],
)
def test_commands_of_the_operator(text: str, command: Command) -> None:
    """They are known by their names, and never take the place of ours."""
    assert parse(text, {"weather", "new"}) == command


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    """No text upsets the reader, and only a slash makes a command."""
    assert parse(text) is None or text.startswith("/")


@pytest.mark.parametrize(
    "command", [StartCommand(), HelpCommand(), NewCommand(), StopCommand(), UnknownCommand("dance")]
)
def test_every_command_is_answered(
    command: StartCommand | HelpCommand | NewCommand | StopCommand | UnknownCommand,
) -> None:
    """Each command has words that fit one message."""
    assert 0 < len(words(command)) < 500


def test_the_menu_names_known_commands() -> None:
    """What the platform's menu offers, the bot understands; descriptions fit its limits."""
    for name, description in commands.COMMANDS:
        assert not isinstance(parse(f"/{name}"), UnknownCommand | None)
        assert 1 <= len(description) <= 256
        assert f"/{name} - {description}" in words(HelpCommand())
    assert "/dance" in words(UnknownCommand("dance"))
    assert "/help" in words(UnknownCommand("dance"))


def test_counts_read_well() -> None:
    """The bot's words about waiting messages are sentences for one and for many."""
    assert "20 messages" in commands.no_room(20)
    assert "your last message:" in commands.restarting(1)
    assert "your last 3 messages:" in commands.restarting(3)
