"""What people can order the bot to do, and the bot's own words, purely."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias, assert_never

__all__ = [
    "APOLOGY",
    "COMMANDS",
    "NO_ANSWER",
    "NO_QUESTION",
    "Command",
    "Help",
    "New",
    "Start",
    "Stop",
    "Unknown",
    "no_room",
    "parse",
    "restarting",
    "words",
]

# A command is a slash and 1-32 letters, digits or underscores
# (core.telegram.org/bots/features#commands, 2026-11). What goes on after that without a blank is
# text that begins with a slash: a path, say.
_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:\s|\Z)")


@dataclass(frozen=True, slots=True)
class Start:
    """The person opened the chat."""


@dataclass(frozen=True, slots=True)
class Help:
    """The person asks what can be done."""


@dataclass(frozen=True, slots=True)
class New:
    """Forget the conversation."""


@dataclass(frozen=True, slots=True)
class Stop:
    """End the running answer."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A command that we do not have."""

    name: str
    """Its name, without the slash."""


Command: TypeAlias = Start | Help | New | Stop | Unknown
"""Anything that begins like a command."""

COMMANDS: tuple[tuple[str, str], ...] = (
    ("new", "forget our conversation and start afresh"),
    ("stop", "end the answer that is being written"),
    ("help", "what I can do"),
)
"""Names and descriptions, for the platform's menu of commands."""

APOLOGY = "Something went wrong on my side; please try again."
"""Said when a turn failed for a reason that is ours."""

NO_ANSWER = "The model had nothing to say to that; please put it in other words."
"""Said when an answer ended without a word."""

NO_QUESTION = "Yes? Write your question next to my name."
"""Said to a message that has no text beside the mention of the bot."""

_KNOWN: dict[str, Command] = {"start": Start(), "help": Help(), "new": New(), "stop": Stop()}
_LISTED = "\n".join(f"/{name} - {description}" for name, description in COMMANDS)
_START = f"Hello! Write to me, and you will see my answer while it is being written.\n\n{_LISTED}"
_HELP = f"Just write to me. I remember our conversation until you say /new.\n\n{_LISTED}"


def parse(text: str) -> Command | None:
    """Read a command at the start of `text`, in any case; None when there is none."""
    found = _COMMAND.match(text)
    if found is None:
        return None
    name = found[1].lower()
    return _KNOWN.get(name, Unknown(name))


def words(command: Command) -> str:
    """Give what the bot says to a command (to `Stop`: when no answer was running)."""
    match command:
        case Start():
            return _START
        case Help():
            return _HELP
        case New():
            return "A fresh start: I have forgotten our conversation."
        case Stop():
            return "Nothing to stop."
        case Unknown(name=name):
            return f"I do not know /{name}. /help lists what I know."
        case _:
            assert_never(command)


def no_room(waiting: int) -> str:
    """Say that a message is not taken, because `waiting` others wait."""
    return f"{waiting} messages are waiting here already; please send this one again later."


def restarting(waiting: int) -> str:
    """Say that the bot goes down before it came to `waiting` messages."""
    what = "your last message" if waiting == 1 else f"your last {waiting} messages"
    return f"I am being restarted before I came to {what}: please send that again in a minute."
