"""When we may act again: per chat and per bot, learning from refusals.

What is known (with sources on the channels' pages): a platform has a limit per chat for messages
(posts and edits together, all topics of a forum together), another per chat for drafts and chat
actions, and one for all calls of a bot. It tells none of them: the only signal is a refusal that
names a wait. A call made during the wait makes it longer.

So, per chat and family of calls:

- **Hard limits** are counted by meters (`tickertape.delivery.meters`), so that the platform never
  has cause to refuse.
- **Previews are paced** within them (`tickertape.delivery.pace`): the first words go at once,
  then front-loaded, then evenly. A preview always leaves one call for the final of every reply
  that is open in the chat; a final takes any call there is.
- **A refusal teaches.** Nothing of that family goes to that chat until the named wait is over,
  however long. The spacing of its previews doubles (up to `_SLOWEST` times), because the true
  limit is lower than the known one or others are spending it, and recovers by half every
  `_RECOVERY` seconds. Limits differ from chat to chat ("limits can be different for different
  chats", tdlib/telegram-bot-api#318), so each chat learns for itself.
- **Chats take turns** when the bot's own limit is what they wait for
  (`tickertape.delivery.turns`).

Remembering what was learned over restarts belongs here, when it is built.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tickertape.delivery.meters import Meter, meter
from tickertape.delivery.pace import Pace
from tickertape.delivery.surface import Bucket, Cadence, Limit
from tickertape.delivery.turns import Turns

__all__ = ["BOT_LIMIT", "Budget", "ChatBudget", "Family"]

BOT_LIMIT = Bucket(rate=25.0, burst=25)
"""All calls of one bot: "about 30 messages per second" (core.telegram.org/bots/faq, November
2026), with room for calls that are not ours."""

_SLOWEST = 16.0
_RECOVERY = 300.0


class Family(StrEnum):
    """Calls that share a limit."""

    MESSAGES = "messages"
    """Posts and edits."""
    DRAFTS = "drafts"
    """Drafts and chat actions."""


class Budget:
    """What one bot may do: a budget for each chat, and one limit over all of them."""

    def __init__(self, bot_limit: Limit = BOT_LIMIT) -> None:
        self._bot = Turns(bot_limit)
        self._chats: dict[int, ChatBudget] = {}

    def chat(self, chat_id: int, cadence: Cadence) -> ChatBudget:
        """Give the budget of a chat: the same one for every topic and every reply in it."""
        budget = self._chats.get(chat_id)
        if budget is None:
            budget = self._chats[chat_id] = ChatBudget(cadence, self._bot)
        return budget


@dataclass(slots=True)
class _Account:
    """What is counted, and what was learned, for one family of calls in one chat."""

    meters: list[tuple[Meter, Pace]]
    closed_until: float = float("-inf")
    slowness: float = 1.0
    slowed_at: float = 0.0

    def slowness_at(self, now: float) -> float:
        fading: float = 0.5 ** ((now - self.slowed_at) / _RECOVERY)
        return 1.0 + (self.slowness - 1.0) * fading


class ChatBudget:
    """What may be done in one chat."""

    def __init__(self, cadence: Cadence, bot: Turns) -> None:
        self._bot = bot
        self._open_replies = 0
        self._accounts = {
            Family.MESSAGES: _account(cadence.messages),
            Family.DRAFTS: _account(cadence.drafts),
        }

    def open(self) -> None:
        """Keep one message for the final of a reply that begins."""
        self._open_replies += 1

    def close(self) -> None:
        """Give back what `open` kept: the reply is over."""
        self._open_replies -= 1

    def final_at(self, family: Family, now: float) -> float:
        """Say when a final may go: as soon as any call is allowed at all."""
        ready = self._ready_at(self._accounts[family], now, keep=0)
        return max(ready, self._bot.ready_at(now))

    def preview_at(
        self, family: Family, now: float, *, start: float | None, last: float | None
    ) -> float:
        """Say when the next preview of a reply may go; `now` at the least.

        Args:
            family: What it will be.
            now: The present moment.
            start: When the reply's first preview went out; None before that.
            last: When its latest preview went out; None before the first.
        """
        account = self._accounts[family]
        keep = self._open_replies if family is Family.MESSAGES else 0
        ready = self._ready_at(account, now, keep)
        if start is None or last is None:
            return self._in_turn(ready, now)
        due = last
        for counting, pace in account.meters:
            points = counting.allowances(last, now, keep)
            due = max(due, pace.next_at(points, start=start, last=last) or last)
        return self._in_turn(max(ready, last + (due - last) * account.slowness_at(now)), now)

    def spend(self, family: Family) -> None:
        """Count a call that is sent."""
        self._bot.spend(self)
        for counting, _ in self._accounts[family].meters:
            counting.spend()

    def land(self, family: Family, now: float) -> None:
        """Note that an answer was heard, or is not awaited any more."""
        self._bot.land(now)
        for counting, _ in self._accounts[family].meters:
            counting.land(now)

    def refuse(self, family: Family, retry_after: float, now: float) -> None:
        """Learn from a refusal: hold the whole family for `retry_after` seconds, then go slower."""
        account = self._accounts[family]
        account.closed_until = max(account.closed_until, now + retry_after)
        account.slowness = min(account.slowness_at(now) * 2.0, _SLOWEST)
        account.slowed_at = now

    def _in_turn(self, due: float, now: float) -> float:
        """Queue for the bot's limit, once there is nothing else to wait for."""
        return due if due > now else self._bot.turn_at(self, now)

    def _ready_at(self, account: _Account, now: float, keep: int) -> float:
        ready = max(now, account.closed_until)
        for counting, _ in account.meters:
            ready = max(ready, counting.ready_at(now, keep))
        return ready


def _account(limits: tuple[Limit, ...]) -> _Account:
    return _Account([(meter(limit), Pace(limit.pace)) for limit in limits])
