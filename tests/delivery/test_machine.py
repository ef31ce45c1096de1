"""The promises of `tickertape.delivery.reply.reply_view`, held against random histories.

Hypothesis plays the agent, the clock, the reader and a platform that accepts, throttles, refuses
for every reason, loses answers before or after applying a call, and has true flood limits and a
true length limit. Each check names the promise that it holds by its number.
"""

from __future__ import annotations

import itertools
from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from reply_script import counted, draft_ids

from tickertape.chat import Address, ChatKind
from tickertape.delivery.actions import (
    Accepted,
    Acknowledge,
    Action,
    Append,
    Cause,
    ClearButtons,
    Delete,
    Edit,
    Find,
    Outcome,
    Post,
    PostVoice,
    Probe,
    Reason,
    Refused,
    Seal,
    ShowDraft,
    Throttled,
    Unknown,
)
from tickertape.delivery.lane import Lane
from tickertape.delivery.limits.budget import Budget
from tickertape.delivery.lost.known import KnownAt, KnownMessages
from tickertape.delivery.marks import StopReason
from tickertape.delivery.reply.preview_clock import PULSE
from tickertape.delivery.reply.reply import Reply
from tickertape.delivery.reply.screen import Doubtful, Posted, Unheard
from tickertape.delivery.reply.state import begun_again
from tickertape.delivery.reply.stored import dumps, loads
from tickertape.delivery.streaming import StreamingConfig
from tickertape.delivery.surface import Cadence, Surface, Window
from tickertape.delivery.ways import EDITS, AppendWay, DraftWay, ExtendWay, Way
from tickertape.errors import FailureKind, ProviderError
from tickertape.events import (
    Event,
    Failed,
    Finished,
    ReasoningDelta,
    Restarted,
    SegmentEnded,
    TextDelta,
    ToolFinished,
    ToolStarted,
)
from tickertape.markup.plain import render
from tickertape.markup.rulers import UTF16

LIMIT = 160
LIFETIME = 30.0
MESSAGES = Window(6, 20.0)
DRAFTS = Window(4, 3.0)
INVISIBLE = "\u200b"
MARKS = "⏹⏱⏸✂⚠∅"
PROGRESS = "💭🔧"
FOLD = ">"

texts = st.one_of(
    st.sampled_from(["one ", "two words ", "a few more words "]),  # less than a message
    st.text(alphabet=st.sampled_from("ab cé🚀\n\t" + INVISIBLE), min_size=1, max_size=40),
    st.integers(2, 30).map("words ".__mul__),
)
seconds = st.floats(0.0, 4.0, allow_nan=False)


def bare(text: str) -> str:
    """Drop what trimming may drop, so that texts compare by what can be read."""
    return "".join(text.split())


refusals = st.sampled_from(
    [
        Reason.DRAFT_UNAVAILABLE,
        Reason.THREAD_GONE,
        Reason.CHAT_MOVED,
        Reason.MALFORMED,
        Reason.NOT_EDITABLE,
    ]
)


class Platform:
    """A chat whose rules are stricter than the surface tells."""

    def __init__(self, true_limit: int, way: Way) -> None:
        self.true_limit = true_limit
        self.way = way
        self.now = 0.0
        self.open: dict[str, float] = {}
        self.messages: dict[str, str] = {}
        self.buttons: set[str] = set()
        self.draft: str | None = None
        self.arrivals: dict[type[Action], list[float]] = {ShowDraft: [], Post: []}
        self.numbers = itertools.count(1)

    def apply(self, action: Action) -> Outcome:
        if isinstance(action, Probe | Acknowledge | PostVoice | ClearButtons):
            return Accepted("")
        if isinstance(action, Delete):
            gone = self.messages.pop(action.message_id, None) is None
            return Refused(Reason.MESSAGE_GONE) if gone else Accepted("")
        if isinstance(action, Find):
            if action.message_id not in self.messages:
                return Refused(Reason.MESSAGE_GONE)
            self._press(action.message_id, on=False)
            return Accepted("", action.message_id)
        if isinstance(action, Append | Seal):
            return self._add(action)
        return self._show(action)

    def _show(self, action: ShowDraft | Post | Edit) -> Outcome:
        text = render(action.text)
        if not text.strip(INVISIBLE + " \n"):
            return Refused(Reason.EMPTY)
        if UTF16.measure(text) > self.true_limit:
            return Refused(Reason.TOO_LONG)
        match action:
            case ShowDraft():
                self.draft = text
                return Accepted(text)
            case Post():
                self.draft = None
                message_id = f"m{next(self.numbers)}"
                self.messages[message_id] = text
                self._press(message_id, on=action.stop_button)
                if action.is_open:
                    self.open[message_id] = self.now
                return Accepted(text, message_id)
            case Edit():
                if action.message_id in self.messages:
                    assert action.message_id not in self.open
                if action.message_id not in self.messages:
                    return Refused(Reason.MESSAGE_GONE)
                self.messages[action.message_id] = text
                self._press(action.message_id, on=action.stop_button)
                return Accepted(text, action.message_id)

    def _add(self, action: Append | Seal) -> Outcome:
        """Hold the rules of Slack's streams, or of Teams': none of them is ever asked to break."""
        id_ = action.message_id
        if id_ not in self.messages:
            return Refused(Reason.MESSAGE_GONE)
        if self.now > self.open.get(id_, float("-inf")) + LIFETIME:
            self.open.pop(id_, None)
            return Refused(Reason.STREAM_OVER)
        if isinstance(self.way, AppendWay):
            text = self.messages[id_] + action.added
        else:
            text = action.text
            assert text.startswith(self.messages[id_])
        if UTF16.measure(text) > self.true_limit:
            return Refused(Reason.TOO_LONG)
        self.messages[id_] = text
        if isinstance(action, Seal):
            del self.open[id_]
            self._press(id_, on=False)
        return Accepted(text, id_)

    def _press(self, message_id: str, *, on: bool) -> None:
        """Put the stop button below a message, or take it away."""
        self.buttons = self.buttons | {message_id} if on else self.buttons - {message_id}

    def count(self, action: Action, at: float) -> None:
        """Hold invariant 4: no window of the platform's own ever has more calls than allowed."""
        traceless = isinstance(action, ShowDraft | Probe)
        family, limit = (ShowDraft, DRAFTS) if traceless else (Post, MESSAGES)
        arrivals = self.arrivals[family]
        arrivals.append(at)
        inside = [a for a in arrivals if a > at - limit.seconds]
        assert len(inside) <= limit.calls


class ReplyMachine(RuleBasedStateMachine):
    """One reply in one chat."""

    @initialize(
        private=st.booleans(),
        transport=st.sampled_from(["auto", "draft", "edit", "off"]),
        cursor=st.sampled_from(["", " ▉"]),
        reasoning=st.sampled_from(["hide", "status", "show", "keep"]),
        true_limit=st.sampled_from([LIMIT, LIMIT, 100]),
        typing=st.sampled_from([0.0, 5.0]),
        stop_buttons=st.booleans(),
        finds=st.booleans(),
        way=st.sampled_from([None, None, AppendWay(LIFETIME, LIMIT), ExtendWay(LIFETIME, LIMIT)]),
    )
    def begin(  # noqa: PLR0917 - what a history begins with
        self,
        private: bool,
        transport: str,
        cursor: str,
        reasoning: str,
        true_limit: int,
        typing: float,
        stop_buttons: bool,
        finds: bool,
        way: AppendWay | ExtendWay | None,
    ) -> None:
        self.now = 100.0
        ways = (DraftWay(), *EDITS) if private else EDITS
        ways = ways if way is None else (way, *EDITS)
        self.platform = Platform(true_limit, ways[0])
        surface = Surface(
            limit=LIMIT,
            ruler=UTF16,
            ways=ways,
            typing_lifetime=typing,
            stop_buttons=stop_buttons,
            cadence=Cadence(messages=(MESSAGES,), drafts=(DRAFTS,)),
        )
        kind = ChatKind.PRIVATE if private else ChatKind.GROUP
        config = StreamingConfig.from_dict(
            {
                "transport": transport,
                "cursor": cursor,
                "buffer_threshold": 6,
                "reasoning": reasoning,
            }
        )
        self.cursor = cursor
        self.surface, self.config, self.draft_ids = surface, config, draft_ids()
        budget = Budget().chat("ada", surface.cadence)
        self.finds = finds
        self.reply = Reply(
            Address("chat", "ada", kind, thread="t7"),
            surface,
            budget,
            config,
            draft_ids=self.draft_ids,
            known_at=self._known(),
        )
        self.lane = Lane(budget)
        self.lane.join(self.reply)
        self.said = ""
        self.steps = 0
        self.fixed = ""
        self.restarted = False
        self.removed = 0
        self.malformed = 0
        self.complete: dict[str, str] = {}
        self.flying: Action | None = None
        self.late: list[tuple[Action, float, object, Outcome | None]] = []
        self.made_for: dict[str, object] = {}
        self.astray = False
        self.was_late = self.was_lost = False
        self.launched_at = 0.0
        self.mark_expected = False

    # The agent.

    @precondition(lambda self: not self.reply.closed)
    @rule(text=texts)
    def speak(self, text: str) -> None:
        self.reply.feed(TextDelta(text), self.now)
        self.said += text
        self.steps += 1

    @precondition(lambda self: not self.reply.closed)
    @rule(words=st.lists(texts, min_size=1, max_size=6), latency=st.floats(0.01, 1.0))
    def flow(self, words: list[str], latency: float) -> None:
        """The agent goes on, and the platform does what it is asked: previews come."""
        for text in words:
            self.speak(text)
            self._carry(latency)

    @precondition(lambda self: not self.reply.closed)
    @rule(text=texts, latency=st.floats(0.01, 1.0))
    def speak_and_show(self, text: str, latency: float) -> None:
        """As `flow`, of one delta: often enough that histories have previews."""
        self.speak(text)
        self._carry(latency)

    def _carry(self, latency: float) -> None:
        self.leap()
        if self.flying is None:
            self.poll()
        if self.flying is not None:
            self._answer(latency, 0.5, applied=True, heard=True)

    @precondition(lambda self: not self.reply.closed)
    @rule(
        event=st.sampled_from(
            [
                ToolStarted("1", "clock"),
                ToolFinished("1", "clock", ok=True),
                ReasoningDelta("hm "),
                ReasoningDelta("a thought that is long enough to stay alone "),
                SegmentEnded(),
            ]
        )
    )
    def mutter(self, event: Event) -> None:
        self.reply.feed(event, self.now)
        if isinstance(event, ToolStarted):
            self.fixed = self.said

    @precondition(lambda self: not self.reply.closed)
    @rule()
    def restart(self) -> None:
        """What was said since the last tool is void, also on screen: it may change from here."""
        self.reply.feed(Restarted(), self.now)
        self.said = self.fixed
        self.restarted = True
        fixed = {
            segment.screen.message_id
            for segment in self.reply._parts.segments.all
            if segment.sealed and isinstance(segment.screen, Posted)
        }
        self.complete = {id_: text for id_, text in self.complete.items() if id_ in fixed}

    @precondition(lambda self: not self.reply.closed and self.steps > 12)
    @rule(how=st.sampled_from(["finish", "length", "fail", "user", "timeout", "shutdown"]))
    def end(self, how: str) -> None:
        self._end(how)

    def _end(self, how: str) -> None:
        match how:
            case "finish":
                self.reply.feed(Finished(), self.now)
            case "length":
                self.reply.feed(Finished("length"), self.now)
            case "fail":
                error = ProviderError(FailureKind.NETWORK, "gone")
                self.reply.feed(Failed(error), self.now)
            case _:
                self.reply.stop(StopReason(how), self.now)
        self.mark_expected = how != "finish"
        self.reply.feed(TextDelta("never heard"), self.now)
        self.reply.stop(StopReason.USER, self.now)

    # Time, and what the core wants to do.

    @rule(wait=seconds)
    def wait(self, wait: float) -> None:
        self.now += wait

    @rule()
    def leap(self) -> None:
        deadline = self.lane.deadline
        if deadline is not None and deadline - self.now < 400:
            self.now = max(self.now, deadline)

    @precondition(lambda self: self.flying is None)
    @rule()
    def poll(self) -> None:
        due = self.lane.deadline is not None and self.lane.deadline <= self.now
        action = self.lane.poll(self.now)
        if action is None:
            deadline = self.lane.deadline
            # A machine that wants nothing now must not ask to be polled at once again.
            assert deadline is None or deadline > self.now
            return
        assert due  # who polls only at the deadline misses nothing
        self.flying, self.launched_at = action, self.now
        assert self.lane.poll(self.now) is None  # invariant 4: one in flight
        if not isinstance(action, Probe | Delete | Find):
            assert UTF16.measure(action.text) <= LIMIT
            assert action.text.strip()

    def _known(self) -> KnownAt:
        """Return what a process knows of the messages of its chats when it starts."""
        known = KnownMessages(counted()) if self.finds else None
        if known is not None:
            known.note("m0")
        return lambda _: known

    # The process.

    @rule(applied=st.booleans(), later=st.floats(-50.0, 400.0), retells=st.booleans())
    def be_killed(self, applied: bool, later: float, retells: bool) -> None:
        """Another process, with another clock, goes on from what was stored last.

        Its agent may tell the answer again from the first word.
        """
        retells = retells and not self.reply.closed
        if self.flying is not None and applied:
            self._apply(self.flying)
        self.was_lost = self.was_lost or isinstance(self.flying, Post)
        while self.late:
            action, _, segment, outcome = self.late.pop()
            if applied and outcome is None:
                self._apply(action, segment)
        stored = dumps(self.reply.state)
        assert loads(stored) == self.reply.state
        self.flying, self.finds, self.was_late = None, False, True
        self.now += later
        self.platform.arrivals = {kind: [] for kind in self.platform.arrivals}
        budget = Budget().chat(self.reply.shown.address.chat, self.surface.cadence)
        state = loads(stored)
        self.reply = Reply.resume(
            begun_again(state) if retells else state,
            self.surface,
            budget,
            self.config,
            self.now,
            draft_ids=self.draft_ids,
            known_at=self._known(),
        )
        self.late = [(one.action, one.since, one.segment, None) for one in self.reply.open_calls]
        self.lane = Lane(budget)
        self.lane.join(self.reply)
        if retells:
            self.fixed = ""
            self.restart()

    # The platform.

    @precondition(lambda self: self.flying is not None)
    @rule(latency=st.floats(0.0, 2.0), arrives=st.floats(0.0, 1.0))
    def accept(self, latency: float, arrives: float) -> None:
        self._answer(latency, arrives, applied=True, heard=True)

    @precondition(lambda self: self.flying is not None)
    @rule(latency=st.floats(0.0, 2.0), applied=st.booleans())
    def lose(self, latency: float, applied: bool) -> None:
        self._answer(latency, 0.5, applied=applied, heard=False)

    @precondition(lambda self: self.flying is not None)
    @rule(latency=st.floats(0.0, 2.0))
    def accept_without_a_number(self, latency: float) -> None:
        """`true` instead of a message."""
        assert self.flying is not None
        self.platform.count(self.flying, self.launched_at + latency * 0.5)
        outcome = self._apply(self.flying)
        if isinstance(outcome, Accepted) and isinstance(self.flying, Post):
            assert outcome.message_id is not None
            self.made_for[outcome.message_id] = outcome  # frozen: it is no segment's any more
            outcome = Accepted(outcome.shown)
            self.finds = False  # an unknown message of ours is not always the one that is missing
        self.now = max(self.now, self.launched_at + latency)
        self._settle(outcome)

    @precondition(lambda self: self.flying is not None)
    @rule(applied=st.booleans())
    def keep_open(self, applied: bool) -> None:
        """The answer does not come in time: the call is applied, or held on its way."""
        assert self.flying is not None
        assert self.reply._flight is not None
        if not isinstance(self.flying, Post | Edit | Delete):
            return
        segment = self.reply._flight.segment
        outcome = self._apply(self.flying) if applied else None
        if applied:
            self.platform.count(self.flying, self.launched_at)
        self.late.append((self.flying, self.launched_at, segment, outcome))
        self.was_late = True
        self.now = max(self.now, self.launched_at + 10.0)
        self._settle(Unknown("late", Cause.LATE))

    @precondition(lambda self: self.late)
    @rule(data=st.data(), heard=st.booleans())
    def come_late(self, data: st.DataObject, heard: bool) -> None:
        """A call that was given up is applied by now, in any order, and its answer may be heard."""
        self._come_late(data.draw(st.integers(0, len(self.late) - 1)), heard=heard)

    def _come_late(self, at: int, *, heard: bool) -> None:
        action, since, segment, outcome = self.late.pop(at)
        if outcome is None and not heard:
            self.finds = False  # it may have been asked for before it came
        outcome = outcome or self._apply(action, segment)
        heard_of = outcome if heard else Unknown("given up")
        self.lane.settle_late(self.reply, action, heard_of, self.now, since=since)

    def _apply(self, action: Action, segment: object = None) -> Outcome:
        """Do what the platform does, and note for which segment a message was made."""
        if segment is None:
            assert self.reply._flight is not None
            segment = self.reply._flight.segment
        self.platform.now = self.now
        outcome = self.platform.apply(action)
        if isinstance(action, Post) and isinstance(outcome, Accepted):
            assert outcome.message_id is not None
            self.made_for[outcome.message_id] = segment
        return outcome

    @precondition(lambda self: self.flying is not None)
    @rule(retry_after=st.floats(0.1, 300.0), asked=st.booleans())
    def throttle(self, retry_after: float, asked: bool) -> None:
        self._settle(Throttled(retry_after, by_flood_control=asked))

    @precondition(lambda self: self.flying is not None)
    @rule(reason=refusals)
    def refuse(self, reason: Reason) -> None:
        assert self.flying is not None
        if (refused := self._refused(self.flying, reason)) is not None:
            self._settle(refused)

    @precondition(lambda self: any(outcome is None for *_, outcome in self.late))
    @rule(data=st.data(), reason=refusals)
    def refuse_late(self, data: st.DataObject, reason: Reason) -> None:
        """A call that was given up is refused by now."""
        held = [at for at, (*_, outcome) in enumerate(self.late) if outcome is None]
        at = data.draw(st.sampled_from(held))
        action, since, *_ = self.late[at]
        if (refused := self._refused(action, reason)) is not None:
            del self.late[at]
            self.lane.settle_late(self.reply, action, refused, self.now, since=since)

    def _refused(self, action: Action, reason: Reason) -> Refused | None:
        """Return the refusal of an action; None where it is not refused for that, or too often."""
        if reason is Reason.DRAFT_UNAVAILABLE and not isinstance(action, ShowDraft):
            return None
        if reason is Reason.THREAD_GONE and action.address.thread is None:
            return None
        if reason is Reason.NOT_EDITABLE and not isinstance(action, Edit | Delete):
            return None
        if reason is Reason.MALFORMED and isinstance(action, Find):
            return None
        self.astray = self.astray or reason in (Reason.CHAT_MOVED, Reason.NOT_EDITABLE)
        counts = reason in (Reason.MALFORMED, Reason.CHAT_MOVED)
        if counts and not isinstance(action, ShowDraft):
            # Three in a row of one final give an answer up: see the tables in test_reply.py.
            if self.malformed == 2:
                return None
            self.malformed += 1
        if reason is Reason.CHAT_MOVED:
            self.platform.draft = None
        return Refused(reason, moved_to=f"{action.address.chat}+")

    @precondition(lambda self: self.platform.messages)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        """A reader deletes a message."""
        if self.removed < 3 and not self.reply.intent.done:
            gone = data.draw(st.sampled_from(sorted(self.platform.messages)))
            del self.platform.messages[gone]
            self.removed += 1

    def _answer(self, latency: float, arrives: float, *, applied: bool, heard: bool) -> None:
        assert self.flying is not None
        outcome: Outcome = Unknown("lost")
        if applied:
            self.platform.count(self.flying, self.launched_at + latency * arrives)
            outcome = self._apply(self.flying)
        self.now = max(self.now, self.launched_at + latency)
        self._settle(outcome if heard else Unknown("lost"))

    def _settle(self, outcome: Outcome) -> None:
        is_heard = isinstance(outcome, Accepted) and outcome.message_id is not None
        lost = isinstance(outcome, Accepted | Unknown) and not is_heard
        self.was_lost = self.was_lost or (isinstance(self.flying, Post) and lost)
        self.flying = None
        self.lane.settle(outcome, self.now)

    # The promises.

    @invariant()
    def what_was_said_is_kept(self) -> None:
        """Invariant 8: byte for byte."""
        if hasattr(self, "reply"):
            assert self.reply.shown.said == self.said

    @invariant()
    def the_screen_is_a_prefix(self) -> None:
        """Invariant 1, wherever no message was doubled, removed or voided."""
        if (
            not hasattr(self, "reply")
            or self.restarted
            or self.removed
            or self.reply.shown.doubtful
        ):
            return
        if self.was_late:
            return
        posted = "".join(bare(self._clean(t)) for t in self.platform.messages.values())
        said = bare(self.said).replace(INVISIBLE, "")
        posted = posted.replace(INVISIBLE, "")
        assert said.startswith(posted)
        if self.platform.draft is not None:
            draft = bare(self._clean(self.platform.draft)).replace(INVISIBLE, "")
            assert said[len(posted) :].startswith(draft) or said.startswith(draft)

    @invariant()
    def every_message_is_known(self) -> None:
        """Nothing that is on screen is forgotten: it belongs to a segment, or is listed."""
        if not hasattr(self, "reply") or self.flying is not None or self.reply.shown.doubtful:
            return
        screens = [segment.screen for segment in self.reply._parts.segments.every()]
        known = {screen.message_id for screen in screens if isinstance(screen, Posted)}
        nameless = sum(isinstance(screen, Unheard) for screen in screens)
        assert len(self.platform.messages.keys() - known) <= nameless

    @invariant()
    def at_most_one_message_too_many(self) -> None:
        """Invariant 9, wherever no message was frozen, and the chat did not move."""
        if hasattr(self, "reply") and not self.astray and not self.removed:
            made = Counter(self.made_for[one] for one in self.platform.messages)
            assert all(number <= 2 for number in made.values())

    @invariant()
    def unsent_text_has_its_moment(self) -> None:
        """Text that no preview covers, or a final, is never waited for without a deadline."""
        if not hasattr(self, "reply") or self.flying is not None or self.reply.intent.done:
            return
        segment = self.reply._parts.segments.pending()
        assert segment is not None
        has_previews = self.reply._parts.outcomes.preview_family(segment) is not None
        if segment.sealed or (has_previews and segment.unsent > 0):
            assert self.lane.deadline is not None

    @invariant()
    def sealed_segments_stay(self) -> None:
        """Invariant 3: a segment that is complete on screen is not changed by us again."""
        if not hasattr(self, "reply") or self.was_late:
            return
        for segment in self.reply._parts.segments.all:
            screen = segment.screen
            if isinstance(screen, Posted) and segment.settled() and self.flying is None:
                self.complete.setdefault(screen.message_id, screen.shown.text)
        for message_id, text in self.complete.items():
            if message_id in self.platform.messages:
                assert self.platform.messages[message_id] == text

    @invariant()
    def messages_stand_in_their_order(self) -> None:
        """Invariant 1: none that is above shows what was said later, whatever was taken back.

        That is wherever every message is known, and none had to be posted anew.
        """
        if not hasattr(self, "reply") or self.flying is not None or self.was_lost:
            return
        if self.astray or self.removed:
            return
        segments = self.reply._parts.segments.all
        said = [one.screen for one in segments if one.final() or not one.sealed]
        ids = [int(one.message_id[1:]) for one in said if isinstance(one, Posted)]
        assert ids == sorted(ids)

    @invariant()
    def sent_means_shown(self) -> None:
        """Invariant 2: `already_sent` exactly when the complete final text is on screen."""
        if hasattr(self, "reply") and self.reply.shown.is_whole:
            assert self.flying is None
            self._check_final()

    def teardown(self) -> None:
        """Invariants 5 and 6: from here, once outcomes are accepted, everything is committed."""
        if not hasattr(self, "reply"):
            return
        if self.flying is not None:
            self._answer(0.1, 0.5, applied=True, heard=True)
        if not self.reply.closed:
            self._end("finish")
        self._go_on()
        while self.late:
            self._come_late(0, heard=True)
            self._go_on()
        assert self.reply.intent.over
        assert self.reply.shown.gave_up is None
        assert self.reply.shown.is_whole or self.reply.shown.doubtful
        assert self.lane.poll(self.now) is None
        assert self.lane.replies == ()
        self._check_final()

    def _go_on(self) -> None:
        """Let everything be accepted until nothing more is to be done."""
        for _ in range(2000):
            if self.reply.intent.done:
                break
            action = self.lane.poll(self.now)
            if action is None:
                if not self.reply.intent.done:
                    assert self.lane.deadline is not None
                    self.now = max(self.now, self.lane.deadline)
                continue
            self.flying, self.launched_at = action, self.now
            self._answer(0.1, 0.5, applied=True, heard=True)
        assert self.reply.intent.done

    def _clean(self, text: str) -> str:
        """Take away what previews and marks add."""
        text = text.removesuffix(PULSE).removesuffix(self.cursor.strip()).rstrip()
        lines = text.split("\n")
        while lines and lines[-1][:1] in MARKS + PROGRESS + FOLD:
            lines.pop()
        return "\n".join(lines)

    def _check_final(self) -> None:
        """All that was said is on screen once; what stands there besides is listed as doubtful."""
        shown = list(self.platform.messages.values())
        extra = Counter(shown)
        kept: list[str] = []
        segments = self.reply._parts.segments.all
        in_doubt = [s for s in segments if isinstance(s.screen, Doubtful)]
        finals = [s.final().text for s in segments if not isinstance(s.screen, Doubtful)]
        for final in finals:
            if extra[final]:
                extra[final] -= 1
                kept.append(final)
        leftover = [text for text in extra.elements() if text]
        assert len(leftover) <= len(self.reply.shown.doubtful)
        pressable = self.platform.buttons & self.platform.messages.keys()
        assert not pressable.intersection(self.reply.shown.messages)
        # Where a reader removed the one that is known, its copy has the text of a final.
        assert not pressable or leftover or (self.removed and self.reply.shown.doubtful)
        doubtful = [render(text) for text in self.reply.shown.doubtful]
        assert all(text in doubtful for text in leftover)
        assert all(not s.final() or render(s.final().text) in doubtful for s in in_doubt)
        if self.finds and not self.astray and not self.removed and not self.late:
            assert not leftover  # invariant 9, where the channel can tell
        if self.removed or in_doubt:
            return
        said = bare(self.said).replace(INVISIBLE, "")
        told = "".join(bare(self._clean(text)) for text in kept).replace(INVISIBLE, "")
        assert told == said
        if self.cursor:
            assert not any(text.endswith(self.cursor.strip()) for text in kept)
        assert not any(line[:1] in PROGRESS and line for t in kept for line in t.split("\n"))
        marked = any(line[:1] in MARKS and line for text in kept for line in text.split("\n"))
        assert marked or not self.mark_expected


ReplyMachine.TestCase.settings = settings(
    max_examples=250, stateful_step_count=60, deadline=None
)  # fmt: skip
TestReplyMachine = ReplyMachine.TestCase


def test_words_that_come_while_a_preview_waits_do_not_move_it() -> None:
    """Who polls before its planned moment gets nothing, and the moment stays."""
    chat = ReplyMachine()
    chat.begin(
        private=False,
        transport="auto",
        cursor="",
        reasoning="hide",
        true_limit=LIMIT,
        typing=0.0,
        stop_buttons=False,
        finds=False,
        way=None,
    )
    chat.speak("one ")
    chat.poll()
    chat.lose(applied=True, latency=0.0)
    for _ in range(5):
        chat.poll()
    chat.flow(["one "], 1.0)
    chat.flow(["one "], 1.0)
    chat.flow([*["one "] * 4, "ééa 🚀 éaa\nb\u200ba\n\t", "words " * 30], 0.137)
    chat.flow(["one ", "one ", "words " * 21, "words " * 30], 1.0)
    chat.flow(["aaaaaaaaaaaaaa\n🚀"], 1.0)
    chat.flow(["one "], 0.01)
    chat.flow(["one ", "words " * 6, "a few more words ", "a few more words "], 0.01)
    chat.flow(["one "] * 3, 1.0)
    planned = chat.lane.deadline
    assert planned is not None
    assert planned > chat.now
    chat.speak("a few more words ")
    chat.poll()
    assert chat.lane.deadline == planned  # which there is none of while anything flies
    chat.leap()
    chat.poll()
    assert chat.flying is not None
    chat.teardown()
