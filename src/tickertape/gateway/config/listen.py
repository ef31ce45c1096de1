"""An address to listen on, purely."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final, Self

__all__ = ["Listen"]

# A name or an IPv4 address, or an IPv6 address in brackets; a colon, and a port.
_LISTEN: Final = re.compile(
    r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<host>[A-Za-z0-9.-]+)):(?P<port>\d{1,5})"
)
_LAST_PORT: Final = 65_535


@dataclass(frozen=True, slots=True)
class Listen:
    """An address to listen on."""

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
