"""The whole way to a real model and back: its server, each protocol, the agent, its tools."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from asking_a_model import PROTOCOLS, asking, slots

from tickertape.agent.loop import ModelAgent
from tickertape.agent.models import Model
from tickertape.chat import Address, ChatKind
from tickertape.conversation import Entry, Step, Thought, ToolResult, Utterance
from tickertape.errors import FailureKind
from tickertape.events import (
    Event,
    Failed,
    Finished,
    ReasoningDelta,
    Recorded,
    TextDelta,
    ToolFinished,
    ToolStarted,
)
from tickertape.local.model import SYSTEM_PROMPT
from tickertape.local.server import LocalServer
from tickertape.ports import Prompt, Provider, Turn
from tickertape.providers.quirks.profiles import Protocol
from tickertape.tools.builtin import builtin

pytest_plugins = ["model_fixtures"]
# Fetching may be part of the first test: half a gigabyte on a slow line.
pytestmark = [pytest.mark.anyio, pytest.mark.timeout(900)]

_THINKING = Path(__file__).with_name("thinking.jinja")

_WINDOW = 768
"""Tokens of the server's window: little, so that it overflows soon and is read soon."""

_LONG = 400
"""Tokens of an answer that is to be cut short: at least ten seconds of writing."""

_TOOLS = tuple(builtin(lambda: datetime(2026, 11, 22, 14, 5, tzinfo=UTC)).values())

each_protocol = pytest.mark.parametrize("protocol", PROTOCOLS)


@pytest.fixture(scope="module")
async def server(model_path: Path) -> AsyncIterator[LocalServer]:
    """Run one server for all tests: with one answer at a time each finds what the last one read."""
    async with LocalServer(model_path, context_tokens=_WINDOW, answers_at_once=1) as running:
        yield running


@pytest.fixture(scope="module")
async def thinker(model_path: Path) -> AsyncIterator[LocalServer]:
    """Run the model with a template that has it think first."""
    async with LocalServer(
        model_path, context_tokens=_WINDOW, answers_at_once=1, template=_THINKING
    ) as running:
        yield running


def _prompt(text: str, *, tools: bool = False) -> Prompt:
    specs = tuple(tool.spec for tool in _TOOLS) if tools else ()
    return Prompt((Utterance("system", SYSTEM_PROMPT), Utterance("user", text)), specs)


def _agent(provider: Provider, *, window: int = _WINDOW, tools: bool = True) -> ModelAgent:
    model = Model("local", provider, window=window, answer=64)
    return ModelAgent(
        [model], tools=lambda: _TOOLS if tools else (), system_prompt=SYSTEM_PROMPT, max_steps=3
    )


def _turn(text: str, *history: Entry) -> Turn:
    return Turn(Address("telegram", "1", ChatKind.PRIVATE), None, text, history)


def _texts(events: Sequence[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, TextDelta)]


@each_protocol
async def test_text_streams(server: LocalServer, protocol: Protocol) -> None:
    """An answer comes in pieces, and says what it cost."""
    async with asking(server, protocol) as provider:
        asked = _prompt("What is the capital of France?", tools=True)
        events = [event async for event in provider.stream(asked)]
    assert len(_texts(events)) > 3
    assert "Paris" in "".join(_texts(events))
    *_, recorded, end = events
    assert isinstance(recorded, Recorded)
    assert isinstance(recorded.entry, Step)
    assert recorded.entry.text == "".join(_texts(events))
    assert isinstance(end, Finished)
    assert end.reason == "stop"
    assert end.usage is not None
    assert 200 < end.usage.input_tokens < 400, "a prompt with both tools stays short"
    assert end.usage.output_tokens >= len(_texts(events))


_TIME = ("What time is it in Paris?", "current_time", "15:05", ("15:05", "3:05"))
_ROOT = ("What is the square root of 1764?", "calculate", "42", ("42",))


# What the model makes of a question is the same in each protocol: each tool, and each protocol.
@pytest.mark.parametrize(
    ("question", "tool", "result", "said", "protocol"),
    [(*_TIME, "chat_completions"), (*_ROOT, "responses"), (*_ROOT, "messages")],
    ids=["time-chat_completions", "arithmetic-responses", "arithmetic-messages"],
)
async def test_a_tool_is_called_and_its_result_told(
    question: str,
    tool: str,
    result: str,
    said: Sequence[str],
    server: LocalServer,
    protocol: Protocol,
) -> None:
    """The model calls the right tool, and its second step says what came of it."""
    async with asking(server, protocol) as provider:
        events = [event async for event in _agent(provider).run(_turn(question))]
    (started,) = [event for event in events if isinstance(event, ToolStarted)]
    (finished,) = [event for event in events if isinstance(event, ToolFinished)]
    assert (started.name, finished.name, finished.ok) == (tool, tool, True)
    kept = [event.entry for event in events if isinstance(event, Recorded)]
    assert [type(entry) for entry in kept] == [Step, ToolResult, Step]
    assert isinstance(kept[1], ToolResult)
    assert result in kept[1].text
    told = "".join(_texts(events[events.index(finished) :]))
    assert any(text in told for text in said), told
    assert events[-1] == Finished("stop", getattr(events[-1], "usage", None))


@each_protocol
async def test_a_thought_is_told_apart(thinker: LocalServer, protocol: Protocol) -> None:
    """Thinking comes as thinking, the answer as the answer, and both can be given back."""
    entries: tuple[Entry, ...] = (Utterance("user", "What is the capital of France?"),)
    async with asking(thinker, protocol) as provider:
        events = [event async for event in provider.stream(Prompt(entries))]
        *_, recorded, end = events
        assert isinstance(recorded, Recorded)
        again = (*entries, recorded.entry, Utterance("user", "What is the capital of Italy?"))
        second = [event async for event in provider.stream(Prompt(again))]
    thought = [event.text for event in events if isinstance(event, ReasoningDelta)]
    assert len(thought) > 1
    assert "Paris" in "".join(_texts(events))
    assert "think>" not in "".join([*thought, *_texts(events)])
    assert isinstance(recorded.entry, Step)
    kept = [part.text for part in recorded.entry.parts if isinstance(part, Thought)]
    assert "".join(kept).strip() == "".join(thought).strip()
    assert isinstance(end, Finished)
    assert "Rome" in "".join(_texts(second))


@each_protocol
@pytest.mark.parametrize("through", ["provider", "agent"])
async def test_closing_stops_the_model(
    through: str, server: LocalServer, protocol: Protocol
) -> None:
    """When an answer is closed the engine stops in the middle of it."""
    asked = "Write a very long story about the sea."
    async with (
        httpx2.AsyncClient(trust_env=False) as client,
        asking(server, protocol, max_tokens=_LONG, parameters={"ignore_eos": True}) as provider,
    ):
        if through == "agent":
            running = _agent(provider, tools=False).run(_turn(asked))
        else:
            running = provider.stream(_prompt(asked))
        async with aclosing(running) as events:
            assert isinstance(await anext(events), TextDelta)
            written = await slots(server, client)
            began = time.perf_counter()
        while left := await slots(server, client):
            written = left
        took = time.perf_counter() - began
    print(f"{protocol}, {through}: stopped within {took:.3f} s")  # noqa: T201 - shown by `-rP`
    assert len(written) == 1
    assert written[0] < _LONG / 2


@each_protocol
async def test_a_wrong_key_is_refused(server: LocalServer, protocol: Protocol) -> None:
    """Another program on this machine cannot use the model."""
    async with asking(server, protocol, api_key="wrong-key") as provider:
        (end,) = [event async for event in provider.stream(_prompt("Hello!"))]
    assert isinstance(end, Failed)
    assert (end.error.kind, end.error.status) == (FailureKind.AUTH, 401)


@each_protocol
async def test_too_long_a_conversation(server: LocalServer, protocol: Protocol) -> None:
    """A conversation beyond the window is named as such; the agent shortens it, and answers."""
    past: list[Entry] = []
    for n in range(20):
        past.append(Utterance("user", f"Write the letters, number {n}."))
        past.append(Utterance("assistant", "The letters are a b c d e f g h i j k l m n o p q r."))
    question = "What is the capital of France?"
    async with asking(server, protocol) as provider:
        whole = Prompt((*past, Utterance("user", question)))
        (refused,) = [event async for event in provider.stream(whole)]
        agent = _agent(provider, window=8_192, tools=False)
        events = [event async for event in agent.run(_turn(question, *past))]
    assert isinstance(refused, Failed)
    assert refused.error.kind == FailureKind.CONTEXT_OVERFLOW
    assert isinstance(events[-1], Finished)
    assert "Paris" in "".join(_texts(events))
