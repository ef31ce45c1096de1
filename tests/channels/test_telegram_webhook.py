"""A bot with a webhook: how it is registered, read, declined, looked after, and removed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace

import httpx
import pytest
from aiogram import Bot as Client
from scripted_api import TOKEN, Reply, ScriptedApi, granted, refused
from test_telegram_emulator import PRIVATE, Phone
from test_telegram_emulator import TOKEN as EMULATED

from tickertape.channels.telegram import TelegramTransport, TelegramWebhook, open_bot
from tickertape.channels.telegram.direct_client import DirectClient
from tickertape.channels.telegram.inbound import ALLOWED_UPDATES
from tickertape.channels.telegram.webhooks import deliveries, receiver
from tickertape.channels.telegram.webhooks.requests import NOT_NOW
from tickertape.chat import Inbound, Message
from tickertape.emulator.server import EmulatorServer
from tickertape.errors import ConfigError, TransportError
from tickertape.ports import DecliningSource, SharedSource
from tickertape.testing.conformance import ChannelStage, check_source
from webhook_wire import SECRET, Wire, free_port, post, update

pytestmark = pytest.mark.anyio
pytest_plugins = ["telegram_fixtures"]

URL = "https://bot.example/tape"
NONE = granted({"url": "", "pending_update_count": 0})


class Bot:
    """A bot with a webhook, before a scripted Bot API."""

    def __init__(
        self, api: ScriptedApi, make: Callable[..., DirectClient | Client] = DirectClient
    ) -> None:
        self.port = free_port()
        self.pauses: list[float] = []
        self.channel = TelegramTransport(
            make(TOKEN, api_base=api.url),
            name="tape",
            webhook=TelegramWebhook(URL, f"127.0.0.1:{self.port}", SECRET),
            pause=self._pause,
        )

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)

    def posts(self, number: int, text: str = "hello") -> asyncio.Task[int]:
        """Let Telegram post an update; the task returns the status."""
        return asyncio.create_task(self._status(post(update(number, text))))

    async def _status(self, data: bytes) -> int:
        return (await Wire.ask(self.port, data)).status


@pytest.fixture
async def bot(api: ScriptedApi) -> AsyncIterator[Bot]:
    """A bot that was never here before, and that Telegram lets register and leave."""
    api.will("getWebhookInfo", NONE)
    api.will("setWebhook", granted(True))
    bot = Bot(api)
    yield bot
    await bot.channel.aclose()


async def read(incoming: AsyncGenerator[Inbound, None]) -> str:
    """Read the next message's text."""
    async with asyncio.timeout(20):
        message = await anext(incoming)
    assert isinstance(message, Message)
    return message.text


async def test_it_is_registered_read_and_removed(bot: Bot, api: ScriptedApi) -> None:
    """Telegram hears 200 when the reader comes back, and at the end that there is no webhook."""
    async with aclosing(bot.channel.messages()) as incoming:
        first = asyncio.create_task(read(incoming))
        await api.until("setWebhook", 1)
        posted = [bot.posts(5, "one")]
        assert await first == "one"
        posted.append(bot.posts(6, "two"))
        assert not posted[0].done()
        assert await read(incoming) == "two"
        assert await posted[0] == 200
    assert await posted[1] == 503
    await bot.channel.aclose()
    with pytest.raises(ConnectionError):
        await bot.posts(7)
    assert [call.method for call in api.calls] == [
        "getMe",
        "getWebhookInfo",
        "setWebhook",
        "deleteWebhook",
    ]
    assert api.of("setWebhook") == [
        {
            "url": URL,
            "secret_token": SECRET,
            "max_connections": "10",
            "allowed_updates": json.dumps(list(ALLOWED_UPDATES)),
            "drop_pending_updates": "false",
        }
    ]
    assert api.of("deleteWebhook") == [{"drop_pending_updates": "false"}]


async def test_in_an_aiogram_bot(api: ScriptedApi) -> None:
    """A bot of aiogram's registers, tells what Telegram knows, and leaves in the same way."""
    known = {"url": URL, "has_custom_certificate": False, "pending_update_count": 1}
    api.will("getWebhookInfo", granted({**known, "last_error_date": 1_764_583_200}))
    api.will("deleteWebhook", granted(True))
    api.will("setWebhook", granted(True))
    bot = Bot(api, open_bot)
    async with aclosing(bot.channel.messages()) as incoming:
        first = asyncio.create_task(read(incoming))
        await api.until("setWebhook", 1)
        posted = bot.posts(5, "one")
        assert await first == "one"
    assert await posted == 503
    await bot.channel.aclose()
    [registered] = api.of("setWebhook")
    assert (registered["secret_token"], registered["drop_pending_updates"]) == (SECRET, "false")
    assert [call.method for call in api.calls][1:] == [
        "getWebhookInfo",
        "deleteWebhook",
        "setWebhook",
        "deleteWebhook",
    ]


async def test_what_a_killed_process_left_is_set_newly(
    api: ScriptedApi, bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    """Where updates wait Telegram tries them at once, and the log tells why they could not come."""
    known = {
        "url": URL,
        "pending_update_count": 2,
        "last_error_date": 1_764_583_200,
        "last_error_message": "Wrong response from the webhook: 502 Bad Gateway",
    }
    api.instead("getWebhookInfo", granted(known))
    api.will("deleteWebhook", granted(True))
    async with aclosing(bot.channel.messages()) as incoming:
        first = asyncio.create_task(read(incoming))
        await api.until("setWebhook", 1)
        assert [call.method for call in api.calls][2:] == ["deleteWebhook", "setWebhook"]
        posted = bot.posts(5)
        await first
    assert await posted == 503
    [told] = [vars(r) for r in caplog.records if r.message == "Telegram could not bring an update"]
    assert told["error"] == "Wrong response from the webhook: 502 Bad Gateway"
    assert (told["at"], told["waiting"]) == ("2025-12-01T10:00:00+00:00", 2)
    assert told["channel"] == "tape"


@pytest.mark.parametrize(
    ("reply", "pauses", "words"),
    [
        (
            refused(400, "Bad Request: bad webhook: Failed to resolve host"),
            [0.5],
            (
                "Telegram refuses the webhook: check webhook.url "
                "(Bad Request: bad webhook: Failed to resolve host); retrying"
            ),
        ),
        (Reply(fault="cut"), [0.5], "Can't reach Telegram (ServerDisconnectedError); retrying"),
        (refused(429, "Too Many Requests", retry_after=1), [1.0], "Telegram asks to wait 1 s"),
    ],
)
async def test_the_registration_is_tried_again(
    reply: Reply,
    pauses: list[float],
    words: str,
    bot: Bot,
    api: ScriptedApi,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Until it is granted; what comes meanwhile waits. The log says what to do."""
    api.instead("setWebhook", reply, granted(True))
    async with aclosing(bot.channel.messages()) as incoming:
        first = asyncio.create_task(read(incoming))
        await api.until("setWebhook", 2)
        posted = bot.posts(5)
        assert await first == "hello"
    assert await posted == 503
    assert bot.pauses == pauses
    assert words in [record.getMessage() for record in caplog.records]
    assert SECRET not in caplog.text


async def test_a_webhook_that_others_receive_stays(bot: Bot, api: ScriptedApi) -> None:
    """The end of one process of several leaves it set: Telegram goes on to post to the others."""
    assert isinstance(bot.channel, SharedSource)
    assert bot.channel.share()
    async with aclosing(bot.channel.messages()) as incoming:
        first = asyncio.create_task(read(incoming))
        await api.until("setWebhook", 1)
        posted = bot.posts(5, "one")
        assert await first == "one"
    assert await posted == 503
    await bot.channel.aclose()
    with pytest.raises(ConnectionError):
        await bot.posts(6)
    assert api.of("deleteWebhook") == []


async def test_a_wrong_token_ends_it(bot: Bot, api: ScriptedApi) -> None:
    """Nothing listens then, and nothing is removed."""
    api.instead("getMe", refused(401, "Unauthorized"))
    with pytest.raises(TransportError, match="check the token"):
        await read(bot.channel.messages())
    await bot.channel.aclose()
    assert [call.method for call in api.calls] == ["getMe"]


async def test_an_address_in_use_ends_it(bot: Bot, api: ScriptedApi) -> None:
    """Telegram is not told of an address where another program listens."""
    other = await asyncio.start_server(lambda *_: None, "127.0.0.1", bot.port)
    with pytest.raises(ConfigError, match=r"webhook\.listen: .*listens there: stop that one"):
        await read(bot.channel.messages())
    other.close()
    await other.wait_closed()
    assert api.of("setWebhook") == []


async def test_what_is_declined_comes_again(bot: Bot, api: ScriptedApi) -> None:
    """A reader that could not store a message says so: Telegram hears 503, and brings it again."""
    assert isinstance(bot.channel, DecliningSource)
    async with aclosing(bot.channel.messages()) as incoming:
        first = asyncio.create_task(anext(incoming))
        await api.until("setWebhook", 1)
        posted = bot.posts(5, "one")
        message = await first
        assert bot.channel.decline(message)
        again = asyncio.create_task(anext(incoming))
        assert await posted == 503
        posted = bot.posts(5, "one")
        assert await again == message
        last = asyncio.create_task(anext(incoming))
        assert await posted == 200
        assert not bot.channel.decline(message), "nothing is in hand"
        last.cancel()
        await asyncio.wait({last})


async def test_what_is_polled_cannot_be_declined(api: ScriptedApi) -> None:
    """The next poll confirms it, whatever became of it."""
    channel = TelegramTransport.open(TOKEN, api_base=api.url)
    message = Message(PRIVATE, None, "hello", "1", to_us=True)
    assert not channel.decline(message)
    await channel.aclose()


async def test_a_reader_that_returns_goes_on(bot: Bot, api: ScriptedApi) -> None:
    """What it did not come back from is brought again; between two readers nothing is taken."""
    api.will("getMe", granted({"id": 1, "username": "x"}))
    api.will("getWebhookInfo", NONE)
    api.will("setWebhook", granted(True))
    async with aclosing(bot.channel.messages()) as incoming:
        first = asyncio.create_task(read(incoming))
        await api.until("setWebhook", 1)
        posted = bot.posts(5, "one")
        await first
    assert await posted == 503
    assert await bot.posts(5, "one") == 503
    async with aclosing(bot.channel.messages()) as incoming:
        first = asyncio.create_task(read(incoming))
        await api.until("setWebhook", 2)
        posted = bot.posts(5, "one")
        assert await first == "one"


async def test_what_says_nothing_is_taken(
    bot: Bot, api: ScriptedApi, caplog: pytest.LogCaptureFixture
) -> None:
    """A malformed update, or one of a kind that is not read, is not brought again for a day."""
    deep: object = "my secret plan"
    for _ in range(400):
        deep = [deep]
    async with aclosing(bot.channel.messages()) as incoming:
        first = asyncio.create_task(read(incoming))
        await api.until("setWebhook", 1)
        odd = {"update_id": 5, "message": "my secret plan"}
        for body in (odd, {"update_id": 6, "poll": {}}, {"update_id": 7, "message": deep}):
            assert await bot._status(post(body)) == 200
        posted = bot.posts(8, "one")
        assert await first == "one"
    assert await posted == 503
    skipped = [r.getMessage() for r in caplog.records if "skipped" in r.message]
    assert skipped == [
        "skipped update 5: it is malformed",
        "skipped update 7: it is malformed",
    ]
    assert "secret" not in caplog.text


async def test_a_quiet_webhook_is_looked_after(
    bot: Bot, api: ScriptedApi, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Telegram is asked what it knows: one that is gone is set again, a failure is told once."""
    monkeypatch.setattr(receiver, "_QUIET", 0.02)
    failed = {"url": URL, "last_error_date": 1_764_583_200, "last_error_message": "SSL error"}
    api.will("getWebhookInfo", refused(500, "Internal"), granted(failed), granted(failed), NONE)
    # On a busy machine it is looked at again before the update is there.
    api.will("getWebhookInfo", *[granted(failed)] * 1_000)
    api.will("setWebhook", granted(True))
    async with aclosing(bot.channel.messages()) as incoming:
        first = asyncio.create_task(read(incoming))
        await api.until("setWebhook", 2)
        posted = bot.posts(5, "one")
        assert await first == "one"
    assert await posted == 503
    warned = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert warned == [
        "Can't ask Telegram about the webhook: Internal",
        "Telegram could not bring an update",
        "another program has changed this bot's webhook: it is set again; stop one of the two",
    ]


async def test_one_that_cannot_be_removed(
    bot: Bot, api: ScriptedApi, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged, and the end goes on."""
    api.instead("deleteWebhook", refused(500, "Internal"))
    async with aclosing(bot.channel.messages()) as incoming:
        first = asyncio.create_task(read(incoming))
        await api.until("setWebhook", 1)
        posted = bot.posts(5)
        await first
    await posted
    await bot.channel.aclose()
    assert "the webhook was not removed: Internal" in [r.getMessage() for r in caplog.records]
    with pytest.raises(ConnectionError):
        await bot.posts(6)


async def test_it_is_a_source(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a webhook, too, it keeps the promises of a channel: order, keys, what comes again."""
    at_once = replace(NOT_NOW, headers=())
    monkeypatch.setattr(deliveries, "NOT_NOW", at_once)
    here = replace(PRIVATE, channel="acme")

    @asynccontextmanager
    async def open_stage() -> AsyncIterator[ChannelStage]:
        async with (
            EmulatorServer(port=0) as emulator,
            httpx.AsyncClient(base_url=emulator.url, trust_env=False) as http,
        ):
            phone = Phone(http)

            @asynccontextmanager
            async def open_channel() -> AsyncIterator[TelegramTransport]:
                port = free_port()
                hook = {
                    "url": f"http://127.0.0.1:{port}/tape",
                    "listen": f"127.0.0.1:{port}",
                    "secret": SECRET,
                }
                channel = TelegramTransport.open(
                    EMULATED, name="acme", api_base=emulator.url, webhook=hook
                )
                yield channel
                await channel.aclose()

            yield ChannelStage(
                open_channel,
                here,
                write=lambda text: phone.write(here, text),
                press=lambda message_id: phone.press(here, message_id),
            )

    await check_source(open_stage)


async def test_polling_again_removes_it() -> None:
    """A bot that goes back to polling gets what waited, also after a process that was killed."""
    async with (
        EmulatorServer(port=0) as emulator,
        httpx.AsyncClient(base_url=emulator.url, trust_env=False) as http,
    ):
        hook = {"url": "http://127.0.0.1:9/tape", "secret_token": SECRET}
        (await http.post(f"/bot{EMULATED}/setWebhook", json=hook)).raise_for_status()
        await Phone(http).write(PRIVATE, "waiting")
        channel = TelegramTransport.open(EMULATED, api_base=emulator.url)
        async with aclosing(channel.messages()) as incoming:
            assert await read(incoming) == "waiting"
        await channel.aclose()
        info = (await http.get(f"/bot{EMULATED}/getWebhookInfo")).json()["result"]
        assert info["url"] == ""
