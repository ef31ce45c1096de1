"""The rules for faults that last: each finds a part that is broken on purpose."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from broken_parts import Asleep, Draftless, Insistent, Sluggish, Stale, ThreeTimes

from tickertape.delivery.streaming import StreamingConfig
from tickertape.emulator.faults import (
    Fault,
    Garbled,
    Held,
    Lost,
    NoId,
    PlannedFault,
    Refuse,
    Reset,
    Slow,
    Status,
    Unreached,
)
from tickertape.emulator.scene import TOKEN, YOU, furnished_world
from tickertape.simulation.draw import draw
from tickertape.simulation.loop import play
from tickertape.simulation.messages import readable
from tickertape.simulation.network import SimulatedNetwork
from tickertape.simulation.outages import FOR_EVER
from tickertape.simulation.parts import OURS, ProgramParts
from tickertape.simulation.record import Record, ShownMessage, SimulatedCall
from tickertape.simulation.script import Beat, Deed, Line, Room, RoomKind, Script, Speech
from tickertape.simulation.trials import try_seeds
from tickertape.simulation.verdict import judge
from tickertape.simulation.verdict_copies import was_given_up
from tickertape.simulation.verdict_lasting import calls_allowed, can_be_found
from tickertape.simulation.violations import Rule
from tickertape.testing.clock import run_in_virtual_time

pytest_plugins = ["simulation_fixtures"]
pytestmark = pytest.mark.usefixtures("quiet")


RESTART = "\0"
"""In place of a text: the agent starts over."""


def rules(record: Record) -> set[Rule]:
    """Give the rules that a run broke."""
    return {violation.rule for violation in judge(record)}


def script_of(
    kind: RoomKind,
    faults: Sequence[PlannedFault] = (),
    *,
    words: int = 8,
    pause: float = 0.5,
    only_writer: bool = False,
) -> Script:
    """Give a run of one answer."""
    beats = tuple(Beat(pause, "text", f"q1w{number} ") for number in range(words))
    line = Line(None, (Speech(0.0, beats),))
    return Script(1, (Room(kind, (line,)),), faults=tuple(faults), only_writer=only_writer)


def lasting(
    fault: Fault, method: str | None = None, since: float = 0.0, until: float = 60.0
) -> PlannedFault:
    """Strike every call of a method for a while."""
    return PlannedFault(fault, method, since=since, until=until)


REFUSED_CONNECTIONS = [lasting(Unreached(), since=2.0, until=24.0)]
"""What never left counts against no limit: see `Rule.FINAL_LATE`."""

BROKEN = [
    (
        Rule.COPIED_TWICE,
        script_of("private", [lasting(Lost(), "sendMessage")]),
        ProgramParts(ThreeTimes),
    ),
    (
        Rule.OVERWRITTEN,
        script_of("group", [lasting(Lost(), "getChat")], pause=4.0),
        ProgramParts(Stale),
    ),
    (Rule.LEFT_DRAFTS, script_of("private", [lasting(Lost(), "getChat")]), ProgramParts(Draftless)),
    (
        Rule.CALLED_TOO_OFTEN,
        script_of("group", [lasting(Lost(), "editMessageText", until=20.0)], words=20),
        ProgramParts(Insistent),
    ),
    (Rule.FINAL_LATE, script_of("private", REFUSED_CONNECTIONS), ProgramParts(Sluggish)),
    (
        Rule.ENDED_LATE,
        script_of("private", [lasting(Lost(), "getChat", until=FOR_EVER)]),
        ProgramParts(Asleep),
    ),
]


@pytest.mark.parametrize(
    ("rule", "script", "parts"), BROKEN, ids=[str(rule) for rule, _, _ in BROKEN]
)
def test_a_broken_part_is_found(rule: Rule, script: Script, parts: ProgramParts) -> None:
    """In a run of one answer; ours, without the fault, breaks nothing in it."""
    assert rule in rules(play(script, parts))
    assert rules(play(replace(script, faults=()), OURS)) == set()


def test_a_copy_that_could_have_been_found_is_avoidable() -> None:
    """Only where nobody else writes for the bot, and its edits are heard."""
    fault = PlannedFault(Lost(), "sendMessage", since=0.0, until=1.0)
    script = script_of("group", [fault], only_writer=True)
    record = play(replace(script, faults=()))
    copy = replace(record.rooms[0].shown[0], message_id=99)
    room = replace(record.rooms[0], shown=(*record.rooms[0].shown, copy))
    doubled = replace(record, script=script, rooms=(room,))
    assert can_be_found(doubled, 0)
    assert Rule.COPY_AVOIDABLE in rules(doubled)
    for other in (
        replace(script, only_writer=False),
        replace(script, faults=(fault, lasting(Lost(), "editMessageText"))),
        replace(script, faults=(fault, PlannedFault(Lost(), "sendMessage"))),
        replace(script, faults=(lasting(Held(60.0), "sendMessage"),)),
    ):
        assert not can_be_found(replace(doubled, script=other), 0)
        assert Rule.COPY_AVOIDABLE not in rules(replace(doubled, script=other))


def test_a_button_on_what_is_no_copy_is_found() -> None:
    """A message with a button that no answer has in doubt, whosever it is."""
    record = play(script_of("group", [lasting(Lost(), "getChat")]))
    (message,) = record.rooms[0].shown
    pressed: ShownMessage = replace(message, has_button=True, message_id=99)
    room = replace(record.rooms[0], shown=(message, pressed))
    (told,) = record.told
    untold = replace(record, rooms=(room,))
    assert Rule.BUTTON_LEFT not in rules(record)
    in_doubt = replace(untold, told=(replace(told, doubtful=(message.text,)),))
    assert Rule.BUTTON_LEFT not in rules(in_doubt)
    preview = replace(pressed, text=message.text[:-1])
    other = replace(untold, rooms=(replace(room, shown=(message, preview)),))
    assert rules(other) & {Rule.BUTTON_LEFT, Rule.TEXT_DOUBLED, Rule.COPY_UNTOLD}


def answer_of(*texts: str, kind: RoomKind, faults: Sequence[PlannedFault]) -> Script:
    """Give a run of one answer that says these texts, each half a second after the last."""
    beats = tuple(Beat(0.5, "restart" if text == RESTART else "text", text) for text in texts)
    speech = Speech(0.0, beats, config=StreamingConfig(rich="off"))
    return Script(1, (Room(kind, (Line(None, (speech,)),)),), faults=tuple(faults))


def with_first_post(record: Record, change: Callable[[SimulatedCall], SimulatedCall]) -> Record:
    """Give a run whose first post is another one."""
    first = next(call for call in record.calls if call.is_post)
    calls = tuple(change(call) if call is first else call for call in record.calls)
    return replace(record, calls=calls)


def test_a_preview_of_an_address_alone_is_one_of_its_text() -> None:
    """Rendering may hide an address, so that it has no letters: it was posted all the same."""
    faults = [lasting(Status(502), "sendMessage")]
    record = play(answer_of("https://z.zz/z ", "q1w1 ", kind="group", faults=faults))
    assert record.told[0].doubtful == ("https://z.zz/z", "https://z.zz/z q1w1")
    assert rules(record) == set()
    assert Rule.TEXT_LOST in rules(
        with_first_post(record, lambda post: replace(post, text="https://z.zz/zz"))
    )


def test_a_post_that_ends_within_an_address_is_one_of_its_text() -> None:
    """The address has no letters where it is whole, and some where a preview has cut it."""
    faults = [lasting(Status(502), "sendMessage")]
    record = play(answer_of("http://loc", "alhost:8080/zz ", kind="group", faults=faults))
    assert record.told[0].doubtful == ("http://loc", "http://localhost:8080/zz")
    assert rules(record) == set()
    assert Rule.TEXT_LOST in rules(
        with_first_post(record, lambda post: replace(post, text="http://lok"))
    )


def test_the_draft_of_a_message_that_was_given_up_is_not_left() -> None:
    """Nothing takes a draft away but its post; one whose message stands is left all the same."""
    faults = [lasting(Status(502), "sendMessage", since=1.0)]
    record = play(answer_of("q1w1 " * 900, "q1w2 ", "q1w3 ", kind="private", faults=faults))
    (told,) = record.told
    assert told.drafts_left
    assert [number is None for number in told.message_ids] == [False, True]
    assert rules(record) == set()
    assert Rule.DRAFT_LEFT in rules(replace(record, told=(replace(told, message_ids=(1, 2)),)))


def test_what_was_posted_last_may_never_have_left_its_program() -> None:
    """The post before it said what was taken back: with the one that was killed these are two."""
    record = play(script_of("group", [lasting(Reset(), "sendMessage")], words=1))
    (told,), post = record.told, next(call for call in record.calls if call.is_post)
    (final,) = map(readable, told.finals)
    before = replace(post, text="q1w9", status=None)
    killed = replace(told, restarted=True, doubtful=told.finals, killed=1)
    assert was_given_up(final, [killed], [before])
    assert not was_given_up(final, [replace(killed, killed=0)], [before])
    assert not was_given_up(final, [replace(killed, restarted=False)], [before])


def test_pages_that_are_alike_are_not_one_that_is_posted_again() -> None:
    """Nor where they were taken back: then the record does not hold them any more."""
    faults = [lasting(Garbled(200, "page"), "sendMessage", since=1.05)]
    said = ("q1w1 ", "🇯🇵" * 4096, *[""] * 40, RESTART, "q1w1 ")
    record = play(answer_of(*said, kind="group", faults=faults))
    posts = [call for call in record.calls if call.is_post]
    assert len({call.text for call in posts}) < len(posts)
    assert rules(record) == set()
    kept = replace(record.told[0], restarted=False)
    assert Rule.REPEATED_BLINDLY in rules(replace(record, told=(kept,)))


def test_a_preview_without_a_number_is_out_of_reach() -> None:
    """The final after it follows the rule as if there were none; a number would have told."""
    faults = [PlannedFault(NoId(), "sendMessage"), lasting(Lost(), "sendMessage")]
    record = play(answer_of("q1w1 ", "q1w2 ", kind="group", faults=faults))
    assert len(record.rooms[0].shown) == 3
    assert len(record.told[0].doubtful) == 3
    assert rules(record) == set()
    assert Rule.COPIED_TWICE in rules(
        with_first_post(record, lambda post: replace(post, fault=None))
    )


def test_a_message_that_is_said_to_be_out_of_bounds_may_be_somebody_elses() -> None:
    """Nobody can know that it is not, and so the text is posted again without a word."""
    no = Refuse("Bad Request: message can't be edited", 400)
    asked = "editMessageReplyMarkup"
    faults = [PlannedFault(Lost(), "sendMessage"), PlannedFault(no, asked)]
    script = replace(script_of("group", faults, words=1), only_writer=True)
    record = play(script)
    assert len(record.rooms[0].shown) == 2
    assert record.told[0].doubtful == ()
    assert rules(record) == set()
    honest = tuple(replace(call, fault=None) for call in record.calls if call.method == asked)
    others = tuple(call for call in record.calls if call.method != asked)
    calls = tuple(sorted((*honest, *others), key=lambda call: call.at))
    assert Rule.COPY_UNTOLD in rules(replace(record, calls=calls))


def test_a_place_that_is_dead_is_told_when_that_is_heard_after_the_end() -> None:
    """The refusal comes late: nobody posts there again, and the text is not thought to stand."""
    faults = [
        PlannedFault(Reset(), "sendMessage"),
        lasting(Held(134.0), "sendMessage", 10.0, 134.0),
    ]
    script = script_of("channel", faults, words=1)
    record = play(replace(script, deeds=(Deed(20.0, "kick", 0),)))
    (told,) = record.told
    assert record.rooms[0].shown == ()
    assert told.done_at is not None
    assert record.calls[-1].heard_at > told.done_at > record.calls[-1].at
    assert told.gave_up == "chat_dead"
    assert rules(record) == set()
    assert Rule.TEXT_LOST in rules(replace(record, told=(replace(told, gave_up=""),)))


@pytest.mark.parametrize("kind", ["private", "group", "channel"])
def test_a_form_that_is_refused_after_the_end_gives_way_to_a_plainer_one(kind: RoomKind) -> None:
    """The first answer comes late, the second never: when the platform is heard, the text is."""
    beats = (Beat(0.0, "text", "| q1w0 | q1w1 |\n|---|---|\n| q1w2 | q1w3 |\n"),)
    line = Line(None, (Speech(0.0, beats, config=StreamingConfig(rich="auto", transport="off")),))
    faults = [
        PlannedFault(Slow(90.0), "sendRichMessage"),
        PlannedFault(Garbled(), "sendRichMessage"),
    ]
    script = Script(1, (Room(kind, (line,)),), faults=tuple(faults), has_rich=False)
    record = play(script)
    (told,) = record.told
    (message,) = record.rooms[0].shown
    assert told.done_at is not None
    posts = [call for call in record.calls if call.is_post]
    assert [call.method for call in posts] == ["sendRichMessage", "sendRichMessage", "sendMessage"]
    assert posts[-1].at > told.done_at
    assert told.finals == (message.text,)
    assert rules(record) == set()


def test_an_answer_that_came_late_explains_no_copy_made_after_it() -> None:
    """A post that is heard of after its deadline is known from then on."""
    record = play(script_of("private", [lasting(Lost(), "getChat")]))
    (post,) = [call for call in record.calls if call.is_post]
    (message,) = record.rooms[0].shown
    late = replace(post, heard_at=post.at + 17.0)
    again = replace(post, at=post.at + 16.0, message_id=99)
    copy = replace(message, message_id=99)
    room = replace(record.rooms[0], shown=(message, copy))
    (told,) = record.told
    doubtful = (replace(told, doubtful=(message.text,), done_at=post.at + 20.0),)
    doubled = replace(record, rooms=(room,), told=doubtful)
    assert late.is_late
    assert late.waited_until == post.at + 15.0
    assert Rule.TEXT_DOUBLED not in rules(replace(doubled, calls=(late, again)))
    after = replace(again, at=post.at + 18.0)
    assert Rule.TEXT_DOUBLED in rules(replace(doubled, calls=(late, after)))


@pytest.mark.parametrize(
    ("seconds", "fault", "method", "most"),
    [
        (60.0, Lost(), "sendMessage", 10.0),
        (600.0, Lost(), "editMessageText", 28.0),
        (60.0, Unreached(), "sendMessage", 68.0),
        (60.0, Slow(90.0), "sendChatAction", 25.0),
    ],
)
def test_the_calls_of_a_fault_are_bounded_by_how_long_it_lasts(
    seconds: float, fault: Fault, method: str, most: float
) -> None:
    """Pauses double from 0.5 s to 30 s; what never leaves may be tried each second."""
    assert calls_allowed(seconds, 1, fault, method) == most


def test_faults_that_last_are_drawn_apart() -> None:
    """A seed keeps the rest of its run, and without a share of them there are none."""
    for seed in range(40):
        usual, long = draw(seed, 0.0), draw(seed, 1.0)
        assert usual.outages == ()
        assert 1 <= len(long.outages) <= 3
        assert replace(long, faults=usual.faults) == usual
        held = [one for one in long.outages if isinstance(one.fault, Held)]
        assert not (held and long.restarts)
    drawn = {type(one.fault) for seed in range(300) for one in draw(seed, 1.0).outages}
    assert len(drawn) == 8


def test_runs_with_faults_that_last_can_be_asked_for() -> None:
    """They are counted like all others."""
    trials = try_seeds([3], lasting=1.0)
    assert trials.tally.runs == 1


def test_a_call_that_is_held_arrives_after_it_was_given_up() -> None:
    """The record says when the server had it, and what it made of it."""
    faults = [lasting(Held(30.0), "sendMessage", until=30.0)]
    record = play(script_of("private", faults))
    (held, *_) = [call for call in record.calls if call.fault == "held"]
    assert held.arrived_at >= 30.0
    assert held.was_held
    assert held.applied


def test_what_is_let_go_at_one_moment_arrives_in_order() -> None:
    """A network that holds packets does not mix them: an older edit replaces no newer one."""

    async def scene() -> list[str]:
        world = furnished_world()
        world.faults.add(PlannedFault(Held(60.0), times=5))
        network = SimulatedNetwork(world)
        for number in range(5):
            call = network.send(TOKEN, "sendMessage", {"chat_id": YOU, "text": f"{number}"}, None)
            asyncio.get_running_loop().call_later(number, asyncio.ensure_future, call)
        await asyncio.sleep(70.0)
        return [message.content.text.text for message in world.screen(YOU).messages]

    assert run_in_virtual_time(scene()) == [f"{number}" for number in range(5)]
