"""What one message of a Responses stream carries, read as far as it is needed.

Fields that no event needs (`obfuscation`, `sequence_number`, `logprobs`) are skipped unread, and
items and responses stay JSON until they are needed: `response.created` repeats the whole
request, tools included.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from tickertape.providers.json_text import parsed

__all__ = ["PAYLOAD", "Payload", "mapping"]

_NOTHING = msgspec.Raw()


class Payload(msgspec.Struct, gc=False):
    """One message; a field that it does not have is None or empty."""

    type: object = None
    """What the message is."""
    delta: object = None
    """More of a text or of arguments."""
    item_id: object = None
    """The item that it belongs to; servers exist that change it from message to message."""
    output_index: object = None
    """The place of that item in the answer; servers exist that leave it out."""
    content_index: object = None
    """The place of the part within a message or a raw thought."""
    summary_index: object = None
    """The place of the part within a summary of thoughts."""
    arguments: object = None
    """All arguments of a call."""
    name: object = None
    """The name of a call's tool."""
    item: msgspec.Raw = _NOTHING
    """The item, as JSON."""
    response: msgspec.Raw = _NOTHING
    """The response, as JSON."""
    output: msgspec.Raw = _NOTHING
    """The items of a response that was not streamed, as JSON."""
    error: object = None
    """An error; all other fields are ignored then, unless the type says otherwise."""
    detail: object = None
    """The same, as FastAPI and the ChatGPT back end name it."""
    message: object = None
    """The same, flat."""


PAYLOAD = msgspec.json.Decoder(Payload)
"""Reads a message; raises a ValueError where there is none."""


def mapping(raw: bytes | msgspec.Raw) -> Mapping[str, object]:
    """Read a JSON object that a message holds; empty for anything else."""
    said = parsed(bytes(raw))
    return said if isinstance(said, dict) else {}
