"""Names of tools that every protocol takes, and that stand once.

A name has 1 to 64 letters, digits, `_` and `-`: what the function names of OpenAI's Chat
Completions and Responses and the tool names of Anthropic's Messages have in common
(platform.openai.com/docs/api-reference/chat/create, `tools.function.name`;
docs.anthropic.com/en/api/messages, `tools.name`; 2026-11). MCP lets servers use more.
"""

from __future__ import annotations

import re
from collections.abc import Container

__all__ = ["LONGEST", "fitting", "is_fitting", "unique"]

LONGEST = 64
"""Characters that a name can have."""

_FITTING = re.compile(rf"[A-Za-z0-9_-]{{1,{LONGEST}}}")
_OTHERS = re.compile(r"[^A-Za-z0-9_-]")


def is_fitting(name: str) -> bool:
    """Return whether every protocol accepts `name`."""
    return _FITTING.fullmatch(name) is not None


def fitting(name: str) -> str:
    """Return a name that every protocol accepts, as close to `name` as possible."""
    return _OTHERS.sub("_", name)[:LONGEST] or "tool"


def unique(name: str, taken: Container[str], prefix: str = "") -> str:
    """Return an accepted name that is not taken.

    That is `name` itself; else `prefix_name`; else the last of these with a number behind it.
    """
    name = fitting(name)
    if name not in taken:
        return name
    if prefix:
        name = fitting(f"{prefix}_{name}")
    number = 2
    found = name
    while found in taken:
        tail = f"_{number}"
        found = name[: LONGEST - len(tail)] + tail
        number += 1
    return found
