"""Voice notes: really Opus, not silent, as long as what they say, and cut at a sentence."""

from __future__ import annotations

import io
import sys
from typing import Any

import numpy as np
import pytest
import soundfile
from speech_doubles import FakeEngine
from tiny_voice import write_voice

from tickertape.errors import SpeechError
from tickertape.speech.audio import Audio
from tickertape.speech.engines.by_name import open_engine
from tickertape.speech.engines.espeak import Espeak
from tickertape.speech.engines.piper import Piper
from tickertape.speech.engines.remote import RemoteSpeech
from tickertape.speech.narrator import Narrator
from tickertape.speech.opus import MOST_BYTES_A_SECOND, OpusFile
from tickertape.speech.ports import SpeechSettings

PLENTY = 50_000_000


def tone(hertz: float, seconds: float, rate: int) -> Audio:
    """Make a tone."""
    at = np.arange(int(seconds * rate)) / rate
    return Audio(rate, (np.sin(2 * np.pi * hertz * at) * 12_000).astype("<i2").tobytes())


def heard(sound: bytes) -> tuple[Any, int]:
    """Decode a note: its samples, and how many a second."""
    assert sound[:4] == b"OggS"
    assert sound[28:36] == b"OpusHead"
    info = soundfile.info(io.BytesIO(sound))
    assert (info.format, info.subtype, info.channels) == ("OGG", "OPUS", 1)
    samples, rate = soundfile.read(io.BytesIO(sound))
    return samples, rate


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 24_000, 44_100, 48_000])
def test_a_tone_is_the_same_tone_in_the_note(rate: int) -> None:
    """Whatever rate an engine has, pitch, length and loudness stay."""
    file = OpusFile(PLENTY)
    for _ in range(3):
        file.add(tone(440, 0.5, rate))
    samples, played_at = heard(file.close())
    assert len(samples) / played_at == pytest.approx(1.5, abs=0.03)
    spectrum = np.abs(np.fft.rfft(samples))
    loudest = np.fft.rfftfreq(len(samples), 1 / played_at)[spectrum.argmax()]
    assert loudest == pytest.approx(440, abs=2)
    assert np.sqrt((samples**2).mean()) == pytest.approx(12_000 / 32_768 / 2**0.5, rel=0.1)


def test_nothing_takes_more_room_than_is_reckoned_with() -> None:
    """Noise, which no codec can compress, stays below what a second may take."""
    noise = np.random.default_rng(1).integers(-32_768, 32_767, 24_000 * 20).astype("<i2")
    file = OpusFile(PLENTY)
    file.add(Audio(24_000, noise.tobytes()))
    assert len(file.close()) < 20 * MOST_BYTES_A_SECOND


def test_an_empty_note_is_no_file() -> None:
    """Silence of no length is not sent."""
    assert OpusFile(PLENTY).close() == b""


@pytest.mark.anyio
async def test_a_text_is_read_aloud() -> None:
    """With the real espeak-ng: the note lasts as long as its sentences, and can be heard."""
    text = "# Title\n\nThis is **one** sentence. And another one.\n\n```py\nx\n```\n"
    note = await Narrator(Espeak()).read(text, PLENTY)
    assert note is not None
    assert (note.sentences, note.is_cut) == (4, False)
    samples, rate = heard(note.sound)
    alone = [
        await Espeak().synthesise(said)
        for said in (
            "Title",
            "This is one sentence.",
            "And another one.",
            "A block of Python code.",
        )
    ]
    assert len(samples) / rate == pytest.approx(sum(one.seconds for one in alone), abs=0.1)
    assert 0 <= note.seconds - len(samples) / rate <= 1.1
    assert np.abs(samples).max() > 0.1


@pytest.mark.anyio
async def test_a_note_is_cut_at_a_sentence_to_its_size_and_length() -> None:
    """What does not fit any more is not begun, and no engine is asked for what is behind it."""
    text = "Here is one sentence. " * 20
    whole = await Narrator(Espeak()).read(text, PLENTY)
    assert whole is not None
    small = await Narrator(Espeak()).read(text, 80_000)
    assert small is not None
    assert small.is_cut
    assert 0 < small.sentences < whole.sentences
    assert len(small.sound) <= 80_000
    short = await Narrator(Espeak(), longest=5.0).read(text, PLENTY)
    assert short is not None
    assert short.is_cut
    assert short.seconds <= 5
    engine = FakeEngine()
    assert await Narrator(engine).read(text, 10) is None
    assert len(engine.asked) == 1


@pytest.mark.anyio
async def test_a_text_without_words_has_no_note() -> None:
    """There is nothing to send."""
    assert await Narrator(Espeak()).read("---\n\n🎉", PLENTY) is None


@pytest.mark.anyio
async def test_an_engine_that_fails_has_no_note() -> None:
    """Half an answer is not sent as if it were whole."""
    engine = FakeEngine(failing=frozenset({"Two."}))
    with pytest.raises(SpeechError, match="out of voice"):
        await Narrator(engine).read("One. Two.", PLENTY)


def test_without_the_codec_there_is_an_error_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says what to install."""
    monkeypatch.setitem(sys.modules, "soundfile", None)
    with pytest.raises(SpeechError, match=r"pip install 'tickertape\[speech\]'"):
        OpusFile(PLENTY).add(tone(440, 0.1, 8_000))


@pytest.mark.anyio
async def test_engines_are_opened_by_their_names(tmp_path: Any) -> None:
    """Each has a voice of its own where none is named, but Piper, which needs a file."""
    opened = [
        open_engine("espeak"),
        open_engine("piper", SpeechSettings(voice=str(write_voice(tmp_path)))),
        open_engine("openai"),
    ]
    assert [type(engine) for engine in opened] == [Espeak, Piper, RemoteSpeech]
    assert [repr(engine) for engine in opened] == [
        "Espeak(voice='en')",
        "Piper('tiny.onnx')",
        "RemoteSpeech(host='api.openai.com', model='gpt-4o-mini-tts')",
    ]
    for engine in opened:
        await engine.aclose()
    with pytest.raises(SpeechError, match="there is no file"):
        open_engine("piper")
