"""How the emulated Telegram behaves, as frozen values with the documented defaults.

What Telegram does not publish (how the limits are counted inside, how long penalties grow) is
modelled in the simplest way that agrees with what is published; `docs/emulator.md` says where.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from tickertape.emulator.answers import Json
from tickertape.emulator.fields import FieldError, Fields

__all__ = ["ChatLimits", "Floods", "Limit", "Settings", "SlidingWindow", "TokenBucket"]

_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class SlidingWindow:
    """At most `calls` calls in any `seconds` seconds."""

    calls: int
    """How many calls fit; at least 1."""
    seconds: float
    """How long the window is; more than 0."""


@dataclass(frozen=True, slots=True)
class TokenBucket:
    """`rate` calls a second in the long run, `burst` of them at once."""

    rate: float
    """Calls a second; more than 0."""
    burst: int
    """Calls that may be made at once after a pause; at least 1."""


Limit: TypeAlias = SlidingWindow | TokenBucket
"""One rule of flood control."""


@dataclass(frozen=True, slots=True)
class Floods:
    """The flood limits. An empty tuple means: no limit of this kind."""

    private: tuple[Limit, ...] = (TokenBucket(rate=1.0, burst=5),)
    """Messages and edits in one private chat (core.telegram.org/bots/faq: "avoid sending more than
    one message per second", short bursts pass)."""
    group: tuple[Limit, ...] = (SlidingWindow(calls=20, seconds=60.0),)
    """Messages and edits together in one group, supergroup or channel, all topics
    (core.telegram.org/bots/faq: 20 messages a minute; tdlib/td#2592: edits share the limit)."""
    bot: tuple[Limit, ...] = (SlidingWindow(calls=30, seconds=1.0),)
    """Messages and edits of one bot in all chats (core.telegram.org/bots/faq: ~30 a second)."""
    drafts: tuple[Limit, ...] = (
        SlidingWindow(calls=20, seconds=5.0),
        SlidingWindow(calls=40, seconds=30.0),
    )
    """Drafts and chat actions of one bot in one chat (core.telegram.org/api/bots/ai, 2026-11)."""
    prolong: bool = True
    """Whether a call inside a penalty restarts the wait (NousResearch/hermes-agent#89962)."""
    cooldown_chance: float = 0.0
    """How likely a draft or action is followed by a short cool-down although no limit is reached;
    0 to 1 (core.telegram.org/api/bots/ai: such cool-downs may come)."""
    cooldown_longest: float = 3.0
    """The longest such cool-down in seconds (core.telegram.org/api/bots/ai: up to 3)."""
    seed: int = 0
    """What the cool-downs are drawn from: the same seed gives the same cool-downs."""


@dataclass(frozen=True, slots=True)
class ChatLimits:
    """What differs in one chat: limits need not be the same everywhere.

    Source: tdlib/telegram-bot-api#318.
    """

    messages: tuple[Limit, ...] | None = None
    """For messages and edits; None: as everywhere."""
    drafts: tuple[Limit, ...] | None = None
    """For drafts and chat actions; None: as everywhere."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole behaviour of one emulated Telegram."""

    floods: Floods = field(default_factory=Floods)
    """The flood limits."""
    chats: Mapping[int, ChatLimits] = field(default_factory=dict)
    """Chats with limits of their own, by chat id."""
    round_trip: float = 0.0
    """Seconds that a Bot API call takes: half before it is applied, half after."""
    privacy: bool = False
    """Whether bots in groups see only commands, mentions and replies to them."""
    draft_lifetime: float = 30.0
    """Seconds that a draft lives after its last update (tdlib/td OptionManager.cpp
    `pending_text_message_period`)."""
    longest_text: int = 4096
    """Code points of a message (core.telegram.org/bots/api#sendmessage; tdlib/td
    MessageContent.cpp 4758)."""
    action_lifetime: float = 5.0
    """Seconds that a chat action is shown (core.telegram.org/bots/api#sendchataction)."""
    update_lifetime: float = _DAY
    """Seconds that an update waits for the bot (core.telegram.org/bots/api#getting-updates: 24
    hours)."""
    callback_lifetime: float = 60.0
    """Seconds in which a press may be answered; not documented."""

    def changed(self, change: object) -> Settings:
        """Return these settings with some values replaced, from JSON.

        Raises:
            FieldError: A key is unknown, or a value has the wrong type or range.
        """
        fields = Fields(change, "settings")
        floods = self.floods
        if "floods" in fields:
            floods = _floods(fields.needed("floods"), floods)
        chats = dict(self.chats)
        if "chats" in fields:
            _change_chats(chats, fields.needed("chats"))
        settings = Settings(
            floods=floods,
            chats=chats,
            round_trip=fields.number("round_trip", 0.0, 60.0, self.round_trip),
            privacy=fields.flag("privacy", self.privacy),
            draft_lifetime=fields.number("draft_lifetime", 0.0, _DAY, self.draft_lifetime),
            longest_text=fields.maybe_integer("longest_text", 1, 1_000_000) or self.longest_text,
            action_lifetime=fields.number("action_lifetime", 0.0, _DAY, self.action_lifetime),
            update_lifetime=fields.number("update_lifetime", 0.0, 7 * _DAY, self.update_lifetime),
            callback_lifetime=fields.number("callback_lifetime", 0.0, _DAY, self.callback_lifetime),
        )
        fields.close()
        return settings

    def as_json(self) -> Json:
        """Return the values in the form that `changed` takes."""
        return {
            "floods": _floods_json(self.floods),
            "chats": {str(chat_id): _chat_json(limits) for chat_id, limits in self.chats.items()},
            "privacy": self.privacy,
            "round_trip": self.round_trip,
            "draft_lifetime": self.draft_lifetime,
            "longest_text": self.longest_text,
            "action_lifetime": self.action_lifetime,
            "update_lifetime": self.update_lifetime,
            "callback_lifetime": self.callback_lifetime,
        }


def _floods(value: object, floods: Floods) -> Floods:
    fields = Fields(value, "floods")

    def limits(name: str, default: tuple[Limit, ...]) -> tuple[Limit, ...]:
        return _limits(fields.items(name)) if name in fields else default

    changed = Floods(
        private=limits("private", floods.private),
        group=limits("group", floods.group),
        bot=limits("bot", floods.bot),
        drafts=limits("drafts", floods.drafts),
        prolong=fields.flag("prolong", floods.prolong),
        cooldown_chance=fields.number("cooldown_chance", 0.0, 1.0, floods.cooldown_chance),
        cooldown_longest=fields.number("cooldown_longest", 0.0, 3600.0, floods.cooldown_longest),
        seed=floods.seed if "seed" not in fields else fields.integer("seed"),
    )
    for name in ("private", "group", "bot", "drafts", "seed"):
        fields.any(name)
    fields.close()
    return changed


def _change_chats(chats: dict[int, ChatLimits], value: object) -> None:
    if not isinstance(value, dict):
        raise FieldError('Field "chats" must be of type Object')
    for name, limits in value.items():
        try:
            chat_id = int(name)
        except ValueError:
            raise FieldError('the keys of "chats" must be chat ids') from None
        if limits is None:
            chats.pop(chat_id, None)
            continue
        fields = Fields(limits, f"limits of chat {chat_id}")
        chats[chat_id] = ChatLimits(
            messages=_limits(fields.items("messages")) if "messages" in fields else None,
            drafts=_limits(fields.items("drafts")) if "drafts" in fields else None,
        )
        fields.any("messages")
        fields.any("drafts")
        fields.close()


def _limits(values: list[object]) -> tuple[Limit, ...]:
    return tuple(_limit(value) for value in values)


def _limit(value: object) -> Limit:
    fields = Fields(value, "limit")
    limit: Limit
    if "rate" in fields:
        limit = TokenBucket(
            rate=fields.number("rate", 0.000_1, 1_000_000.0),
            burst=fields.integer("burst", 1, 1_000_000),
        )
    else:
        limit = SlidingWindow(
            calls=fields.integer("calls", 1, 1_000_000),
            seconds=fields.number("seconds", 0.001, _DAY),
        )
    fields.close()
    return limit


def _floods_json(floods: Floods) -> Json:
    return {
        "private": _limits_json(floods.private),
        "group": _limits_json(floods.group),
        "bot": _limits_json(floods.bot),
        "drafts": _limits_json(floods.drafts),
        "prolong": floods.prolong,
        "cooldown_chance": floods.cooldown_chance,
        "cooldown_longest": floods.cooldown_longest,
        "seed": floods.seed,
    }


def _chat_json(limits: ChatLimits) -> Json:
    return {
        name: _limits_json(value)
        for name, value in (("messages", limits.messages), ("drafts", limits.drafts))
        if value is not None
    }


def _limits_json(limits: tuple[Limit, ...]) -> list[Json]:
    return [
        {"rate": limit.rate, "burst": limit.burst}
        if isinstance(limit, TokenBucket)
        else {"calls": limit.calls, "seconds": limit.seconds}
        for limit in limits
    ]
