"""A server from before rich messages: answers come as texts, and who despairs of it is found."""

from __future__ import annotations

from dataclasses import replace

import pytest
from broken_parts import Rigid

from tickertape.delivery.streaming import StreamingConfig
from tickertape.emulator.faults import PlannedFault, Refuse
from tickertape.simulation.loop import play
from tickertape.simulation.parts import ProgramParts
from tickertape.simulation.record import Record, SimulatedCall
from tickertape.simulation.script import Beat, Line, Room, RoomKind, Script, Speech
from tickertape.simulation.shrink import shrink
from tickertape.simulation.verdict import judge
from tickertape.simulation.violations import Rule

pytest_plugins = ["simulation_fixtures"]
pytestmark = pytest.mark.usefixtures("quiet")

TABLE = "\n\n| a | b |\n|---|---|\n| c | d |\n"


def script(kind: RoomKind, *words: str, rich: bool = False) -> Script:
    """Let an agent say the words in an answer, five seconds apart, and again in another."""
    beats = tuple(Beat(5.0, "text", word) for word in words)
    speech = Speech(0.0, beats, config=StreamingConfig(rich="always" if rich else "auto"))
    return Script(1, (Room(kind, (Line(None, (speech, speech)),)),), has_rich=False)


def unknown(record: Record) -> list[SimulatedCall]:
    """Give the calls that the server did not understand."""
    return [call for call in record.calls if call.status == 404]


@pytest.mark.parametrize("kind", ["private", "group"])
def test_an_old_server_gets_texts(kind: RoomKind) -> None:
    """It is asked once, with the first draft or post; all that is said stands there as a text."""
    old = script(kind, TABLE, rich=True)
    record = play(old)
    assert judge(record) == ()
    assert len(unknown(record)) == 1
    assert [item.text for item in record.rooms[0].shown] == [
        text for told in record.told for text in told.finals
    ]
    assert all("pre" in item.looks for item in record.rooms[0].shown)
    known = play(replace(old, has_rich=True))
    assert judge(known) == ()
    assert unknown(known) == []
    assert all("table" in item.looks for item in known.rooms[0].shown)


def test_an_edit_that_an_old_server_half_understands_becomes_a_text() -> None:
    """A table behind words that stand there already: of the edit it overlooks what is to be shown.

    The server misses the text, which is no reason to take the answer for empty.
    """
    record = play(script("group", "Some words first.", TABLE))
    assert judge(record) == ()
    missed = [call for call in record.calls if "text is empty" in call.description]
    assert [call.method for call in missed] == ["editMessageText"]
    assert all("pre" in item.looks for item in record.rooms[0].shown)


def test_giving_up_for_want_of_rich_messages_is_found() -> None:
    """Neither a server that knows none nor a refusal that was ordered is a reason."""
    old = script("group", TABLE, rich=True)
    refusal = PlannedFault(Refuse("Not Found: method not found", 404), "sendRichMessage", times=9)
    for broken in (old, replace(old, has_rich=True, faults=(refusal,))):
        found = judge(play(broken, ProgramParts(Rigid)))
        assert {violation.rule for violation in found} == {Rule.GAVE_UP}
        assert judge(play(broken)) == ()


def test_a_server_that_does_not_matter_is_left_out() -> None:
    """Cut down, the run meets the server of today, where the failure does not need the old one."""
    old = script("group", TABLE)
    assert shrink(old, lambda candidate: bool(candidate.rooms)).has_rich
    assert not shrink(old, lambda candidate: not candidate.has_rich).has_rich
