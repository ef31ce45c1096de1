"""Standard output that never makes the loop wait, and that notices when its reader has gone.

A reader may be slow (a pager that waits for its person): the model is read on meanwhile, so that
its server sees no stalled client and we take no pause of ours for one of its.
"""

from __future__ import annotations

import asyncio
import errno
import os
import select
import threading
from collections.abc import Callable
from contextlib import suppress

from tickertape.errors import TransportError

__all__ = ["StdoutWriter"]

# A pipe or a connection that was closed, a terminal that went away.
_GONE = frozenset({errno.EPIPE, errno.ECONNRESET, errno.EIO})


class StdoutWriter:
    """Writes bytes to a file descriptor, in their order, in a thread of its own."""

    def __init__(self, descriptor: int, gone: Callable[[], None]) -> None:
        """Begin to watch the reader; to be called in a loop.

        Args:
            descriptor: where the bytes go; it stays the caller's.
            gone: called in the loop, once, when the reader has closed its end, or takes nothing.
        """
        self._descriptor = descriptor
        self._gone = gone
        self._loop = asyncio.get_running_loop()
        self._waiting = bytearray()
        self._lock = threading.Lock()
        self._ends = False
        self._broken: OSError | None = None
        self._over: asyncio.Future[bool] = self._loop.create_future()
        self._bell, self._ring = os.pipe()
        os.set_blocking(self._ring, False)
        # A reader that never reads again must not keep the program from ending.
        threading.Thread(target=self._work, name="tickertape output", daemon=True).start()

    def write(self, data: bytes) -> None:
        """Start writing `data`: all of it, unless the reader goes before. Never waits."""
        with self._lock:
            self._waiting += data
        self._wake()

    async def aclose(self) -> bool:
        """Wait until all output is written, or the reader has gone; return whether it stayed.

        Raises:
            TransportError: when something could not be written and it is not the reader's doing:
                a disk is full, say.
        """
        self._ends = True
        self._wake()
        stayed = await asyncio.shield(self._over)
        os.close(self._ring)
        if self._broken is not None:
            msg = f"standard output cannot be written: {self._broken.strerror}"
            raise TransportError(msg) from self._broken
        return stayed

    def _wake(self) -> None:
        # A full pipe has woken the thread already; one that broke has no thread behind it any more.
        with suppress(BlockingIOError, BrokenPipeError):
            os.write(self._ring, b"\0")

    def _work(self) -> None:
        stayed = True
        try:
            while stayed and not self._done():
                stayed = self._wait() and self._write()
        except OSError as error:
            stayed = False
            self._broken = None if error.errno in _GONE else error
        os.close(self._bell)
        with suppress(RuntimeError):  # the loop has been closed: no one waits for the word
            self._loop.call_soon_threadsafe(self._tell, stayed)

    def _done(self) -> bool:
        with self._lock:
            return self._ends and not self._waiting

    def _wait(self) -> bool:
        """Wait until there is something to do; return whether the reader is still there."""
        poll = select.poll()
        poll.register(self._bell, select.POLLIN)
        # Errors alone: a closed reader is noticed even while there is nothing to write, so that a
        # model does not go on for `| head -3`.
        poll.register(self._descriptor, 0)
        ready = dict(poll.poll())
        if self._bell in ready:
            os.read(self._bell, 65_536)
        return self._descriptor not in ready

    def _write(self) -> bool:
        # Written without the lock: the loop adds more while a slow reader takes this.
        with self._lock:
            data = bytes(self._waiting)
            self._waiting.clear()
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[os.write(self._descriptor, rest) :]
            except BlockingIOError:  # a program that shares it does not want to wait
                poll = select.poll()
                poll.register(self._descriptor, select.POLLOUT)
                poll.poll()
        return True

    def _tell(self, stayed: bool) -> None:
        if not self._over.done():
            self._over.set_result(stayed)
        if not stayed:
            self._gone()
