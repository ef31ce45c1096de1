"""The words of the command line as people write them, purely.

`-o temperature 0.2` and `-p name value` are two words behind an option, as the program `llm` has
them; `-o temperature=0.2` is one. Both become the second form, which the parser takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

__all__ = ["paired"]

_PAIRED: Final = frozenset({"-o", "--option", "-p", "--param"})
"""The options that take a name and a value."""

_COMMANDS: Final = frozenset({"ask", "chat"})


def paired(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with each name and value of an option joined by `=`.

    Args:
        arguments: those of the program, without its own name.
    """
    if not arguments or arguments[0] not in _COMMANDS:
        return list(arguments)
    joined: list[str] = []
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        joined.append(word)
        if word == "--":
            return joined + rest
        if word in _PAIRED and rest:
            name = rest.pop(0)
            is_whole = "=" in name or not rest
            joined.append(name if is_whole else f"{name}={rest.pop(0)}")
    return joined
