"""Refuses values of the operator's file without repeating possible secrets, purely.

Keys and tokens get pasted into the wrong place: instead of a variable's name, under a key that does
not exist, into an address. The refusal of such a value must not carry it into a terminal or a log.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tickertape.errors import ConfigError, did_you_mean

__all__ = ["Unshown", "dotted", "masked", "one_of", "refusal"]

_NAMES = re.compile(r"token|key|secret|passw|credential|headers|_env\b", re.IGNORECASE)
# A bot's token, a key with a vendor's prefix, a long run without a blank, or an address with a
# user or a query in it: the looks of pasted secrets.
_LOOKS = re.compile(
    r"\d{3,}:[\w-]+|\b(?:sk|pk|hf|gh\w|xox\w)[-_]\w+|\bAKIA\w+|[\w+/=-]{24,}"
    r"|://[^/\s]*@|[?&][^=\s]*="
)


@dataclass(frozen=True, slots=True)
class Unshown:
    """Stands in an error for a value that is not repeated there."""

    why: str
    """The words in its place."""

    def __repr__(self) -> str:
        return f"<{self.why}>"


def masked(text: str) -> str:
    """Return `text` with dots for everything that looks like a secret."""
    return _LOOKS.sub("...", text)


def refusal(key: str, value: object, allowed: str) -> ConfigError:
    """Return the error for a value that cannot be used.

    Args:
        key: the dotted name of the setting.
        value: the value; shown only if it cannot be a secret.
        allowed: the allowed values, as a phrase.
    """
    if isinstance(value, Mapping):
        return ConfigError(key, Unshown("a mapping"), allowed)
    if isinstance(value, list | tuple):
        return ConfigError(key, Unshown("a list"), allowed)
    if isinstance(value, str) and value and _may_be_secret(key, value):
        return ConfigError(key, Unshown("not repeated here: it may be a secret"), allowed)
    return ConfigError(key, value, allowed)


def _may_be_secret(key: str, value: str) -> bool:
    # A database's address that was mistyped may hold its password anywhere.
    is_address = key == "storage.url" and not {":", "@"}.isdisjoint(value)
    return is_address or bool(_LOOKS.search(value) or _NAMES.search(key))


def dotted(location: Iterable[int | str]) -> str:
    """Return the dotted name of a setting, from the keys and numbers that lead to it."""
    text = ""
    for part in location:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            name = masked(part)
            plain = re.fullmatch(r"[\w.-]+", name) is not None
            text += ("." if text else "") + (name if plain else repr(name))
    return text


def one_of(what: str, names: Iterable[str], given: object = None) -> str:
    """Return the phrase that lists allowed names, and the one that may have been meant."""
    listed = tuple(names)
    return f"one of the {what} {', '.join(listed)}{did_you_mean(given, listed)}"
