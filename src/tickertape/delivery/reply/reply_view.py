"""What a reply is made of, and what can be read of it: its state, its intent, what it shows.

What can happen to it are the verbs of `tickertape.delivery.reply.reply`. Whatever they tell, and in
whatever order, an answer keeps to this:

1. What is on screen is a rendering of a prefix of what was said; once `done`, of all of it, in its
   order. (`test_machine.the_screen_is_a_prefix`, `test_machine.messages_stand_in_their_order`,
   `test_message_order.test_messages_stand_in_the_order_of_what_they_say`)
2. Delivery state is *what text was acknowledged*. `Shown.is_whole` is derived: true exactly when
   the complete final text was acknowledged. (`test_machine.sent_means_shown`)
3. Sealed segments never change once they are on screen, unless the agent takes back what it said;
   nothing is deleted but what is void, and only after all else is on screen.
   (`test_machine.sealed_segments_stay`,
   `test_reply.test_a_restart_with_nothing_after_it_does_not_leave_a_void_text`)
4. At most one action is in flight, but for those whose answers did not come in time; actions are
   never closer than the budget allows, nor any before the moment that was told.
   (`test_machine.poll`, `test_machine.count`,
   `test_budget.test_the_platform_never_counts_more_than_allowed`)
5. The final never waits behind previews, and one call of the chat's budget is always kept for it.
   A throttled final is tried again until it lands or the chat is dead. (`test_machine.teardown`,
   `test_reply.test_one_call_of_the_budget_is_always_kept_for_the_final`)
6. `done` is reached from every state once outcomes are accepted: after `stop`, after `Failed`,
   after any faults. All that was said is then committed, without cursor, marked when cut short.
   (`test_machine.teardown`)
7. Delivery never runs the agent again. (`test_promises.test_delivery_knows_of_no_agent`)
8. The final text is what the agent said, byte for byte before rendering. Cursor, pulse and the
   line of progress touch previews only. (`test_machine.what_was_said_is_kept`)
9. Whatever answers are lost, late or garbled, and for however long: at most one message more than
   there should be shows the text of a segment, and where the channel can tell, none; what is out of
   reach aside. `doubtful` lists what may stand twice, or, after two unheard posts, not at all.
   (`test_machine.at_most_one_message_too_many`, `test_machine.every_message_is_known`)

**Transports.** Previews go through drafts, or through a message that is edited, or not at all: a
ladder that is only stepped down, and only by a refusal (`tickertape.delivery.reply.ladders`).

**Posts that were not heard of** may be on screen. They are looked for, listened for, and posted
once more at the most (the table is in `tickertape.delivery.lost.lost_post_steps`). A post that was
accepted without an id is on screen, and cannot be edited: no previews come after it.

**Restarts.** `Restarted` voids what was said since the last tool. What is on screen of it stays
until the text of the next attempt replaces it, message by message; messages that the next attempt
does not need are deleted at the end.

**Progress.** While the agent thinks or runs tools, previews tell so in one line
(`tickertape.delivery.reply.progress`). It never costs a message of its own: the words that follow
take its place, and where none follow, its message goes.
"""

from __future__ import annotations

from collections.abc import Iterator

from tickertape.chat import Address
from tickertape.delivery.formats import Abilities
from tickertape.delivery.limits.budget import ChatBudget
from tickertape.delivery.lost.known import KnownAt
from tickertape.delivery.reply.frames import Frames
from tickertape.delivery.reply.in_flight import InFlight
from tickertape.delivery.reply.intent import Intent, What
from tickertape.delivery.reply.parts import Parts
from tickertape.delivery.reply.route import Route
from tickertape.delivery.reply.schedule import Schedule
from tickertape.delivery.reply.screen import Doubtful, Posted, Unheard
from tickertape.delivery.reply.state import ReplyState
from tickertape.delivery.shown import Shown
from tickertape.delivery.streaming import StreamingConfig
from tickertape.delivery.surface import Surface
from tickertape.delivery.ways import table

__all__ = ["ReplyView"]


class ReplyView:
    """What can be read of a reply at any moment."""

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
        route = Route(address, table.ways_of(surface, config), reply_to)
        self._parts = Parts.begun(
            route, surface, budget, config, abilities or Abilities(), known_at
        )
        self._schedule = Schedule(self._parts)
        self._frames = Frames(self._parts, self._schedule, draft_ids, key=key)
        self._flight: InFlight | None = None
        self._at: float | None = None
        # The sign that an answer is being written comes before anything is said.
        at = float("-inf") if surface.typing_lifetime else None
        segment = self._parts.segments.all[0]
        self.intent = Intent(What.LOOK, at, segment, wants_deltas=True)
        """What it wants next, and when; decided once for each change."""

    def _found(
        self, found: ReplyState, draft_ids: Iterator[str], known_at: KnownAt
    ) -> InFlight | None:
        """Go on with what was found; return what was in flight."""
        self._parts = self._parts.resumed(found, known_at)
        self._schedule = Schedule(self._parts, found.typing_at)
        self._frames = Frames(
            self._parts,
            self._schedule,
            draft_ids,
            found.drafts,
            key=found.key,
            posts_made=found.posts_made,
        )
        return found.flight

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

    @property
    def open_calls(self) -> tuple[InFlight, ...]:
        """The calls that it went on without: `settle_late` is to be told of each.

        At first, those of a process that is gone: some minutes later none of them can arrive.
        """
        return self._parts.outcomes.posts.open.all

    def __repr__(self) -> str:
        """Return all that is known of it, to be read in a log."""
        return f"{type(self).__name__}({self.state!r})"

    @property
    def closed(self) -> bool:
        """Whether the answer has ended: nothing that is fed counts any more."""
        return self._parts.segments.closed

    @property
    def shown(self) -> Shown:
        """How it stands at this moment. What stayed in a chat that has moved is left out."""
        parts, route = self._parts, self._parts.outcomes.route
        screens = [segment.screen for segment in parts.segments.all]
        within_reach = (segment.screen for segment in parts.outcomes.within_reach())
        is_certain = not any(isinstance(screen, Doubtful) for screen in screens)
        return Shown(
            said=parts.segments.said,
            is_whole=self.intent.done and route.gave_up is None and is_certain,
            is_silent=not any(isinstance(one, Posted | Unheard | Doubtful) for one in screens),
            address=route.address,
            gave_up=route.gave_up,
            doubtful=parts.outcomes.doubtful,
            drafts=self._frames.drafts,
            messages=tuple(one.message_id for one in within_reach if isinstance(one, Posted)),
        )
