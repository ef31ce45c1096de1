"""What admins can order in a chat: words for each order, and buttons for some, purely.

These are commands of admins alone: of any other person they are commands that the bot does not
know.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, TypeAlias

from tickertape.delivery.actions import Button

__all__ = [
    "ORDERS",
    "AdminOrder",
    "AdmitGroup",
    "ApproveCode",
    "Decide",
    "ListAccess",
    "RefuseCode",
    "buttons_of",
    "decision_of",
    "parse",
]

ORDERS: Final = ("approve", "refuse", "admit", "access")
"""The names of the commands."""

_ORDER = re.compile(rf"/({'|'.join(ORDERS)})(?:\s+(.*))?\Z", re.IGNORECASE | re.DOTALL)
_LET_IN: Final = "access:let-in:"
_REFUSE: Final = "access:refuse:"


@dataclass(frozen=True, slots=True)
class ApproveCode:
    """Let the stranger in who was given a code."""

    code: str
    """The code; empty: none was named."""


@dataclass(frozen=True, slots=True)
class RefuseCode:
    """Refuse the stranger who was given a code."""

    code: str
    """The code; empty: none was named."""


@dataclass(frozen=True, slots=True)
class AdmitGroup:
    """Answer everyone in this group, or no longer."""

    on: bool
    """Which of both."""


@dataclass(frozen=True, slots=True)
class ListAccess:
    """List who is let in, and who asks to be."""


AdminOrder: TypeAlias = ApproveCode | RefuseCode | AdmitGroup | ListAccess
"""Anything that an admin can order by words."""


@dataclass(frozen=True, slots=True)
class Decide:
    """Decide about a request, by a button."""

    key: str
    """Names the request."""
    let_in: bool
    """Whether the stranger is let in; else refused."""


def parse(text: str) -> AdminOrder | None:
    """Return the order that `text` is, in any case of its name; None: it is none."""
    found = _ORDER.match(text)
    if found is None:
        return None
    argument = (found[2] or "").strip()
    match found[1].lower():
        case "approve":
            return ApproveCode(argument)
        case "refuse":
            return RefuseCode(argument)
        case "admit":
            return AdmitGroup(on=argument.lower() != "off")
        case _:
            return ListAccess()


def buttons_of(key: str) -> tuple[Button, ...]:
    """Return the buttons under the announcement of a request."""
    return (Button("✅ Let in", f"{_LET_IN}{key}"), Button("🚫 Refuse", f"{_REFUSE}{key}"))


def decision_of(data: str) -> Decide | None:
    """Return what a press with such data decides; None: it is about something else."""
    for prefix, let_in in ((_LET_IN, True), (_REFUSE, False)):
        if data.startswith(prefix):
            return Decide(data.removeprefix(prefix), let_in)
    return None
