"""The visible life of one answer: events and outcomes go in with the time, actions come out.

    reply.feed(event, now)       the agent said something
    reply.poll(now)              what to do now: an action, or None
    reply.settle(outcome, now)   what came of the action that `poll` gave
    reply.settle_late(action, outcome, now)   an answer came after the reply went on without it
    reply.stop(reason, now)      the reader, the gateway or a clock ends the answer
    reply.deadline               call `poll` again then; None: only after a feed, settle or stop
    reply.done                   all that was said is on screen, as far as anybody knows
    reply.over                   and no answer is awaited that could change it

The machine is pure: it reads no clock, waits for nothing, and calls nobody. `now` never goes back,
but for words that are told late (`tickertape.delivery.inbox`).

What it keeps, whatever comes in and in whatever order (tests/delivery/test_machine.py holds each by
its number, but for 7: the floors forbid delivery to know of agents):

1. What is on screen is a rendering of a prefix of what was said; once `done`, of all of it.
2. Delivery state is *what text was acknowledged*. `Shown.is_whole` is derived: true exactly when
   the complete final text was acknowledged.
3. Sealed segments never change once they are on screen, unless the agent takes back what it said;
   nothing is deleted but what is void, and only after all else is on screen.
4. At most one action is in flight, but for those whose answers did not come in time; actions are
   never closer than the budget allows.
5. The final never waits behind previews, and one call of the chat's budget is always kept for it.
   A throttled final is tried again until it lands or the chat is dead.
6. `done` is reached from every state once outcomes are accepted: after `stop`, after `Failed`,
   after any faults. All that was said is then committed, without cursor, marked when cut short.
7. Delivery never runs the agent again.
8. The final text is what the agent said, byte for byte before rendering. Cursor, pulse and the
   line of progress touch previews only.
9. Whatever answers are lost, late or garbled, and for however long: at most one message more than
   there should be shows the text of a segment, and where the channel can tell, none; what is out of
   reach aside. `doubtful` lists what may stand twice, or, after two unheard posts, not at all.

**Transports.** Previews go through drafts, or through a message that is edited, or not at all: a
ladder that is only stepped down, and only by a refusal (`tickertape.delivery.in_flight`).

**Posts that were not heard of** may be on screen. They are looked for, listened for, and posted
once more at the most (the table is in `tickertape.delivery.lost_post_steps`). A post that was
accepted without an id is on screen, and cannot be edited: no previews come after it.

**Restarts.** `Restarted` voids what was said since the last tool. What is on screen of it stays
until the text of the next attempt replaces it, message by message; messages that the next attempt
does not need are deleted at the end.

**Progress.** While the agent thinks or runs tools, previews tell so in one line
(`tickertape.delivery.progress`). It never costs a message of its own: the words that follow take
its place, and where none follow, its message goes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tickertape.chat import Address
from tickertape.delivery.actions import (
    Accepted,
    Action,
    Outcome,
    Probe,
    Refused,
    Throttled,
    Unknown,
)
from tickertape.delivery.budget import ChatBudget
from tickertape.delivery.fair_queue import Priority
from tickertape.delivery.formats import Abilities, Formats
from tickertape.delivery.frames import Frames
from tickertape.delivery.in_flight import InFlight
from tickertape.delivery.known import KnownAt
from tickertape.delivery.lost_posts import LostPosts
from tickertape.delivery.marks import StopReason, mark_of_end, mark_of_stop
from tickertape.delivery.outcomes import Outcomes
from tickertape.delivery.parts import Parts
from tickertape.delivery.preview_clock import PreviewClock
from tickertape.delivery.progress import ProgressLine
from tickertape.delivery.route import Route
from tickertape.delivery.schedule import Schedule
from tickertape.delivery.screen import Doubtful, Posted, Unheard
from tickertape.delivery.segment import Segment
from tickertape.delivery.segments import Segments
from tickertape.delivery.shown import Shown
from tickertape.delivery.state import ReplyState, as_found
from tickertape.delivery.streaming import StreamingConfig
from tickertape.delivery.surface import Surface
from tickertape.delivery.ways import grows, table
from tickertape.events import (
    Event,
    Failed,
    Finished,
    Restarted,
    SegmentEnded,
    TextDelta,
    ToolStarted,
)

__all__ = ["Reply"]


class Reply:
    """One answer on its way to the screen. See the module's docstring for its promises."""

    def __init__(  # noqa: PLR0913 - what a reply is given, most of it by name
        self,
        address: Address,
        surface: Surface,
        budget: ChatBudget,
        config: StreamingConfig,
        *,
        draft_ids: Iterator[str],
        reply_to: str | None = None,
        abilities: Abilities | None = None,
        known_at: KnownAt = lambda _: None,
        key: str = "",
    ) -> None:
        """Begin a reply that has said nothing.

        Args:
            address: Where it goes.
            surface: What can be shown there.
            budget: The chat's budget, shared by all its replies.
            config: How to stream.
            draft_ids: Where ids for drafts come from; none of them is in use.
            reply_to: The message that the first segment answers, if any.
            abilities: What the channel and its chats were found to lack, shared by all replies of
                a bot; None: nothing is known.
            known_at: What is known of a chat's messages; None where others write for the bot as
                well, so that a post whose answer was not heard cannot be looked for.
            key: What the keys of its posts begin with, unlike those of any other reply; empty:
                the channel knows none.
        """
        formats = Formats(
            config.rich, has_blocks=surface.blocks is not None, has_spans=surface.dialect != "raw"
        )
        ways = table.ways_of(surface, config)
        limits = surface.limits(with_blocks=config.rich != "off")
        if grows(ways[0]):
            limits = replace(limits, length=min(limits.length, ways[0].size))
        segments = Segments(surface.dialect, limits, formats)
        posts = LostPosts(segments, address, known_at)
        abilities = abilities or Abilities()
        route = Route(address, ways, reply_to)
        outcomes = Outcomes(route, segments, formats, abilities, posts)
        progress = ProgressLine(config.reasoning)
        self._parts = Parts(
            surface, budget, config, abilities, formats, segments, outcomes, progress
        )
        self._schedule = Schedule(self._parts)
        self._frames = Frames(self._parts, self._schedule, draft_ids, key=key)
        self._flight: InFlight | None = None
        self._at: float | None = None
        self._deadline: float | None = float("-inf") if surface.typing_lifetime else None

    @classmethod
    def resume(  # noqa: PLR0913 - what a reply is given, most of it by name
        cls,
        state: ReplyState,
        surface: Surface,
        budget: ChatBudget,
        config: StreamingConfig,
        now: float,
        *,
        draft_ids: Iterator[str],
        abilities: Abilities | None = None,
        known_at: KnownAt = lambda _: None,
    ) -> Reply:
        """Return a reply that goes on where `state` was taken, perhaps by a process that is gone.

        An action that was in flight was not heard of. Everything else is as for a reply that
        begins.

        Args:
            state: What was known of it.
            surface: What can be shown where it goes.
            budget: The chat's budget, of which its calls from before are no part.
            config: How to stream.
            now: The present moment; `state` may come from another clock.
            draft_ids: As for a reply that begins.
            abilities: As for a reply that begins.
            known_at: As for a reply that begins.
        """
        found = as_found(state, now)
        route = found.route
        reply = cls(
            route.address,
            surface,
            budget,
            config,
            draft_ids=draft_ids,
            abilities=abilities,
            known_at=known_at,
        )
        begun = reply._parts
        begun.formats.step_down(found.rung)
        segments = Segments.resumed(found.said, begun.segments)
        posts = LostPosts(segments, route.address, known_at, found.posts)
        outcomes = Outcomes(route, segments, begun.formats, begun.abilities, posts)
        progress = ProgressLine.resumed(found.progress)
        reply._parts = replace(begun, segments=segments, outcomes=outcomes, progress=progress)
        reply._schedule = Schedule(reply._parts, found.typing_at)
        reply._frames = Frames(
            reply._parts,
            reply._schedule,
            draft_ids,
            found.drafts,
            key=found.key,
            posts_made=found.posts_made,
        )
        reply._go_on(found.flight, now)
        return reply

    @property
    def state(self) -> ReplyState:
        """All that is known of it: what another process needs to go on with it."""
        return ReplyState(
            at=self._at,
            route=self._parts.outcomes.route,
            said=self._parts.segments.state,
            progress=self._parts.progress.state,
            rung=self._parts.formats.rung,
            posts=self._parts.outcomes.posts.state,
            flight=self._flight,
            drafts=self._frames.drafts,
            typing_at=self._schedule.typing_at,
            key=self._frames.key,
            posts_made=self._frames.posts_made,
        )

    def __repr__(self) -> str:
        """Return all that is known of it, to be read in a log."""
        return f"Reply({self.state!r})"

    @property
    def deadline(self) -> float | None:
        """When `poll` should be called again; None when only another verb can change anything."""
        return None if self._flight is not None or self.done else self._deadline

    @property
    def done(self) -> bool:
        """Whether everything said is on screen, or the channel said never; see also `over`."""
        if self._parts.outcomes.route.gave_up is not None:
            return True
        return (
            self._parts.segments.closed
            and self._flight is None
            and self._parts.segments.pending() is None
        )

    @property
    def over(self) -> bool:
        """Whether nothing more will happen: it is done, and no answer can still come."""
        return self.done and (
            self._parts.outcomes.route.gave_up is not None
            or not self._parts.outcomes.posts.open.all
        )

    @property
    def closed(self) -> bool:
        """Whether the answer has ended: nothing that is fed counts any more."""
        return self._parts.segments.closed

    @property
    def wants_deltas(self) -> bool:
        """Whether more words may change when it acts; else they can wait until it does.

        They cannot while an action is in flight, or while enough of them wait for their moment,
        unless they fill a message: whoever carries the reply need not tell of each, only now and
        then. Anything but words is always heeded.
        """
        if self._flight is not None:
            return False
        enough = self._parts.segments.live.unsent >= self._parts.config.buffer_threshold
        return not enough or self._parts.progress.is_busy

    @property
    def shown(self) -> Shown:
        """How it stands at this moment. What stayed in a chat that has moved is left out."""
        parts, route = self._parts, self._parts.outcomes.route
        screens = [segment.screen for segment in parts.segments.all]
        within_reach = (segment.screen for segment in parts.outcomes.within_reach())
        is_certain = not any(isinstance(screen, Doubtful) for screen in screens)
        return Shown(
            said=parts.segments.said,
            is_whole=self.done and route.gave_up is None and is_certain,
            is_silent=not any(isinstance(one, Posted | Unheard | Doubtful) for one in screens),
            address=route.address,
            gave_up=route.gave_up,
            doubtful=parts.outcomes.doubtful,
            drafts=self._frames.drafts,
            messages=tuple(one.message_id for one in within_reach if isinstance(one, Posted)),
        )

    def urgency(self) -> Priority:
        """Return the order among replies of one chat: finals, first words, the stalest preview."""
        return self._schedule.urgency()

    def feed(self, event: Event, now: float) -> None:
        """Take in what the agent said. After the end nothing counts any more."""
        if self._parts.segments.closed:
            return
        self._at = now
        if isinstance(event, TextDelta):
            self._hear(event.text, now)
            return
        if self._parts.progress.note(event, now):
            self._deadline = now
        match event:
            case ToolStarted():
                self._parts.segments.commit()
            case SegmentEnded() if self._parts.progress.kept:
                self._parts.segments.end()
            case SegmentEnded():
                self._parts.segments.seal()
            case Restarted():
                self._parts.segments.rollback()
                self._parts.outcomes.part(now)
            case Finished() | Failed():
                self._parts.segments.close(mark_of_end(event), self._parts.progress.kept)
            case _:
                return
        self._parts.outcomes.time(replace(self._parts.outcomes.route.clock, told=""))
        self._deadline = now

    def stop(self, reason: StopReason, now: float) -> None:
        """End the answer here: what was said is committed and marked. Harmless after the end."""
        if not self._parts.segments.closed:
            self._parts.segments.close(mark_of_stop(reason), self._parts.progress.kept)
            self._at = self._deadline = now

    def give_up(self, why: Refused) -> None:
        """End the reply without a call: it is known that it cannot be delivered."""
        self._parts.outcomes.give_up(why)

    def poll(self, now: float) -> Action | None:
        """Return the action that is due, which is then in flight until `settle`; None: nothing."""
        if self._flight is not None or self._parts.outcomes.route.gave_up is not None:
            return None
        self._at = now
        segment = self._parts.outcomes.posts.pending(now)
        if segment is None:
            return None
        schedule, frames = self._schedule, self._frames
        schedule.begin(now)
        if schedule.open_until(segment) <= now:
            self._parts.segments.part(segment, now)
        final_at = schedule.final_at(segment, now)
        if final_at is not None and final_at <= now:
            return self._launch(frames.final(segment, now), segment, now, is_final=True)
        preview_at = schedule.preview_at(segment, now, final_at)
        if preview_at is not None and preview_at <= now:
            if (preview := frames.preview(segment, now)) is not None:
                return self._launch(preview, segment, now, is_final=False)
            preview_at = schedule.preview_at(segment, now, final_at)
        typing_at = schedule.typing_due(now)
        if typing_at is not None and typing_at <= now:
            schedule.typed(now)
            sign = Probe(self._parts.outcomes.route.address)
            return self._launch(sign, segment, now, is_final=False)
        moments = (final_at, preview_at, typing_at)
        self._deadline = min((at for at in moments if at is not None), default=None)
        return None

    def settle(self, outcome: Outcome, now: float) -> None:
        """Take in what came of the action in flight.

        Raises:
            ValueError: when nothing is in flight.
        """
        flight = self._flight
        if flight is None:
            msg = "no action is in flight"
            raise ValueError(msg)
        self._at, self._flight = now, None
        self._count(flight, outcome, now)
        self._parts.outcomes.settle(flight, outcome, now)
        if not isinstance(outcome, Accepted):
            self._parts.progress.tell_again(now)
        self._deadline = now

    def settle_late(
        self, action: Action, outcome: Outcome, now: float, *, since: float | None = None
    ) -> None:
        """Take in what came of an action after all whose outcome was `Unknown` and `LATE`.

        Whoever performs actions tells it once for each of them, also where nothing came. Of equal
        ones it is the one that `poll` returned at `since`; None: the first.
        """
        flight = self._parts.outcomes.posts.open.find(action, since)
        if flight is None:
            return
        if isinstance(outcome, Throttled) and outcome.by_flood_control:
            self._parts.budget.refuse(flight.family, outcome.retry_after, now)
        self._parts.outcomes.late(flight, outcome)
        self._at = self._deadline = now

    def _go_on(self, flight: InFlight | None, now: float) -> None:
        """Record that no answer comes any more of what was on its way before a restart."""
        unheard = Unknown("the process that asked is gone")
        for late in self._parts.outcomes.posts.open.all:
            self.settle_late(late.action, unheard, now, since=late.since)
        if flight is not None:
            self._flight = flight
            self._parts.budget.spend(flight.family)
            self.settle(unheard, now)
        self._at, self._deadline = now, now

    def _count(self, flight: InFlight, outcome: Outcome, now: float) -> None:
        """Count the call against the limits, unless it never left."""
        if isinstance(outcome, Throttled) and not outcome.by_flood_control:
            self._parts.budget.refund(flight.family)
            return
        self._parts.budget.land(flight.family, now)
        if isinstance(outcome, Throttled):
            self._parts.budget.refuse(flight.family, outcome.retry_after, now)

    def _hear(self, text: str, now: float) -> None:
        live, outcomes = self._parts.segments.live, self._parts.outcomes
        if self._parts.progress.is_busy and self._parts.progress.note(TextDelta(text), now):
            self._deadline = now
        if outcomes.route.clock.told and live is self._parts.segments.all[0] and not live.points:
            # The first words go at once, however many previews told of thinking before.
            outcomes.time(PreviewClock(told=outcomes.route.clock.told))
        before, threshold = live.unsent, self._parts.config.buffer_threshold
        self._parts.segments.add(text, now)
        begins = before <= 0 or outcomes.route.clock.start is None
        if live.sealed or (before < threshold and (begins or live.unsent >= threshold)):
            self._deadline = now

    def _launch(self, action: Action, segment: Segment, now: float, *, is_final: bool) -> Action:
        outcomes = self._parts.outcomes
        flight = InFlight(
            action=action,
            segment=segment.number,
            is_final=is_final,
            version=segment.version,
            covered=segment.covered,
            points=segment.points,
            unsent_since=segment.unsent_since,
            clock=outcomes.route.clock,
            since=now,
            known=outcomes.posts.known,
            screen=segment.screen,
        )
        self._flight = flight
        self._parts.budget.spend(flight.family)
        if not is_final and not flight.asks:
            segment.cover()
            start = now if outcomes.route.clock.start is None else outcomes.route.clock.start
            outcomes.time(PreviewClock(start=start, last=now, told=self._parts.line(segment)))
        return action
