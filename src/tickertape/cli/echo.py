"""A terminal without echo, where typed keys would land in the middle of an answer."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

__all__ = ["no_echo"]


@contextmanager
def no_echo(descriptor: int) -> Iterator[None]:
    """Turn echo off while the block runs; typed keys stay in the terminal's input.

    Args:
        descriptor: the terminal. If it is none, or another program's at the moment (we run in the
            background), nothing is changed.
    """
    before = _modes(descriptor)
    if before is None:
        yield
        return
    import termios  # noqa: PLC0415 - Windows has none

    quiet = [*before]
    quiet[3] &= ~termios.ECHO
    termios.tcsetattr(descriptor, termios.TCSADRAIN, quiet)
    try:
        yield
    finally:
        with suppress(termios.error):  # the terminal is gone
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _modes(descriptor: int) -> list[Any] | None:
    """Return the modes of a terminal that we may change; None if there is none."""
    try:
        import termios  # noqa: PLC0415 - Windows has none
    except ImportError:
        return None
    try:
        is_ours = os.tcgetpgrp(descriptor) == os.getpgrp()
        return termios.tcgetattr(descriptor) if is_ours else None
    except (OSError, termios.error):
        return None
