"""The pump around the delivery core: events come in from anywhere, actions go out to a channel.

    outbox = Outbox(transport)               # one for each bot: its lanes and its budget
    await stream(events, outbox, to=address)                        # an agent that yields
    async with StreamConsumer(outbox, to=address) as answer:        # an agent that calls back
        await your_agent(question, answer.on_delta)                 # from any thread, never waits

The agent's side only appends to a queue, so a slow chat never slows the reading of a model. Each
chat has one writer, a task that lives while the chat has an open reply; it carries out one action
at a time, and sleeps on one timer until the core's deadline or until something new was said.
Nothing polls: an idle stream costs nothing.
"""

from __future__ import annotations

import asyncio
import random
import weakref
from collections import deque
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    Callable,
    Coroutine,
    Iterable,
    Iterator,
    Mapping,
)
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeAlias

from tickertape.chat import Address
from tickertape.delivery.actions import (
    Acknowledge,
    ClearButtons,
    Outcome,
    PostVoice,
    Reason,
    Refused,
    Throttled,
    Unknown,
)
from tickertape.delivery.budget import Budget, Family
from tickertape.delivery.formats import Abilities
from tickertape.delivery.inbox import Inbox
from tickertape.delivery.known import KnownMessages
from tickertape.delivery.lane import Lane, Passenger
from tickertape.delivery.learned import Learned
from tickertape.delivery.marks import StopReason
from tickertape.delivery.reply import Reply
from tickertape.delivery.streaming import StreamingConfig
from tickertape.delivery.voice import VoiceNote
from tickertape.errors import FailureKind, ProviderError
from tickertape.events import Event, Failed, Finished, TextDelta
from tickertape.ports import Transport
from tickertape.pump.consumer import Delivery
from tickertape.pump.loop import LateCalls, Pump, perform

__all__ = ["RUN_TIMEOUT", "Outbox", "StreamConsumer", "stream"]

RUN_TIMEOUT = 300.0
"""Seconds after which a run that nobody finished is ended, and what was said is committed."""


Lessons: TypeAlias = Callable[[int, tuple[Learned, ...]], None]
"""Who is told what a refusal taught about a chat."""

_DEAD_FOR = 600.0
"""Seconds for which a place that is out of reach is not tried again, unless somebody writes there:
long enough for what is queued, short enough for rights that are given back without a word."""


_CHATS_KNOWN = 4096
"""Of how many chats the messages are known; a reply keeps what it needs."""

_SEEN = 256
"""How many messages of others are kept until the next answer is opened: those of chats that had no
answer yet, whose row of numbers only the transport knows."""

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
    ) -> None:
        """Make an outbox.

        Args:
            transport: Where everything goes.
            on_learned: Told, after each refusal, what is known of the chat's limits; who keeps it
                can give it to `recall` after a restart.
            only_writer: Whether nothing else posts for this bot. Then a message whose post was not
                heard of is looked for before it is posted again: an edit tells whether a message is
                there, and ours. Tell the outbox of the messages that come in (`saw`), or name the
                message that is answered (`reply_to`): what is looked for came later.
        """
        self._transport = transport
        self._only_writer = only_writer
        self._known: dict[str, KnownMessages] = {}
        self._rows: dict[int, str] = {}
        self._seen: deque[tuple[Address, int]] = deque(maxlen=_SEEN)
        self._on_learned = on_learned
        self._dead: dict[Address, float] = {}
        self._budget = Budget()
        self._abilities = Abilities()
        self._pumps: dict[int, Pump] = {}
        self._late_calls = LateCalls()
        self._draft_ids = _draft_ids()

    def open(self, to: Address, config: StreamingConfig, reply_to: int | None) -> Reply:
        """Make a reply that goes to `to` once it is joined."""
        surface = self._transport.surface(to)
        if reply_to is not None:
            self.saw(to, reply_to)
        reply = Reply(
            to,
            surface,
            self._budget.chat(to.chat_id, surface.cadence),
            config,
            draft_ids=self._draft_ids,
            reply_to=reply_to,
            abilities=self._abilities,
            known_at=self._known_at,
        )
        if self._dead and asyncio.get_running_loop().time() < self._dead.get(to, float("-inf")):
            reply.give_up(Refused(Reason.CHAT_DEAD, "out of reach a moment ago"))
        return reply

    def recall(self, learned: Mapping[int, Iterable[Learned]]) -> None:
        """Take up what was learned about chats before a restart, the rest of their waits included.

        To be called in the loop, before the first answer.
        """
        self._budget.recall(learned, asyncio.get_running_loop().time())

    def bury(self, to: Address) -> None:
        """Note that nothing can be shown at `to`: for a while from the first time, nobody tries."""
        now = asyncio.get_running_loop().time()
        self._dead = {place: until for place, until in self._dead.items() if until > now}
        self._dead.setdefault(to, now + _DEAD_FOR)

    def revive(self, to: Address) -> None:
        """Note that somebody wrote at `to`: it can be reached."""
        self._dead.pop(to, None)

    def saw(self, to: Address, message_id: int) -> None:
        """Take note of a message that somebody wrote: it is none of ours."""
        row = self._rows.get(to.chat_id)
        if row is None:
            self._seen.append((to, message_id))
        else:
            self._known_in(row).note(message_id)

    def join(
        self, reply: Passenger, to: Address, inbox: Inbox | None = None
    ) -> tuple[Pump, asyncio.Future[None]]:
        """Carry `reply` to the screen: give its chat's writer, and a future that tells its end.

        There is a writer for as long as the chat has an open reply.
        """
        pump = self._pumps.get(to.chat_id)
        if pump is None or pump.task.done():
            budget = self._budget.chat(to.chat_id, self._transport.surface(to).cadence)
            forget = partial(self._forget, to.chat_id)
            pump = self._pumps[to.chat_id] = Pump(
                self._transport,
                Lane(budget),
                forget,
                partial(self._teach, to.chat_id),
                self._late_calls,
            )
        return pump, pump.join(reply, inbox)

    async def post_voice(self, action: PostVoice) -> Outcome:
        """Post a voice note, once, when its chat's answers leave a call; cancelling drops it."""
        to, now = action.address, asyncio.get_running_loop().time()
        cadence = self._transport.surface(to).cadence
        budget, known = self._budget.chat(to.chat_id, cadence), self._known_at(to)
        note = VoiceNote(action, budget, now, known)
        pump, done = self.join(note, to)
        try:
            pump.nudge(note, now)
            await done
        finally:
            note.withdraw()
            pump.nudge(note, now)
        return note.outcome or Unknown("abandoned")

    async def acknowledge(self, to: Address, press_id: str, text: str = "") -> Outcome:
        """Answer the press of a button, once and at once, beside the lanes.

        It counts against no limit and waits for none: a person looks at a button that does not
        react, and no platform that is known limits this call (Telegram: tdlib/td#715).

        Args:
            to: Where it was pressed.
            press_id: Which press, as the channel named it.
            text: What the person is told; empty: nothing.
        """
        return await perform(self._transport, Acknowledge(to, press_id, text))

    async def clear_buttons(self, to: Address, message_id: int) -> Outcome:
        """Take the buttons of a message away, once, when its chat's answers leave a call for it.

        It is an edit to the platform, and counts as one. Nothing depends on it: what comes of it is
        not made good.

        Args:
            to: Where the message is.
            message_id: The message; no open reply may own it.
        """
        loop = asyncio.get_running_loop()
        budget = self._budget.chat(to.chat_id, self._transport.surface(to).cadence)
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
            outcome = await perform(self._transport, ClearButtons(to, message_id))
        finally:
            budget.land(Family.MESSAGES, loop.time())
        if isinstance(outcome, Throttled) and outcome.by_flood_control:
            budget.refuse(Family.MESSAGES, outcome.retry_after, loop.time())
            self._teach(to.chat_id)
        return outcome

    def move(self, chat_id: int, to: int) -> None:
        """Keep for `to` what the limits of `chat_id` taught: the chat has another number."""
        self._budget.move(chat_id, to, asyncio.get_running_loop().time())

    async def drain(self) -> None:
        """Wait until every open reply is over.

        That is when it is on screen, and no answer to one of its calls can still come: at the
        latest three minutes after the last one was made.
        """
        while tasks := [pump.task for pump in self._pumps.values() if not pump.task.done()]:
            await asyncio.wait(tasks)

    async def aclose(self) -> None:
        """Drop what is not done: cancel every writer. Call `drain` first to lose nothing."""
        tasks = [pump.task for pump in self._pumps.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _known_at(self, to: Address) -> KnownMessages | None:
        """Return what is known of the messages of a chat; None: nobody may know."""
        if not self._only_writer:
            return None
        while self._seen:
            place, number = self._seen.popleft()
            self._known_in(self._row_of(place)).note(number)
        return self._known_in(self._row_of(to))

    def _row_of(self, to: Address) -> str:
        """Return the name of the row in which the messages at `to` are numbered."""
        row = self._rows.get(to.chat_id)
        if row is None:
            row = self._rows[to.chat_id] = self._transport.surface(to).row or str(to.chat_id)
            if len(self._rows) > _CHATS_KNOWN:
                del self._rows[next(iter(self._rows))]
        return row

    def _known_in(self, row: str) -> KnownMessages:
        """Return what is known of the messages that are numbered in one row."""
        known = self._known.pop(row, None) or KnownMessages()
        self._known[row] = known  # the last: those whose chats were silent longest go first
        if len(self._known) > _CHATS_KNOWN:
            del self._known[next(iter(self._known))]
        return known

    def _teach(self, chat_id: int) -> None:
        if self._on_learned is not None:
            now = asyncio.get_running_loop().time()
            self._on_learned(chat_id, self._budget.learned_of(chat_id, now))

    def _forget(self, chat_id: int, pump: Pump) -> None:
        if self._pumps.get(chat_id) is pump:
            del self._pumps[chat_id]


class StreamConsumer:
    """One answer, from an agent to a chat, while it is being written.

        async with StreamConsumer(outbox, to=address) as answer:
            await your_agent(question, answer.on_delta)

    However the block is left, the reader sees at once what came of the answer:

    - At its end the answer is complete: the block is left when all of it is on screen, or when it
      cannot get there (`gave_up` says why). Nothing said, nothing shown.
    - By an exception it broke off: what was said is committed and marked as such, then the
      exception goes on. A `ProviderError` is marked with its own sentence.
    - By a cancellation, or by the end of the program, it was stopped: what was said is marked and
      committed in the background (`Outbox.drain` waits for that), and the cancellation goes on.

    The agent may end it before, with `finish`, `stop` or an event: the first end counts. What is
    said after an end, also by threads that outlive the block or the loop, is ignored.

    A consumer that is gone before its answer was finished (whoever held it failed) ends the answer
    as broken off: nobody could finish it any more.
    """

    def __init__(
        self,
        outbox: Outbox | Transport,
        *,
        to: Address,
        config: StreamingConfig | None = None,
        reply_to: int | None = None,
        timeout: float = RUN_TIMEOUT,
    ) -> None:
        """Prepare an answer; nothing is shown before `async with` or `run`.

        Args:
            outbox: The bot's outbox. A bare transport gets an outbox of its own: enough for one
                answer at a time, but two of them know nothing of each other's budget.
            to: Where the answer goes.
            config: How it streams; the defaults where None.
            reply_to: The message that it answers, if it shall point at it.
            timeout: Seconds after which the answer is ended as by `stop(StopReason.TIMEOUT)`.
        """
        outbox = outbox if isinstance(outbox, Outbox) else Outbox(outbox)
        self._reply = outbox.open(to, config or StreamingConfig(), reply_to)
        self._delivery = Delivery(self._reply, to, outbox, timeout)
        weakref.finalize(self, self._delivery.abandon).atexit = False

    async def __aenter__(self) -> Self:
        """Begin to show the answer.

        Raises:
            RuntimeError: It was begun before, here or by `run`.
        """
        self._delivery.start()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the answer as the block ended, and wait until the reader sees it."""
        if exc is None:
            self.finish()
            await self._delivery.shown()
        elif isinstance(exc, Exception):
            self.feed(Failed(_broken_by(exc)))
            await self._delivery.ended()
        else:
            self.stop()

    def on_delta(self, text: str) -> None:
        """Take more of the answer's text. Never waits; may be called from any thread.

        Raises:
            TypeError: It is no text. None and the empty text are nothing new.
        """
        if not text:
            return
        if not isinstance(text, str):
            msg = f"on_delta() takes text, not {type(text).__name__}"  # type: ignore[unreachable]
            raise TypeError(msg)
        self.feed(TextDelta(text))

    def finish(self) -> None:
        """Say that the answer is complete. May be called from any thread."""
        self.feed(Finished())

    def feed(self, event: Event) -> None:
        """Take anything an agent says. Never waits; may be called from any thread.

        After the end (`Finished`, `Failed`, a stop) nothing counts any more.
        """
        self._delivery.take(event)

    def stop(self, reason: StopReason = StopReason.USER) -> None:
        """End the answer here; what was said is committed, and marked. From any thread."""
        self._delivery.stop(reason)

    def run(self) -> Coroutine[Any, Any, None]:
        """Carry the answer to the screen; return when it is there, or cannot get there.

        For programs that end the answer themselves, whatever happens: with `finish` or with
        `feed(Failed(...))`. All others use `async with`.

        What goes wrong on the way is not raised: see `already_sent` and `gave_up`. A platform's
        waits are honoured however long they are, also beyond the timeout, which ends only the
        waiting for more text. Cancelling the run does not drop the answer: what was said is marked
        as stopped and committed in the background (`Outbox.drain` waits for it).
        """
        # The coroutine does not hold the consumer, which is seen to go where nobody else holds it.
        return self._delivery.run()

    @property
    def already_sent(self) -> bool:
        """Whether the complete final text is on screen: derived from what was acknowledged."""
        return self._reply.already_sent

    @property
    def gave_up(self) -> Refused | None:
        """Why the answer cannot be delivered (the chat is dead, say); None where it can."""
        return self._reply.gave_up

    @property
    def doubtful(self) -> tuple[str, ...]:
        """The texts of which it is not known how often they are on screen: twice, or not at all."""
        return self._reply.doubtful

    @property
    def silent(self) -> bool:
        """Whether nothing of the answer is on screen as a message: at the end, it was empty."""
        return self._reply.silent

    @property
    def said(self) -> str:
        """What the agent said so far, byte for byte. To be read in the loop's thread."""
        return self._delivery.said

    @property
    def address(self) -> Address:
        """Where it goes: elsewhere than `to` once the chat has moved, or the topic is gone."""
        return self._reply.address

    @property
    def draft_ids(self) -> tuple[int, ...]:
        """The ids of the drafts that showed the answer, the oldest first."""
        return self._reply.draft_ids

    @property
    def message_ids(self) -> tuple[int, ...]:
        """The ids of the messages in that chat that show the answer, in reading order."""
        return self._reply.message_ids


def _broken_by(error: Exception) -> ProviderError:
    if isinstance(error, ProviderError):
        return error
    return ProviderError(FailureKind.ENDED_EARLY, type(error).__name__)


async def stream(
    events: AsyncIterable[Event | str],
    outbox: Outbox | Transport,
    *,
    to: Address,
    config: StreamingConfig | None = None,
    reply_to: int | None = None,
) -> StreamConsumer:
    """Show what `events` yields, text or events, as one live answer; return when it is on screen.

    Whatever the iterator raises is raised here, after what was said until then was committed and
    marked. Cancelling commits in the background. Both as `async with StreamConsumer(...)` does.
    """
    async with StreamConsumer(outbox, to=to, config=config, reply_to=reply_to) as answer:
        async for event in events:
            answer.feed(TextDelta(event) if isinstance(event, str) else event)
            if answer._delivery.is_shown:  # the chat is dead, say: nobody reads the rest
                if isinstance(events, AsyncGenerator):
                    await events.aclose()
                break
    return answer


def _draft_ids() -> Iterator[int]:
    """Yield ids for drafts, from 1 to 2**31 - 1, beginning anywhere.

    Clients ignore frames with the id of a draft that was stopped (Telegram Desktop,
    history_streamed_drafts.cpp), so a program that restarts should not begin with the same ids.
    """
    last = 2**31 - 1
    current = random.randrange(1, last)  # noqa: S311 - an id, not a secret
    while True:
        yield current
        current = current % last + 1
