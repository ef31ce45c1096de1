"""The HTTP side, ours and that of our aiogram bots: what is sent, told apart and refused."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest
from aiogram import Bot
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramNetworkError,
    TelegramRetryAfter,
)
from aiogram.methods import GetMe
from scripted_api import TOKEN, Reply, ScriptedApi, granted, refused

from tickertape.channels.telegram.aiogram.aiogram_client import never_reached
from tickertape.channels.telegram.aiogram.methods import FetchUpdates
from tickertape.channels.telegram.calls import ApiCall, Denied, Granted, Unanswered
from tickertape.channels.telegram.direct_client import DirectClient, open_bot
from tickertape.errors import ConfigError, TransportError

pytest_plugins = ["telegram_fixtures"]
pytestmark = pytest.mark.anyio


@pytest.fixture
async def bot(api: ScriptedApi) -> AsyncIterator[Bot]:
    """A bot that speaks to the scripted server."""
    bot = open_bot(TOKEN, api_base=api.url + "/")
    yield bot
    await bot.session.close()


async def test_updates_come_raw(api: ScriptedApi, bot: Bot) -> None:
    """A batch is handed on as JSON gives it, whatever its elements are."""
    batch = [{"update_id": 1, "novelty": {}}, "nonsense", None]
    api.will("getUpdates", granted(batch))
    assert await bot(FetchUpdates(offset=1, timeout=0, allowed_updates=["message"])) == batch
    assert api.of("getUpdates") == [
        {"offset": "1", "timeout": "0", "allowed_updates": '["message"]'}
    ]


async def test_a_refused_connection_never_reached() -> None:
    """Where nobody listens, nothing was sent."""
    bot = open_bot(TOKEN, api_base="http://127.0.0.1:1")
    with pytest.raises(TelegramNetworkError) as raised:
        await bot(GetMe())
    await bot.session.close()
    assert never_reached(raised.value)


async def test_a_host_without_a_name_never_reached() -> None:
    """A host that no name server knows was never reached."""
    bot = open_bot(TOKEN, api_base="http://nowhere.invalid")
    with pytest.raises(TelegramNetworkError) as raised:
        await bot(GetMe())
    await bot.session.close()
    assert never_reached(raised.value)


async def test_a_cut_connection_may_have_been_heard(api: ScriptedApi, bot: Bot) -> None:
    """A connection that ends without an answer is not one that never stood."""
    api.instead("getMe", Reply(fault="cut"))
    with pytest.raises(TelegramNetworkError) as raised:
        await bot(GetMe())
    assert not never_reached(raised.value)
    assert len(api.calls) == 1


async def test_silence_may_have_been_heard(api: ScriptedApi, bot: Bot) -> None:
    """A call that got no answer in time is not one that never stood."""
    api.instead("getMe", Reply(fault="silent"))
    with pytest.raises(TelegramNetworkError) as raised:
        await bot(GetMe(), request_timeout=0.05)  # type: ignore[arg-type]
    assert not never_reached(raised.value)
    assert isinstance(raised.value.__cause__, TimeoutError)


@pytest.mark.parametrize("body", ["", "<html>slow down</html>", '{"ok": false, "error_code": 429}'])
async def test_the_header_names_the_wait(api: ScriptedApi, bot: Bot, body: str) -> None:
    """Where the body of a 429 names no wait, the header does."""
    api.instead("getMe", Reply(429, body, {"Retry-After": "7"}))
    with pytest.raises(TelegramRetryAfter) as raised:
        await bot(GetMe())
    assert raised.value.retry_after == 7


async def test_the_body_goes_before_the_header(api: ScriptedApi, bot: Bot) -> None:
    """Where both name a wait, the body's counts."""
    body = refused(429, "Too Many Requests: retry after 9", retry_after=9).body
    api.instead("getMe", Reply(429, body, {"Retry-After": "7"}))
    with pytest.raises(TelegramRetryAfter) as raised:
        await bot(GetMe())
    assert raised.value.retry_after == 9


@pytest.mark.parametrize("wait", ["soon", "-1", ""])
async def test_a_header_that_names_no_wait(api: ScriptedApi, bot: Bot, wait: str) -> None:
    """A header that is no number of seconds is as good as none."""
    body = '{"ok": false, "error_code": 429, "description": "Too Many Requests"}'
    api.instead("getMe", Reply(429, body, {"Retry-After": wait}))
    with pytest.raises(TelegramAPIError) as raised:
        await bot(GetMe())
    assert not isinstance(raised.value, TelegramRetryAfter)


async def test_redirects_are_not_followed(api: ScriptedApi, bot: Bot) -> None:
    """One call is one request: a redirect does not carry the token elsewhere."""
    api.instead("getMe", Reply(307, "", {"Location": api.url + "/elsewhere"}))
    with pytest.raises(ClientDecodeError):
        await bot(GetMe())
    assert [call.method for call in api.calls] == ["getMe"]


async def test_a_failure_without_a_description(api: ScriptedApi, bot: Bot) -> None:
    """A 5xx in the Bot API's form that describes nothing is an error like any other."""
    api.instead("getMe", Reply(500, '{"ok": false, "error_code": 500}'))
    with pytest.raises(ClientDecodeError):
        await bot(GetMe())


@pytest.fixture
async def client(api: ScriptedApi) -> AsyncIterator[DirectClient]:
    """A client of ours that speaks to the scripted server."""
    client = DirectClient(TOKEN, api_base=api.url + "/")
    yield client
    await client.aclose()


GET_ME = ApiCall("getMe")


async def test_a_call_of_ours_is_a_request(api: ScriptedApi, client: DirectClient) -> None:
    """Parameters go out as JSON, without those that are not given; the result comes as JSON."""
    batch = [{"update_id": 1, "novelty": {}}, "nonsense", None]
    api.will("getUpdates", granted(batch))
    call = ApiCall("getUpdates", {"offset": 1, "limit": None, "allowed_updates": ["message"]})
    assert await client.call(call, 5) == Granted(batch)
    assert api.of("getUpdates") == [{"offset": "1", "allowed_updates": '["message"]'}]
    assert (client.bot_id, client.token) == (4200000001, TOKEN)


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "http://nowhere.invalid"])
async def test_a_call_of_ours_that_never_reached(address: str) -> None:
    """Where nobody listens, or no such host is, nothing was sent."""
    client = DirectClient(TOKEN, api_base=address)
    answer = await client.call(GET_ME, 5)
    await client.aclose()
    assert isinstance(answer, Unanswered)
    assert answer.never_reached


async def test_a_call_of_ours_may_have_been_heard(api: ScriptedApi, client: DirectClient) -> None:
    """A cut connection and silence leave it open, and nothing is repeated."""
    api.instead("getMe", Reply(fault="cut"), Reply(fault="silent"))
    assert await client.call(GET_ME, 5) == Unanswered("ServerDisconnectedError")
    assert await client.call(GET_ME, 0.05) == Unanswered("TimeoutError")
    assert len(api.calls) == 2


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("", "Too Many Requests"),
        ("<html>slow down</html>", "Too Many Requests"),
        ('{"ok": false, "error_code": 429}', ""),
    ],
)
async def test_the_header_names_the_wait_to_us(
    api: ScriptedApi, client: DirectClient, body: str, words: str
) -> None:
    """Where the body of a 429 names no wait, the header does; else the body's counts."""
    named = refused(429, "retry after 9", retry_after=9).body
    waits = {"Retry-After": "7"}
    api.instead("getMe", Reply(429, body, waits), Reply(429, named, waits), Reply(200, body, waits))
    assert await client.call(GET_ME, 5) == Denied(429, words, 7.0)
    assert await client.call(GET_ME, 5) == Denied(429, "retry after 9", 9.0)
    assert not isinstance(await client.call(GET_ME, 5), Granted)


@pytest.mark.parametrize("wait", ["soon", "-1", ""])
async def test_a_header_that_names_us_no_wait(
    api: ScriptedApi, client: DirectClient, wait: str
) -> None:
    """A header that is no number of seconds is as good as none."""
    body = '{"ok": false, "error_code": 429, "description": "Too Many Requests"}'
    api.instead("getMe", Reply(429, body, {"Retry-After": wait}))
    assert await client.call(GET_ME, 5) == Denied(429, "Too Many Requests")


async def test_a_redirect_is_no_answer(api: ScriptedApi, client: DirectClient) -> None:
    """One call is one request: a redirect does not carry the token elsewhere."""
    api.instead("getMe", Reply(307, "", {"Location": api.url + "/elsewhere"}))
    assert isinstance(await client.call(GET_ME, 5), Unanswered)
    assert [call.method for call in api.calls] == ["getMe"]


@pytest.mark.parametrize("make", [open_bot, DirectClient])
@pytest.mark.parametrize("token", ["", "t0ken", "abc:def", "1 2:x", ":secret", "123:"])
async def test_what_is_no_token(make: Callable[..., object], token: str) -> None:
    """What cannot be a token is refused with one line that does not repeat it."""
    with pytest.raises(TransportError, match="not a Telegram bot token") as raised:
        make(token)
    assert not token or token not in str(raised.value)


@pytest.mark.parametrize("make", [open_bot, DirectClient])
@pytest.mark.parametrize("address", ["", "api.telegram.org", "ftp://x", "http://", "http://{x}"])
async def test_what_is_no_address(make: Callable[..., object], address: str) -> None:
    """What cannot be the address of an API is refused with the key's name."""
    with pytest.raises(ConfigError, match=r"telegram\.api_base"):
        make(TOKEN, api_base=address)
