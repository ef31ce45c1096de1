"""Whether a server can be reached at all, as a value, and what to do if not; purely."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

__all__ = ["Obstacle", "Reach", "cure_of", "obstacle_told"]


class Obstacle(StrEnum):
    """What stands between us and a server."""

    NAME = "name"
    """Its name is not known."""
    REFUSED = "refused"
    """Nothing listens there."""
    TLS = "tls"
    """Its certificate is not trusted, or it speaks no TLS."""
    SILENT = "silent"
    """It does not answer in time."""
    NO_WAY = "no_way"
    """This machine has no way there."""
    BROKEN = "broken"
    """The connection broke, or it does not speak HTTP."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What became of one request to a server."""

    host: str
    """The server's name, with its port where the address has one."""
    obstacle: Obstacle | None = None
    """Why there was no answer; None if there was one, whatever it said."""
    clock_off: float | None = None
    """Seconds by which our clock is ahead of the server's; None if it did not tell the time."""


_TOLD: Final[Mapping[Obstacle, str]] = {
    Obstacle.NAME: "the name {host} is not known",
    Obstacle.REFUSED: "{host} refuses connections",
    Obstacle.TLS: "there is no trusted TLS connection to {host}",
    Obstacle.SILENT: "{host} did not answer within 10 s",
    Obstacle.NO_WAY: "there is no way to {host}",
    Obstacle.BROKEN: "{host} broke the connection off",
}
_CURES: Final[Mapping[Obstacle, str]] = {
    Obstacle.NAME: "Check {key}, and this machine's name server.",
    Obstacle.REFUSED: "Start the server, or correct the port in {key}.",
    Obstacle.TLS: "Check https in {key}, this machine's clock, and proxies on the way.",
    Obstacle.SILENT: "Check this machine's network and firewall, and {key}.",
    Obstacle.NO_WAY: "Check this machine's network, and {key}.",
    Obstacle.BROKEN: "Check the address in {key}: is it http, https, and the right port?",
}


def obstacle_told(obstacle: Obstacle, host: str) -> str:
    """Return what stands in the way, as a part of a sentence."""
    return _TOLD[obstacle].format(host=host)


def cure_of(obstacle: Obstacle, key: str) -> str:
    """Return what to do, as a sentence; `key` is the setting that has the address."""
    return _CURES[obstacle].format(key=key)
