"""The ordered actions of one chat: one in flight, finals first, then first words, then the stalest.

A chat can have several replies at once, one in each topic. They share the chat's budget, and the
platform orders what arrives together as it likes: so a lane lets one action fly at a time. Single
posts, as voice notes, are carried with them, and come last.

An action whose answer does not come in time holds nothing up: the lane goes on, and is told later
what came of it (`settle_late`). A reply stays until that cannot change its screen any more.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TypeAlias

from tickertape.delivery.actions import Action, Outcome, Unknown
from tickertape.delivery.limits.budget import ChatBudget
from tickertape.delivery.reply.reply import Reply
from tickertape.delivery.single_post import SinglePost

__all__ = ["Lane", "Outgoing"]

Outgoing: TypeAlias = Reply | SinglePost
"""What takes turns in a lane."""

_urgency = attrgetter("intent.urgency")


class Lane:
    """The replies of one chat, taking turns."""

    def __init__(self, budget: ChatBudget) -> None:
        self._budget = budget
        self.outgoing: list[Outgoing] = []
        """What it carries, in the order in which it joined."""
        self._flying: Outgoing | None = None

    @property
    def replies(self) -> tuple[Reply, ...]:
        """The replies that are not done, in the order in which they joined."""
        return tuple(one for one in self.outgoing if isinstance(one, Reply) and not one.intent.done)

    @property
    def flying(self) -> Outgoing | None:
        """Whose action is in flight."""
        return self._flying

    @property
    def deadline(self) -> float | None:
        """When `poll` should be called again; None when only another verb can change anything.

        A reply that is over without a call (its text was on screen) leaves the lane in the next
        `poll`, which is due at once.
        """
        if self._flying is not None:
            return None
        deadline = float("inf")
        for one in self.outgoing:
            intent = one.intent
            if intent.over:
                return float("-inf")
            if intent.at is not None and intent.at < deadline:
                deadline = intent.at
        return None if deadline == float("inf") else deadline

    def join(self, reply: Outgoing) -> None:
        """Let `reply` take turns; one message of the budget is kept for an answer's final."""
        self.outgoing.append(reply)
        if isinstance(reply, Reply):
            self._budget.open()

    def poll(self, now: float) -> Action | None:
        """Return the most urgent action that is due; it is then in flight until `settle`."""
        if self._flying is not None:
            return None
        for reply in sorted(self.outgoing, key=_urgency):
            action = reply.poll(now)
            if action is not None:
                self._flying = reply
                return action
            if reply.intent.over:
                self._release(reply, now)
        return None

    def settle(self, outcome: Outcome, now: float) -> None:
        """Take in what came of the action in flight.

        Raises:
            ValueError: when nothing is in flight.
        """
        if self._flying is None:
            msg = "no action is in flight"
            raise ValueError(msg)
        reply, self._flying = self._flying, None
        reply.settle(outcome, now)
        if reply.intent.over:
            self._release(reply, now)

    def settle_late(
        self,
        whose: Outgoing,
        action: Action,
        outcome: Outcome,
        now: float,
        *,
        since: float | None = None,
    ) -> None:
        """Take in what came of an action after all that was settled as `Cause.LATE`.

        Args:
            whose: Who was in flight with it.
            action: The action.
            outcome: What came of it; `Unknown` where nothing will.
            now: The present moment.
            since: When `poll` returned it, which tells it from equal ones; None: the first of them.
        """
        if isinstance(whose, Reply):
            whose.settle_late(action, outcome, now, since=since)
        else:
            whose.settle_late(outcome)
        if whose.intent.over and whose in self.outgoing and whose is not self._flying:
            self._release(whose, now)

    def look(self, now: float) -> None:
        """Let all that waits ask the budget again: calls came free that were others'."""
        for one in self.outgoing:
            if one is not self._flying and not one.intent.done:
                one.look(now)

    def abandon(self, now: float) -> None:
        """Abandon every reply: nothing is performed any more, and no outcome comes."""
        if self._flying is not None:
            self.settle(Unknown("abandoned"), now)
        for reply in tuple(self.outgoing):
            self._release(reply, now)

    def _release(self, reply: Outgoing, now: float) -> None:
        """Let a reply go; the call that was kept for its final is free for the others."""
        self.outgoing.remove(reply)
        if isinstance(reply, Reply):
            self._budget.close()
            self.look(now)
