"""Webhooks: delivery over real HTTP, with secrets, retries and errors that are told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import Self

import httpx
import pytest

from tickertape.emulator import TOKEN, YOU
from tickertape.emulator.chats import Webhook
from tickertape.emulator.server import EmulatorServer
from tickertape.emulator.webhooks import DeliveryError, next_delay, post

pytestmark = pytest.mark.anyio

API = f"/bot{TOKEN}"


class Receiver:
    """A web server that notes what it gets and answers as it is told.

    Args:
        answers: The raw answers in turn; the last one is repeated. Empty: the connection is cut.
    """

    def __init__(self, answers: Sequence[bytes]) -> None:
        self._answers = list(answers)
        self.received: asyncio.Queue[tuple[str, dict[str, object]]] = asyncio.Queue()
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def next(self) -> tuple[str, dict[str, object]]:
        """Wait for the next delivery: its head in lower case, and its update."""
        async with asyncio.timeout(10):
            return await self.received.get()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = int(head.lower().split("content-length: ")[1].split("\r\n")[0])
        body = await reader.readexactly(length)
        self.received.put_nowait((head, json.loads(body)))
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        writer.write(answer)
        await writer.drain()
        writer.close()
        await writer.wait_closed()


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
FAILED = b"HTTP/1.1 500 Oh No\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture
async def emulator() -> AsyncIterator[EmulatorServer]:
    """A running emulator."""
    async with EmulatorServer() as emulator:
        yield emulator


@pytest.fixture
async def http(emulator: EmulatorServer) -> AsyncIterator[httpx.AsyncClient]:
    """A client of it."""
    async with httpx.AsyncClient(base_url=emulator.url, trust_env=False) as http:
        yield http


async def test_updates_are_delivered_in_order_with_the_secret(
    emulator: EmulatorServer, http: httpx.AsyncClient
) -> None:
    """What waited and what comes is posted one by one, and is no longer pending."""
    emulator.world.person_writes(YOU, "before", emulator.now())
    async with Receiver([OK]) as receiver:
        params = {"url": f"http://u:p@127.0.0.1:{receiver.port}/hook?a=1", "secret_token": "s-1"}
        assert (await http.post(f"{API}/setWebhook", json=params)).json()["result"] is True
        head, update = await receiver.next()
        emulator.world.person_writes(YOU, "after", emulator.now())
        _, second = await receiver.next()
    assert head.startswith("POST /hook?a=1 HTTP/1.1\r\n")
    assert "x-telegram-bot-api-secret-token: s-1\r\n" in head.lower()
    assert "authorization: basic dtpw" in head.lower()
    assert [_text(update), _text(second)] == ["before", "after"]
    async with asyncio.timeout(10):
        while (await _info(http))["pending_update_count"]:
            await emulator.changed()


async def test_what_is_not_taken_comes_again_and_the_error_is_told(
    emulator: EmulatorServer, http: httpx.AsyncClient
) -> None:
    """A failed delivery is repeated with the same id, and getWebhookInfo says why it failed."""
    async with Receiver([FAILED, OK]) as receiver:
        await http.post(f"{API}/setWebhook", data={"url": f"http://127.0.0.1:{receiver.port}/"})
        emulator.world.person_writes(YOU, "once", emulator.now())
        first, again = await receiver.next(), await receiver.next()
    assert first[1] == again[1]
    info = await _info(http)
    assert info["last_error_message"] == "Wrong response from the webhook: 500 Oh No"
    assert "last_error_date" in info


async def test_a_change_of_the_webhook_ends_the_wait(
    emulator: EmulatorServer, http: httpx.AsyncClient
) -> None:
    """An update that waits for its next attempt goes to the new address at once."""
    slow = b"HTTP/1.1 503 Later\r\nRetry-After: 600\r\nContent-Length: 0\r\n\r\n"
    async with Receiver([slow]) as first, Receiver([OK]) as second:
        await http.post(f"{API}/setWebhook", data={"url": f"http://127.0.0.1:{first.port}/"})
        emulator.world.person_writes(YOU, "moved", emulator.now())
        await first.next()
        await http.post(f"{API}/setWebhook", data={"url": f"http://127.0.0.1:{second.port}/"})
        assert _text((await second.next())[1]) == "moved"


async def test_a_deleted_webhook_leaves_its_updates(
    emulator: EmulatorServer, http: httpx.AsyncClient
) -> None:
    """After deleteWebhook nothing is posted; what waited can be polled, or dropped."""
    async with Receiver([OK]) as receiver:
        await http.post(f"{API}/setWebhook", data={"url": f"http://127.0.0.1:{receiver.port}/"})
        await http.post(f"{API}/setWebhook", data={"url": ""})
        emulator.world.person_writes(YOU, "polled", emulator.now())
        updates = (await http.get(f"{API}/getUpdates")).json()["result"]
        assert [_text(update) for update in updates] == ["polled"]
        await http.post(f"{API}/deleteWebhook", data={"drop_pending_updates": "true"})
        assert (await http.get(f"{API}/getUpdates")).json()["result"] == []
        assert receiver.received.empty()


async def test_pending_updates_can_be_dropped_when_the_webhook_is_set(
    emulator: EmulatorServer, http: httpx.AsyncClient
) -> None:
    """The old ones are forgotten; the list of wanted kinds holds for webhooks too."""
    emulator.world.person_writes(YOU, "old", emulator.now())
    params = {
        "url": "http://127.0.0.1:9/",
        "drop_pending_updates": True,
        "max_connections": 3,
        "allowed_updates": ["callback_query"],
    }
    await http.post(f"{API}/setWebhook", json=params)
    emulator.world.person_writes(YOU, "unwanted", emulator.now())
    assert await _info(http) == {
        "url": "http://127.0.0.1:9/",
        "has_custom_certificate": False,
        "pending_update_count": 0,
        "max_connections": 3,
        "allowed_updates": ["callback_query"],
    }


@pytest.mark.parametrize(
    ("answer", "reason", "retry_after"),
    [
        (b"HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n",
         "Wrong response from the webhook: 429 Slow", 7.0),
        (b"HTTP/1.1 500 No\r\nRetry-After: soon\r\n\r\nbody",
         "Wrong response from the webhook: 500 No", 0.0),
        (b"", "Webhook connection closed", 0.0),
        (b"nonsense\r\n\r\n", "Webhook connection closed", 0.0),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx", "Webhook connection closed", 0.0),
    ],
)  # fmt: skip
async def test_bad_answers_are_named(answer: bytes, reason: str, retry_after: float) -> None:
    """Anything but a whole 2xx answer is a failure with its reason."""
    async with Receiver([answer]) as receiver:
        with pytest.raises(DeliveryError) as caught:
            await post(Webhook(f"http://127.0.0.1:{receiver.port}"), {"update_id": 1})
    assert (str(caught.value), caught.value.retry_after) == (reason, retry_after)


async def test_an_address_without_a_server_is_a_failure() -> None:
    """Where nobody listens, or no TLS is spoken, the delivery fails with a reason."""
    async with Receiver([b"HTTP/1.1 400 Plain\r\n\r\n"]) as receiver:
        port = receiver.port
    for scheme in ("http", "https"):
        with pytest.raises(DeliveryError):
            await post(Webhook(f"{scheme}://127.0.0.1:{port}"), {"update_id": 1})


async def test_a_host_that_cannot_be_named_is_a_failure() -> None:
    """An address with an impossible host name fails like one without a server."""
    with pytest.raises(DeliveryError, match="Failed to resolve host"):
        await post(Webhook(f"http://{'a' * 70}.test/"), {"update_id": 1})


@pytest.mark.parametrize(
    ("failures", "retry_after", "seconds"),
    [(1, 0.0, 0.0), (2, 0.0, 2.0), (3, 0.0, 4.0), (7, 0.0, 60.0), (999, 0.0, 60.0), (1, 7.0, 7.0),
     (9, 7.0, 7.0)],
)  # fmt: skip
def test_delays_double_up_to_a_minute(failures: int, retry_after: float, seconds: float) -> None:
    """The first repetition is at once, then the delay doubles; the receiver's wish goes first."""
    assert next_delay(failures, retry_after) == seconds


async def _info(http: httpx.AsyncClient) -> dict[str, object]:
    result = (await http.get(f"{API}/getWebhookInfo")).json()["result"]
    assert isinstance(result, dict)
    return result


def _text(update: dict[str, object]) -> object:
    message = update["message"]
    assert isinstance(message, dict)
    return message["text"]
