"""When the next frame may be shown: ten in any second at most, and the first words at once."""

from __future__ import annotations

from collections import deque

__all__ = ["INTERVAL", "MOST_FRAMES", "FrameClock"]

MOST_FRAMES = 10
"""Frames in any second: no one reads faster than ten states of a line, and a terminal over a slow
line still keeps up (`docs/terminal.md`)."""

INTERVAL = 0.1
"""Seconds between two frames that are not urgent: ten a second, evenly."""


class FrameClock:
    """The moments of the last frames."""

    __slots__ = ("_moments",)

    def __init__(self) -> None:
        self._moments: deque[float] = deque(maxlen=MOST_FRAMES)

    def earliest(self, *, is_urgent: bool) -> float:
        """Return the moment at which the next frame may be shown; an urgent one may come sooner."""
        if not self._moments:
            return float("-inf")
        full = len(self._moments) == MOST_FRAMES
        free = self._moments[0] + 1.0 if full else float("-inf")
        return free if is_urgent else max(free, self._moments[-1] + INTERVAL)

    def note(self, now: float) -> None:
        """Record that a frame is shown."""
        self._moments.append(now)
