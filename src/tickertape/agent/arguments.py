"""The arguments of a tool call, parsed once, when all of them have come.

Only a whole JSON object runs. Models and servers also write nothing, `null`, or an object encoded
twice where they mean one, and those are understood. Everything else (cut short, invalid, a list) is
refused in words by which the model can do better; nothing is guessed or repaired: a repaired call
does something that was not asked for. What the schema demands is checked by the tool.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Malformed", "parse"]


@dataclass(frozen=True, slots=True)
class Malformed:
    """Arguments that do not run."""

    text: str
    """What is wrong with them, for the model."""


def parse(text: str, *, whole: bool = True) -> Mapping[str, object] | Malformed:
    """Parse the arguments of a call.

    Args:
        text: what the model wrote.
        whole: False where the answer was cut off after it: then what looks like no arguments may
            be arguments that did not come.
    """
    if not text.strip():
        return {} if whole else Malformed(_sentence("they were cut off"))
    try:
        value = _decoded(text)
        if isinstance(value, str):
            value = _decoded(value) if value.strip() else None
    except RecursionError:
        return Malformed(_sentence("they are nested too deeply"))
    except ValueError as error:
        return Malformed(_sentence(f"they are not valid JSON: {_reason(error)}"))
    match value:
        case dict():
            return value
        case None if whole:
            return {}
        case _:
            return Malformed(_sentence(f"they are {_KINDS[type(value)]}, not an object"))


_KINDS = {
    type(None): "null",
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "a text",
    list: "a list",
}


def _decoded(text: str) -> object:
    decoded: object = json.loads(text, parse_constant=_no_constant)
    return decoded


def _no_constant(name: str) -> object:
    """Refuse what Python takes for JSON and no other does."""
    msg = f"{name} is no JSON value"
    raise ValueError(msg)


def _reason(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at character {error.pos + 1}"
    return str(error).partition(";")[0]


def _sentence(reason: str) -> str:
    return (
        f"The tool was not run, because its arguments cannot be read: {reason}. "
        "Call it again with one complete JSON object."
    )
