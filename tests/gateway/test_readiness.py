"""Whether a gateway takes work, and why not."""

from __future__ import annotations

import asyncio

import pytest
from gateway_stage import Parrot

from tickertape.gateway.access import Access
from tickertape.gateway.loop import Gateway
from tickertape.gateway.storage.memory import PassingMemory
from tickertape.gateway.watch.readiness import checks_of, reasons_of
from tickertape.gateway.watch.turn import Watching
from tickertape.gateway.watch.watch import Watch
from tickertape.testing.clock import run_in_virtual_time


class Database:
    """A database that answers, or does not."""

    def __init__(self, error: Exception | None = None, *, hangs: bool = False) -> None:
        self._error = error
        self._hangs = hangs

    async def ping(self) -> None:
        """Answer, fail, or do neither."""
        if self._hangs:
            await asyncio.Event().wait()
        if self._error is not None:
            raise self._error


def reasons(
    watch: Watch, database: Database | None = None, *, is_stopping: bool = False
) -> dict[str, str]:
    """Return why no work is taken."""
    checks = checks_of(watch, database or Database(), lambda: is_stopping)
    return run_in_virtual_time(reasons_of(checks))


def test_a_gateway_that_has_not_begun() -> None:
    """It does not know what is owed, and hears nothing; a program that ends says so, too."""
    told = reasons(Watch(watching=Watching(is_measured=True)), is_stopping=True)
    assert told == {
        "recovery": "what an earlier process left is not known yet",
        "channels": "no channel is listening",
        "stopping": "the program is ending",
    }


def test_what_was_left_is_known() -> None:
    """Once the journal has answered."""
    watch = Watch(watching=Watching(is_measured=True))
    agent, access = Parrot(""), Access(frozenset())
    run_in_virtual_time(Gateway({}, agent, PassingMemory(), access, watch=watch).run())
    assert set(reasons(watch)) == {"channels"}


@pytest.mark.parametrize(
    ("database", "reason"),
    [
        (Database(OSError("secret words")), "OSError"),
        (Database(hangs=True), "no answer within 2 s"),
    ],
)
def test_a_database_that_does_not_answer(database: Database, reason: str) -> None:
    """It is a reason, without anything that an exception may quote."""
    watch = Watch(watching=Watching(is_measured=True))
    assert reasons(watch, database)["database"] == reason
