"""What was on screen of an answer, and when: a film of its calls, purely.

A frame counts as seen when the channel's answer was heard: what a reader saw was never later than
that. Frames are kept by what changed in them, so that a film is hardly longer than the answer.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import NamedTuple

from tickertape.delivery.actions import (
    Accepted,
    Action,
    Append,
    Delete,
    Edit,
    Outcome,
    Post,
    Refused,
    Seal,
    ShowDraft,
    Throttled,
)
from tickertape.watching.measures import SeenFrame
from tickertape.watching.reading import Reading, common_prefix, same

__all__ = ["Film", "TimedCall", "is_refused"]


@dataclass(frozen=True, slots=True)
class TimedCall:
    """One call to a channel."""

    action: Action
    """What was asked for."""
    outcome: Outcome
    """What came of it."""
    launched_at: float
    """When it was made, by the clock of the event loop."""
    heard_at: float
    """When its answer was heard, by the same clock."""

    @property
    def latency(self) -> float:
        """Seconds from its launch until it was heard."""
        return self.heard_at - self.launched_at

    @property
    def is_refused(self) -> bool:
        """Whether the channel said no to it: by flood control, or for good."""
        return is_refused(self.outcome)


def is_refused(outcome: Outcome) -> bool:
    """Return whether a channel said no: by flood control, or for good."""
    match outcome:
        case Throttled(by_flood_control=by_flood_control):
            return by_flood_control
        case _:
            return isinstance(outcome, Refused)


class _OfDraft(NamedTuple):
    """The key of a draft; a message has its id for a key."""

    draft_id: str


_Key = _OfDraft | str | None


class _Shot(NamedTuple):
    """A change of a text on screen: how much of it stayed, and what came behind that."""

    at: float
    of: _Key
    kept: int
    added: str | None  # None: the message is gone
    is_post: bool


class Film:
    """The screen of one chat, from a moment on."""

    __slots__ = ("_shots", "_texts")

    def __init__(self) -> None:
        """Begin with nothing on screen."""
        self._shots: list[_Shot] = []
        self._texts: dict[_Key, str] = {}

    def take(self, action: Action, outcome: Outcome, at: float) -> None:
        """Record what came of an action.

        Args:
            action: what was asked of the channel.
            outcome: what came of it; only what is on screen counts.
            at: when that was heard, in seconds of any clock.
        """
        if not isinstance(outcome, Accepted):
            return
        match action:
            case ShowDraft(draft_id=draft_id):
                self._show(_OfDraft(draft_id), outcome.shown, at)
            case Post():
                self._show(outcome.message_id, outcome.shown, at, is_post=True)
            case (
                Edit(message_id=message_id)
                | Append(message_id=message_id)
                | Seal(message_id=message_id)
            ):
                self._show(message_id, outcome.shown, at)
            case Delete(message_id=message_id):
                self._texts.pop(message_id, None)
                self._shots.append(_Shot(at, message_id, 0, None, is_post=False))
            case _:
                pass

    def _show(self, of: _Key, text: str, at: float, *, is_post: bool = False) -> None:
        before = self._texts.get(of, "")
        kept = common_prefix(before, text)
        self._texts[of] = text
        self._shots.append(_Shot(at, of, kept, text[kept:], is_post))

    def was_edited(self, messages: Container[str]) -> bool:
        """Return whether one of these messages got another text after it was posted."""
        posted: set[_Key] = set()
        for shot in self._shots:
            if shot.is_post:
                posted.add(shot.of)
            elif shot.of in posted and isinstance(shot.of, str) and shot.of in messages:
                return True
        return False

    def frames(
        self,
        whole: str,
        mark: str,
        begun_at: float,
        *,
        messages: Container[str] | None = None,
        drafts: Container[str] | None = None,
    ) -> list[SeenFrame]:
        """Return what a reader saw of an answer.

        Lines about thoughts and tools are not of the answer: a screen with nothing else is no
        frame.

        Args:
            whole: the whole answer.
            mark: what stands below it at the end.
            begun_at: when the turn began, by the clock of the calls.
            messages: the ids of its messages, where others may be posted meanwhile; None: all.
            drafts: the ids of its drafts; None: all.
        """
        whole = whole.strip()
        reading, screen = Reading(whole), _Screen()
        frames: list[SeenFrame] = []
        for shot in self._shots:
            if not _is_of(shot.of, messages, drafts):
                continue
            screen.change(shot)
            text = screen.text
            read = reading.read(text)
            visible = whole[: read.length]
            if not visible:
                continue
            is_all = read.length == len(whole)
            is_clean = same(text, whole + mark) if is_all and mark else not read.rest.strip()
            durable = is_clean and not screen.draft
            if not frames or (frames[-1].text, frames[-1].durable) != (visible, durable):
                frames.append(SeenFrame(shot.at - begun_at, visible, durable))
        return frames


class _Screen:
    """What is visible: messages in their order, and the newest draft below them."""

    def __init__(self) -> None:
        self._texts: dict[_Key, str] = {}
        self._messages: dict[_Key, str] = {}
        self.draft = ""

    @property
    def text(self) -> str:
        """Everything that is visible."""
        return "".join([*self._messages.values(), self.draft])

    def change(self, shot: _Shot) -> None:
        """Bring one change onto the screen."""
        if shot.added is None:
            self._messages.pop(shot.of, None)
            self._texts.pop(shot.of, None)
            return
        text = self._texts[shot.of] = self._texts.get(shot.of, "")[: shot.kept] + shot.added
        if isinstance(shot.of, _OfDraft):
            self.draft = text
            return
        self._messages[shot.of] = text
        if shot.is_post:
            self.draft = ""


def _is_of(key: _Key, messages: Container[str] | None, drafts: Container[str] | None) -> bool:
    match key:
        case _OfDraft(draft_id=draft_id):
            return drafts is None or draft_id in drafts
        case str():
            return messages is None or key in messages
        case None:
            return True
