"""What the webhooks of one gateway may not have in common, and what Telegram asks of them: pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote, urlsplit

from tickertape.gateway.config.channel_types import TelegramConfig, WebhookConfig
from tickertape.gateway.config.fields import Section
from tickertape.gateway.config.refusals import refusal

__all__ = ["check_webhooks"]

_TELEGRAMS_OWN: Final = TelegramConfig().api_base
# core.telegram.org/bots/api#setwebhook, 2026-11. A Bot API server of one's own takes any port, and
# http as well (core.telegram.org/bots/api#using-a-local-bot-api-server).
_PORTS: Final = (443, 80, 88, 8443)


def check_webhooks(channels: Mapping[str, Section]) -> None:
    """Check the webhooks of all channels.

    Args:
        channels: the settings of each channel, by the key of its section.

    Raises:
        ConfigError: when Telegram would refuse an address, or cannot tell two bots apart by it.
    """
    owners: dict[tuple[str, ...], str] = {}
    for section, settings in channels.items():
        hook = settings.webhook if isinstance(settings, TelegramConfig) else None
        if not isinstance(settings, TelegramConfig) or hook is None:
            continue
        key = f"{section}.webhook.url"
        if settings.api_base.rstrip("/") == _TELEGRAMS_OWN:
            _check_address(key, hook.url)
        for place in _places(hook):
            if (owner := owners.setdefault(place, section)) != section:
                allowed = f"a url with another path: {owner} has this one already"
                raise refusal(key, hook.url, allowed)


def _check_address(key: str, url: str) -> None:
    """Refuse an address that Telegram does not post to."""
    parts = urlsplit(url)
    if parts.scheme != "https":
        raise refusal(key, url, "an https:// address: Telegram posts to no other")
    if (parts.port or 443) not in _PORTS:
        ports = ", ".join(map(str, _PORTS))
        raise refusal(key, url, f"an https:// address with one of the ports {ports}")


def _places(hook: WebhookConfig) -> tuple[tuple[str, ...], ...]:
    """Return what no other bot may have: the path at the address, and the address outside."""
    parts = urlsplit(hook.url)
    path = unquote(parts.path) or "/"
    outside = ("outside", parts.hostname or "", str(parts.port or 443), path)
    return ("inside", hook.listen, path), outside
