"""The players: a program that plays, as a real process, and a WAV file that is always whole."""

from __future__ import annotations

import asyncio
import os
import wave
from collections.abc import Sequence
from pathlib import Path

import pytest
from speech_programs import content_of, gone, install, stays

from tickertape.errors import SpeechError
from tickertape.speech import players as transport
from tickertape.speech.audio import Audio, read_wav, wav_header
from tickertape.speech.players import PROGRAMS, Loudspeaker, WavFile
from tickertape.speech.programs import run_program
from tickertape.testing.clock import run_in_virtual_time

pytestmark = pytest.mark.anyio

ONE = Audio(22_050, b"\1\0\2\0" * 50_000)
TWO = Audio(22_050, b"\3\0\4\0" * 10)


@pytest.mark.parametrize("name", PROGRAMS)
async def test_a_program_gets_the_samples_and_their_rate(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever is there is told the rate, and gets every sample, one sentence after another."""
    install(tmp_path, name, f'echo "$@" >> {tmp_path}/told; /bin/cat >> {tmp_path}/played')
    monkeypatch.setenv("PATH", str(tmp_path))
    player = Loudspeaker.find()
    await player.play(ONE)
    await player.play(TWO)
    await player.aclose()
    assert (tmp_path / "played").read_bytes() == ONE.samples + TWO.samples
    told = (tmp_path / "told").read_text().splitlines()
    assert len(told) == 2
    assert all("22050" in line for line in told)


async def test_the_first_of_several_programs_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The desktop's own sound server comes before what plays past it."""
    for name in PROGRAMS:
        install(tmp_path, name, "exit 0")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert repr(Loudspeaker.find()) == f"Loudspeaker('{tmp_path}/paplay')"


async def test_without_a_program_there_is_an_error_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says what is needed."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SpeechError, match="one of these is needed: paplay, aplay"):
        Loudspeaker.find()


async def test_a_program_that_fails_is_an_error_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own first line says why; it need not take the samples to be heard with it."""
    install(tmp_path, "aplay", "echo 'no such device' >&2; echo more >&2; exit 1")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SpeechError, match=r"^aplay failed: no such device$"):
        await Loudspeaker.find().play(ONE)


async def test_cancelling_kills_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Silence comes at once: the process is gone when the waiting ends."""
    install(tmp_path, "aplay", stays(tmp_path / "pid"))
    monkeypatch.setenv("PATH", str(tmp_path))
    playing = asyncio.create_task(Loudspeaker.find().play(ONE))
    pid = int(await content_of(tmp_path / "pid"))
    playing.cancel()
    await asyncio.wait({playing})
    assert playing.cancelled()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_cancelling_kills_what_the_program_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A script that calls the player: the child is silenced too, and nobody waits for its end."""
    inner = install(tmp_path, "inner", stays(tmp_path / "pid"))
    install(tmp_path, "aplay", f"{inner}\nexit 0")
    monkeypatch.setenv("PATH", str(tmp_path))
    playing = asyncio.create_task(Loudspeaker.find().play(ONE))
    pid = int(await content_of(tmp_path / "pid"))
    playing.cancel()
    done, _ = await asyncio.wait({playing}, timeout=10)
    assert done, "it waits for the child, which sleeps for a minute"
    await gone(pid)


async def test_cancelling_ends_with_a_program_that_has_more_to_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More samples than are read at a time have come when the stop does: nobody waits for ever."""
    feed = asyncio.StreamReader.feed_data
    program = install(tmp_path, "espeak-ng", "/bin/cat; echo samples; exec /bin/sleep 60")
    speaking = asyncio.create_task(run_program([str(program)], b""))

    def feed_more(reader: asyncio.StreamReader, data: bytes) -> None:
        feed(reader, data + bytes(300_000))
        speaking.cancel()

    monkeypatch.setattr(asyncio.StreamReader, "feed_data", feed_more)
    done, _ = await asyncio.wait({speaking}, timeout=10)
    assert done
    assert speaking.cancelled()


def test_a_program_that_hangs_is_an_error_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sound server that does not play is waited for as long as the sound lasts, and some more."""

    async def hang(command: Sequence[str], given: bytes) -> bytes:
        await asyncio.sleep(3_600)
        return given + bytes(len(command))

    monkeypatch.setattr(transport, "run_program", hang)

    async def main() -> float:
        with pytest.raises(SpeechError, match=r"^aplay took longer than 15 s for 5 s of sound$"):
            await Loudspeaker("/bin/aplay", PROGRAMS["aplay"]).play(ONE)
        return asyncio.get_running_loop().time()

    assert run_in_virtual_time(main()) == pytest.approx(ONE.seconds + 10)


async def test_a_file_is_whole_after_every_sentence(tmp_path: Path) -> None:
    """Python's own reader reads it at any time, and it holds what was said until then."""
    path = tmp_path / "said.wav"
    player = WavFile(path)
    expected = b""
    for audio in (ONE, TWO, ONE):
        await player.play(audio)
        expected += audio.samples
        with wave.open(str(path)) as read:
            assert (read.getnchannels(), read.getsampwidth(), read.getframerate()) == (1, 2, 22_050)
            assert read.readframes(read.getnframes()) == expected
    await player.aclose()


async def test_a_file_that_cannot_be_written_is_an_error_of_ours(tmp_path: Path) -> None:
    """A folder that is not there; samples of another rate."""
    with pytest.raises(SpeechError, match="cannot be written: No such file"):
        WavFile(tmp_path / "none" / "said.wav")
    player = WavFile(tmp_path / "said.wav")
    await player.play(ONE)
    with pytest.raises(SpeechError, match="not both"):
        await player.play(Audio(8_000, b"\0\0"))
    await player.aclose()


SAMPLES = b"\1\2\3\4\5\6"
READ = [
    ("as it should be", wav_header(8_000, 6) + SAMPLES, SAMPLES),
    ("a size that nobody knew", wav_header(8_000, 0x7FFF_F000) + SAMPLES, SAMPLES),
    ("no size, of who never goes back", wav_header(8_000, 0) + SAMPLES, SAMPLES),
    ("half a sample too much", wav_header(8_000, 6) + SAMPLES[:5], SAMPLES[:4]),
    ("other chunks before",
     b"RIFF\0\0\0\0WAVELIST\3\0\0\0abc\0" + wav_header(8_000, 6)[12:] + SAMPLES, SAMPLES),
    ("two channels",
     wav_header(8_000, 6)[:22] + b"\2" + wav_header(8_000, 8)[23:] + SAMPLES + b"\7\x08",
     b"\1\2\5\6"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "samples"), [row[1:] for row in READ], ids=[row[0] for row in READ]
)
async def test_wav_files_are_read_as_programs_write_them(raw: bytes, samples: bytes) -> None:
    """Sizes that are wrong, chunks that nobody needs and more channels change nothing."""
    assert read_wav(raw) == Audio(8_000, samples)


@pytest.mark.parametrize(
    "raw",
    [b"", b"noise" * 20, b"RIFF\0\0\0\0WAVE", wav_header(8_000, 0)[:36],
     wav_header(8_000, 6)[:34] + b"\x08\0" + wav_header(8_000, 6)[36:] + SAMPLES],
)  # fmt: skip
async def test_what_is_no_wav_file_is_refused(raw: bytes) -> None:
    """Noise, half a header, samples of eight bits."""
    with pytest.raises(ValueError, match=r"WAV|samples"):
        read_wav(raw)
