"""The bot's words about the operator's commands, in one place."""

from __future__ import annotations

__all__ = [
    "DONE",
    "FAILED",
    "INTERRUPTED",
    "NOT_INSTALLED",
    "NOT_STARTED",
    "OPTION",
    "cut",
    "exited",
    "gone",
    "killed",
    "not_for_you",
    "timed_out",
    "usage",
]

DONE = "Done."
"""Said where a command came to its end and said nothing."""

FAILED = "⚠ This command failed: something is wrong with it on my side."
"""Said below what a command said before it failed."""

INTERRUPTED = "⏸ Interrupted: the bot was restarted. It was not run again; /retry does that."
"""Said below what a command had said when the bot was restarted."""

NOT_INSTALLED = "⚠ The program of this command is not installed here."
"""Said where there is no such program."""

NOT_STARTED = "⚠ The program of this command cannot be started."
"""Said where the system refuses to start a program."""

OPTION = "A word that begins with - cannot be given to this command."
"""Said where a person's word would be read as an option of the program."""


def not_for_you(name: str) -> str:
    """Return the reply to a person who may not use a command."""
    return f"You may not use /{name}."


def gone(name: str) -> str:
    """Return the reply to an order to repeat a command that is not there any more."""
    return f"/{name} cannot be repeated: I do not have it any more. /help lists what I know."


def usage(form: str, description: str) -> str:
    """Return the reply where words are missing, or do not fit.

    Args:
        form: how the command is written.
        description: what it does.
    """
    return f"Usage: {form}\n{description}"


def timed_out(seconds: float) -> str:
    """Return what is said below the words of a command that took longer than `seconds`."""
    return f"⏱ Ended: it took longer than {seconds:g} {'second' if seconds == 1 else 'seconds'}."


def cut(characters: int) -> str:
    """Return what is said below the first `characters` characters of a longer text."""
    return f"✂ Cut here: it is longer than {characters:,} characters."


def exited(code: int) -> str:
    """Return what is said below the output of a program that ended with an exit code."""
    return f"⚠ The program failed: it ended with exit code {code}."


def killed(signal: str) -> str:
    """Return what is said below the output of a program that was ended by a signal."""
    return f"⚠ The program was ended by {signal}."
