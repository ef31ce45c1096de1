"""Every rule finds what it is there for: a part that is broken on purpose, in random runs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from broken_parts import (
    Anonymous,
    BlindlyAgain,
    Chatty,
    Deaf,
    Despairing,
    Doubling,
    FireAndForget,
    Forgetful,
    HardOfHearing,
    Impatient,
    LateFrames,
    Liar,
    NeverQuiet,
    OutsideOfTopics,
    Plain,
    Pushy,
    Raising,
    Sloppy,
    Sticky,
    Touching,
    Unlimited,
    Unstoppable,
)

from tickertape.emulator.faults import PlannedFault, Status
from tickertape.simulation.draw import draw
from tickertape.simulation.loop import play
from tickertape.simulation.parts import ProgramParts
from tickertape.simulation.record import Record
from tickertape.simulation.script import Beat, Line, Room, Script, Speech
from tickertape.simulation.trials import cut_down
from tickertape.simulation.verdict import judge
from tickertape.simulation.verdict_words import judge_words
from tickertape.simulation.violations import Rule

pytest_plugins = ["simulation_fixtures"]
pytestmark = pytest.mark.usefixtures("quiet")

BROKEN = [
    (Rule.NEVER_DONE, ProgramParts(Deaf)),
    (Rule.TEXT_LOST, ProgramParts(Liar)),
    (Rule.TEXT_DOUBLED, ProgramParts(Doubling)),
    (Rule.COPY_UNTOLD, ProgramParts(BlindlyAgain)),
    (Rule.REPEATED_BLINDLY, ProgramParts(BlindlyAgain)),
    (Rule.DOUBT_UNFOUNDED, ProgramParts(Forgetful)),
    (Rule.LOOKS_DIFFER, ProgramParts(Plain)),
    (Rule.BUTTON_LEFT, ProgramParts(Sticky)),
    (Rule.FOREIGN_TEXT, ProgramParts(Chatty)),
    (Rule.SAID_OTHERWISE, ProgramParts(consumer=HardOfHearing)),
    (Rule.STOP_LOST, ProgramParts(consumer=Unstoppable)),
    (Rule.STOP_LOST, ProgramParts(consumer=Anonymous)),
    (Rule.DRAFT_LEFT, ProgramParts(LateFrames)),
    (Rule.MISPLACED, ProgramParts(OutsideOfTopics)),
    (Rule.SEALED_CHANGED, ProgramParts(Touching)),
    (Rule.ABOVE_LIMITS, ProgramParts(Unlimited)),
    (Rule.REFUSED_TOO_OFTEN, ProgramParts(Pushy)),
    (Rule.CALLED_DURING_WAIT, ProgramParts(Impatient)),
    (Rule.UNFIT, ProgramParts(Sloppy)),
    (Rule.TWO_IN_FLIGHT, ProgramParts(FireAndForget)),
    (Rule.CALL_AFTER_END, ProgramParts(NeverQuiet)),
    (Rule.GAVE_UP, ProgramParts(Despairing)),
    (Rule.CRASHED, ProgramParts(Raising)),
]
# Seeds that find what few do, or at less length: they are tried first, and then all hundred.
FOUND_AT = {
    Rule.TEXT_LOST: (16,),
    Rule.COPY_UNTOLD: (37,),
    Rule.STOP_LOST: (9, 54),
    Rule.CALLED_DURING_WAIT: (35,),
    Rule.REFUSED_TOO_OFTEN: (12,),
}
# Cutting down costs a run each time; with these few, what is left is small, if not the smallest.
ATTEMPTS = 80
# The limits of a whole bot are passed by several chats, which are cut down one beat at a time.
ATTEMPTS_AT_LIMITS = 220


def beats(script: Script) -> int:
    """Count all that is said in a script."""
    return sum(
        len(speech.beats)
        for room in script.rooms
        for line in room.lines
        for speech in line.speeches
    )


def rules(record: Record) -> set[Rule]:
    """Give the rules that a run broke."""
    return {violation.rule for violation in judge(record)}


@pytest.mark.parametrize(
    ("rule", "parts"),
    BROKEN,
    ids=lambda value: str(value) if isinstance(value, Rule) else "",
)
def test_a_broken_part_is_found_and_its_run_cut_down(rule: Rule, parts: ProgramParts) -> None:
    """Within a hundred seeds; the small script breaks the same rule, which ours does not."""
    scripts = (draw(seed, 0.0) for seed in (*FOUND_AT.get(rule, ()), *range(100)))
    script = next(script for script in scripts if rule in rules(play(script, parts)))
    attempts = ATTEMPTS_AT_LIMITS if rule is Rule.ABOVE_LIMITS else ATTEMPTS
    record, violations = cut_down(script, rule, parts, attempts)
    assert rule in {violation.rule for violation in violations}
    assert len(record.script.rooms) == 1 or rule is Rule.ABOVE_LIMITS
    assert beats(record.script) <= max(12, beats(script) // 2)
    assert rules(play(record.script)) == set()


def test_messages_in_another_order_are_found() -> None:
    """No part can reorder what is posted one after the other: the record is changed instead."""
    record = next(
        record
        for record in map(play, map(draw, range(100)))
        if len(record.told[0].message_ids) > 1 and not record.deeds and not record.script.faults
    )
    told = replace(record.told[0], message_ids=record.told[0].message_ids[::-1])
    changed = replace(record, told=(told, *record.told[1:]))
    assert Rule.OUT_OF_ORDER not in rules(record)
    assert Rule.OUT_OF_ORDER in rules(changed)


@pytest.mark.parametrize(
    ("before", "after", "is_torn"),
    [
        ("a 🇩", "🇪 b", True),
        ("🇩🇪🇫", "🇷", True),
        ("👩\u200d", "👧", True),
        ("👩", "\u200d👧", True),
        ("👩", "\U0001f3fd", True),
        ("🇩🇪", "🇫🇷", False),
        ("🇩🇪🇫🇷", "a", False),
        ("👩\u200d👧", "👩\u200d👧", False),
    ],
)
def test_a_picture_in_two_messages_is_found(before: str, after: str, is_torn: bool) -> None:
    """Pages are cut by the core alone: the record is changed instead."""
    speech = Speech(0.0, (Beat(0.0, "text", f"{before}{after}"),))
    (told,) = play(Script(1, (Room("private", (Line(None, (speech,)),)),))).told
    assert list(judge_words(told)) == []
    found = [violation.rule for violation in judge_words(replace(told, finals=(before, after)))]
    assert found == ([Rule.TORN] if is_torn else [])


def test_two_answers_may_say_the_same_while_the_server_fails() -> None:
    """A page of one letter that was not heard of is not made again by the other answer's."""
    run = Beat(0.0, "text", "x" * 300)
    lines = tuple(Line(topic, (Speech(0.0, (run,)),)) for topic in (0, 1))
    fault = PlannedFault(Status(500), "sendMessage")
    record = play(Script(1, (Room("forum", lines),), faults=(fault,)))
    first, second = [call for call in record.calls if call.is_post][:2]
    assert (first.status, first.text) == (500, second.text)
    assert judge(record) == ()
    assert Rule.REPEATED_BLINDLY in rules(replace(record, told=record.told[:1]))


def test_every_rule_is_seen_to_fail() -> None:
    """The list above leaves no rule out, but for the two that no part can break.

    Those for faults that last and for streams have lists of their own (`test_simulation_lasting`,
    `test_simulation_streams`).
    """
    lasting = {
        Rule.COPIED_TWICE,
        Rule.COPY_AVOIDABLE,
        Rule.OVERWRITTEN,
        Rule.LEFT_DRAFTS,
        Rule.CALLED_TOO_OFTEN,
        Rule.FINAL_LATE,
        Rule.ENDED_LATE,
    }
    streams = {Rule.LEFT_OPEN, Rule.ADDED_LATE}
    others = {Rule.OUT_OF_ORDER, Rule.TORN} | lasting | streams
    assert {rule for rule, _ in BROKEN} | others == set(Rule)
