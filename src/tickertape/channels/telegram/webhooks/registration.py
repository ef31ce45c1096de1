"""What is asked of Telegram about a webhook, and what it tells of one: pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from tickertape.channels.telegram.calls import ApiCall, one_line
from tickertape.channels.telegram.inbound import ALLOWED_UPDATES
from tickertape.channels.telegram.webhooks.hook import TelegramWebhook

__all__ = [
    "INFO",
    "MAX_CONNECTIONS",
    "REMOVE",
    "Registered",
    "registered_in",
    "registration_of",
]

MAX_CONNECTIONS: Final = 10
"""Updates that Telegram brings at once, each of another chat: a choice. They are committed one by
one, each within milliseconds, so that more would only wait; ten that take 100 ms on the way are a
hundred a second, and a bot may say 30."""

INFO: Final = ApiCall("getWebhookInfo")
"""Asks what Telegram knows of the webhook."""

REMOVE: Final = ApiCall("deleteWebhook", {"drop_pending_updates": False})
"""Removes the webhook; what waits goes on waiting."""


@dataclass(frozen=True, slots=True)
class Registered:
    """What Telegram knows of a bot's webhook (`getWebhookInfo`)."""

    url: str = ""
    """Where it posts; empty: there is no webhook."""
    waiting: int = 0
    """The updates that wait."""
    failed_at: int = 0
    """When it last failed to bring one, in seconds since 1970; 0: never since it was set."""
    failure: str = ""
    """Why, in Telegram's words."""

    @property
    def failed(self) -> str:
        """When it last failed to bring an update, as ISO 8601 has it."""
        return datetime.fromtimestamp(self.failed_at, UTC).isoformat(timespec="seconds")


def registration_of(hook: TelegramWebhook) -> ApiCall:
    """Return the call that registers a webhook; what waits is brought."""
    return ApiCall(
        "setWebhook",
        {
            "url": hook.url,
            "secret_token": hook.secret,
            "max_connections": MAX_CONNECTIONS,
            "allowed_updates": list(ALLOWED_UPDATES),
            "drop_pending_updates": False,
        },
    )


def registered_in(result: object) -> Registered | None:
    """Return what `getWebhookInfo` tells; None if that is not of the Bot API."""
    if not isinstance(result, dict) or not isinstance(url := result.get("url"), str):
        return None
    waiting, at = result.get("pending_update_count"), result.get("last_error_date")
    words = result.get("last_error_message")
    return Registered(
        url,
        waiting if isinstance(waiting, int) else 0,
        at if isinstance(at, int) and 0 < at < 2**36 else 0,
        one_line(words) if isinstance(words, str) else "",
    )
