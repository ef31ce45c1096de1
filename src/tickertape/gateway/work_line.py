"""The line of one conversation, purely: the work that runs, and the work that waits behind it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Final

from tickertape.chat import Message
from tickertape.gateway.decisions import Answering, AskAgent, Continue, Forget, Work

__all__ = ["WorkLine", "messages_in", "moved"]

# Seconds between the moments at which two messages were sent that came together: platforms tell
# whole seconds.
_SENT_TOGETHER: Final = 1.0


@dataclass(slots=True)
class WorkLine:
    """A conversation with work."""

    running: Work
    """The work that is being done."""
    waiting: deque[Work] = field(default_factory=deque)
    """The work that comes next, the oldest first."""
    refused: set[str | None] = field(default_factory=set)
    """The persons who were told that there is no room since there was some."""

    @property
    def answers(self) -> bool:
        """Whether an answer of the agent runs."""
        return isinstance(self.running, Answering)

    @property
    def forgets(self) -> bool:
        """Whether an order to forget the conversation waits."""
        return any(isinstance(work, Forget) for work in self.waiting)

    @property
    def length(self) -> int:
        """How many messages wait."""
        return sum(map(messages_in, self.waiting))

    @property
    def last(self) -> Work:
        """The work that came last."""
        return self.waiting[-1] if self.waiting else self.running

    def follows(self, message: Message, together: float) -> bool:
        """Return whether a message came together with the latest question, from the same person.

        Args:
            message: the message.
            together: the seconds within which messages come together.
        """
        if not isinstance(self.last, AskAgent | Continue):
            return False
        earlier = self.last.message
        if earlier.came_at is None or message.came_at is None:
            return False
        is_near = message.came_at - earlier.came_at < together
        return is_near and _sent_together(earlier, message) and earlier.sender == message.sender

    @property
    def is_followed(self) -> bool:
        """Whether the running answer ends without a trace: what comes next goes on with it."""
        return bool(self.waiting) and isinstance(self.waiting[0], Continue)

    def follow(self, message: Message) -> Continue | None:
        """Let a message go on with the running question; return how, or None if it cannot."""
        if self.waiting or not isinstance(self.running, AskAgent | Continue):
            return None
        work = self.running.followed_by(message)
        self.waiting.append(work)
        return work

    def join(self, message: Message) -> AskAgent | Continue | None:
        """Add a message to the question that waits last; return it, or None if none does."""
        if not self.waiting or not isinstance(last := self.waiting[-1], AskAgent | Continue):
            return None
        self.waiting[-1] = joined = last.joined(message)
        return joined

    def advance(self) -> Work | None:
        """Begin the next work, and return it; None if none waits."""
        if not self.waiting:
            return None
        self.running = self.waiting.popleft()
        self.refused.clear()
        return self.running

    def hand_over(self) -> tuple[AskAgent, ...]:
        """Remove and return the questions that come next: the running answer goes into them."""
        given: list[AskAgent] = []
        while self.waiting and isinstance(work := self.waiting[0], AskAgent):
            given.append(work)
            self.waiting.popleft()
        if given:
            self.refused.clear()
        return tuple(given)

    def drop_answers(self) -> list[Work]:
        """Remove and return the work that waits for an answer."""
        dropped: list[Work] = [work for work in self.waiting if isinstance(work, Answering)]
        self.waiting = deque(w for w in self.waiting if not isinstance(w, Answering))
        self.refused.clear()
        return dropped

    def drop_others(self, admits: Callable[[Message], bool]) -> list[Work]:
        """Remove and return what waits of people who are not admitted.

        Of messages that are answered together, only theirs go.

        Args:
            admits: tells whether the person who wrote a message is.
        """
        dropped: list[Work] = []
        waiting, self.waiting = self.waiting, deque()
        for work in waiting:
            if isinstance(work, AskAgent):
                dropped += (AskAgent(one) for one in work.messages if not admits(one))
                if kept := [one for one in work.messages if admits(one)]:
                    self.waiting.append(reduce(AskAgent.joined, kept[1:], AskAgent(kept[0])))
            elif admits(work.message):
                self.waiting.append(work)
            else:
                dropped.append(work)
        return dropped

    def move(self, to: str) -> None:
        """Go on in the chat `to`: it is the same chat, by its present id."""
        self.running = moved(self.running, to)
        self.waiting = deque(moved(work, to) for work in self.waiting)


def messages_in(work: Work) -> int:
    """Return how many messages are answered by work."""
    return len(work.messages) if isinstance(work, AskAgent | Continue) else 1


def moved(work: Work, to: str) -> Work:
    """Return work at the new id of its chat; its message has no id there, and cannot be quoted."""
    there = replace(work, message=_at(work.message, to))
    if isinstance(there, AskAgent):
        return replace(there, before=tuple(_at(message, to) for message in there.before))
    if isinstance(there, Continue):
        return replace(there, messages=tuple(_at(message, to) for message in there.messages))
    return there


def _at(message: Message, chat: str) -> Message:
    return replace(message, address=replace(message.address, chat=chat), message_id=None)


def _sent_together(earlier: Message, later: Message) -> bool:
    """Return whether two messages were sent together, as far as that is known."""
    if earlier.sent_at is None or later.sent_at is None:
        return True
    return abs(later.sent_at - earlier.sent_at) <= _SENT_TOGETHER
