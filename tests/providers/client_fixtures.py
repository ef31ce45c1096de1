"""What the tests of the client share: a key, a question, and a provider at a scripted server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any, Final

from tickertape.conversation import Step, Utterance
from tickertape.errors import ProviderError
from tickertape.events import Event, Failed, Finished, Recorded, TextDelta
from tickertape.ports import Prompt
from tickertape.providers.connections.vendors import Vendor, open_direct
from tickertape.providers.model_provider import Endpoint, ModelProvider
from tickertape.providers.quirks.profiles import Protocol
from tickertape.testing.model_server import ModelServer

__all__ = [
    "ASKED",
    "KEY",
    "OPENED",
    "PROTOCOLS",
    "ask",
    "failure",
    "make_provider",
    "said",
    "step",
]

KEY: Final = "test-key-0123456789"
PROTOCOLS: Final[tuple[Protocol, ...]] = ("chat_completions", "responses", "messages")
ASKED: Final = Prompt((Utterance("system", "Be brief."), Utterance("user", "Hello?")))
OPENED: ContextVar[Callable[[Endpoint], Vendor]] = ContextVar("OPENED", default=open_direct)
"""How servers are connected to at present: a suite holds for every way."""


@asynccontextmanager
async def make_provider(
    server: ModelServer, protocol: Protocol = "chat_completions", **settings: Any
) -> AsyncIterator[ModelProvider]:
    """Open a provider at a server, and close it after."""
    clock = {name: settings.pop(name) for name in ("now", "opened") if name in settings}
    clock.setdefault("opened", OPENED.get())
    given: dict[str, Any] = {"base_url": server.base_url, "model": "m", "api_key": KEY} | settings
    provider = ModelProvider(Endpoint(protocol=protocol, **given), **clock)
    try:
        yield provider
    finally:
        await provider.aclose()


async def ask(
    server: ModelServer,
    protocol: Protocol = "chat_completions",
    prompt: Prompt = ASKED,
    **settings: Any,
) -> list[Event]:
    """Ask once and give all that came."""
    async with make_provider(server, protocol, **settings) as provider, asyncio.timeout(20):
        return [event async for event in provider.stream(prompt)]


def said(events: list[Event]) -> str:
    """Join the words that the reader was told."""
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def step(events: list[Event]) -> Step:
    """Find the step that was recorded."""
    (entry,) = (event.entry for event in events if isinstance(event, Recorded))
    assert isinstance(entry, Step)
    return entry


def failure(events: list[Event]) -> ProviderError:
    """Find the failure that is the one end of the events."""
    end = events[-1]
    assert isinstance(end, Failed)
    assert sum(isinstance(event, Finished | Failed) for event in events) == 1
    return end.error
