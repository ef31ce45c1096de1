"""How the embedded model is asked, as the gateway's own settings."""

from __future__ import annotations

from tickertape.gateway.config.sections import ProviderConfig
from tickertape.local.model import SYSTEM_PROMPT
from tickertape.local.server import LocalServer

__all__ = ["KEY", "embedded"]

KEY = "LOCAL_MODEL_KEY"
"""Stands for an environment variable: the local server's key is in none."""


def embedded(server: LocalServer, *, window: int, answer: int) -> ProviderConfig:
    """Return the `provider` section for a local server; its key is found under the name `KEY`.

    Args:
        server: where the model is.
        window: tokens of a conversation with its answer.
        answer: the most tokens of an answer.
    """
    return ProviderConfig(
        base_url=server.base_url,
        model=server.model,
        api_key_env=KEY,
        context_window=window,
        max_tokens=answer,
        system_prompt=SYSTEM_PROMPT,
    )
