"""What came in as text, and back: JSON, in which each part that is not words is named.

What has no name is a message. One that an older version stored is read as far as its fields have
defaults; one that cannot be read is a `MessageError`. The text is ASCII: any database takes it,
whatever people wrote.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Final

from tickertape.chat import ButtonPressed, Inbound, Message, Moved, StopPressed
from tickertape.message import Attachment, ForwardedMessage, MessagePart, QuotedMessage

if TYPE_CHECKING:
    from cattrs.preconf.json import JsonConverter

__all__ = ["MessageError", "dumps", "loads"]

_NAMED: Final[dict[str, type[MessagePart]]] = {
    part.__name__: part for part in (Attachment, QuotedMessage, ForwardedMessage)
}
_EVENTS: Final[dict[str, type[Inbound]]] = {
    event.__name__: event for event in (StopPressed, ButtonPressed, Moved)
}


class MessageError(ValueError):
    """Raised for a stored message, or another event, that cannot be read."""


def dumps(inbound: Inbound) -> str:
    """Return what came in as text."""
    if isinstance(inbound, Message):
        return _converter().dumps(inbound)
    told = {"is": type(inbound).__name__, **_converter().unstructure(inbound)}
    return _converter().dumps(told)


def loads(text: str) -> Inbound:
    """Return what `dumps` wrote.

    Raises:
        MessageError: when it is none.
    """
    try:
        told: dict[str, object] = json.loads(text)
        kind = _EVENTS[str(told.pop("is"))] if "is" in told else Message
        return _converter().structure(told, kind)
    except Exception as error:
        raise MessageError(f"not a message: {type(error).__name__}") from error


@cache
def _converter() -> JsonConverter:
    from cattrs.preconf.json import make_converter  # noqa: PLC0415 - few programs store messages

    converter = make_converter()

    def write(part: MessagePart) -> object:
        if isinstance(part, str):
            return part
        return {"is": type(part).__name__, **converter.unstructure(part)}

    def read(told: str | dict[str, str], _: object) -> MessagePart:
        return told if isinstance(told, str) else converter.structure(told, _NAMED[told["is"]])

    converter.register_unstructure_hook(MessagePart, write)
    # By a predicate: this converter has one of its own for unions with words, which comes first.
    converter.register_structure_hook_func(lambda kind: kind == MessagePart, read)
    return converter
