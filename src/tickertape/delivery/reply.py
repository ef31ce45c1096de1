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
ladder that is only stepped down, and only by a refusal (`tickertape.delivery.flight`).

**Posts that were not heard of** may be on screen. They are looked for, listened for, and posted
once more at the most (`tickertape.delivery.lost_posts` has the table). A post that was accepted
without a number is on screen, and cannot be edited: no previews come after it.

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
    ShowDraft,
    Throttled,
)
from tickertape.delivery.budget import ChatBudget, Family
from tickertape.delivery.flight import Flight, Via, first_via, message_with
from tickertape.delivery.formats import Abilities, Formats
from tickertape.delivery.known import KnownAt
from tickertape.delivery.lost_posts import LostPosts, Step
from tickertape.delivery.marks import StopReason, mark_of_end, mark_of_stop
from tickertape.delivery.pace import Flow
from tickertape.delivery.progress import ProgressLine, told
from tickertape.delivery.screen import Blank, Doubtful, Posted, Unheard, shows
from tickertape.delivery.segment import Segment
from tickertape.delivery.segments import Segments
from tickertape.delivery.standing import Standing
from tickertape.delivery.streaming import StreamingConfig
from tickertape.delivery.surface import Surface
from tickertape.delivery.tempo import (
    NEVER,
    PULSE,
    TYPING_PATIENCE,
    Tempo,
    alive_until,
    telling_at,
    worth_at,
)
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
        draft_ids: Iterator[int],
        reply_to: int | None = None,
        abilities: Abilities | None = None,
        known_at: KnownAt = lambda _: None,
    ) -> None:
        """Begin a reply that has said nothing.

        Args:
            address: Where it goes.
            surface: What can be shown there.
            budget: The chat's budget, shared by all its replies.
            config: How to stream.
            draft_ids: Where ids for drafts come from: 1 to 2**31 - 1, none of them in use.
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
        self._drafts: list[int] = []
        has_blocks, has_spans = surface.blocks is not None, surface.dialect != "raw"
        self._formats = Formats(config.rich, has_blocks=has_blocks, has_spans=has_spans)
        limits = surface.limits(with_blocks=config.rich != "off")
        self._segments = Segments(surface.dialect, limits, self._formats)
        via = first_via(surface, config)
        posts = LostPosts(self._segments, surface.finds, address, known_at)
        self._standing = Standing(
            address, via, self._segments, self._formats, self._abilities, posts, reply_to
        )
        self._progress = ProgressLine(config.reasoning)
        self._typing_at: float | None = None
        self._flight: Flight | None = None
        self._deadline: float | None = float("-inf") if surface.typing_lifetime else None

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
        return self.done and (self.gave_up is not None or not self._standing.posts.are_awaited)

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
        return self._standing.gave_up

    @property
    def silent(self) -> bool:
        """Whether nothing of the answer can be on screen as a message."""
        shown = Posted | Unheard | Doubtful
        return not any(isinstance(segment.screen, shown) for segment in self._segments.all)

    @property
    def doubtful(self) -> tuple[str, ...]:
        """The texts of which it is not known how often they are on screen."""
        return self._standing.doubtful

    @property
    def address(self) -> Address:
        """Where it goes: elsewhere than at first once the chat has moved, or the topic is gone."""
        return self._standing.address

    @property
    def draft_ids(self) -> tuple[int, ...]:
        """The ids of all its drafts, the oldest first: a reader may still look at an older one."""
        return tuple(self._drafts)

    @property
    def message_ids(self) -> tuple[int, ...]:
        """The known ids of its messages in reading order; last, those whose text was taken back.

        What stayed behind in a chat that has moved is left out: its numbers mean others by now.
        """
        screens = (segment.screen for segment in self._standing.within_reach())
        return tuple(screen.message_id for screen in screens if isinstance(screen, Posted))

    def urgency(self) -> tuple[int, float]:
        """Give the order among replies of one chat: finals, first words, the stalest preview."""
        segment = self._segments.pending()
        since = segment.unsent_since if segment is not None else None
        stale = since if since is not None else float("inf")
        if segment is not None and segment.sealed:
            return 0, stale
        return (1 if self._standing.tempo.start is None else 2), stale

    def feed(self, event: Event, now: float) -> None:
        """Take in what the agent said. After the end nothing counts any more."""
        if self._segments.closed:
            return
        if isinstance(event, TextDelta):
            self._hear(event.text, now)
            return
        if self._progress.note(event, now):
            self._deadline = now
        match event:
            case ToolStarted():
                self._segments.fix()
            case SegmentEnded() if self._progress.kept:
                self._segments.end()
            case SegmentEnded():
                self._segments.seal()
            case Restarted():
                self._segments.void()
                self._standing.part(now)
            case Finished() | Failed():
                self._segments.close(mark_of_end(event), self._progress.kept)
            case _:
                return
        self._standing.tempo = replace(self._standing.tempo, told="")
        self._deadline = now

    def stop(self, reason: StopReason, now: float) -> None:
        """End the answer here: what was said is committed and marked. Harmless after the end."""
        if not self._segments.closed:
            self._segments.close(mark_of_stop(reason), self._progress.kept)
            self._deadline = now

    def give_up(self, why: Refused) -> None:
        """End the reply without a call: it is known that it cannot be delivered."""
        self._standing.gave_up = why

    def poll(self, now: float) -> Action | None:
        """Give the action that is due, which is then in flight until `settle`; None: nothing."""
        if self._flight is not None or self.gave_up is not None:
            return None
        segment = self._standing.posts.pending(now)
        if segment is None:
            return None
        self._begin(now)
        final_at = self._final_at(segment, now)
        if final_at is not None and final_at <= now:
            question = self._standing.question(segment, now)
            action = question or self._message(segment, segment.final(), is_final=True)
            return self._launch(action, segment, now, is_final=True)
        preview_at = self._preview_at(segment, now, final_at)
        if preview_at is not None and preview_at <= now:
            if (preview := self._preview(segment, now)) is not None:
                return self._launch(preview, segment, now, is_final=False)
            preview_at = self._preview_at(segment, now, final_at)
        typing_at = self._due_typing(now)
        if typing_at is not None and typing_at <= now:
            self._typing_at = now + self._surface.typing_lifetime * _TYPING_SHARE
            return self._launch(Probe(self._standing.address), segment, now, is_final=False)
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
        self._flight = None
        self._count(flight, outcome, now)
        self._standing.settle(flight, outcome, now)
        if not isinstance(outcome, Accepted):
            self._progress.tell_again(now)
        self._deadline = now

    def settle_late(self, action: Action, outcome: Outcome, now: float) -> None:
        """Take in what came of an action after all whose outcome was `Unknown` and `LATE`.

        Whoever performs actions tells it once for each of them, also where nothing came.
        """
        flight = self._standing.posts.awaited(action)
        if flight is None:
            return
        if isinstance(outcome, Throttled) and outcome.by_flood_control:
            self._budget.refuse(flight.family, outcome.retry_after, now)
        self._standing.late(flight, outcome)
        self._deadline = now

    def _count(self, flight: Flight, outcome: Outcome, now: float) -> None:
        """Count the call against the limits, unless it never left."""
        if isinstance(outcome, Throttled) and not outcome.by_flood_control:
            self._budget.refund(flight.family)
            return
        self._budget.land(flight.family, now)
        if isinstance(outcome, Throttled):
            self._budget.refuse(flight.family, outcome.retry_after, now)

    def _hear(self, text: str, now: float) -> None:
        live, standing = self._segments.live, self._standing
        if self._progress.is_busy and self._progress.note(TextDelta(text), now):
            self._deadline = now
        if standing.tempo.told and live is self._segments.all[0] and not live.points:
            # The first words go at once, however many previews told of thinking before.
            standing.tempo = Tempo(told=standing.tempo.told)
        before, threshold = live.unsent, self._config.buffer_threshold
        self._segments.add(text, now)
        begins = before <= 0 or standing.tempo.start is None
        if live.sealed or (before < threshold and (begins or live.unsent >= threshold)):
            self._deadline = now

    def _begin(self, now: float) -> None:
        """Take note of when the reply began, and of what is known of its chat by then."""
        if self._typing_at is None:
            self._typing_at = now + TYPING_PATIENCE
            if not self._abilities.has_blocks(self._standing.address.chat_id, now):
                self._formats.rung = max(self._formats.rung, Format.SPANS)

    # When something is due.

    def _due_typing(self, now: float) -> float | None:
        """Say when to show that an answer is being written: in the silence before its words."""
        segments, via = self._segments, self._standing.via
        blank = all(isinstance(segment.screen, Blank) for segment in segments.all)
        silent = via is Via.FINALS_ONLY or not any(segment.points for segment in segments.all)
        if not self._surface.typing_lifetime or segments.closed or not blank or not silent:
            return None
        return self._budget.preview_at(Family.DRAFTS, now, None, earliest=self._typing_at or now)

    def _final_at(self, segment: Segment, now: float) -> float | None:
        if not segment.sealed:
            return None
        step = self._standing.posts.step(segment, now)
        if step is Step.LISTEN:
            return self._standing.posts.listens_until(segment)
        family = Family.DRAFTS if step is Step.PROBE else Family.MESSAGES
        until = self._standing.paused_until(segment, is_final=True)
        return max(self._budget.final_at(family, now, self.urgency()), until)

    def _preview_at(self, segment: Segment, now: float, final_at: float | None) -> float | None:
        """Say when a preview is due; while a final must wait, only to keep a draft alive."""
        standing, tempo, line = self._standing, self._standing.tempo, self._line(segment)
        pause = standing.paused_until(segment, is_final=False)
        step = standing.posts.step(segment, now)
        if step is Step.ASK and not segment.sealed:
            return self._budget.preview_at(Family.MESSAGES, now, None, earliest=pause)
        if standing.via is Via.FINALS_ONLY or not standing.can_preview(segment):
            return None
        due = self._alive_until(segment, line)
        if final_at is None:
            due = min(due, worth_at(segment, tempo, self._config))
            untold = self._progress.untold_since(tempo.told)
            due = min(due, telling_at(segment, line, untold, tempo))
        elif final_at < now + _WORTH_WAITING:
            return None
        if due == NEVER:
            return None
        family = Family.DRAFTS if standing.is_drafted(segment) else Family.MESSAGES
        earliest = max(due, pause)
        if tempo.last is not None:
            earliest = max(earliest, tempo.last + self._config.edit_interval)
        flow, need = self._flow(segment), self.urgency()
        return self._budget.preview_at(family, now, flow, earliest=earliest, need=need)

    def _flow(self, segment: Segment) -> Flow | None:
        """Say how the reply runs; None before its first preview."""
        start, last = self._standing.tempo.start, self._standing.tempo.last
        if start is None or last is None:
            return None
        said = sum(one.points for one in self._segments.all)
        return Flow(start, last, said, segment.unsent, segment.unsent_since)

    def _alive_until(self, segment: Segment, line: str) -> float:
        if self._standing.via is not Via.DRAFTS:
            return NEVER
        return alive_until(segment, self._surface.draft_lifetime, line)

    # What to do.

    def _launch(self, action: Action, segment: Segment, now: float, *, is_final: bool) -> Action:
        standing = self._standing
        flight = Flight(
            action=action,
            segment=segment,
            is_final=is_final,
            version=segment.version,
            covered=segment.covered,
            points=segment.points,
            unsent_since=segment.unsent_since,
            tempo=standing.tempo,
            since=now,
            known=standing.posts.known,
            screen=segment.screen,
        )
        self._flight = flight
        self._budget.spend(flight.family)
        if not is_final and not flight.asks:
            segment.covered, segment.unsent_since = segment.points, None
            start = now if standing.tempo.start is None else standing.tempo.start
            standing.tempo = Tempo(start=start, last=now, told=self._line(segment))
        return action

    def _message(self, segment: Segment, frame: Rendering, *, is_final: bool) -> Action:
        """Bring `frame` into the segment's message: edit it, or post it."""
        reply_to = self._standing.reply_to if segment is self._segments.all[0] else None
        button = not is_final and self._config.stop_button and self._surface.stop_buttons
        to = self._standing.address
        return message_with(frame, segment.screen, to, reply_to=reply_to, stop_button=button)

    def _preview(self, segment: Segment, now: float) -> Action | None:
        """Give the frame to show; None where it would change nothing."""
        if (question := self._standing.question(segment, now)) is not None:
            return question
        line = self._line(segment)
        fading = now >= self._alive_until(segment, line)
        frame = self._frame(segment, line, fading=fading)
        if fading and not frame:
            segment.screen = Blank()  # the attempt that it showed is void: let it vanish
        self._progress.changed_at = None
        if not frame or (not fading and shows(segment.screen, frame)):
            segment.covered, segment.unsent_since = segment.points, None
            self._standing.tempo = replace(self._standing.tempo, told=line)
            return None
        if not self._standing.is_drafted(segment):
            return self._message(segment, frame, is_final=False)
        if segment.draft_id is None:
            segment.draft_id = next(self._draft_ids)
            self._drafts.append(segment.draft_id)
        return ShowDraft(self._standing.address, segment.draft_id, frame.text, frame.form)

    def _line(self, segment: Segment) -> str:
        """Give the line of progress, which stands in the live segment alone."""
        return "" if segment.sealed else self._progress.line()

    def _frame(self, segment: Segment, line: str, *, fading: bool) -> Rendering:
        """Render what was said so far, with the line of progress or the cursor.

        A draft that is fading gets a pulse where it would not change otherwise.
        """
        body = frame = segment.final() if segment.sealed else segment.preview()
        if line:
            in_draft = self._standing.via is Via.DRAFTS
            rung = max(self._formats.rung, segment.rung)
            has_blocks = in_draft and rung is Format.BLOCKS
            frame = told(body, line, in_draft=in_draft, has_blocks=has_blocks)
        elif body and not segment.sealed:
            frame = ended(body, self._config.cursor)
        if fading and frame and shows(segment.screen, frame):
            frame = ended(frame, PULSE)
        return frame if self._segments.fits(frame) else body
