"""`/voice on`: a note below each answer that stands on the screen, and below nothing else."""

from __future__ import annotations

import asyncio
import io
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import soundfile
from gateway_stage import GROUP, PRIVATE, TOPIC, GatedAgent, Parrot, running

from tickertape.chat import Address, ChatKind
from tickertape.delivery.actions import PostVoice, Reason, Refused, Unknown
from tickertape.delivery.streaming import StreamingConfig
from tickertape.errors import ConfigError, FailureKind, ProviderError, SpeechError
from tickertape.events import (
    Failed,
    Finished,
    Restarted,
    SegmentEnded,
    TextDelta,
    ToolFinished,
    ToolStarted,
)
from tickertape.gateway.app import build
from tickertape.gateway.config.gateway_config import GatewayConfig
from tickertape.gateway.config.loading import Secrets, parse, secrets
from tickertape.gateway.config.sections import SpeechConfig
from tickertape.speech.audio import Audio
from tickertape.speech.engines.espeak import Espeak
from tickertape.speech.narrator import Narrator

pytestmark = pytest.mark.anyio

ON = "Starting with the next answer, a voice note follows each answer."
OFF = "Starting with the next answer: text only."
AT_ONCE = StreamingConfig(enabled=False)


@dataclass
class Hum:
    """An engine that hums, and notes what it was asked for."""

    asked: list[str] = field(default_factory=list)
    is_broken: bool = False
    gate: asyncio.Event | None = None

    async def synthesise(self, text: str) -> Audio:
        """Hum for a tenth of a second."""
        self.asked.append(text)
        if self.gate is not None:
            await self.gate.wait()
        if self.is_broken:
            msg = "out of voice"
            raise SpeechError(msg)
        return Audio(24_000, b"\0\x20\0\xe0" * 1_200)

    async def aclose(self) -> None:
        """Nothing is held."""


async def test_a_note_follows_the_answer_where_it_is_wanted(tmp_path: Path) -> None:
    """It is Opus, points at the answer, and is made of what was said, without its marks."""
    engine = Hum()
    agent = Parrot("**Hello** there. Bye.")
    async with running(tmp_path, agent, narrator=Narrator(engine)) as (channel, _, _, _):
        channel.write("a")
        await channel.shows("**Hello** there. Bye.")
        channel.write("/voice on")
        await channel.shows("**Hello** there. Bye.", ON)
        assert engine.asked == [], "nobody asked for a voice before"
        channel.write("b")
        [note] = await channel.speaks()
    assert engine.asked == ["Hello there.", "Bye."]
    assert soundfile.info(io.BytesIO(note.sound)).subtype == "OPUS"
    assert note.seconds == 1
    assert channel.screen(PRIVATE).messages[note.reply_to or ""] == "**Hello** there. Bye."
    assert list(channel.screen(PRIVATE).voices) > list(channel.screen(PRIVATE).messages)


async def test_each_place_chooses_for_itself_and_keeps_it(tmp_path: Path) -> None:
    """A choice outlives `/new` and a restart, and another topic is not touched."""
    engine = Hum()
    async with running(tmp_path, Parrot("Hi."), narrator=Narrator(engine)) as (
        channel,
        _,
        store,
        _,
    ):
        channel.write("/voice on")
        channel.write("/new")
        await channel.shows(ON, "A fresh start: I have forgotten our conversation.")
        assert (await store.settings(PRIVATE)).voice is True
        assert (await store.settings(TOPIC)).voice is None
    async with running(tmp_path, Parrot("Hi."), narrator=Narrator(engine)) as (channel, _, _, _):
        channel.write("q")
        await channel.speaks()
        channel.write("/voice off")
        channel.write("q")
        await channel.shows("Hi.", OFF, "Hi.")
    assert len(channel.screen(PRIVATE).voices) == 1


async def test_the_operator_may_want_it_everywhere(tmp_path: Path) -> None:
    """Then a chat that did not choose hears its answers, and one that said no does not."""
    async with running(tmp_path, Parrot("Hi."), narrator=Narrator(Hum()), voice=True) as (
        channel,
        _,
        _,
        _,
    ):
        channel.write("q")
        await channel.speaks()
        channel.write("/voice")
        await channel.shows(
            "Hi.", "/voice on - a voice note below each answer (chosen)\n/voice off - text only"
        )


async def test_without_a_voice_the_order_says_so(tmp_path: Path) -> None:
    """Nothing is stored that could mean something later."""
    async with running(tmp_path, Parrot("Hi.")) as (channel, _, store, _):
        channel.write("/voice on")
        await channel.shows("Voice replies aren't enabled.")
        assert (await store.settings(PRIVATE)).voice is None


@pytest.mark.parametrize("how", ["failed", "stopped", "empty"])
async def test_only_a_whole_answer_is_read_aloud(tmp_path: Path, how: str) -> None:
    """What broke off, was stopped, or has no word, has no voice."""
    engine, agent = Hum(), GatedAgent()
    async with running(tmp_path, agent, narrator=Narrator(engine), voice=True) as (
        channel,
        _,
        _,
        task,
    ):
        channel.write("q")
        _, say = await agent.turn()
        if how != "empty":
            say(TextDelta("Half an answer"))
        if how == "failed":
            say(Failed(ProviderError(FailureKind.NETWORK, "gone")))
        elif how == "stopped":
            channel.write("/stop")
        else:
            say(Finished())
        channel.end()
        await task
    assert engine.asked == []
    assert channel.screen(PRIVATE).voices == {}


async def test_an_engine_that_fails_harms_no_answer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The answer stands, the log says why there is no note, and the next one is answered."""
    engine = Hum(is_broken=True)
    async with running(tmp_path, Parrot("Secret."), narrator=Narrator(engine), voice=True) as (
        channel,
        _,
        _,
        _,
    ):
        channel.write("q")
        await channel.shows("Secret.")
        channel.write("q")
        await channel.shows("Secret.", "Secret.")
    assert "no voice note" in caplog.text
    assert "Secret" not in caplog.text
    assert channel.screen(PRIVATE).voices == {}


@pytest.mark.parametrize(
    "outcome", [Refused(Reason.MALFORMED, "VOICE_MESSAGES_FORBIDDEN"), Unknown("timeout")]
)
async def test_a_note_that_is_refused_or_lost_is_not_repeated(
    tmp_path: Path, outcome: Refused | Unknown
) -> None:
    """The answer stands; the note is tried once."""
    async with running(tmp_path, Parrot("Hi."), narrator=Narrator(Hum()), voice=True) as (
        channel,
        _,
        _,
        _,
    ):
        channel.on_action = lambda action: (
            channel.script.append(outcome) if isinstance(action, PostVoice) else None
        )
        channel.write("q")
        await channel.shows("Hi.")
    assert sum(isinstance(action, PostVoice) for action in channel.actions) == 1
    assert channel.texts(PRIVATE) == ["Hi."]


async def test_what_was_said_before_a_tool_ends_there(tmp_path: Path) -> None:
    """Words before a tool, or a segment, and words after it are never one word or one sentence."""
    engine, agent = Hum(), GatedAgent()
    async with running(tmp_path, agent, narrator=Narrator(engine), voice=True) as (
        channel,
        _,
        _,
        _,
    ):
        channel.write("q")
        _, say = await agent.turn()
        for event in (
            TextDelta("Wrong."),
            Restarted(),
            TextDelta("Let me look"),
            ToolStarted("1", "clock"),
            ToolFinished("1", "clock", ok=True),
            TextDelta("It is four."),
            SegmentEnded(),
            TextDelta("# Title\n\nMore."),
            Finished(),
        ):
            say(event)
        await channel.speaks()
    assert engine.asked == ["Let me look", "It is four.", "Title", "More."]


@pytest.mark.parametrize("how", ["moved", "topic gone"])
async def test_a_note_follows_its_answer_to_where_that_is_written(tmp_path: Path, how: str) -> None:
    """The chat has another number since, or the topic is gone: the note stands below the answer."""
    place, refused = {
        "moved": (
            Address("telegram", "-2007", ChatKind.GROUP),
            Refused(Reason.CHAT_MOVED, moved_to="-2007"),
        ),
        "topic gone": (GROUP, Refused(Reason.THREAD_GONE)),
    }[how]
    home = GROUP if how == "moved" else TOPIC
    async with running(
        tmp_path, Parrot("Hi."), narrator=Narrator(Hum()), voice=True, streaming=AT_ONCE
    ) as (channel, _, _, _):
        channel.script.append(refused)
        channel.write("q", home)
        await channel.shows("Hi.", at=place)
    [note] = channel.screen(place).voices.values()
    assert channel.screen(place).messages[note.reply_to or ""] == "Hi."
    assert channel.screen(home).voices == {}


@pytest.mark.parametrize("order", ["/new", "/retry"])
async def test_an_answer_that_is_taken_back_is_not_read_aloud(tmp_path: Path, order: str) -> None:
    """Its note is not made to its end; that of the answer that is made again is."""
    engine = Hum(gate=asyncio.Event())
    async with running(tmp_path, Parrot("Hi."), narrator=Narrator(engine), voice=True) as (
        channel,
        _,
        _,
        _,
    ):
        channel.write("q")
        await channel.shows("Hi.")
        channel.write(order)
        forgotten = "A fresh start: I have forgotten our conversation."
        await channel.shows("Hi.", forgotten if order == "/new" else "Hi.")
        engine.gate.set()  # type: ignore[union-attr]
    assert len(channel.screen(PRIVATE).voices) == (0 if order == "/new" else 1)


async def test_the_next_question_does_not_wait_for_a_note(tmp_path: Path) -> None:
    """An engine that takes its time holds up nobody, and the end of the program is not its own."""
    engine = Hum(gate=asyncio.Event())
    async with running(tmp_path, Parrot("Hi."), narrator=Narrator(engine), voice=True) as (
        channel,
        gateway,
        _,
        task,
    ):
        channel.write("q")
        channel.write("q")
        await channel.shows("Hi.", "Hi.")
        gateway.stop()
        async with asyncio.timeout(10):
            await task
    assert channel.screen(PRIVATE).voices == {}


async def test_a_real_voice_is_heard(tmp_path: Path) -> None:
    """espeak-ng's note of one sentence is not silent, and says how long it lasts."""
    async with running(
        tmp_path, Parrot("Good morning to you."), narrator=Narrator(Espeak()), voice=True
    ) as (channel, _, _, _):
        channel.write("q")
        [note] = await channel.speaks()
    samples, rate = soundfile.read(io.BytesIO(note.sound))
    assert abs(samples).max() > 0.1
    assert note.seconds - 1 <= len(samples) / rate <= note.seconds + 0.1


TOKEN = "123:abc"


async def test_the_configuration_names_the_voice(tmp_path: Path) -> None:
    """A gateway is built with each engine that can be had; another is refused by its key."""
    storage = f"storage: {{url: 'sqlite+aiosqlite:///{tmp_path}/t.db'}}\n"
    config = parse(storage + "speech: {engine: piper, voice: /none/de.onnx}")
    with pytest.raises(ConfigError, match=r"speech\.voice: '/none/de\.onnx' cannot be used"):
        async with build(config, Secrets({"TELEGRAM_BOT_TOKEN": TOKEN}), agent=Parrot("")):
            pass
    with pytest.raises(ConfigError, match=r"speech\.engine"):
        parse("speech: {engine: festival}")


def test_the_key_of_a_speech_server_is_looked_up_where_it_is_needed() -> None:
    """With another engine, and with none, its variable need not be set."""
    environ = {"TELEGRAM_BOT_TOKEN": TOKEN, "VOICE_KEY": "sk-voice"}
    for engine, known in (("off", {}), ("espeak", {}), ("openai", {"VOICE_KEY": "sk-voice"})):
        speech = SpeechConfig.model_validate({"engine": engine, "api_key_env": "VOICE_KEY"})
        config = GatewayConfig(speech=speech)
        found = secrets(config, environ, own_agent=True).variables
        assert found == {"TELEGRAM_BOT_TOKEN": TOKEN, **known}
    missing = GatewayConfig(speech=SpeechConfig(engine="openai", api_key_env="MISSING_KEY"))
    with pytest.raises(ConfigError, match=r"variable MISSING_KEY \(named by speech\.api_key_env\)"):
        secrets(missing, environ, own_agent=True)
