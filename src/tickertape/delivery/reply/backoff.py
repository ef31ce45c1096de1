"""What went wrong lately, as a value: how often in a row, and until when to pause.

Backoff belongs to one thing that is tried: the previews of one segment, or its final. What previews
stumble over neither delays the final nor counts against it. But a text that is taken back has
previews again behind its final: the pauses of both go on to grow where they were.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

__all__ = ["NO_FAILURE", "Backoff"]

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0
_LONGEST_UNREACHED = 2.0
"""Seconds between two tries to reach a channel that nothing reaches. They are short: what never
leaves costs the channel nothing, and its reader waits for the moment when it is back."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """Failures in a row of one thing that is tried."""

    segment: int | None = None
    """The number of the segment whose previews or final it is."""
    is_final: bool = False
    """Whether it is the final."""
    failures: int = 0
    """How often it failed, for whatever reason."""
    refusals: int = 0
    """How often of these the channel said no."""
    unreached: int = 0
    """How often in a row it never left."""
    until: float = float("-inf")
    """When it may be tried again."""
    other: Backoff | None = None
    """Those of the thing that was tried before it; None: none failed."""

    def until_for(self, segment: int, *, is_final: bool) -> float:
        """Return when the previews or the final of `segment` may be tried again.

        Where nothing reaches the channel, nothing else of the reply is tried meanwhile.
        """
        is_held_up = self.unreached > 0 or self._is_about(segment, is_final=is_final)
        return self.until if is_held_up else self._of(segment, is_final=is_final).until

    def unreaching(self, segment: int, now: float, wait: float, *, is_final: bool) -> Backoff:
        """Pause after a call that never left, for `wait` seconds or somewhat longer each time."""
        before = self._of(segment, is_final=is_final)
        pause = max(wait, min(wait * 2.0 ** min(before.unreached, 10), _LONGEST_UNREACHED))
        return replace(before, unreached=before.unreached + 1, until=now + pause)

    def worse(self, segment: int, now: float, *, is_final: bool, refused: bool) -> Backoff:
        """Count one more failure; the pause doubles from 0.5 s to 30 s."""
        before = self._of(segment, is_final=is_final)
        pause = min(_FIRST_PAUSE * 2.0 ** min(before.failures, 10), _LONGEST_PAUSE)
        return replace(
            before,
            failures=before.failures + 1,
            refusals=before.refusals + refused,
            unreached=0,
            until=now + pause,
        )

    def heard(self) -> Backoff:
        """Pause no longer, for the channel was heard; what it refused stays refused."""
        kept = Backoff(self.segment, self.is_final, refusals=self.refusals)
        return kept if self.refusals else NO_FAILURE

    def later(self, by: float) -> Backoff:
        """Return the same by a clock that is so many seconds ahead."""
        other = self.other.later(by) if self.other is not None else None
        return replace(self, until=self.until + by, other=other)

    def _of(self, segment: int, *, is_final: bool) -> Backoff:
        """Return the failures of one thing, which remember those of the other.

        How often that was refused is forgotten: it was so for its text.
        """
        if self._is_about(segment, is_final=is_final):
            return self
        left = replace(self, refusals=0, unreached=0, other=None) if self.failures else None
        if self.other is not None and self.other._is_about(segment, is_final=is_final):
            return replace(self.other, other=left)
        return Backoff(segment, is_final, other=left)

    def _is_about(self, segment: int, *, is_final: bool) -> bool:
        return self.segment == segment and self.is_final is is_final


NO_FAILURE = Backoff()
"""Nothing went wrong."""
