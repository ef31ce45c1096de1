"""Waits that are cut short from outside, entered again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import closing
from typing import Any

import pytest

from tickertape.interruption import Deadline, Interruption
from tickertape.testing.clock import run_in_virtual_time


def in_virtual_time(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """Let an asynchronous test run on a clock that leaps."""

    def run() -> None:
        run_in_virtual_time(test())

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


def now() -> float:
    """Return the moment by the loop's clock."""
    return asyncio.get_running_loop().time()


@in_virtual_time
async def test_a_wait_is_cut_and_the_next_is_not() -> None:
    """Only the wait that goes on is cut; what is cut between two of them is none."""
    wait = Interruption()
    asyncio.get_running_loop().call_later(1.0, wait.cut)
    with pytest.raises(TimeoutError), wait:
        await asyncio.sleep(5.0)
    assert (wait.was_cut, now()) == (True, 1.0)
    wait.cut()
    with wait:
        await asyncio.sleep(5.0)
    assert (wait.was_cut, now()) == (False, 6.0)


@in_virtual_time
async def test_a_cancellation_is_none_of_its_own() -> None:
    """Who is cancelled while the wait is cut is cancelled."""
    wait = Interruption()

    async def sleep() -> None:
        with wait:
            await asyncio.sleep(5.0)

    task = asyncio.create_task(sleep())
    await asyncio.sleep(1.0)
    wait.cut()
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()


@in_virtual_time
async def test_an_error_of_the_wait_stays_what_it_is() -> None:
    """What was cut, and raises something else on its way out, raises that."""
    wait = Interruption()
    asyncio.get_running_loop().call_later(1.0, wait.cut)

    async def sleep() -> None:
        try:
            await asyncio.sleep(5.0)
        finally:
            raise LookupError

    with pytest.raises(LookupError), wait:
        await sleep()
    assert wait.was_cut
    await asyncio.sleep(1.0)  # nobody is cancelled any more


def test_only_tasks_wait() -> None:
    """Else nobody could be cancelled."""
    with pytest.raises(RuntimeError, match="no running event loop"), Interruption():
        pass


@in_virtual_time
async def test_a_deadline_moves_on_with_one_timer() -> None:
    """Each wait has its own; the timer rings for the first, and is set anew for the one that is."""
    with closing(Deadline()) as deadline:
        for _ in range(10):
            with deadline.at(now() + 3.0):
                await asyncio.sleep(2.0)
        with pytest.raises(TimeoutError), deadline.at(now() + 3.0):
            await asyncio.sleep(4.0)
        assert deadline.was_cut
        assert now() == pytest.approx(23.0)


@in_virtual_time
async def test_a_deadline_can_come_nearer() -> None:
    """The timer is set for the earlier moment."""
    with closing(Deadline()) as deadline:
        with deadline.at(now() + 60.0):
            await asyncio.sleep(1.0)
        with pytest.raises(TimeoutError), deadline.at(now() + 3.0):
            await asyncio.sleep(30.0)
        assert now() == pytest.approx(4.0)


@in_virtual_time
async def test_a_deadline_that_passed_between_two_waits_cuts_the_next_one() -> None:
    """Also where the timer rang while nobody waited; what comes at once comes all the same."""
    with closing(Deadline()) as deadline:
        with deadline.at(now() + 1.0):
            pass
        await asyncio.sleep(2.0)
        with deadline.at(1.0):
            pass
        with pytest.raises(TimeoutError), deadline.at(1.0):
            await asyncio.sleep(5.0)
        assert now() == pytest.approx(2.0)


@in_virtual_time
async def test_a_closed_deadline_rings_no_more() -> None:
    """Its timer goes with it."""
    deadline = Deadline()
    with deadline.at(now() + 1.0):
        deadline.close()
        await asyncio.sleep(5.0)
    assert not deadline.was_cut
