"""The real espeak-ng: what it says is as long as it should be, not silent, and in order."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import numpy as np
import pytest
from speech_programs import content_of, install, stays

from tickertape.errors import SpeechError
from tickertape.events import TextDelta
from tickertape.speech.audio import Audio, read_wav
from tickertape.speech.engines.espeak import Espeak
from tickertape.speech.players import WavFile
from tickertape.speech.speaker import Speaker

pytestmark = pytest.mark.anyio


def levels(audio: Audio) -> np.ndarray:
    """Give the loudness of each hundredth of a second, 0 to 1."""
    samples = np.frombuffer(audio.samples, "<i2").astype(float) / 32768
    frame = audio.rate // 100
    frames = samples[: len(samples) // frame * frame].reshape(-1, frame)
    result: np.ndarray = np.sqrt((frames**2).mean(axis=1))
    return result


def voiced(audio: Audio) -> float:
    """Say for how many seconds something can be heard."""
    return float((levels(audio) > 0.02).sum()) / 100


async def test_a_sentence_sounds_as_long_as_it_takes_to_say() -> None:
    """Twelve words at 175 a minute are some four seconds, most of them not silent."""
    audio = await Espeak().synthesise("The quick brown fox jumps over the lazy dog and runs away.")
    assert audio.rate == 22_050
    assert 2.5 < audio.seconds < 6
    assert voiced(audio) > 1.5
    assert levels(audio).max() < 1


async def test_an_answer_becomes_a_file_with_its_sentences_in_order(tmp_path: Path) -> None:
    """The file is the sentences' sounds one behind another, and marks are not in it."""
    text = "# Hello\nThis is **one**. `x`\n```py\nfoo.bar()\n```\nThe end."
    said = ("Hello", "This is one.", "x", "A block of Python code.", "The end.")
    engine, file = Espeak(), WavFile(tmp_path / "answer.wav")
    speaker = Speaker(engine, file)
    for char in text:
        speaker.feed(TextDelta(char))
    speaker.finish()
    await speaker.run()
    await file.aclose()
    assert speaker.spoken == said
    whole = read_wav((tmp_path / "answer.wav").read_bytes())
    parts = [await engine.synthesise(sentence) for sentence in said]
    assert whole.samples == b"".join(part.samples for part in parts)
    assert all(voiced(part) > 0.1 for part in parts)
    assert whole.seconds == pytest.approx(sum(part.seconds for part in parts))


async def test_words_are_never_taken_for_options() -> None:
    """What begins like an option, or like espeak-ng's phonemes, is said."""
    for words in ("--version", "-h", "<speak>hi</speak>"):
        assert voiced(await Espeak().synthesise(words)) > 0.2


async def test_several_scripts_have_a_sound() -> None:
    """Another voice speaks another language; half of a surrogate pair breaks nothing."""
    assert voiced(await Espeak("de").synthesise("Schöne Grüße!")) > 0.5
    assert voiced(await Espeak("ru").synthesise("Привет, мир.")) > 0.5
    assert voiced(await Espeak().synthesise("broken \ud83d word")) > 0.3


async def test_a_voice_that_is_not_there_is_an_error_of_ours() -> None:
    """espeak-ng's own words say what is wrong."""
    with pytest.raises(SpeechError, match="voice does not exist"):
        await Espeak("tlh-nope").synthesise("Hello.")
    with pytest.raises(SpeechError, match="name of the voice"):
        Espeak("--help")


async def test_a_program_that_is_not_there_is_an_error_of_ours(tmp_path: Path) -> None:
    """The error names it; a file that is no program is told apart."""
    with pytest.raises(SpeechError, match="espeak-none is not installed"):
        await Espeak(program="espeak-none").synthesise("Hello.")
    plain = tmp_path / "plain"
    plain.write_text("no program")
    with pytest.raises(SpeechError, match="cannot be started"):
        await Espeak(program=str(plain)).synthesise("Hello.")


async def test_a_program_that_gives_no_sound_is_an_error_of_ours(tmp_path: Path) -> None:
    """Whatever it writes that is no WAV file is not played."""
    odd = install(tmp_path, "odd", "cat > /dev/null; echo noise")
    with pytest.raises(SpeechError, match="no WAV file"):
        await Espeak(program=str(odd)).synthesise("Hello.")


async def test_cancelling_ends_the_program(tmp_path: Path) -> None:
    """Nothing runs on for a sentence that nobody waits for."""
    slow = install(tmp_path, "slow", stays(tmp_path / "pid"))
    work = asyncio.create_task(Espeak(program=str(slow)).synthesise("Hello."))
    pid = int(await content_of(tmp_path / "pid"))
    work.cancel()
    await asyncio.wait({work})
    assert work.cancelled()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
