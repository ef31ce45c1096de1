"""How the servers of the real model are asked in tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx2

from tickertape.local.server import LocalServer
from tickertape.providers.model_provider import Endpoint, ModelProvider
from tickertape.providers.quirks.profiles import Protocol

__all__ = ["PROTOCOLS", "asking", "slots"]

PROTOCOLS: tuple[Protocol, ...] = ("chat_completions", "responses", "messages")


@asynccontextmanager
async def asking(
    server: LocalServer,
    protocol: Protocol = "chat_completions",
    *,
    max_tokens: int = 64,
    api_key: str | None = None,
    parameters: Mapping[str, object] | None = None,
) -> AsyncIterator[ModelProvider]:
    """Make a provider that gets the same words to the same question each time."""
    provider = ModelProvider(
        Endpoint(
            protocol=protocol,
            base_url=server.base_url,
            model=server.model,
            api_key=api_key or server.api_key,
            max_tokens=max_tokens,
            parameters={"temperature": 0, "seed": 1, **(parameters or {})},
        )
    )
    try:
        yield provider
    finally:
        await provider.aclose()


async def slots(server: LocalServer, client: httpx2.AsyncClient) -> list[int]:
    """Ask the engine how many tokens it has written of each answer that it is at."""
    url = f"{server.base_url.removesuffix('/v1')}/slots"
    answer = await client.get(url, headers={"authorization": f"Bearer {server.api_key}"})
    return [slot["next_token"][0]["n_decoded"] for slot in answer.json() if slot["is_processing"]]
