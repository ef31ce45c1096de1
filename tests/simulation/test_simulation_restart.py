"""The program restarts in the middle of its life: what stands then, and what is carried over."""

from __future__ import annotations

from dataclasses import replace

import pytest
from broken_parts import Amnesiac

from tickertape.emulator.faults import PlannedFault, Throttle
from tickertape.simulation.draw import draw
from tickertape.simulation.loop import play
from tickertape.simulation.parts import ProgramParts
from tickertape.simulation.script import Beat, Line, Restart, Room, Script, Speech, Stop
from tickertape.simulation.shrink import shrink
from tickertape.simulation.verdict import judge
from tickertape.simulation.violations import Rule

pytest_plugins = ["simulation_fixtures"]
pytestmark = pytest.mark.usefixtures("quiet")

TALK = tuple(Beat(0.5, "text", f"q1w{number} ") for number in range(40))
LATER = Speech(0.0, (Beat(5.0, "text", "q2w1"),))


def script(restart: Restart, *, wait: int | None = None, later: Speech = LATER) -> Script:
    """Let an agent speak for twenty seconds in a group, and then shortly.

    Args:
        restart: When the program restarts.
        wait: What the third message that says something is refused for, in seconds.
        later: The second answer.
    """
    rooms = (Room("group", (Line(None, (Speech(0.0, TALK), later)),)),)
    faults = (PlannedFault(Throttle(wait), "editMessageText", skip=1),) if wait else ()
    return Script(1, rooms, faults=faults, restarts=(restart,))


def test_an_answer_that_is_given_time_is_whole_and_says_why_it_ends() -> None:
    """In the time that a gateway gives."""
    record = play(script(Restart(8.0, 10.0, 2.0)))
    assert judge(record) == ()
    first, second = record.told
    assert not first.cut_off
    assert first.finals[-1].endswith("the bot is restarting.")
    assert [item.text for item in record.rooms[0].shown] == [*first.finals, *second.finals]


def test_an_answer_that_is_given_no_time_is_cut_off() -> None:
    """What it had shown stands there, and what comes after the restart is whole."""
    record = play(script(Restart(8.0, 0.0, 2.0)))
    assert judge(record) == ()
    first, second = record.told
    assert (first.cut_off, first.done_at) == (True, 8.0)
    left, whole = record.rooms[0].shown
    assert first.heard.startswith(left.text)
    assert (left.has_button, whole.has_button) == (True, False)
    assert second.finals == (whole.text,) == ("q2w1",)
    assert second.began_at == 10.0


def test_nobody_speaks_while_the_program_is_down() -> None:
    """Neither the answer that was cut off nor the next one."""
    record = play(script(Restart(8.0, 0.0, 500.0)))
    times = [call.at for call in record.calls]
    assert not [at for at in times if 8.0 < at < 508.0]
    assert max(times) > 508.0


@pytest.mark.parametrize(("down_for", "heard_at"), [(2.0, 62.0), (3000.0, 3010.0)])
def test_the_rest_of_a_wait_is_carried_over(down_for: float, heard_at: float) -> None:
    """And no more than the rest; the time in which nobody was there counts."""
    record = play(script(Restart(8.0, 0.0, down_for), wait=60))
    assert judge(record) == ()
    refused = next(call for call in record.calls if call.status == 429)
    assert refused.at < 8.0
    posted = next(call for call in record.calls if call.is_post and call.text == "q2w1")
    assert heard_at <= posted.at < heard_at + 6.0


def test_a_program_that_forgets_is_found() -> None:
    """Without what was learned it knocks while the wait goes on that was asked for before."""
    forgetful = script(Restart(8.0, 0.0, 2.0), wait=60)
    found = judge(play(forgetful, ProgramParts(outbox=Amnesiac)))
    assert {violation.rule for violation in found} == {Rule.CALLED_DURING_WAIT}
    assert judge(play(replace(forgetful, restarts=()), ProgramParts(outbox=Amnesiac))) == ()


def test_a_program_that_forgets_is_found_in_random_runs() -> None:
    """What is drawn is enough for it."""
    forgetful = ProgramParts(outbox=Amnesiac)
    seeds = (
        35,
        *range(1000),
    )  # the first that did, and then all: it may be drawn otherwise one day
    scripts = (drawn for drawn in map(draw, seeds) if drawn.restarts)
    found = (judge(play(drawn, forgetful)) for drawn in scripts)
    assert any(violation.rule is Rule.CALLED_DURING_WAIT for each in found for violation in each)


def test_the_button_of_an_answer_that_was_cut_off_stops_nothing() -> None:
    """It is left under its message; who presses it does not stop the answer after it."""
    later = replace(LATER, stop=Stop(1.0, "message"))
    record = play(script(Restart(8.0, 0.0, 2.0), later=later))
    assert judge(record) == ()
    (press,) = record.presses
    assert press.taken
    assert not record.told[1].stopped


def test_a_press_while_the_program_is_down_is_read_afterwards() -> None:
    """The platform keeps it, and the answer that it stops is one that was cut off."""
    restart = Restart(8.0, 0.0, 2.0)
    first = Speech(0.0, TALK, stop=Stop(7.9, "message"))
    record = play(replace(script(restart), rooms=(Room("group", (Line(None, (first, LATER)),)),)))
    assert judge(record) == ()
    assert [(press.at, press.taken) for press in record.presses] == [(10.0, True)]


def test_a_restart_that_does_not_matter_is_left_out() -> None:
    """Cut down, a run restarts only where its failure needs that, and then at once."""
    drawn = script(Restart(8.0, 600.0, 3000.0))
    assert shrink(drawn, lambda candidate: bool(candidate.rooms)).restarts == ()
    small = shrink(drawn, lambda candidate: bool(candidate.restarts))
    assert small.restarts == (Restart(8.0, 0.0, 0.5),)
