"""A reply's state as text, and back: JSON, in which each value that has alternatives is named.

    text = dumps(reply.state)
    reply = Reply.resume(loads(text), ...)

A state that an older version stored is read as far as its fields have defaults; one that cannot be
read is a `StateError`. Numbers without bound (a moment that is long past) are written as JSON has
no word for, `-Infinity`, which Python reads: columns of a database are text, not JSON.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from tickertape.delivery.actions import Action
from tickertape.delivery.reply.screen import Screen
from tickertape.delivery.reply.state import ReplyState
from tickertape.delivery.ways import Way
from tickertape.markup.forms import Form
from tickertape.markup.tree import Block, Inline

if TYPE_CHECKING:
    from cattrs.preconf.json import JsonConverter

__all__ = ["StateError", "dumps", "loads"]


class StateError(ValueError):
    """Raised for a stored state that cannot be read."""


def dumps(state: ReplyState) -> str:
    """Return a state as text."""
    return _converter().dumps(state)


def loads(text: str | bytes) -> ReplyState:
    """Return the state that `dumps` wrote.

    Raises:
        StateError: when it is none.
    """
    try:
        return _converter().loads(text, ReplyState)
    except Exception as error:
        raise StateError(f"not the state of a reply: {type(error).__name__}") from error


@cache
def _converter() -> JsonConverter:
    from cattrs.preconf.json import make_converter  # noqa: PLC0415 - few programs store replies
    from cattrs.strategies import configure_tagged_union  # noqa: PLC0415

    converter = make_converter()
    for union in (Inline, Block, Form, Action, Screen, Way):
        configure_tagged_union(union, converter, tag_name="is")
    return converter
