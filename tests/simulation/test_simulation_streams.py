"""Lives on a platform to whose messages text is added: the same promises, and the same judge."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import pairwise

import pytest
from broken_parts import Through

from tickertape.chat import Address, ChatKind
from tickertape.delivery.actions import Accepted, Action, Append, Edit, Outcome, Seal
from tickertape.emulator.faults import Held, Lost, NoId, PlannedFault, Refuse, Reset, Slow
from tickertape.ports import Transport
from tickertape.simulation.draw import draw
from tickertape.simulation.loop import play
from tickertape.simulation.network import SimulatedNetwork
from tickertape.simulation.parts import ProgramParts
from tickertape.simulation.record import Record
from tickertape.simulation.script import (
    Beat,
    Deed,
    Line,
    Restart,
    Room,
    Script,
    Speech,
    StreamKind,
)
from tickertape.simulation.simulated_client import SimulatedClient
from tickertape.simulation.stage import SimulationStage
from tickertape.simulation.stream_transport import StreamTransport
from tickertape.simulation.transcript import read, written
from tickertape.simulation.trials import try_seeds
from tickertape.simulation.verdict import judge
from tickertape.simulation.violations import Rule
from tickertape.testing.conformance import Stage, check_transport

pytest_plugins = ["simulation_fixtures"]
pytestmark = pytest.mark.usefixtures("quiet")

KINDS: list[StreamKind] = ["append", "extend"]
# More of them are `tickertape simulate --streams`.
RUNS, LASTING_RUNS = 40, 30


def script_of(
    kind: StreamKind, *faults: PlannedFault, words: int = 30, pause: float = 0.5
) -> Script:
    """Give a run of one answer in a private chat."""
    beats = tuple(Beat(pause, "text", f"q1w{number} ") for number in range(words))
    room = Room("private", (Line(None, (Speech(0.0, beats),)),))
    return Script(1, (room,), faults=faults, streams=kind)


def rules(record: Record) -> set[Rule]:
    """Give the rules that a run broke."""
    return {violation.rule for violation in judge(record)}


def methods(record: Record) -> list[str]:
    """Give the methods of the calls that leave a trace, in order."""
    return [call.method for call in record.calls if not call.is_traceless]


def test_random_runs_break_no_promise() -> None:
    """Slack's and Teams', with faults at every step, limits, stops, people, and kills."""
    usual = try_seeds(range(1, 1 + RUNS), streams=True)
    lasting = try_seeds(range(1000, 1000 + LASTING_RUNS), lasting=1.0, streams=True)
    failures = (*usual.failures, *lasting.failures)
    assert {failure.seed: list(map(str, failure.violations)) for failure in failures} == {}
    tally = usual.tally + lasting.tally
    assert {"appendText", "sealText", "editMessageText", "sendMessage"} <= set(tally.calls)
    assert not {"sendMessageDraft", "sendRichMessage"} & set(tally.calls)
    once = {"lost", "slow", "status", "reset", "throttle", "refuse"}
    assert once | {"garbled", "held", "noid", "unreached"} == set(tally.faults)
    assert tally.deeds["end_stream"] > 0


def test_a_life_goes_on_as_on_telegram() -> None:
    """A seed keeps its chats, answers, restarts and limits, and it says the same each time."""
    drawn = [(draw(seed), draw(seed, streams=True)) for seed in range(300)]
    assert {there.streams for _, there in drawn} == set(KINDS)
    for here, there in drawn:
        assert here.streams is None
        kept = replace(there, faults=here.faults, deeds=here.deeds, streams=None)
        assert kept == here
        assert len(here.faults) == len(there.faults)
    kinds = {deed.kind for _, there in drawn for deed in there.deeds}
    assert "end_stream" in kinds
    named = {fault.method for _, there in drawn for fault in there.faults}
    assert {"appendText", "sealText"} < named
    assert play(drawn[3][1]) == play(draw(3, streams=True))


@pytest.mark.anyio
@pytest.mark.parametrize("kind", KINDS)
async def test_the_channel_keeps_the_promises_of_every_channel(kind: StreamKind) -> None:
    """Those of open messages among them: the suite is that of all channels."""

    @asynccontextmanager
    async def open_stage() -> AsyncIterator[Stage]:
        stage = SimulationStage(script_of(kind))
        network = SimulatedNetwork(stage.world, round_trip=0.0)
        nowhere = Address("telegram", "3999", ChatKind.PRIVATE)
        channel = StreamTransport(kind, SimulatedClient(network))
        yield Stage(channel, stage.address(0, None), nowhere)

    await check_transport(open_stage)


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_is_opened_added_to_and_sealed(kind: StreamKind) -> None:
    """Nothing is edited; and where Teams has no streams, in groups, all of it is."""
    script = script_of(kind)
    record = play(script)
    assert judge(record) == ()
    done = methods(record)
    assert (done[0], set(done[1:-1]), done[-1]) == ("sendMessage", {"appendText"}, "sealText")
    group = play(replace(script, rooms=(replace(script.rooms[0], kind="group"),)))
    assert judge(group) == ()
    assert ("appendText" in methods(group)) is (kind == "append")


@pytest.mark.parametrize(("kind", "messages"), [("append", 3), ("extend", 6)])
def test_ten_minutes_are_several_messages(kind: StreamKind, messages: int) -> None:
    """Each is ended before its time is over."""
    record = play(script_of(kind, words=300, pause=2.0))
    assert judge(record) == ()
    assert len(record.rooms[0].shown) == messages
    assert set(methods(record)) == {"sendMessage", "appendText", "sealText"}


def test_a_transcript_keeps_where_it_was() -> None:
    """It is played again in the same place."""
    record = play(script_of("extend"))
    assert read(written(record, ())).script == record.script
    assert read(written(play(draw(3)), ())).script.streams is None


# Whoever stops anywhere, and whoever goes on, the reader sees the same at the end.


def moments(record: Record) -> Iterator[float]:
    """Yield a moment in every step: before a call arrives, before it is heard of, and after it."""
    times = [(call.at, call.arrived_at, call.heard_at) for call in record.calls]
    for (at, arrived, heard), (following, _, _) in pairwise([*times, (times[-1][2] + 1.0, 0, 0)]):
        yield from ((at + arrived) / 2, (arrived + heard) / 2, (heard + following) / 2)


STORMS = {
    "none": (),
    "lost": (PlannedFault(Lost(), skip=3, times=2),),
    "reset": (PlannedFault(Reset(), "appendText", skip=1), PlannedFault(Lost(), "sealText")),
    "slow": (PlannedFault(Slow(12.0), "appendText", since=2.0, until=6.0),),
    "held": (PlannedFault(Held(20.0), "appendText", since=3.0, until=20.0),),
    "refused": (PlannedFault(Refuse("Bad Request: nobody knows why"), "appendText", times=3),),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("storm", STORMS)
def test_an_answer_is_stopped_at_every_step_stored_and_resumed(
    kind: StreamKind, storm: str
) -> None:
    """Killed in every step of its life, with and without faults, it ends with the same text."""
    script = script_of(kind, *STORMS[storm], words=40)
    whole = play(script)
    assert judge(whole) == ()
    steps = list(moments(whole))
    assert len(steps) > 12
    for at in steps:
        record = play(replace(script, restarts=(Restart(at, 0.0, 0.5, is_kill=True),)))
        assert judge(record) == (), at
        told, texts = record.told[0], [item.text for item in record.rooms[0].shown]
        assert told.is_whole, at
        assert told.finals == whole.told[0].finals, at
        # A post that was under way may be there, too, and then the answer says so.
        assert set(texts) - set(told.finals) <= set(told.doubtful), at
        assert told.killed == (at < (told.done_at or 0.0)), at


# What each of the platform's rules is there for.


def test_an_addition_that_was_not_heard_of_is_not_made_again() -> None:
    """The message is ended as it stands, and edited from there; whole frames are just shown."""
    lost = PlannedFault(Lost(), "appendText", skip=1)
    added, whole = play(script_of("append", lost)), play(script_of("extend", lost))
    assert judge(added) == judge(whole) == ()
    assert methods(added)[:5] == [
        "sendMessage", "appendText", "appendText", "sealText", "editMessageText",
    ]  # fmt: skip
    assert "editMessageText" not in methods(whole)


@pytest.mark.parametrize("kind", KINDS)
def test_a_message_that_somebody_ends_is_edited_from_there(kind: StreamKind) -> None:
    """A reader, or the platform."""
    script = replace(script_of(kind), deeds=(Deed(5.1, "end_stream", 0),))
    record = play(script)
    assert judge(record) == ()
    assert [call.description for call in record.calls if call.status == 400] == [
        "Bad Request: STREAM_OVER"
    ]
    assert methods(record)[-1] == "editMessageText"


@pytest.mark.parametrize("method", ["appendText", "sealText"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_message_to_which_nothing_can_be_added_is_sealed_before_it_is_edited(
    kind: StreamKind, method: str
) -> None:
    """What is open is not edited: three refusals do not change that."""
    no = PlannedFault(Refuse("Bad Request: nobody knows why"), method, times=3)
    record = play(script_of(kind, no))
    assert judge(record) == ()
    assert len(record.rooms[0].shown) == 1
    assert record.told[0].doubtful == ()
    refused = [number for number, call in enumerate(record.calls) if call.fault == "refuse"]
    after = [call.method for call in record.calls[refused[-1] + 1 :] if not call.is_traceless]
    assert after[:2] == ["sealText", "editMessageText"]


def test_a_message_that_cannot_be_sealed_is_edited_all_the_same() -> None:
    """And where it cannot be edited either, its text is posted anew, and that is told."""
    no = PlannedFault(Refuse("Bad Request: nobody knows why"), "sealText", times=99)
    record = play(script_of("append", no))
    assert record.told[0].is_whole
    assert record.told[0].doubtful
    assert [item.text for item in record.rooms[0].shown][-1:] == list(record.told[0].finals)
    assert judge(record) == ()
    never_tried = tuple(call for call in record.calls if call.method != "sealText")
    assert Rule.UNFIT in rules(replace(record, calls=never_tried))


def test_a_copy_that_is_found_late_is_ended_before_it_is_taken_away() -> None:
    """Its post was held for longer than anybody waited, and the answer was done by then."""
    held = PlannedFault(Held(60.0, 0.7), "sendMessage", since=0.3, until=60.0)
    record = play(script_of("append", held, words=9))
    assert judge(record) == ()
    assert methods(record)[-2:] == ["sealText", "deleteMessage"]
    assert len(record.rooms[0].shown) == 1


def test_what_is_open_in_a_group_that_was_upgraded_is_out_of_reach() -> None:
    """Its number is that of another message where the group is by then."""
    script = script_of("append")
    room = replace(script.rooms[0], kind="group")
    record = play(replace(script, rooms=(room,), deeds=(Deed(6.3, "upgrade", 0),)))
    assert judge(record) == ()
    left, anew = record.rooms[0].shown
    assert record.told[0].message_ids == (anew.message_id,)
    assert (left.open_until or 0.0) > (record.told[0].done_at or 0.0)


def test_a_message_without_an_id_stays_open() -> None:
    """Nobody can end it: the answer says that its text may stand twice."""
    record = play(script_of("append", PlannedFault(NoId(), "sendMessage")))
    assert judge(record) == ()
    assert record.told[0].doubtful


class Twice(Through):
    """Adds everything twice."""

    async def perform(self, action: Action) -> Outcome:
        if isinstance(action, Append):
            await self.inner.perform(action)
        return await self.inner.perform(action)


class NeverSealed(Through):
    """Says that messages are sealed which are only added to."""

    async def perform(self, action: Action) -> Outcome:
        if not isinstance(action, Seal):
            return await self.inner.perform(action)
        await self.inner.perform(
            Append(action.address, action.message_id, action.text, action.start)
        )
        return Accepted(action.text, action.message_id)


class Timeless(Through):
    """Adds to the first message for as long as anything is said."""

    first = ""

    async def perform(self, action: Action) -> Outcome:
        if isinstance(action, Append):
            self.first = self.first or action.message_id
            await self.inner.perform(replace(action, message_id=self.first))
        return await self.inner.perform(action)


class Impatient(Through):
    """Edits what is open."""

    async def perform(self, action: Action) -> Outcome:
        if isinstance(action, Append):
            await self.inner.perform(Edit(action.address, action.message_id, action.text))
        return await self.inner.perform(action)


BROKEN: list[tuple[Rule, Callable[[Transport], Transport], Script]] = [
    (Rule.OVERWRITTEN, Twice, script_of("append")),
    (Rule.FOREIGN_TEXT, Twice, script_of("append")),
    (Rule.LEFT_OPEN, NeverSealed, script_of("append")),
    (Rule.ADDED_LATE, Timeless, script_of("append", words=300, pause=2.0)),
    (Rule.UNFIT, Impatient, script_of("append")),
]


@pytest.mark.parametrize(("rule", "broken", "script"), BROKEN, ids=[str(one[0]) for one in BROKEN])
def test_a_broken_part_is_found(
    rule: Rule, broken: Callable[[Transport], Transport], script: Script
) -> None:
    """In a run of one answer, in which ours breaks nothing."""
    assert rule in rules(play(script, ProgramParts(broken)))
    assert rules(play(script)) == set()
