"""A post of its own on its way: a voice note, or a question to an admin, in the lane of its chat.

    poll(now) -> the post | None       when the chat's budget has a call that no answer needs
    look(now)                          the budget may have one sooner than it said
    settle(outcome, now)               what came of it
    settle_late(outcome)               what came of it after all, where its answer was late
    withdraw()                         it is not wanted any more

It is posted once. A post that was never heard of is not repeated, unlike an answer's: the words of
a note are on screen anyway, and a second one is worse than none. A refusal ends it. Only waits that
a channel asks for are waited out, for some minutes; later it is not worth reading any more.
"""

from __future__ import annotations

from typing import Final

from tickertape.delivery.actions import (
    Accepted,
    Cause,
    Outcome,
    Post,
    PostVoice,
    Throttled,
    Unknown,
)
from tickertape.delivery.limits.budget import ChatBudget, Family
from tickertape.delivery.lost.known import KnownMessages
from tickertape.delivery.reply.intent import IDLE, OVER, Intent, What

__all__ = ["PATIENCE", "SinglePost"]

PATIENCE: Final = 300.0
"""Seconds after which a post that could not be made is dropped."""


class SinglePost:
    """One post that belongs to no answer."""

    __slots__ = (
        "_action",
        "_budget",
        "_closed_until",
        "_due",
        "_flying",
        "_give_up_at",
        "_known",
        "_since",
        "outcome",
    )

    def __init__(
        self,
        action: Post | PostVoice,
        budget: ChatBudget,
        now: float,
        known: KnownMessages | None = None,
    ) -> None:
        """Make a post that wants to go out.

        Args:
            action: What is posted.
            budget: The chat's budget; the call counts against it.
            now: The present moment.
            known: The messages of the chat, where they are known: this is one of them, and no
                answer's that is looked for.
        """
        self._action = action
        self._budget = budget
        self._known = known
        self._closed_until = self._due = now
        self._give_up_at = now + PATIENCE
        self._flying = False
        self._since = now
        self.outcome: Outcome | None = None
        """What came of it in the end; None: nothing yet."""

    @property
    def done(self) -> bool:
        """Whether nothing more is to be done."""
        return self.outcome is not None

    @property
    def intent(self) -> Intent:
        """What it wants next: its place among what waits in the chat is the last."""
        if self.done:
            return Intent(urgency=OVER, done=True, over=True)
        at = max(self._closed_until, self._due)
        return Intent() if self._flying else Intent(What.LOOK, at)

    def look(self, now: float) -> None:
        """Ask the budget again: calls came free that were another's."""
        self._due = now

    def poll(self, now: float) -> Post | PostVoice | None:
        """Return the post when it may go."""
        if self._flying or self.done or now < max(self._closed_until, self._due):
            return None
        due = self._budget.preview_at(Family.MESSAGES, now, None, need=IDLE)
        if due >= self._give_up_at:
            self.outcome = Throttled(due - now)
        elif due <= now:
            self._budget.spend(Family.MESSAGES)
            self._flying, self._since = True, now
            return self._action
        self._due = due
        return None

    def withdraw(self) -> None:
        """Let it not be posted any more; one that is in flight may still be heard, once."""
        self._give_up_at = float("-inf")
        if not self._flying and not self.done:
            self.outcome = Unknown("withdrawn")

    def settle(self, outcome: Outcome, now: float) -> None:
        """Take in what came of the post."""
        self._flying = False
        self._budget.settle(Family.MESSAGES, outcome, now)
        if not isinstance(outcome, Throttled):
            self.outcome = outcome
            self._make_known(outcome)
            return
        self._closed_until = now + outcome.retry_after
        if self._closed_until >= self._give_up_at:
            self.outcome = outcome

    def settle_late(self, outcome: Outcome) -> None:
        """Take in the answer of a post that was over without it: only its message is of use."""
        if self._known is not None and not isinstance(outcome, Unknown):
            self._known.forget(self._action, self._since)
            self._make_known(outcome)

    def _make_known(self, outcome: Outcome) -> None:
        """Record the message that the post made, or may have made."""
        if self._known is None:
            return
        match outcome:
            case Accepted(message_id=str() as message_id):
                self._known.told(message_id)
                self._known.posted(self._action.address.chat, message_id, self._since)
            case Accepted():
                self._known.miss(self._action, self._since, is_there=True)
            case Unknown(cause=cause):
                self._known.miss(self._action, self._since, is_late=cause is Cause.LATE)
            case _:
                pass
