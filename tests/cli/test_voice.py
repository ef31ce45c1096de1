"""Which voice speaks, and that answers are heard one after another."""

from __future__ import annotations

import asyncio

import pytest

from tickertape.chat import Message
from tickertape.cli.chat.stdin_channel import HERE, YOU, StdinChannel
from tickertape.cli.chat.voice import ChatVoice, language_of
from tickertape.errors import SpeechError
from tickertape.events import Finished, TextDelta
from tickertape.speech.audio import Audio

pytestmark = pytest.mark.anyio

ASKED = Message(HERE, YOU, "Hi", "1", to_us=True)


class Engine:
    """Makes sound that is the text itself."""

    def __init__(self, error: SpeechError | None = None) -> None:
        self.error = error
        self.closed = False

    async def synthesise(self, text: str) -> Audio:
        if self.error is not None:
            raise self.error
        return Audio(8_000, text.encode("utf-16-le"))

    async def aclose(self) -> None:
        self.closed = True


class Player:
    """Plays a sentence for as long as the test wants."""

    def __init__(self) -> None:
        self.playing: list[str] = []
        self.free = asyncio.Event()
        self.begun = asyncio.Event()

    async def play(self, audio: Audio) -> None:
        self.playing.append(audio.samples.decode("utf-16-le"))
        self.begun.set()
        await self.free.wait()

    async def aclose(self) -> None:
        self.free.set()


def answer(voice: ChatVoice, text: str) -> asyncio.Task[None]:
    """Let a voice hear an answer."""
    [listener] = voice.hearing(ASKED)
    listener.feed(TextDelta(text))
    listener.feed(Finished())
    listener.finish()
    return asyncio.create_task(listener.run())


async def test_answers_are_heard_one_after_another() -> None:
    """The second one waits until the first was heard to its end."""
    player = Player()
    voice = ChatVoice(Engine(), player, tell=print)
    runs = [answer(voice, "One."), answer(voice, "Two.")]
    async with asyncio.timeout(10):
        await player.begun.wait()
        for _ in range(20):
            await asyncio.sleep(0)
        assert player.playing == ["One."]
        player.free.set()
        await asyncio.gather(*runs)
    assert player.playing == ["One.", "Two."]
    assert not voice.silence()


async def test_hush_silences_all_of_them() -> None:
    """What is being heard ends at once, and what waits is not heard."""
    player = Player()
    voice = ChatVoice(Engine(), player, tell=print)
    runs = [answer(voice, "One."), answer(voice, "Two.")]
    async with asyncio.timeout(10):
        await player.begun.wait()
        assert voice.silence()
        assert not voice.silence()
        await asyncio.gather(*runs)
    assert player.playing == ["One."]


async def test_an_order_to_stop_silences_an_answer_that_is_written() -> None:
    """The answer is complete on the screen, and still being heard: /stop is about what is heard."""
    player = Player()
    voice = ChatVoice(Engine(), player, tell=print)
    channel = StdinChannel(voice.silence)
    run = answer(voice, "One. Two.")
    async with asyncio.timeout(10):
        await player.begun.wait()
        channel.write("And now?")
        assert not run.done()
        channel.write("/stop")
        await run
    assert player.playing == ["One."]


async def test_a_lost_voice_is_told_once() -> None:
    """An engine that fails is said in one line, however many answers follow."""
    told: list[str] = []
    voice = ChatVoice(Engine(SpeechError("it is hoarse")), Player(), tell=told.append)
    async with asyncio.timeout(10):
        for _ in range(2):
            await answer(voice, "One. Two. Three. Four.")
    assert told == ["no voice: it is hoarse"]
    await voice.aclose()


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "de"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "POSIX"}, "en"),
        ({"LANG": "de_DE", "LC_MESSAGES": "fr_FR@euro"}, "fr"),
        ({"LANG": "de_DE", "LC_ALL": "C"}, "en"),
        ({"LANG": "es"}, "es"),
    ],
    ids=str,
)
def test_the_environment_names_the_language(environ: dict[str, str], language: str) -> None:
    """The most particular variable decides; what names no language means English."""
    assert language_of(environ) == language
