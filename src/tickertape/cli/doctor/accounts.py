"""Judges what a homeserver of Matrix says of an account, purely: whose token it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tickertape.channels.matrix.calls import Answer, CallDenied, CallGranted
from tickertape.cli.doctor.findings import Finding, error, ok
from tickertape.cli.doctor.servers import Reach, cure_of, obstacle_told

__all__ = ["AccountConfig", "account_findings"]

_SLOW: Final = 1.0
"""Events a second below which an answer is seen to come in pieces."""


@dataclass(frozen=True, slots=True)
class AccountConfig:
    """What the configuration says of an account."""

    subject: str
    """How findings call it."""
    key: str
    """The key of its section."""
    user: str
    """Its id."""
    variable: str
    """The variable that holds its token."""
    groups: str
    """Which messages of rooms it answers."""
    messages_per_second: float
    """Events that it may send in the long run."""
    lacks_keys: bool = False
    """Whether rooms are to be encrypted, and what encrypts is not installed."""


def account_findings(account: AccountConfig, whoami: Answer, reach: Reach) -> Iterator[Finding]:
    """Yield what there is to say of an account.

    Args:
        account: its configuration.
        whoami: the answer to the question whose the token is.
        reach: whether the server can be reached at all.
    """
    yield _known(account, whoami, reach)
    if account.lacks_keys:
        what = f"{account.key}.keys is set, but what encrypts is not installed"
        yield error(f"keys of {account.subject}", what, "pip install 'tickertape[matrix-e2e]'")


def _known(account: AccountConfig, whoami: Answer, reach: Reach) -> Finding:
    match whoami:
        case CallGranted(body={"user_id": str() as user}) if user == account.user:
            rate = account.messages_per_second
            slow = f" (an edit each {1 / rate:.0f} s: see docs/matrix.md, Limits)"
            limits = f"{rate:g} events a second{slow if rate < _SLOW else ''}"
            told = f"{user}, token accepted, groups: {account.groups}, {limits}"
            return ok(account.subject, told)
        case CallGranted(body={"user_id": str() as user}):
            what = f"the token belongs to {user}, not to {account.user}"
            cure = f"Put the token of {account.user} into {account.variable}"
            return error(account.subject, what, f"{cure}, or correct {account.key}.user.")
        case CallDenied(status=401, code=code):
            what = f"{reach.host} does not accept the token ({code})"
            cure = f"Log in again, and put the new token into {account.variable}"
            return error(account.subject, what, f"{cure} (docs/matrix.md, The account).")
        case CallDenied(code=str() as code, words=words) if code:
            what = f"{reach.host} refused: {code} {words}".rstrip()
            return error(account.subject, what, "Try again in a while.")
        case _ if reach.obstacle is not None:
            what = obstacle_told(reach.obstacle, reach.host)
            return error(account.subject, what, cure_of(reach.obstacle, _key(account)))
        case _:
            what = f"what answers at {reach.host} is no homeserver of Matrix"
            cure = f"Correct {_key(account)}: /.well-known/matrix/client of your server names it."
            return error(account.subject, what, cure)


def _key(account: AccountConfig) -> str:
    return f"{account.key}.homeserver"
