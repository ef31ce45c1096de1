"""Drafts: previews without a message id that live for a while and are replaced by a message.

The rules (core.telegram.org/bots/api#sendmessagedraft, core.telegram.org/api/bots/ai, 2026-11):

- one draft for each bot, chat and topic; another id replaces it;
- it ends some seconds after its last frame, or with any message of the bot in its chat and topic;
- a frame whose draft was already ended by a message shows as a *ghost* next to it, as real clients
  show a frame that comes late; once the person wrote again, the id counts as a new draft's;
- the stop button is offered once; frames after the press are taken and not shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from tickertape.emulator.content import Content

__all__ = ["Draft", "DraftBoard", "DraftPlace"]

DraftPlace: TypeAlias = tuple[int, int, int | None]
"""Bot, chat and topic of a draft."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One preview as it is shown."""

    bot_id: int
    """Who writes."""
    chat_id: int
    """Where."""
    thread_id: int | None
    """In which topic."""
    draft_id: int
    """Which draft; never 0."""
    content: Content
    """What it shows; empty: a placeholder."""
    can_stop: bool
    """Whether it has a stop button."""
    keep_on_stop: bool
    """Whether it stays for a while when the button was pressed."""
    expires_at: float
    """When it ends by itself, on the world's clock."""
    ghost: bool = False
    """Whether it came after the message that ended it."""
    stopped: bool = False
    """Whether its button was pressed."""

    @property
    def place(self) -> DraftPlace:
        """Where it stands."""
        return self.bot_id, self.chat_id, self.thread_id


class DraftBoard:
    """All drafts that are shown, and what is remembered of those that are gone."""

    def __init__(self) -> None:
        self._drafts: dict[DraftPlace, Draft] = {}
        self._last: dict[DraftPlace, int] = {}
        self._finished: dict[DraftPlace, int] = {}
        self._stopped: set[tuple[DraftPlace, int]] = set()

    def __iter__(self) -> Iterator[Draft]:
        return iter(self._drafts.values())

    @property
    def deadline(self) -> float | None:
        """When the next draft ends by itself."""
        return min((draft.expires_at for draft in self._drafts.values()), default=None)

    def show(self, frame: Draft) -> tuple[Draft | None, Draft | None]:
        """Show one frame.

        Returns:
            The draft that it replaced (one with another id), and the draft that is shown for it;
            None for the latter where the draft was stopped and the frame is not shown.
        """
        if (frame.place, frame.draft_id) in self._stopped:
            return None, None
        old = self._drafts.get(frame.place)
        shown = replace(frame, ghost=self._finished.get(frame.place) == frame.draft_id)
        self._drafts[frame.place] = shown
        self._last[frame.place] = frame.draft_id
        replaced = old if old is not None and old.draft_id != frame.draft_id else None
        return replaced, shown

    def finish(self, place: DraftPlace) -> Draft | None:
        """End and return the draft in a place where a message of the bot came."""
        if place in self._last:
            self._finished[place] = self._last[place]
        return self._drafts.pop(place, None)

    def renew(self, place: DraftPlace) -> None:
        """Accept new drafts, because the person wrote."""
        self._finished.pop(place, None)

    def stop(self, place: DraftPlace, draft_id: int) -> Draft | None:
        """Press the stop button.

        Returns:
            The draft as it is left: `stopped`, and kept or not as it asked. None where there is no
            such draft with a button.
        """
        draft = self._drafts.get(place)
        if draft is None or draft.draft_id != draft_id or not draft.can_stop:
            return None
        self._stopped.add((place, draft_id))
        stopped = replace(draft, can_stop=False, stopped=True)
        if draft.keep_on_stop:
            self._drafts[place] = stopped
        else:
            del self._drafts[place]
        return stopped

    def expire(self, now: float) -> list[Draft]:
        """End the drafts whose time is over, and return them."""
        over = [draft for draft in self._drafts.values() if draft.expires_at <= now]
        for draft in over:
            del self._drafts[draft.place]
        return over
