"""What is drawn: the same for a seed on every machine, and in the end everything there is."""

from __future__ import annotations

import re
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.simulation.dice import Dice
from tickertape.simulation.draw import REFUSALS, draw
from tickertape.simulation.script import (
    BeatKind,
    DeedKind,
    Ending,
    RoomKind,
    Script,
    Speech,
    StopBy,
)
from tickertape.simulation.shapes import MARKUP, PICTURES

pytest_plugins = ["simulation_fixtures"]
pytestmark = pytest.mark.usefixtures("quiet")

SCRIPTS = [draw(seed) for seed in range(1200)]


def speeches(script: Script) -> list[Speech]:
    """Give every answer of a script."""
    return [speech for room in script.rooms for line in room.lines for speech in line.speeches]


def said_in(scripts: list[Script]) -> list[Speech]:
    """Give every answer of all scripts."""
    return [speech for script in scripts for speech in speeches(script)]


def test_the_dice_are_those_of_the_paper() -> None:
    """The first numbers of splitmix64 for a seed, as its reference implementation prints them."""
    dice = Dice(1234567)
    assert [dice.roll() for _ in range(5)] == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]


@given(st.integers(0, 2**64), st.integers(-50, 50), st.integers(0, 100))
def test_a_number_lies_between_its_ends(seed: int, least: int, span: int) -> None:
    """Both ends included."""
    assert least <= Dice(seed).integer(least, least + span) <= least + span


def test_a_seed_gives_the_same_script_each_time() -> None:
    """And another seed another one."""
    assert [draw(seed) for seed in range(50)] == SCRIPTS[:50]
    assert len({repr(script) for script in SCRIPTS}) == len(SCRIPTS)


def test_everything_that_can_happen_is_drawn() -> None:
    """Every kind of room, beat, ending, stop, deed, fault and refusal comes up."""
    said = said_in(SCRIPTS)
    assert {room.kind for script in SCRIPTS for room in script.rooms} == set(get_args(RoomKind))
    assert {beat.kind for speech in said for beat in speech.beats} == set(get_args(BeatKind))
    assert {speech.ending for speech in said} == set(get_args(Ending))
    assert {speech.stop.by for speech in said if speech.stop} == set(get_args(StopBy))
    deeds = {deed.kind for script in SCRIPTS for deed in script.deeds}
    assert deeds == set(get_args(DeedKind)) - {"end_stream"}  # there are none on Telegram
    configs = [speech.config for speech in said]
    assert {config.rich for config in configs} == {"off", "auto", "always"}
    assert {config.reasoning for config in configs} == {"hide", "status", "show", "keep"}
    assert {config.stop_button for config in configs} == {True, False}
    faults = [planned.as_json() for script in SCRIPTS for planned in script.faults]
    kinds = {fault["kind"] for planned in faults if isinstance(fault := planned["fault"], dict)}
    once = {"throttle", "status", "refuse", "reset", "lost", "slow"}
    assert kinds == once | {"garbled", "held", "noid", "unreached"}
    words = {
        fault["description"]
        for planned in faults
        if isinstance(fault := planned["fault"], dict) and fault["kind"] == "refuse"
    }
    assert words == {text for _, text in REFUSALS}
    restarts = [restart for script in SCRIPTS for restart in script.restarts]
    assert {restart.grace for restart in restarts} == {0.0, 1.0, 10.0, 600.0}
    assert {script.has_rich for script in SCRIPTS} == {True, False}


def test_every_shape_of_text_is_said() -> None:
    """All Markdown, pictures in runs of hundreds, and long paragraphs that come word by word."""
    said = ["".join(beat.text for beat in speech.beats) for speech in said_in(SCRIPTS)]
    everything = re.sub(r"q\d+w\d+[a-f]", "{}", "\0".join(said))
    missing = [shape for shape in MARKUP if shape.format(*["{}"] * 6) not in everything]
    assert missing == []
    assert [picture for picture in PICTURES if picture * 300 not in everything] == []
    lengthy = [
        speech
        for speech in said_in(SCRIPTS)
        if (beats := [beat.text for beat in speech.beats if beat.kind == "text"])
        and max(map(len, beats)) < 30
        and [200 <= len(text) <= 1600 for text in "".join(beats).split(".\n\n")[:-1]].count(True)
        > 1
    ]
    assert len(lengthy) > 20


def test_no_two_answers_of_a_run_share_their_words() -> None:
    """What stands in the wrong chat can be told by its words."""
    for script in SCRIPTS[:200]:
        said = ["".join(beat.text for beat in speech.beats) for speech in speeches(script)]
        names = [name for text in said for name in set(re.findall(r"q\d+w", text))]
        assert len(set(names)) == len(names)
