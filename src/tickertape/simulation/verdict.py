"""Says which promises a run broke.

    judge(record) -> (Violation, ...)       empty: none

Every rule is stated in `tickertape.simulation.violations`; `docs/simulation.md` says why each holds
and what it overlooks. Pure: a record in, violations out.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from tickertape.delivery.actions import Reason
from tickertape.simulation.record import Press, Record, Told
from tickertape.simulation.verdict_calls import judge_calls
from tickertape.simulation.verdict_copies import leaves_a_copy
from tickertape.simulation.verdict_lasting import judge_lasting
from tickertape.simulation.verdict_screen import judge_screen
from tickertape.simulation.verdict_streams import judge_streams
from tickertape.simulation.verdict_words import judge_words
from tickertape.simulation.violations import Rule, Violation

__all__ = ["judge"]

# What people do that ends an answer for good.
_SHUT_OUT = frozenset(
    {"block", "deactivate", "kick", "demote", "close_topic", "delete_topic", "upgrade"}
)
# The words with which an outbox spares a place that was out of reach a moment ago.
_SPARED = "out of reach a moment ago"
# A final that is refused without a reason is tried three times (delivery.reply.ladders).
_PATIENCE = 3


def judge(record: Record) -> tuple[Violation, ...]:
    """Return every promise that the run broke."""
    crashes = (Violation(Rule.CRASHED, "the run", text) for text in record.crashes)
    answers = chain.from_iterable(_judge_end(record, told) for told in record.told)
    rooms = range(len(record.rooms))
    words = chain.from_iterable(judge_words(told) for told in record.told)
    screens = chain.from_iterable(judge_screen(record, room) for room in rooms)
    calls = chain.from_iterable(judge_calls(record, room) for room in rooms)
    lasting = chain.from_iterable(judge_lasting(record, room) for room in rooms)
    streams = chain.from_iterable(judge_streams(record, room) for room in rooms)
    presses = (
        Violation(Rule.STOP_LOST, f"room {press.room}", "a press that no answer took for its own")
        for press in record.presses
        if not press.taken and not _may_be_missed(record, press)
    )
    return tuple(chain(crashes, answers, words, screens, calls, lasting, streams, presses))


def _judge_end(record: Record, told: Told) -> Iterator[Violation]:
    where = told.where
    if told.crash:
        yield Violation(Rule.CRASHED, where, told.crash)
    if told.done_at is None:
        yield Violation(Rule.NEVER_DONE, where, f"begun at {told.began_at:.1f} s")
    justified = _was_spared if told.gave_up_words == _SPARED else _may_give_up
    if told.gave_up and not justified(record, told):
        yield Violation(Rule.GAVE_UP, where, f"{told.gave_up}: {told.gave_up_words}")


def _may_be_missed(record: Record, press: Press) -> bool:
    """Return whether it is unknowable whose message was pressed.

    It was one whose post was not heard of, or was not by then, or that was left behind, or that was
    taken away at the answer's end.
    """
    ids = record.rooms[press.room].chat_ids
    calls = [call for call in record.calls if call.chat_id in ids and call.at <= press.at]
    under_way = any(call.is_post and call.heard_at >= press.at for call in calls)
    taken_away = any(
        call.method == "deleteMessage" and call.message_id == press.message_id for call in calls
    )
    missed = under_way or taken_away or any(map(leaves_a_copy, calls))
    return press.message_id is not None and missed


def _was_spared(record: Record, told: Told) -> bool:
    """Return whether it was given up without a call: its place was rightly known to be dead."""
    here = [
        item for item in record.told if (item.room, item.thread_id) == (told.room, told.thread_id)
    ]
    found = [
        item.done_at
        for item in here
        if item.gave_up == Reason.CHAT_DEAD
        and item.gave_up_words != _SPARED
        and item.done_at is not None
        and item.done_at <= told.began_at
        and _may_give_up(record, item)
    ]
    written = [item.began_at for item in here if item.asked and item.began_at <= told.began_at]
    return bool(found) and max(found) >= max(written, default=0.0)


def _may_give_up(record: Record, told: Told) -> bool:
    """Return whether the platform refused it in these words, by order or because of a deed."""
    room = record.rooms[told.room]
    refusals = [
        call
        for call in record.calls
        if call.chat_id in room.chat_ids and call.status is not None and 400 <= call.status < 500
        if not call.is_unknown  # whose way out is a text
    ]
    ordered = [call for call in refusals if call.fault == "refuse"]
    if told.gave_up == Reason.MALFORMED and len(ordered) < _PATIENCE:
        return False
    shut_out = any(
        done.happened and done.deed.room == told.room and done.deed.kind in _SHUT_OUT
        for done in record.deeds
    )
    blamed = refusals if shut_out else ordered
    return any(told.gave_up_words in call.description for call in blamed)
