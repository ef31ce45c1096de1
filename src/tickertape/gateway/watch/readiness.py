"""Whether the program takes work, and why not.

A check returns the reason for which no work is taken, or an empty text. A gateway has those below;
another program that takes work brings its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Protocol, TypeAlias

from tickertape.gateway.fleet.fleet import Fleet
from tickertape.gateway.reasons import words_of
from tickertape.gateway.watch.watch import Watch

__all__ = ["Check", "checks_of", "reasons_of"]

Check: TypeAlias = Callable[[], Awaitable[str]]
"""Returns why no work is taken; an empty text if nothing is in the way."""

_LONGEST: Final = 2.0
"""Seconds that a check may take: a probe of Kubernetes gives up after 1 s unless it is told
otherwise (kubernetes.io, "Configure Probes", `timeoutSeconds`), and a person after some more."""


class Answering(Protocol):
    """A database that can be asked whether it answers."""

    async def ping(self) -> None:
        """Return when the database has answered; raise whatever it raises."""
        ...


async def reasons_of(checks: Mapping[str, Check]) -> dict[str, str]:
    """Return the reasons for which no work is taken, by the names of the checks; none if it is."""
    told = await asyncio.gather(*map(_reason_of, checks.values()))
    return {name: reason for name, reason in zip(checks, told, strict=True) if reason}


async def _reason_of(check: Check) -> str:
    try:
        async with asyncio.timeout(_LONGEST):
            return await check()
    except TimeoutError:
        return f"no answer within {_LONGEST:g} s"
    except Exception as error:  # noqa: BLE001 - whatever a check raises is a reason
        return words_of(error)


def checks_of(
    watch: Watch,
    database: Answering,
    is_stopping: Callable[[], bool],
    fleet: Fleet | None = None,
) -> dict[str, Check]:
    """Return the checks of a gateway.

    Args:
        watch: knows how far it has come.
        database: keeps its journal.
        is_stopping: returns whether it is ending.
        fleet: the process of a fleet that it is; None if it answers alone.
    """

    async def stopping() -> str:
        return "the program is ending" if is_stopping() else ""

    async def recovery() -> str:
        return "" if watch.is_recovered else "what an earlier process left is not known yet"

    async def channels() -> str:
        return "" if watch.listening else "no channel is listening"

    async def answers() -> str:
        await database.ping()
        return ""

    common = {"stopping": stopping, "database": answers}
    if fleet is None:
        return {**common, "recovery": recovery, "channels": channels}
    lease = fleet.lease

    async def ownership() -> str:
        told = "other processes do not know this one yet, or take it for dead"
        return "" if lease.holds else told

    # It takes work whether or not it is the one that reads a channel.
    return {**common, "ownership": ownership}
