"""Time zones by the names that people and models use."""

from __future__ import annotations

from datetime import UTC, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from tickertape.errors import ToolError

__all__ = ["zone"]


def zone(name: str) -> tzinfo:
    """Find a time zone by its IANA name, in any case, or by its city alone: `Rome`, `new york`.

    Raises:
        ToolError: when there is none; its text says how they are called.
    """
    wanted = "_".join(name.split()).casefold()
    if wanted in {"", "utc", "z", "gmt"}:
        return UTC
    found = _names().get(wanted)
    if found is None:
        raise ToolError(f"There is no time zone {name[:60]!r}. Use a name such as Europe/Rome.")
    return ZoneInfo(found)


@cache
def _names() -> dict[str, str]:
    """Map every name, and every city, to a zone's key."""
    keys = sorted(available_timezones(), key=len)
    # Some cities have an old name without their country next to the full one, which comes later
    # here: America/Buenos_Aires (the file `backward` of the IANA time zone database, 2026).
    cities = {key.rpartition("/")[2].casefold(): key for key in keys if "/" in key}
    return cities | {key.casefold(): key for key in keys}
