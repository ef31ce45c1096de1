"""One answer on its way: what an agent says, from any thread, comes to the lane of its chat."""

from __future__ import annotations

import asyncio
import logging
import threading
from functools import partial
from typing import Protocol, get_args

from tickertape.chat import Address
from tickertape.delivery.actions import Reason
from tickertape.delivery.marks import StopReason
from tickertape.delivery.reply.reply import Reply
from tickertape.delivery.reply.state import ReplyState
from tickertape.delivery.shown import Shown
from tickertape.errors import FailureKind, ProviderError
from tickertape.events import Event, Failed, Finished, TextDelta
from tickertape.pump.chat_writer import ChatWriter, Inbox

__all__ = ["CarriedAnswer", "Lanes"]

log = logging.getLogger(__name__)

_WORDS_WAIT = 0.5
"""Seconds that words may wait which change nothing, as far as is known: they may fill a message."""

_EVENTS = get_args(Event)
_DROPPED = Failed(ProviderError(FailureKind.ENDED_EARLY, "dropped before finish()"))


class Lanes(Protocol):
    """The lanes of one bot: an `Outbox`."""

    def join(
        self, reply: Reply, to: Address, inbox: Inbox | None = None
    ) -> tuple[ChatWriter, asyncio.Future[None]]:
        """Add `reply` to the writer of its chat; the future is done when the reply is."""
        ...

    def mark_unreachable(self, to: Address) -> None:
        """Mark `to` unreachable; see `Outbox.mark_unreachable`."""
        ...


class CarriedAnswer:
    """One answer on its way to the screen. It outlives the consumer through which it is fed."""

    def __init__(self, reply: Reply, to: Address, lanes: Lanes, timeout: float) -> None:
        """Prepare it; nothing is shown before `start`.

        Args:
            reply: Decides what is shown of it.
            to: Where it goes.
            lanes: Where it joins the lane of its chat.
            timeout: Seconds after its start when it is stopped.
        """
        self._reply = reply
        self._to = to
        self._lanes = lanes
        self._timeout = timeout
        self._inbox = Inbox()
        self._writer: ChatWriter | None = None
        self._done: asyncio.Future[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = 0
        self._scheduled = False

    async def run(self) -> Shown:
        """Start, and return what became of the answer when it is shown."""
        self.start()
        await self.wait()
        return self.shown

    def start(self) -> None:
        """Join the chat's lane; there has to be a running loop.

        Raises:
            RuntimeError: It was started before.
        """
        if self._loop is not None:
            msg = "run() or `async with` came before: a consumer carries one answer"
            raise RuntimeError(msg)
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._notice()
        self._writer, self._done = self._lanes.join(self._reply, self._to, self._inbox)
        self._writer.nudge(self._reply, self._loop.time())
        timer = self._loop.call_later(self._timeout, self.stop, StopReason.TIMEOUT)
        self._done.add_done_callback(partial(self._settle, timer))

    async def wait(self) -> None:
        """Return when the answer is on screen or cannot get there; cancelling stops it."""
        if self._done is None:
            return
        try:
            # The waiting task may be cancelled; the answer is still carried to its end.
            await asyncio.shield(self._done)
        except asyncio.CancelledError:
            is_left = self._writer is not None and self._writer.is_halted
            if not (is_left or self._done.done()):  # else no end is shown
                self.stop(StopReason.USER)
            raise

    async def ended(self) -> None:
        """Return when nothing more comes of the answer; what became of it is not raised."""
        if self._done is not None:
            await asyncio.wait([self._done])

    @property
    def is_shown(self) -> bool:
        """Whether the answer is on screen, or cannot get there."""
        return self._done is not None and self._done.done()

    @property
    def shown(self) -> Shown:
        """How the answer stands at this moment."""
        self._listen()
        return self._reply.shown

    @property
    def state(self) -> ReplyState:
        """All that is known of the answer."""
        self._listen()
        return self._reply.state

    def _listen(self) -> None:
        if self._loop is not None:
            self._inbox.tell(self._reply, self._loop.time())

    def feed(self, event: Event) -> None:
        """Take in what the agent says. From any thread; never waits.

        Raises:
            TypeError: It is no event; text goes to `StreamConsumer.on_delta`.
        """
        if isinstance(event, TextDelta):
            self.hear(event.text)
        elif isinstance(event, _EVENTS):
            self._inbox.put(event)
            self._notice()
        else:
            msg = f"feed() takes an event, not {type(event).__name__}; on_delta() takes text"
            raise TypeError(msg)

    def hear(self, words: str) -> None:
        """Take in words of the answer. From any thread; never waits.

        Raises:
            TypeError: They are no text.
        """
        if not isinstance(words, str):
            msg = f"a delta takes text, not {type(words).__name__}"  # type: ignore[unreachable]
            raise TypeError(msg)
        inbox, loop = self._inbox, self._loop
        inbox.waiting.append(words)
        # Put in first, looked at then: a writer that stops buffering reads the inbox.
        if loop is not None and self._writer and not self._reply.intent.wants_deltas:
            now, since = loop.time(), inbox.since
            if since is None:
                inbox.since = now
            if since is None or now - since < _WORDS_WAIT:
                return
        self._notice()

    def finish(self) -> None:
        """Mark the answer as complete. From any thread."""
        self.feed(Finished())

    def stop(self, reason: StopReason = StopReason.USER) -> None:
        """End the answer where it is. From any thread."""
        self._inbox.put(reason)
        self._notice()

    def abandon(self) -> None:
        """End the answer because nothing is left that could say more of it, or finish it.

        The garbage collector calls this, in any thread and amidst anything: so the end only waits
        to be read. After another end it counts for nothing.
        """
        self._inbox.put(_DROPPED)
        if not self.is_shown:
            self._notice_soon()

    def _settle(self, timer: asyncio.TimerHandle, done: asyncio.Future[None]) -> None:
        timer.cancel()
        if done.cancelled() or done.exception() is not None:
            return  # the waiting task is told, and the writer has logged why it broke
        shown = self._reply.shown
        if shown.doubtful:
            log.warning(
                "chat %s: %d texts may stand there twice, or not at all: no answer to their posts",
                self._to.chat,
                len(shown.doubtful),
            )
        if shown.gave_up is not None:
            if shown.gave_up.reason is Reason.CHAT_DEAD:
                self._lanes.mark_unreachable(self._to)
            log.warning("chat %s: not delivered: %s", self._to.chat, shown.gave_up.reason)

    def _notice(self) -> None:
        """Pass on what was put in: at once, or soon where this is another thread."""
        loop = self._loop
        if loop is None or threading.get_ident() != self._thread:
            self._notice_soon()
            return
        # Cleared before the inbox is read: what is put in meanwhile is read here or schedules
        # another look, and is never left lying.
        self._scheduled = False
        now = loop.time()
        self._inbox.tell(self._reply, now)
        if self._writer is not None:
            self._writer.nudge(self._reply, now)

    def _notice_soon(self) -> None:
        loop = self._loop
        if loop is None or self._scheduled:
            return  # `start` tells first; or a look is on its way and will see what was put in
        self._scheduled = True
        try:
            loop.call_soon_threadsafe(self._notice)
        except RuntimeError:
            if not loop.is_closed():
                raise
            # The program's loop has ended, and the answer with it: nothing counts any more.
