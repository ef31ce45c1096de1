"""Ids of a channel and its name: what Telegram did not make is never sent there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest
from scripted_api import TOKEN, ScriptedApi, granted

from tickertape.channels.telegram import TelegramTransport, open_bot
from tickertape.channels.telegram.outbound import STOP_DATA
from tickertape.chat import Address, ChatKind, Moved
from tickertape.consumer import stream
from tickertape.delivery.actions import (
    Action,
    ClearButtons,
    Delete,
    Edit,
    Find,
    Post,
    PostVoice,
    Probe,
    Reason,
    Refused,
    ShowDraft,
)
from tickertape.markup.forms import Blocks
from tickertape.markup.tree import Paragraph, Words
from tickertape.outbox import Outbox

pytest_plugins = ["telegram_fixtures"]
pytestmark = pytest.mark.anyio

CHAT = {"id": 1001, "type": "private", "first_name": "Ann"}
ANN = {"id": 1001, "is_bot": False, "first_name": "Ann"}
PRIVATE = Address("telegram", "1001", ChatKind.PRIVATE)
CREW = Address("telegram", "crew", ChatKind.GROUP)
ASIDE = Address("telegram", "1001", ChatKind.PRIVATE, "aside")
BLOCKS = Blocks((Paragraph((Words("hi"),)),))
FOREIGN: list[tuple[Action, str]] = [
    (ShowDraft(CREW, "5", "hi"), "crew"),
    (ShowDraft(CREW, "5", "hi", BLOCKS), "crew"),
    (Post(CREW, "hi"), "crew"),
    (Post(CREW, "hi", form=BLOCKS), "crew"),
    (PostVoice(CREW, b"OggS", 1), "crew"),
    (Edit(CREW, "9", "hi"), "crew"),
    (Edit(CREW, "9", "hi", BLOCKS), "crew"),
    (Delete(CREW, "9"), "crew"),
    (Find(CREW, "9"), "crew"),
    (ClearButtons(CREW, "9"), "crew"),
    (Probe(CREW), "crew"),
    (ShowDraft(ASIDE, "5", "hi"), "aside"),
    (ShowDraft(ASIDE, "5", "hi", BLOCKS), "aside"),
    (Post(ASIDE, "hi"), "aside"),
    (Post(ASIDE, "hi", form=BLOCKS), "aside"),
    (PostVoice(ASIDE, b"OggS", 1), "aside"),
    (Probe(ASIDE), "aside"),
    (ShowDraft(PRIVATE, "d5", "hi"), "d5"),
    (ShowDraft(PRIVATE, "d5", "hi", BLOCKS), "d5"),
    (Post(PRIVATE, "hi", reply_to="m3"), "m3"),
    (Post(PRIVATE, "hi", reply_to="m3", form=BLOCKS), "m3"),
    (PostVoice(PRIVATE, b"OggS", 1, "m3"), "m3"),
    (Edit(PRIVATE, "m9", "hi"), "m9"),
    (Edit(PRIVATE, "m9", "hi", BLOCKS), "m9"),
    (Delete(PRIVATE, "m9"), "m9"),
    (Find(PRIVATE, "m9"), "m9"),
    (ClearButtons(PRIVATE, "m9"), "m9"),
]


@pytest.fixture
async def channel(api: ScriptedApi) -> AsyncIterator[TelegramTransport]:
    """A channel that speaks to the scripted server."""
    channel = TelegramTransport(open_bot(TOKEN, api_base=api.url))
    yield channel
    await channel.aclose()


@pytest.mark.parametrize(("action", "foreign"), FOREIGN)
async def test_an_id_that_telegram_cannot_have_made_costs_no_call(
    api: ScriptedApi, channel: TelegramTransport, action: Action, foreign: str
) -> None:
    """Whatever it names: it is refused, for good, and the refusal shows it."""
    refusal = Refused(Reason.MALFORMED, f"not an id of Telegram: '{foreign}'")
    assert await channel.perform(action) == refusal
    assert api.calls == []
    assert channel.surface(action.address).has_edits


@pytest.mark.parametrize("to", [CREW, ASIDE])
async def test_an_answer_to_a_place_of_another_channel_is_given_up(
    api: ScriptedApi, channel: TelegramTransport, to: Address
) -> None:
    """It ends, without a call, and says why; nothing is raised in the agent's face."""

    async def words() -> AsyncIterator[str]:
        yield "Hello"

    shown = await stream(words(), Outbox(channel, only_writer=True), to=to)
    assert shown.gave_up is not None
    assert shown.gave_up.reason is Reason.MALFORMED
    assert "not an id of Telegram" in shown.gave_up.detail
    assert api.calls == []


async def test_what_comes_in_names_its_channel(api: ScriptedApi) -> None:
    """Whoever runs two bots tells their chats apart by it; the ids in them may be the same."""
    channel = TelegramTransport(open_bot(TOKEN, api_base=api.url), name="work")
    group = {"id": -5, "type": "group", "title": "Team"}
    stop = {"chat": CHAT, "draft_id": "77"}
    under = {"message_id": 3, "chat": CHAT, "date": 0}
    press = {"id": "55", "from": ANN, "message": under, "data": STOP_DATA}
    move = {"message_id": 4, "date": 1, "chat": group, "migrate_to_chat_id": -1005}
    updates = [
        {"update_id": 1, "message": {**under, "date": 1, "from": ANN, "text": "hi"}},
        {"update_id": 2, "stopped_message_generation": stop},
        {"update_id": 3, "callback_query": press},
        {"update_id": 4, "message": move},
    ]
    api.will("getUpdates", granted(updates))
    async with asyncio.timeout(20), aclosing(channel.messages()) as inbound:
        taken = [await anext(inbound) for _ in updates]
    api.instead("getUpdates", granted([]))
    await channel.aclose()
    assert [one.address.channel for one in taken] == ["work"] * 4
    assert [one.key for one in taken] == ["1", "2", "3", "4"]
    there = Address("work", "-1005", ChatKind.GROUP)
    assert taken[3] == Moved(there, old_chat="-5", key="4")


async def test_a_channel_is_called_as_it_is_opened() -> None:
    """Its name is `telegram` where nobody says otherwise."""
    for channel, name in (
        (TelegramTransport.open(TOKEN), "telegram"),
        (TelegramTransport.open(TOKEN, name="work"), "work"),
    ):
        assert f"name='{name}'" in repr(channel)
        await channel.aclose()
