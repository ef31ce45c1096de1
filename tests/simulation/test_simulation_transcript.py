"""Transcripts: a run that was written down is played again, call by call."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from broken_parts import Doubling

from tickertape.simulation.draw import draw
from tickertape.simulation.loop import play
from tickertape.simulation.parts import ProgramParts
from tickertape.simulation.transcript import TranscriptError, read, written
from tickertape.simulation.trials import cut_down
from tickertape.simulation.verdict import judge
from tickertape.simulation.violations import Rule

pytest_plugins = ["simulation_fixtures"]
pytestmark = pytest.mark.usefixtures("quiet")


def test_every_script_comes_back_as_it_was() -> None:
    """Rooms, words, stops, deeds, faults and settings, byte for byte."""
    record = play(draw(0))
    for script in map(draw, range(300)):
        assert read(written(replace(record, script=script), ())).script == script


def test_a_run_is_played_again_call_by_call() -> None:
    """The transcript of a failing run, cut down, breaks the same rule with the same calls."""
    parts = ProgramParts(Doubling)
    record, violations = cut_down(draw(1), Rule.TEXT_DOUBLED, parts, 100)
    transcript = read(written(record, violations))
    again = play(transcript.script, parts)
    assert again.calls == transcript.calls
    assert judge(again) == violations
    assert Rule.TEXT_DOUBLED in {violation.rule for violation in violations}


def test_a_person_can_read_what_went_wrong() -> None:
    """The file names the rule, the seed, the texts on screen and every call."""
    record = play(draw(1), ProgramParts(Doubling))
    document = json.loads(written(record, judge(record)))
    assert any("text doubled" in line for line in document["violations"])
    assert document["script"]["seed"] == 1
    assert len(document["calls"]) == len(record.calls)
    assert document["screens"][0]["shown"]


UNKNOWN_FAULT = """{"tickertape_simulation": 1, "calls": [], "script": {
    "seed": 1, "rooms": [], "deeds": [], "settings": {}, "faults": [{"fault": {"kind": "flood"}}]
}}"""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not JSON"),
        ("[]", "no transcript of version 1"),
        ('{"tickertape_simulation": 2}', "no transcript of version 1"),
        ('{"tickertape_simulation": 1}', "damaged: 'script'"),
        ('{"tickertape_simulation": 1, "script": {"seed": "x"}, "calls": []}', "damaged"),
        (UNKNOWN_FAULT, "damaged"),
    ],
)
def test_what_is_no_transcript_is_refused(text: str, reason: str) -> None:
    """One sentence says why."""
    with pytest.raises(TranscriptError, match=reason):
        read(text)
