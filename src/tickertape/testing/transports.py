"""A channel that exists only in memory: a screen that can be read, and outcomes on demand."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

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
    Reason,
    Refused,
    ShowDraft,
    Unknown,
)
from tickertape.delivery.surface import Cadence, Surface
from tickertape.markup.lengths import Unit, length
from tickertape.markup.plain import render

__all__ = ["FakeTransport", "Lost", "Screen"]


@dataclass(frozen=True, slots=True)
class Lost:
    """A scripted outcome: the action is applied, and its answer never arrives."""


@dataclass(slots=True)
class Screen:
    """What a reader of one chat sees."""

    messages: dict[int, str] = field(default_factory=dict)
    """Text by message id, in the order in which they were posted."""
    draft: str | None = None
    """The live draft; None where there is none."""


class FakeTransport:
    """A channel in memory; a `tickertape.ports.Transport`.

    By default it accepts whatever a chat of the address's kind would: drafts in private chats,
    messages up to `limit` UTF-16 units. `script` gets outcomes to return instead, one for each
    call: `None` lets the call through, `Lost()` applies it and says `Unknown`, any other outcome
    is returned and nothing is applied.
    """

    def __init__(
        self,
        *,
        limit: int = 4096,
        cadence: Cadence | None = None,
        drafts: bool = True,
        latency: float = 0.0,
    ) -> None:
        """Make an empty channel.

        Args:
            limit: The longest message, in UTF-16 units.
            cadence: The flood limits that the surface tells of; none by default.
            drafts: Whether private chats have drafts.
            latency: Seconds that each call takes; half of it before the call is applied.
        """
        self._limit = limit
        self._cadence = cadence or Cadence()
        self._drafts = drafts
        self._latency = latency
        self._last_id = 0
        self.script: deque[Outcome | Lost | None] = deque()
        """Outcomes for the calls to come, in order; empty: every call is let through."""
        self.actions: list[Action] = []
        """Every action that was asked for, in order."""
        self.outcomes: list[Outcome] = []
        """What came of them, in order."""
        self.screens: dict[tuple[int, int | None], Screen] = {}
        """What readers see, by (chat, topic)."""
        self.on_action: Callable[[Action], None] | None = None
        """Called with each action before it is applied."""

    def surface(self, address: Address) -> Surface:
        """Say what can be shown at `address`."""
        return Surface(
            kind="replace",
            limit=self._limit,
            unit=Unit.UTF16,
            drafts=self._drafts and address.kind is ChatKind.PRIVATE,
            cadence=self._cadence,
        )

    async def perform(self, action: Action) -> Outcome:
        """Apply `action` to the screen, or do what the script says."""
        self.actions.append(action)
        if self.on_action is not None:
            self.on_action(action)
        await asyncio.sleep(self._latency / 2)
        outcome = self._outcome(action)
        await asyncio.sleep(self._latency / 2)
        self.outcomes.append(outcome)
        return outcome

    def texts(self, address: Address) -> list[str]:
        """Give the texts of the messages at `address`, oldest first."""
        return list(self.screen(address).messages.values())

    def screen(self, address: Address) -> Screen:
        """Give what a reader of `address` sees."""
        return self.screens.setdefault((address.chat_id, address.thread_id), Screen())

    def _outcome(self, action: Action) -> Outcome:
        match self.script.popleft() if self.script else None:
            case None:
                return self.apply(action)
            case Lost():
                self.apply(action)
                return Unknown("the answer was lost")
            case outcome:
                return outcome

    def apply(self, action: Action) -> Outcome:
        """Do what the platform would do with `action`, at once."""
        screen = self.screen(action.address)
        match action:
            case Probe() | Acknowledge():
                return Accepted("")
            case Delete():
                gone = screen.messages.pop(action.message_id, None) is None
                return Refused(Reason.MESSAGE_GONE) if gone else Accepted("")
            case _:
                return self._show(action, screen)

    def _show(self, action: ShowDraft | Post | Edit, screen: Screen) -> Outcome:
        text = render(action.text)
        if not text:
            return Refused(Reason.EMPTY)
        if length(text, Unit.UTF16) > self._limit:
            return Refused(Reason.TOO_LONG)
        match action:
            case ShowDraft():
                if not self.surface(action.address).drafts:
                    return Refused(Reason.DRAFT_UNAVAILABLE)
                screen.draft = text
                return Accepted(text)
            case Post():
                self._last_id += 1
                screen.draft = None
                screen.messages[self._last_id] = text
                return Accepted(text, self._last_id)
            case Edit():
                if action.message_id not in screen.messages:
                    return Refused(Reason.MESSAGE_GONE)
                screen.messages[action.message_id] = text
                return Accepted(text, action.message_id)
