"""Virtual time: it leaps, it never stands still for good, and who goes in circles is told."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from tickertape.testing.clock import run_in_virtual_time


def test_hours_pass_at_once() -> None:
    """A sleep moves the clock by what was slept, and by nothing else."""

    async def sleep() -> float:
        await asyncio.sleep(7200.0)
        return asyncio.get_running_loop().time()

    assert run_in_virtual_time(sleep()) == 7200.0


def test_two_that_wait_for_the_last_bit_of_a_deadline_get_there() -> None:
    """Timers fire up to a nanosecond early; tasks that then look again keep each other busy."""

    async def wait_until(deadline: float, *, rounds_before: int) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(rounds_before):
            await asyncio.sleep(0)
        while loop.time() < deadline:
            woken = loop.create_future()
            loop.call_at(deadline, woken.set_result, None)
            await woken

    async def both() -> float:
        await asyncio.sleep(20.0)
        deadline = 20.000_000_000_4
        await asyncio.gather(*(wait_until(deadline, rounds_before=rounds) for rounds in (0, 1)))
        return asyncio.get_running_loop().time()

    assert 20.0 < run_in_virtual_time(both()) < 20.000_000_1


def test_tasks_in_circles_are_an_error() -> None:
    """A program that never waits for time does not hang its tests."""

    async def circle() -> None:
        for _ in itertools.count():
            await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="time does not move"):
        run_in_virtual_time(circle())
