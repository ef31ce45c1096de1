"""Takes a life to a platform to whose messages text is added: the same one, with its hardships."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from tickertape.emulator.faults import PlannedFault, Refuse
from tickertape.simulation.dice import Dice
from tickertape.simulation.outages import FOR_EVER
from tickertape.simulation.script import Deed, Script

__all__ = ["with_streams"]

_APART: Final = 0x1F83D9ABFB41BD6B  # any number: other chance from the same seed
_METHODS: Final = {
    "sendMessageDraft": ("appendText",),
    "sendRichMessageDraft": ("sealText",),
    "sendRichMessage": ("appendText",),
    "editMessageText": ("editMessageText", "appendText", "sealText", "sealText"),
}
_DRAFTLESS: Final = "Bad Request: TEXTDRAFT_PEER_INVALID"
_STREAMLESS: Final = "Bad Request: STREAM_UNAVAILABLE"


def with_streams(script: Script) -> Script:
    """Return a life as it goes on where text is added to messages.

    What would befall drafts and rich messages befalls additions; and now and then a reader, or the
    platform, ends a message to which text is still being added.
    """
    dice = Dice(script.seed ^ _APART)
    extends = any(room.kind == "private" for room in script.rooms) and dice.chance(0.6)
    deeds = (*script.deeds, *_ends(dice, len(script.rooms)))
    return replace(
        script,
        deeds=tuple(sorted(deeds, key=lambda deed: deed.at)),
        faults=tuple(_fault(planned, dice) for planned in script.faults),
        streams="extend" if extends else "append",
    )


def _ends(dice: Dice, rooms: int) -> list[Deed]:
    count = dice.integer(1, 4) if dice.chance(0.3) else 0
    longest = dice.pick((3.0, 20.0, 120.0))
    return [
        Deed(dice.seconds(0.0, longest), "end_stream", dice.integer(0, rooms - 1))
        for _ in range(count)
    ]


def _fault(planned: PlannedFault, dice: Dice) -> PlannedFault:
    method = dice.pick(_METHODS.get(planned.method or "", (planned.method,)))
    if planned.until == FOR_EVER:
        return replace(planned, method="sendMessage")
    if isinstance(planned.fault, Refuse) and planned.fault.description == _DRAFTLESS:
        return replace(planned, fault=Refuse(_STREAMLESS), method="sendMessage")
    return replace(planned, method=method)
