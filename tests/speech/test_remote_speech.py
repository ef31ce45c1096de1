"""A speech server, over real HTTP: what it is asked, and what of its answers is heard."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest
from speech_server import SpeechServer, speech_server

from tickertape.errors import SpeechError
from tickertape.speech.audio import Audio, wav_header
from tickertape.speech.engines.remote import RemoteSpeech

pytestmark = pytest.mark.anyio

KEY = "sk-secret-123"
SAMPLES = b"\1\2" * 12_000
# Whoever streams a WAV file does not know its size.
STREAMED = wav_header(24_000, 0xFFFF_FF00) + SAMPLES


@pytest.fixture
async def server() -> AsyncIterator[SpeechServer]:
    """A server that speaks."""
    async with speech_server() as server:
        server.body = STREAMED
        yield server


def engine_of(server: SpeechServer) -> RemoteSpeech:
    """Make an engine that asks it."""
    return RemoteSpeech(server.base_url, model="tts-1", voice="alloy", api_key=KEY)


async def test_a_sentence_is_asked_for_and_heard(server: SpeechServer) -> None:
    """The request is the protocol's; the sound is what came, in whatever pieces."""
    engine = engine_of(server)
    assert await engine.synthesise("Grüße, “Bob”.") == Audio(24_000, SAMPLES)
    await engine.aclose()
    path, headers, body = server.requests[0]
    assert path == "/v1/audio/speech"
    assert headers["authorization"] == f"Bearer {KEY}"
    assert body == {
        "model": "tts-1",
        "voice": "alloy",
        "input": "Grüße, “Bob”.",
        "response_format": "wav",
    }


async def test_without_a_key_none_is_sent(server: SpeechServer) -> None:
    """Local servers need none; another pace is asked for where one is wanted."""
    engine = RemoteSpeech(server.base_url + "/", model="m", voice="v", speed=1.5)
    await engine.synthesise("Hello.")
    await engine.aclose()
    path, headers, body = server.requests[0]
    assert path == "/v1/audio/speech"
    assert "authorization" not in headers
    assert body["speed"] == 1.5


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("401 Unauthorized", r"HTTP 401\): it did not accept our key"),
        ("404 Not Found", r"HTTP 404\): it has no /audio/speech"),
        ("429 Too Many Requests", r"HTTP 429\): it asks us to slow down"),
        ("500 Internal Server Error", r"HTTP 500\): it failed"),
    ],
)
async def test_a_refusal_is_an_error_of_ours(server: SpeechServer, status: str, words: str) -> None:
    """It says what the status means, and nothing of what the server wrote: it may quote the key."""
    server.status, server.body = status, f"your key {KEY} is bad".encode()
    engine = engine_of(server)
    with pytest.raises(SpeechError, match=words) as caught:
        await engine.synthesise("Secret words.")
    await engine.aclose()
    assert KEY not in str(caught.value)
    assert "Secret" not in str(caught.value)


async def test_an_answer_that_is_no_sound_is_an_error_of_ours(server: SpeechServer) -> None:
    """A page instead of a WAV file."""
    server.body = b"<html>hello</html>"
    engine = engine_of(server)
    with pytest.raises(SpeechError, match="sent no sound: it is no WAV file"):
        await engine.synthesise("Hello.")
    await engine.aclose()


async def test_an_answer_that_breaks_off_is_an_error_of_ours(server: SpeechServer) -> None:
    """Half a sentence is not played as if it were whole."""
    server.breaks = True
    engine = engine_of(server)
    with pytest.raises(SpeechError, match=r"127\.0\.0\.1 broke the connection off"):
        await engine.synthesise("Hello.")
    await engine.aclose()


async def test_an_answer_without_end_is_cut_off(server: SpeechServer) -> None:
    """More than any sentence takes is not kept in memory."""
    server.body = STREAMED + bytes(17 * 1024 * 1024)
    engine = engine_of(server)
    with pytest.raises(SpeechError, match="more than 16 MiB"):
        await engine.synthesise("Hello.")
    await engine.aclose()


async def test_a_server_that_is_not_there_is_an_error_of_ours(
    server: SpeechServer, caplog: pytest.LogCaptureFixture
) -> None:
    """What went wrong is told apart; neither key nor words are in it, or in any log."""
    caplog.set_level(logging.DEBUG)
    for url, words in (
        ("http://127.0.0.1:1/v1", "refuses connections"),
        ("http://nowhere.invalid/v1", "nowhere.invalid"),
    ):
        engine = RemoteSpeech(url, model="m", voice="v", api_key=KEY)
        with pytest.raises(SpeechError, match=words):
            await engine.synthesise("Secret words.")
        await engine.aclose()
    await (engine := engine_of(server)).synthesise("Secret words.")
    await engine.aclose()
    assert KEY not in caplog.text
    assert "Secret" not in caplog.text


async def test_cancelling_closes_the_connection(server: SpeechServer) -> None:
    """The server hears that nobody waits any more."""
    server.hangs = True
    engine = engine_of(server)
    work = asyncio.create_task(engine.synthesise("Hello."))
    async with asyncio.timeout(30):
        await server.asked.wait()
        work.cancel()
        await asyncio.wait({work})
        await server.left.wait()
    assert work.cancelled()
    await engine.aclose()


@pytest.mark.parametrize("url", ["", "speech", "http://[::1/v1", "http:///v1"])
def test_an_address_that_is_none_is_an_error_of_ours(url: str) -> None:
    """It is refused before anything is asked."""
    with pytest.raises(SpeechError, match="address of the speech server cannot be used"):
        RemoteSpeech(url, model="m", voice="v")


async def test_an_engine_shows_no_key() -> None:
    """Not even to who prints it."""
    engine = RemoteSpeech("http://127.0.0.1:1/v1", model="m", voice="v", api_key=KEY)
    assert repr(engine) == "RemoteSpeech(host='127.0.0.1', model='m')"
    await engine.aclose()
