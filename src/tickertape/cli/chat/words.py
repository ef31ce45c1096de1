"""What the terminal itself knows of what is typed: how to leave, help, and the Tab key, purely."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from tickertape.gateway.commands import COMMANDS

__all__ = ["Completed", "choices_with", "completed", "help_lines", "leaves"]

_LEAVING: Final = frozenset({"/exit", "/quit", "/bye", "exit", "quit"})
"""What people type to leave: as in `llm`, aider and ollama."""

_KEYS: Final = (
    ("Enter", "ask"),
    ("Alt-Enter", "begin another line; so does Enter behind a \\"),
    ("Tab", "complete a command"),
    ("Up, Down", "what you asked before"),
    ("Ctrl-C", "stop the answer; again: quit"),
    ("Ctrl-Z", "suspend; `fg` comes back"),
    ("Ctrl-D", "quit"),
)
_UNHEARD: Final = "voice"  # `--speak` decides it here


class Completed(NamedTuple):
    """What the Tab key does to the words before the cursor."""

    added: str
    """What is inserted at the cursor."""
    choices: tuple[str, ...]
    """What could be meant, where it is not one thing alone."""


def leaves(text: str) -> bool:
    """Return whether a person who types this wants to leave."""
    return text.strip().lower() in _LEAVING


def choices_with(models: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """Return the commands, each with what can follow it.

    Args:
        models: the names of the models that can be chosen.
    """
    after: dict[str, Sequence[str]] = {
        "model": models,
        "reasoning": ("hide", "status", "show", "keep"),
        "queue": ("queue", "collect", "steer", "interrupt"),
    }
    names = [name for name, _ in COMMANDS if name != _UNHEARD]
    return {name: after.get(name, ()) for name in (*names, "exit")}


def completed(before: str, choices: Mapping[str, Sequence[str]]) -> Completed:
    """Return what Tab does.

    Args:
        before: what stands before the cursor.
        choices: the commands, each with what can follow it.
    """
    if not before.startswith("/") or "\n" in before:
        return Completed("", ())
    command, blank, begun = before[1:].partition(" ")
    if not blank:
        begun, known = command, tuple(choices)
    else:
        known = tuple(choices.get(command.lower(), ()))
    fitting = tuple(one for one in known if one.startswith(begun))
    if not fitting:
        return Completed("", ())
    more = _in_common(fitting)[len(begun) :]
    if len(fitting) == 1:
        ends = "" if blank or not choices[fitting[0]] else " "
        return Completed(f"{more}{ends}", ())
    return Completed(more, () if more else fitting)


def _in_common(words: Sequence[str]) -> str:
    """Return what all words begin with."""
    first = words[0]
    size = next(
        (at for at, letters in enumerate(zip(*words, strict=False)) if len(set(letters)) > 1),
        min(map(len, words)),
    )
    return first[:size]


def help_lines() -> tuple[str, ...]:
    """Return the lines that `/help` prints: commands, then keys."""
    commands = [(f"/{name}", told) for name, told in COMMANDS if name not in {_UNHEARD, "help"}]
    commands += [("/help", "show this"), ("/exit", "quit")]
    width = max(len(name) for name, _ in (*commands, *_KEYS))
    listed = [f"  {name:<{width}}  {told}" for name, told in commands]
    keys = [f"  {name:<{width}}  {told}" for name, told in _KEYS]
    return ("Commands:", *listed, "Keys:", *keys)
