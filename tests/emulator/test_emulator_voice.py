"""Voice notes of the emulated Telegram, over real HTTP and on the page in a real browser."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from opus_notes import note
from page_stage import Bot, answers, pick
from playwright.async_api import Page, expect

from tickertape.emulator.scene import FORUM, IDEAS, TOKEN, YOU
from tickertape.emulator.server import EmulatorServer
from tickertape.emulator.settings import Floods, Settings, SlidingWindow

pytest_plugins = ["page_fixtures"]
pytestmark = pytest.mark.anyio

SEND = f"/bot{TOKEN}/sendVoice"


async def post(emulator: EmulatorServer, files: dict[str, Any], **fields: object) -> dict[str, Any]:
    """Call `sendVoice` with a multipart form."""
    async with httpx.AsyncClient(base_url=emulator.url, trust_env=False) as http:
        form = {name: str(value) for name, value in fields.items()}
        answer = await http.post(SEND, data={"chat_id": str(YOU), **form}, files=files)
    return dict(answer.json())


async def seen(emulator: EmulatorServer, chat_id: int = YOU) -> list[dict[str, Any]]:
    """Read a chat as its viewer does."""
    async with httpx.AsyncClient(base_url=emulator.url, trust_env=False) as http:
        return list((await http.get(f"/view/chats/{chat_id}")).json()["messages"])


async def heard(emulator: EmulatorServer, url: str) -> httpx.Response:
    """Fetch what a viewer hears."""
    async with httpx.AsyncClient(base_url=emulator.url, trust_env=False) as http:
        return await http.get(url)


@pytest.mark.parametrize("way", ["part", "attached"])
async def test_a_note_is_sent_told_and_heard(emulator: EmulatorServer, way: str) -> None:
    """A part named `voice`, or one that `attach://` names: the bot reads a `Voice` back."""
    sound = note()
    file = ("voice.ogg", sound, "audio/ogg")
    if way == "part":
        answer = await post(emulator, {"voice": file}, duration=2)
    else:
        answer = await post(emulator, {"x1": file}, voice="attach://x1", duration="2")
    voice = answer["result"]["voice"]
    assert (voice["duration"], voice["mime_type"], voice["file_size"]) == (
        2,
        "audio/ogg",
        len(sound),
    )
    assert "text" not in answer["result"]
    [message] = await seen(emulator)
    assert message["voice"]["duration"] == 2
    response = await heard(emulator, message["voice"]["url"])
    assert response.headers["content-type"] == "audio/ogg"
    assert response.content == sound


async def test_a_note_that_says_no_length_has_its_own(emulator: EmulatorServer) -> None:
    """It is read from the file."""
    answer = await post(emulator, {"voice": ("v", note(2.9))})
    assert answer["result"]["voice"]["duration"] == 3


async def test_a_note_in_a_topic_answers_a_message(emulator: EmulatorServer) -> None:
    """It has its place and its reply like any other message."""
    file = {"voice": ("v", note(0.2))}
    first = await post(emulator, file, chat_id=FORUM, message_thread_id=IDEAS)
    number = first["result"]["message_id"]
    reply = json.dumps({"message_id": number})
    second = await post(
        emulator, file, chat_id=FORUM, message_thread_id=IDEAS, reply_parameters=reply
    )
    assert second["result"]["message_thread_id"] == IDEAS
    assert second["result"]["reply_to_message"]["message_id"] == number


@pytest.mark.parametrize(
    ("files", "fields", "words"),
    [
        ({"x": ("x", b"")}, {}, 'unknown parameter "x"'),
        ({}, {"duration": 1}, "there is no voice in the request"),
        ({"voice": ("v", b"")}, {}, "file must be non-empty"),
        ({"voice": ("v.mp3", b"ID3" * 50)}, {}, "the voice is no OGG file with Opus in it"),
        ({"voice": ("v.ogg", b"OggS" * 50)}, {}, "the voice is no OGG file with Opus in it"),
        ({}, {"voice": "AwACAgQAAxkDAAI"},
         'parameter "voice" must be a file that is sent with the call'),
        ({}, {"voice": "attach://none"},
         'parameter "voice" must be a file that is sent with the call'),
        ({"voice": ("v", note(0.1)), "duration": ("d", b"1")}, {},
         'parameter "duration" is a file, and no file is expected'),
    ],
)  # fmt: skip
async def test_what_is_no_note_is_refused(
    emulator: EmulatorServer, files: dict[str, Any], fields: dict[str, object], words: str
) -> None:
    """In words, and nothing is shown."""
    answer = await post(emulator, files or {"duration": (None, "1")}, **fields)
    assert (answer["error_code"], answer["description"]) == (400, f"Bad Request: {words}")
    assert await seen(emulator) == []


async def test_a_note_counts_as_a_message(emulator: EmulatorServer) -> None:
    """Flood control knows one limit for all messages of a chat."""
    async with EmulatorServer(Settings(floods=Floods(private=(SlidingWindow(1, 60.0),)))) as strict:
        assert (await post(strict, {"voice": ("v", note(0.1))}))["ok"]
        refused = await post(strict, {"voice": ("v", note(0.1))})
    assert refused["error_code"] == 429
    assert refused["parameters"]["retry_after"] > 0


async def test_a_note_has_no_text_to_edit(emulator: EmulatorServer) -> None:
    """Telegram's own words say so."""
    number = (await post(emulator, {"voice": ("v", note(0.1))}))["result"]["message_id"]
    async with httpx.AsyncClient(base_url=emulator.url, trust_env=False) as http:
        body = {"chat_id": YOU, "message_id": number, "text": "x"}
        answer = await http.post(f"/bot{TOKEN}/editMessageText", json=body)
    assert answer.json()["description"] == "Bad Request: there is no text in the message to edit"


async def test_the_log_of_calls_keeps_no_sound(emulator: EmulatorServer) -> None:
    """It tells the file's name and size."""
    sound = note(0.1)
    await post(emulator, {"voice": ("v.ogg", sound)})
    async with httpx.AsyncClient(base_url=emulator.url, trust_env=False) as http:
        [call] = (await http.get("/control/calls")).json()["calls"]
    assert call["params"]["voice"] == {"file_name": "v.ogg", "file_size": len(sound)}


async def test_a_note_that_is_not_there_cannot_be_heard(emulator: EmulatorServer) -> None:
    """Of no chat, no message, and of a message that is text."""
    async with httpx.AsyncClient(base_url=emulator.url, trust_env=False) as http:
        await http.post(f"/bot{TOKEN}/sendMessage", json={"chat_id": YOU, "text": "x"})
    for path in (f"{YOU}/1", f"{YOU}/99", "77/1", "x/1"):
        assert (await heard(emulator, f"/view/voices/{path}")).status_code == 404


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-3", slice(0, 4)),
        ("bytes=10-", slice(10, None)),
        ("bytes=-7", slice(-7, None)),
        ("bytes=0-99999999", slice(0, None)),
        ("bytes=99999999-", None),
        ("bytes=-", None),
        ("seconds=1-2", None),
    ],
)
async def test_a_part_of_a_note_can_be_fetched(
    emulator: EmulatorServer, asked: str, part: slice | None
) -> None:
    """Players read the end of a file to learn how long it is; what is no range gives all of it."""
    sound = note(0.1)
    await post(emulator, {"voice": ("v", sound)})
    async with httpx.AsyncClient(base_url=emulator.url, trust_env=False) as http:
        response = await http.get(f"/view/voices/{YOU}/1", headers={"range": asked})
    assert response.status_code == (200 if part is None else 206)
    assert response.content == (sound if part is None else sound[part])


async def test_a_person_hears_it_on_the_page(
    emulator: EmulatorServer, page: Page, bot: Bot
) -> None:
    """The browser decodes it, and its player stands in the bubble with its length."""
    await pick(page, "Tickertape")
    await bot.call("sendMessage", chat_id=YOU, text="The answer.")
    await post(emulator, {"voice": ("v.ogg", note(61.2))}, duration=62)
    await expect(answers(page)).to_have_count(2)
    audio = answers(page).last.locator("audio")
    await expect(audio).to_be_visible()
    await expect(answers(page).last.locator(".length")).to_have_text("1:02")
    seconds = await audio.evaluate(
        """(audio) => new Promise((done, fail) => {
          audio.onerror = () => fail(audio.error.message);
          if (audio.error) audio.onerror();
          if (audio.readyState > 0) done(audio.duration);
          else audio.onloadedmetadata = () => done(audio.duration);
        })"""
    )
    assert seconds == pytest.approx(61.2, abs=0.1)
    await expect(page.locator(".chat-item", has_text="Voice message")).to_have_count(1)
