"""The writer of one chat: it carries out what the chat's lane asks for, one action at a time.

It sleeps on one timer until the core's deadline, or until something was said that the lane should
look at; an idle chat has no writer, and a waiting one costs nothing.

What leaves a trace is not cut off when its answer is late: the lane goes on without, and the call
stays open meanwhile, for an answer that comes late is an answer. What leaves none has no value when
it is late: its transport gives it up.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Final

from tickertape.chat import Address
from tickertape.delivery.actions import (
    Accepted,
    Action,
    Append,
    Cause,
    Delete,
    Edit,
    Outcome,
    Post,
    Reason,
    Refused,
    Seal,
    Throttled,
    Unknown,
)
from tickertape.delivery.lane import Lane, Outgoing
from tickertape.delivery.marks import StopReason
from tickertape.delivery.reply.intent import IDLE, What
from tickertape.delivery.reply.reply import Reply
from tickertape.delivery.reply.state import KILLED
from tickertape.events import Event
from tickertape.interruption import Deadline, Interruption
from tickertape.ports import Recorder, Transport

__all__ = ["TRACELESS", "ChatWriter", "Inbox", "LateCalls", "perform"]

log = logging.getLogger(__name__)

_PATIENCE: Final[dict[type[Action], float]] = {
    Post: 15.0, Edit: 10.0, Append: 10.0, Seal: 10.0, Delete: 10.0,
}  # fmt: skip
"""Seconds after which the lane goes on without the answer of an action that leaves a trace. A post
gets the most: what follows it needs its id."""

TRACELESS: Final = 60.0
"""Seconds after which a call that leaves no trace, or a voice note, is cut off where its transport
has no deadline of its own."""

_KEEP_OPEN: Final = 180.0
"""Seconds after which a call is given up whose answer did not come: three times as long as proxies
keep a silent connection (nginx: 60 s)."""

_BUSY: Final = 0.005
"""Seconds by which a timer may ring late where the loop keeps up: epoll is up to 1 ms late."""

_RELIEF: Final = 10.0
"""How many times its lag a busy loop is spared before a preview: fewer frames of everybody, rather
than that all comes late, finals and stops too. (A thousand streams that take all of a core, two
cores, November 2026: the lag at the 99th percentile is 57 ms instead of 142.)"""

_LONGEST_RELIEF: Final = 0.2
"""Seconds that a preview is put off at the most: who comes later loses its turn in the queue."""

_CAN_WAIT: Final = {(What.PREVIEW, IDLE[0])}
"""What is put off: previews of what has begun, and neither first words nor finals."""

_MOST_OPEN: Final = 32
"""How many late calls of a bot keep their connections: a third of those that HTTP clients allow
(aiohttp and aiogram: 100), lest what is silent keep out what would be answered."""


class Inbox:
    """What an agent said that its reply was not told yet. Another thread may put some in.

    A reply need not be told of every word (`Intent.wants_deltas`): words that change nothing wait
    here, and are told together, as said at the moment when the first of them came.
    """

    __slots__ = ("_told_at", "since", "waiting")

    def __init__(self) -> None:
        self.waiting: deque[str | Event | StopReason] = deque()
        """What the reply was not told, the oldest first."""
        self._told_at = float("-inf")
        self.since: float | None = None
        """When the oldest of the words came that wait, since nothing needs them yet."""

    def put(self, item: str | Event | StopReason) -> None:
        """Take something in."""
        self.waiting.append(item)

    def tell(self, reply: Reply, now: float) -> bool:
        """Feed `reply` everything that waits; return whether there was anything.

        Adjacent words are told as one. What is put in meanwhile is told too.
        """
        since, self.since = self.since, None
        # Another thread may leave a moment behind of words that were told already.
        at = now if since is None else min(max(since, self._told_at), now)
        self._told_at = now
        if not self.waiting:
            return False
        words: list[str] = []
        told = False
        while self.waiting:
            item, told = self.waiting.popleft(), True
            if isinstance(item, str) and not isinstance(item, StopReason):
                words.append(item)
                continue
            if words:
                reply.hear("".join(words), at)
                words.clear()
            at = now
            if isinstance(item, StopReason):
                reply.stop(item, now)
            else:
                reply.feed(item, now)
        if words:
            reply.hear("".join(words), at)
        return told


class LateCalls:
    """The calls of one bot, in all its chats, whose answers are late and may still come."""

    def __init__(self) -> None:
        """Begin with none."""
        self._open: dict[asyncio.Task[Outcome], Action] = {}

    def add(self, call: asyncio.Task[Outcome], action: Action) -> None:
        """Keep a call open; beyond the limit, cancel the oldest, posts last."""
        self._open[call] = action
        if len(self._open) > _MOST_OPEN:
            posts_last = sorted(self._open, key=lambda one: isinstance(self._open[one], Post))
            self.end(posts_last[0])

    def end(self, call: asyncio.Task[Outcome]) -> None:
        """End a call if it is still open."""
        self._open.pop(call, None)
        call.cancel()


class ChatWriter:
    """The writer of one chat: a task that lives while its lane has replies."""

    def __init__(  # noqa: PLR0913 - whom it tells what, by name
        self,
        transport: Transport,
        lane: Lane,
        *,
        forget: Callable[[ChatWriter], None],
        refused: Callable[[str], None],
        moved: Callable[[str, str], None],
        dead: Callable[[Address], None],
        late_calls: LateCalls,
        recorder: Recorder | None = None,
    ) -> None:
        """Begin to write; there has to be a loop.

        Args:
            transport: carries the actions out.
            lane: says what to do, and when.
            forget: told when the writer has ended, however it did.
            refused: told which chat's flood control refused an action; a chat that moved while an
                answer was written has another id than at first.
            moved: told which chat has another id, and which.
            dead: told where nothing can be written, where that is heard late: the answer may have
                ended before.
            late_calls: the late calls of all writers of the bot.
            recorder: asked before, and told after, each call of a reply.
        """
        self._recorder = recorder
        self._is_halted = False
        self._transport = transport
        self._refused = refused
        self._moved = moved
        self._dead = dead
        self._forget = forget
        self._loop = asyncio.get_running_loop()
        # When the writer woke; not done while it sleeps.
        self._wake: asyncio.Future[float] = self._loop.create_future()
        self._wake.set_result(self._loop.time())
        self._timer: asyncio.TimerHandle | None = None
        self._deadline = Deadline()
        # How late the loop was with the latest timer.
        self._lag = 0.0
        self._done: dict[Outgoing, asyncio.Future[None]] = {}
        self._late_calls = late_calls
        self._late: set[asyncio.Task[Outcome]] = set()
        self._inboxes: dict[Reply, Inbox] = {}
        self.lane = lane
        self.task = self._loop.create_task(self._run(), name="tickertape lane")
        self.task.add_done_callback(self._end)

    def join(self, reply: Outgoing, inbox: Inbox | None) -> asyncio.Future[None]:
        """Add `reply` to those that are shown; the future is done when the reply is."""
        self.lane.join(reply)
        for left in reply.open_calls if isinstance(reply, Reply) else ():
            late: asyncio.Task[Outcome] = self._loop.create_task(asyncio.sleep(_KEEP_OPEN, KILLED))
            self._listen_to(late, reply, left.action, left.since, late)
        if inbox is not None and isinstance(reply, Reply):
            self._inboxes[reply] = inbox
        done = self._done[reply] = self._loop.create_future()
        return done

    def nudge(self, reply: Outgoing, now: float) -> None:
        """Look at a reply's intent again: something was said, or the end was asked for."""
        if self._wake.done():
            return
        intent = reply.intent
        if intent.done or (intent.at is not None and intent.at <= now):
            self._wake.set_result(now)

    def look(self, now: float) -> None:
        """Look at every intent again: what the bot may call has changed."""
        self.lane.look(now)
        self._alarm(now)

    @property
    def is_halted(self) -> bool:
        """Whether it begins no other call: what is not done is left to another writer."""
        return self._is_halted

    def halt(self) -> None:
        """Begin no other call, and end when the one on its way is heard."""
        self._is_halted = True
        self._alarm(self._loop.time())

    async def _run(self) -> None:
        woke = self._loop.time()
        while True:
            self._hear()
            if self._is_halted or not self.lane.outgoing:
                return
            # A loop's timer may ring a tick too early, when nothing is due yet.
            now = max(self._loop.time(), woke)
            action = self.lane.poll(now)
            if action is not None:
                if self._recorder is not None:
                    await self._recorder.before(action)
                patience = _PATIENCE.get(type(action))
                outcome = await (
                    perform(self._transport, action, self._deadline.at(now + TRACELESS))
                    if patience is None
                    else self._leave_trace(action, patience, now)
                )
                self.lane.settle(outcome, self._loop.time())
                if self._recorder is not None:
                    self._recorder.after(action)
                if not isinstance(outcome, Accepted):
                    self._learn(action.address.chat, outcome)
                continue
            # Events that came while the writer was busy. Later ones wake it.
            waiting = [inbox for inbox in self._inboxes.values() if inbox.waiting]
            done = [one for one in self._done if one.intent.done]
            if self.lane.outgoing and not waiting and not done:
                woke = await self._sleep()
                if self._timer is not None:
                    self._timer.cancel()

    async def _leave_trace(self, action: Action, patience: float, now: float) -> Outcome:
        """Perform an action that leaves a trace; its call stays open when its answer is late."""
        call = self._loop.create_task(perform(self._transport, action, Interruption()))
        try:
            await asyncio.wait((call,), timeout=patience)
        except asyncio.CancelledError:
            call.cancel()
            raise
        if call.done():
            return call.result()
        self._late_calls.add(call, action)
        late = self._loop.create_task(self._listen(call, _KEEP_OPEN - patience))
        self._listen_to(late, self.lane.flying, action, now, call)
        return Unknown("no answer in time", Cause.LATE)

    async def _listen(self, call: asyncio.Task[Outcome], seconds: float) -> Outcome:
        """Return what comes of a late call within `seconds`.

        What lost its connection may be applied as late as what kept it.
        """
        until = self._loop.time() + seconds
        await asyncio.wait((call,), timeout=seconds)
        if call.done() and not call.cancelled():
            return call.result()
        await asyncio.sleep(until - self._loop.time())
        return Unknown("no answer")

    def _listen_to(
        self,
        late: asyncio.Task[Outcome],
        whose: Outgoing | None,
        action: Action,
        since: float,
        call: asyncio.Task[Outcome],
    ) -> None:
        """Report what comes of a late call once that is known."""
        self._late.add(late)
        late.add_done_callback(partial(self._hear_late, whose, action, since, call))

    def _hear_late(
        self,
        whose: Outgoing | None,
        action: Action,
        since: float,
        call: asyncio.Task[Outcome],
        late: asyncio.Task[Outcome],
    ) -> None:
        """Take in what came of a call that the lane went on without."""
        self._late_calls.end(call)
        self._late.discard(late)
        outcome = Unknown("no answer") if late.cancelled() else late.result()
        if whose is not None:
            self.lane.settle_late(whose, action, outcome, self._loop.time(), since=since)
            self._learn(action.address.chat, outcome)
            if isinstance(whose, Reply) and _is_dead(outcome) and whose.shown.gave_up == outcome:
                self._dead(action.address)
            self._alarm(self._loop.time())

    def _learn(self, chat: str, outcome: Outcome) -> None:
        """Report what others have to know of a chat that said no."""
        match outcome:
            case Throttled(by_flood_control=True):
                self._refused(chat)
            case Refused(moved_to=str() as to):
                self._moved(chat, to)

    def _hear(self) -> None:
        """Pass waiting events to the replies, and let those go that are done."""
        for reply, inbox in self._inboxes.items():
            if inbox.waiting:
                inbox.tell(reply, self._loop.time())
        for outgoing in [one for one in self._done if one.intent.done]:
            done = self._done.pop(outgoing)
            if isinstance(outgoing, Reply):
                del self._inboxes[outgoing]
            if not done.done():
                done.set_result(None)

    def _end(self, task: asyncio.Task[None]) -> None:
        """Wake everyone who waits, however the writer ended, even if it never began."""
        self._forget(self)
        self._deadline.close()
        if self._timer is not None:
            self._timer.cancel()
        for late in self._late:
            late.cancel()
        self.lane.abandon(self._loop.time())
        error = None if task.cancelled() else task.exception()
        if error is not None:
            log.error("the writer of a chat broke", exc_info=error)
        for done in self._done.values():
            if error is None or done.done():
                done.cancel()
            else:
                done.set_exception(error)

    def _sleep(self) -> asyncio.Future[float]:
        """Return what is done at the lane's deadline, or at a nudge; its result is when."""
        self._wake = self._loop.create_future()
        deadline = self.lane.deadline
        if deadline is not None:
            if self._lag > _BUSY and self._can_wait():
                deadline += min(self._lag * _RELIEF, _LONGEST_RELIEF)
            self._timer = self._loop.call_at(deadline, self._ring, deadline)
        return self._wake

    def _can_wait(self) -> bool:
        wanted = {(one.intent.what, one.intent.urgency[0]) for one in self.lane.outgoing}
        return wanted == _CAN_WAIT

    def _ring(self, deadline: float) -> None:
        self._lag = self._loop.time() - deadline
        self._alarm(deadline)

    def _alarm(self, now: float) -> None:
        if not self._wake.done():
            self._wake.set_result(now)


def _is_dead(outcome: Outcome) -> bool:
    return isinstance(outcome, Refused) and outcome.reason is Reason.CHAT_DEAD


async def perform(transport: Transport, action: Action, wait: Interruption) -> Outcome:
    """Perform an action, and hold a transport to its promise: an outcome, and no exception.

    Args:
        transport: Carries it out.
        action: What is carried out.
        wait: Cuts it off where it takes too long.
    """
    try:
        with wait:
            outcome = await transport.perform(action)
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        log.error("the transport broke its promise: perform() cancelled itself")
        return Unknown("cancelled", Cause.RAISED)
    except Exception as error:
        if wait.was_cut:
            return Unknown("no answer in time")
        log.exception("the transport broke its promise: perform() raised")
        return Unknown(type(error).__name__, Cause.RAISED)
    if isinstance(outcome, Accepted | Throttled | Refused | Unknown):
        return outcome
    log.error("the transport broke its promise: perform() returned no outcome")  # type: ignore[unreachable]
    return Unknown(f"{type(outcome).__name__} is no outcome", Cause.RAISED)
