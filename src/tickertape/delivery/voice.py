"""A voice note on its way: one post beside the answers, in the lane of its chat.

    poll(now) -> PostVoice | None      when the chat's budget has a call that no answer needs
    settle(outcome, now)               what came of it
    withdraw()                         nobody wants it any more

It is posted once. A post that was never heard of is not repeated, unlike an answer's: the words are
on screen anyway, and a second note is worse than none. A refusal ends it. Only waits that a channel
asks for are waited out, for some minutes; later nobody listens to it any more.
"""

from __future__ import annotations

from typing import Final

from tickertape.delivery.actions import Accepted, Outcome, PostVoice, Throttled, Unknown
from tickertape.delivery.budget import ChatBudget, Family
from tickertape.delivery.fair_queue import Priority
from tickertape.delivery.known import KnownMessages

__all__ = ["PATIENCE", "VoiceNote"]

PATIENCE: Final = 300.0
"""Seconds after which a note that could not be posted is dropped."""

# As a preview whose text has not waited at all.
_LAST: Priority = (2, float("inf"))


class VoiceNote:
    """One voice note; a passenger of its chat's lane."""

    __slots__ = (
        "_action",
        "_budget",
        "_closed_until",
        "_flying",
        "_give_up_at",
        "_known",
        "outcome",
    )

    def __init__(
        self,
        action: PostVoice,
        budget: ChatBudget,
        now: float,
        known: KnownMessages | None = None,
    ) -> None:
        """Make a note that wants to be posted.

        Args:
            action: What is posted.
            budget: The chat's budget; the call counts against it.
            now: The present moment.
            known: The messages of the chat, where they are known: the note is one of them, and no
                text's that is looked for.
        """
        self._action = action
        self._budget = budget
        self._known = known
        self._closed_until = now
        self._give_up_at = now + PATIENCE
        self._flying = False
        self.outcome: Outcome | None = None
        """What came of it in the end; None: nothing yet."""

    @property
    def done(self) -> bool:
        """Whether nothing more is to be done."""
        return self.outcome is not None

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self.done

    @property
    def deadline(self) -> float | None:
        """When `poll` should be called again; None while it is in flight, or done."""
        return None if self._flying or self.done else self._closed_until

    def urgency(self) -> Priority:
        """Return its place among what waits in the chat: the last."""
        return _LAST

    def poll(self, now: float) -> PostVoice | None:
        """Return the post when it may go."""
        if self._flying or self.done or now < self._closed_until:
            return None
        due = self._budget.preview_at(Family.MESSAGES, now, None, need=_LAST)
        if due >= self._give_up_at:
            self.outcome = Throttled(due - now)
        elif due <= now:
            self._budget.spend(Family.MESSAGES)
            self._flying = True
            return self._action
        self._closed_until = due
        return None

    def withdraw(self) -> None:
        """Let it not be posted any more; one that is in flight may still be heard, once."""
        self._give_up_at = float("-inf")
        if not self._flying and not self.done:
            self.outcome = Unknown("withdrawn")

    def settle(self, outcome: Outcome, now: float) -> None:
        """Take in what came of the post."""
        self._flying = False
        if isinstance(outcome, Throttled) and not outcome.by_flood_control:
            self._budget.refund(Family.MESSAGES)
        else:
            self._budget.land(Family.MESSAGES, now)
        if not isinstance(outcome, Throttled):
            self.outcome = outcome
            self._make_known(outcome, now)
            return
        if outcome.by_flood_control:
            self._budget.refuse(Family.MESSAGES, outcome.retry_after, now)
        self._closed_until = now + outcome.retry_after
        if self._closed_until >= self._give_up_at:
            self.outcome = outcome

    def _make_known(self, outcome: Outcome, now: float) -> None:
        """Record the message that the post made, or may have made."""
        if self._known is None:
            return
        match outcome:
            case Accepted(message_id=str() as message_id):
                self._known.posted(self._action.address.chat, message_id)
            case Accepted() | Unknown():
                self._known.miss(self._action, now, is_open=False, is_sought=False)
            case _:
                pass
