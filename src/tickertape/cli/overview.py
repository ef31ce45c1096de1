"""The commands at a glance, purely: what `tickertape --help` says, without the parser's libraries.

Those take longer to import than a person waits gladly; each command's own help has them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["COMMANDS", "SUMMARY", "overview"]

SUMMARY: Final = "Live replies from any LLM agent, in any chat."
"""What the program is."""

COMMANDS: Final[Mapping[str, str]] = {
    "demo": "See it work, without keys or accounts.",
    "init": "Write a configuration file that explains every setting.",
    "doctor": "Check the set-up: each thing in one line, with what to do.",
    "serve": "Run the gateway.",
    "access": "See and change who may talk to the bot.",
    "backup": "Copy the database, also while `serve` runs.",
    "ask": "Ask one question.",
    "chat": "Talk in the terminal.",
    "models": "List the models that can be asked.",
    "logs": "Show earlier questions and answers.",
    "templates": "List, show and edit templates.",
    "emulate": "Run a local Telegram Bot API, with a web page.",
    "simulate": "Test Tickertape with random runs.",
    "bench": "Measure how fast answers reach the screen.",
}
"""The commands in the order in which a person needs them, each with the first line of its help."""

_OPTIONS: Final = (
    ("--version", "Show the version."),
    ("--install-completion", "Install completion for the current shell."),
    ("--show-completion", "Show it, to copy or change it."),
    ("-h, --help", "Show this message; COMMAND -h explains a command."),
)


def overview() -> str:
    """Return the program's help."""
    width = max(len(name) for name, _ in _OPTIONS)
    longest = max(map(len, COMMANDS))
    return "\n".join(
        (
            "Usage: tickertape [OPTIONS] COMMAND [ARGS]...",
            "",
            f"  {SUMMARY}",
            "",
            "Options:",
            *(f"  {name:<{width}}  {told}" for name, told in _OPTIONS),
            "",
            "Commands:",
            *(f"  {name:<{longest}}  {told}" for name, told in COMMANDS.items()),
            "",
            "  Example:",
            "    tickertape demo",
        )
    )
