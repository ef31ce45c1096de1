"""Lines of JSON over a socket: how the hub and its channels talk."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, TypeAlias

__all__ = ["Heard", "Line", "Lost", "Wire"]

Line: TypeAlias = list[Any]
Heard: TypeAlias = "Callable[[Wire, Line], None]"
Lost: TypeAlias = "Callable[[Wire], None]"


class Wire(asyncio.Protocol):
    """One connection; each line is a list."""

    def __init__(self, heard: Heard, lost: Lost) -> None:
        """Begin to talk.

        Args:
            heard: called with each line.
            lost: called when the connection has ended.
        """
        self._heard = heard
        self._lost = lost
        self._rest = b""
        self._transport: asyncio.Transport | None = None

    @property
    def is_open(self) -> bool:
        """Whether lines can be sent."""
        return self._transport is not None and not self._transport.is_closing()

    def send(self, *line: object) -> None:
        """Send a line; it is in the socket when this returns, unless that is full."""
        if self._transport is not None:
            self._transport.write(json.dumps(line).encode() + b"\n")

    def close(self) -> None:
        """End the connection."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to talk; see `asyncio.Protocol`."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Take in lines; see `asyncio.Protocol`."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._heard(self, json.loads(line))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - as it is called
        """End; see `asyncio.Protocol`."""
        self._transport = None
        self._lost(self)
