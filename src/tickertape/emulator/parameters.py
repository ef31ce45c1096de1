"""The parameters of one Bot API call.

At the top level the Bot API is lax, since forms know only text: a number may come as text, a
structure as JSON text (core.telegram.org/bots/api#making-requests). Inside structures types are
strict. Unknown parameters are refused here although Telegram ignores them: a bot that sends them
is wrong.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from tickertape.emulator.answers import bad_request
from tickertape.emulator.fields import is_unicode
from tickertape.emulator.files import Upload

__all__ = ["Parameters", "strict_json"]

_INT64 = 2**63
_DEEPEST = 100
_TRUE = frozenset({"true", "1", "yes"})
_FALSE = frozenset({"false", "0", "no", ""})


def strict_json(source: str | bytes) -> object:
    """Parse one JSON value by the standard: UTF-8, no NaN, no infinity, bounded nesting.

    Raises:
        ValueError: It is not JSON, or nests deeper than 100 levels.
    """
    text = source if isinstance(source, str) else source.decode("utf-8")
    try:
        value = json.loads(text, parse_constant=_no_constant, parse_float=_finite)
    except RecursionError:
        raise ValueError("nested too deep") from None
    if _is_deeper(value, _DEEPEST):
        raise ValueError("nested too deep")
    return value


def _is_deeper(value: object, levels: int) -> bool:
    layer = [value]
    for _ in range(levels + 1):
        layer = [
            inner
            for outer in layer
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not layer:
            return False
    return True


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if number in {float("inf"), float("-inf")}:
        raise ValueError("number out of range")
    return number


class Parameters:
    """What was sent with one call, read with the types that the method wants.

    Args:
        values: The parameters as they came; null counts as missing.
        known: The names that the method has.

    Raises:
        BotApiError: A name is not known.
    """

    def __init__(self, values: Mapping[str, object], known: Iterable[str]) -> None:
        self._values = {name: value for name, value in values.items() if value is not None}
        names = set(known)
        for name in self._values:
            if name not in names:
                raise bad_request(f'unknown parameter "{name[:64]}"')

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def upload(self, name: str) -> Upload | None:
        """Return a file that is sent with the call; None if it is missing.

        Files that Telegram knows already, and files at an address, are not emulated.
        """
        value = self._values.get(name)
        if value is not None and not isinstance(value, Upload):
            raise bad_request(f'parameter "{name}" must be a file that is sent with the call')
        return value

    def _value(self, name: str) -> object:
        value = self._values.get(name)
        if isinstance(value, Upload):
            raise bad_request(f'parameter "{name}" is a file, and no file is expected')
        return value

    def text(self, name: str) -> str | None:
        """Return a text; a number is taken as it is written."""
        value = self._value(name)
        if isinstance(value, bool) or (
            value is not None and not isinstance(value, str | int | float)
        ):
            raise bad_request(f'parameter "{name}" must be a text')
        if value is None:
            return None
        text = str(value)
        if not is_unicode(text):
            raise bad_request("Strings must be encoded in UTF-8")
        return text

    def integer(self, name: str) -> int | None:
        """Return a whole number, or a text that is one."""
        value = self._value(name)
        if value is None:
            return None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, str) and _is_number(value):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise bad_request(f'parameter "{name}" must be an integer')
        if not -_INT64 <= value < _INT64:
            raise bad_request(f'parameter "{name}" is out of range')
        return value

    def flag(self, name: str) -> bool:
        """Return a truth value, or a text that is one; False if it is missing."""
        value = self._value(name)
        value = False if value is None else value
        if isinstance(value, bool):
            return value
        word = str(value).lower() if isinstance(value, str | int) else None
        if word in _TRUE:
            return True
        if word in _FALSE:
            return False
        raise bad_request(f'parameter "{name}" must be a boolean')

    def structure(self, name: str, what: str) -> object:
        """Return a JSON structure, or a text that is JSON; None if it is missing or empty."""
        value = self._value(name)
        if not isinstance(value, str):
            return value
        if not value.strip():
            return None
        try:
            return strict_json(value)
        except ValueError:
            raise bad_request(f"can't parse {what} JSON object") from None


def _is_number(text: str) -> bool:
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) <= 20
