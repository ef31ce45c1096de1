"""Compares this machine's clock with those of servers, purely."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tickertape.cli.doctor.findings import Finding, ok, skipped, warning
from tickertape.cli.doctor.servers import Reach

__all__ = ["clock_finding"]

_SUBJECT: Final = "clock"
# A header says whole seconds, and an answer may take some: a choice well above both. Certificates
# and waits that servers name bear minutes; what the model is told of the time does not.
_TOLERATED: Final = 30.0


def clock_finding(reaches: Sequence[Reach]) -> Finding:
    """Return how far the clock is off, by the server that is nearest to it.

    Of several servers one may be wrong itself, so the nearest one counts.
    """
    offs = [(one.clock_off, one.host) for one in reaches if one.clock_off is not None]
    if not offs:
        return skipped(_SUBJECT, "no server told the time")
    off, host = min(offs, key=lambda each: abs(each[0]))
    if abs(off) <= _TOLERATED:
        return ok(_SUBJECT, f"agrees with {host}")
    way = "ahead of" if off > 0 else "behind"
    what = f"is {_amount(abs(off))} {way} {host}"
    return warning(_SUBJECT, what, "Turn on time synchronisation (timedatectl set-ntp true).")


def _amount(seconds: float) -> str:
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} seconds"
