"""The server of webhooks over real sockets: what is refused, torn, slow, too much, or too late."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from tickertape.channels.telegram.webhooks import deliveries as waiting
from tickertape.channels.telegram.webhooks import server as serving
from tickertape.channels.telegram.webhooks.deliveries import Deliveries
from tickertape.channels.telegram.webhooks.hook import TelegramWebhook
from tickertape.channels.telegram.webhooks.requests import LARGEST_BODY, HttpReply, PostedUpdate
from tickertape.channels.telegram.webhooks.server import Mount, WebhookServer
from tickertape.errors import ConfigError, TransportError
from webhook_wire import SECRET, Seen, Wire, free_port, post, update

pytestmark = pytest.mark.anyio


class CountedDeliveries(Deliveries):
    """Deliveries that tell which requests came so far."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = Seen()

    async def deliver(self, update: PostedUpdate) -> HttpReply:
        """Note the request, and let it wait."""
        self.asked.note(update.id)
        return await super().deliver(update)


class Bot:
    """A bot behind a webhook, whose reader takes what comes."""

    def __init__(self, port: int, path: str = "/tape", secret: str = SECRET) -> None:
        self.hook = TelegramWebhook(f"https://bot.example{path}", f"127.0.0.1:{port}", secret)
        self.deliveries = CountedDeliveries()
        self.mount = Mount(path, self.hook, self.deliveries)
        self.read = Seen()
        self.may_take = asyncio.Event()
        self.may_take.set()

    async def take(self) -> None:
        """Take every update, as soon as it may."""
        while True:
            assert await self.deliveries.wait(60)
            with self.deliveries.next() as delivery:
                self.read.note(delivery.update.id)
                await self.may_take.wait()


@pytest.fixture
def port() -> int:
    """A free port."""
    return free_port()


@pytest.fixture
async def bot(port: int) -> AsyncIterator[Bot]:
    """A bot that takes what comes, at `/tape`."""
    bot = Bot(port)
    server = WebhookServer.at(bot.hook.at)
    await server.add(bot.mount)
    bot.deliveries.open()
    taking = asyncio.create_task(bot.take())
    yield bot
    taking.cancel()
    await asyncio.wait({taking})
    bot.deliveries.close()
    await server.remove(bot.mount)
    assert server._listener is None


async def test_an_update_is_taken(bot: Bot, port: int) -> None:
    """It is read, then answered; the connection is kept for the next one."""
    async with Wire.to(port) as wire:
        for number in (5, 6):
            wire.send(post(update(number)))
            answer = await wire.answer()
            assert (answer.status, answer.text) == (200, "taken\n")
    assert bot.read == [5, 6]


@pytest.mark.parametrize(
    ("data", "status", "words"),
    [
        (post({}, path="/nowhere"), 404, "no bot has this address"),
        (post({}, path="/tape/"), 404, "no bot has this address"),
        (post({}, path="//tape"), 404, "no bot has this address"),
        (post(b"", method="GET"), 405, "only POST"),
        (post(b"", method="DELETE"), 405, "only POST"),
        (post({}, secret=None), 401, "is missing"),
        (post({}, secret="wrong"), 403, "another secret"),
        (post({}, secret="\udcff"), 403, "another secret"),
        (post({}, Content_Type="text/plain"), 415, "application/json"),
        (post({}, Content_Encoding="gzip"), 415, "not compressed"),
        (post(b"", Content_Length=str(LARGEST_BODY + 1)), 413, "longer than 1048576"),
        (post(b"12345GARBAGE", Content_Length="5"), 400, "this is not HTTP"),
        (post(b"{"), 400, "not JSON"),
        (post({}), 400, "not an update"),
        (post(update(1), Content_Length="-5"), 400, "this is not HTTP"),
        (post(update(1), Content_Length="1e3"), 400, "this is not HTTP"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, "this is not HTTP"),
        (b"HELLO\r\n\r\n", 400, "this is not HTTP"),
        (b"POST /" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n", 400, "this is not HTTP"),
        (post({}, X_Long="a" * 9000), 400, "this is not HTTP"),
        (post({}, **{f"X_{number}": "a" for number in range(100)}), 400, "this is not HTTP"),
        (b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 404, ""),
        (post(update(1), path="http://x/tape"), 200, "taken"),
        (post(update(1), path="/t%61pe?a=1"), 200, "taken"),
    ],
)
async def test_each_wrong_request_has_its_answer(
    bot: Bot, port: int, data: bytes, status: int, words: str
) -> None:
    """It is told what is wrong, reaches no one, and its connection is closed."""
    async with Wire.to(port) as wire:
        wire.send(data)
        answer = await wire.answer()
        assert answer.status == status
        assert words in answer.text
        assert SECRET not in str(answer)
        if status != 200:
            assert bot.read == []
            await wire.closed()
        if status == 405:
            assert answer.headers["allow"] == "post"


async def test_a_body_of_unknown_length_is_measured(bot: Bot, port: int) -> None:
    """Chunks are read as far as they may be; beyond that it is too large; garbage is torn."""
    body = json.dumps(update(7)).encode()
    chunked = post(b"", Transfer_Encoding="chunked").replace(b"Content-Length: 0\r\n", b"")
    whole = chunked + f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"
    assert (await Wire.ask(port, whole)).status == 200
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    assert (await Wire.ask(port, chunked + chunk * 17 + b"0\r\n\r\n")).status == 413
    assert (await Wire.ask(port, chunked + b"zz\r\n")).status == 400
    assert bot.read == [7]


async def test_a_torn_request_reaches_no_one(bot: Bot, port: int) -> None:
    """Cut anywhere, it is as if it had never been; the next one is taken."""
    whole = post(update(7))
    for length in range(1, len(whole), 9):
        async with Wire.to(port) as wire:
            wire.send(whole[:length])
            await wire.sent()
            wire.end()
            await wire.closed()
    assert bot.read == []
    assert (await Wire.ask(port, whole)).status == 200
    assert bot.read == [7]


async def test_one_whose_sender_does_not_wait_is_taken(bot: Bot, port: int) -> None:
    """All of it came: it is read, though no one hears the answer."""
    bot.may_take.clear()
    async with Wire.to(port) as wire:
        wire.send(post(update(7)))
        await bot.read.reach(1)
    bot.may_take.set()
    assert (await Wire.ask(port, post(update(8)))).status == 200
    assert bot.read == [7, 8]


async def test_those_that_wait_are_read_in_order(bot: Bot, port: int) -> None:
    """While one is being taken others come: the smallest number is next, and a copy is the same."""
    bot.may_take.clear()
    asked = [asyncio.create_task(Wire.ask(port, post(update(5))))]
    await bot.read.reach(1)
    numbers = (9, 7, 8, 7, 5, 6)
    asked += [asyncio.create_task(Wire.ask(port, post(update(number)))) for number in numbers]
    await bot.deliveries.asked.reach(7)
    bot.may_take.set()
    assert [one.status for one in await asyncio.gather(*asked)] == [200] * 7
    assert bot.read == [5, 6, 7, 8, 9]


async def test_an_update_that_is_not_dealt_with_in_time(
    bot: Bot, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its request is told to come again; one that was not read is forgotten until then."""
    monkeypatch.setattr(waiting, "PATIENCE", 0.05)
    bot.may_take.clear()
    first = await Wire.ask(port, post(update(5)))
    second = await Wire.ask(port, post(update(6)))
    assert [first.status, second.status] == [503, 503]
    assert first.headers["retry-after"] == "5"
    assert bot.read == [5]
    bot.may_take.set()
    monkeypatch.setattr(waiting, "PATIENCE", 20.0)
    assert (await Wire.ask(port, post(update(6)))).status == 200
    assert bot.read == [5, 6]


async def test_too_many_with_the_secret_at_once(
    bot: Bot, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What would wait beyond the limit is told to come again at once; nothing is kept of it."""
    monkeypatch.setattr(waiting, "MOST", 2)
    bot.may_take.clear()
    asked = [asyncio.create_task(Wire.ask(port, post(update(number)))) for number in (5, 6)]
    await bot.deliveries.asked.reach(2)
    late = await Wire.ask(port, post(update(7)))
    assert (late.status, late.headers["retry-after"]) == (503, "1")
    bot.may_take.set()
    assert [one.status for one in await asyncio.gather(*asked)] == [200, 200]
    assert bot.read == [5, 6]


async def test_what_was_not_dealt_with_at_the_end_comes_again(bot: Bot, port: int) -> None:
    """Once the reader leaves, what waits and what comes is answered with 503."""
    bot.may_take.clear()
    asked = [asyncio.create_task(Wire.ask(port, post(update(number)))) for number in (5, 6)]
    await bot.deliveries.asked.reach(2)
    await bot.read.reach(1)
    bot.deliveries.close()
    assert [one.status for one in await asyncio.gather(*asked)] == [503, 503]
    assert (await Wire.ask(port, post(update(7)))).status == 503
    assert bot.read == [5]


async def test_a_slow_body_is_given_up(
    bot: Bot, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its sender is told, and the connection is closed."""
    monkeypatch.setattr(serving, "_BODY_SECONDS", 0.05)
    async with Wire.to(port) as wire:
        wire.send(post(update(7))[:-1])
        assert (await wire.answer()).status == 408
        assert await wire.closed() == b""
    assert bot.read == []


@pytest.mark.parametrize("beginning", [b"", b"POST /tape HTTP/1.1\r\nHost", post({}, secret=None)])
async def test_a_stranger_who_is_slow_is_cut(
    beginning: bytes, bot: Bot, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that shows no secret does not last; one that did is kept."""
    monkeypatch.setattr(serving, "_STRANGER_SECONDS", 0.2)
    async with Wire.to(port) as friend, Wire.to(port) as stranger:
        friend.send(post(update(7)))
        assert (await friend.answer()).status == 200
        stranger.send(beginning)
        await stranger.closed()
        friend.send(post(update(8)))
        assert (await friend.answer()).status == 200


async def test_a_crowd_of_strangers_keeps_no_one_out(
    bot: Bot, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest of them is cut for whoever comes next; a friend is never cut."""
    monkeypatch.setattr(serving, "_STRANGERS", 4)
    async with AsyncExitStack() as stack:
        friend = await stack.enter_async_context(Wire.to(port))
        friend.send(post(update(1)))
        assert (await friend.answer()).status == 200
        crowd = [await stack.enter_async_context(Wire.to(port)) for _ in range(20)]
        assert (await Wire.ask(port, post(update(2)))).status == 200
        await asyncio.gather(*(one.closed() for one in crowd[:16]))
        friend.send(post(update(3)))
        assert (await friend.answer()).status == 200


async def test_a_flood_is_a_line_in_the_log(
    bot: Bot, port: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Refusals are told once for each kind, by the channel's name and with the reason."""
    await asyncio.gather(*(Wire.ask(port, post({}, secret="no")) for _ in range(30)))
    await Wire.ask(port, b"not HTTP\r\n\r\n")
    await Wire.ask(port, post(b"", method="GET"))
    records = [vars(r) for r in caplog.records if r.levelno >= logging.WARNING]
    assert [(r["channel"], r["status"], r["requests"]) for r in records] == [
        ("/tape", 403, 1),
        ("/tape", 405, 1),
    ]


async def test_two_bots_at_one_address(bot: Bot, port: int) -> None:
    """Each path has its secret and its reader; the address is closed with the last of them."""
    other = Bot(port, "/work", "another-secret")
    server = WebhookServer.at(other.hook.at)
    await server.add(other.mount)
    other.deliveries.open()
    taking = asyncio.create_task(other.take())
    assert (await Wire.ask(port, post(update(1), path="/work"))).status == 403
    assert (await Wire.ask(port, post(update(1), secret="another-secret"))).status == 403
    answer = await Wire.ask(port, post(update(1), path="/work", secret="another-secret"))
    assert answer.status == 200
    assert (await Wire.ask(port, post(update(1)))).status == 200
    assert (bot.read, other.read) == ([1], [1])
    taking.cancel()
    await asyncio.wait({taking})
    await server.remove(other.mount)
    assert (await Wire.ask(port, post({}, path="/work"))).status == 404
    assert (await Wire.ask(port, post(update(2)))).status == 200


async def test_an_address_that_cannot_be_had(bot: Bot, port: int) -> None:
    """A path of another bot, and a port of another program, are told with what to do."""
    twin = Bot(port)
    with pytest.raises(TransportError, match="Two webhooks have the path /tape at "):
        await WebhookServer.at(twin.hook.at).add(twin.mount)
    taken = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    late = Bot(taken.sockets[0].getsockname()[1])
    with pytest.raises(ConfigError, match=r"127.0.0.1:\d+.*another program .*: stop that"):
        await WebhookServer.at(late.hook.at).add(late.mount)
    taken.close()
    await taken.wait_closed()
    await WebhookServer.at(late.hook.at).add(late.mount)
    await WebhookServer.at(late.hook.at).remove(late.mount)
    elsewhere = Mount("tape", replace(bot.hook, listen="192.0.2.1:8443"), late.mount.deliveries)
    with pytest.raises(ConfigError, match=r"this machine does not have that address.*: name 127"):
        await WebhookServer.at(elsewhere.hook.at).add(elsewhere)
