"""`/voice on` over HTTP: a person asks, reads the answer, and hears it in the emulated Telegram."""

from __future__ import annotations

import io
from pathlib import Path

import httpx
import pytest
import soundfile
from gateway_http import Reader, served, texts_of
from gateway_stage import Parrot

from tickertape.channels.telegram import TelegramTransport
from tickertape.chat import Address, ChatKind
from tickertape.delivery.actions import Accepted, PostVoice, Reason, Refused
from tickertape.emulator.scene import TOKEN, YOU
from tickertape.emulator.server import EmulatorServer
from tickertape.gateway.config.loading import parse

pytest_plugins = ["gateway_fixtures"]
pytestmark = pytest.mark.anyio


async def test_an_answer_is_read_and_heard(
    emulator: EmulatorServer, reader: Reader, tmp_path: Path
) -> None:
    """The note follows the text, answers it, is Opus, not silent, and as long as the sentence."""
    config = parse(
        f"telegram: {{api_base: '{emulator.url}'}}\n"
        f"access: {{allow: [{YOU}]}}\n"
        f"storage: {{url: 'sqlite+aiosqlite:///{tmp_path}/t.db'}}\n"
        "speech: {engine: espeak, voice: en-us}\n"
    )
    answer = "The **quick** brown fox jumps over the lazy dog."
    async with served(config, Parrot(answer)):
        await reader.write(YOU, "/voice on")
        await reader.until(YOU, lambda screen: len(texts_of(screen)) == 2)
        await reader.write(YOU, "tell me")
        shown = await reader.until(YOU, lambda screen: "voice" in screen["messages"][-1])
    text, note = shown["messages"][-2:]
    assert text["text"] == "The quick brown fox jumps over the lazy dog."
    assert note["reply_to"] == text["message_id"]
    async with httpx.AsyncClient(base_url=emulator.url, trust_env=False) as http:
        sound = (await http.get(note["voice"]["url"])).content
    samples, rate = soundfile.read(io.BytesIO(sound))
    assert soundfile.info(io.BytesIO(sound)).subtype == "OPUS"
    assert abs(samples).max() > 0.1
    assert 2 < len(samples) / rate <= note["voice"]["duration"] + 0.1 < 6


async def test_what_telegram_says_to_a_note_is_an_outcome(emulator: EmulatorServer) -> None:
    """Accepted with its number; what is no note is refused for good."""
    channel = TelegramTransport.open(TOKEN, api_base=emulator.url)
    to = Address("telegram", str(YOU), ChatKind.PRIVATE)
    try:
        refused = await channel.perform(PostVoice(to, b"no sound", 1))
        assert isinstance(refused, Refused)
        assert refused.reason is Reason.MALFORMED
        raw = io.BytesIO()
        soundfile.write(raw, [0.1, -0.1] * 12_000, 24_000, format="OGG", subtype="OPUS")
        accepted = await channel.perform(PostVoice(to, raw.getvalue(), 1))
        assert accepted == Accepted("", "1")
    finally:
        await channel.aclose()
