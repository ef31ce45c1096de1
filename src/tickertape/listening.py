"""Addresses to listen at, and what to do about one that cannot be had, purely."""

from __future__ import annotations

import errno
import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final, Self

from tickertape.errors import ConfigError

__all__ = ["Listen", "not_listening", "why_not"]

# A name or an IPv4 address, or an IPv6 address in brackets; a colon, and a port.
_LISTEN: Final = re.compile(
    r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<host>[A-Za-z0-9._-]+)):(?P<port>\d{1,5})"
)
_LAST_PORT: Final = 65_535

_REASONS: Final[Mapping[int, tuple[str, str]]] = {
    errno.EADDRINUSE: (
        "another program listens there",
        "stop that one, or name another port",
    ),
    errno.EADDRNOTAVAIL: (
        "this machine does not have that address",
        "name 127.0.0.1, or 0.0.0.0 for all addresses that it has",
    ),
    errno.EACCES: (
        "the system keeps that port to itself",
        "name one from 1024 on",
    ),
}


@dataclass(frozen=True, slots=True)
class Listen:
    """An address to listen at."""

    host: str
    """A name, or the number of an interface."""
    port: int
    """0: the system chooses one."""

    @classmethod
    def of(cls, text: str) -> Self:
        """Return the address that is written as `HOST:PORT`.

        Raises:
            ValueError: for any other text.
        """
        found = _LISTEN.fullmatch(text)
        if found is None or int(found["port"]) > _LAST_PORT:
            raise ValueError(text)
        if found["six"] is not None:
            ip_address(found["six"])
        return cls(found["six"] or found["host"], int(found["port"]))

    @property
    def is_loopback(self) -> bool:
        """Whether only programs on this machine can reach it."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def why_not(error: OSError) -> tuple[str, str]:
    """Return why nothing can listen at an address, and what to do, both as phrases."""
    told = error.strerror or type(error).__name__
    return _REASONS.get(error.errno or 0, (told, "name an address of this machine"))


def not_listening(key: str, listen: object, error: OSError) -> ConfigError:
    """Return the refusal of an address that the setting `key` names; `error` is the system's."""
    why, cure = why_not(error)
    return ConfigError(key, str(listen), f"an address to listen at ({why}: {cure})")
