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
2. Delivery state is *what text was acknowledged*. `already_sent` is derived: true exactly when
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
once more at the most (`tickertape.delivery.lost_posts` has the table). A post that was accepted
without an id is on screen, and cannot be edited: no previews come after it.

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
from tickertape.delivery.budget import ChatBudget, Family
from tickertape.delivery.formats import Abilities, Formats
from tickertape.delivery.in_flight import InFlight
from tickertape.delivery.known import KnownAt
from tickertape.delivery.lost_posts import LostPosts, Step
from tickertape.delivery.marks import StopReason, mark_of_end, mark_of_stop
from tickertape.delivery.outcomes import Outcomes
from tickertape.delivery.pace import Flow
from tickertape.delivery.preview_clock import (
    NEVER,
    PULSE,
    TYPING_PATIENCE,
    PreviewClock,
    alive_until,
    telling_at,
    worth_at,
)
from tickertape.delivery.progress import ProgressLine, told
from tickertape.delivery.route import Route
from tickertape.delivery.screen import Blank, Doubtful, Posted, Unheard, shows
from tickertape.delivery.segment import Segment
from tickertape.delivery.segments import Segments
from tickertape.delivery.state import ReplyState, as_found
from tickertape.delivery.streaming import StreamingConfig
from tickertape.delivery.surface import Surface
from tickertape.delivery.ways import DraftWay, WholeWay, append, grows, open_until, table
from tickertape.delivery.ways.target import Target
from tickertape.events import (
    Event,
    Failed,
    Finished,
    Restarted,
    SegmentEnded,
    TextDelta,
    ToolStarted,
)
from tickertape.markup.forms import Format, Rendering
from tickertape.markup.notes import ended

__all__ = ["Reply"]

_WORTH_WAITING = 2.0
_TYPING_SHARE = 0.9


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
        """
        self._abilities = abilities or Abilities()
        self._surface = surface
        self._budget = budget
        self._config = config
        self._draft_ids = draft_ids
        self._drafts: list[str] = []
        has_blocks, has_spans = surface.blocks is not None, surface.dialect != "raw"
        self._formats = Formats(config.rich, has_blocks=has_blocks, has_spans=has_spans)
        ways = table.ways_of(surface, config)
        limits = surface.limits(with_blocks=config.rich != "off")
        if grows(ways[0]):
            limits = replace(limits, length=min(limits.length, ways[0].size))
        self._segments = Segments(surface.dialect, limits, self._formats)
        posts = LostPosts(self._segments, address, known_at)
        self._outcomes = Outcomes(
            Route(address, ways, reply_to),
            self._segments,
            self._formats,
            self._abilities,
            posts,
        )
        self._progress = ProgressLine(config.reasoning)
        self._typing_at: float | None = None
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
        reply._formats.step_down(found.rung)
        reply._segments = segments = Segments.resumed(found.said, reply._segments)
        posts = LostPosts.resumed(found.posts, segments, route.address, known_at)
        reply._outcomes = Outcomes(route, segments, reply._formats, reply._abilities, posts)
        reply._progress = ProgressLine.resumed(found.progress)
        reply._drafts, reply._typing_at = list(found.drafts), found.typing_at
        reply._go_on(found.flight, now)
        return reply

    @property
    def state(self) -> ReplyState:
        """All that is known of it: what another process needs to go on with it."""
        return ReplyState(
            at=self._at,
            route=self._outcomes.route,
            said=self._segments.state,
            progress=self._progress.state,
            rung=self._formats.rung,
            posts=self._outcomes.posts.state,
            flight=self._flight,
            drafts=tuple(self._drafts),
            typing_at=self._typing_at,
        )

    def __repr__(self) -> str:
        """Tell all that is known of it."""
        return f"Reply({self.state!r})"

    @property
    def deadline(self) -> float | None:
        """When `poll` should be called again; None when only another verb can change anything."""
        return None if self._flight is not None or self.done else self._deadline

    @property
    def done(self) -> bool:
        """Whether everything said is on screen, or the channel said never; see also `over`."""
        if self.gave_up is not None:
            return True
        return self._segments.closed and self._flight is None and self._segments.pending() is None

    @property
    def over(self) -> bool:
        """Whether nothing more will happen: it is done, and no answer can still come."""
        return self.done and (self.gave_up is not None or not self._outcomes.posts.are_awaited)

    @property
    def closed(self) -> bool:
        """Whether the answer has ended: nothing that is fed counts any more."""
        return self._segments.closed

    @property
    def heeds_words(self) -> bool:
        """Whether more words may change when it acts; else they can wait until it does.

        They cannot while an action is in flight, or while enough of them wait for their moment,
        unless they fill a message: whoever carries the reply need not tell of each, only now and
        then. Anything but words is always heeded.
        """
        if self._flight is not None:
            return False
        enough = self._segments.live.unsent >= self._config.buffer_threshold
        return not enough or self._progress.is_busy

    @property
    def already_sent(self) -> bool:
        """Whether the complete final text was acknowledged: nobody needs to send it again."""
        in_doubt = any(isinstance(segment.screen, Doubtful) for segment in self._segments.all)
        return self.done and self.gave_up is None and not in_doubt

    @property
    def said(self) -> str:
        """What the agent said, byte for byte."""
        return self._segments.said

    @property
    def gave_up(self) -> Refused | None:
        """Why the reply cannot be delivered; None where it can."""
        return self._outcomes.route.gave_up

    @property
    def silent(self) -> bool:
        """Whether nothing of the answer can be on screen as a message."""
        shown = Posted | Unheard | Doubtful
        return not any(isinstance(segment.screen, shown) for segment in self._segments.all)

    @property
    def doubtful(self) -> tuple[str, ...]:
        """The texts of which it is not known how often they are on screen."""
        return self._outcomes.doubtful

    @property
    def address(self) -> Address:
        """Where it goes: elsewhere than at first once the chat has moved, or the topic is gone."""
        return self._outcomes.route.address

    @property
    def draft_ids(self) -> tuple[str, ...]:
        """The ids of all its drafts, the oldest first: a reader may still look at an older one."""
        return tuple(self._drafts)

    @property
    def message_ids(self) -> tuple[str, ...]:
        """The known ids of its messages in reading order; last, those whose text was taken back.

        What stayed behind in a chat that has moved is left out: its ids mean others by now.
        """
        screens = (segment.screen for segment in self._outcomes.within_reach())
        return tuple(screen.message_id for screen in screens if isinstance(screen, Posted))

    def urgency(self) -> tuple[int, float]:
        """Give the order among replies of one chat: finals, first words, the stalest preview."""
        segment = self._segments.pending()
        since = segment.unsent_since if segment is not None else None
        stale = since if since is not None else float("inf")
        if segment is not None and segment.sealed:
            return 0, stale
        return (1 if self._outcomes.route.clock.start is None else 2), stale

    def feed(self, event: Event, now: float) -> None:
        """Take in what the agent said. After the end nothing counts any more."""
        if self._segments.closed:
            return
        self._at = now
        if isinstance(event, TextDelta):
            self._hear(event.text, now)
            return
        if self._progress.note(event, now):
            self._deadline = now
        match event:
            case ToolStarted():
                self._segments.commit()
            case SegmentEnded() if self._progress.kept:
                self._segments.end()
            case SegmentEnded():
                self._segments.seal()
            case Restarted():
                self._segments.rollback()
                self._outcomes.part(now)
            case Finished() | Failed():
                self._segments.close(mark_of_end(event), self._progress.kept)
            case _:
                return
        self._outcomes.time(replace(self._outcomes.route.clock, told=""))
        self._deadline = now

    def stop(self, reason: StopReason, now: float) -> None:
        """End the answer here: what was said is committed and marked. Harmless after the end."""
        if not self._segments.closed:
            self._segments.close(mark_of_stop(reason), self._progress.kept)
            self._at = self._deadline = now

    def give_up(self, why: Refused) -> None:
        """End the reply without a call: it is known that it cannot be delivered."""
        self._outcomes.give_up(why)

    def poll(self, now: float) -> Action | None:
        """Give the action that is due, which is then in flight until `settle`; None: nothing."""
        if self._flight is not None or self.gave_up is not None:
            return None
        self._at = now
        segment = self._outcomes.posts.pending(now)
        if segment is None:
            return None
        self._begin(now)
        if self._open_until(segment) <= now:
            self._segments.part(segment, now)
        final_at = self._final_at(segment, now)
        if final_at is not None and final_at <= now:
            question = self._outcomes.question(segment, now)
            wanted = question or self._show(segment, segment.final(), is_final=True)
            return self._launch(wanted, segment, now, is_final=True)
        preview_at = self._preview_at(segment, now, final_at)
        if preview_at is not None and preview_at <= now:
            if (preview := self._preview(segment, now)) is not None:
                return self._launch(preview, segment, now, is_final=False)
            preview_at = self._preview_at(segment, now, final_at)
        typing_at = self._due_typing(now)
        if typing_at is not None and typing_at <= now:
            self._typing_at = now + self._surface.typing_lifetime * _TYPING_SHARE
            return self._launch(Probe(self._outcomes.route.address), segment, now, is_final=False)
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
        self._outcomes.settle(flight, outcome, now)
        if not isinstance(outcome, Accepted):
            self._progress.tell_again(now)
        self._deadline = now

    def settle_late(self, action: Action, outcome: Outcome, now: float) -> None:
        """Take in what came of an action after all whose outcome was `Unknown` and `LATE`.

        Whoever performs actions tells it once for each of them, also where nothing came.
        """
        flight = self._outcomes.posts.awaited(action)
        if flight is None:
            return
        if isinstance(outcome, Throttled) and outcome.by_flood_control:
            self._budget.refuse(flight.family, outcome.retry_after, now)
        self._outcomes.late(flight, outcome)
        self._at = self._deadline = now

    def _go_on(self, flight: InFlight | None, now: float) -> None:
        """Take note that no answer comes any more of what was on its way before a restart."""
        unheard = Unknown("the process that asked is gone")
        for late in self._outcomes.posts.open:
            self.settle_late(late.action, unheard, now)
        if flight is not None:
            self._flight = flight
            self._budget.spend(flight.family)
            self.settle(unheard, now)
        self._at, self._deadline = now, now

    def _count(self, flight: InFlight, outcome: Outcome, now: float) -> None:
        """Count the call against the limits, unless it never left."""
        if isinstance(outcome, Throttled) and not outcome.by_flood_control:
            self._budget.refund(flight.family)
            return
        self._budget.land(flight.family, now)
        if isinstance(outcome, Throttled):
            self._budget.refuse(flight.family, outcome.retry_after, now)

    def _hear(self, text: str, now: float) -> None:
        live, outcomes = self._segments.live, self._outcomes
        if self._progress.is_busy and self._progress.note(TextDelta(text), now):
            self._deadline = now
        if outcomes.route.clock.told and live is self._segments.all[0] and not live.points:
            # The first words go at once, however many previews told of thinking before.
            outcomes.time(PreviewClock(told=outcomes.route.clock.told))
        before, threshold = live.unsent, self._config.buffer_threshold
        self._segments.add(text, now)
        begins = before <= 0 or outcomes.route.clock.start is None
        if live.sealed or (before < threshold and (begins or live.unsent >= threshold)):
            self._deadline = now

    def _begin(self, now: float) -> None:
        """Take note of when the reply began, and of what is known of its chat by then."""
        if self._typing_at is None:
            self._typing_at = now + TYPING_PATIENCE
            if not self._abilities.has_blocks(self._outcomes.route.address.chat, now):
                self._formats.step_down(Format.SPANS)

    # When something is due.

    def _due_typing(self, now: float) -> float | None:
        """Say when to show that an answer is being written: in the silence before its words."""
        segments, way = self._segments, self._outcomes.route.way
        blank = all(isinstance(segment.screen, Blank) for segment in segments.all)
        silent = isinstance(way, WholeWay) or not any(segment.points for segment in segments.all)
        if not self._surface.typing_lifetime or segments.closed or not blank or not silent:
            return None
        return self._budget.preview_at(Family.DRAFTS, now, None, earliest=self._typing_at or now)

    def _final_at(self, segment: Segment, now: float) -> float | None:
        if not segment.sealed:
            return None
        step = self._outcomes.posts.step(segment, now)
        if step is Step.LISTEN:
            return self._outcomes.posts.listens_until(segment)
        family = Family.DRAFTS if step is Step.PROBE else Family.MESSAGES
        until = self._outcomes.paused_until(segment, is_final=True)
        return max(self._budget.final_at(family, now, self.urgency()), until)

    def _preview_at(self, segment: Segment, now: float, final_at: float | None) -> float | None:
        """Say when a preview is due; while a final must wait, only to keep a draft alive."""
        outcomes, clock, line = self._outcomes, self._outcomes.route.clock, self._line(segment)
        pause = outcomes.paused_until(segment, is_final=False)
        step = outcomes.posts.step(segment, now)
        if step is Step.ASK and not segment.sealed:
            return self._budget.preview_at(Family.MESSAGES, now, None, earliest=pause)
        if isinstance(outcomes.route.way, WholeWay) or not outcomes.can_preview(segment):
            return None
        due = self._alive_until(segment, line)
        if final_at is None:
            due = min(due, worth_at(segment, clock, self._config))
            untold = self._progress.untold_since(clock.told)
            due = min(due, telling_at(segment, line, untold, clock))
        elif final_at < now + _WORTH_WAITING:
            return None
        due = min(due, self._open_until(segment))
        if due == NEVER:
            return None
        family = Family.DRAFTS if outcomes.is_drafted(segment) else Family.MESSAGES
        earliest = max(due, pause)
        if clock.last is not None:
            earliest = max(earliest, clock.last + self._config.edit_interval)
        flow, need = self._flow(segment), self.urgency()
        return self._budget.preview_at(family, now, flow, earliest=earliest, need=need)

    def _flow(self, segment: Segment) -> Flow | None:
        """Say how the reply runs; None before its first preview."""
        start, last = self._outcomes.route.clock.start, self._outcomes.route.clock.last
        if start is None or last is None:
            return None
        said = sum(one.points for one in self._segments.all)
        return Flow(start, last, said, segment.unsent, segment.unsent_since)

    def _open_until(self, segment: Segment) -> float:
        """Return until when text may be added to the segment's message; `NEVER`: no longer."""
        screen, way = segment.screen, self._outcomes.route.way
        if segment.sealed or not isinstance(screen, Posted) or screen.open_since is None:
            return NEVER
        return open_until(way, screen.open_since)

    def _alive_until(self, segment: Segment, line: str) -> float:
        way = self._outcomes.route.way
        return alive_until(segment, way.lifetime, line) if isinstance(way, DraftWay) else NEVER

    # What to do.

    def _launch(self, action: Action, segment: Segment, now: float, *, is_final: bool) -> Action:
        outcomes = self._outcomes
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
        self._budget.spend(flight.family)
        if not is_final and not flight.asks:
            segment.cover()
            start = now if outcomes.route.clock.start is None else outcomes.route.clock.start
            outcomes.time(PreviewClock(start=start, last=now, told=self._line(segment)))
        return action

    def _show(self, segment: Segment, frame: Rendering, *, is_final: bool) -> Action:
        """Return what brings `frame` onto the screen, by the way that the reply takes."""
        route = self._outcomes.route
        drafts = self._outcomes.is_drafted(segment) and not is_final
        target = Target(
            address=route.address,
            is_final=is_final,
            reply_to=route.reply_to if segment is self._segments.all[0] else None,
            stop_button=not is_final and self._config.stop_button and self._surface.stop_buttons,
            draft_id=(segment.draft_id or self._draft_of(segment)) if drafts else "",
        )
        return table.action(route.way, frame, segment.screen, target)

    def _preview(self, segment: Segment, now: float) -> Action | None:
        """Give the frame to show; None where it would change nothing."""
        if (question := self._outcomes.question(segment, now)) is not None:
            return question
        screen = segment.screen
        if isinstance(screen, Posted) and self._open_until(segment) <= now:
            return append.ended(screen, self._outcomes.route.address)
        line = self._line(segment)
        fading = now >= self._alive_until(segment, line)
        frame = self._frame(segment, line, fading=fading)
        if fading and not frame:
            segment.show(Blank())  # the attempt that it showed is void: let it vanish
        self._progress.is_told()
        if not frame or (not fading and shows(segment.screen, frame)):
            segment.cover()
            self._outcomes.time(replace(self._outcomes.route.clock, told=line))
            return None
        return self._show(segment, frame, is_final=False)

    def _draft_of(self, segment: Segment) -> str:
        """Begin the draft of a segment."""
        draft_id = next(self._draft_ids)
        segment.draft_as(draft_id)
        self._drafts.append(draft_id)
        return draft_id

    def _line(self, segment: Segment) -> str:
        """Give the line of progress, which stands in the live segment alone."""
        return "" if segment.sealed else self._progress.line()

    def _frame(self, segment: Segment, line: str, *, fading: bool) -> Rendering:
        """Render what was said so far, with the line of progress or the cursor.

        A draft that is fading gets a pulse where it would not change otherwise.
        """
        body = frame = segment.final() if segment.sealed else segment.preview()
        if grows(self._outcomes.route.way):
            return body  # what is added cannot be taken back
        if line:
            in_draft = isinstance(self._outcomes.route.way, DraftWay)
            rung = max(self._formats.rung, segment.rung)
            has_blocks = in_draft and rung is Format.BLOCKS
            frame = told(body, line, in_draft=in_draft, has_blocks=has_blocks)
        elif body and not segment.sealed:
            frame = ended(body, self._config.cursor)
        if fading and frame and shows(segment.screen, frame):
            frame = ended(frame, PULSE)
        return frame if self._segments.fits(frame) else body
