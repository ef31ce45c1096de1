"""What a configuration will start, as fields of the log, purely; nothing of it is opened yet."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from tickertape.gateway.config.channel_types import TelegramConfig
from tickertape.gateway.config.gateway_config import GatewayConfig

__all__ = ["database_of", "models_of", "plan_of", "webhooks_of"]


def plan_of(config: GatewayConfig, agent: str) -> Mapping[str, object]:
    """Return what is started: channels, models and database.

    Args:
        config: the configuration.
        agent: an agent of the operator's, which answers instead of the models; empty: none.
    """
    return {
        "channels": ", ".join(config.all_channels),
        **models_of(config, agent),
        "database": database_of(config),
    }


def webhooks_of(config: GatewayConfig) -> Mapping[str, object]:
    """Return the field of the log that says where webhooks listen; nothing if there is none."""
    settings = {name: channel.settings for name, channel in config.all_channels.items()}
    listening = [
        f"{name} at {one.webhook.listen}"
        for name, one in settings.items()
        if isinstance(one, TelegramConfig) and one.webhook is not None
    ]
    return {"webhooks": ", ".join(listening)} if listening else {}


def models_of(config: GatewayConfig, agent: str) -> Mapping[str, object]:
    """Return the field of the log that says what answers."""
    if agent:
        return {"agent": agent}
    models = {name: model.model for name, model in config.all_models.items()}
    return {"models": ", ".join(f"{name} ({model})" for name, model in models.items())}


def database_of(config: GatewayConfig) -> str:
    """Return where the database is: its file, or its kind and host; never a password."""
    scheme, _, file = config.storage.url.partition(":///")
    if scheme.startswith("sqlite"):
        return file.partition("?")[0] or ":memory:"
    parts = urlsplit(config.storage.url)
    return f"{parts.scheme.partition('+')[0]} at {parts.hostname or 'localhost'}"
