"""The visible life of one answer: events and outcomes go in with the time, actions come out.

    reply.feed(event, now)       the agent said something
    reply.poll(now)              what to do now: an action, or None
    reply.settle(outcome, now)   what came of the action that `poll` gave
    reply.settle_late(action, outcome, now)   an answer came after the reply went on without it
    reply.stop(reason, now)      the reader, the gateway or a clock ends the answer
    reply.intent                 what it wants next, and when: `poll` does nothing before;
                                 whether it is done, and over: no answer can still change it

The machine is pure: it reads no clock, waits for nothing, and calls nothing. `now` never goes back,
but for words that are told late (`tickertape.pump.chat_writer.Inbox`). What it promises is told by
`tickertape.delivery.reply.reply_view`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tickertape.delivery.actions import Accepted, Action, Edit, Outcome, Post, Refused, Throttled
from tickertape.delivery.formats import Abilities
from tickertape.delivery.limits.budget import ChatBudget, Family
from tickertape.delivery.lost.known import KnownAt
from tickertape.delivery.marks import StopReason, mark_of_end, mark_of_stop
from tickertape.delivery.reply.in_flight import ASKING, FAMILIES, InFlight
from tickertape.delivery.reply.intent import OVER, Intent, What
from tickertape.delivery.reply.preview_clock import NEVER, PreviewClock
from tickertape.delivery.reply.reply_view import ReplyView
from tickertape.delivery.reply.schedule import open_until
from tickertape.delivery.reply.screen import Blank, Drafted, Unheard
from tickertape.delivery.reply.segment import Segment
from tickertape.delivery.reply.state import KILLED, ReplyState, after_restart
from tickertape.delivery.streaming import StreamingConfig
from tickertape.delivery.surface import Surface
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


class Reply(ReplyView):
    """One answer on its way to the screen: what can happen to it."""

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
        is_last: bool = False,
    ) -> Reply:
        """Return a reply that goes on where `state` was taken, perhaps by a process that is gone.

        Args:
            state: What was known of it.
            surface: What can be shown where it goes.
            budget: The chat's budget, of which its calls from before are no part.
            config: How to stream.
            now: The present moment; `state` may come from another clock.
            draft_ids: As for a reply that begins.
            abilities: As for a reply that begins.
            known_at: As for a reply that begins.
            is_last: Whether `state` was stored before each post was made: see `after_restart`.
        """
        reply = cls(
            state.route.address,
            surface,
            budget,
            config,
            draft_ids=draft_ids,
            abilities=abilities,
            known_at=known_at,
        )
        found = after_restart(state, now, is_last=is_last)
        reply._go_on(reply._found(found, draft_ids, known_at), now)
        return reply

    def feed(self, event: Event, now: float) -> None:
        """Take in what the agent said. After the end nothing counts any more."""
        if isinstance(event, TextDelta):
            self.hear(event.text, now)
            return
        parts = self._parts
        if parts.segments.closed:
            return
        self._at = now
        is_news = parts.progress.note(event, now)
        match event:
            case ToolStarted():
                parts.segments.commit()
            case SegmentEnded() if parts.progress.kept:
                parts.segments.end()
            case SegmentEnded():
                parts.segments.seal()
            case Restarted():
                # Before the messages that are left are taken for what is said instead.
                parts.outcomes.part(parts.segments.changeable(), now)
                parts.segments.rollback()
            case Finished() | Failed():
                parts.segments.close(mark_of_end(event), parts.progress.kept)
            case _:
                self._decide(now if is_news else self.intent.at)
                return
        parts.outcomes.time(replace(parts.outcomes.route.clock, told=""))
        self._decide(now)

    def stop(self, reason: StopReason, now: float) -> None:
        """End the answer here: what was said is committed and marked. Harmless after the end."""
        if not self._parts.segments.closed:
            self._parts.segments.close(mark_of_stop(reason), self._parts.progress.kept)
            self._at = now
            self._decide(now)

    def give_up(self, why: Refused) -> None:
        """End the reply without a call: it is known that it cannot be delivered."""
        self._parts.outcomes.give_up(why)
        self._decide(None)

    def look(self, now: float) -> None:
        """Decide again: calls came free that were kept for others in the chat."""
        self._decide(now)

    def poll(self, now: float) -> Action | None:
        """Return the action that is due, which is then in flight until `settle`; None: nothing.

        Before the moment of `intent` nothing is.
        """
        at = self.intent.at
        if at is None or now < at:
            return None
        self._at = now
        if self._schedule.typing_at is None:
            self._schedule.begin(now)
        while (segment := self.intent.segment) is not None:
            if segment.lost or segment.former or not isinstance(segment.screen, Blank | Drafted):
                segment = self._advanced(segment, now)
                if segment is None:
                    break
            intent = self.intent
            what, at = self._schedule.decide(segment, intent.urgency, now)
            if at > now:
                self.intent = intent._replace(what=what, at=at if at < NEVER else None)
                return None
            action = self._frames.action(what, segment, now)
            if action is not None:
                self._launch(action, segment, now, is_final=what is What.FINAL)
                return action
            self._decide(now)  # the frame changes nothing: it counts as shown
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
        self._parts.budget.settle(FAMILIES[type(flight.action)], outcome, now)
        self._parts.outcomes.settle(flight, outcome, now)
        if isinstance(flight.action, Post) and flight.action.stop_button:
            self._charge_button(outcome, now)
        if not isinstance(outcome, Accepted):
            self._parts.progress.tell_again(now)
        self._decide(now)

    def settle_late(
        self, action: Action, outcome: Outcome, now: float, *, since: float | None = None
    ) -> None:
        """Take in what came of an action after all whose outcome was `Unknown` and `LATE`.

        Who performs actions tells it once for each of them, also where nothing came. Of equal
        ones it is the one that `poll` returned at `since`; None: the first.
        """
        flight = self._parts.outcomes.posts.open.find(action, since)
        if flight is None:
            return
        if isinstance(outcome, Throttled) and outcome.by_flood_control:
            self._parts.budget.refuse(FAMILIES[type(action)], outcome.retry_after, now)
        self._parts.outcomes.late(flight, outcome, now)
        self._at = now
        self._decide(now)

    def _decide(self, at: float | None) -> None:
        """Record what is wanted after a change; `poll` looks `at` what of it is due.

        While an action is in flight, its outcome can still change what looks complete: only after
        it the pieces are looked at again.
        """
        parts, is_flying = self._parts, self._flight is not None
        segments, route = parts.segments, parts.outcomes.route
        gave_up = route.gave_up is not None
        if is_flying and not gave_up:
            self.intent = Intent()
            return
        segment = segments.pending()
        done = gave_up or (segment is None and segments.closed)
        over = done and (gave_up or not parts.outcomes.posts.open.all)
        rank, since = 1 if route.clock.start is None else 2, None
        if segment is not None:
            rank, since = 0 if segment.sealed else rank, segment.unsent_since
        enough = segments.all[-1].unsent >= parts.config.buffer_threshold
        self.intent = Intent(
            what=What.NOTHING if at is None or done else What.LOOK,
            at=None if done else at,
            segment=segment,
            urgency=OVER if over else (rank, NEVER if since is None else since),
            done=done,
            over=over,
            wants_deltas=not enough or parts.progress.is_busy,
        )

    def _advanced(self, segment: Segment, now: float) -> Segment | None:
        """Return the segment that is shown next, after the steps that need no call."""
        pending: Segment | None = segment
        if segment.lost or segment.former or isinstance(segment.screen, Unheard):
            pending = self._parts.outcomes.posts.pending(now)
            self._decide(now)
        if pending is not None and open_until(pending, self._parts.outcomes.route.ways[0]) <= now:
            self._parts.segments.part(pending, now)
            self._decide(now)
        return pending

    def hear(self, words: str, now: float) -> None:
        """Take in words of the answer: many change nothing but the text.

        They ask for a look where they begin what waits, or make it enough, or end its message. A
        preview that waits for its planned moment is not planned again for each of them.
        """
        parts = self._parts
        if parts.segments.closed:
            return
        self._at = now
        live, clock = parts.segments.all[-1], parts.outcomes.route.clock
        is_busy = parts.progress.is_busy
        is_news = is_busy and parts.progress.note(TextDelta(words), now)
        if clock.told and live is parts.segments.all[0] and not live.points:
            # The first words go at once, however many previews told of thinking before.
            clock = PreviewClock(told=clock.told)
            parts.outcomes.time(clock)
        before, threshold = live.unsent, parts.config.buffer_threshold
        parts.segments.add(words, now)
        begins = before <= 0 or clock.start is None
        is_more = before < threshold and (begins or live.unsent >= threshold)
        if live.sealed or is_more or is_news:
            self._decide(now)
        elif is_busy:
            self._decide(self.intent.at)

    def _launch(self, action: Action, segment: Segment, now: float, *, is_final: bool) -> None:
        """Record that an action is in flight."""
        outcomes, clock = self._parts.outcomes, self._parts.outcomes.route.clock
        self._flight = InFlight(
            action=action,
            segment=segment.number,
            is_final=is_final,
            version=segment.version,
            covered=segment.covered,
            points=segment.points,
            unsent_since=segment.unsent_since,
            clock=clock,
            since=now,
            after=outcomes.posts.newest_known if isinstance(action, Post) else None,
            screen=segment.screen,
            nth=self._frames.posts_made,
        )
        self._parts.budget.spend(FAMILIES[type(action)])
        if not is_final and not isinstance(action, ASKING):
            segment.cover()
            told = "" if segment.sealed else self._parts.progress.line
            start = now if clock.start is None else clock.start
            outcomes.time(PreviewClock(start=start, last=now, told=told))
        self.intent = Intent()

    def _charge_button(self, outcome: Outcome, now: float) -> None:
        """Count the calls that a stop button takes by itself, both of its making and its end."""
        if isinstance(outcome, Accepted):
            for _ in range(self._parts.surface.button_calls):
                self._parts.budget.spend(Family.MESSAGES)
                self._parts.budget.land(Family.MESSAGES, now)

    def _go_on(self, flight: InFlight | None, now: float) -> None:
        """Record that no answer comes any more of what was on its way before a restart."""
        self._parts.outcomes.recall(now)
        if flight is not None:
            self._flight = flight
            self._parts.budget.spend(FAMILIES[type(flight.action)])
            self.settle(KILLED, now)
            self._parts.outcomes.posts.leave(flight.segment)
        for late in self.open_calls:
            if not isinstance(late.action, Edit):  # it may replace later texts: see `open_calls`
                self.settle_late(late.action, KILLED, now, since=late.since)
        self._at = now
        self._decide(now)
