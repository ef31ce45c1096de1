"""The stop button under a message, from the press to the committed part of the answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from gateway_http import ENDLESS, NO_MODEL, QUICK, STOPPED, Reader, configured, served, serving
from gateway_stage import GatedAgent

from tickertape.channels.telegram import STOP_DATA
from tickertape.delivery.streaming import StreamingConfig
from tickertape.emulator.scene import BEN, FORUM, GROUP, IDEAS, YOU
from tickertape.emulator.server import EmulatorServer
from tickertape.events import TextDelta
from tickertape.gateway import commands
from tickertape.testing.model_server import ModelServer

pytest_plugins = ["gateway_fixtures"]
pytestmark = pytest.mark.anyio

STORY = f"Once upon a time\n\n{STOPPED}"


def by_bot(screen: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the bot's messages."""
    return [message for message in screen["messages"] if message["from"]["is_bot"]]


async def begun(reader: Reader, chat_id: int) -> dict[str, Any]:
    """Ask for a story; give the message in which it begins."""
    await reader.write(chat_id, "@tickertape_bot a story")
    shown = await reader.until(chat_id, lambda screen: bool(by_bot(screen)))
    return by_bot(shown)[-1]


async def test_a_press_ends_the_answer_in_a_group(
    emulator: EmulatorServer, reader: Reader, tmp_path: Path
) -> None:
    """The model is left, what was said is committed and marked, and the button is gone."""
    async with ModelServer(ENDLESS) as model, serving(emulator, tmp_path, model):
        message = await begun(reader, GROUP)
        assert message["buttons"] == [[{"text": "⏹ Stop", "callback_data": STOP_DATA}]]
        await reader.press_button(GROUP, message["message_id"], STOP_DATA)
        (final,) = await reader.answers(GROUP, STORY)
        await model.left()
    assert final["buttons"] == []


async def test_a_stranger_stops_nothing(
    emulator: EmulatorServer, reader: Reader, tmp_path: Path
) -> None:
    """Ben is not listed: his press changes nothing, and yours still works."""
    async with ModelServer(ENDLESS) as model, serving(emulator, tmp_path, model):
        message = await begun(reader, GROUP)
        await reader.press_button(GROUP, message["message_id"], STOP_DATA, **{"as": BEN})
        await emulator.changed()
        assert model.departures == []
        await reader.press_button(GROUP, message["message_id"], STOP_DATA)
        await reader.answers(GROUP, STORY)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"kind": "slow", "seconds": 1.0}, id="not heard of yet"),
        pytest.param({"kind": "lost"}, id="never heard of"),
    ],
)
async def test_a_press_on_a_message_that_the_bot_has_not_heard_of(
    emulator: EmulatorServer,
    reader: Reader,
    tmp_path: Path,
    fault: dict[str, Any],
) -> None:
    """A person sees the message, and its button works, whatever became of the post's answer."""
    order = {"method": "sendMessage", "chat_id": GROUP, "fault": fault}
    async with ModelServer(ENDLESS) as model, serving(emulator, tmp_path, model):
        (await reader.http.post("/control/faults", json=order)).raise_for_status()
        message = await begun(reader, GROUP)
        await reader.press_button(GROUP, message["message_id"], STOP_DATA)
        await reader.answers(GROUP, STORY)
        await model.left()
    calls = (await reader.http.get("/control/calls")).json()["calls"]
    told = [call["params"] for call in calls if call["method"] == "answerCallbackQuery"]
    assert [answer["text"] for answer in told] == [commands.STOPPING]


async def test_messages_of_private_chats_have_the_button_too(
    emulator: EmulatorServer, reader: Reader, tmp_path: Path
) -> None:
    """With `transport: edit` there is no draft to carry Telegram's own button."""
    edits = StreamingConfig(transport="edit")
    async with (
        ModelServer(ENDLESS) as model,
        serving(emulator, tmp_path, model, streaming=edits),
    ):
        message = await begun(reader, YOU)
        await reader.press_button(YOU, message["message_id"], STOP_DATA)
        (final,) = await reader.answers(YOU, STORY)
    assert final["buttons"] == []


async def test_a_finished_answer_has_no_button(
    emulator: EmulatorServer, reader: Reader, tmp_path: Path
) -> None:
    """Also one that came so fast that its first message was its last."""
    async with ModelServer(QUICK) as model, serving(emulator, tmp_path, model):
        await reader.write(GROUP, "@tickertape_bot what is new?")
        shown = await reader.until(
            GROUP,
            lambda screen: any(
                message["text"] == "An answer in two pieces." and not message["buttons"]
                for message in by_bot(screen)
            ),
        )
    assert len(by_bot(shown)) == 1


TALE = "Once upon a time there was a king who had a daughter"


def said_with_button(screen: dict[str, Any]) -> list[str]:
    """Give the texts of the bot's messages that can be stopped."""
    return [message["text"] for message in by_bot(screen) if message["buttons"]]


# Where a question is asked, what then happens there, and in which chat its answer goes on.
ELSEWHERE = [
    pytest.param(
        GROUP,
        None,
        {"verb": "upgrade_to_supergroup", "chat_id": GROUP},
        GROUP - 1_000_000_000_000,
        id="the chat was upgraded",
    ),
    pytest.param(
        FORUM,
        IDEAS,
        {"verb": "delete_topic", "chat_id": FORUM, "thread_id": IDEAS},
        FORUM,
        id="the topic was deleted",
    ),
]


@pytest.mark.parametrize("by_button", [True, False])
@pytest.mark.parametrize(("chat_id", "thread_id", "order", "place"), ELSEWHERE)
async def test_an_answer_that_goes_on_elsewhere_can_be_stopped(
    emulator: EmulatorServer,
    reader: Reader,
    tmp_path: Path,
    *,
    chat_id: int,
    thread_id: int | None,
    order: dict[str, Any],
    place: int,
    by_button: bool,
) -> None:
    """By its button in the midst of it, by a word where even its beginning is written elsewhere."""
    agent = GatedAgent()
    async with served(configured(emulator, tmp_path, NO_MODEL), agent):
        await reader.write(chat_id, "@tickertape_bot a story", thread_id=thread_id)
        _, say = await agent.turn()
        if by_button:
            say(TextDelta("Once upon a time "))
            await reader.until(chat_id, lambda screen: bool(by_bot(screen)))
        (await reader.http.post("/control/order", json=order)).raise_for_status()
        say(TextDelta(TALE.removeprefix("Once upon a time ") if by_button else TALE))
        shown = await reader.until(place, lambda screen: said_with_button(screen) == [TALE])
        message = by_bot(shown)[-1]
        if by_button:
            await reader.press_button(place, message["message_id"], STOP_DATA)
        else:
            await reader.write(place, "/stop@tickertape_bot")
        (final,) = await reader.answers(place, f"{TALE}\n\n{STOPPED}")
        assert agent.closed.is_set()
    assert final["buttons"] == []
