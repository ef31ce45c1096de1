"""The scripted model server keeps its promises: what it sends, records and notices."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.conversation import Thought, ToolCall
from tickertape.testing.model_script import (
    CutOff,
    Dropped,
    Garbage,
    NoEnd,
    Open,
    Piece,
    Raw,
    ResetFault,
    ScriptedAnswer,
    Silence,
    Stall,
    refusal,
    rendered,
)
from tickertape.testing.model_server import ModelServer
from tickertape.testing.model_wire import Protocol

_PATHS: dict[Protocol, str] = {
    "chat_completions": "/chat/completions",
    "responses": "/responses",
    "messages": "/messages",
}

every_protocol = pytest.mark.parametrize("protocol", _PATHS)


async def _post(
    server: ModelServer, protocol: Protocol = "chat_completions", **body: Any
) -> httpx2.Response:
    async with httpx2.AsyncClient(trust_env=False, timeout=10) as client:
        return await client.post(server.base_url + _PATHS[protocol], json={"stream": True} | body)


@pytest.mark.anyio
@every_protocol
async def test_a_stream_or_an_object_as_asked(protocol: Protocol) -> None:
    """The request decides what comes, unless the script does."""
    async with ModelServer() as server:
        streamed = await _post(server, protocol)
        plain = await _post(server, protocol, stream=False)
        server.plan(ScriptedAnswer(form="stream"), ScriptedAnswer(form="json"))
        forced = [await _post(server, protocol, stream=stream) for stream in (False, True)]
    kinds = [answer.headers["content-type"] for answer in (streamed, plain, *forced)]
    assert kinds == ["text/event-stream", "application/json"] * 2
    assert "Hello" in streamed.text
    assert "Hello" in json.dumps(plain.json())


@pytest.mark.anyio
async def test_answers_come_in_order_and_the_last_stays() -> None:
    """One answer for each request; what is planned later comes next."""
    async with ModelServer(
        ScriptedAnswer(pieces=("one",)), ScriptedAnswer(pieces=("two",))
    ) as server:
        texts = [(await _post(server)).text for _ in range(3)]
        server.say("three")
        texts.append((await _post(server)).text)
    order = ("one", "two", "two", "three")
    assert [word in text for word, text in zip(order, texts, strict=True)] == [True] * 4


@pytest.mark.anyio
async def test_requests_are_recorded() -> None:
    """Path, headers, body and protocol are kept, of refused requests too."""
    async with ModelServer() as server:
        server.refuse("seed")
        server.refuse("n", value=2)
        statuses = [(await _post(server, "messages", **b)).status_code for b in ({}, {"seed": 1})]
        statuses += [(await _post(server, n=n)).status_code for n in (1, 2)]
        await asyncio.wait_for(server.asked(4), 10)
    assert statuses == [200, 400, 200, 400]
    first = server.requests[0]
    assert (first.path, first.protocol, first.body) == (
        "/v1/messages",
        "messages",
        {"stream": True},
    )
    assert first.headers["content-type"] == "application/json"
    assert server.connections == 4


@pytest.mark.anyio
async def test_what_is_no_request_is_refused() -> None:
    """Other paths, other methods and bodies that are no JSON object get a plain answer."""
    async with ModelServer() as server, httpx2.AsyncClient(trust_env=False) as client:
        answers = [
            await client.get(server.base_url + "/messages"),
            await client.post(server.base_url + "/models", json={}),
            await client.post(server.base_url + "/messages", content=b"{"),
            await client.post(server.base_url + "/messages", json=[]),
        ]
    assert [answer.status_code for answer in answers] == [404, 404, 400, 400]
    assert server.requests == []


@pytest.mark.anyio
async def test_a_refusal_has_its_headers() -> None:
    """Status, wait and error object are those of the script."""
    async with ModelServer(refusal(429, "Slow.", name="rate", retry_after=1.5)) as server:
        answer = await _post(server)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1.5")
    assert answer.json()["error"]["message"] == "Slow."


@pytest.mark.anyio
@pytest.mark.parametrize("fault", [Stall(after=1), Stall(every=0.01), Silence(), Open()], ids=repr)
async def test_a_client_that_leaves_is_noticed(fault: Any) -> None:
    """Whatever holds an answer open ends when the client goes, and that is noted at once."""
    async with ModelServer(ScriptedAnswer(fault=fault)) as server:
        task = asyncio.create_task(_post(server))
        await asyncio.wait_for(server.asked(), 10)
        task.cancel()
        await asyncio.wait_for(server.left(), 10)
        with pytest.raises(asyncio.CancelledError):
            await task
    (departure,) = server.departures
    assert departure.request == 0
    assert departure.at >= server.requests[0].at


@pytest.mark.anyio
@pytest.mark.parametrize("fault", [CutOff(after=1), ResetFault(after=1), Dropped()], ids=repr)
async def test_connections_break_as_the_script_says(fault: Any) -> None:
    """A client sees the break, and nobody counts as having left."""
    async with ModelServer(ScriptedAnswer(fault=fault)) as server:
        with pytest.raises(httpx2.TransportError):
            await _post(server)
    assert server.departures == []


@pytest.mark.anyio
async def test_the_block_ends_with_answers_under_way() -> None:
    """Leaving the block closes what is still held, and a client sees its connection end."""
    async with ModelServer(ScriptedAnswer(fault=Stall(after=1))) as server:
        task = asyncio.create_task(_post(server))
        await asyncio.wait_for(server.asked(), 10)
    with pytest.raises(httpx2.TransportError):
        await task


@pytest.mark.anyio
async def test_pieces_keep_their_pace() -> None:
    """The first piece is there while the others are still to come."""
    answer = ScriptedAnswer(pieces=("a", "b"), comments=1, pause=0.01)
    async with ModelServer(answer) as server, httpx2.AsyncClient(trust_env=False) as client:
        url = server.base_url + "/messages"
        async with client.stream("POST", url, json={"stream": True}) as response:
            chunks = [chunk async for chunk in response.aiter_raw()]
    assert len(chunks) > 3
    assert chunks[0].startswith(b": keep-alive")


_PIECES: list[Piece] = [
    "a",
    Thought("t"),
    ToolCall("c1", "f", '{"x": 1}'),
    ToolCall("c2", "g", "{"),
]


@given(
    st.lists(st.sampled_from(_PIECES), max_size=6),
    st.sampled_from(list(_PATHS)),
    st.sampled_from([None, NoEnd(after=1), Garbage(after=0), Stall(), CutOff(), Open()]),
    st.booleans(),
)
def test_any_script_can_be_said(
    pieces: list[Piece], protocol: Protocol, fault: Any, stream: bool
) -> None:
    """Every script renders, one chunk for each piece, in every protocol and form."""
    raw = rendered(ScriptedAnswer(pieces=tuple(pieces), fault=fault), protocol, stream=stream)
    assert isinstance(raw, Raw)
    if stream and fault is None:
        assert len(raw.chunks) == len(pieces) + 2
        lines = b"".join(raw.chunks).split(b"\n")
        said = [line[6:] for line in lines if line.startswith(b"data: ")]
        assert all(json.loads(line) for line in said if line != b"[DONE]")
