"""The turns that run, by the chats where their answers are shown, purely."""

from __future__ import annotations

from tickertape.delivery.actions import Refused
from tickertape.gateway.watch.turn import WatchedTurn
from tickertape.watching.facts import ActionPerformed

__all__ = ["Screens"]


class Screens:
    """Passes what is done in a chat to the turns whose answers are shown there.

    A chat's topics have their answers side by side, so a turn is told of others' actions, too; at
    its end it knows its own messages by their ids.
    """

    def __init__(self) -> None:
        """Begin without a turn."""
        self._turns: dict[tuple[str, str], list[WatchedTurn]] = {}

    def open(self, turn: WatchedTurn) -> None:
        """Add a turn, whose answer is shown at its home."""
        self._turns.setdefault((turn.home.channel, turn.home.chat), []).append(turn)

    def close(self, turn: WatchedTurn) -> None:
        """Remove a turn from wherever it is shown."""
        for chat in [chat for chat, turns in self._turns.items() if turn in turns]:
            self._turns[chat].remove(turn)
            if not self._turns[chat]:
                del self._turns[chat]

    def performed(self, fact: ActionPerformed) -> None:
        """Pass on what came of an action; an answer follows its chat to a new id."""
        address = fact.action.address
        turns = self._turns.get((address.channel, address.chat))
        if turns is None:
            return
        for turn in turns:
            turn.performed(fact)
        if isinstance(fact.outcome, Refused) and fact.outcome.moved_to is not None:
            there = self._turns.setdefault((address.channel, fact.outcome.moved_to), [])
            there += [turn for turn in turns if turn not in there]
