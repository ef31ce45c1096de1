"""One template, purely: what stands in its file, and what it makes of a question.

The form is that of the program `llm`: `prompt` and `system` may have `$input`, where the question
goes, and other variables, which `-p NAME VALUE` fills; `$$` is a dollar sign. A prompt without
`$input` stands before the question.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from string import Template as Text
from typing import Final

import yaml
from pydantic import JsonValue

from tickertape.cli.ask.extract import Which
from tickertape.errors import ConfigError, UsageError, did_you_mean
from tickertape.gateway.config.document import mapping_of

__all__ = ["FilledPrompt", "PromptTemplate", "params_of"]

_INPUT: Final = "input"
_KEYS: Final = ("prompt", "system", "model", "options", "defaults", "extract", "extract_last")


@dataclass(frozen=True, slots=True)
class FilledPrompt:
    """What a template makes of a question."""

    question: str
    """What is asked; empty if there is neither a prompt nor a question."""
    system: str | None
    """The system prompt; None: the template has none."""


@dataclass(frozen=True, slots=True)
class PromptTemplate:
    """A prompt, and how it is to be asked."""

    prompt: str = ""
    """What is asked; empty: the question alone."""
    system: str | None = None
    """The system prompt; None: as configured."""
    model: str = ""
    """The model; empty: the default."""
    options: Mapping[str, JsonValue] = field(default_factory=dict)
    """Fields of each request to the model."""
    defaults: Mapping[str, str] = field(default_factory=dict)
    """Values of variables that the command line leaves out."""
    extract: Which | None = None
    """The block of code that is wanted of the answer; None: all of it."""

    @classmethod
    def read(cls, text: str, name: str) -> PromptTemplate:
        """Return the template in a file.

        Args:
            text: the file.
            name: its name in errors.

        Raises:
            ConfigError: when it is no YAML.
            UsageError: when a key or a value cannot be used.
        """
        values = mapping_of(text, name, f"keys of a template: {', '.join(_KEYS)}")
        for key in values:
            if key not in _KEYS:
                near = did_you_mean(key, _KEYS)
                raise UsageError(f"{name}: a template has no {key!r}{near}")
        which = None
        if values.get("extract"):
            which = Which.FIRST
        if values.get("extract_last"):
            which = Which.LAST
        system = values.get("system")
        return cls(
            _text_of(values, "prompt", name),
            None if system is None else _text_of(values, "system", name),
            _text_of(values, "model", name),
            _mapping(values, "options", name),
            {key: str(value) for key, value in _mapping(values, "defaults", name).items()},
            which,
        )

    def filled(self, given: str, params: Mapping[str, str]) -> FilledPrompt:
        """Return what is asked, with a question and the values of variables filled in.

        Args:
            given: the question.
            params: values of variables, by their names.

        Raises:
            UsageError: when a variable has no value.
        """
        values = {**self.defaults, **params, _INPUT: given}
        missing = [name for name in self.variables if name not in values]
        if missing:
            named = " ".join(f"-p {name} VALUE" for name in missing)
            raise UsageError(f"the template wants a value for {', '.join(missing)}: {named}")
        question = _text(self.prompt).substitute(values)
        if _INPUT not in _text(self.prompt).get_identifiers():
            question = "\n".join(part for part in (question, given) if part)
        system = None if self.system is None else _text(self.system).substitute(values)
        return FilledPrompt(question, system)

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables that it has."""
        names = [*_text(self.prompt).get_identifiers(), *_text(self.system or "").get_identifiers()]
        return tuple(dict.fromkeys(names))

    def written(self) -> str:
        """Return the template as YAML."""
        told: dict[str, object] = {
            "prompt": self.prompt,
            "system": self.system,
            "model": self.model,
            "options": dict(self.options),
            "defaults": dict(self.defaults),
            "extract": self.extract is Which.FIRST,
            "extract_last": self.extract is Which.LAST,
        }
        return yaml.safe_dump(
            {key: value for key, value in told.items() if value},
            allow_unicode=True,
            sort_keys=False,
        )


def params_of(written: Sequence[str]) -> dict[str, str]:
    """Return values that were written as `name=value`.

    Raises:
        UsageError: when one has no name or no value.
    """
    found: dict[str, str] = {}
    for one in written:
        name, equals, value = one.partition("=")
        if not name or not equals:
            raise UsageError(f"-p {one}: write -p NAME VALUE")
        found[name] = value
    return found


def _text(words: str) -> Text:
    text = Text(words)
    if not text.is_valid():
        raise UsageError("a template with a $ that begins no name: write $$ for a dollar sign")
    return text


def _text_of(values: Mapping[object, object], key: str, name: str) -> str:
    value = values.get(key) or ""
    if not isinstance(value, str):
        raise ConfigError(f"{name}: {key}", value, "a text")
    return value


def _mapping(values: Mapping[object, object], key: str, name: str) -> dict[str, JsonValue]:
    value = values.get(key) or {}
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value):
        raise ConfigError(f"{name}: {key}", value, "names with values")
    return value
