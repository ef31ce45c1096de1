"""The task that draws one reply: events come in from anywhere, frames go out to a terminal.

    consumer = TerminalConsumer(terminal)           one for each answer
    consumer.on_delta("Hello")                      from any thread, never waits
    consumer.finish()
    await consumer.run()                            returns when the answer is in the scrollback

A slow terminal never slows the reading of a model: what is said while a frame is being written
gathers, and the next frame shows it.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from contextlib import suppress

from tickertape.channels.terminal.frames import Frame, Terminal
from tickertape.channels.terminal.terminal_reply import HERE, TerminalReply
from tickertape.chat import Address
from tickertape.consumer import RUN_TIMEOUT
from tickertape.delivery.marks import StopReason
from tickertape.delivery.shown import Shown
from tickertape.delivery.streaming import StreamingConfig
from tickertape.events import Event, Finished, TextDelta

__all__ = ["TerminalConsumer"]

log = logging.getLogger(__name__)


class TerminalConsumer:
    """One answer, from an agent to a terminal, while it is being written."""

    def __init__(
        self,
        terminal: Terminal,
        *,
        to: Address = HERE,
        config: StreamingConfig | None = None,
        timeout: float = RUN_TIMEOUT,
    ) -> None:
        """Prepare an answer; nothing is shown before `run`.

        Args:
            terminal: Where it is shown.
            to: The address that `shown` names: a terminal is one place, whatever its name.
            config: How it streams: `reasoning` says what is told of thinking; where it is not
                `enabled`, or its transport is `off`, there is no region.
            timeout: Seconds after which the run is ended as by `stop(StopReason.TIMEOUT)`.
        """
        config = config or StreamingConfig()
        is_live = config.enabled and config.transport != "off"
        self._terminal = terminal
        self._to = to
        self._reply = TerminalReply(terminal.screen(), reasoning=config.reasoning, is_live=is_live)
        self._timeout = timeout
        self._inbox: deque[Event | StopReason] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = 0
        self._wake = asyncio.Event()

    def on_delta(self, text: str) -> None:
        """Take more of the answer's text. Never waits; may be called from any thread."""
        if text:
            self.feed(TextDelta(text))

    def finish(self) -> None:
        """Mark the answer as complete. Thread-safe."""
        self.feed(Finished())

    def feed(self, event: Event) -> None:
        """Take anything an agent says. Never waits; may be called from any thread.

        After the end (`Finished`, `Failed`, a stop) nothing counts any more.
        """
        self._inbox.append(event)
        # The event is put in first and looked at then: the run reads the inbox before it sleeps.
        if isinstance(event, TextDelta) and not self._reply.wants_deltas:
            return
        self._notice()

    def stop(self, reason: StopReason = StopReason.USER) -> None:
        """End the answer here; its text stays, and is marked. From any thread."""
        self._inbox.append(reason)
        self._notice()

    def resized(self) -> None:
        """Mark the terminal as resized, so that the region is repainted soon."""
        self._notice()

    async def run(self) -> Shown:
        """Show the answer; return its state when it is in the scrollback.

        What goes wrong on the way is not raised: see `Shown.gave_up`. When the run is cancelled,
        what was said is marked as stopped and shown first.
        """
        if self._loop is not None:
            msg = "run() was called before: a consumer carries one answer"
            raise RuntimeError(msg)
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        timer = self._loop.call_later(self._timeout, self.stop, StopReason.TIMEOUT)
        pumping = asyncio.create_task(self._pump(), name="tickertape terminal")
        try:
            await asyncio.shield(pumping)
        except asyncio.CancelledError:
            self.stop()
            await asyncio.wait({pumping})
            raise
        finally:
            timer.cancel()
        return self.shown

    @property
    def shown(self) -> Shown:
        """The state of the answer. To be read in the loop's thread."""
        if self._loop is not None:
            self._hear(self._loop.time())
        return self._reply.shown(self._to)

    async def _pump(self) -> None:
        """Show due frames, and sleep until there may be more."""
        loop = asyncio.get_running_loop()
        while True:
            now = loop.time()
            self._hear(now)
            if self._reply.done:
                return
            # Before each frame, for not every system signals that the size has changed.
            self._reply.resize(self._terminal.screen())
            frame = self._reply.poll(now)
            if frame is not None:
                shown = await self._shown(frame)
                self._reply.settle(shown, loop.time())
            elif self._reply.deadline is None or self._reply.deadline > now:
                await self._sleep()

    async def _shown(self, frame: Frame) -> bool:
        """Show a frame, and hold the terminal to its promise that it raises nothing."""
        try:
            return await self._terminal.show(frame)
        except Exception:
            log.exception("the terminal broke its promise: show() raised")
            return False

    async def _sleep(self) -> None:
        """Wait for the reply's deadline, or for something that was put in."""
        # Cleared before the inbox is looked at: an event from another thread sets it again.
        self._wake.clear()
        if not self._inbox:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self._reply.deadline):
                    await self._wake.wait()

    def _hear(self, now: float) -> None:
        """Pass the received events to the reply."""
        while self._inbox:
            item = self._inbox.popleft()
            if isinstance(item, StopReason):
                self._reply.stop(item, now)
            else:
                self._reply.feed(item, now)

    def _notice(self) -> None:
        loop = self._loop
        if loop is None:
            return  # `run` hears everything first
        if threading.get_ident() == self._thread:
            self._wake.set()
            return
        with suppress(RuntimeError):  # the loop is closed: nothing is shown any more
            loop.call_soon_threadsafe(self._wake.set)
