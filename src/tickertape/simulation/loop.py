"""Plays a script: the real pump and channel against the emulated Telegram, or one with streams.

    record = play(script)

Time is virtual, and chance comes from the script's seed: the same script gives the same record, in
every process. Nothing is judged here; see `tickertape.simulation.verdict`.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from typing import assert_never

from tickertape.channels.telegram.inbound import Me, inbound_of
from tickertape.chat import Moved, StopPressed
from tickertape.delivery.actions import Outcome
from tickertape.delivery.marks import StopReason
from tickertape.delivery.shown import Shown
from tickertape.emulator.scene import BOT_ID, BOT_NAME
from tickertape.errors import FailureKind, ProviderError
from tickertape.events import Failed, Finished
from tickertape.simulation.calls import calls_of
from tickertape.simulation.live import LiveAnswer
from tickertape.simulation.looks import seen_of
from tickertape.simulation.messages import is_done, without_progress
from tickertape.simulation.network import SimulatedNetwork
from tickertape.simulation.parts import OURS, ProgramParts
from tickertape.simulation.program import Program
from tickertape.simulation.record import Done, Press, Record, Told, known_number
from tickertape.simulation.script import Deed, Line, Restart, Script, Stop
from tickertape.simulation.stage import SimulationStage
from tickertape.testing.clock import run_in_virtual_time

__all__ = ["PATIENCE", "play"]

PATIENCE = 3.0 * 3600
"""Seconds in which an answer must be done. The longest waits that a script orders (a handful of
refusals of a minute each, by a chat that takes one call a minute) come to less than half of it."""

_NEWS = 0.2  # an update reaches a bot that polls after one trip from the phone and one to the bot
_SETTLING = 600.0  # longer than anybody listens for an answer that is late
_AFTERMATH = 40.0  # longer than a draft lives: what is on screen then, stays
_MOST_CALLS = 20_000  # as many as the emulator's log keeps
_LATE_BEATS = 3  # enough to see whether something is added after the end
_ME = Me(id=BOT_ID, username=BOT_NAME)
_FAILURE = ProviderError(FailureKind.NETWORK, "gone")


def play(script: Script, parts: ProgramParts = OURS) -> Record:
    """Play `script` to its end.

    Args:
        script: what is to happen.
        parts: what is tested.
    """
    before = random.getstate()
    random.seed(script.seed)
    try:
        life = _Play(script, parts)
        run_in_virtual_time(life.run())
        return life.record()
    finally:
        random.setstate(before)


class _Play:
    """One run."""

    def __init__(self, script: Script, parts: ProgramParts) -> None:
        self._script = script
        self._parts = parts
        self._stage = SimulationStage(script)
        self._network = SimulatedNetwork(
            self._stage.world, round_trip=script.settings.round_trip, most=_MOST_CALLS
        )
        self._crashes: list[str] = []
        self._program = Program(self._network, parts, self._crashes, script)
        self._live: list[LiveAnswer] = []
        self._runs: dict[LiveAnswer, asyncio.Task[Shown]] = {}
        # Answers, when each was done, and its drafts then; what comes late may change the rest.
        self._ended: list[tuple[LiveAnswer, float | None, tuple[int, ...]]] = []
        self._told: list[Told] = []
        self._presses: list[Press] = []
        self._deeds: list[Done] = []
        self._past_drafts: set[str] = set()
        self._past_messages: set[tuple[int, str]] = set()
        self._answering: set[asyncio.Task[Outcome]] = set()
        self._resumed = asyncio.Event()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(
            lambda _, said: self._crashes.append(f"{said['message']}: {said.get('exception')!r}")
        )
        tasks = [
            loop.create_task(self._deeds_happen()),
            loop.create_task(self._restarts_happen()),
        ]
        for room, plan in enumerate(self._script.rooms):
            tasks += [
                loop.create_task(self._line_goes_on(room, number, line))
                for number, line in enumerate(plan.lines)
            ]
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, BaseException):
                self._crashes.append(f"the simulation broke: {result!r}")
        await self._program.settle(_SETTLING)
        self._told += [live.told(at, drafts) for live, at, drafts in self._ended]
        await self._program.go_down()
        await self._network.settle()
        await asyncio.sleep(_AFTERMATH)
        self._stage.world.advance(loop.time())

    def record(self) -> Record:
        world = self._stage.world
        if len(self._network.crossings) >= _MOST_CALLS:
            self._crashes.append(f"{_MOST_CALLS} calls were made, and no end in sight")
        return Record(
            script=self._script,
            calls=calls_of(self._network.crossings, world.calls),
            told=tuple(sorted(self._told, key=lambda told: (told.room, told.line, told.number))),
            presses=tuple(self._presses),
            deeds=tuple(self._deeds),
            rooms=tuple(self._stage.left(room) for room in range(len(self._script.rooms))),
            crashes=tuple(self._crashes),
        )

    async def _deeds_happen(self) -> None:
        loop = asyncio.get_running_loop()
        for deed in self._script.deeds:
            await asyncio.sleep(max(0.0, deed.at - loop.time()))
            self._deeds.append(self._act(deed, loop.time()))

    def _act(self, deed: Deed, now: float) -> Done:
        if deed.kind == "upgrade":
            asyncio.get_running_loop().call_later(_NEWS, self._read_updates)
        return self._stage.act(replace(deed, at=now), now)

    async def _restarts_happen(self) -> None:
        loop = asyncio.get_running_loop()
        for restart in self._script.restarts:
            await asyncio.sleep(max(0.0, restart.at - loop.time()))
            await self._restart(restart)

    async def _restart(self, restart: Restart) -> None:
        """Stop the program as a gateway stops, or kill it, and start another one."""
        if restart.is_kill:
            await self._kill(restart)
            return
        for live in self._live:
            live.stop(StopReason.SHUTDOWN, asyncio.get_running_loop().time())
        await self._program.finish(restart.grace)
        for live in self._live:
            run = self._runs[live]
            # The answer of a run that was cancelled is committed in the background.
            if run.cancelled() or not run.done():
                live.cut_off = True
                run.cancel()
        await self._program.go_down()
        await asyncio.sleep(restart.down_for)
        self._program.come_up()
        self._read_updates()

    async def _kill(self, restart: Restart) -> None:
        """Kill the program between two instructions; another one goes on with its answers."""
        # The answer of a run that was cancelled is committed in the background.
        left = (live for live in self._live if not live.cut_off)
        killed = [live for live in left if not is_done(live.consumer)]
        self._resumed.clear()
        for live in killed:
            live.be_killed()
        runs = [self._runs[live] for live in killed]
        for run in runs:
            run.cancel()  # first: one that has not begun yet must not join what is going down
        await self._program.go_down()
        await asyncio.gather(*runs, return_exceptions=True)
        await asyncio.sleep(restart.down_for)
        self._program.come_up()
        loop = asyncio.get_running_loop()
        for live in killed:
            live.resume(self._program.outbox, loop.time())
            self._runs[live] = loop.create_task(live.consumer.run())
        self._resumed.set()
        self._read_updates()

    async def _line_goes_on(self, room: int, line: int, plan: Line) -> None:
        for number, speech in enumerate(plan.speeches):
            await asyncio.sleep(speech.pause)
            await self._program.until_up()
            address = self._stage.address(room, plan.topic)
            question = self._stage.ask(room, address, asyncio.get_running_loop().time())
            if question is not None:
                # As the gateway does for all that comes in.
                self._program.outbox.mark_reachable(address)
                self._program.outbox.saw(address, question)
            consumer = self._parts.consumer(
                self._program.outbox,
                to=address,
                config=speech.config,
                reply_to=question if speech.points_back else None,
                timeout=speech.timeout,
            )
            began_at = asyncio.get_running_loop().time()
            asked = question is not None
            live = LiveAnswer(room, line, number, speech, address, consumer, asked, began_at)
            self._live.append(live)
            await self._give(live)
            self._live.remove(live)
            del self._runs[live]
            shown = live.consumer.shown
            self._past_drafts.update(shown.drafts)
            self._past_messages.update((room, one) for one in shown.messages)

    async def _give(self, live: LiveAnswer) -> None:
        """Play one answer, and record its end."""
        loop = asyncio.get_running_loop()
        self._runs[live] = loop.create_task(live.consumer.run())
        await asyncio.sleep(0)
        others = [loop.create_task(self._speak(live))]
        if live.speech.stop is not None:
            others.append(loop.create_task(self._stop(live, live.speech.stop)))
        run = await self._run_to_its_end(live)
        done_at = await self._done_at(live, run)
        live.watch_timeout(loop.time())
        for task in others:
            task.cancel()
        for result in await asyncio.gather(*others, return_exceptions=True):
            if isinstance(result, Exception):
                live.crash = f"the simulation broke: {result!r}"
        self._ended.append((live, done_at, self._drafts_left(live)))

    async def _run_to_its_end(self, live: LiveAnswer) -> asyncio.Task[Shown]:
        """Wait for the run of an answer, or for the last one where programs were killed."""
        while True:
            run = self._runs[live]
            await asyncio.wait([run], timeout=PATIENCE + live.longest)
            if live.stored:
                await self._resumed.wait()
            elif run is self._runs[live]:
                return run

    def _is_over(self, live: LiveAnswer) -> bool:
        return not live.stored and self._runs[live].done()

    async def _done_at(self, live: LiveAnswer, run: asyncio.Task[Shown]) -> float | None:
        """Return when the answer was done; None if it never was."""
        loop = asyncio.get_running_loop()
        if not run.done():
            run.cancel()
            await asyncio.wait([run])
            return None
        if run.cancelled():
            # The answer is committed in the background. Who waits looks once a second.
            deadline = loop.time() + PATIENCE
            while not (live.cut_off or is_done(live.consumer)):
                if loop.time() > deadline:
                    return None
                await asyncio.sleep(1.0)
        elif (error := run.exception()) is not None:
            live.crash = repr(error)
        return loop.time()

    def _drafts_left(self, live: LiveAnswer) -> tuple[int, ...]:
        """Return the drafts that show text of an answer; one of progress alone just fades.

        No call takes a draft away but a message, and there is none where nothing was said.
        """
        standing = self._stage.drafts_of(live.address, live.consumer.shown.drafts)
        return tuple(
            draft.draft_id for draft in standing if without_progress(seen_of(draft.content).text)
        )

    async def _speak(self, live: LiveAnswer) -> None:
        """Emit the events of the script, and a few after the end."""
        loop = asyncio.get_running_loop()
        late = 0
        for beat in live.speech.beats:
            await asyncio.sleep(beat.pause)
            live.watch_timeout(loop.time())
            late += live.mark is not None
            if self._is_over(live) or late > _LATE_BEATS:
                return
            live.say(beat.event(), loop.time())
        live.watch_timeout(loop.time())
        match live.speech.ending:
            case "finish":
                live.say(Finished(), loop.time())
            case "length":
                live.say(Finished("length"), loop.time())
            case "fail":
                live.say(Failed(_FAILURE), loop.time())
            case "never":
                pass
            case _:
                assert_never(live.speech.ending)

    async def _stop(self, live: LiveAnswer, stop: Stop) -> None:
        await asyncio.sleep(stop.after)
        loop = asyncio.get_running_loop()
        now = loop.time()
        if self._is_over(live):
            return
        match stop.by:
            case "command":
                live.stop(StopReason.USER, now)
            case "shutdown":
                live.stop(StopReason.SHUTDOWN, now)
            case "cancel" if live.stored:
                live.stop(StopReason.USER, now)
            case "cancel":
                live.note_stop(StopReason.USER, now)
                self._runs[live].cancel()
            case "draft" if self._script.streams is None:
                self._stage.press_draft(live.address, now, is_told=not stop.lost)
                # Whatever becomes of the answer meanwhile, the news arrives.
                loop.call_later(_NEWS, self._read_updates)
            case "draft" | "message":
                self._stage.press_message(live.address, now)
                loop.call_later(_NEWS, self._read_updates)
            case _:
                assert_never(stop.by)

    def _read_updates(self) -> None:
        """Let the bot, if it runs, read its updates: what people stopped, and chats that moved."""
        if not self._program.is_up:
            return
        now = asyncio.get_running_loop().time()
        for update in self._stage.updates(now):
            inbound = inbound_of(update, _ME, "all")
            if isinstance(inbound, StopPressed):
                self._take(inbound, now)
            if isinstance(inbound, Moved):
                self._program.move(inbound.old_chat, inbound.address.chat)

    def _take(self, pressed: StopPressed, now: float) -> None:
        room = self._stage.room_of(pressed.address)
        meant = [live for live in self._live if live.room == room and live.is_meant_by(pressed)]
        # The draft of an answer that is done may fade for a while, and who presses the button of a
        # message in its last moment comes too late: that stops nothing.
        past = pressed.draft_id in self._past_drafts
        past = past or (room, pressed.message_id) in self._past_messages
        taken = bool(meant) or past
        draft_id, message_id = known_number(pressed.draft_id), known_number(pressed.message_id)
        self._presses.append(Press(now, room, draft_id, message_id, taken))
        for live in meant:
            live.stop(StopReason.USER, now)
        if pressed.press_id:
            answer = self._program.outbox.acknowledge(pressed.address, pressed.press_id)
            task = asyncio.get_running_loop().create_task(answer)
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)
