"""Judges the room on the disk of the database, purely."""

from __future__ import annotations

from typing import Final

from tickertape.cli.doctor.findings import Finding, error, ok, warning

__all__ = ["disk_finding"]

# Choices. Below the first, a day of messages may not fit; below the second, a busy week, and
# an upgrade, which may write the database once more.
_ALMOST_FULL: Final = 50_000_000
_LITTLE: Final = 500_000_000


def disk_finding(folder: str, free: int, database: int) -> Finding:
    """Return whether there is room.

    Args:
        folder: where the database is.
        free: the bytes that may be written there.
        database: the bytes of the database.
    """
    told = f"{_size(free)} free in {folder}"
    if free < _ALMOST_FULL:
        return error("disk", f"only {told}", "Make room: without it, messages cannot be kept.")
    if free < max(_LITTLE, 2 * database):
        return warning("disk", f"only {told}", "Make room before it is full.")
    return ok("disk", told)


def _size(count: int) -> str:
    value, unit = float(count), "bytes"
    for bigger in ("kB", "MB", "GB", "TB"):
        if value < 999.5:
            break
        value, unit = value / 1000, bigger
    return f"{value:.3g} {unit}" if value < 999.5 else f"{value:.0f} {unit}"
