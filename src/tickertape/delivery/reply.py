"""The visible life of one answer: events and outcomes go in with the time, actions come out.

    reply.feed(event, now)       the agent said something
    reply.poll(now)              what to do now: an action, or None
    reply.settle(outcome, now)   what came of the action that `poll` gave
    reply.stop(reason, now)      the reader, the gateway or a clock ends the answer
    reply.deadline               call `poll` again then; None: only after a feed, settle or stop
    reply.done                   nothing more will happen

The machine is pure: it reads no clock, waits for nothing, and calls nobody. `now` never goes back.

What it keeps, whatever comes in and in whatever order (tests/delivery/test_machine.py holds each by
its number, but for 7: the floors forbid delivery to know of agents):

1. What is on screen is a rendering of a prefix of what was said; once `done`, of all of it.
2. Delivery state is *what text was acknowledged*. `already_sent` is derived: true exactly when
   the complete final text was acknowledged.
3. Sealed segments never change once they are on screen; nothing is deleted.
4. At most one action is in flight; actions are never closer than the budget allows.
5. The final is never dropped and never waits behind previews; one call of the chat's budget is
   always kept for it. A throttled final is tried again until it lands or the chat is dead.
6. `done` is reached from every state once outcomes are accepted: after `stop`, after `Failed`,
   after any faults. All that was said is then committed, without cursor, marked when cut short.
7. Delivery never runs the agent again.
8. The final text is what the agent said, byte for byte before rendering. Cursor and pulse touch
   previews only.

**Transports.** Previews go through drafts, or through a message that is edited, or not at all: a
ladder that is only stepped down (`tickertape.delivery.flight`).

**Ambiguous posts.** A post whose answer was never heard may be on screen, and no platform tells.
Losing text is worse than doubling it, so it is posted again; but only after a `Probe`, which leaves
no trace, was heard: while nothing can be heard, nothing is doubled. With edits the first post is a
few words, and only edits follow; after two such posts no more previews are posted; with drafts
there is one post, at the end. It is never silent: `doubtful` lists every text that may stand twice.

**Restarts.** `Restarted` voids what was said since the last sealed segment. What is on screen of it
stays until the text of the next attempt replaces it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import assert_never, cast

from tickertape.chat import Address
from tickertape.delivery.actions import (
    Accepted,
    Action,
    Edit,
    Outcome,
    Post,
    Probe,
    Reason,
    Refused,
    ShowDraft,
    Throttled,
    Unknown,
)
from tickertape.delivery.budget import ChatBudget, Family
from tickertape.delivery.flight import (
    Flight,
    Via,
    first_via,
    screen_if_accepted,
    screen_if_unheard,
)
from tickertape.delivery.marks import EMPTY, StopReason, mark_of_end, mark_of_stop
from tickertape.delivery.segments import (
    Blank,
    Drafted,
    Posted,
    Segment,
    Segments,
    Unheard,
    Unshowable,
    shows,
)
from tickertape.delivery.streaming import StreamingConfig
from tickertape.delivery.surface import Surface
from tickertape.delivery.tempo import NEVER, PULSE, Tempo, alive_until, worth_at
from tickertape.delivery.trouble import NO_TROUBLE
from tickertape.events import Event, Failed, Finished, Restarted, TextDelta, ToolStarted
from tickertape.markup.plain import alike, render

__all__ = ["Reply"]

_STUMBLES = 3
_DOUBTFUL_PREVIEWS = 2
_REMOVALS = 2
_WORTH_WAITING = 2.0


class Reply:
    """One answer on its way to the screen. See the module's docstring for its promises."""

    def __init__(
        self,
        address: Address,
        surface: Surface,
        budget: ChatBudget,
        config: StreamingConfig,
        *,
        draft_ids: Iterator[int],
        reply_to: int | None = None,
    ) -> None:
        """Begin a reply that has said nothing.

        Args:
            address: Where it goes.
            surface: What can be shown there.
            budget: The chat's budget, shared by all its replies.
            config: How to stream.
            draft_ids: Where ids for drafts come from: 1 to 2**31 - 1, none of them in use.
            reply_to: The message that the first segment answers, if any.
        """
        self._address = address
        self._surface = surface
        self._budget = budget
        self._config = config
        self._draft_ids = draft_ids
        self._reply_to = reply_to
        self._via = first_via(surface, config)
        self._segments = Segments(surface.limit, surface.unit)
        self._flight: Flight | None = None
        self._tempo = Tempo()
        self._deadline: float | None = None
        self._trouble = NO_TROUBLE
        self._removals = 0
        self._doubtful: list[str] = []
        self._gave_up: Refused | None = None

    @property
    def deadline(self) -> float | None:
        """When `poll` should be called again; None when only another verb can change anything."""
        return None if self._flight is not None or self.done else self._deadline

    @property
    def done(self) -> bool:
        """Whether all is settled: everything said is on screen, or the channel said never."""
        if self._gave_up is not None:
            return True
        return self._segments.closed and self._flight is None and self._segments.pending() is None

    @property
    def closed(self) -> bool:
        """Whether the answer has ended: nothing that is fed counts any more."""
        return self._segments.closed

    @property
    def already_sent(self) -> bool:
        """Whether the complete final text was acknowledged: nobody needs to send it again."""
        return self.done and self._gave_up is None

    @property
    def said(self) -> str:
        """What the agent said, byte for byte."""
        return self._segments.said

    @property
    def gave_up(self) -> Refused | None:
        """Why the reply cannot be delivered; None where it can."""
        return self._gave_up

    @property
    def silent(self) -> bool:
        """Whether nothing of the answer is on screen as a message."""
        return not any(isinstance(segment.screen, Posted) for segment in self._segments.all)

    @property
    def doubtful(self) -> tuple[str, ...]:
        """The texts that may stand on screen twice: posts whose answers were never heard."""
        return tuple(self._doubtful)

    @property
    def draft_id(self) -> int | None:
        """The id of the draft that is shown, or was shown last."""
        drafts = (s.draft_id for s in reversed(self._segments.all) if s.draft_id is not None)
        return next(drafts, None)

    def urgency(self) -> tuple[int, float]:
        """Give the order among replies of one chat: finals, first words, the stalest preview."""
        segment = self._segments.pending()
        since = segment.unsent_since if segment is not None else None
        stale = since if since is not None else float("inf")
        if segment is not None and segment.sealed:
            return 0, stale
        return (1 if self._tempo.start is None else 2), stale

    def feed(self, event: Event, now: float) -> None:
        """Take in what the agent said. After the end nothing counts any more."""
        if self._segments.closed:
            return
        if isinstance(event, TextDelta):
            self._hear(event.text, now)
            return
        match event:
            case ToolStarted():
                self._segments.seal()
            case Restarted():
                self._segments.void()
            case Finished() | Failed():
                self._segments.close(mark_of_end(event))
            case _:
                return
        self._deadline = now

    def stop(self, reason: StopReason, now: float) -> None:
        """End the answer here: what was said is committed and marked. Harmless after the end."""
        if not self._segments.closed:
            self._segments.close(mark_of_stop(reason))
            self._deadline = now

    def poll(self, now: float) -> Action | None:
        """Give the action that is due, which is then in flight until `settle`; None: nothing."""
        if self._flight is not None or self._gave_up is not None:
            return None
        segment = self._segments.pending()
        if segment is None:
            return None
        final_at = self._final_at(segment, now)
        if final_at is not None and final_at <= now:
            action = self._message(segment, segment.final())
            return self._launch(action, segment, now, is_final=True)
        preview_at = self._preview_at(segment, now, final_at)
        if preview_at is not None and preview_at <= now:
            if (preview := self._preview(segment, now)) is not None:
                return self._launch(preview, segment, now, is_final=False)
            preview_at = self._preview_at(segment, now, final_at)
        self._deadline = min((at for at in (final_at, preview_at) if at is not None), default=None)
        return None

    def settle(self, outcome: Outcome, now: float) -> None:
        """Take in what came of the action in flight.

        A post that was accepted without a message id counts as never heard.

        Raises:
            ValueError: when nothing is in flight.
        """
        flight = self._flight
        if flight is None:
            msg = "no action is in flight"
            raise ValueError(msg)
        self._flight = None
        self._budget.land(flight.family, now)
        match outcome:
            case Accepted(message_id=None) if isinstance(flight.action, Post):
                self._undo(flight)
                self._unheard(flight, now)
            case Accepted():
                self._accepted(flight, outcome, now)
            case Throttled(by_flood_control=True):
                self._undo(flight)
                self._budget.refuse(flight.family, outcome.retry_after, now)
            case Throttled():
                self._undo(flight)
                self._trouble = self._trouble.pausing(
                    flight.segment, now + outcome.retry_after, is_final=flight.is_final
                )
            case Refused():
                self._undo(flight)
                self._refused(flight, outcome, now)
            case Unknown():
                self._undo(flight)
                self._unheard(flight, now)
            case _:
                assert_never(outcome)
        self._deadline = now

    def _hear(self, text: str, now: float) -> None:
        live = self._segments.live
        before, threshold = live.unsent, self._config.buffer_threshold
        self._segments.add(text, now)
        begins = before <= 0 or self._tempo.start is None
        if live.sealed or (before < threshold and (begins or live.unsent >= threshold)):
            self._deadline = now

    # When something is due.

    def _final_at(self, segment: Segment, now: float) -> float | None:
        if not segment.sealed:
            return None
        family = Family.DRAFTS if isinstance(segment.screen, Unheard) else Family.MESSAGES
        until = self._trouble.until_for(segment, is_final=True)
        return max(self._budget.final_at(family, now), until)

    def _preview_at(self, segment: Segment, now: float, final_at: float | None) -> float | None:
        """Say when a preview is due; while a final must wait, only to keep a draft alive."""
        if self._via is Via.FINALS_ONLY:
            return None
        due = self._alive_until(segment)
        if final_at is None:
            due = min(due, worth_at(segment, self._tempo, self._config))
        elif final_at < now + _WORTH_WAITING:
            return None
        if due == NEVER:
            return None
        traceless = self._via is Via.DRAFTS or isinstance(segment.screen, Unheard)
        family = Family.DRAFTS if traceless else Family.MESSAGES
        start, last = self._tempo.start, self._tempo.last
        at = self._budget.preview_at(family, now, start=start, last=last)
        if last is not None:
            at = max(at, last + self._config.edit_interval)
        return max(at, due, self._trouble.until_for(segment, is_final=False))

    def _alive_until(self, segment: Segment) -> float:
        if self._via is not Via.DRAFTS:
            return NEVER
        return alive_until(segment, self._surface.draft_lifetime)

    # What to do.

    def _launch(self, action: Action, segment: Segment, now: float, *, is_final: bool) -> Action:
        flight = Flight(
            action=action,
            segment=segment,
            is_final=is_final,
            version=segment.version,
            covered=segment.covered,
            unsent_since=segment.unsent_since,
            tempo=self._tempo,
        )
        self._flight = flight
        self._budget.spend(flight.family)
        if not is_final:
            segment.covered, segment.unsent_since = segment.points, None
            start = now if self._tempo.start is None else self._tempo.start
            self._tempo = Tempo(start=start, last=now)
        return action

    def _message(self, segment: Segment, text: str) -> Action:
        """Bring `text` into the segment's message: edit it, or post it once we can be heard."""
        match segment.screen:
            case Posted(message_id=message_id):
                return Edit(self._address, message_id, text)
            case Unheard():
                return Probe(self._address)
            case _:
                first = segment is self._segments.all[0]
                return Post(self._address, text, self._reply_to if first else None)

    def _preview(self, segment: Segment, now: float) -> Action | None:
        """Give the frame to show; None where it would change nothing."""
        fading = now >= self._alive_until(segment)
        text = self._frame(segment, fading=fading)
        if fading and not text:
            segment.screen = Blank()  # the attempt that it showed is void: let it vanish
        if not text or (not fading and shows(segment.screen, text)):
            segment.covered, segment.unsent_since = segment.points, None
            return None
        if self._via is not Via.DRAFTS or isinstance(segment.screen, Unheard):
            return self._message(segment, text)
        if segment.draft_id is None:
            segment.draft_id = next(self._draft_ids)
        return ShowDraft(self._address, segment.draft_id, text)

    def _frame(self, segment: Segment, *, fading: bool) -> str:
        """Render what was said so far, with the cursor, or with the pulse of a fading draft."""
        body = segment.final() if segment.sealed else render(segment.text)
        if not body:
            return ""
        ending = "" if segment.sealed else self._config.cursor
        if fading and shows(segment.screen, body + ending):
            ending += PULSE
        return body + ending if self._segments.fits(body + ending) else body

    # What came of it.

    def _accepted(self, flight: Flight, outcome: Accepted, now: float) -> None:
        if isinstance(flight.action, Probe):
            self._heard(flight)
            return
        asked = flight.action.text
        same = alike(outcome.shown, asked)
        on_screen = outcome if not same else replace(outcome, shown=asked)
        flight.segment.screen = screen_if_accepted(flight.action, on_screen, now)
        if same or not flight.is_final:
            self._trouble = NO_TROUBLE
            return
        self._trouble = self._trouble.worse(flight.segment, now, is_final=True, refused=True)
        if self._trouble.refusals >= _STUMBLES:
            self._gave_up = Refused(Reason.MALFORMED, "the channel shows another text")

    def _heard(self, flight: Flight) -> None:
        """The channel can be heard: what may have been posted is posted again."""
        self._undo(flight)
        flight.segment.screen = Blank()
        self._trouble = NO_TROUBLE

    def _undo(self, flight: Flight) -> None:
        """Nothing was shown: what the preview covered is unsent again."""
        segment = flight.segment
        if not flight.is_final:
            self._tempo = flight.tempo
        if not flight.is_final and segment.version is flight.version:
            segment.covered = min(flight.covered, segment.points)
            if flight.unsent_since is not None:
                segment.unsent_since = flight.unsent_since

    def _refused(self, flight: Flight, outcome: Refused, now: float) -> None:
        """Step down the ladder that the reason belongs to."""
        segment = flight.segment
        match outcome.reason:
            case Reason.THREAD_GONE if self._address.thread_id is not None:
                self._address = replace(self._address, thread_id=None)
            case Reason.CHAT_MOVED if outcome.moved_to not in (None, self._address.chat_id):
                self._move(flight, outcome, now)
            case Reason.THREAD_GONE | Reason.CHAT_MOVED | Reason.CHAT_DEAD | Reason.UNAUTHORIZED:
                self._gave_up = outcome
            case _ if isinstance(flight.action, Probe):
                self._heard(flight)
            case Reason.DRAFT_UNAVAILABLE if isinstance(flight.action, ShowDraft):
                self._step_down(flight, Via.EDITS, now)
            case Reason.MESSAGE_GONE | Reason.NOT_EDITABLE if isinstance(flight.action, Edit):
                self._out_of_reach(flight, outcome.reason, now)
            case Reason.TOO_LONG:
                # A text that changed meanwhile was not the one that is too long.
                if segment.version is flight.version and not self._segments.recut(segment, now):
                    self._stumble(flight, outcome, now)
            case Reason.EMPTY:
                segment.covered = segment.points
                if flight.is_final and isinstance(segment.screen, Posted) and not segment.mark:
                    segment.mark = EMPTY
                elif flight.is_final:
                    segment.screen = Unshowable()
            case _:
                self._stumble(flight, outcome, now)

    def _move(self, flight: Flight, outcome: Refused, now: float) -> None:
        """The chat has another number: its messages have others too, and stay where they are."""
        self._leave_behind(flight)
        self._address = replace(self._address, chat_id=cast("int", outcome.moved_to))
        flight.segment.wipe(now)
        self._stumble(flight, outcome, now)

    def _out_of_reach(self, flight: Flight, reason: Reason, now: float) -> None:
        """A reader took the message away, or it is frozen: its text is posted anew.

        The second time only the final is, lest a reader who deletes be pestered.
        """
        if reason is Reason.NOT_EDITABLE:
            self._leave_behind(flight)
        flight.segment.wipe(now)
        self._removals += 1
        if self._removals >= _REMOVALS:
            self._step_down(flight, Via.FINALS_ONLY, now)

    def _unheard(self, flight: Flight, now: float) -> None:
        """It may be on screen: what was acknowledged before says nothing any more."""
        flight.segment.screen = screen_if_unheard(flight)
        self._stumble(flight, None, now)
        if isinstance(flight.action, Post):
            self._doubtful.append(flight.action.text)
            if not flight.is_final and len(self._doubtful) >= _DOUBTFUL_PREVIEWS:
                self._step_down(flight, Via.FINALS_ONLY, now)

    def _leave_behind(self, flight: Flight) -> None:
        """Note that the segment's message stays beside the one to come."""
        if isinstance(flight.segment.screen, Posted):
            self._doubtful += [flight.segment.screen.shown, *flight.segment.screen.unheard]

    def _stumble(self, flight: Flight, refused: Refused | None, now: float) -> None:
        """Pause, longer each time.

        A preview's step of the ladder is left after three in a row: by drafts whatever they were,
        by messages when they were refused. A final that is not heard of is never given up; one
        that is refused three times over is posted instead of edited, and then given up.
        """
        self._trouble = trouble = self._trouble.worse(
            flight.segment, now, is_final=flight.is_final, refused=refused is not None
        )
        often = trouble.refusals >= _STUMBLES
        match flight.action:
            case ShowDraft() if trouble.failures >= _STUMBLES:
                self._step_down(flight, Via.EDITS, now)
            case Post() | Edit() if often and not flight.is_final:
                self._step_down(flight, Via.FINALS_ONLY, now)
            case Edit() if often:
                self._leave_behind(flight)
                flight.segment.screen = Blank()
                self._trouble = NO_TROUBLE
            case Post() if often:
                self._gave_up = refused
            case _:
                pass

    def _step_down(self, flight: Flight, via: Via, now: float) -> None:
        """Show previews another way from here on; what was shown is shown again that way."""
        if via > self._via:
            self._via = via
            self._trouble = NO_TROUBLE
            self._tempo = Tempo()
            if isinstance(flight.segment.screen, Drafted):
                flight.segment.wipe(now)  # it will vanish, for nobody keeps it alive
