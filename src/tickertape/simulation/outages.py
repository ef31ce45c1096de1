"""Draws faults that last: spans of time in which all calls of a kind fail in one way."""

from __future__ import annotations

from typing import Final

from tickertape.emulator.faults import (
    Fault,
    Garbled,
    Held,
    Lost,
    NoId,
    PlannedFault,
    Reset,
    Slow,
    Status,
    Unreached,
)
from tickertape.simulation.dice import Dice
from tickertape.simulation.script import Room, chat_id_of

__all__ = ["FOR_EVER", "outages"]

FOR_EVER: Final = 1e6
"""When a fault is over that no run outlives: eleven days after its beginning."""

# Nothing is applied, and that cannot be known; or all is, and it is not heard.
_NOT_APPLIED: Final[tuple[Fault, ...]] = (Reset(), Status(502), Status(504, html=True))
_APPLIED: Final[tuple[Fault, ...]] = (
    Lost(), Lost(), Lost(), Slow(600.0), Garbled(), Garbled(body="half"), Garbled(502),
)  # fmt: skip
_LENGTHS: Final = (3.0, 10.0, 30.0, 30.0, 60.0, 60.0, 180.0, 600.0, 1800.0)
_METHODS: Final = (
    None, None, "sendMessage", "sendMessage", "editMessageText", "sendMessageDraft",
    "sendRichMessage",
)  # fmt: skip
# What may fail for ever: where the channel is heard otherwise, an answer has to end all the same.
_FAILS_FOR_EVER: Final = ("sendMessage", "sendMessage", "sendRichMessage")
# Who goes on listening gives a call up at some time, and what is sent may arrive long after.
# So that this can be known, what is held long comes in order, and what comes in disorder comes
# within three minutes of being made.
_DISORDER_UP_TO: Final = 100.0
_STRETCHES: Final = (0.0, 0.01, 0.3, 0.7)
# Each chat tries a connection that is refused every two seconds: in a crowd for not so long, or the
# calls would be more than the log of a run holds.
_REFUSED_UP_TO: Final = 16_000.0


def outages(dice: Dice, rooms: tuple[Room, ...], *, may_hold: bool) -> tuple[PlannedFault, ...]:
    """Draw one to three faults that last, some of them for ever.

    Args:
        dice: the chance of the run.
        rooms: the chats.
        may_hold: whether calls may arrive long after they were made.
    """
    ids = [chat_id_of(index, room.kind) for index, room in enumerate(rooms)]
    return tuple(_outage(dice, ids, may_hold=may_hold) for _ in range(dice.pick((1, 1, 1, 2, 3))))


def _outage(dice: Dice, ids: list[int], *, may_hold: bool) -> PlannedFault:
    since = dice.seconds(0.0, dice.pick((0.0, 2.0, 10.0, 60.0)))
    chat_id = dice.pick(ids) if dice.chance(0.3) else None
    if dice.chance(0.1):
        fault, method = dice.pick(_APPLIED), dice.pick(_FAILS_FOR_EVER)
        return PlannedFault(fault, method, chat_id, since=since, until=FOR_EVER)
    length = dice.pick(_LENGTHS) * dice.seconds(0.5, 1.5)
    until = since + round(length, 3)
    fault = _fault(dice, until, length, may_hold=may_hold)
    if isinstance(fault, Unreached):
        until = min(until, since + _REFUSED_UP_TO / len(ids))
    return PlannedFault(fault, dice.pick(_METHODS), chat_id, since=since, until=until)


def _fault(dice: Dice, until: float, length: float, *, may_hold: bool) -> Fault:
    match dice.integer(0, 9):
        case 0 | 1 | 2:
            return dice.pick(_APPLIED)
        case 3 | 4:
            # The transport waits for 4, 10 or 15 s: answers come just after, and far beyond.
            return Slow(dice.pick((4.5, 10.5, 12.0, 17.0, 17.0, 40.0, 90.0)))
        case 5:
            return NoId()
        case 6 | 7 if may_hold:
            stretch = dice.pick(_STRETCHES) if length <= _DISORDER_UP_TO else 0.0
            return Held(until, stretch)
        case 6 | 7 | 8:
            return Unreached()
        case _:
            return dice.pick(_NOT_APPLIED)
