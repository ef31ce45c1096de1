"""Ending a program in order when the operating system asks for it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["hangups_ignored", "reloading", "resizing", "stopping", "telling"]

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


def hangups_ignored() -> bool:
    """Ignore SIGHUP until `reloading` takes it; return whether it was ignored before.

    A program that starts has just read its files. `nohup` ignores the signal for a program that
    shall outlive its terminal.
    """
    number = getattr(signal, "SIGHUP", None)
    return number is not None and signal.signal(number, signal.SIG_IGN) is signal.SIG_IGN


@contextmanager
def reloading(
    reload: Callable[[], None], stop: Callable[[], None], *, outlives_terminal: bool = False
) -> Iterator[None]:
    """Call `reload` when SIGHUP comes while the block runs; needs a loop.

    SIGHUP is also what a program gets whose terminal has gone away.

    Args:
        reload: reads the files again.
        stop: ends the program; called if its terminal has gone away.
        outlives_terminal: whether it goes on without its terminal.
    """
    number = getattr(signal, "SIGHUP", None)
    if number is None:
        yield
        return
    loop = asyncio.get_running_loop()
    ends_with_terminal = not outlives_terminal and _has_terminal()

    def act() -> None:
        if ends_with_terminal and not _has_terminal():
            stop()
        else:
            reload()

    loop.add_signal_handler(number, act)
    try:
        yield
    finally:
        loop.remove_signal_handler(number)


def _has_terminal() -> bool:
    """Return whether the process belongs to a terminal that is still there."""
    try:
        os.close(os.open(Path("/dev/tty"), os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True


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
