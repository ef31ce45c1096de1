"""Strangers who ask to be let in, as values, purely.

A stranger is given a code, and shows it to the operator by a way on which they know each other: it
tells the operator which of the strangers they are. Only a hash of the code is kept. A code counts
once, for an hour, for the one who got it; of all strangers at most three have one at a time.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from string import ascii_uppercase, digits
from typing import Final

from tickertape.chat import Person

__all__ = [
    "ALPHABET",
    "LENGTH",
    "SLOTS",
    "VALID_FOR",
    "Request",
    "digest_of",
    "free_slot",
    "matching",
    "read_code",
    "request_of",
    "shown_name",
]

ALPHABET: Final = ascii_uppercase + digits
"""What codes are made of."""
LENGTH: Final = 8
"""Characters of a code: 36 ** 8, three million millions, are possible."""
VALID_FOR: Final = 3600.0
"""Seconds for which a code counts."""
SLOTS: Final = (1, 2, 3)
"""The places of strangers who have a code."""

# What a hash costs (scrypt's N): with 2 ** 12 some 10 ms and 4 MB.
_COST = 2**12
# The longest name that is shown. A choice: Telegram's have up to 129 characters, and a person chose
# it who may want to be taken for another one.
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Request:
    """A stranger who has a code."""

    slot: int
    """Their place, one of `SLOTS`."""
    key: str
    """Names the request in buttons: at random, and never used again."""
    channel: str
    """The channel in which they wrote."""
    id: str
    """The person there."""
    name: str
    """How the platform shows them, cleaned; never logged."""
    chat: str
    """The private chat in which they wrote."""
    salt: str
    """What the code was hashed with, in hexadecimal digits."""
    digest: str
    """The hash of the code, in hexadecimal digits."""
    asked_at: float
    """When they got the code, in seconds since 1970."""

    def is_open(self, now: float) -> bool:
        """Return whether the code still counts. A clock that was set back ends it, too."""
        return 0 <= now - self.asked_at < VALID_FOR

    def matches(self, code: str) -> bool:
        """Return whether `code` is the one that was given; takes the same time for any code."""
        return hmac.compare_digest(digest_of(code, self.salt), self.digest)


def digest_of(code: str, salt: str) -> str:
    """Return the hash of a code, in hexadecimal digits.

    Slow on purpose, some 10 ms: to try all codes on a thousand cores takes a year, and a code lives
    for an hour.

    Args:
        code: any text.
        salt: hexadecimal digits.
    """
    hashed = hashlib.scrypt(code.encode(), salt=bytes.fromhex(salt), n=_COST, r=8, p=1, dklen=32)
    return hashed.hex()


def read_code(text: str) -> str:
    """Return a code as it is compared: in capitals, without blanks and dashes around or within."""
    return "".join(text.split()).replace("-", "").upper()


def matching(requests: Iterable[Request], code: str) -> Request | None:
    """Return the request to which a code was given, open or not; None: there is none.

    Every request is looked at, whatever the others are.
    """
    found = [request for request in requests if request.matches(code)]
    return found[0] if found else None


def request_of(requests: Iterable[Request], channel: str, id_: str) -> Request | None:
    """Return the request of a person; None: they have none."""
    return next((one for one in requests if (one.channel, one.id) == (channel, id_)), None)


def free_slot(requests: Iterable[Request]) -> int | None:
    """Return a place that no request has; None: all are taken."""
    taken = {request.slot for request in requests}
    return next((slot for slot in SLOTS if slot not in taken), None)


def shown_name(person: Person) -> str:
    """Return a person's name on one line, without what could be taken for anything but a name.

    Invisible and directing characters are left out, and marks of Markdown: an admin decides by it.
    """
    visible = "".join(
        one if one.isprintable() and one not in "`*_[]<>" else " " for one in person.name
    )
    words = " ".join(visible.split())
    return words if len(words) <= _LONGEST_NAME else f"{words[: _LONGEST_NAME - 1]}…"
