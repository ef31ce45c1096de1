"""Ending a program in order when the operating system asks for it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

__all__ = ["stopping"]

# A terminal that goes away (SIGHUP) ends a program as much as Ctrl-C does.
_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


@contextmanager
def stopping(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` when SIGINT, SIGTERM or SIGHUP comes while the block runs; needs a loop.

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
