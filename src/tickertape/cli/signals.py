"""Ending a program in order when the operating system asks for it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

__all__ = ["stopping"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stopping(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` when SIGINT or SIGTERM comes while the block runs; needs a running loop.

    Only the first signal is taken: a second one ends the process at once, as it would without us.
    """
    loop = asyncio.get_running_loop()

    def restore() -> None:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)

    def act() -> None:
        restore()
        stop()

    # Windows has no signal handlers in its loop; Ctrl-C is a KeyboardInterrupt there.
    with suppress(NotImplementedError):
        for number in _SIGNALS:
            loop.add_signal_handler(number, act)
    try:
        yield
    finally:
        with suppress(NotImplementedError):
            restore()
