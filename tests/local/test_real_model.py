"""The embedded model's process: the real file, the real engine."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from asking_a_model import asking

from tickertape.conversation import Utterance
from tickertape.errors import FailureKind
from tickertape.events import Failed, Finished, TextDelta
from tickertape.local.model import SYSTEM_PROMPT
from tickertape.local.server import LocalServer
from tickertape.ports import Prompt

pytest_plugins = ["model_fixtures"]
# Fetching may be part of the first test: half a gigabyte on a slow line.
pytestmark = [pytest.mark.anyio, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
async def server(model_path: Path) -> AsyncIterator[LocalServer]:
    """Run one server as it is run without settings."""
    async with LocalServer(model_path) as running:
        yield running


async def test_history_is_read(server: LocalServer) -> None:
    """The template carries a conversation, also one without a system prompt."""
    asked = (
        Utterance("user", "My name is Zoe. Remember it."),
        Utterance("assistant", "I will remember that your name is Zoe."),
        Utterance("user", "What is my name?"),
    )
    async with asking(server) as provider:
        events = [event async for event in provider.stream(Prompt(asked))]
    assert "Zoe" in "".join(event.text for event in events if isinstance(event, TextDelta))
    assert isinstance(events[-1], Finished)


async def test_the_reading_of_a_prompt_is_heard(server: LocalServer) -> None:
    """While a prompt is read, comments say that the server lives."""
    body = {
        "model": server.model,
        "messages": [{"role": "user", "content": f"{SYSTEM_PROMPT} " * 8}],
        "max_tokens": 1,
        "stream": True,
        "sse_ping_interval": 1,
    }
    headers = {"authorization": f"Bearer {server.api_key}"}
    async with (
        httpx2.AsyncClient(headers=headers, trust_env=False, timeout=60) as client,
        client.stream("POST", f"{server.base_url}/chat/completions", json=body) as answer,
    ):
        first = await anext(answer.aiter_lines())
    assert first.startswith(":")


async def test_two_answers_at_once(server: LocalServer) -> None:
    """Two people are answered at the same time, each with their own words."""

    async def ask(country: str) -> str:
        asked = (Utterance("user", f"What is the capital of {country}?"),)
        async with asking(server, max_tokens=16) as provider:
            events = [event async for event in provider.stream(Prompt(asked))]
        return "".join(event.text for event in events if isinstance(event, TextDelta))

    french, italian = await asyncio.gather(ask("France"), ask("Italy"))
    assert "Paris" in french
    assert "Rome" in italian


async def test_the_process_is_gone_at_once(model_path: Path) -> None:
    """After the block there is no process, and nobody listens."""
    async with LocalServer(model_path) as server:
        assert server._child is not None
        pid = server._child._process.pid
        url = server.base_url
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    async with httpx2.AsyncClient(trust_env=False) as client:
        with pytest.raises(httpx2.ConnectError):
            await client.get(url)


async def test_a_dead_engine_is_said(model_path: Path) -> None:
    """When the engine has died, answering fails with a reason, and leaving the block works."""
    async with LocalServer(model_path) as server:
        assert server._child is not None
        server._child._process.kill()
        await server._child._process.wait()
        async with asking(server) as provider:
            prompt = Prompt((Utterance("user", "Hello!"),))
            (end,) = [event async for event in provider.stream(prompt)]
    assert isinstance(end, Failed)
    assert end.error.kind == FailureKind.NETWORK
