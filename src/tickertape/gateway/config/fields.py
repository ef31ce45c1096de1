"""Kinds of value that the sections of the operator's file share, purely."""

from __future__ import annotations

import re
import typing
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints

from tickertape.listening import Listen

__all__ = [
    "FunctionPath",
    "Id",
    "ListenAddress",
    "Section",
    "VariableName",
    "VariableNameOrNone",
    "WebAddress",
    "section_in",
    "without_none",
]

# Capitals only: a pasted key has small letters, and then it is refused instead of being looked up
# and repeated in an error.
_VARIABLE = r"[A-Z_][A-Z0-9_]{0,63}"

# An id, bare or behind the name of its channel: no blanks, and no number before a colon, as a bot's
# token has. The longest id that is known is one of Matrix (255 bytes).
_ID = re.compile(r"(?!\d+:)\S{1,300}")


def _web_address(text: str) -> str:
    """Return an http(s) address that has a host, and no part that may hide a secret.

    Raises:
        ValueError: for any other text.
    """
    parts = urlsplit(text)
    odd = parts.username or parts.password or parts.query or parts.fragment
    if parts.scheme not in {"http", "https"} or not parts.hostname or odd or not text.isprintable():
        raise ValueError(text)
    _ = parts.port  # raises ValueError when it is not a number from 0 to 65535
    if " " in text:
        raise ValueError(text)
    return text


def _listen_address(text: str) -> str:
    """Return a host and a port to listen at.

    Raises:
        ValueError: for any other text.
    """
    if not Listen.of(text).port:
        raise ValueError(text)  # the port stands in a reverse proxy's file, too
    return text


def _id(value: object) -> str:
    """Return an id as a text; one that is a number may stand in the file without quotes.

    Raises:
        ValueError: for 0, a bot's token, or anything else that is no id.
    """
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not (isinstance(text, str) and text != "0" and _ID.fullmatch(text) and text.isprintable()):
        raise ValueError(value)
    return text


def without_none(values: object) -> object:
    """Return a mapping without its empty keys (None in YAML), which then have their defaults."""
    if isinstance(values, dict):
        return {key: value for key, value in values.items() if value is not None}
    return values


FunctionPath = Annotated[
    str, StringConstraints(pattern=r"^[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*$")
]
"""A Python function, as `module:function`."""

Id = Annotated[str, BeforeValidator(_id)]
"""An id of a person or chat, bare or behind the name of its channel."""

VariableName = Annotated[str, StringConstraints(pattern=f"^{_VARIABLE}$")]
"""The name of an environment variable."""

VariableNameOrNone = Annotated[str, StringConstraints(pattern=f"^({_VARIABLE})?$")]
"""The name of an environment variable, or an empty text."""

WebAddress = Annotated[str, AfterValidator(_web_address)]
"""An http(s) address that hides no secret."""

ListenAddress = Annotated[str, AfterValidator(_listen_address)]
"""A host and a port to listen at: `127.0.0.1:8443`, `[::1]:8443`."""


class Section(BaseModel):
    """A part of the file: unknown keys and wrong types are refused, and nothing is changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


def section_in(annotation: object) -> type[Section] | None:
    """Return the section that a field holds, be it one that may be null; None: it holds none."""
    for one in (annotation, *typing.get_args(annotation)):
        if isinstance(one, type) and issubclass(one, Section):
            return one
    return None
