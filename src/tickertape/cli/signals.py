"""Ending a program in order when the operating system asks for it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

__all__ = ["resizing", "stopping", "telling"]

# A terminal that goes away (SIGHUP) ends a program as much as Ctrl-C does.
_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


@contextmanager
def stopping(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` when SIGINT, SIGTERM or SIGHUP comes while the block runs; needs a loop.

    Only the first signal is taken: a second one ends the process at once, as it would without us.
    """
    with telling(lambda _: stop()):
        yield


@contextmanager
def resizing(resized: Callable[[], None]) -> Iterator[None]:
    """Call `resized` when the terminal has another size while the block runs; needs a loop."""
    loop = asyncio.get_running_loop()
    number = getattr(signal, "SIGWINCH", None)
    if number is not None:
        loop.add_signal_handler(number, resized)
    try:
        yield
    finally:
        if number is not None:
            loop.remove_signal_handler(number)


@contextmanager
def telling(
    tell: Callable[[int], None], interrupt: Callable[[], bool] = lambda: False
) -> Iterator[None]:
    """Call `tell` with the number of the signal; else as `stopping`.

    Args:
        tell: ends the program.
        interrupt: asked first when SIGINT comes; where it says that it has ended something else,
            the program goes on, and the next signal is taken, too.
    """
    loop = asyncio.get_running_loop()

    def restore() -> None:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)

    def act(number: int) -> None:
        if number == signal.SIGINT and interrupt():
            return
        restore()
        tell(number)

    # Windows has no signal handlers in its loop; Ctrl-C is a KeyboardInterrupt there.
    with suppress(NotImplementedError):
        for number in _SIGNALS:
            loop.add_signal_handler(number, act, number)
    try:
        yield
    finally:
        with suppress(NotImplementedError):
            restore()
