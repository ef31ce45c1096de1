"""The speaker beside a screen, in virtual time: in order, early, and silent at once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable

import pytest
from speech_doubles import FakeEngine, FakePlayer

from tickertape.events import Finished, Restarted, TextDelta
from tickertape.speech.audio import Audio
from tickertape.speech.speaker import Speaker
from tickertape.testing.clock import run_in_virtual_time


def lived(
    life: Callable[[Speaker], Awaitable[None]], engine: FakeEngine, player: FakePlayer
) -> Speaker:
    """Run a speaker beside what is done with it."""

    async def both() -> Speaker:
        speaker = Speaker(engine, player)
        await asyncio.gather(speaker.run(), life(speaker))
        return speaker

    return run_in_virtual_time(both())


def test_an_answer_is_heard_in_its_order() -> None:
    """Each sentence once, although the engine works at several."""
    engine, player = FakeEngine(0.2), FakePlayer(1.0)

    async def life(speaker: Speaker) -> None:
        for word in ["One.", "Two.", "Three.", "Four.", "Five."]:
            speaker.feed(TextDelta(word + " "))
        speaker.finish()

    speaker = lived(life, engine, player)
    assert player.heard == ["One.", "Two.", "Three.", "Four.", "Five."]
    assert speaker.spoken == tuple(player.heard)
    assert [at for at, _ in player.begun] == pytest.approx([0.2, 1.2, 2.2, 3.2, 4.2])


def test_a_sentence_is_heard_while_the_next_is_written() -> None:
    """The first one does not wait for the answer's end."""
    engine, player = FakeEngine(0.1), FakePlayer(1.0)

    async def life(speaker: Speaker) -> None:
        speaker.feed(TextDelta("One. T"))
        await asyncio.sleep(5)
        assert player.heard == ["One."]
        speaker.feed(TextDelta("wo"))
        speaker.feed(Finished())

    lived(life, engine, player)
    assert [at for at, _ in player.begun] == pytest.approx([0.1, 5.1])


def test_a_stop_silences_at_once() -> None:
    """What is in the air breaks off, and what is in the making is given up."""
    engine, player = FakeEngine(0.5), FakePlayer(10.0)

    async def life(speaker: Speaker) -> None:
        speaker.feed(TextDelta("One. Two. Three. Four. Five. "))
        await asyncio.sleep(0.7)
        speaker.feed(TextDelta("Six. "))
        speaker.stop()
        speaker.stop()

    async def timed() -> float:
        speaker = Speaker(engine, player)
        living = asyncio.create_task(life(speaker))
        await speaker.run()
        await living
        return asyncio.get_running_loop().time()

    assert run_in_virtual_time(timed()) == pytest.approx(0.7)
    assert [words for _, words in player.begun] == ["One."]
    assert player.heard == []
    assert engine.given_up == ["Four."], "one was asked for when the first was in the air"


def test_cancelling_the_run_silences() -> None:
    """No task is left behind."""
    engine, player = FakeEngine(0.5), FakePlayer(10.0)

    async def life() -> set[asyncio.Task[object]]:
        speaker = Speaker(engine, player)
        speaker.feed(TextDelta("One. Two. "))
        running = asyncio.create_task(speaker.run())
        await asyncio.sleep(1)
        running.cancel()
        await asyncio.wait({running})
        assert running.cancelled()
        return asyncio.all_tasks() - {asyncio.current_task()}

    assert run_in_virtual_time(life()) == set()
    assert player.heard == []


def test_a_restart_gives_up_what_is_in_the_making() -> None:
    """The voided attempt's sentences are not heard, and the engine is not kept busy with them."""
    engine, player = FakeEngine(1.0), FakePlayer(1.0)

    async def life(speaker: Speaker) -> None:
        speaker.feed(TextDelta("Wrong. Words. Mo"))
        await asyncio.sleep(0.5)
        speaker.feed(Restarted())
        speaker.feed(TextDelta("Right."))
        speaker.finish()

    lived(life, engine, player)
    assert player.heard == ["Right."]
    assert engine.given_up == ["Wrong.", "Words."]


def test_a_sentence_that_fails_is_left_out() -> None:
    """The answer goes on behind it."""
    engine, player = FakeEngine(failing=frozenset({"Two."})), FakePlayer()

    async def life(speaker: Speaker) -> None:
        speaker.feed(TextDelta("One. Two. Three."))
        speaker.finish()

    speaker = lived(life, engine, player)
    assert player.heard == ["One.", "Three."]
    assert speaker.failed is None


def test_an_engine_that_is_gone_ends_the_speaking() -> None:
    """Two failures in a row say that there will be no more; nothing is raised."""
    engine, player = FakeEngine(failing=frozenset({"Two.", "Three."})), FakePlayer()

    async def life(speaker: Speaker) -> None:
        speaker.feed(TextDelta("One. Two. Three. Four. Five."))

    speaker = lived(life, engine, player)
    assert str(speaker.failed) == "out of voice"
    assert "Five." not in engine.asked


def test_a_loudspeaker_that_is_gone_ends_the_speaking() -> None:
    """One failure is enough: the next sentence would have a gap before it."""
    engine, player = FakeEngine(), FakePlayer(is_broken=True)

    async def life(speaker: Speaker) -> None:
        speaker.feed(TextDelta("One. Two. Three."))

    assert str(lived(life, engine, player).failed) == "no loudspeaker"


def test_what_breaks_the_contract_is_raised() -> None:
    """An engine that raises anything else is not waited for for ever."""

    class Broken(FakeEngine):
        async def synthesise(self, text: str) -> Audio:
            raise ZeroDivisionError

    async def life() -> None:
        speaker = Speaker(Broken(), FakePlayer())
        speaker.feed(TextDelta("One. Two. "))
        await speaker.run()

    with pytest.raises(ZeroDivisionError):
        run_in_virtual_time(life())


def test_feeding_before_and_after_the_run_is_harmless() -> None:
    """What was said before is heard; what comes after the end is not."""
    engine, player = FakeEngine(), FakePlayer()

    async def life() -> None:
        speaker = Speaker(engine, player)
        speaker.feed(TextDelta("One."))
        speaker.finish()
        await speaker.run()
        speaker.feed(TextDelta("Two."))
        speaker.stop()

    run_in_virtual_time(life())
    assert player.heard == ["One."]


@pytest.mark.anyio
async def test_another_thread_may_feed() -> None:
    """An agent that runs in a thread is heard like any other."""
    engine, player = FakeEngine(), FakePlayer()
    speaker = Speaker(engine, player)

    def agent() -> None:
        for word in ["One. ", "Two. ", "Three."]:
            speaker.feed(TextDelta(word))
        speaker.finish()

    thread = threading.Thread(target=agent)
    running = asyncio.create_task(speaker.run())
    await asyncio.sleep(0)
    thread.start()
    await running
    thread.join()
    assert player.heard == ["One.", "Two.", "Three."]


def test_an_engine_that_is_not_wanted_any_more_is_let_end() -> None:
    """It is told once: what it does in order to end is not broken off by what comes next."""
    ended: list[str] = []

    class Slow:
        """Needs a second to end."""

        async def synthesise(self, text: str) -> Audio:
            """Never give a sound."""
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(1)
                ended.append(text)
            return Audio(8_000, b"")

        async def aclose(self) -> None:
            """Nothing is held."""

    async def main() -> None:
        speaker = Speaker(Slow(), FakePlayer())
        running = asyncio.create_task(speaker.run())
        speaker.feed(TextDelta("One.\n\n"))
        await asyncio.sleep(0.1)
        for event in (Restarted(), TextDelta("Two.\n\n")):
            speaker.feed(event)
            await asyncio.sleep(0.1)
        speaker.stop()
        await running

    run_in_virtual_time(main())
    assert ended == ["One.", "Two."]
