"""A model's answer over real HTTP, in all three protocols, from a server of our own."""

from __future__ import annotations

import asyncio
import re
from contextlib import aclosing
from typing import Any

import pytest
from client_fixtures import ASKED, KEY, PROTOCOLS, ask, failure, make_provider, said, step

from tickertape.conversation import TextPart, Thought, ToolCall, ToolResult, Utterance
from tickertape.errors import ConfigError, FailureKind
from tickertape.events import Event, Finished, ReasoningDelta, TextDelta, Usage
from tickertape.ports import Prompt, Provider, ToolSpec
from tickertape.providers.connections import patience, vendors
from tickertape.providers.model_provider import Endpoint, ModelProvider
from tickertape.providers.quirks.profile import Profile
from tickertape.providers.quirks.profiles import Protocol
from tickertape.testing.model_script import Open, Raw, ScriptedAnswer, Silence, Stall, rendered
from tickertape.testing.model_server import ModelServer

pytest_plugins = ["ways_fixtures"]
pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("each_way")]

every_protocol = pytest.mark.parametrize("protocol", PROTOCOLS)

_CLOCK = ToolSpec("clock", "Tell the time.", {"type": "object", "properties": {}})
_PATHS = {
    "chat_completions": "/v1/chat/completions",
    "responses": "/v1/responses",
    "messages": "/v1/messages",
}


@every_protocol
async def test_an_answer_streams(protocol: Protocol) -> None:
    """Thinking, words, calls and usage come out, and the step is recorded before the end."""
    call = ToolCall("c1", "clock", '{"a": 1}')
    async with ModelServer(ScriptedAnswer(pieces=(Thought("Hm."), "Hel", "lo", call))) as server:
        events = await ask(server, protocol)
    assert events[:3] == [ReasoningDelta("Hm."), TextDelta("Hel"), TextDelta("lo")]
    assert events[-1] == Finished("stop", Usage(3, 2))
    recorded = step(events)
    thought, words, called = recorded.parts
    assert isinstance(thought, Thought)
    assert isinstance(words, TextPart)
    assert isinstance(called, ToolCall)
    assert (thought.text, words.text) == ("Hm.", "Hello")
    assert (called.call_id, called.name, called.arguments) == ("c1", "clock", '{"a": 1}')
    assert recorded.origin == f"{protocol} m@{server.base_url[7:-3]}"


@every_protocol
async def test_the_request_is_the_protocols(protocol: Protocol) -> None:
    """Path, model, stream, the limit under its name, and further parameters are sent."""
    async with ModelServer() as server:
        await ask(server, protocol, max_tokens=7, parameters={"top_k": 3})
    (request,) = server.requests
    names = {"chat_completions": "max_tokens", "responses": "max_output_tokens"}
    assert request.path == _PATHS[protocol]
    assert request.body[names.get(protocol, "max_tokens")] == 7
    assert (request.body["model"], request.body["stream"]) == ("m", True)
    assert request.body["top_k"] == 3
    assert ("stream_options" in request.body) == (protocol == "chat_completions")


@every_protocol
async def test_an_answer_that_is_no_stream(protocol: Protocol) -> None:
    """A server that answers a stream's request with one JSON object is understood."""
    call = ToolCall("c1", "clock", "{}")
    answer = ScriptedAnswer(pieces=(Thought("Hm."), "Hello", call), form="json")
    async with ModelServer(answer) as server:
        events = await ask(server, protocol)
    assert said(events) == "Hello"
    assert step(events).calls[0].name == "clock"
    assert events[-1] == Finished("stop", Usage(3, 2))


@every_protocol
@pytest.mark.parametrize("reason", ["stop", "length", "refusal"])
async def test_the_reason_is_told(protocol: Protocol, reason: Any) -> None:
    """Why an answer ended comes through every protocol's own words for it."""
    if (protocol, reason) == ("responses", "refusal"):
        reason = "content_filter"
    async with ModelServer(ScriptedAnswer(reason=reason)) as server:
        assert (await ask(server, protocol))[-1] == Finished(reason, Usage(3, 2))


@every_protocol
async def test_a_second_turn_with_a_tools_result(protocol: Protocol) -> None:
    """What was recorded can be asked with again, its thoughts and calls included."""
    call = ToolCall("c1", "clock", "{}")
    async with (
        ModelServer(ScriptedAnswer(pieces=(Thought("Hm."), call)), ScriptedAnswer()) as server,
        make_provider(server, protocol) as provider,
    ):
        events = [event async for event in provider.stream(Prompt(ASKED.entries, (_CLOCK,)))]
        entries = (*ASKED.entries, step(events), ToolResult("c1", "clock", "noon"))
        again = [event async for event in provider.stream(Prompt(entries, (_CLOCK,)))]
    assert again[-1] == Finished("stop", Usage(3, 2))
    first, second = (str(request.body) for request in server.requests)
    assert "noon" not in first
    assert "noon" in second
    assert ("c2lnbmF0dXJl" in second) == (protocol != "chat_completions")


@every_protocol
async def test_events_come_while_the_answer_is_written(protocol: Protocol) -> None:
    """The first words are out while the server still holds the rest back."""
    held = ScriptedAnswer(pieces=("first",), fault=Stall(after=1))
    async with (
        ModelServer(held) as server,
        make_provider(server, protocol) as provider,
        aclosing(provider.stream(ASKED)) as events,
    ):
        assert await anext(events) == TextDelta("first")


@every_protocol
async def test_connections_are_kept(protocol: Protocol) -> None:
    """Answers of a hosted server that end properly use one connection."""
    async with (
        ModelServer() as server,
        make_provider(server, protocol, profile=Profile()) as provider,
    ):
        for _ in range(3):
            assert said([event async for event in provider.stream(ASKED)]) == "Hello"
        assert server.connections == 1


@every_protocol
async def test_a_local_server_is_connected_to_for_each_answer(protocol: Protocol) -> None:
    """A local server may close a connection that it promised to keep: none is used twice."""
    async with ModelServer() as server, make_provider(server, protocol) as provider:
        for _ in range(2):
            assert said([event async for event in provider.stream(ASKED)]) == "Hello"
        assert server.connections == 2


@every_protocol
async def test_the_end_is_taken_from_an_open_socket(protocol: Protocol) -> None:
    """An answer whose end has come ends, whatever the server does with its socket."""
    async with ModelServer(ScriptedAnswer(fault=Open())) as server:
        assert (await ask(server, protocol))[-1] == Finished("stop", Usage(3, 2))
        await asyncio.wait_for(server.left(), 10)


async def test_a_finish_reason_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where usage and `[DONE]` never come, the finish reason ends the answer after a while."""
    monkeypatch.setattr(patience, "END", 0.1)
    raw = rendered(ScriptedAnswer(), "chat_completions")
    finish = raw.chunks[-1].split(b"\n\n")[0] + b"\n\n"
    chunks = (*raw.chunks[:-1], finish)
    async with ModelServer(Raw(chunks=chunks, ending="hold")) as server:
        events = await ask(server)
    assert (said(events), events[-1]) == ("Hello", Finished())


_REASON = b'data: {"type":"message_delta","delta":{"stop_reason":"end_turn"}}\n\n'


@pytest.mark.parametrize("protocol", ["chat_completions", "messages"])
async def test_a_reason_on_every_chunk_cuts_nothing(
    protocol: Protocol, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chunks that come later than an end would be waited for are part of the answer."""
    monkeypatch.setattr(patience, "END", 0.02)
    raw = rendered(ScriptedAnswer(pieces=("a", "b", "c")), protocol)
    chunks = [
        chunk.replace(b'"finish_reason": null', b'"finish_reason": "stop"')
        if protocol == "chat_completions"
        else chunk + _REASON * (b"text_delta" in chunk)
        for chunk in raw.chunks
    ]
    # In Messages the first reason comes alone, and the server goes on at once.
    chunks = chunks if protocol == "chat_completions" else [b"".join(chunks[:3]), *chunks[3:]]
    async with ModelServer(Raw(chunks=tuple(chunks), pause=0.1)) as server:
        events = await ask(server, protocol)
    assert (said(events), len(server.requests)) == ("abc", 1)
    assert isinstance(events[-1], Finished)
    assert events[-1].reason == "stop"


async def test_the_words_of_a_server_without_an_end_are_taken() -> None:
    """Responses without `response.completed`: whole items at the end of the bytes are enough."""
    raw = rendered(ScriptedAnswer(pieces=("a", "b")), "responses")
    async with ModelServer(Raw(chunks=raw.chunks[:-1])) as server:
        events = await ask(server, "responses")
    assert (said(events), events[-1], len(server.requests)) == ("ab", Finished(), 1)


@every_protocol
async def test_closing_closes_the_connection(protocol: Protocol) -> None:
    """The server sees the client go as soon as the iterator is closed."""
    held = ScriptedAnswer(pieces=("first",), fault=Stall(after=1))
    async with ModelServer(held) as server, make_provider(server, protocol) as provider:
        async with aclosing(provider.stream(ASKED)) as events:
            await anext(events)
        await asyncio.wait_for(server.left(), 10)


@every_protocol
@pytest.mark.parametrize("fault", [Silence(), Stall(), Stall(every=0.01)], ids=repr)
async def test_cancelling_closes_the_connection(protocol: Protocol, fault: Silence | Stall) -> None:
    """A cancelled reader takes its connection along, before a status and before any words."""
    async with (
        ModelServer(ScriptedAnswer(fault=fault)) as server,
        make_provider(server, protocol) as provider,
    ):
        task = asyncio.create_task(_read(provider))
        await asyncio.wait_for(server.asked(), 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(server.left(), 10)


async def test_the_port_is_kept() -> None:
    """The provider can stand wherever the port is asked for."""
    async with ModelServer() as server, make_provider(server) as provider:
        port: Provider = provider
        assert said([event async for event in port.stream(ASKED)]) == "Hello"


@every_protocol
async def test_half_surrogates_are_replaced(protocol: Protocol) -> None:
    """What a person wrote can never make the request unsendable."""
    async with ModelServer() as server:
        events = await ask(server, protocol, Prompt((Utterance("user", "a\ud83db"),)))
    assert said(events) == "Hello"
    assert re.search("a[?\ufffd]b", str(server.requests[0].body))


async def test_a_tool_that_json_cannot_say() -> None:
    """A schema that is no JSON is a failure that says so, and nothing is sent."""
    tool = ToolSpec("odd", "", {"default": float("nan")})
    async with ModelServer() as server:
        error = failure(await ask(server, prompt=Prompt(ASKED.entries, (tool,))))
    assert error.kind == FailureKind.REFUSED_PARAMETER
    assert "JSON" in error.detail
    assert server.requests == []


@every_protocol
async def test_no_key_sends_none(protocol: Protocol) -> None:
    """A server that wants no key gets no header, whatever the environment holds."""
    async with ModelServer() as server:
        assert said(await ask(server, protocol, api_key="")) == "Hello"
    assert {"authorization", "x-api-key"}.isdisjoint(server.requests[0].headers)


@pytest.mark.parametrize(
    ("protocol", "profile", "sent"),
    [
        ("chat_completions", None, {"authorization": f"Bearer {KEY}"}),
        ("responses", None, {"authorization": f"Bearer {KEY}"}),
        ("messages", None, {"x-api-key": KEY, "anthropic-version": "2023-06-01"}),
        (
            "messages",
            Profile(),
            {"authorization": f"Bearer {KEY}", "anthropic-version": "2026-10-21"},
        ),
    ],
)
async def test_the_key_travels_as_the_profile_says(
    protocol: Protocol, profile: Profile | None, sent: dict[str, str]
) -> None:
    """One header carries the key, never two."""
    async with ModelServer() as server:
        await ask(server, protocol, profile=profile)
    names = ("authorization", "x-api-key", "anthropic-version")
    headers = server.requests[0].headers
    assert {name: headers[name] for name in names if name in headers} == sent


@every_protocol
async def test_further_headers_win(protocol: Protocol) -> None:
    """Headers of the settings are sent, also in place of our own."""
    async with ModelServer() as server:
        await ask(server, protocol, headers={"X-Account": "7", "Authorization": "Custom z"})
    headers = server.requests[0].headers
    assert (headers["x-account"], headers["authorization"]) == ("7", "Custom z")


async def test_loopback_goes_past_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy of the environment never sees what is said to a server on this machine."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    async with ModelServer() as server:
        assert said(await ask(server)) == "Hello"


@every_protocol
async def test_closing_the_provider_breaks_answers_off(protocol: Protocol) -> None:
    """An answer that still comes when the provider is closed fails; it does not hang or raise."""
    held = ScriptedAnswer(pieces=("first",), fault=Stall(after=1))
    async with ModelServer(held) as server, make_provider(server, protocol) as provider:
        events = provider.stream(ASKED)
        assert await anext(events) == TextDelta("first")
        await provider.aclose()
        rest = [event async for event in events]
    assert failure(rest).kind in {FailureKind.NETWORK, FailureKind.ENDED_EARLY}


async def test_many_answers_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """One provider serves fifty answers at a time, each whole."""
    # Both ends of fifty connections are in this process: a busy machine takes long to make them.
    monkeypatch.setattr(vendors, "_CONNECT_TIMEOUT", 60.0)
    async with (
        ModelServer(ScriptedAnswer(pieces=("a", "b"), pause=0.01)) as server,
        make_provider(server) as provider,
    ):
        read = (_read(provider) for _ in range(50))
        assert {said(events) for events in await asyncio.gather(*read)} == {"ab"}


def test_a_missing_sdk_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has not installed a protocol's SDK is told how to."""
    monkeypatch.setattr(vendors, "find_spec", lambda _: None)
    endpoint = Endpoint(protocol="messages", base_url="http://127.0.0.1:1", model="m")
    with pytest.raises(ConfigError, match=r"pip install 'tickertape\[anthropic\]'"):
        ModelProvider(endpoint, opened=vendors.open_vendor)


def test_the_repr_shows_no_secret() -> None:
    """What stands in logs names the model and the server, and neither key nor headers."""
    endpoint = Endpoint(
        protocol="messages",
        base_url="https://api.example.org/v1",
        model="m",
        api_key=KEY,
        headers={"x-token": KEY},
    )
    assert KEY not in repr(endpoint)
    provider = ModelProvider(endpoint)
    assert repr(provider) == "ModelProvider('messages m@api.example.org')"


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"base_url": "api.example.org/v1"}, "provider.base_url"),
        ({"base_url": "ftp://example.org"}, "provider.base_url"),
        ({"base_url": "http://"}, "provider.base_url"),
        ({"base_url": "http://[::1"}, "provider.base_url"),
        ({"base_url": "http://a:99999"}, "provider.base_url"),
        ({"base_url": "http://a b/v1"}, "provider.base_url"),
        ({"base_url": "https://me:geheim@example.org"}, "provider.base_url"),
        ({"api_key": "schlüssel-geheim"}, "provider.api_key_env"),
        ({"api_key": "two words-geheim"}, "provider.api_key_env"),
        ({"parameters": {"stream": False}}, "provider.parameters.stream"),
        ({"parameters": {"x": float("inf")}}, "provider.parameters.x"),
        ({"parameters": {"x": {1, 2}}}, "provider.parameters.x"),
        ({"headers": {"a b": "c"}}, "provider.headers"),
        ({"headers": {"a": "geheim\r\nb: c"}}, "provider.headers.a"),
        ({"model": " "}, "provider.model"),
        ({"max_tokens": 0}, "provider.max_tokens"),
        ({"idle_timeout": 0.0}, "provider.idle_timeout"),
        ({"first_byte_timeout": float("nan")}, "provider.first_byte_timeout"),
        ({"protocol": "telepathy"}, "provider.protocol"),
    ],
)
def test_impossible_settings_are_refused(settings: dict[str, Any], key: str) -> None:
    """What can never work is said at once, without the text of a secret."""
    given: dict[str, Any] = {"base_url": "http://127.0.0.1:1/v1", "model": "m"}
    with pytest.raises(ConfigError) as caught:
        Endpoint(**{"protocol": "responses", **given, **settings})
    assert caught.value.key == key
    assert "geheim" not in str(caught.value)


async def _read(provider: ModelProvider) -> list[Event]:
    return [event async for event in provider.stream(ASKED)]
