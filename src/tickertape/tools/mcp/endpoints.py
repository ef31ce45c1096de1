"""Endpoints of MCP servers: a program to start, or an address. Neither ever shows its secrets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import parse_qsl, urlsplit

__all__ = ["McpEndpoint", "McpHttp", "McpStdio"]

# A shorter value is no secret, and to hide it would make words unreadable.
_SHORTEST_SECRET = 4


@dataclass(frozen=True, slots=True)
class McpStdio:
    """A server that is a program of ours, spoken with over its input and output."""

    command: str
    """The program, as the shell finds it; no shell reads it."""
    args: tuple[str, ...] = field(default=(), repr=False)
    """Its arguments."""
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Variables for it, next to the few that it always gets (`PATH`, `HOME` and the like): it sees
    no other variable of ours."""
    cwd: str | None = None
    """The folder in which it runs; ours where None."""

    def without_secrets(self, text: str) -> str:
        """Hide the values of its variables in `text`."""
        return _hidden(text, self.env.values())


@dataclass(frozen=True, slots=True)
class McpHttp:
    """A server that listens at an address (streamable HTTP)."""

    url: str = field(repr=False)
    """The address of its endpoint."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What is sent with every request; it is never sent to another origin."""

    def without_secrets(self, text: str) -> str:
        """Hide the values of headers, and of the address's query, user and password, in `text`."""
        words = [word for value in self.headers.values() for word in (value, *value.split())]
        return _hidden(text, [*words, *_secrets_of(self.url)])


McpEndpoint: TypeAlias = McpStdio | McpHttp
"""Any place an MCP server can be at."""


def _secrets_of(url: str) -> list[str]:
    """Return the secrets that an address may hold."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return [url]
    queried = [value for _, value in parse_qsl(parts.query)]
    return [*queried, parts.username or "", parts.password or ""]


def _hidden(text: str, secrets: Iterable[str]) -> str:
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, "***")
    return text
