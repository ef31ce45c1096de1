"""How replies stream, as a typed value: the `streaming` section of the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal, get_type_hints

from annotated_types import Interval, MaxLen

from tickertape.errors import ConfigError

__all__ = ["StreamingConfig"]

_ALLOWED = {
    "enabled": "true or false",
    "transport": "auto, draft, edit or off",
    "edit_interval": "a number of seconds from 0.05 to 60",
    "buffer_threshold": "a whole number of characters from 1 to 4096",
    "cursor": "a text of at most 8 characters",
    "reasoning": "hide, status, show or keep",
    "rich": "auto, always or off",
    "stop_button": "true or false",
    "silent": "true or false",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamingConfig:
    """How a reply is shown while it is being written."""

    enabled: bool = True
    """False: the whole answer comes at once, once."""
    transport: Literal["auto", "draft", "edit", "off"] = "auto"
    """`auto` uses drafts where a chat has them and edits elsewhere; `draft` and `edit` force one
    (a chat without drafts gets edits all the same); `off` shows no previews."""
    edit_interval: Annotated[float, Interval(ge=0.05, le=60)] = 0.3
    """Seconds: previews are never closer than this; the chat's budget decides the rest."""
    buffer_threshold: Annotated[int, Interval(ge=1, le=4096)] = 20
    """Unsent characters that make a preview worth sending."""
    cursor: Annotated[str, MaxLen(8)] = ""
    """What ends a preview, to show that more is coming; never part of a final."""
    reasoning: Literal["hide", "status", "show", "keep"] = "status"
    """What previews tell of the model's thinking, until the answer takes its place: nothing, one
    short line, or its newest words. A final has nothing of it, but for `keep`: there the thinking
    stays below the answer, folded."""
    rich: Literal["auto", "always", "off"] = "off"
    """When a message is made of blocks, where a chat has such messages: where it holds what they
    show better (tables, formulas, boxes, details), always, or never. Some readers' programs are too
    old to show them at all."""
    stop_button: bool = True
    """Whether a message that is being written carries a button that stops the answer."""
    silent: bool = False
    """Whether readers' devices make no sound for an answer, where a chat has sounds."""

    @classmethod
    def from_dict(cls, values: Mapping[str, object]) -> StreamingConfig:
        """Make the value from the keys of a configuration file.

        Raises:
            ConfigError: for an unknown key, a wrong type or a number out of range.
        """
        from pydantic import TypeAdapter, ValidationError  # noqa: PLC0415 - only config needs it

        hints = get_type_hints(cls, include_extras=True)
        checked: dict[str, Any] = {}
        for key, value in values.items():
            if key not in hints:
                raise ConfigError(str(key), value, f"one of the keys {', '.join(hints)}")
            try:
                checked[key] = TypeAdapter(hints[key]).validate_python(value, strict=True)
            except ValidationError:
                raise ConfigError(key, value, _ALLOWED[key]) from None
        return cls(**checked)

    def to_dict(self) -> dict[str, object]:
        """Return the keys and values as a configuration file has them."""
        return asdict(self)
