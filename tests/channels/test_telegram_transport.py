"""The channel against a scripted server: one call, one outcome; polling outlives everything."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import get_args

import pytest
from aiogram import Bot
from aiogram.client.default import DefaultBotProperties
from scripted_api import ME, TOKEN, Reply, ScriptedApi, granted, refused

from tickertape.channels.telegram import TelegramTransport, open_bot, surface_of
from tickertape.channels.telegram.direct_client import DirectClient
from tickertape.channels.telegram.transport import DEADLINES
from tickertape.chat import Address, ChatKind, Inbound, Message, StopPressed
from tickertape.delivery.actions import (
    Accepted,
    Action,
    Delete,
    Edit,
    Post,
    Reason,
    Refused,
    ShowDraft,
    Throttled,
    Unknown,
)
from tickertape.errors import TransportError
from tickertape.markup.forms import Blocks
from tickertape.markup.tree import Paragraph, Words
from tickertape.ports import Channel

pytest_plugins = ["telegram_fixtures"]
pytestmark = pytest.mark.anyio

PRIVATE = Address("telegram", "1001", ChatKind.PRIVATE)
CHAT = {"id": 1001, "type": "private", "first_name": "Ann"}
ANN = {"id": 1001, "is_bot": False, "first_name": "Ann"}
ACTIONS: list[tuple[Action, str]] = [
    (ShowDraft(PRIVATE, "5", "hi"), "sendMessageDraft"),
    (Post(PRIVATE, "hi"), "sendMessage"),
    (Edit(PRIVATE, "9", "hi"), "editMessageText"),
    (Delete(PRIVATE, "9"), "deleteMessage"),
]


class Pauses:
    """Stands for waiting: records how long, and goes on at once."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        """Record a pause."""
        self.seconds.append(seconds)
        await asyncio.sleep(0)


@pytest.fixture
def pauses() -> Pauses:
    """What the channel waited."""
    return Pauses()


@pytest.fixture(params=[DirectClient, open_bot], ids=["direct", "aiogram"])
async def channel(
    request: pytest.FixtureRequest, api: ScriptedApi, pauses: Pauses
) -> AsyncIterator[TelegramTransport]:
    """A channel that speaks to the scripted server: by a client of ours, and by aiogram's."""
    channel = TelegramTransport(request.param(TOKEN, api_base=api.url), pause=pauses)
    yield channel
    api.instead("getUpdates", granted([]))
    await channel.aclose()


def _update(number: int, text: str) -> dict[str, object]:
    message = {"message_id": number, "date": 1, "chat": CHAT, "from": ANN, "text": text}
    return {"update_id": number, "message": message}


async def _take(channel: TelegramTransport, count: int) -> list[Inbound]:
    """Read so many inbound values, and leave."""
    taken: list[Inbound] = []
    async with asyncio.timeout(20), aclosing(channel.messages()) as inbound:
        while len(taken) < count:
            taken.append(await anext(inbound))
    return taken


def _texts(taken: list[Inbound]) -> list[str]:
    return [one.text for one in taken if isinstance(one, Message)]


@pytest.mark.parametrize(
    ("action", "method", "result", "outcome"),
    [
        (*ACTIONS[0], True, Accepted("hi")),
        (
            *ACTIONS[1],
            {"message_id": 4, "date": 1, "chat": CHAT, "text": "hi."},
            Accepted("hi.", "4"),
        ),
        (
            *ACTIONS[2],
            {"message_id": 9, "date": 1, "chat": CHAT, "text": "hi."},
            Accepted("hi.", "9"),
        ),
    ],
)
async def test_accepted(
    api: ScriptedApi,
    channel: TelegramTransport,
    action: Action,
    method: str,
    result: object,
    outcome: Accepted,
) -> None:
    """A granted call is one call, and its outcome is what the server shows."""
    api.will(method, granted(result))
    assert await channel.perform(action) == outcome
    assert [call.method for call in api.calls] == [method]


async def test_every_kind_of_call_has_a_deadline() -> None:
    """Whatever delivery asks for is given up some time."""
    assert set(DEADLINES) == set(get_args(Action))


async def test_the_form_of_a_call(api: ScriptedApi) -> None:
    """Not even a bot whose defaults say otherwise makes markup of a text."""
    bot = open_bot(TOKEN, api_base=api.url)
    bot.default = DefaultBotProperties(parse_mode="HTML", link_preview_is_disabled=False)
    channel = TelegramTransport(bot)
    api.will("sendMessage", granted({"message_id": 4, "date": 1, "chat": CHAT, "text": "<b>"}))
    await channel.perform(
        Post(Address("telegram", "-100", ChatKind.GROUP, "7"), "<b>", reply_to="3")
    )
    await channel.aclose()
    assert api.of("sendMessage") == [
        {
            "chat_id": "-100",
            "message_thread_id": "7",
            "text": "<b>",
            "link_preview_options": '{"is_disabled": true}',
            "reply_parameters": '{"message_id": 3, "allow_sending_without_reply": true}',
        }
    ]


@pytest.mark.parametrize(("action", "method"), ACTIONS)
@pytest.mark.parametrize(
    ("reply", "detail"),
    [
        (Reply(fault="cut"), "ServerDisconnectedError"),
        (Reply(502, "<html>bad gateway</html>"), "the answer is not one of the Bot API"),
        (Reply(200, "<html>captive portal</html>"), "the answer is not one of the Bot API"),
        (Reply(200, '{"ok": tr'), "the answer is not one of the Bot API"),
        (Reply(502, '{"message": "no upstream"}'), "the answer is not one of the Bot API"),
        (refused(500, "Internal Server Error: restart"), "Internal Server Error: restart"),
    ],
)
async def test_unknown(
    api: ScriptedApi,
    channel: TelegramTransport,
    action: Action,
    method: str,
    reply: Reply,
    detail: str,
) -> None:
    """What is no answer leaves it open whether the call was applied, and is not repeated."""
    api.will(method, reply)
    assert await channel.perform(action) == Unknown(detail)
    assert len(api.calls) == 1


@pytest.mark.parametrize(("action", "method"), ACTIONS)
async def test_refusals(
    api: ScriptedApi, channel: TelegramTransport, action: Action, method: str
) -> None:
    """A no is a refusal, a 429 a wait, a wrong token a refusal of everything."""
    api.will(method, refused(403, "Forbidden: bot was blocked by the user"))
    blocked = Refused(Reason.CHAT_DEAD, "Forbidden: bot was blocked by the user")
    assert await channel.perform(action) == blocked
    api.will(method, refused(429, "Too Many Requests: retry after 35", retry_after=35))
    assert await channel.perform(action) == Throttled(35.0)
    api.will(method, Reply(429, "<html>slow down</html>", {"Retry-After": "3"}))
    assert await channel.perform(action) == Throttled(3.0)
    api.will(method, refused(401, "Unauthorized"))
    assert await channel.perform(action) == Refused(Reason.UNAUTHORIZED, "Unauthorized")
    moved = "Bad Request: group chat was upgraded to a supergroup chat"
    api.will(method, refused(400, moved, migrate_to_chat_id=-1009))
    outcome = await channel.perform(action)
    assert isinstance(outcome, Refused)
    assert (outcome.reason, outcome.moved_to) == (Reason.CHAT_MOVED, "-1009")


@pytest.mark.parametrize(("action", "_method"), ACTIONS)
async def test_a_refused_connection_is_a_wait(action: Action, _method: str) -> None:
    """Where nobody listens nothing was shown, and the call may be made again."""
    channel = TelegramTransport.open(TOKEN, api_base="http://127.0.0.1:1")
    assert await channel.perform(action) == Throttled(1.0, by_flood_control=False)
    await channel.aclose()


async def test_an_answer_beyond_our_types(api: ScriptedApi, channel: TelegramTransport) -> None:
    """A message that was sent is known to be sent, whatever else the answer holds."""
    result = {"message_id": 4, "date": "?", "chat": 7, "text": "hi"}
    api.will("sendMessage", granted(result))
    assert await channel.perform(Post(PRIVATE, "hi")) == Accepted("hi", "4")


class ForeignSession:
    """A session of somebody else's making: it records the calls, and fails in its own way."""

    def __init__(self) -> None:
        self.seconds: list[object] = []

    async def __call__(self, bot: Bot, method: object, **options: object) -> object:
        """Fail, naming the address that was called."""
        self.seconds.append(options["timeout"])
        raise RuntimeError(f"cannot post to https://api.telegram.org/bot{bot.token}/x")


async def test_perform_never_raises(caplog: pytest.LogCaptureFixture) -> None:
    """Even an exception that nobody foresaw is an outcome, and it is logged without its text."""
    bot = open_bot(TOKEN)
    bot.session = ForeignSession()  # type: ignore[assignment]
    channel = TelegramTransport(bot)
    assert await channel.perform(Post(PRIVATE, "hi")) == Unknown("RuntimeError")
    assert "RuntimeError" in caplog.text
    assert TOKEN not in caplog.text


async def test_how_long_a_call_may_take() -> None:
    """A draft has 4 s to be answered; what leaves a trace is listened for, 3 minutes long."""
    bot = open_bot(TOKEN)
    session = ForeignSession()
    bot.session = session  # type: ignore[assignment]
    for action, _ in ACTIONS:
        await TelegramTransport(bot).perform(action)
    assert session.seconds == [4, 180, 180, 180]


async def test_cancellation_passes(api: ScriptedApi, channel: TelegramTransport) -> None:
    """Cancelling a call that waits for its answer is no outcome but cancellation."""
    api.will("sendMessage", Reply(fault="silent"))
    call = asyncio.create_task(channel.perform(Post(PRIVATE, "hi")))
    await api.until("sendMessage", 1)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call


async def test_a_poll(api: ScriptedApi, channel: TelegramTransport) -> None:
    """Polling introduces itself once, asks for the kinds it reads, and waits on the server."""
    api.will("getUpdates", granted([_update(7, "hi")]))
    assert _texts(await _take(channel, 1)) == ["hi"]
    assert [call.method for call in api.calls] == ["getMe", "deleteWebhook", "getUpdates"]
    assert api.of("deleteWebhook") == [{"drop_pending_updates": "false"}]
    assert api.of("getUpdates") == [
        {
            "timeout": "30",
            "allowed_updates": json.dumps(
                ["message", "channel_post", "callback_query", "stopped_message_generation"]
            ),
        }
    ]


async def test_updates_are_confirmed_when_the_reader_comes_back(
    api: ScriptedApi, channel: TelegramTransport
) -> None:
    """The next poll confirms a batch, and only when the reader asks for what is behind it."""
    api.will("getUpdates", granted([_update(7, "one"), _update(8, "two")]))
    api.will("getUpdates", granted([_update(9, "three")]))
    async with aclosing(channel.messages()) as inbound:
        assert _texts([await anext(inbound), await anext(inbound)]) == ["one", "two"]
        assert len(api.of("getUpdates")) == 1
        assert _texts([await anext(inbound)]) == ["three"]
        assert api.of("getUpdates")[1]["offset"] == "9"


async def test_a_reader_that_leaves_confirms_what_it_came_back_from(
    api: ScriptedApi, channel: TelegramTransport
) -> None:
    """On closing, an update is confirmed only if the reader has asked for the next one."""
    api.will("getUpdates", granted([_update(7, "one"), _update(8, "two")]))
    assert _texts(await _take(channel, 2)) == ["one", "two"]
    api.will("getUpdates", granted([_update(8, "two")]))
    await channel.aclose()
    assert api.of("getUpdates")[1] == {"offset": "8", "limit": "1", "timeout": "0"}


async def test_a_reader_that_never_comes_back_confirms_nothing(
    api: ScriptedApi, channel: TelegramTransport
) -> None:
    """An update in the hands of a reader that leaves, or is cancelled, stays with the server."""
    api.will("getUpdates", granted([_update(7, "one")]))
    assert _texts(await _take(channel, 1)) == ["one"]
    await channel.aclose()
    assert len(api.of("getUpdates")) == 1
    assert "offset" not in api.of("getUpdates")[0]


async def test_a_reader_that_waits_for_more_has_dealt_with_the_last(
    api: ScriptedApi, channel: TelegramTransport
) -> None:
    """Cancelled while nothing comes, as at the end of a program, it leaves nothing open."""
    api.will("getUpdates", granted([_update(7, "one")]))  # the next poll hangs
    taken: list[Inbound] = []

    async def read() -> None:
        async with aclosing(channel.messages()) as messages:
            while True:
                taken.append(await anext(messages))

    reading = asyncio.create_task(read())
    async with asyncio.timeout(20):
        await api.until("getUpdates", 2)
    reading.cancel()
    await asyncio.wait([reading])
    assert _texts(taken) == ["one"]
    assert api.of("getUpdates")[1]["offset"] == "8"


async def test_closing_does_not_insist(
    api: ScriptedApi, channel: TelegramTransport, caplog: pytest.LogCaptureFixture
) -> None:
    """A server that fails at the goodbye does not keep the channel from closing."""
    api.will("getUpdates", granted([_update(7, "one"), _update(8, "two")]), Reply(fault="cut"))
    await _take(channel, 2)
    await channel.aclose()
    assert "the last updates were not confirmed: ServerDisconnectedError" in caplog.text


async def test_a_reader_that_returns_goes_on(api: ScriptedApi, channel: TelegramTransport) -> None:
    """A second iterator goes on behind what the first one has dealt with."""
    api.will("getMe", granted(ME))
    api.will("deleteWebhook", granted(True))
    api.will("getUpdates", granted([_update(7, "one"), _update(8, "two")]))
    api.will("getUpdates", granted([_update(8, "two")]))
    assert _texts(await _take(channel, 2) + await _take(channel, 1)) == ["one", "two", "two"]
    assert api.of("getUpdates")[1]["offset"] == "8"


async def test_malformed_updates_are_skipped(
    api: ScriptedApi, channel: TelegramTransport, caplog: pytest.LogCaptureFixture
) -> None:
    """An update that cannot be read is logged by its number and confirmed; the others come."""
    broken = {"update_id": 8, "message": {"text": "a secret"}}
    api.will("getUpdates", granted([_update(7, "one"), broken, "x", _update(9, "two")]))
    assert _texts(await _take(channel, 2)) == ["one", "two"]
    assert "skipped update 8" in caplog.text
    assert "a secret" not in caplog.text


async def test_a_batch_without_numbers_does_not_spin(
    api: ScriptedApi, channel: TelegramTransport, pauses: Pauses
) -> None:
    """Updates that cannot be confirmed make the polls slow, not endless."""
    api.will("getUpdates", granted([{"message": "?"}]), granted([_update(7, "one")]))
    assert _texts(await _take(channel, 1)) == ["one"]
    assert pauses.seconds == [30.0]


async def test_failures_are_waited_out(
    api: ScriptedApi,
    channel: TelegramTransport,
    pauses: Pauses,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """After any failure but a wrong token polling goes on, with a longer pause each time."""
    api.will(
        "getUpdates",
        Reply(fault="cut"),
        Reply(502, "<html>a secret</html>"),
        Reply(200, '{"ok": true, "result": "nonsense"}'),
        Reply(500, '{"ok": false, "error_code": 500}'),
        refused(400, "Bad Request: strange"),
        *[Reply(502, "") for _ in range(4)],
        granted([]),
        Reply(fault="cut"),
        granted([_update(7, "one")]),
    )
    assert _texts(await _take(channel, 1)) == ["one"]
    assert pauses.seconds == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0, 0.5]
    assert "a secret" not in caplog.text


async def test_floods_are_waited_out(
    api: ScriptedApi, channel: TelegramTransport, pauses: Pauses
) -> None:
    """A poll that is throttled waits exactly as long as it was told, already at the first call."""
    api.instead(
        "getMe", refused(429, "Too Many Requests: retry after 7", retry_after=7), granted(ME)
    )
    api.will("getUpdates", granted([_update(7, "one")]))
    assert _texts(await _take(channel, 1)) == ["one"]
    assert pauses.seconds == [7.0]


async def test_a_conflict_is_told(
    api: ScriptedApi,
    channel: TelegramTransport,
    pauses: Pauses,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """When another program polls for the same bot, the log says what to do about it."""
    api.will(
        "getUpdates",
        refused(409, "Conflict: terminated by other getUpdates request"),
        granted([_update(7, "one")]),
    )
    assert _texts(await _take(channel, 1)) == ["one"]
    assert "another program receives this bot's messages; stop one of the two" in caplog.text
    assert pauses.seconds == [0.5]


@pytest.mark.parametrize(("status", "text"), [(401, "Unauthorized"), (404, "Not Found")])
@pytest.mark.parametrize("method", ["getMe", "getUpdates"])
async def test_a_wrong_token_ends_polling(
    api: ScriptedApi, channel: TelegramTransport, status: int, text: str, method: str
) -> None:
    """A token that the server does not know is the end, with one line that does not show it."""
    api.instead(method, refused(status, text))
    with pytest.raises(TransportError, match="check the token") as raised:
        await _take(channel, 1)
    assert TOKEN not in str(raised.value)
    assert raised.value.__cause__ is None


async def test_the_stop_button_arrives(api: ScriptedApi, channel: TelegramTransport) -> None:
    """A press on the stop button comes in with its draft's number."""
    stop = {"chat": CHAT, "draft_id": "77"}
    api.will("getUpdates", granted([{"update_id": 7, "stopped_message_generation": stop}]))
    [pressed] = await _take(channel, 1)
    assert isinstance(pressed, StopPressed)
    assert (pressed.address, pressed.draft_id) == (PRIVATE, "77")


async def test_a_poll_is_cancelled_at_once(api: ScriptedApi, channel: TelegramTransport) -> None:
    """A reader that waits for the next message can be cancelled, and nothing is left behind."""
    reader = asyncio.create_task(_take(channel, 1))
    await api.until("getUpdates", 1)
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader


async def test_commands(
    api: ScriptedApi, channel: TelegramTransport, caplog: pytest.LogCaptureFixture
) -> None:
    """The menu of commands is set; a failure is logged and changes nothing."""
    api.will("setMyCommands", granted(True), refused(400, "Bad Request: BOT_COMMAND_INVALID"))
    await channel.set_commands([("new", "start afresh")])
    assert api.of("setMyCommands") == [
        {"commands": '[{"command": "new", "description": "start afresh"}]'}
    ]
    await channel.set_commands([("New!", "start afresh")])
    assert "BOT_COMMAND_INVALID" in caplog.text


async def test_the_token_stays_inside(
    api: ScriptedApi, channel: TelegramTransport, caplog: pytest.LogCaptureFixture
) -> None:
    """A server that repeats the token gets it into no outcome, no log, no error, no repr."""
    caplog.set_level(logging.DEBUG, "tickertape")
    echo = refused(400, f"Bad Request: no route /bot{TOKEN}/sendMessage")
    api.will("sendMessage", echo)
    outcome = await channel.perform(Post(PRIVATE, "hi"))
    assert outcome == Refused(Reason.MALFORMED, "Bad Request: no route /bot<token>/sendMessage")
    api.will("setMyCommands", echo)
    await channel.set_commands([("new", "x")])
    api.will("getUpdates", echo, refused(401, f"Unauthorized: {TOKEN}"))
    with pytest.raises(TransportError) as raised:
        await _take(channel, 1)
    for text in (str(raised.value), repr(raised.value), repr(channel), caplog.text):
        assert TOKEN.partition(":")[2] not in text
    assert repr(channel) == "TelegramTransport(bot=4200000001, name='telegram', groups='mention')"


async def test_it_is_a_channel() -> None:
    """The transport is a channel by its types, and says what it can show."""
    channel: Channel = TelegramTransport.open(TOKEN)
    assert channel.surface(PRIVATE) == surface_of(PRIVATE)


async def test_somebody_elses_bot_gets_no_buttons_unasked(api: ScriptedApi) -> None:
    """Presses go to the dispatcher that polls, where nobody may hear them: it takes a yes."""
    bot = open_bot(TOKEN, api_base=api.url)
    silent = TelegramTransport(bot).surface(PRIVATE)
    assert silent == replace(surface_of(PRIVATE), stop_buttons=False, buttons=False)
    assert TelegramTransport(bot, stop_buttons=True).surface(PRIVATE) == surface_of(PRIVATE)
    await bot.session.close()


async def test_rich_calls_are_calls(channel: TelegramTransport, api: ScriptedApi) -> None:
    """Blocks go out as one JSON text, and what answers them is read as it is."""
    api.will("sendRichMessage", granted({"message_id": 9, "rich_message": {"blocks": [7]}}))
    api.will("editMessageText", granted({"message_id": 9, "rich_message": {"blocks": [7]}}))
    api.will("sendRichMessageDraft", granted(True))
    form = Blocks((Paragraph((Words("hi"),)),))
    assert await channel.perform(ShowDraft(PRIVATE, "5", "hi", form)) == Accepted("hi")
    assert await channel.perform(Post(PRIVATE, "hi", form=form)) == Accepted("hi", "9")
    assert await channel.perform(Edit(PRIVATE, "9", "hi", form)) == Accepted("hi", "9")
    rich = '{"blocks":[{"type":"paragraph","text":"hi"}]}'
    assert api.of("sendRichMessageDraft") == [
        {"chat_id": "1001", "draft_id": "5", "rich_message": rich, "can_stop": "true"}
    ]
    assert api.of("sendRichMessage") == [{"chat_id": "1001", "rich_message": rich}]
    assert api.of("editMessageText") == [
        {"chat_id": "1001", "message_id": "9", "rich_message": rich}
    ]


async def test_defaults_of_a_bot_hold_for_blocks(api: ScriptedApi) -> None:
    """A bot whose messages may not be forwarded keeps it so in rich ones."""
    api.will("sendRichMessage", granted({"message_id": 9}))
    session = open_bot(TOKEN, api_base=api.url).session
    bot = Bot(TOKEN, session=session, default=DefaultBotProperties(protect_content=True))
    form = Blocks((Paragraph((Words("hi"),)),))
    assert await TelegramTransport(bot).perform(Post(PRIVATE, "hi", form=form)) == Accepted(
        "hi", "9"
    )
    assert api.of("sendRichMessage")[0]["protect_content"] == "true"
    await session.close()


async def test_the_policy_for_groups(api: ScriptedApi) -> None:
    """The policy that the channel was opened with decides what is read in groups."""
    group = {"id": -5, "type": "group", "title": "Team"}
    talk = _update(7, "talk")
    talk["message"] = {"message_id": 7, "date": 1, "chat": group, "from": ANN, "text": "talk"}
    api.will("getUpdates", granted([talk, _update(8, "hi")]))
    channel = TelegramTransport.open(TOKEN, api_base=api.url, groups="all")
    assert _texts(await _take(channel, 2)) == ["talk", "hi"]
    api.instead("getUpdates", granted([]))
    await channel.aclose()
