"""The task that speaks one answer, independently of the screen, and never delays it.

    speaker = Speaker(engine, player)       one for each answer; a `tickertape.ports.Listener`
    speaker.feed(event)                     from any thread, never waits
    await speaker.run()                     returns when all was heard, or was stopped

Feeding only appends; the text is read when a sentence is wanted. Sentences are synthesised while
others are played, and played in their order, one at a time.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from tickertape.errors import SpeechError
from tickertape.events import Event, Finished
from tickertape.speech.ports import Engine, Player
from tickertape.speech.speech_queue import Sentence, Sound, SpeechQueue
from tickertape.speech.text.phrases import ENGLISH, Phrases

__all__ = ["Speaker"]

_log = logging.getLogger(__name__)

# A sentence that cannot be synthesised is left out; a second one in a row says that the engine is
# gone, and the answer is on the screen anyway.
_MOST_FAILURES = 2


class Speaker:
    """One answer, as it is heard."""

    def __init__(self, engine: Engine, player: Player, *, phrases: Phrases = ENGLISH) -> None:
        """Prepare; nothing is heard before `run`. Engine and player stay the caller's to close.

        Args:
            engine: Makes sound of sentences.
            player: Lets it be heard.
            phrases: What is said instead of what is not read out.
        """
        self._engine = engine
        self._player = player
        self._queue = SpeechQueue(phrases)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()
        self._making: dict[int, asyncio.Task[None]] = {}
        self._playing: asyncio.Task[None] | None = None
        self._inbox: list[Event | None] = []
        self._failures = 0
        self._failed: SpeechError | None = None
        self._broken: BaseException | None = None

    @property
    def spoken(self) -> tuple[str, ...]:
        """The sentences that were heard to their end, in their order."""
        return self._queue.spoken

    @property
    def failed(self) -> SpeechError | None:
        """Why it fell silent before the end; None where it did not."""
        return self._failed

    def feed(self, event: Event) -> None:
        """Take anything an agent says. Never waits, never raises; may be called from any thread."""
        self._put(event)

    def finish(self) -> None:
        """Mark the answer as complete. Idempotent and thread-safe."""
        self._put(Finished())

    def stop(self) -> None:
        """Fall silent at once, and drop the rest. Idempotent and thread-safe."""
        self._put(None)

    async def run(self) -> None:
        """Return when everything was heard, or was stopped, or cannot be heard (`failed`).

        Cancelling it is a stop.

        Raises:
            Exception: what an engine or a player raised against its contract.
        """
        self._loop = asyncio.get_running_loop()
        try:
            while True:
                self._wake.clear()
                self._hear()
                if self._broken is not None:
                    raise self._broken
                if self._queue.done:
                    return
                self._work()
                if not self._queue.done:
                    await self._wake.wait()
        finally:
            await self._end()

    def _put(self, item: Event | None) -> None:
        self._inbox.append(item)
        loop = self._loop
        if loop is not None:
            try:
                loop.call_soon_threadsafe(self._wake.set)
            except RuntimeError:
                _log.debug("the loop of a speaker is closed")

    def _hear(self) -> None:
        """Pass the received events to the queue."""
        count = len(self._inbox)
        items, self._inbox[:count] = self._inbox[:count], []
        for item in items:
            if item is None:
                self._queue.stop()
            else:
                self._queue.feed(item)

    def _work(self) -> None:
        """Begin all work that can begin."""
        for number, task in self._making.items():
            if not self._queue.is_wanted(number):
                _cancel(task)
        if self._playing is None and (sound := self._queue.to_play()) is not None:
            self._playing = self._start(self._play(sound))
        while (sentence := self._queue.to_synthesise()) is not None:
            self._making[sentence.number] = self._start(self._synthesise(sentence))

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work, name="tickertape speech")
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._broken = self._broken or error
        self._wake.set()

    async def _synthesise(self, sentence: Sentence) -> None:
        try:
            audio = await self._engine.synthesise(sentence.text)
        except SpeechError as error:
            self._failures += 1
            self._queue.synthesised(sentence.number, None)
            _log.warning("a sentence was not synthesised: %s", error)
            if self._failures >= _MOST_FAILURES:
                self._give_up(error)
        else:
            self._failures = 0
            self._queue.synthesised(sentence.number, audio)
        finally:
            self._making.pop(sentence.number, None)

    async def _play(self, sound: Sound) -> None:
        try:
            await self._player.play(sound.audio)
        except SpeechError as error:
            _log.warning("a sentence was not played: %s", error)
            self._give_up(error)
        else:
            self._queue.played()
        finally:
            self._playing = None

    def _give_up(self, error: SpeechError) -> None:
        self._failed = error
        self._queue.stop()

    async def _end(self) -> None:
        """Fall silent, and end every task."""
        self._queue.stop()
        tasks = [*self._making.values(), *([self._playing] if self._playing else [])]
        for task in tasks:
            _cancel(task)
        await asyncio.gather(*tasks, return_exceptions=True)


def _cancel(task: asyncio.Task[None]) -> None:
    """Cancel a task, once: a second time would end what it does in order to end."""
    if not task.cancelling():
        task.cancel()
