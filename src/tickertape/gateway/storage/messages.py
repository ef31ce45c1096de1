"""A message as text, and back: JSON, in which each part that is not words is named.

A message that an older version stored is read as far as its fields have defaults; one that cannot
be read is a `MessageError`. The text is ASCII: any database takes it, whatever people wrote.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from tickertape.chat import Message
from tickertape.message import Attachment, ForwardedMessage, MessagePart, QuotedMessage

if TYPE_CHECKING:
    from cattrs.preconf.json import JsonConverter

__all__ = ["MessageError", "dumps", "loads"]

_NAMED: Final[dict[str, type[MessagePart]]] = {
    part.__name__: part for part in (Attachment, QuotedMessage, ForwardedMessage)
}


class MessageError(ValueError):
    """Raised for a stored message that cannot be read."""


def dumps(message: Message) -> str:
    """Return a message as text."""
    return _converter().dumps(message)


def loads(text: str) -> Message:
    """Return the message that `dumps` wrote.

    Raises:
        MessageError: when it is none.
    """
    try:
        return _converter().loads(text, Message)
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
