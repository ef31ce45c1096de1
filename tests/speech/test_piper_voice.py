"""The real Piper, with a voice of a kilobyte: loaded once, in a thread, and given up in time."""

from __future__ import annotations

import asyncio
import logging
import sys
from pathlib import Path

import pytest
from tiny_voice import RATE, SAMPLES, write_voice

from tickertape.errors import SpeechError
from tickertape.speech.engines.piper import Piper

pytestmark = pytest.mark.anyio


async def test_a_sentence_is_spoken(tmp_path: Path) -> None:
    """Each phoneme has its tone: a longer sentence is longer, and none is silent."""
    engine = Piper(write_voice(tmp_path))
    short, long = await engine.synthesise("Hello."), await engine.synthesise("Hello, old friend.")
    again = await engine.synthesise("Hello.")
    await engine.aclose()
    assert short.rate == RATE
    assert len(short.samples) % (2 * SAMPLES) == 0
    assert 0.3 < short.seconds < long.seconds
    assert max(short.samples) > 0
    assert again == short


async def test_sentences_wait_for_each_other(tmp_path: Path) -> None:
    """There is one thread; what is asked for at once is not mixed up."""
    engine = Piper(write_voice(tmp_path))
    words = ["One.", "Two and three.", "Four."]
    at_once = await asyncio.gather(*(engine.synthesise(text) for text in words))
    alone = [await engine.synthesise(text) for text in words]
    await engine.aclose()
    assert at_once == alone


async def test_a_sentence_that_is_given_up_leaves_the_thread_free(tmp_path: Path) -> None:
    """The next one is spoken as if nothing had been."""
    engine = Piper(write_voice(tmp_path))
    work = asyncio.create_task(engine.synthesise("One. " * 200))
    await asyncio.sleep(0)
    work.cancel()
    await asyncio.wait({work})
    assert work.cancelled()
    assert (await engine.synthesise("Two.")).seconds > 0.2
    await engine.aclose()


async def test_what_is_said_is_not_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The library writes down texts and phonemes at its lowest level: it is kept from that."""
    caplog.set_level(logging.DEBUG)
    engine = Piper(write_voice(tmp_path))
    await engine.synthesise("Secret.")
    await engine.aclose()
    assert "Secret" not in caplog.text


async def test_a_voice_that_is_not_there_is_an_error_of_ours(tmp_path: Path) -> None:
    """Each of the two files is looked for, before anything is loaded."""
    with pytest.raises(SpeechError, match=r"there is no file .*none\.onnx:"):
        Piper(tmp_path / "none.onnx")
    voice = write_voice(tmp_path)
    Path(f"{voice}.json").unlink()  # noqa: ASYNC240
    with pytest.raises(SpeechError, match=r"there is no file .*tiny\.onnx\.json"):
        Piper(voice)


async def test_a_voice_that_is_broken_is_an_error_of_ours(tmp_path: Path) -> None:
    """The error names the file and quotes nothing of what was to be said."""
    voice = write_voice(tmp_path)
    voice.write_bytes(b"no model")
    engine = Piper(voice)
    with pytest.raises(SpeechError, match=r"^Piper cannot speak with tiny\.onnx: \w+$"):
        await engine.synthesise("Secret.")
    await engine.aclose()


async def test_without_the_library_there_is_an_error_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says what to install."""
    monkeypatch.setitem(sys.modules, "piper", None)
    engine = Piper(write_voice(tmp_path))
    with pytest.raises(SpeechError, match=r"pip install 'tickertape\[piper\]'"):
        await engine.synthesise("Hello.")
    await engine.aclose()
