"""Bodies that come packed although none was asked for: gzip and deflate, as they come; pure.

A packed stream may be cut into members of its own (RFC 1952, section 2.2), and `deflate` is zlib's
format or the bare one (RFC 9110, section 8.4.1.2).
"""

from __future__ import annotations

import zlib

__all__ = ["PACKED", "Unpacker", "unpacked"]

PACKED = frozenset({"gzip", "x-gzip", "deflate"})
"""The values of `content-encoding` that are understood here."""

_GZIP, _ZLIB, _BARE = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS


class Unpacker:
    """Unpacks one body. `unpack` takes its bytes as they come."""

    __slots__ = ("_inflating", "_is_gzip", "_start")

    def __init__(self, encoding: str) -> None:
        """Begin a body.

        Args:
            encoding: one of `PACKED`.
        """
        self._is_gzip = encoding != "deflate"
        self._inflating = zlib.decompressobj(_GZIP)
        # The bytes that tell the two formats of deflate apart, until they are there.
        self._start: bytes | None = None if self._is_gzip else b""

    def unpack(self, data: bytes) -> bytes:
        """Return what the next bytes hold.

        Raises:
            zlib.error: when they are not packed.
        """
        if self._start is not None:
            data = self._start + data
            if len(data) < 2:
                self._start = data
                return b""
            self._start = None
            is_zlib = data[0] & 15 == 8 and int.from_bytes(data[:2]) % 31 == 0
            self._inflating = zlib.decompressobj(_ZLIB if is_zlib else _BARE)
        said = self._inflating.decompress(data)
        while (more := self._inflating.unused_data) and self._is_gzip and more.strip(b"\0"):
            if not b"\x1f\x8b".startswith(more[:2]):
                break  # what stands behind the last member means nothing
            self._inflating = zlib.decompressobj(_GZIP)
            said += self._inflating.decompress(more)
        return said


def unpacked(body: bytes, encoding: str) -> bytes:
    """Return a body as far as it can be unpacked; one that is not packed as it is.

    Args:
        body: its bytes, perhaps not all of them.
        encoding: the header `content-encoding`.
    """
    encoding = encoding.strip().lower()
    if encoding not in PACKED:
        return body
    unpacker, said = Unpacker(encoding), b""
    try:
        for begin in range(0, len(body), 1024):
            said += unpacker.unpack(body[begin : begin + 1024])
    except zlib.error:
        return said or body
    return said
