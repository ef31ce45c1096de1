"""Keeping the bot's token out of everything that people read.

The token is part of every address that the Bot API is called by, so that it can turn up in any
error text of an HTTP library. Whatever leaves the channel as text passes through here.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final, assert_never

from tickertape.delivery.actions import Accepted, Outcome, Refused, Throttled, Unknown

__all__ = ["redact", "redacted"]

_MARK: Final = "<token>"
# A token is the bot's number, a colon and a secret of 35 characters
# (core.telegram.org/bots/features#botfather, 2026-11).
_ANY_TOKEN: Final = re.compile(r"\d{6,}(?::|%3[Aa])[\w-]{20,}")
# A secret shorter than this is no secret, and blotting it out would eat words.
_SHORTEST_SECRET: Final = 6


def redact(text: str, token: str) -> str:
    """Return `text` without `token`, its secret half, and anything that looks like a token."""
    secret = token.partition(":")[2]
    for part in (token, secret):
        if len(part) >= _SHORTEST_SECRET:
            text = text.replace(part, _MARK)
    return _ANY_TOKEN.sub(_MARK, text)


def redacted(outcome: Outcome, token: str) -> Outcome:
    """Return the outcome with the token redacted from its detail; shown texts stay as they are."""
    match outcome:
        case Refused() | Unknown():
            return replace(outcome, detail=redact(outcome.detail, token))
        case Accepted() | Throttled():
            return outcome
        case _ as unreachable:
            assert_never(unreachable)
