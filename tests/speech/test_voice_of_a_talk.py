"""Whose voice a talk in the terminal has, and that each engine can be it."""

from __future__ import annotations

import asyncio
import wave
from pathlib import Path

import pytest
from speech_server import speech_server

from tickertape.chat import Message
from tickertape.cli.chat.stdin_channel import HERE, YOU
from tickertape.cli.chat.voice import ChatVoice, chosen
from tickertape.errors import ConfigError, SpeechError
from tickertape.events import Finished, TextDelta
from tickertape.gateway.config.loading import speech_key
from tickertape.gateway.config.sections import SpeechConfig
from tickertape.speech.audio import wav_header

pytestmark = pytest.mark.anyio

OFF = SpeechConfig()
ENGLISH, GERMAN = {"LANG": "en_GB.UTF-8"}, {"LANG": "de_DE.UTF-8"}
PIPER = SpeechConfig(engine="piper", voice="/voices/en.onnx")
SERVER = SpeechConfig(engine="openai", voice="alloy", api_key_env="SPEECH_KEY")
SAMPLES = b"\x01\x02" * 2_400


@pytest.mark.parametrize(
    ("configured", "named", "engine", "voice"),
    [
        (OFF, "", "espeak", "de"),
        (OFF, "en-us", "espeak", "en-us"),
        (OFF, "~/a.onnx", "piper", "~/a.onnx"),
        (SpeechConfig(engine="espeak", voice="fr"), "", "espeak", "fr"),
        (PIPER, "", "piper", "/voices/en.onnx"),
        (PIPER, "en-us", "espeak", "en-us"),
        (SERVER, "", "openai", "alloy"),
        (SERVER, "nova", "openai", "nova"),
        (SERVER, "a.onnx", "piper", "a.onnx"),
    ],
)
def test_whose_voice_is_heard(
    configured: SpeechConfig, named: str, engine: str, voice: str
) -> None:
    """What is named goes before what is configured, and that before the environment's language."""
    found = chosen(configured, named=named, environ=GERMAN)
    assert (found.engine, found.voice) == (engine, voice)


def test_a_server_of_the_operator_is_kept() -> None:
    """Another voice of the same server is asked for where the file says, with its key."""
    named = chosen(SERVER, named="nova", environ=ENGLISH)
    assert named.base_url == SERVER.base_url
    assert speech_key(named, {"SPEECH_KEY": "sk-1"}) == "sk-1"
    assert speech_key(OFF, {}) == ""
    with pytest.raises(ConfigError, match=r"speech\.api_key_env"):
        speech_key(named, {})


async def test_a_server_speaks_into_a_file(tmp_path: Path) -> None:
    """`chat --speak-to` with a configured server: its sound is what the file holds."""
    async with speech_server() as server:
        server.body = wav_header(24_000, len(SAMPLES)) + SAMPLES
        asked = SERVER.model_copy(update={"base_url": server.base_url})
        out = tmp_path / "talk.wav"
        voice = ChatVoice.of(asked, api_key="sk-1", speak_to=out, tell=print)
        [listener] = voice.hearing(Message(HERE, YOU, "Hi", "1", to_us=True))
        listener.feed(TextDelta("Hello."))
        listener.feed(Finished())
        listener.finish()
        async with asyncio.timeout(10):
            await listener.run()
            await voice.aclose()
        assert [headers["authorization"] for _, headers, _ in server.requests] == ["Bearer sk-1"]
    with wave.open(str(out)) as sound:
        assert sound.readframes(sound.getnframes()) == SAMPLES


def test_an_engine_that_is_off_is_no_voice(tmp_path: Path) -> None:
    """Nobody is left to wonder why nothing is heard."""
    with pytest.raises(SpeechError):
        ChatVoice.of(OFF, api_key="", speak_to=tmp_path / "a.wav", tell=print)
