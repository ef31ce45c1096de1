"""The JSON of one message of the stream, read as kindly as can be.

`EventPayload` has the fields that the hot path looks at; what is rare stays JSON, and is read again
by `json_text.parsed` when it is wanted.
"""

from __future__ import annotations

import msgspec

__all__ = ["PAYLOAD", "BlockDelta", "EventPayload"]


class BlockDelta(msgspec.Struct, gc=False):
    """More of a content block, or of the message itself."""

    text: object = None
    """Words."""
    thinking: object = None
    """Thinking."""
    signature: object = None
    """What proves that the server made the thinking."""
    partial_json: object = None
    """A piece of a tool's input, as JSON."""
    stop_reason: object = None
    """Why the message ended, in a `message_delta`."""


class EventPayload(msgspec.Struct, gc=False):
    """What one message of the stream says. Nothing is promised about any field's type."""

    type: object = None
    """Which message it is."""
    index: object = None
    """Which content block it belongs to."""
    delta: BlockDelta | None = None
    """More of it."""
    content_block: object = None
    """The block that begins."""
    message: object = None
    """The message that begins; in errors of some servers, their words."""
    usage: object = None
    """The tokens that were used."""
    error: object = None
    """What went wrong."""
    detail: object = None
    """What went wrong, as servers built with FastAPI say it."""


PAYLOAD = msgspec.json.Decoder(EventPayload)
"""Reads a message; raises a ValueError where there is none."""
