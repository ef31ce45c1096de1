"""Cutting a script down: only what failing needs is left, within a number of attempts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tickertape.delivery.streaming import StreamingConfig
from tickertape.emulator.faults import Lost
from tickertape.simulation.draw import draw
from tickertape.simulation.script import Script, chat_id_of
from tickertape.simulation.shrink import shrink

pytest_plugins = ["simulation_fixtures"]
pytestmark = pytest.mark.usefixtures("quiet")


def has_a_lost_call(script: Script) -> bool:
    """Fail where an answer is lost, in a chat that exists."""
    ids = {chat_id_of(index, room.kind) for index, room in enumerate(script.rooms)}
    return any(
        isinstance(planned.fault, Lost) and planned.chat_id in ids for planned in script.faults
    )


def says_much_in_a_forum(script: Script) -> bool:
    """Fail where a forum hears more than a message can hold."""
    return any(
        room.kind == "forum" and any(len(beat.text) > 4096 for beat in speech.beats)
        for room in script.rooms
        for line in room.lines
        for speech in line.speeches
    )


def has_a_deed_in_the_last_room(script: Script) -> bool:
    """Fail where somebody does something in the second room."""
    return any(deed.room == 1 for deed in script.deeds)


def first(fails: Callable[[Script], bool]) -> Script:
    """Give the first script that fails, with several rooms."""
    return next(
        script for script in map(draw, range(2000)) if len(script.rooms) > 2 and fails(script)
    )


def test_a_fault_follows_its_chat() -> None:
    """One room and one fault are left, which names that room by its new number."""
    small = shrink(first(has_a_lost_call), has_a_lost_call)
    assert len(small.rooms) == len(small.faults) == 1
    assert small.deeds == ()
    assert small.faults[0].times == 1
    assert small.faults[0].skip == 0
    assert all(not line.speeches for line in small.rooms[0].lines)


def test_one_beat_is_left_of_a_long_talk() -> None:
    """Everything but the beat that counts is gone, and that is as short as it may be."""
    small = shrink(first(says_much_in_a_forum), says_much_in_a_forum)
    (room,) = small.rooms
    (line,) = room.lines
    (speech,) = line.speeches
    (beat,) = speech.beats
    assert 4096 < len(beat.text) <= 2 * 4096 + 2
    assert beat.pause == 0.0
    assert (speech.ending, speech.stop, speech.config) == ("finish", None, StreamingConfig())


def test_rooms_that_others_are_counted_by_stay_in_place() -> None:
    """A deed in the second room needs two rooms, however they are called afterwards."""
    small = shrink(first(has_a_deed_in_the_last_room), has_a_deed_in_the_last_room)
    assert len(small.rooms) == 2
    assert len(small.deeds) == 1


@pytest.mark.parametrize("attempts", [0, 1, 17])
def test_attempts_are_bounded(attempts: int) -> None:
    """However large the script is, no more candidates are tried, and one that fails is given."""
    asked = 0

    def fails(script: Script) -> bool:
        nonlocal asked
        asked += 1
        return has_a_lost_call(script)

    assert has_a_lost_call(shrink(first(has_a_lost_call), fails, attempts))
    assert asked <= attempts
