"""Cuts of a recorded stream: what a decoder says must not hang on where they are."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

_IN_TWO = 1_500
"""Bytes; a longer stream is cut at several places at once, or its readings would take minutes."""
_PERIOD = 128
"""Bytes between two such places: most messages have one to three, and many bytes of each kind."""


def each_cut(stream: bytes) -> Iterator[list[bytes]]:
    """Yield a stream in pieces, so often that each of its bytes was the place of a cut.

    A short one comes in two pieces, a long one in pieces of 128 bytes whose first may be shorter.
    The last time it comes in single bytes.
    """
    period = len(stream) if len(stream) <= _IN_TWO else _PERIOD
    for first in range(period + 1):
        cuts = [0, *range(first, len(stream), max(period, 1)), len(stream)]
        yield [stream[start:end] for start, end in pairwise(cuts)]
    yield [stream[at : at + 1] for at in range(len(stream))]
