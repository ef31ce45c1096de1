"""A reply driven by hand: events, outcomes and times in; actions out."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from tickertape.chat import Address, ChatKind
from tickertape.delivery.actions import (
    Accepted,
    Acknowledge,
    Action,
    Delete,
    Edit,
    Outcome,
    Post,
    Probe,
)
from tickertape.delivery.formats import Abilities
from tickertape.delivery.limits.budget import Budget
from tickertape.delivery.lost.known import KnownMessages
from tickertape.delivery.reply.reply import Reply
from tickertape.delivery.reply.state import begun_again
from tickertape.delivery.reply.stored import dumps, loads
from tickertape.delivery.streaming import StreamingConfig
from tickertape.delivery.surface import Cadence, MessageRow, Surface
from tickertape.delivery.ways import EDITS, DraftWay, Way
from tickertape.events import Event, TextDelta
from tickertape.markup.pages import BlockLimits, Dialect
from tickertape.markup.rulers import UTF16

PRIVATE = Address("chat", "ada", ChatKind.PRIVATE)
GROUP = Address("chat", "crew", ChatKind.GROUP, thread="t9")


def counted(tries: int = 3) -> MessageRow:
    """Return how the messages here are counted; their ids are no numbers, as on many platforms."""
    return MessageRow(tries, number=lambda id_: int(id_.removeprefix("m")), id=lambda n: f"m{n}")


def draft_ids() -> Iterator[str]:
    """Yield ids for drafts."""
    return (f"d{number}" for number in itertools.count(1))


class Script:
    """A reply driven by hand."""

    def __init__(
        self,
        address: Address = PRIVATE,
        *,
        limit: int = 4096,
        config: StreamingConfig | None = None,
        cadence: Cadence | None = None,
        reply_to: str | None = None,
        dialect: Dialect = "raw",
        blocks: BlockLimits | None = None,
        typing: float = 0.0,
        stop_buttons: bool = False,
        abilities: Abilities | None = None,
        known: KnownMessages | None = None,
        knows_all: bool = False,
        way: Way | None = None,
    ) -> None:
        self.now = 0.0
        ways = (DraftWay(), *EDITS) if address.kind is ChatKind.PRIVATE else EDITS
        surface = Surface(
            limit=limit,
            ruler=UTF16,
            ways=ways if way is None else (way, *EDITS),
            dialect=dialect,
            spans=95,
            blocks=blocks,
            typing_lifetime=typing,
            stop_buttons=stop_buttons,
            cadence=cadence or Cadence(),
        )
        self.surface = surface
        self.config = config or StreamingConfig()
        self.reply = Reply(
            address,
            surface,
            Budget().chat(address.chat, surface.cadence),
            self.config,
            draft_ids=draft_ids(),
            reply_to=reply_to,
            abilities=abilities,
            known_at=lambda at: known if knows_all or at.chat == address.chat else None,
        )
        self.numbers = itertools.count(100)

    def be_killed(self, known: KnownMessages | None = None, *, is_told_again: bool = False) -> None:
        """Let another process go on, which knows this of the chats, and has no clock but its own.

        In its chats nothing is kept from before. Its agent may tell the answer again.
        """
        self.now += 1000.0
        state = loads(dumps(self.reply.state))
        self.reply = Reply.resume(
            begun_again(state) if is_told_again else state,
            self.surface,
            Budget().chat(self.reply.shown.address.chat, self.surface.cadence),
            self.config,
            self.now,
            draft_ids=draft_ids(),
            known_at=lambda _: known,
        )

    def say(self, *said: str | Event) -> None:
        for event in said:
            self.reply.feed(TextDelta(event) if isinstance(event, str) else event, self.now)

    def act(self) -> Action:
        """Give the next action, going forward in time as far as it takes."""
        for _ in range(10):
            action = self.reply.poll(self.now)
            if action is not None:
                return action
            assert self.reply.intent.at is not None, "the reply wants nothing"
            self.now = max(self.now, self.reply.intent.at)
        msg = "the reply asks to be polled again and again, and does nothing"
        raise AssertionError(msg)

    def accept(self, action: Action) -> None:
        if isinstance(action, Probe | Acknowledge | Delete):
            self.settle(Accepted(""))
            return
        message_id = None
        if isinstance(action, Post):
            message_id = f"m{next(self.numbers)}"
        elif isinstance(action, Edit):
            message_id = action.message_id
        self.settle(Accepted(action.text, message_id))

    def settle(self, outcome: Outcome) -> None:
        self.now += 0.08
        self.reply.settle(outcome, self.now)

    def flying(self) -> Action:
        """Give the action in flight."""
        assert self.reply._flight is not None
        return self.reply._flight.action

    def shown(self) -> Action:
        """Perform the next action, accepted, and give it."""
        action = self.act()
        self.accept(action)
        return action


def shown_text(script: Script) -> str:
    """Perform the next action, accepted, and give its text."""
    action = script.shown()
    assert not isinstance(action, Probe | Acknowledge | Delete)
    return action.text
