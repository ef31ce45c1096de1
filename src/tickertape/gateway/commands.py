"""What people can order the bot to do, and the bot's own words, purely."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias, assert_never

__all__ = [
    "ALREADY_FINISHED",
    "APOLOGY",
    "COMMANDS",
    "NOT_RETRIED",
    "NOT_YOURS",
    "NO_ANSWER",
    "NO_QUESTION",
    "NO_TURN",
    "STOPPING",
    "UNREADABLE",
    "Command",
    "Help",
    "Model",
    "New",
    "Reasoning",
    "Retry",
    "Start",
    "Stop",
    "Unknown",
    "Voice",
    "dropped",
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
class Retry:
    """Make the last answer again."""


@dataclass(frozen=True, slots=True)
class Model:
    """Let another model answer, or say which ones there are."""

    name: str = ""
    """The model's name; empty asks for the list."""


@dataclass(frozen=True, slots=True)
class Reasoning:
    """Change what is seen of the model's thinking, or say what can be."""

    choice: str = ""
    """What is chosen; empty asks for the choices."""


@dataclass(frozen=True, slots=True)
class Voice:
    """Let answers be heard as well, or not, or say which it is."""

    choice: str = ""
    """`on` or `off`; empty asks."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A command that we do not have."""

    name: str
    """Its name, without the slash."""


Command: TypeAlias = Start | Help | New | Stop | Retry | Model | Reasoning | Voice | Unknown
"""Anything that begins like a command."""

COMMANDS: tuple[tuple[str, str], ...] = (
    ("new", "forget our conversation and start afresh"),
    ("stop", "end the answer that is being written"),
    ("retry", "make the last answer again"),
    ("model", "which model answers; /model NAME changes it"),
    ("reasoning", "what you see of my thinking: hide, status or show"),
    ("voice", "a voice note below each answer: on or off"),
    ("help", "what I can do"),
)
"""Names and descriptions, for the platform's menu of commands."""

ALREADY_FINISHED = "This answer is finished already."
"""Told to whoever presses the stop button of an answer that has ended."""

APOLOGY = "Something went wrong on my side; please try again."
"""Said when a turn failed for a reason that is ours."""

NO_ANSWER = "The model had nothing to say to that; please put it in other words."
"""Said when an answer ended without a word."""

NO_QUESTION = "Yes? Write your question next to my name."
"""Said to a message that has no text beside the mention of the bot."""

NOT_RETRIED = "Stopped: the last answer stays as it is."
"""Said when `Retry` was stopped before it began."""

NOT_YOURS = "Only people whom this bot answers can stop it."
"""Told to a stranger who presses the stop button."""

NO_TURN = "There is no answer to make again."
"""Said to `Retry` where nothing was asked before."""

STOPPING = "Stopping."
"""Told to whoever presses the stop button: the answer itself may show it seconds later."""

UNREADABLE = (
    "I can only read text and captions, not pictures, recordings or files: "
    "please put your question into words."
)
"""Said to what was sent without a word: once, however many pieces it came in."""

_KNOWN: dict[str, Command] = {
    "start": Start(),
    "help": Help(),
    "new": New(),
    "stop": Stop(),
    "retry": Retry(),
}
_LISTED = "\n".join(f"/{name} - {description}" for name, description in COMMANDS)
_START = f"Hello! Write to me, and you will see my answer while it is being written.\n\n{_LISTED}"
_HELP = f"Just write to me. I remember our conversation until you say /new.\n\n{_LISTED}"


def parse(text: str) -> Command | None:
    """Read a command at the start of `text`, in any case; None when there is none.

    What follows the name counts for `Model`, `Reasoning` and `Voice` alone.
    """
    found = _COMMAND.match(text)
    if found is None:
        return None
    match found[1].lower():
        case "model":
            return Model(text[found.end() :].strip().lower())
        case "reasoning":
            return Reasoning(text[found.end() :].strip().lower())
        case "voice":
            return Voice(text[found.end() :].strip().lower())
        case name:
            return _KNOWN.get(name, Unknown(name))


def words(command: Start | Help | New | Stop | Unknown) -> str:
    """Return what the bot says to a command (to `Stop`: when no answer was running)."""
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


def dropped(waiting: int) -> str:
    """Return the words for: `waiting` messages were dropped, and no answer was running."""
    what = "the message" if waiting == 1 else f"the {waiting} messages"
    return f"Stopped: {what} that waited here will not be answered."


def no_room(waiting: int) -> str:
    """Return the words for: a message is not taken, because `waiting` others wait."""
    return f"{waiting} messages are waiting here already; please send this one again later."


def restarting(waiting: int) -> str:
    """Return the words for: the bot goes down before it came to `waiting` messages."""
    what = "your last message" if waiting == 1 else f"your last {waiting} messages"
    return f"I am being restarted before I came to {what}: please send that again in a minute."
