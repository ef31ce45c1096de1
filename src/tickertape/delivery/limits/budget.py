"""When we may act again: per chat and per bot, learning from refusals.

What is known (with sources on the channels' pages): a platform has a limit per chat for messages
(posts and edits together, all topics of a forum together), another per chat for drafts and chat
actions, and one for all calls of a bot. It tells none of them: the only signal is a refusal that
names a wait. A call made during the wait makes it longer.

So, per chat and family of calls:

- **Hard limits** are counted by meters (`tickertape.delivery.limits.meters`), so that the
  platform never has cause to refuse.
- **Previews are paced** within them, by a policy for answers of unknown length
  (`tickertape.delivery.limits.pace` has the theory): the first words go at once, then previews are
  as dense as it is likely that the answer ends soon, then even, and sooner after a burst of tokens
  than in a pause. A preview always leaves one call for the final of every reply that is open in
  the chat; a final takes any call there is.
- **A refusal teaches** (`tickertape.delivery.limits.limit_estimate`). Nothing of that family goes
  to that chat until the named wait is over, however long. The limit counts as used up until then.
  Gaps grow, because the true limit is lower than the known one or others are spending it, and
  shrink again over the next hour. Limits differ from chat to chat ("limits can be different for
  different chats", tdlib/telegram-bot-api#318), so each chat learns for itself; `learned` and
  `recall` carry it over a restart, the rest of a wait included.
- **Chats take turns** when the bot's own limit is what they wait for, and all of them stop when
  several are refused at once (`tickertape.delivery.limits.fair_queue`). Where several processes
  answer for a bot, each has a share of that limit (`tickertape.delivery.limits.share`).

A chat in which nothing is counted and nothing was learned is forgotten: what a bot keeps grows with
the chats that are busy, not with those that ever were.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from tickertape.delivery.actions import Outcome, Throttled
from tickertape.delivery.limits.fair_queue import FairQueue, Priority
from tickertape.delivery.limits.limit_estimate import Family, LimitEstimate
from tickertape.delivery.limits.meters import Meter, meter
from tickertape.delivery.limits.pace import Flow, due_at
from tickertape.delivery.limits.share import Demand, Share, seconds_of, size_of
from tickertape.delivery.surface import Cadence, Limit

__all__ = ["Budget", "ChatBudget", "Family"]

_NEVER = float("-inf")
_FIRST_SWEEP = 256
# What a float may be above the whole number that it stands for.
_ROUNDING = 1e-6
_FIRST_WORDS: Priority = (1, float("inf"))
_FINAL: Priority = (0, float("inf"))


class Budget:
    """What one bot may do: a budget for each chat, and the limits that chats share."""

    def __init__(self, shared: Limit | None = None) -> None:
        """Begin with no chat.

        Args:
            shared: The limit of all chats together; None: as each surface's cadence has it.
        """
        self._shared = shared
        self._share: Share | None = None
        self._queues: dict[Limit | None, FairQueue] = {}
        self._chats: dict[str, ChatBudget] = {}
        # A reply may hold the budget of a chat that was forgotten: there is never a second one.
        self._held: WeakValueDictionary[str, ChatBudget] = WeakValueDictionary()
        self._recalled: dict[str, tuple[float, tuple[LimitEstimate, ...]]] = {}
        self._moved: dict[str, str] = {}
        self._sweep_at = _FIRST_SWEEP

    def chat(self, chat: str, cadence: Cadence) -> ChatBudget:
        """Return the budget of a chat: the same one for every topic, every reply and every id."""
        chat = self._moved.get(chat, chat)
        budget = self._live(chat)
        if budget is None:
            if len(self._chats) >= self._sweep_at:
                self._sweep()
            budget = self._held[chat] = ChatBudget(cadence, self._queue(cadence))
            if chat in self._recalled:
                at, estimates = self._recalled.pop(chat)
                budget.recall(estimates, at)
        self._chats[chat] = budget
        return budget

    def is_quiet(self, chat: str, now: float) -> bool:
        """Return whether no reply is open in a chat, and no call there is counted any more."""
        budget = self._live(self._moved.get(chat, chat))
        return budget is None or budget.is_quiet(now)

    def learned(self, now: float) -> dict[str, tuple[LimitEstimate, ...]]:
        """Return what refusals taught, by chat; chats of which nothing is left are not there."""
        estimates = {chat: budget.learned(now) for chat, budget in self._chats.items()}
        for chat, (at, recalled) in self._recalled.items():
            estimates[chat] = _left_of(recalled, now - at)
        return {chat: learned for chat, learned in estimates.items() if learned}

    def recall(self, learned: Mapping[str, Iterable[LimitEstimate]], now: float) -> None:
        """Take up what was learned before: each chat as it would stand at `now`.

        By an old id it counts only where the chat, by its id of today, taught nothing.
        """
        for named, estimates in learned.items():
            chat = self._moved.get(named, named)
            if chat != named and chat in self.learned(now):
                continue
            budget = self._live(chat)
            if budget is not None:
                budget.recall(estimates, now)
            else:
                self._recalled[chat] = (now, tuple(estimates))

    def move(self, chat: str, to: str, now: float) -> None:
        """Take `to` for another id of `chat`: its budget stays, unless `to` has one already.

        What was learned about `chat` is kept for `to`, unless that taught by itself.
        """
        if chat == to or self._moved.get(chat) == to:
            return
        learned = self.learned(now)
        budget = self._live(chat)
        if budget is not None and self._live(to) is None:
            self._chats[to] = self._held[to] = budget
            self._recalled.pop(to, None)
            budget.recall(learned.get(to, ()), now)
        elif chat in learned and to not in learned:
            self.recall({to: learned[chat]}, now)
        self._chats.pop(chat, None)
        self._recalled.pop(chat, None)
        self._moved.pop(to, None)
        self._moved |= {old: to for old, at in self._moved.items() if at == chat} | {chat: to}

    def share(self, share: Share | None, now: float) -> tuple[object, ...]:
        """Keep to a share of the limit of all chats from here on; None: to all of it.

        Calls that are counted stay counted. Where surfaces have several such limits, it is a share
        of each.

        Returns:
            The budgets of the chats that should ask again: those that wait and may go sooner.
        """
        self._share = share
        return tuple(chat for queue in self._queues.values() for chat in queue.share(share, now))

    def demand(self, now: float) -> Demand | None:
        """Return how much of the limit of all chats is used and wanted.

        None: there is none, or no chat was written in yet. Of several the largest is told, and as
        counted whatever is counted most.
        """
        queues = [(limit, queue) for limit, queue in self._queues.items() if limit is not None]
        if not queues:
            return None
        total = max(size_of(limit) for limit, _ in queues)
        counted = max(queue.counted(now) * total / size_of(limit) for limit, queue in queues)
        return Demand(
            total,
            max(seconds_of(limit) for limit, _ in queues),
            made=sum(queue.made for _, queue in queues),
            counted=math.ceil(counted - _ROUNDING),
            waiting=sum(queue.waiting(now) for _, queue in queues),
        )

    def __len__(self) -> int:
        """Count the chats that are remembered."""
        return len(self._chats)

    def _live(self, chat: str) -> ChatBudget | None:
        """Return the budget of a chat by this very id, if there is one."""
        return self._chats.get(chat) or self._held.get(chat)

    def _queue(self, cadence: Cadence) -> FairQueue:
        """Return where the chats wait that share a limit with this one."""
        limit = self._shared or cadence.shared
        if limit not in self._queues:
            queue = self._queues[limit] = FairQueue(limit)
            queue.share(self._share, 0.0)  # nothing is counted: any moment does
        return self._queues[limit]

    def _sweep(self) -> None:
        now = max(queue.latest for queue in self._queues.values())
        self._chats = {
            chat: budget for chat, budget in self._chats.items() if not budget.is_idle(now)
        }
        self._sweep_at = max(_FIRST_SWEEP, 2 * len(self._chats))


@dataclass(slots=True)
class _Account:
    """What is counted, and what was learned, for one family of calls in one chat."""

    family: Family
    meters: list[Meter]
    estimate: LimitEstimate = field(init=False)
    at: float = _NEVER
    """When `estimate` was as it is; it fades from there. Nothing was learned before that."""

    def __post_init__(self) -> None:
        self.estimate = LimitEstimate(self.family)

    def learned(self, now: float) -> LimitEstimate:
        return self.estimate if self.at == _NEVER else self.estimate.after(now - self.at)

    def learn(self, estimate: LimitEstimate, now: float) -> None:
        self.estimate, self.at = estimate, now

    def ready_at(self, now: float, keep: int, known: LimitEstimate) -> float:
        ready = now + known.closed_for
        for counting in self.meters:
            ready = max(ready, counting.ready_at(now, keep, known.slowness))
        return ready


class ChatBudget:
    """What may be done in one chat."""

    def __init__(self, cadence: Cadence, queue: FairQueue) -> None:
        self._queue = queue
        self._open_replies = 0
        self._accounts = {
            Family.MESSAGES: _account(Family.MESSAGES, cadence.messages),
            Family.DRAFTS: _account(Family.DRAFTS, cadence.drafts),
        }

    def open(self) -> None:
        """Keep one message for the final of a reply that begins."""
        self._open_replies += 1

    def close(self) -> None:
        """Return the message that `open` kept: the reply is over."""
        self._open_replies -= 1

    def final_at(self, family: Family, now: float, need: Priority = _FINAL) -> float:
        """Return when a final may go: as soon as any call is allowed at all."""
        account = self._accounts[family]
        ready = account.ready_at(now, 0, account.learned(now))
        return ready if ready > now else self._queue.turn_at(self, now, need)

    def preview_at(
        self,
        family: Family,
        now: float,
        flow: Flow | None,
        *,
        earliest: float = float("-inf"),
        need: Priority = _FIRST_WORDS,
    ) -> float:
        """Return when the next preview of a reply may go; `now` at the least.

        Args:
            family: What it will be.
            now: The present moment.
            flow: How the reply runs; None before its first preview.
            earliest: Before when it is not wanted: no turn is taken for that.
            need: Who goes first among chats that wait for the bot.
        """
        account = self._accounts[family]
        known = account.learned(now)
        keep = self._open_replies if family is Family.MESSAGES else 0
        ready = max(account.ready_at(now, keep, known), earliest)
        if flow is not None:
            limits = [counting.allowances(flow.last, now, keep) for counting in account.meters]
            planned = due_at(limits, flow, now, slowness=known.slowness)
            ready = ready if planned is None else max(ready, planned)
        if ready > now:
            return ready
        return self._queue.turn_at(self, now, need)

    def spend(self, family: Family) -> None:
        """Count a call that is sent."""
        self._queue.spend(self)
        for counting in self._accounts[family].meters:
            counting.spend()

    def settle(self, family: Family, outcome: Outcome, now: float) -> None:
        """Take in what came of a call: one that never left does not count."""
        if not isinstance(outcome, Throttled):
            self.land(family, now)
        elif outcome.by_flood_control:
            self.land(family, now)
            self.refuse(family, outcome.retry_after, now)
        else:
            self.refund(family)

    def land(self, family: Family, now: float) -> None:
        """Record that an answer was heard, or is not awaited any more."""
        self._queue.land(now)
        for counting in self._accounts[family].meters:
            counting.land(now)

    def refund(self, family: Family) -> None:
        """Take back a call that never left: no limit counts it."""
        self._queue.refund()
        for counting in self._accounts[family].meters:
            counting.refund()

    def refuse(self, family: Family, retry_after: float, now: float) -> None:
        """Learn from the refusal of the call that landed last: wait for as long as it asks for.

        Drafts have short pauses of their own even below the limits (core.telegram.org/api/bots/ai,
        2026-11): they say nothing of the bot.
        """
        account = self._accounts[family]
        account.learn(account.learned(now).refused(retry_after), now)
        for counting in account.meters:
            counting.refuse(retry_after, now)
        if family is Family.MESSAGES:
            self._queue.refuse(self, retry_after, now)

    def learned(self, now: float) -> tuple[LimitEstimate, ...]:
        """Return what refusals taught, as far as anything is left of it."""
        return _left_of((account.learned(now) for account in self._accounts.values()), 0.0)

    def recall(self, estimates: Iterable[LimitEstimate], now: float) -> None:
        """Take up what was learned before."""
        for estimate in estimates:
            self._accounts[estimate.family].learn(estimate, now)

    def is_idle(self, now: float) -> bool:
        """Return whether nothing would be lost if the chat were forgotten."""
        return self.is_quiet(now) and not self.learned(now)

    def is_quiet(self, now: float) -> bool:
        """Return whether no reply is open, and no call is counted any more."""
        return not self._open_replies and all(
            counting.is_idle(now)
            for account in self._accounts.values()
            for counting in account.meters
        )


def _account(family: Family, limits: tuple[Limit, ...]) -> _Account:
    return _Account(family, [meter(limit) for limit in limits])


def _left_of(estimates: Iterable[LimitEstimate], seconds: float) -> tuple[LimitEstimate, ...]:
    later = (estimate.after(seconds) for estimate in estimates)
    return tuple(estimate for estimate in later if not estimate.is_nothing)
