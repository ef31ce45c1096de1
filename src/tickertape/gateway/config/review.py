"""Every mistake of the operator's file at once, each with its line, purely.

The first error of a file hides others: a section is judged as a whole only when all of its values
are good, and some checks end with the first thing that they refuse. So what was refused is taken
out, and the rest is judged again, until nothing is refused any more:

1. Each mistake is told once, in the words in which it ends a start.
2. What follows from a mistake is not told: a value that is an error only because another one was
   taken out of it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from tickertape.errors import ConfigError, ConfigSyntaxError
from tickertape.gateway.config.document import Location, lines_of, mapping_of
from tickertape.gateway.config.gateway_config import GatewayConfig
from tickertape.gateway.config.mistakes import first_mistake, keys_of
from tickertape.gateway.config.refusals import Unshown, dotted, refusal
from tickertape.plugins import Group, find

__all__ = ["Mistake", "Review", "config_of", "review", "values_of"]

# Pydantic ends the location of an error so if it is about the key of a mapping.
_OF_A_KEY: Final = "[key]"


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something in the file that cannot be used."""

    error: ConfigError
    """What, and what is allowed."""
    at: Location = ()
    """Where in the document; () if it cannot be read at all."""
    line: int | None = None
    """The line, counted from 1; None if it is not known."""

    def told(self, name: str) -> str:
        """Return it as one line, with its place in the file `name`."""
        return f"{self.error} ({name}:{self.line})" if self.line else str(self.error)


@dataclass(frozen=True, slots=True)
class Review:
    """What there is to say of a file."""

    mistakes: tuple[Mistake, ...] = ()
    """All mistakes, in the order of their lines."""
    config: GatewayConfig | None = None
    """What the file says, with defaults in place of the mistakes; None if it cannot be read."""

    @property
    def broken(self) -> frozenset[str]:
        """The sections that have a mistake, and therefore do not say what was meant."""
        return frozenset(str(mistake.at[0]) for mistake in self.mistakes if mistake.at)


def values_of(text: str, name: str) -> dict[object, object]:
    """Return what stands in a text, not judged yet; errors call it `name`.

    Raises:
        ConfigError: when it is no YAML, or no mapping.
    """
    return mapping_of(text, name, "a mapping with the keys " + keys_of(()))


def config_of(values: Mapping[object, object]) -> GatewayConfig:
    """Return the configuration of what stands in a file.

    Raises:
        ValidationError: when values cannot be used.
        ConfigError: when a value cannot be used, or does not fit another one.
    """
    _check_texts(values)
    config = GatewayConfig.model_validate(values)
    _check_plugins(config)
    return config


def review(text: str, name: str) -> Review:
    """Return all that there is to say of a file; errors call it `name`."""
    try:
        values = values_of(text, name)
    except ConfigSyntaxError as error:
        return Review((Mistake(error, line=error.line),))
    except ConfigError as error:
        return Review((Mistake(error),))
    draft, lines = _Draft(values), lines_of(text)
    found: list[Mistake] = []
    while True:
        refused, config = _judged(draft)
        if config is not None:
            return Review(_in_order(found), config)
        for at, mistake in refused:
            # Where something below was refused, this follows from its absence.
            if not any(one.at[: len(at)] == at for one in found):
                found.append(Mistake(mistake, at, _line_of(at, lines)))
        taken = [draft.take_out(at) for at, _ in refused]
        if not any(taken):
            return Review(_in_order(found))


def _judged(draft: _Draft) -> tuple[list[tuple[Location, ConfigError]], GatewayConfig | None]:
    """Return what is refused in a draft, each with its location; or the configuration."""
    try:
        return [], config_of(draft.values)
    except ValidationError as error:
        return [draft.refused(one) for one in error.errors(include_url=False)], None
    except ConfigError as error:
        return [draft.renamed(_location_of(error, draft.values), error)], None


def _in_order(found: list[Mistake]) -> tuple[Mistake, ...]:
    return tuple(sorted(found, key=lambda mistake: mistake.line or 0))


def _line_of(at: Location, lines: Mapping[Location, int]) -> int | None:
    """Return the line of a value; of what holds it, where nothing stands there."""
    return next((lines[at[:end]] for end in range(len(at), 0, -1) if at[:end] in lines), None)


class _Draft:
    """What stands in the file, without what was refused. All locations are those of the file."""

    def __init__(self, values: dict[object, object]) -> None:
        self.values: dict[Any, Any] = copy.deepcopy(values)
        self._left: dict[Location, list[int]] = {}
        self._emptied: set[Location] = set()

    def refused(self, error: ErrorDetails) -> tuple[Location, ConfigError]:
        """Return an error that pydantic found, with its location."""
        at = error["loc"]
        return self.renamed(at[:-1] if at[-1:] == (_OF_A_KEY,) else at, first_mistake(error))

    def renamed(self, at: Location, error: ConfigError) -> tuple[Location, ConfigError]:
        """Return the error of what is at `at` in `values`, with the location and key in the file.

        They differ in a list from which something was taken out.
        """
        there = self.original(at)
        if there != at and error.key == dotted(at):
            error = ConfigError(dotted(there), error.value, error.allowed)
        return there, error

    def original(self, at: Location) -> Location:
        """Return the location in the file of what is at `at` in `values`."""
        found: Location = ()
        for part in at:
            left = self._left.get(found) if isinstance(part, int) else None
            found = (*found, left[part] if left and isinstance(part, int) else part)
        return found

    def take_out(self, at: Location) -> bool:
        """Take out the value at `at`, or what holds it; return whether anything was there.

        A model is emptied first: other sections name it.
        """
        while at:
            holder, key = self._holder_of(at), at[-1]
            if isinstance(holder, list) and isinstance(key, int):
                left = self._left.setdefault(at[:-1], list(range(len(holder))))
                if key in left:
                    del holder[left.index(key)]
                    left.remove(key)
                    return True
            elif isinstance(holder, dict) and key in holder:
                if at[:1] == ("models",) and len(at) == 2 and at not in self._emptied:
                    self._emptied.add(at)
                    holder[key] = {}
                else:
                    del holder[key]
                return True
            at = at[:-1]
        return False

    def _holder_of(self, at: Location) -> object:
        """Return the mapping or list in which a value stands; None if there is none."""
        found: Any = self.values
        for end, part in enumerate(at[:-1]):
            if isinstance(found, list) and isinstance(part, int):
                left = self._left.get(at[:end], list(range(len(found))))
                found = found[left.index(part)] if part in left else None
            else:
                found = found.get(part) if isinstance(found, dict) else None
        return found


def _location_of(error: ConfigError, values: Mapping[object, object]) -> Location:
    """Return where the value is that an error names by its dotted key."""
    known = {dotted(at): at for at, _ in _entries(values, (), set())}
    at = known.get(error.key)
    if at is not None:
        # A mapping that is refused for one of its keys.
        child = f"{error.key}.{error.value}"
        return known.get(child, at)
    for end in range(len(error.key) - 1, 0, -1):
        if error.key[end] in ".[" and (holder := known.get(error.key[:end])) is not None:
            return (*holder, error.key[end:].strip(".[]"))
    return (error.key,)


def _entries(value: object, at: Location, seen: set[int]) -> Iterator[tuple[Location, object]]:
    """Yield all that stands in a value, each with its location; `seen` are ids of holders."""
    if id(value) in seen:
        return
    if isinstance(value, dict | list):
        seen.add(id(value))
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in items:
            there = (*at, key if isinstance(key, int | str) else str(key))
            yield there, inner
            yield from _entries(inner, there, seen)


def _check_texts(values: Mapping[object, object]) -> None:
    """Check that no text has a NUL: programs, paths and databases cannot take it.

    Raises:
        ConfigError: for the first one.
    """
    for at, value in _entries(values, (), set()):
        if any(isinstance(text, str) and "\0" in text for text in (at[-1], value)):
            raise ConfigError(dotted(at), Unshown("a text with a NUL"), r"a text without \0")


def _check_plugins(config: GatewayConfig) -> None:
    """Check that packages offer all named channel types, tools and engines; nothing is imported.

    Raises:
        ConfigError: for the first name that none offers; lists the names that there are.
    """
    try:
        for name, channel in config.channels.items():
            find(Group.CHANNELS, channel.type, key=f"channels.{name}.type")
        for at, name in enumerate(config.tools.builtin):
            find(Group.TOOLS, name, key=f"tools.builtin[{at}]")
        if config.speech.engine != "off":
            find(Group.SPEECH, config.speech.engine, key="speech.engine")
    except ConfigError as error:
        raise refusal(error.key, error.value, error.allowed) from None
