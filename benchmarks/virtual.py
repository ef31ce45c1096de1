"""Many answers in virtual time: our replies, lanes and budget against the emulator's flood control.

Nothing waits and nothing is sent: a queue of moments takes the place of the loop, and the platform
is what counts its calls. A call is counted, and visible, half a round trip after it was launched,
and answered after the other half. Everything that follows from the *policy* can be measured here,
thousands of times faster than live; what follows from HTTP and the clock cannot (see `live`).
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from tickertape.channels.telegram.addresses import chat_of
from tickertape.channels.telegram.surface import surface_of
from tickertape.chat import Address, ChatKind
from tickertape.delivery.actions import (
    Accepted,
    Action,
    Edit,
    Outcome,
    Post,
    Probe,
    ShowDraft,
    Throttled,
)
from tickertape.delivery.lane import Lane
from tickertape.delivery.limits.budget import Budget
from tickertape.delivery.reply.reply import Reply
from tickertape.delivery.streaming import StreamingConfig
from tickertape.emulator.limits import FloodControl
from tickertape.emulator.settings import Settings
from tickertape.events import Finished, TextDelta
from tickertape.testing.measures import (
    Measures,
    ReadThrough,
    SeenFrame,
    Token,
    measure,
    read_through,
    same,
    seen,
)

__all__ = ["ROUND_TRIP", "Answer", "Carried", "carry", "group", "private"]

ROUND_TRIP = 0.08
"""Seconds from the launch of a call until its answer is heard."""
_BOT = 1


@dataclass(frozen=True, slots=True)
class Answer:
    """What one agent says, and where."""

    to: Address
    """The chat."""
    tokens: Sequence[Token]
    """What it says, in seconds since it was asked."""
    asked_at: float = 0.0
    """When it was asked, in seconds on the world's clock."""
    config: StreamingConfig = field(default_factory=StreamingConfig)
    """How it streams."""


@dataclass(slots=True)
class Carried:
    """What came of one answer."""

    answer: Answer
    """What was to be said."""
    reply: Reply
    """Ours, at its end."""
    frames: list[SeenFrame] = field(default_factory=list)
    """What the reader saw, in seconds since the question."""
    refused_at: list[float] = field(default_factory=list)
    """When calls were refused, in seconds since the question."""

    calls: int = 0
    """How many calls it took, the refused ones included."""
    allowed_at: list[float] = field(default_factory=list)
    """When these calls might have been made again, as the platform said."""
    is_alone: bool = True
    """Whether nothing but the answer stood there at last."""

    @property
    def whole(self) -> str:
        """All that was to be said."""
        return "".join(text for _, text in self.answer.tokens).strip()

    @property
    def measures(self) -> Measures:
        """How live it was. Answers of several messages are measured by their last screen."""
        return measure(self.answer.tokens, self.frames)

    def read_through(self, speed: float) -> ReadThrough:
        """Return how it was for a reader of some speed, in characters a second."""
        return read_through(self.answer.tokens, self.frames, speed)

    @property
    def is_exact(self) -> bool:
        """Whether the whole answer stands there, and the reply knows it."""
        last = self.frames[-1]
        is_whole = self.is_alone and last.durable and last.text == self.whole
        return self.reply.shown.is_whole and is_whole


class _World:
    """Chats on a platform that counts, and the moments at which something happens there."""

    def __init__(
        self, settings: Settings, budget: Budget, round_trip: float, penalty: float
    ) -> None:
        self._floods = FloodControl(settings)
        self._penalty = penalty
        self._shut: dict[tuple[str, bool], float] = {}
        self._budget = budget
        self._half = round_trip / 2.0
        self._moments: list[tuple[float, int, Callable[[float], object]]] = []
        self._order = itertools.count()
        self._lanes: dict[str, Lane] = {}
        self._timers: dict[str, float] = {}
        self._messages: dict[Reply, dict[str, str]] = {}
        self._ids = itertools.count(1)
        self._carried: dict[Reply, Carried] = {}

    def at(self, moment: float, event: Callable[[float], object]) -> None:
        """Let something happen."""
        heapq.heappush(self._moments, (moment, next(self._order), event))

    def add(self, answer: Answer, draft_ids: Iterator[str]) -> Carried:
        """Let an agent speak."""
        surface = surface_of(answer.to)
        budget = self._budget.chat(answer.to.chat, surface.cadence)
        reply = Reply(answer.to, surface, budget, answer.config, draft_ids=draft_ids)
        carried = self._carried[reply] = Carried(answer, reply)
        self._messages[reply] = {}
        lane = self._lanes.setdefault(answer.to.chat, Lane(budget))
        self.at(answer.asked_at, lambda _: lane.join(reply))
        for at, text in answer.tokens:
            delta = TextDelta(text)
            self.at(answer.asked_at + at, partial(self._say, reply, delta))
        end = answer.asked_at + answer.tokens[-1][0]
        self.at(end, partial(self._say, reply, Finished()))
        return carried

    def run(self) -> None:
        """Let everything happen."""
        while self._moments:
            now, _, event = heapq.heappop(self._moments)
            event(now)

    def knock(self, to: Address, now: float, *, is_draft: bool = False) -> float | None:
        """Count a call of ours, or of somebody else; give the wait where it is refused."""
        place = (to.chat, is_draft)
        if now < self._shut.get(place, now):
            self._shut[place] = now + self._penalty
            return self._penalty
        number = chat_of(to)  # the flood control is the emulator's, which counts by numbers
        if is_draft:
            wait = self._floods.draft(_BOT, number, now)
        else:
            is_private = to.kind is ChatKind.PRIVATE
            wait = self._floods.message(_BOT, number, private=is_private, now=now)
        if wait is None:
            return None
        if self._penalty:
            self._shut[place] = now + self._penalty
        return max(float(wait), self._penalty)

    def _say(self, reply: Reply, event: TextDelta | Finished, now: float) -> None:
        reply.feed(event, now)
        self._look(self._carried[reply].answer.to.chat, now)

    def _look(self, chat: str, now: float) -> None:
        """Do what the writer of a chat does when it is nudged."""
        lane = self._lanes[chat]
        deadline = lane.deadline
        if deadline is None:
            return
        if deadline > now:
            self._wake(chat, deadline)
            return
        flying = {reply: reply.intent.at for reply in lane.replies}
        action = lane.poll(now)
        if action is None:
            self._look_later(chat, now)
            return
        reply = next(one for one in flying if one._flight is not None)
        self.at(now + self._half, partial(self._arrive, reply, action))

    def _look_later(self, chat: str, now: float) -> None:
        deadline = self._lanes[chat].deadline
        if deadline is not None:
            self._wake(chat, max(deadline, now))

    def _wake(self, chat: str, moment: float) -> None:
        if self._timers.get(chat) != moment:
            self._timers[chat] = moment
            self.at(moment, partial(self._alarm, chat, moment))

    def _alarm(self, chat: str, moment: float, now: float) -> None:
        if self._timers.get(chat) == moment:
            del self._timers[chat]
            self._look(chat, now)

    def _arrive(self, reply: Reply, action: Action, now: float) -> None:
        is_draft = isinstance(action, ShowDraft | Probe)
        wait = self.knock(action.address, now, is_draft=is_draft)
        carried = self._carried[reply]
        carried.calls += 1
        outcome: Outcome
        if wait is not None:
            carried.refused_at.append(now - carried.answer.asked_at)
            carried.allowed_at.append(now + wait - carried.answer.asked_at)
            outcome = Throttled(wait)
        else:
            outcome = self._show(carried, action, now)
        self.at(now + self._half, partial(self._hear, reply, outcome))

    def _show(self, carried: Carried, action: Action, now: float) -> Accepted:
        if isinstance(action, Probe):
            return Accepted("")
        messages = self._messages[carried.reply]
        message_id: str | None = None
        text = ""
        match action:
            case Post(text=text):
                message_id = str(next(self._ids))
                messages[message_id] = text
            case Edit(message_id=edited, text=text):
                messages[edited] = text
                message_id = edited
            case ShowDraft(text=text):
                pass
        durable = not isinstance(action, ShowDraft)
        screen = "".join(messages.values()) + ("" if durable else text)
        if visible := seen(screen, carried.whole):
            at = now - carried.answer.asked_at
            carried.is_alone = same(screen, visible)
            carried.frames.append(SeenFrame(at, visible, durable))
        return Accepted(text, message_id)

    def _hear(self, reply: Reply, outcome: Outcome, now: float) -> None:
        chat = self._carried[reply].answer.to.chat
        self._lanes[chat].settle(outcome, now)
        self._look(chat, now)


def carry(
    answers: Sequence[Answer],
    *,
    settings: Settings | None = None,
    budget: Budget | None = None,
    round_trip: float = ROUND_TRIP,
    others: Sequence[tuple[float, Address]] = (),
    penalty: float = 0.0,
) -> list[Carried]:
    """Carry answers to the screen, and say what the readers saw.

    Args:
        answers: What is said, and where; several may be said in one chat.
        settings: How the platform counts; as documented where None.
        budget: Ours, with what it has learned; a new one where None.
        round_trip: Seconds that a call takes.
        others: Messages that are not ours and count all the same: (moment, chat).
        penalty: Seconds for which a chat is shut at the least when a call was too many.
    """
    world = _World(settings or Settings(), budget or Budget(), round_trip, penalty)
    for moment, to in others:
        world.at(moment, partial(world.knock, to))
    draft_ids = map(str, itertools.count(1))
    carried = [world.add(answer, draft_ids) for answer in answers]
    world.run()
    return carried


def private(number: int = 1) -> Address:
    """Give one of the private chats."""
    return Address("telegram", str(number), ChatKind.PRIVATE)


def group(number: int = 1) -> Address:
    """Give one of the groups."""
    return Address("telegram", str(-number), ChatKind.GROUP)
