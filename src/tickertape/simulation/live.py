"""One answer while it is given: what the agent said before the end, and how it ended.

Counted here, independently of the consumer: what it holds to be said is compared with this.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tickertape.chat import Address, StopPressed
from tickertape.consumer import StreamConsumer
from tickertape.delivery.marks import StopReason, mark_of_end, mark_of_stop
from tickertape.delivery.reply.state import begun_again
from tickertape.delivery.reply.stored import dumps, loads
from tickertape.events import Event, Failed, Finished, Restarted
from tickertape.outbox import Outbox
from tickertape.simulation.messages import messages_due
from tickertape.simulation.record import Told, known_number
from tickertape.simulation.script import Speech
from tickertape.spoken import Spoken

__all__ = ["LiveAnswer"]


@dataclass(slots=True, eq=False)
class LiveAnswer:
    """An answer that is being given."""

    room: int
    """In which room."""
    line: int
    """On which line of it."""
    number: int
    """Which one on the line."""
    speech: Speech
    """What is to be said."""
    address: Address
    """Where it goes."""
    consumer: StreamConsumer
    """What carries it."""
    asked: bool
    """Whether a person wrote there just before."""
    began_at: float
    """When its run began."""
    heard: list[Event] = field(default_factory=list)
    """What the agent said before the end."""
    mark: str | None = None
    """What must stand below it; None: it has not ended."""
    stopped: bool = False
    """Whether a person stopped it before its end."""
    cut_off: bool = False
    """Whether the program went down before it was done."""
    crash: str = ""
    """What its run raised."""
    killed: int = 0
    """How many programs were killed while it was given."""
    stored: str = ""
    """Its state when its program was killed; empty: it was not, or another one goes on with it."""
    unheard: list[Event | StopReason] = field(default_factory=list)
    """What the agent said, and who stopped it, while there was no program."""
    ended_at: float | None = None
    """When it ended; None: it has not, or it was not recorded."""

    @property
    def longest(self) -> float:
        """How many seconds the agent speaks at most."""
        spoken = sum(beat.pause for beat in self.speech.beats)
        return max(spoken, self.speech.timeout if self.speech.ending == "never" else 0.0)

    def say(self, event: Event, now: float) -> None:
        """Emit an agent's event; events after the end do not count."""
        if self.mark is None and isinstance(event, Finished | Failed):
            self._end(mark_of_end(event), now)
        elif self.mark is None:
            self.heard.append(event)
        if self.stored:
            self.unheard.append(event)
        else:
            self.consumer.feed(event)

    def watch_timeout(self, now: float) -> None:
        """Record the end by timeout, once its time is over."""
        # Timers may fire a clock's resolution early (asyncio: a nanosecond).
        if self.mark is None and now >= self.began_at + self.speech.timeout - 1e-6:
            self._end(mark_of_stop(StopReason.TIMEOUT), now)
            if self.stored:
                self.unheard.append(StopReason.TIMEOUT)

    def note_stop(self, reason: StopReason, now: float) -> None:
        """Record that a person stops it."""
        self.watch_timeout(now)
        if self.mark is None:
            self._end(mark_of_stop(reason), now)
            self.stopped = True

    def stop(self, reason: StopReason, now: float) -> None:
        """Stop it."""
        self.watch_timeout(now)
        if self.stored and self.mark is not None:
            return  # the next program hears of its end, in the order in which it came
        self.note_stop(reason, now)
        if self.stored:
            self.unheard.append(reason)
        else:
            self.consumer.stop(reason)

    def be_killed(self) -> None:
        """Keep what a program stores of it while it runs: the next one has nothing else."""
        self.stored = dumps(self.consumer.state)
        self.killed += 1

    def resume(self, outbox: Outbox, now: float) -> None:
        """Go on with what was stored, and with what was said since.

        Every second agent tells its answer again from the first word, as one does that was killed
        with its program; the others outlive it.
        """
        self.watch_timeout(now)
        state, self.stored = loads(self.stored), ""
        said: list[Event | StopReason] = list(self.unheard)
        if not state.said.closed and (self.room + self.number + self.killed) % 2:
            state = begun_again(state)
            ends = [one for one in said if isinstance(one, StopReason | Finished | Failed)]
            said = [Restarted(), *self.heard, *ends]
        left = max(self.began_at + self.speech.timeout - now, 0.0)
        self.consumer = type(self.consumer).resume(
            outbox, state, config=self.speech.config, timeout=left
        )
        for item in said:
            if isinstance(item, StopReason):
                self.consumer.stop(item)
            else:
                self.consumer.feed(item)
        self.unheard.clear()

    def _end(self, mark: str, now: float) -> None:
        self.mark, self.ended_at = mark, now

    def is_meant_by(self, pressed: StopPressed) -> bool:
        """Return whether a button was pressed on this answer."""
        shown = self.consumer.shown
        if pressed.draft_id is not None:
            return pressed.draft_id in shown.drafts
        return pressed.message_id in shown.messages

    def told(self, done_at: float | None, drafts_left: tuple[int, ...]) -> Told:
        """Return how the answer ended.

        Args:
            done_at: when its run returned; None: never.
            drafts_left: its drafts that were on screen then, by their numbers.
        """
        shown, due = self.consumer.shown, messages_due(self.consumer)
        gave_up = shown.gave_up
        return Told(
            room=self.room,
            line=self.line,
            number=self.number,
            thread_id=known_number(self.address.thread),
            asked=self.asked,
            began_at=self.began_at,
            ended_at=self.began_at if self.ended_at is None else self.ended_at,
            done_at=done_at,
            heard=Spoken(self.heard).said,
            said=shown.said,
            mark=self.mark or "",
            stopped=self.stopped,
            killed=self.killed,
            restarted=any(beat.kind == "restart" for beat in self.speech.beats),
            finals=tuple(message.seen.text for message in due),
            looks=tuple(message.seen.looks for message in due),
            words="".join(message.words for message in due),
            message_ids=tuple(known_number(message.message_id) for message in due),
            doubtful=shown.doubtful,
            gave_up="" if gave_up is None else gave_up.reason.value,
            gave_up_words="" if gave_up is None else gave_up.detail,
            drafts_left=drafts_left,
            cut_off=self.cut_off,
            crash=self.crash,
        )
