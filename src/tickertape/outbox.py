"""All live replies of one bot: whatever is said goes through its outbox."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import TypeAlias
from uuid import uuid4

from tickertape.chat import Address
from tickertape.delivery.actions import (
    Acknowledge,
    Action,
    Button,
    ClearButtons,
    Outcome,
    Post,
    PostVoice,
    Reason,
    Refused,
    Throttled,
    Unknown,
)
from tickertape.delivery.formats import Abilities
from tickertape.delivery.lane import Lane, Outgoing
from tickertape.delivery.limits.budget import Budget, ChatBudget, Family
from tickertape.delivery.limits.limit_estimate import LimitEstimate
from tickertape.delivery.limits.share import Demand, Share
from tickertape.delivery.lost.known import KnownMessages
from tickertape.delivery.reply.reply import Reply
from tickertape.delivery.reply.state import ReplyState
from tickertape.delivery.single_post import SinglePost
from tickertape.delivery.streaming import StreamingConfig
from tickertape.delivery.surface import MessageRow
from tickertape.interruption import Deadline
from tickertape.ports import Recorder, Transport
from tickertape.pump.chat_writer import TRACELESS, ChatWriter, Inbox, LateCalls, perform

__all__ = ["Outbox"]

_LOG = logging.getLogger(__name__)

Lessons: TypeAlias = Callable[[str, tuple[LimitEstimate, ...]], None]
"""Who is told what a refusal taught about a chat."""

_DEAD_FOR = 600.0
"""Seconds for which a place that is out of reach is not tried again, unless a person writes there:
long enough for what is queued, short enough for rights that are given back without a word."""


_CHATS_KNOWN = 4096
"""Of how many chats the messages are known; a reply keeps what it needs."""

_CLEARING = 60.0
"""Seconds for which a button that means nothing waits for a call that no answer needs."""

_LAST = (2, float("inf"))
"""The place of such a call among what waits: as a preview whose text has not waited at all."""


class Outbox:
    """All live replies of one bot: a lane for each chat, and one budget over all of them.

    Make one for each bot, and give it to every `StreamConsumer`: then one limiter owns all calls.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        on_learned: Lessons | None = None,
        only_writer: bool = False,
        recorder: Recorder | None = None,
    ) -> None:
        """Make an outbox.

        Args:
            transport: Where everything goes.
            on_learned: Told, after each refusal, what is known of the chat's limits; who keeps it
                can pass it to `restore_limits` after a restart.
            only_writer: Whether nothing else posts for this bot. Then a message whose post was not
                heard of is looked for before it is posted again: an edit tells whether a message is
                there, and ours. Tell the outbox of the messages that come in, and when they were
                sent (`saw`), or name the message that is answered (`reply_to`): what is looked for
                came later.
            recorder: Asked before, and told after, each call of a reply. What is resumed is taken
                for recorded so, too.
        """
        self._transport = transport
        self._recorder = recorder
        self._only_writer = only_writer
        self._known: dict[tuple[str, str], KnownMessages] = {}
        self._known_since = _this_second()
        self._rows: dict[Address, MessageRow | None] = {}
        self._on_learned = on_learned
        self._dead: dict[Address, float] = {}
        self._budget = Budget()
        self._abilities = Abilities()
        self._writers: dict[ChatBudget, ChatWriter] = {}
        self._late_calls = LateCalls()
        self._draft_ids = _draft_ids()
        self.on_busy: Callable[[], None] | None = None
        """Called when an answer begins to be written and none was before."""

    def open(self, to: Address, config: StreamingConfig, reply_to: str | None) -> Reply:
        """Make a reply that goes to `to` once it is joined."""
        surface = self._transport.surface(to)
        if reply_to is not None:
            self.saw(to, reply_to)
        reply = Reply(
            to,
            surface,
            self._budget.chat(to.chat, surface.cadence),
            config,
            draft_ids=self._draft_ids,
            reply_to=reply_to,
            abilities=self._abilities,
            known_at=self._known_at,
            key=uuid4().hex if surface.has_keys else "",
        )
        if self._dead and asyncio.get_running_loop().time() < self._dead.get(to, float("-inf")):
            reply.give_up(Refused(Reason.CHAT_DEAD, "out of reach a moment ago"))
        return reply

    def resume(self, state: ReplyState, config: StreamingConfig) -> Reply:
        """Return a reply that goes on where `state` was taken once it is joined.

        To be called in the loop.
        """
        to = state.route.address
        surface = self._transport.surface(to)
        return Reply.resume(
            state,
            surface,
            self._budget.chat(to.chat, surface.cadence),
            config,
            asyncio.get_running_loop().time(),
            draft_ids=self._draft_ids,
            abilities=self._abilities,
            known_at=self._known_at,
            is_last=self._recorder is not None,
        )

    def restore_limits(self, learned: Mapping[str, Iterable[LimitEstimate]]) -> None:
        """Take up what was learned about chats before a restart, the rest of their waits included.

        To be called in the loop, before the first answer.
        """
        self._budget.recall(learned, asyncio.get_running_loop().time())

    def is_quiet(self, chat: str) -> bool:
        """Return whether no reply is open in a chat, and no limit of it counts a call.

        To be called in the loop.
        """
        return self._budget.is_quiet(chat, asyncio.get_running_loop().time())

    def share(self, share: Share | None) -> None:
        """Keep to a share of the bot's own limit from here on; None: to all of it.

        To be called in the loop where several processes share the limit. Calls that are counted
        stay counted; chats that wait go as soon as the share allows.
        """
        now = asyncio.get_running_loop().time()
        sooner = set(self._budget.share(share, now))
        for writer in [one for budget, one in self._writers.items() if budget in sooner]:
            writer.look(now)

    def demand(self) -> Demand | None:
        """Return how much of the bot's own limit is used and wanted.

        To be called in the loop. None: there is no such limit, or no chat was written in yet.
        """
        demand = self._budget.demand(asyncio.get_running_loop().time())
        return demand and replace(demand, open_chats=len(self._writers))

    def mark_unreachable(self, to: Address) -> None:
        """Mark `to` unreachable for a while: replies opened meanwhile fail without a call."""
        now = asyncio.get_running_loop().time()
        self._dead = {place: until for place, until in self._dead.items() if until > now}
        self._dead.setdefault(to, now + _DEAD_FOR)

    def mark_reachable(self, to: Address) -> None:
        """Mark `to` reachable: a message came from there."""
        self._dead.pop(to, None)

    def saw(self, to: Address, message_id: str, *, sent_at: float | None = None) -> None:
        """Record a message that another participant wrote, so that it is not taken for ours.

        An exception of the transport is not raised here but where a reply is shown: the message is
        read all the same.

        Args:
            to: Where it was written.
            message_id: The message.
            sent_at: When, in seconds since 1970. One from before this outbox was made may be
                followed by messages that another outbox posted: a lost post is not looked for
                there. One that was sent minutes after a post whose id is not known came after its
                message. None: it was sent since.
        """
        if not self._only_writer:
            return
        try:
            if (known := self._known_at(to)) is not None:
                is_old = sent_at is not None and sent_at < self._known_since
                known.note(message_id, is_old=is_old, sent_at=_by_the_loop(sent_at))
        except Exception as error:  # noqa: BLE001 - whatever a transport raises
            _LOG.warning("chat %s: no surface (%s)", to.chat, type(error).__name__)

    def join(
        self, reply: Outgoing, to: Address, inbox: Inbox | None = None
    ) -> tuple[ChatWriter, asyncio.Future[None]]:
        """Add `reply` to the writer of its chat; return the writer and a future of its end.

        There is a writer for as long as the chat has an open reply.
        """
        budget = self._budget.chat(to.chat, self._transport.surface(to).cadence)
        writer = self._writers.get(budget)
        if not self._writers and self.on_busy is not None:
            self.on_busy()
        if writer is None or writer.task.done():
            writer = self._writers[budget] = ChatWriter(
                self._transport,
                Lane(budget),
                forget=partial(self._forget, budget),
                refused=partial(self._teach, budget),
                moved=self.move,
                dead=self.mark_unreachable,
                late_calls=self._late_calls,
                recorder=self._recorder,
            )
        return writer, writer.join(reply, inbox)

    async def post(self, action: Post | PostVoice) -> Outcome:
        """Post what belongs to no answer, once, when its chat's answers leave a call.

        Cancelling drops it.

        Args:
            action: A voice note, or a message that one call can show as it stands.
        """
        to, now = action.address, asyncio.get_running_loop().time()
        cadence = self._transport.surface(to).cadence
        budget, known = self._budget.chat(to.chat, cadence), self._known_at(to)
        note = SinglePost(action, budget, now, known)
        writer, done = self.join(note, to)
        try:
            writer.nudge(note, now)
            await done
        finally:
            note.withdraw()
            writer.nudge(note, now)
        return note.outcome or Unknown("abandoned")

    async def post_voice(self, action: PostVoice) -> Outcome:
        """Post a voice note; see `post`."""
        return await self.post(action)

    async def acknowledge(self, to: Address, press_id: str, text: str = "") -> Outcome:
        """Answer a button press, once and at once, outside the chat's queue.

        It counts against no limit and waits for none: a person looks at a button that does not
        react, and no platform that is known limits this call (Telegram: tdlib/td#715).

        Args:
            to: Where it was pressed.
            press_id: Which press, as the channel named it.
            text: What the person is told; empty: nothing.
        """
        return await self._perform(Acknowledge(to, press_id, text))

    async def set_buttons(
        self, to: Address, message_id: str, buttons: Sequence[Button] = ()
    ) -> Outcome:
        """Put buttons below a message, once, when its chat's answers leave a call for it.

        It is an edit to the platform, and counts as one. Nothing depends on it: what comes of it is
        not made good.

        Args:
            to: Where the message is.
            message_id: The message; no open reply may own it.
            buttons: From then on its buttons, in one row; none: it has none any more.
        """
        loop = asyncio.get_running_loop()
        budget = self._budget.chat(to.chat, self._transport.surface(to).cadence)
        give_up_at = loop.time() + _CLEARING
        while True:
            now = loop.time()
            due = budget.preview_at(Family.MESSAGES, now, None, need=_LAST)
            if due <= now:
                break
            if due > give_up_at:
                return Throttled(due - now, by_flood_control=False)
            await asyncio.sleep(due - now)
        budget.spend(Family.MESSAGES)
        outcome: Outcome = Unknown("cancelled")
        try:
            outcome = await self._perform(ClearButtons(to, message_id, tuple(buttons)))
        finally:
            budget.land(Family.MESSAGES, loop.time())
        if isinstance(outcome, Throttled) and outcome.by_flood_control:
            budget.refuse(Family.MESSAGES, outcome.retry_after, loop.time())
            self._teach(budget, to.chat)
        return outcome

    async def clear_buttons(self, to: Address, message_id: str) -> Outcome:
        """Take the buttons of a message away; see `set_buttons`."""
        return await self.set_buttons(to, message_id)

    def move(self, chat: str, to: str) -> None:
        """Take `to` for another id of `chat`: answers to both take turns, and share its limits."""
        self._budget.move(chat, to, asyncio.get_running_loop().time())

    async def drain(self) -> None:
        """Wait until every open reply is over.

        That is when it is on screen, and no answer to one of its calls can still come: at the
        latest three minutes after the last one was made.
        """
        while tasks := [writer.task for writer in self._writers.values() if not writer.task.done()]:
            await asyncio.wait(tasks)

    async def halt(self, seconds: float) -> None:
        """Make no more calls: return when none is on its way, after `seconds` at most.

        What is not done stays as it is, for another outbox to go on with: read `state` then.
        """
        writers = list(self._writers.values())
        for writer in writers:
            writer.halt()
        if writers:
            await asyncio.wait({writer.task for writer in writers}, timeout=seconds)

    async def aclose(self) -> None:
        """Drop what is not done: cancel every writer. Call `drain` first to lose nothing.

        Whatever joins from here on, while the writers end too, gets a writer of its own.
        """
        tasks = [writer.task for writer in self._writers.values()]
        self._writers.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _perform(self, action: Action) -> Outcome:
        """Perform what leaves no trace, outside of all lanes."""
        with closing(Deadline()) as deadline:
            until = asyncio.get_running_loop().time() + TRACELESS
            return await perform(self._transport, action, deadline.at(until))

    def _known_at(self, to: Address) -> KnownMessages | None:
        """Return what is known of the messages that are counted in one row with those at `to`.

        None: others write there, too, or the messages are not counted.
        """
        row = self._row_of(to) if self._only_writer else None
        if row is None:
            return None
        of = (row.name, "") if row.name else ("", to.chat)
        known = self._known.pop(of, None) or KnownMessages(row)
        self._known[of] = known  # the last: those whose chats were silent longest go first
        if len(self._known) > _CHATS_KNOWN:
            del self._known[next(iter(self._known))]
            self._known_since = _this_second()
        return known

    def _row_of(self, to: Address) -> MessageRow | None:
        if to not in self._rows:
            if len(self._rows) >= _CHATS_KNOWN:
                self._rows.clear()
            self._rows[to] = self._transport.surface(to).row
        return self._rows[to]

    def _teach(self, budget: ChatBudget, chat: str) -> None:
        """Report what `chat` taught by a refusal; several ids may share a budget."""
        if self._on_learned is not None:
            self._on_learned(chat, budget.learned(asyncio.get_running_loop().time()))

    def _forget(self, budget: ChatBudget, writer: ChatWriter) -> None:
        if self._writers.get(budget) is writer:
            del self._writers[budget]


def _this_second() -> float:
    """Return when the present second began: platforms tell no more of when a message was sent."""
    return float(int(time.time()))


def _by_the_loop(moment: float | None) -> float | None:
    """Return a moment, in seconds since 1970, by the loop's clock; None where none runs here."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return None
    return None if moment is None else loop.time() - (time.time() - moment)


def _draft_ids() -> Iterator[str]:
    """Yield ids for drafts: the digits of numbers from 1 to 2**31 - 1, beginning anywhere.

    Clients ignore frames with the id of a draft that was stopped (Telegram Desktop,
    history_streamed_drafts.cpp), so a program that restarts should not begin with the same ids.
    """
    last = 2**31 - 1
    current = random.randrange(1, last)  # noqa: S311 - an id, not a secret
    while True:
        yield str(current)
        current = current % last + 1
