"""Whether messages to which text is added were ended, and added to while there was time."""

from __future__ import annotations

from collections.abc import Iterator

from tickertape.simulation.record import Record
from tickertape.simulation.streams import STREAMS
from tickertape.simulation.violations import Rule, Violation

__all__ = ["judge_streams"]


def judge_streams(record: Record, room: int) -> Iterator[Violation]:
    """Yield what is wrong with the open messages of one room."""
    if record.script.streams is None:
        return
    left = record.rooms[room]
    # What is open where a group was before its upgrade is out of reach; the numbers are new ones,
    # and no message of an answer that was done by then has one of them.
    place = left.chat_ids[-1]
    since = min((call.at for call in record.calls if call.chat_id == place), default=0.0)
    here = (item for item in left.shown if item.chat_id == place)
    until = {item.message_id: item.open_until for item in here if item.open_until is not None}
    for told in record.told:
        if told.room != room or not told.is_whole or told.done_at is None or told.done_at < since:
            continue
        for number in told.message_ids:
            if (over_at := until.get(number or 0, told.done_at)) > told.done_at:
                text = f"message {number} until {over_at:.2f} s"
                yield Violation(Rule.LEFT_OPEN, told.where, text)
    way, _ = STREAMS[record.script.streams]
    opened: dict[int | None, float] = {}
    for call in record.calls:
        if call.chat_id not in left.chat_ids:
            continue
        if call.is_post and call.applied:
            opened[call.message_id] = call.arrived_at
        elif call.method == "appendText":
            late = call.at - opened.get(call.message_id, call.at) - way.lifetime
            if late > 0:
                text = f"message {call.message_id} at {call.at:.2f} s, {late:.2f} s late"
                yield Violation(Rule.ADDED_LATE, f"room {room}", text)
