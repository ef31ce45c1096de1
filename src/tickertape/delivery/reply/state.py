"""A reply as a value: all that a process needs to go on with it where another one stopped.

It can be compared, printed and stored (`tickertape.delivery.reply.stored`). Texts are the source of
everything else: pages, renderings and meters are made again from them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from tickertape.delivery.actions import Cause, Unknown
from tickertape.delivery.lost.lost_posts import LostPostsState
from tickertape.delivery.reply.in_flight import InFlight
from tickertape.delivery.reply.pieces import SegmentsState
from tickertape.delivery.reply.preview_clock import PreviewClock
from tickertape.delivery.reply.progress import ProgressState
from tickertape.delivery.reply.route import Route
from tickertape.delivery.reply.screen import Blank, Drafted, Posted, Screen, Unheard
from tickertape.delivery.reply.segment import SegmentState
from tickertape.markup.forms import Format, Rendering

__all__ = ["KILLED", "ReplyState", "after_restart", "begun_again"]

KILLED: Final = Unknown("the process that asked is gone", Cause.LATE)
"""What came of an action that was in flight when its process was killed, and of all that was still
open: it may arrive all the same, unheard."""


@dataclass(frozen=True, slots=True)
class ReplyState:
    """All that is known of a reply. Moments are those of the clock that its verbs were given."""

    at: float | None
    """When it was so; None: no verb has told a moment yet."""
    route: Route
    """Where the reply goes, and what went wrong on the way."""
    said: SegmentsState
    """What was said, and what is on screen of it."""
    progress: ProgressState
    """What the agent does besides speaking."""
    rung: Format
    """The highest form that is still to be had for this reply."""
    posts: LostPostsState = field(default_factory=LostPostsState)
    """What is known of posts that were missed, besides what their segments know."""
    flight: InFlight | None = None
    """The action in flight."""
    drafts: tuple[str, ...] = ()
    """The ids of its drafts, the oldest first."""
    typing_at: float | None = None
    """When to show next that an answer is being written; None: nothing was polled yet."""
    key: str = ""
    """What the keys of its posts begin with; empty: the channel knows none."""
    posts_made: int = 0
    """How many posts were made: the key of the next one ends with it."""


def after_restart(state: ReplyState, now: float, *, is_last: bool = False) -> ReplyState:
    """Return what is certain of a reply when another process takes it up at `now`.

    Moments are those of the new clock, as if no time had passed between. Frames may have been shown
    that were not stored any more: what is still being written may show anything. What came in
    meanwhile is not known, so that no lost post can be looked for.

    Args:
        state: What was stored of it.
        now: The present moment.
        is_last: Whether it was stored before each post was made: a chat takes one at a time, so
            that one in flight is the last of ours in its chat, and can be looked for.
    """
    by = now - state.at if state.at is not None else 0.0
    said = replace(
        state.said,
        all=tuple(_segment(part, by) for part in state.said.all),
        spare=tuple(_segment(part, by) for part in state.said.spare),
        strays=tuple(_segment(part, by) for part in state.said.strays),
    )
    backoff = state.route.backoff.later(by)
    route = replace(state.route, clock=_clock(state.route.clock, by), backoff=backoff)
    changed_at = _later(state.progress.changed_at, by)
    flight = _flight(state.flight, by) if state.flight is not None else None
    if is_last and flight is not None and state.flight is not None:
        flight = replace(flight, after=state.flight.after)
    return replace(
        state,
        at=now,
        route=route,
        said=said,
        progress=replace(state.progress, changed_at=changed_at),
        posts=replace(state.posts, open=tuple(_flight(one, by) for one in state.posts.open)),
        flight=flight,
        typing_at=_later(state.typing_at, by),
    )


def begun_again(state: ReplyState) -> ReplyState:
    """Return a reply whose whole text a `Restarted` takes back, also what stands before a tool.

    For an agent that tells its answer again from the first word. What is told goes into the
    messages that are on screen: those that show it already are not touched.
    """
    first = state.said.all[0].number
    said = replace(state.said, first_void=first, committed="", is_retold=True)
    told = replace(state.progress.progress, committed="", runs=())
    return replace(state, said=said, progress=replace(state.progress, progress=told))


def _segment(state: SegmentState, by: float) -> SegmentState:
    screen = _screen(state.screen, by, is_open=not state.sealed)
    return replace(state, screen=screen, unsent_since=_later(state.unsent_since, by))


def _flight(flight: InFlight, by: float) -> InFlight:
    return replace(
        flight,
        unsent_since=_later(flight.unsent_since, by),
        clock=_clock(flight.clock, by),
        since=flight.since + by,
        after=None,
        screen=_screen(flight.screen, by, is_open=not flight.is_final),
    )


def _screen(screen: Screen, by: float, *, is_open: bool) -> Screen:
    match screen:
        case Blank(until=until):
            return Blank(until + by)
        case Drafted(at=at):
            return Drafted(Rendering(""), at + by)
        case Unheard(since=since):
            return replace(screen, since=since + by, after=None, asked=(), gone=())
        case Posted(shown=shown, unheard=unheard) if is_open:
            return replace(screen, unheard=(*unheard, shown))
        case _:
            return screen


def _clock(clock: PreviewClock, by: float) -> PreviewClock:
    return replace(clock, start=_later(clock.start, by), last=_later(clock.last, by))


def _later(moment: float | None, by: float) -> float | None:
    return None if moment is None else moment + by
