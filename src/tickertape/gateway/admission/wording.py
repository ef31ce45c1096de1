"""The bot's sentences about who is let in, purely."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tickertape.gateway.access import Access, Admitted, Kind, shown_id
from tickertape.gateway.admission.requests import VALID_FOR, Request

__all__ = [
    "ADMITTED_GROUP",
    "EXPELLED_GROUP",
    "FULL",
    "IN_A_GROUP",
    "IN_PRIVATE",
    "LET_IN",
    "NOT_AN_ADMIN",
    "NOT_KEPT",
    "NOT_LISTED",
    "NO_REQUEST",
    "OVER",
    "REFUSED",
    "TOO_MANY_GUESSES",
    "WELCOME",
    "WHICH_CODE",
    "YOU_ARE_REFUSED",
    "announcement",
    "code_for",
    "listing",
    "said_of",
]

ADMITTED_GROUP = "I answer everyone in this group from here on. /admit off ends that."
"""Said where an admin admitted a group."""

EXPELLED_GROUP = "I answer only people here whom I know."
"""Said where an admin took the admission of a group back."""

FULL = "Too many people are asking to be let in at the moment: please write again in an hour."
"""Said to a stranger for whom there is no code."""

IN_A_GROUP = "Send /admit in the group that I shall answer."
"""Said to an admin who sends that in private."""

IN_PRIVATE = "Send me that in our private chat."
"""Said to an admin who sends in a group what is none of its business."""

LET_IN = "Let in."
"""Told to an admin who presses the button."""

NOT_AN_ADMIN = "Only an admin of this bot can decide that."
"""Told to another person who presses the button."""

NOT_LISTED = "I answer this group because the configuration says so (access.groups)."
"""Said where an admin takes an admission back that the operator's file gives."""

NOT_KEPT = "Who is let in is not kept here: only the configuration says it."
"""Said to an admin of a gateway that keeps nothing about it."""

NO_REQUEST = "No open request has this code. A code counts once, and for an hour."
"""Said to an admin who names a code that does not count."""

OVER = "This request is over."
"""Told to an admin who presses a button in vain."""

REFUSED = "Refused."
"""Told to an admin who presses the button."""

TOO_MANY_GUESSES = "Too many wrong codes: try again in an hour."
"""Said to an admin who names one wrong code after another."""

WELCOME = "You are let in: write to me."
"""Said to a person who was let in."""

WHICH_CODE = "Write the code behind it, as the person shows it to you: /approve AB12CD34"
"""Said to an admin who names no code."""

YOU_ARE_REFUSED = "Your request to be let in was refused."
"""Said to a stranger."""


def code_for(request: Request, code: str, now: float) -> str:
    """Return what a stranger is told with their code.

    Args:
        request: their request.
        code: the code.
        now: the moment, in seconds since 1970.
    """
    minutes = max(round((request.asked_at + VALID_FOR - now) / 60), 1)
    time = "an hour" if minutes >= 60 else "a minute" if minutes == 1 else f"{minutes} minutes"
    return (
        "I only answer people whom my operator has let in. "
        f"Show this code to the operator within {time}: {code}"
    )


def announcement(request: Request, *, buttons: bool) -> str:
    """Return what admins are told of a request.

    Args:
        request: the request.
        buttons: whether there are buttons below it.
    """
    asked = f"{_named(request.name, request.channel, request.id)} asks to be let in."
    if buttons:
        return asked
    return f"{asked} /approve lets them in, /refuse does not: each with the code they show you."


def said_of(verb: str, who: Request | Admitted) -> str:
    """Return what an admin is told of what they ordered by words: a verb, and who it is."""
    return f"{verb}: {_coded(who.name, who.channel, who.id)}"


def listing(access: Access, entries: Sequence[Admitted], requests: Iterable[Request]) -> str:
    """Return the list of those who are let in, and of those who ask to be, as Markdown."""
    listed = [("admin", one) for one in sorted(access.admins)]
    listed += [("user", one) for one in sorted(access.allow)]
    listed += [("group", one) for one in sorted(access.groups)]
    lines = [f"- `{one}`: {what}, by the configuration" for what, one in listed]
    for one in sorted(entries, key=lambda one: (one.kind, one.channel, one.id)):
        what = "group" if one.kind is Kind.GROUP else one.role.value
        by = f", by `{one.by}`" if one.by else ""
        lines.append(f"- {_coded(one.name, one.channel, one.id)}: {what}{by}")
    asking = [f"- {_coded(one.name, one.channel, one.id)}" for one in requests]
    if asking:
        lines += ["", "They ask to be let in:", "", *asking]
    return "\n".join(["These are let in:", "", *lines])


def _named(name: str, channel: str, id_: str) -> str:
    return f"{name or 'A person without a name'} ({shown_id(channel, id_)})"


def _coded(name: str, channel: str, id_: str) -> str:
    """Return who it is in Markdown: names hold no marks of it (`requests.shown_name`)."""
    id_ = f"`{shown_id(channel, id_)}`"
    return f"{name} ({id_})" if name else id_
