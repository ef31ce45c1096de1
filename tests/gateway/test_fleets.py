"""Whole fleets in virtual time: what a fleet keeps, whatever becomes of its processes.

By chance, and by hand for thousands of them (`fleet_random`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import count

import pytest
from fleet_database import Side
from fleet_random import faults_of, play
from fleet_world import PAUSE, WORDS, Process, Weather, World, answer_to
from gateway_stage import GROUP, PRIVATE, STOPPED

# Seconds that an answer takes, from its question on.
_LENGTH = (len(WORDS) + 4) * PAUSE
_SUPERGROUP = replace(GROUP, chat="-1009")
_FIRST, _BATCH = 20_000, 5


@contextmanager
def _world(weather: Weather | None = None, seed: int = 1) -> Iterator[World]:
    """Make a world with two processes, in which everything is well at the end."""
    world = World(seed, weather)
    try:
        world.start()
        world.start()
        yield world
        world.clockwork.run(world.now + 90.0, is_over=world.is_quiet)
        world.clockwork.run(world.now + 2.0)
        assert faults_of(world) == [], world.log
    finally:
        world.close()


def _whole(question: str) -> list[str]:
    return [f"Looking at {question}.", answer_to(question)]


def _until(world: World, is_so: Callable[[], object]) -> None:
    """Go on until something is so."""
    world.clockwork.run(world.now + 60.0, is_over=lambda: bool(is_so()))
    assert is_so()


def test_a_question_is_answered_by_one_of_two() -> None:
    """In private by a draft, in a group by edits; the one that reads need not be the one."""
    with _world() as world:
        world.plan(1.0, lambda: world.ask("what is q1"))
        world.plan(1.1, lambda: world.ask("what is q2", GROUP))
    assert world.shown(PRIVATE) == _whole("q1")
    assert world.shown(GROUP) == _whole("q2")
    assert {len(times) for times in world.asked.values()} == {2}


@pytest.mark.parametrize("side", ["before", "behind"])
def test_an_owner_is_killed_at_each_call_of_one_turn(side: Side) -> None:
    """The other goes on, wherever that was; no tool runs twice."""
    for nth in count(1, 5):
        if not _killed_at(nth, side):
            break
    assert nth > 12


def _killed_at(nth: int, side: Side) -> bool:
    """Kill the owner of a chat at one of its calls; return whether it came so far."""
    with _world(Weather(call=0.001)) as world:
        world.plan(0.9, lambda: world.ask("what is q1", GROUP))
        calls = 0

        def kill(process: Process, _: int, at: Side) -> None:
            nonlocal calls
            if at != side or process is not world.owner(GROUP) or not world.owed():
                return
            calls += 1
            if calls == nth:
                process.kill()

        world.on_call = kill
        world.clockwork.run(2.0)
        world.clockwork.run(60.0, is_over=world.is_quiet)
    assert world.shown(GROUP)[:1] == ["Looking at q1."]
    return calls >= nth


def test_who_stands_still_for_longer_than_a_lease_does_no_harm() -> None:
    """At any moment of its answer: it wakes with its old state, and does nothing by it."""
    for step in range(6):
        with _world() as world:
            world.plan(1.0, lambda: world.ask("what is q1", GROUP))
            _until(world, lambda: "q1" in world.asked)
            owner = world.owner(GROUP)
            assert owner is not None
            world.plan(world.now + step * 0.25, partial(owner.pause, 5.0 + step * 0.3))
        assert world.tools == {"q1": 1}
        assert world.shown(GROUP) == _whole("q1")


def test_who_stands_still_for_a_moment_goes_on() -> None:
    """Others do not take what it owns."""
    with _world() as world:
        world.plan(1.0, lambda: world.ask("what is q1", GROUP))
        _until(world, lambda: "q1" in world.asked)
        owner = world.owner(GROUP)
        assert owner is not None
        owner.pause(1.9)
        world.clockwork.run(world.now + 8.0)
        assert world.owner(GROUP) is owner
    assert len(world.asked["q1"]) == 2


def test_who_is_asked_to_end_hands_over_at_once() -> None:
    """The other goes on with the answer within a second."""
    with _world() as world:
        world.plan(1.0, lambda: world.ask("what is q1", GROUP))
        _until(world, lambda: len(world.asked.get("q1", ())) > 1)
        owner, asked = world.owner(GROUP), len(world.asked["q1"])
        assert owner is not None
        owner.end()
        ended_at = world.now
        _until(world, lambda: len(world.asked["q1"]) > asked)
        # A call that is on its way ends first, and the limits count for a second.
        assert world.now - ended_at < 3.0
    assert world.shown(GROUP) == _whole("q1")


@pytest.mark.parametrize("by_button", [True, False], ids=["button", "command"])
@pytest.mark.parametrize("place", [PRIVATE, GROUP], ids=["private", "group"])
def test_a_stop_ends_the_answer_also_when_its_note_is_lost(place: object, by_button: bool) -> None:
    """Within a second or so, by the owner's look."""
    at = PRIVATE if place is PRIVATE else GROUP
    for step in range(2):
        with _world(Weather(notes_lost=1.0)) as world:
            world.plan(1.0, lambda: world.ask("what is q1", at))
            world.plan(3.0 + step * 0.4, lambda: world.stop(at, by_button=by_button))
            world.clockwork.run(20.0)
        assert world.shown(at)[-1].endswith(STOPPED)


def test_mail_that_comes_as_a_chat_is_let_go_is_answered_at_once() -> None:
    """In any order of the two transactions, also where the owner was noted of it in vain."""
    with _world() as world:
        world.plan(1.0, lambda: world.ask("what is q1", GROUP))
        _until(world, lambda: "q1" in world.places and world.is_whole("q1"))
        _until(world, lambda: world.owner(GROUP) is None)
        let_go_at = world.now
    for step in range(-12, 13, 4):
        with _world(Weather(notes_lost=1.0), seed=1) as world:
            world.plan(1.0, lambda: world.ask("what is q1", GROUP))
            at = let_go_at - 0.03 - 0.03 + step * 0.001
            world.plan(at, lambda: world.ask("what is q2", GROUP))
            _until(world, lambda: "q2" in world.asked)
            # By the owner's look, if it is not let go; by its wake-up, if it is.
            assert world.asked["q2"][0] - at < 1.3, step


def test_an_answer_to_a_look_is_lost() -> None:
    """A chat is read on after a reading that failed."""
    for nth in range(1, 8, 2):
        with _world() as world:
            world.plan(1.0, lambda: world.ask("what is q1", GROUP))
            _until(world, lambda: "q1" in world.asked)
            owner = world.owner(GROUP)
            assert owner is not None
            world.plan(world.now + 0.2, lambda: world.platform.press_stop(PRIVATE))
            world.plan(world.now + 0.4, lambda: world.ask("what is q2", GROUP))
            world.on_call = partial(_lose, owner, owner.made + nth)
        assert "q2" in world.asked


def _lose(owner: Process, nth: int, process: Process, made: int, _: Side) -> None:
    """Lose the answer to one call of the owner."""
    process.world.weather.answers_lost = float(process is owner and made == nth)


@pytest.mark.parametrize("harm", ["none", "kill", "pause"])
def test_a_group_becomes_a_supergroup(harm: str) -> None:
    """Before, while and after an answer; its owner may be another one behind it."""
    for step in range(0, 8, 2):
        with _world(seed=step) as world:
            world.start()
            world.plan(1.0, lambda: world.ask("what is q1", GROUP))
            at = 1.0 + step * 0.5
            world.plan(at, lambda: world.platform.move(GROUP.chat, _SUPERGROUP))
            world.plan(at + 0.3, lambda: world.ask("what is q2", GROUP))
            world.plan(9.0, lambda: world.ask("what is q3", GROUP))

            def strike() -> None:
                owner = world.owner(GROUP)
                if owner is not None and harm != "none":
                    owner.kill() if harm == "kill" else owner.pause(5.0)

            world.plan(1.05 + step * 0.55, strike)
            world.clockwork.run(10.0)
        assert world.tools == {"q1": 1, "q2": 1, "q3": 1}


@pytest.mark.parametrize("first", range(_FIRST, _FIRST + 4 * _BATCH, _BATCH))
def test_by_chance(first: int) -> None:
    """Whatever happens."""
    for seed in range(first, first + _BATCH):
        world = play(seed)
        try:
            assert faults_of(world) == [], (seed, world.log)
        finally:
            world.close()
