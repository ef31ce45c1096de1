"""`tickertape serve` collects garbage while nobody waits, and sets thresholds for itself alone."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import weakref
from collections.abc import Iterator

import pytest

from tickertape.cli.garbage import collect_in_silence, look_briefly
from tickertape.testing.clock import run_in_virtual_time


class _Cycle:
    """What only the collector can free."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)
    gc.unfreeze()


def _old_garbage() -> weakref.ref[_Cycle]:
    """Make garbage that is too old to be looked at by the way."""
    cycle = _Cycle()
    gc.collect()
    return weakref.ref(cycle)


@pytest.mark.parametrize(("is_busy", "after"), [(False, 60.0), (True, 3600.0)])
def test_old_garbage_goes_in_silence(is_busy: bool, after: float) -> None:
    """It is collected within a minute; while somebody waits, within an hour."""

    async def wait() -> list[bool]:
        tidying = asyncio.create_task(collect_in_silence(lambda: is_busy))
        await asyncio.sleep(after - 1.0)
        is_there = [garbage() is not None]
        await asyncio.sleep(2.0)
        is_there.append(garbage() is not None)
        tidying.cancel()
        return is_there

    look_briefly()
    garbage = _old_garbage()
    gc.disable()
    try:
        assert run_in_virtual_time(wait()) == [True, False]
    finally:
        gc.enable()


def test_no_import_sets_thresholds() -> None:
    """Whoever imports the package keeps the collector's settings, and its objects."""
    modules = "tickertape, tickertape.cli.serve, tickertape.cli.garbage, tickertape.gateway.app"
    program = f"import gc; before = gc.get_threshold(), gc.get_freeze_count(); import {modules}; "
    program += "assert before == (gc.get_threshold(), gc.get_freeze_count())"
    subprocess.run([sys.executable, "-c", program], check=True)  # noqa: S603 - our own text
