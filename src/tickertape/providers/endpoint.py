"""Where a model is, and how it is asked: one value, checked when it is made."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from tickertape.errors import ConfigError
from tickertape.providers.quirks.profile import Profile
from tickertape.providers.quirks.profiles import Protocol, profile_of

__all__ = ["Endpoint"]

_RESERVED: Mapping[Protocol, frozenset[str]] = {
    "chat_completions": frozenset({"messages", "model", "stream"}),
    "responses": frozenset({"input", "model", "stream"}),
    "messages": frozenset({"messages", "model", "stream"}),
}
"""The fields that the conversation and the connection decide."""

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A header's name (RFC 9110, section 5.6.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A model at a server, with all that is needed to ask it.

    Raises:
        ConfigError: when something of it can never work; the key is never repeated.
    """

    protocol: Protocol
    """How the server speaks: `chat_completions`, `responses` or `messages`."""
    base_url: str
    """Its address as the vendor's SDK takes it; `/v1` at the end is understood by all three."""
    model: str
    """The model's name there."""
    api_key: str | None = field(default=None, repr=False)
    """The key; None or "" where the server wants none."""
    parameters: Mapping[str, object] = field(default_factory=dict)
    """More fields of every request (`temperature`, `reasoning`, ...), sent as they are."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """More headers of every request (an account's id, say); they win over our own."""
    max_tokens: int | None = None
    """The longest answer, in tokens, under whatever name the server has for it."""
    profile: Profile | None = None
    """How the server wants to be asked; None: looked up by protocol, host and model."""
    first_byte_timeout: float | None = None
    """Seconds from a request to its answer's first byte; None: by prompt and server."""
    idle_timeout: float | None = None
    """Seconds that may pass without a byte after that; None: by server."""

    def __post_init__(self) -> None:
        """Check everything that can be checked without asking the server."""
        if self.protocol not in _RESERVED:
            raise ConfigError("provider.protocol", self.protocol, ", ".join(_RESERVED))
        _check_url(self.base_url)
        if not self.model.strip():
            raise ConfigError("provider.model", self.model, "the model's name at the server")
        if not _is_plain(self.key or ""):
            allowed = "a key of plain ASCII characters"
            raise ConfigError("provider.api_key_env", "(not shown)", allowed)
        _check_headers(self.headers)
        _check_parameters(self.parameters, _RESERVED[self.protocol])
        if self.max_tokens is not None and self.max_tokens < 1:
            raise ConfigError("provider.max_tokens", self.max_tokens, "a number from 1, or null")
        _check_seconds("provider.first_byte_timeout", self.first_byte_timeout)
        _check_seconds("provider.idle_timeout", self.idle_timeout)

    @property
    def key(self) -> str | None:
        """The key without what surrounds it; None where there is none."""
        return (self.api_key or "").strip() or None

    @property
    def host(self) -> str:
        """The server's name or address, with its port where the address has one."""
        return urlsplit(self.base_url).netloc.rpartition("@")[2].lower()

    @property
    def hostname(self) -> str:
        """The server's name or address alone."""
        return urlsplit(self.base_url).hostname or ""

    @property
    def origin(self) -> str:
        """Which model at which server: the name of whatever it says."""
        return f"{self.protocol} {self.model}@{self.host}"

    @property
    def ways(self) -> Profile:
        """How the server wants to be asked."""
        return self.profile or profile_of(self.protocol, self.hostname, self.model)


def _check_url(base_url: str) -> None:
    allowed = "an http:// or https:// address, such as https://api.openai.com/v1"
    try:
        url: SplitResult | None = urlsplit(base_url)
        usable = url is not None and url.scheme in {"http", "https"} and bool(url.hostname)
        usable = usable and url is not None and (url.port is None or url.port > 0)
    except ValueError:
        url, usable = None, False
    if not usable or re.search(r"\s", base_url):
        raise ConfigError("provider.base_url", _without_password(base_url), allowed)
    if url is not None and (url.username or url.password):
        allowed = "an address without a name or password in it; keys have a setting of their own"
        raise ConfigError("provider.base_url", _without_password(base_url), allowed)


def _without_password(url: str) -> str:
    return re.sub(r"//[^/]*@", "//...@", url)


def _is_plain(text: str) -> bool:
    return all("!" <= character <= "~" for character in text)


def _check_headers(headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        if not _TOKEN.fullmatch(name):
            raise ConfigError("provider.headers", name, "names of headers, such as X-Account")
        if not all(" " <= character <= "~" for character in value):
            allowed = "a value of plain ASCII characters"
            raise ConfigError(f"provider.headers.{name}", "(not shown)", allowed)


def _check_parameters(parameters: Mapping[str, object], reserved: frozenset[str]) -> None:
    for name, value in parameters.items():
        if name in reserved:
            allowed = f"any field of the request but {', '.join(sorted(reserved))}"
            raise ConfigError(f"provider.parameters.{name}", value, allowed)
        try:
            json.dumps(value, allow_nan=False).encode()
        except (TypeError, ValueError, RecursionError):
            raise ConfigError(f"provider.parameters.{name}", value, "what JSON can say") from None


def _check_seconds(key: str, value: float | None) -> None:
    if value is not None and not (math.isfinite(value) and value > 0):
        raise ConfigError(key, value, "seconds above 0, or null")
