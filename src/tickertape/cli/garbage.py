"""When a program that serves looks for garbage: not while people wait.

Nothing that is made for each delta or frame, and no answer, is part of a cycle: all of it goes as
soon as nothing holds it. What the collector is there for is little, exceptions mostly, and looking
through a thousand live answers for it halts all of them: 150 ms on two cores (November 2026).

The thresholds are those of the whole process, so only whoever runs the process sets them.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable

__all__ = ["collect_in_silence", "look_briefly"]

_EVERY = 60.0
_LONGEST = 3600.0
# Young objects are looked through as often as Python does it, those of middle age in smaller lots
# (3 ms instead of 10), the old ones never.
_THRESHOLDS = (1_000, 4, 1_000_000_000)


def look_briefly() -> None:
    """Let the collector pass over what is there, and over what has grown old since."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)


async def collect_in_silence(is_busy: Callable[[], bool]) -> None:
    """Collect the old garbage once a minute, but while nobody waits; after an hour in any case.

    Args:
        is_busy: returns whether somebody waits.
    """
    clock = asyncio.get_running_loop().time
    collected = clock()
    while True:
        await asyncio.sleep(_EVERY)
        if not is_busy() or clock() - collected >= _LONGEST:
            gc.collect()
            collected = clock()
