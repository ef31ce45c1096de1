"""The visible life of one answer: events and outcomes go in with the time, actions come out.

    reply.feed(event, now)       the agent said something
    reply.poll(now)              what to do now: an action, or None
    reply.settle(outcome, now)   what came of the action that `poll` gave
    reply.stop(reason, now)      the reader, the gateway or a clock ends the answer
    reply.deadline               call `poll` again then; None: only after a feed, settle or stop
    reply.done                   nothing more will happen

The machine is pure: it reads no clock, waits for nothing, and calls nobody. `now` never goes back.

What it keeps, whatever comes in and in whatever order (tests/delivery/test_machine.py holds each
by its number):

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

**Transports.** Previews go through drafts, or through a message that is edited, or not at all
(`tickertape.delivery.flight.Via`). The ladder only goes down, and only when the channel says that
a step is not possible, or fails three times in a row; being throttled never changes it. Whatever
was shown as a draft is then posted, from its first character: nothing is lost, and the post
dismisses the draft.

**Ambiguous posts.** A post whose answer was never heard may be on screen, and no platform tells.
Losing text is worse than doubling it, so the text is posted again after a pause. The window is
kept small: with edits the first post is a few words, and from then on only idempotent edits
follow; after two such posts no more previews are posted; with drafts there is one post at the end.
It is never silent: `doubtful` lists every text that may stand twice.

**Restarts.** `Restarted` voids what was said since the last sealed segment. What is on screen of it
stays until the text of the next attempt replaces it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import assert_never

from tickertape.chat import Address
from tickertape.delivery.actions import (
    Accepted,
    Action,
    Edit,
    Outcome,
    Post,
    Reason,
    Refused,
    ShowDraft,
    Throttled,
    Unknown,
)
from tickertape.delivery.budget import ChatBudget, Family
from tickertape.delivery.flight import Flight, Via, first_via
from tickertape.delivery.marks import EMPTY, StopReason, mark_of_end, mark_of_stop
from tickertape.delivery.segments import (
    Blank,
    Drafted,
    Posted,
    Segment,
    Segments,
    Unshowable,
    shows,
)
from tickertape.delivery.streaming import StreamingConfig
from tickertape.delivery.surface import Surface
from tickertape.delivery.tempo import NEVER, PULSE, Tempo, alive_until, pause_after, worth_at
from tickertape.events import Event, Failed, Finished, Restarted, TextDelta, ToolStarted
from tickertape.markup.plain import alike, render

__all__ = ["Reply"]

_STUMBLES = 3
_DOUBTFUL_PREVIEWS = 2
_REMOVALS = 2
_UNHEARD_KEPT = 8
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
        self._retry_at = float("-inf")
        self._stumbles = 0
        self._refusals = 0
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
        """Whether the answer has ended, well or not: nothing that is fed counts any more."""
        return self._segments.closed

    @property
    def already_sent(self) -> bool:
        """Whether the complete final text was acknowledged: nobody needs to send it again."""
        return self._segments.closed and self._segments.pending() is None

    @property
    def said(self) -> str:
        """What the agent said, byte for byte."""
        return self._segments.said

    @property
    def gave_up(self) -> Refused | None:
        """Why the reply cannot be delivered; None where it can."""
        return self._gave_up

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
        since = self._tempo.unsent_since
        stale = since if since is not None else float("inf")
        if segment is not None and segment.sealed:
            return 0, stale
        return (1 if self._tempo.start is None else 2), stale

    # The four verbs.

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
                self._tempo = replace(self._tempo, unsent_since=None)
            case Finished() | Failed():
                self._close(mark_of_end(event))
            case _:
                return
        self._deadline = now

    def stop(self, reason: StopReason, now: float) -> None:
        """End the answer here: what was said is committed and marked. Harmless after the end."""
        if not self._segments.closed:
            self._close(mark_of_stop(reason))
            self._deadline = now

    def poll(self, now: float) -> Action | None:
        """Give the action that is due, which is then in flight until `settle`; None: nothing."""
        if self._flight is not None or self.done:
            return None
        segment = self._segments.pending()
        if segment is None:
            self._deadline = None
            return None
        final_at = self._final_at(segment, now)
        if final_at is not None and final_at <= now:
            return self._launch(self._final(segment), segment, now, is_final=True)
        preview_at = self._preview_at(segment, now, final_at)
        if preview_at is not None and preview_at <= now:
            action = self._preview(segment, now)
            if action is not None:
                return self._launch(action, segment, now, is_final=False)
            preview_at = self._preview_at(segment, now, final_at)
        self._deadline = min((at for at in (final_at, preview_at) if at is not None), default=None)
        return None

    def settle(self, outcome: Outcome, now: float) -> None:
        """Take in what came of the action in flight.

        A post that was accepted without a message id counts as never heard: it may be on screen,
        and cannot be edited.

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
                self._retry_at = now + outcome.retry_after
            case Refused():
                self._undo(flight)
                self._refused(flight, outcome, now)
            case Unknown():
                self._undo(flight)
                self._unheard(flight, now)
            case _:
                assert_never(outcome)
        self._deadline = now

    # What was said.

    def _hear(self, text: str, now: float) -> None:
        segments = self._segments
        before = segments.live.unsent
        segments.add(text)
        threshold = self._config.buffer_threshold
        if self._tempo.unsent_since is None:
            self._tempo = replace(self._tempo, unsent_since=now)
            self._deadline = now
        elif before < threshold and (
            before + len(text) >= threshold or self._tempo.start is None
        ):  # fmt: skip
            self._deadline = now
        elif segments.live.points < len(text):
            self._deadline = now  # a segment was cut off and sealed: its final is due

    def _close(self, mark: str) -> None:
        live = self._segments.live
        if not mark and isinstance(live.screen, Posted) and not render(live.text):
            mark = EMPTY
        self._segments.close(mark)
        # The final does not wait for what previews stumbled over.
        self._stumbles = self._refusals = 0
        self._retry_at = float("-inf")

    # When something is due.

    def _final_at(self, segment: Segment, now: float) -> float | None:
        if not segment.sealed:
            return None
        return max(self._budget.final_at(Family.MESSAGES, now), self._retry_at)

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
        family = Family.DRAFTS if self._via is Via.DRAFTS else Family.MESSAGES
        start, last = self._tempo.start, self._tempo.last
        at = self._budget.preview_at(family, now, start=start, last=last)
        if last is not None:
            at = max(at, last + self._config.edit_interval)
        return max(at, due, self._retry_at)

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
            tempo=self._tempo,
        )
        self._flight = flight
        self._budget.spend(flight.family)
        if not is_final:
            segment.covered = segment.points
            start = now if self._tempo.start is None else self._tempo.start
            self._tempo = Tempo(start=start, last=now)
        return action

    def _final(self, segment: Segment) -> Action:
        text = segment.final()
        if isinstance(segment.screen, Posted):
            return Edit(self._address, segment.screen.message_id, text)
        return self._post(segment, text)

    def _post(self, segment: Segment, text: str) -> Action:
        first = segment is self._segments.all[0]
        return Post(self._address, text, self._reply_to if first else None)

    def _preview(self, segment: Segment, now: float) -> Action | None:
        """Give the frame to show; None where it would change nothing."""
        fading = now >= self._alive_until(segment)
        text = self._frame(segment, fading=fading)
        if fading and not text:
            segment.screen = Blank()  # the attempt that it showed is void: let it vanish
        if not text or (not fading and shows(segment.screen, text)):
            segment.covered = segment.points
            self._tempo = replace(self._tempo, unsent_since=None)
            return None
        if self._via is Via.DRAFTS:
            if segment.draft_id is None:
                segment.draft_id = next(self._draft_ids)
            return ShowDraft(self._address, segment.draft_id, text)
        if isinstance(segment.screen, Posted):
            return Edit(self._address, segment.screen.message_id, text)
        return self._post(segment, text)

    def _frame(self, segment: Segment, *, fading: bool) -> str:
        """Render what was said so far, with the cursor, or with the pulse of a fading draft."""
        body = segment.final() if segment.sealed else render(segment.text)
        if not body:
            return ""
        ending = "" if segment.sealed else self._config.cursor
        pulsing = isinstance(segment.screen, Drafted) and segment.screen.shown.endswith(PULSE)
        if fading and not pulsing:
            ending += PULSE
        return body + ending if self._segments.fits(body + ending) else body

    # What came of it.

    def _accepted(self, flight: Flight, outcome: Accepted, now: float) -> None:
        self._stumbles = self._refusals = 0
        self._retry_at = float("-inf")
        asked, segment = flight.action.text, flight.segment
        same = alike(outcome.shown, asked)
        shown = asked if same else outcome.shown
        match flight.action:
            case ShowDraft():
                segment.screen = Drafted(shown, now)
            case Edit(message_id=message_id):
                segment.screen = Posted(message_id, shown)
            case Post():
                segment.screen = Posted(outcome.message_id or 0, shown)
            case _:
                assert_never(flight.action)
        if flight.is_final and not same:
            self._stumble(flight, Refused(Reason.MALFORMED, "another text was shown"), now)

    def _undo(self, flight: Flight) -> None:
        """Nothing was shown: what the preview covered is unsent again."""
        if flight.is_final or flight.segment.version is not flight.version:
            return
        flight.segment.covered = min(flight.covered, flight.segment.points)
        self._tempo = flight.tempo

    def _refused(self, flight: Flight, outcome: Refused, now: float) -> None:
        """Step down the ladder that the reason belongs to."""
        segment = flight.segment
        match outcome.reason:
            case Reason.DRAFT_UNAVAILABLE:
                self._step_down(Via.EDITS)
            case Reason.MESSAGE_GONE | Reason.NOT_EDITABLE:
                self._out_of_reach(flight, outcome.reason)
            case Reason.TOO_LONG:
                # A text that changed meanwhile was not the one that is too long.
                if segment.version is flight.version and not self._segments.recut(segment):
                    self._gave_up = outcome
            case Reason.EMPTY:
                segment.covered = segment.points
                if flight.is_final and isinstance(segment.screen, Posted) and not segment.mark:
                    segment.mark = EMPTY
                elif flight.is_final:
                    segment.screen = Unshowable()
            case Reason.THREAD_GONE if self._address.thread_id is not None:
                self._address = replace(self._address, thread_id=None)
            case Reason.CHAT_MOVED if outcome.moved_to not in (None, self._address.chat_id):
                self._address = replace(self._address, chat_id=outcome.moved_to)
            case Reason.THREAD_GONE | Reason.CHAT_MOVED | Reason.CHAT_DEAD | Reason.UNAUTHORIZED:
                self._gave_up = outcome
            case Reason.FORMAT_REJECTED | Reason.MALFORMED:
                self._stumble(flight, outcome, now)
            case _:
                assert_never(outcome.reason)

    def _out_of_reach(self, flight: Flight, reason: Reason) -> None:
        """A reader took the message away, or it is frozen: its text is posted anew.

        The second time only the final is, lest a reader who deletes be pestered.
        """
        if reason is Reason.NOT_EDITABLE:
            self._leave_behind(flight)
        flight.segment.screen = Blank()
        flight.segment.covered = 0
        self._removals += 1
        if self._removals >= _REMOVALS:
            self._step_down(Via.FINALS_ONLY)

    def _unheard(self, flight: Flight, now: float) -> None:
        """It may be on screen: what was acknowledged before says nothing any more."""
        segment = flight.segment
        match flight.action:
            case Post(text=text):
                self._doubtful.append(text)
                if not flight.is_final and len(self._doubtful) >= _DOUBTFUL_PREVIEWS:
                    self._step_down(Via.FINALS_ONLY)
            case Edit(text=text) if isinstance(segment.screen, Posted):
                unheard = (*segment.screen.unheard, text)[-_UNHEARD_KEPT:]
                segment.screen = replace(segment.screen, unheard=unheard)
            case ShowDraft() if isinstance(segment.screen, Drafted):
                segment.screen = replace(segment.screen, shown="")
            case _:
                pass
        self._stumble(flight, None, now)

    def _leave_behind(self, flight: Flight) -> None:
        """Note that the message which could not be edited stays beside the one to come."""
        if isinstance(flight.segment.screen, Posted):
            self._doubtful += [flight.segment.screen.shown, *flight.segment.screen.unheard]

    def _stumble(self, flight: Flight, refused: Refused | None, now: float) -> None:
        """Pause, longer each time.

        A preview's step of the ladder is left after three in a row: by drafts whatever they were,
        by messages when they were refused. A final that is not heard of is never given up; one
        that is refused three times over is posted instead of edited, and then given up.
        """
        self._stumbles += 1
        self._refusals += refused is not None
        self._retry_at = now + pause_after(self._stumbles)
        match flight.action:
            case ShowDraft() if self._stumbles >= _STUMBLES:
                self._step_down(Via.EDITS)
            case Edit() if flight.is_final and self._refusals >= _STUMBLES:
                self._leave_behind(flight)
                flight.segment.screen = Blank()
                self._refusals = 0
            case Post() if flight.is_final and self._refusals >= _STUMBLES:
                self._gave_up = refused
            case Post() | Edit() if not flight.is_final and self._refusals >= _STUMBLES:
                self._step_down(Via.FINALS_ONLY)
            case _:
                pass

    def _step_down(self, via: Via) -> None:
        self._via = via
        self._stumbles = self._refusals = 0
        self._tempo = replace(self._tempo, start=None, last=None)
