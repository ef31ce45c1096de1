"""The commands that people can send, and the bot's own words, purely."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
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
    "NO_WORDS",
    "STOPPING",
    "UNREADABLE",
    "Command",
    "HelpCommand",
    "ModelCommand",
    "NewCommand",
    "OperatorCommand",
    "QueueCommand",
    "ReasoningCommand",
    "RetryCommand",
    "SettingCommand",
    "StartCommand",
    "StopCommand",
    "UnknownCommand",
    "VoiceCommand",
    "dropped",
    "is_ours",
    "no_room",
    "parse",
    "restarting",
    "words",
]

# A command is a slash and 1-32 letters, digits or underscores
# (core.telegram.org/bots/features#commands, 2026-11). What goes on after that without a blank is
# text that begins with a slash: a path, say. A bot's name may follow. Channels cut out our own, so
# one that is left makes a command that we do not have.
_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32}(?:@[A-Za-z0-9_]+)?)(?:\s|\Z)")


@dataclass(frozen=True, slots=True)
class StartCommand:
    """The person opened the chat."""


@dataclass(frozen=True, slots=True)
class HelpCommand:
    """The person asks for help."""


@dataclass(frozen=True, slots=True)
class NewCommand:
    """Forget the conversation."""


@dataclass(frozen=True, slots=True)
class StopCommand:
    """End the running answer."""


@dataclass(frozen=True, slots=True)
class RetryCommand:
    """Make the last answer again."""


@dataclass(frozen=True, slots=True)
class ModelCommand:
    """Let another model answer, or list the models."""

    name: str = ""
    """The model's name; empty asks for the list."""


@dataclass(frozen=True, slots=True)
class ReasoningCommand:
    """Change how much of the model's thinking is seen, or list the choices."""

    choice: str = ""
    """The choice; empty asks for the list."""


@dataclass(frozen=True, slots=True)
class VoiceCommand:
    """Turn voice notes on or off, or tell which it is."""

    choice: str = ""
    """`on` or `off`; empty asks."""


@dataclass(frozen=True, slots=True)
class QueueCommand:
    """Change what becomes of messages that come while an answer is written, or list the choices."""

    choice: str = ""
    """The choice; empty asks for the list."""


@dataclass(frozen=True, slots=True)
class OperatorCommand:
    """A command that the operator has configured."""

    name: str
    """Its name, without the slash, in small letters."""
    text: str = ""
    """All that stands behind it."""


@dataclass(frozen=True, slots=True)
class UnknownCommand:
    """A command that we do not have."""

    name: str
    """Its name, without the slash; with that of another bot, if it was meant for one."""


Command: TypeAlias = (
    StartCommand
    | HelpCommand
    | NewCommand
    | StopCommand
    | RetryCommand
    | ModelCommand
    | ReasoningCommand
    | VoiceCommand
    | QueueCommand
    | OperatorCommand
    | UnknownCommand
)
"""Anything that begins like a command."""

SettingCommand: TypeAlias = ModelCommand | ReasoningCommand | VoiceCommand | QueueCommand
"""A command that changes a setting of its chat, or lists the choices."""

COMMANDS: tuple[tuple[str, str], ...] = (
    ("new", "forget our conversation and start afresh"),
    ("stop", "end the answer that is being written"),
    ("retry", "make the last answer again"),
    ("model", "which model answers; /model NAME changes it"),
    ("reasoning", "what you see of my thinking: hide, status, show or keep"),
    ("voice", "a voice note below each answer: on or off"),
    ("queue", "what becomes of messages that you send while I answer"),
    ("help", "what I can do"),
)
"""Names and descriptions, for the platform's menu of commands."""

ALREADY_FINISHED = "This answer is finished already."
"""Told to a person who presses the stop button of an answer that has ended."""

APOLOGY = "Something went wrong on my side; please try again."
"""Said when a turn failed for a reason that is ours."""

NO_ANSWER = "The model had nothing to say to that; please put it in other words."
"""Said when an answer ended without a word."""

NO_QUESTION = "Yes? Write your question next to my name."
"""Said to a message that has no text but the mention of the bot."""

NO_WORDS = "Yes? I see no words in that: please write your question."
"""Said to a message in a private chat that shows nothing."""

NOT_RETRIED = "Stopped: the last answer stays as it is."
"""Said when `RetryCommand` was stopped before it began."""

NOT_YOURS = "Only people whom this bot answers can stop it."
"""Told to a stranger who presses the stop button."""

NO_TURN = "There is no answer to make again."
"""Said to `RetryCommand` where nothing was asked before."""

STOPPING = "Stopping."
"""Told to a person who presses the stop button: the answer itself may show it seconds later."""

UNREADABLE = (
    "I can only read text and captions, not pictures, recordings or files: "
    "please put your question into words."
)
"""Said to attachments that were sent without a word: once, however many they are."""

_KNOWN: dict[str, Command] = {
    "start": StartCommand(),
    "help": HelpCommand(),
    "new": NewCommand(),
    "stop": StopCommand(),
    "retry": RetryCommand(),
}
_START = "Hello! Write to me, and you will see my answer while it is being written."
_HELP = "Just write to me. I remember our conversation until you say /new."


def parse(text: str, operators: Collection[str] = ()) -> Command | None:
    """Return the command at the start of `text`, in any case; None when there is none.

    Text behind the name counts for those alone that change a setting, and for the operator's.

    Args:
        text: what a person wrote.
        operators: the names of the commands that the operator has configured.
    """
    found = _COMMAND.match(text)
    if found is None:
        return None
    behind = text[found.end() :].strip()
    match found[1].lower():
        case "model":
            return ModelCommand(behind.lower())
        case "reasoning":
            return ReasoningCommand(behind.lower())
        case "voice":
            return VoiceCommand(behind.lower())
        case "queue":
            return QueueCommand(behind.lower())
        case name if name in _KNOWN:
            return _KNOWN[name]
        case name if name in operators:
            return OperatorCommand(name, behind)
        case name:
            return UnknownCommand(name)


def is_ours(name: str) -> bool:
    """Return whether a name means a command that every bot has."""
    return not isinstance(parse(f"/{name}"), UnknownCommand | None)


def words(
    command: StartCommand | HelpCommand | NewCommand | StopCommand | UnknownCommand,
    more: Sequence[tuple[str, str]] = (),
) -> str:
    """Return the bot's reply to a command; to `StopCommand`, when no answer was running.

    Args:
        command: the command.
        more: names and descriptions of commands that the person may use besides `COMMANDS`.
    """
    match command:
        case StartCommand():
            return f"{_START}\n\n{_listed(more)}"
        case HelpCommand():
            return f"{_HELP}\n\n{_listed(more)}"
        case NewCommand():
            return "A fresh start: I have forgotten our conversation."
        case StopCommand():
            return "Nothing to stop."
        case UnknownCommand(name=name):
            return f"I do not know /{name}. /help lists what I know."
        case _:
            assert_never(command)


def _listed(more: Sequence[tuple[str, str]]) -> str:
    return "\n".join(f"/{name} - {description}" for name, description in (*COMMANDS, *more))


def dropped(waiting: int) -> str:
    """Return the reply to a stop that dropped `waiting` messages while no answer was running."""
    what = "the message" if waiting == 1 else f"the {waiting} messages"
    return f"Stopped: {what} that waited here will not be answered."


def no_room(waiting: int) -> str:
    """Return the reply to a message that is not taken, because `waiting` others wait.

    It is told to a person once, until there is room again.
    """
    return (
        f"{waiting} messages are waiting here already, so I cannot take this one: please send it "
        "again when I have answered some, and whatever you send until then."
    )


def restarting(waiting: int) -> str:
    """Return the reply to `waiting` messages that were not answered before a restart."""
    what = "your last message" if waiting == 1 else f"your last {waiting} messages"
    return f"I am being restarted before I came to {what}: please send that again in a minute."
