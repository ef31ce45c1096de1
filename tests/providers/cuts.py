"""Cuts of a stream: what a decoder says must not hang on where they are."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

_PERIOD = 256
"""Bytes between two cuts of one reading: most messages are shorter, so that a cut finds the decoder
as it would without the one before; and a stream is read 256 times, not once for each byte."""


def each_cut(stream: bytes) -> Iterator[list[bytes]]:
    """Yield a stream in pieces, so often that each of its bytes was the place of a cut.

    They have 256 bytes, but for the first and the last: shorter streams are cut in two. The last
    time the pieces are single bytes.
    """
    for first in range(min(_PERIOD, len(stream)) + 1):
        cuts = [0, *range(first, len(stream), _PERIOD), len(stream)]
        yield [stream[start:end] for start, end in pairwise(cuts)]
    yield [stream[at : at + 1] for at in range(len(stream))]
