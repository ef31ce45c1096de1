"""What a webhook is: where Telegram posts, where we listen, and the secret between the two."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

from tickertape.errors import ConfigError
from tickertape.listening import Listen

__all__ = ["TelegramWebhook"]

# core.telegram.org/bots/api#setwebhook, 2026-11.
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{1,256}")


@dataclass(frozen=True, slots=True)
class TelegramWebhook:
    """The webhook of one bot.

    Raises:
        ConfigError: when it cannot be one; the text never shows the secret.
    """

    url: str
    """Where Telegram posts: the public address. Requests are known by its path."""
    listen: str
    """Where we listen, as `host:port`; a reverse proxy passes on what comes to `url`."""
    secret: str = field(repr=False)
    """What Telegram sends along, as a proof: 1 to 256 of `A-Z`, `a-z`, `0-9`, `_` and `-`."""

    def __post_init__(self) -> None:
        address = urlsplit(self.url)
        if address.scheme not in {"http", "https"} or not address.hostname or address.query:
            allowed = "an http:// or https:// address without a query"
            raise ConfigError("webhook.url", self.url, allowed)
        if not _SECRET.fullmatch(self.secret):
            allowed = "1 to 256 of A-Z, a-z, 0-9, _ and -"
            raise ConfigError("webhook.secret", "<not repeated here>", allowed)
        _ = self.at

    @classmethod
    def of(cls, settings: Mapping[str, str]) -> TelegramWebhook:
        """Return the webhook of the settings `url`, `listen` and `secret`.

        Raises:
            ConfigError: when one of them is missing, or it cannot be a webhook.
        """
        for key in ("url", "listen", "secret"):
            if key not in settings:
                raise ConfigError("webhook", sorted(settings), f"a mapping with {key}")
        return cls(settings["url"], settings["listen"], settings["secret"])

    @property
    def path(self) -> str:
        """The path of its requests, decoded."""
        return unquote(urlsplit(self.url).path) or "/"

    @property
    def at(self) -> Listen:
        """The host and the port of `listen`.

        Raises:
            ConfigError: when it is not `host:port`.
        """
        try:
            listen = Listen.of(self.listen)
        except ValueError:
            listen = None
        if listen is None or not listen.port:
            raise ConfigError("webhook.listen", self.listen, "a host and a port: 127.0.0.1:8443")
        return listen
