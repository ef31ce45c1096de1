"""The surface of a Matrix room: a pure value, each number with its source.

A message is an event of at most 65,536 bytes (spec.matrix.org/v1.16/client-server-api, "Size
limits", 2026-11), which holds its text twice: plain, and as HTML. Its ruler counts the bytes of one
of the two, and what JSON and HTML write longer, in the mean of both.
"""

from __future__ import annotations

from typing import Final

from tickertape.delivery.surface import Bucket, Cadence, Surface
from tickertape.delivery.ways import EditWay, WholeWay
from tickertape.markup.pages import BlockLimits
from tickertape.markup.rulers import Ruler

__all__ = ["BURST_COUNT", "MESSAGES_PER_SECOND", "ROOM_ENCRYPTED", "TYPING_SECONDS", "surface_with"]

MESSAGES_PER_SECOND: Final = 0.2
"""Events a second that a user may send in the long run (element-hq/synapse,
docs/usage/configuration, `rc_message`, 2026-11)."""

BURST_COUNT: Final = 10
"""Events that a user may send at once, by the same default."""

ROOM_ENCRYPTED: Final = 44_000
"""Bytes of JSON that the bodies of a message may take where it is encrypted, for the same event:
Base64 makes four bytes of three."""

TYPING_SECONDS: Final = 10.0
"""How long the sign of typing stands: a choice. It stays that long where its end gets lost."""

_LIMIT: Final = 30_000
# Base64 makes four bytes of three, and the keys around it take some 500 more.
_LIMIT_ENCRYPTED: Final = 21_000

# `"` is `\"` in the plain body and `&quot;` in the HTML: 8 bytes for 2; `&` 6 for 2; a line break
# is `\n` in one and `<br>` in the other.
_ESCAPES: Final = (('"', 3), ("&", 2), ("<", 2), (">", 2), ("\n", 2), ("\\", 1))
# The longest marks are `<pre><code class="language-">` with their ends: 43 bytes, in one body.
_MARK: Final = 22
_RULER: Final = Ruler("utf8", _ESCAPES, mark=_MARK)

# Nothing in Matrix limits these; clients lay out what they get.
_BLOCKS: Final = BlockLimits(count=1_000, depth=30, columns=50)

# Clients load all edits of a message: a thousand of them keep a room from opening
# (HKUDS/nanobot#3151).
_EDITS: Final = 100

# A stop button is a reaction of the bot's: one event that makes it, and one that takes it away.
_BUTTON_CALLS: Final = 2


def surface_with(
    messages_per_second: float, burst_count: int, *, is_encrypted: bool = False
) -> Surface:
    """Return the surface of a room.

    Args:
        messages_per_second: events that the account may send in the long run, in all rooms.
        burst_count: events that it may send at once.
        is_encrypted: whether messages there are encrypted, which makes them longer.
    """
    bucket = Bucket(rate=messages_per_second, burst=burst_count)
    return Surface(
        limit=_LIMIT_ENCRYPTED if is_encrypted else _LIMIT,
        ruler=_RULER,
        ways=(EditWay(edits=_EDITS), WholeWay()),
        dialect="markdown",
        blocks=_BLOCKS,
        rich="always",
        typing_lifetime=TYPING_SECONDS,
        stop_buttons=True,
        button_calls=_BUTTON_CALLS,
        has_keys=True,
        cadence=Cadence(messages=(bucket,), shared=bucket),
    )
