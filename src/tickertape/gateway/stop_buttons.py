"""Presses of stop buttons, purely: the answer that a button ends, and the buttons that go.

A button ends its own answer, and nothing else. It may stand under a complete piece of that answer,
or under an unknown message: one whose post was not answered yet, or never. An unknown message is
taken for one of the only answer that runs there, if it is newer than the question and than all
messages that ended answers left there. So the button of an ended answer is never taken for
another's. Where messages are not counted, an unknown message belongs to no answer.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TypeAlias

from tickertape.chat import Address, ButtonPressed, StopPressed
from tickertape.delivery.actions import Acknowledge, ClearButtons
from tickertape.gateway import commands
from tickertape.gateway.decisions import Decision, Ignore, Interrupt, Live, Work

__all__ = ["Numbers", "StopButtons", "acknowledged", "uncounted"]

# Addresses of which the newest message is known: more than are busy within the minutes for which a
# press may be on its way.
_REMEMBERED = 1_000

Numbers: TypeAlias = Callable[[Address, str], int | None]
"""Returns the number of a message at an address, from its id: of two messages of a chat, the later
one has the greater number. None: the channel does not count them."""

_Running: TypeAlias = Sequence[tuple[Live, Work]]


def uncounted(_address: Address, _message_id: str) -> None:
    """Return no number, for channels that do not count messages."""


def acknowledged(
    decision: Decision, press: StopPressed | ButtonPressed, text: str
) -> tuple[Decision, ...]:
    """Return a decision, and the notice of it for the person who pressed, if there is a way."""
    if not press.press_id:
        return (decision,)
    return (decision, Acknowledge(press.address, press.press_id, text))


class StopButtons:
    """Decides about presses. Remembers the newest message that ended answers left at an address."""

    def __init__(self, number_of: Numbers) -> None:
        """Begin without an answer."""
        self._number_of = number_of
        self._left: OrderedDict[Address, int] = OrderedDict()

    def pressed(self, press: StopPressed, running: _Running) -> tuple[Decision, ...]:
        """Return the decisions about a press.

        Args:
            press: the press of a person who is admitted.
            running: the answers that run at its address, or are written there, with their work.
        """
        meant = self._meant_by(press, running)
        if meant is not None:
            return acknowledged(Interrupt(meant), press, commands.STOPPING)
        told = acknowledged(Ignore("the answer is not live"), press, commands.ALREADY_FINISHED)
        return (*told, *self._cleared(press, running))

    def remember(self, left: Live) -> None:
        """Record the messages that an ended answer left; the places that were quiet longest go."""
        place = left.shown_at
        numbers = [self._number_of(place, message_id) or 0 for message_id in left.messages]
        if not any(numbers):
            return
        self._left[place] = max(*numbers, self._left.get(place, 0))
        self._left.move_to_end(place)
        if len(self._left) > _REMEMBERED:
            self._left.popitem(last=False)

    def _meant_by(self, press: StopPressed, running: _Running) -> Address | None:
        """Return the conversation whose running answer a press ends; None if it ends none."""
        for one, _ in running:
            if one.holds(press):
                return one.conversation
        if press.message_id is None or len(running) != 1:
            return None
        [(only, work)] = running
        number = self._number_of(press.address, press.message_id)
        is_newer = number is not None and number > self._newest_before(only, work, press.address)
        return only.conversation if is_newer else None

    def _cleared(self, press: StopPressed, running: _Running) -> tuple[ClearButtons, ...]:
        """Return the removal of a button that was pressed in vain.

        It stays if its message may belong to a running answer: where several run, and the message
        is newer than the question of one of them, or is not counted.
        """
        if press.message_id is None or not press.press_id:
            return ()
        number = self._number_of(press.address, press.message_id)
        for one, work in running:
            if number is None or number > self._newest_before(one, work, press.address):
                return ()
        return (ClearButtons(press.address, press.message_id),)

    def _newest_before(self, live: Live, work: Work, place: Address) -> int:
        """Return the number of the newest message at `place` from before a running answer."""
        asked = work.message.message_id
        home = live.conversation
        is_there = (home.channel, home.chat) == (place.channel, place.chat)
        number = self._number_of(work.message.address, asked) if asked and is_there else None
        return max(number or 0, self._left.get(place, 0))
