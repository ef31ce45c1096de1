"""Reading one JSON object strictly: every field has its type, and none is left over."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

__all__ = ["FieldError", "Fields", "is_unicode"]

_INT53 = 2**53


class FieldError(ValueError):
    """A field is missing, has the wrong type or range, or is not known; the text says which."""


class Fields:
    """One JSON object, read field by field; `close` refuses all other fields.

    Args:
        value: What was received; anything but an object raises `FieldError`.
        what: What the object is called in error texts.
    """

    def __init__(self, value: object, what: str) -> None:
        if not isinstance(value, Mapping):
            raise FieldError(f"{what} must be an Object")
        self._values: Mapping[str, object] = value
        self._what = what
        self._asked: set[str] = set()

    def __contains__(self, name: str) -> bool:
        return self._values.get(name) is not None

    def any(self, name: str) -> object:
        """Return the field as it stands; None if it is missing or null."""
        self._asked.add(name)
        return self._values.get(name)

    def needed(self, name: str) -> object:
        """Return the field as it stands; raise `FieldError` if it is missing or null."""
        value = self.any(name)
        if value is None:
            raise FieldError(f'Can\'t find field "{name}"')
        return value

    def text(self, name: str) -> str:
        """Return a required text."""
        return _text(self.needed(name), name)

    def maybe_text(self, name: str) -> str | None:
        """Return an optional text."""
        value = self.any(name)
        return None if value is None else _text(value, name)

    def integer(self, name: str, lowest: int = -_INT53, highest: int = _INT53) -> int:
        """Return a required whole number in a range."""
        return _integer(self.needed(name), name, lowest, highest)

    def maybe_integer(self, name: str, lowest: int = -_INT53, highest: int = _INT53) -> int | None:
        """Return an optional whole number in a range."""
        value = self.any(name)
        return None if value is None else _integer(value, name, lowest, highest)

    def number(
        self, name: str, lowest: float, highest: float, default: float | None = None
    ) -> float:
        """Return a finite number in a range; it is required unless there is a default."""
        if default is not None and name not in self:
            self.any(name)
            return default
        value = self.needed(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise FieldError(f'Field "{name}" must be of type Number')
        if not math.isfinite(value) or not lowest <= value <= highest:
            raise FieldError(f'Field "{name}" must be between {lowest:g} and {highest:g}')
        return float(value)

    def flag(self, name: str, default: bool = False) -> bool:
        """Return a truth value; the default if it is missing."""
        value = self.any(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise FieldError(f'Field "{name}" must be of type Boolean')
        return value

    def items(self, name: str) -> list[object]:
        """Return a required list."""
        value = self.needed(name)
        if not isinstance(value, list):
            raise FieldError(f'Field "{name}" must be of type Array')
        return value

    def one_of(self, name: str, allowed: Iterable[str]) -> str:
        """Return a required text, one of a closed set."""
        value = self.text(name)
        words = tuple(allowed)
        if value not in words:
            raise FieldError(f'Field "{name}" must be one of {", ".join(words)}')
        return value

    def close(self) -> None:
        """Refuse the fields that were not read."""
        unknown = sorted(str(name) for name in self._values if name not in self._asked)
        if unknown:
            raise FieldError(f'{self._what} has an unknown field "{unknown[0][:64]}"')


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise FieldError(f'Field "{name}" must be of type String')
    if not is_unicode(value):
        raise FieldError("Strings must be encoded in UTF-8")
    return value


def is_unicode(text: str) -> bool:
    """Return whether the text can be written as UTF-8: it has no lone surrogate."""
    return text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text)


def _integer(value: object, name: str, lowest: int, highest: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise FieldError(f'Field "{name}" must be of type Integer')
    if not lowest <= value <= highest:
        raise FieldError(f'Field "{name}" must be between {lowest} and {highest}')
    return value
