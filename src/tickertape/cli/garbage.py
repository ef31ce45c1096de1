"""Garbage collection of a program that serves: not while people wait.

No object of a delta, a frame or an answer is part of a cycle: each goes as soon as nothing holds
it. Little is left for the collector, exceptions mostly, and looking through a thousand live answers
for it halts all of them: 150 ms on two cores (November 2026).

The thresholds are those of the whole process, so only the command that runs it sets them.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable

__all__ = ["collect_in_silence", "look_briefly"]

_EVERY = 60.0
_LONGEST = 3600.0
_NEVER = 1_000_000_000
# Young objects are looked through about as often as Python does it, and once: what is left behind
# by failures goes soon. To look a second time took a thousand streams 8 % of a core, 9 ms each.
_THRESHOLDS = (1_000, _NEVER, _NEVER)


def look_briefly() -> None:
    """Make the collector pass over present objects, and over those that it has looked at since."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)


async def collect_in_silence(is_busy: Callable[[], bool]) -> None:
    """Collect the old garbage once a minute, unless people wait; after an hour in any case.

    Args:
        is_busy: returns whether people wait.
    """
    clock = asyncio.get_running_loop().time
    collected = clock()
    while True:
        await asyncio.sleep(_EVERY)
        if not is_busy() or clock() - collected >= _LONGEST:
            gc.collect()
            collected = clock()
