"""The gateway at work: it carries out what `Router` decides.

Each conversation in which something goes on has one task; everything that is said, answers and
commands' replies alike, goes through one `Outbox`, so that one limiter owns all calls. No message's
text is logged.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import TypeAlias, assert_never

from tickertape.chat import Address, ChatKind, Inbound, Message, Moved
from tickertape.consumer import StreamConsumer
from tickertape.conversation import Entry
from tickertape.delivery.actions import Accepted, Acknowledge, ClearButtons
from tickertape.delivery.learned import Learned
from tickertape.delivery.marks import StopReason
from tickertape.delivery.streaming import StreamingConfig
from tickertape.events import Failed, TextDelta
from tickertape.gateway import commands
from tickertape.gateway.access import Access, Strangers
from tickertape.gateway.albums import Albums
from tickertape.gateway.consumer import TURN_TIMEOUT, Keeper, LiveAnswer
from tickertape.gateway.memory import Memory
from tickertape.gateway.moves import Moves
from tickertape.gateway.notes.consumer import VoiceNotes
from tickertape.gateway.question import question_of
from tickertape.gateway.reasons import crash_of, where, words_of
from tickertape.gateway.router import (
    Answer,
    Begin,
    Change,
    Decision,
    Forget,
    Ignore,
    Interrupt,
    Live,
    Move,
    Note,
    Queue,
    Retry,
    Router,
    Say,
    TurnedAway,
    Work,
)
from tickertape.gateway.settings import Choices, change
from tickertape.outbox import Outbox
from tickertape.ports import Agent, Channel, Listener, Showing, Turn
from tickertape.speech.notes.consumer import Narrator

__all__ = ["Gateway", "Hearing", "ShowingFor"]

_LOG = logging.getLogger(__name__)
# Seconds that answers get to be committed after `stop`: a preview that hangs may take its 10 s
# until the final can follow. Without one it is a matter of milliseconds.
_GRACE = 12.0
# The newest entries that are read for an answer. The agent fits them into its model's window; this
# bounds what a long conversation costs before that: a turn with eight steps of tools has some 20.
_PAST = 200
# The bot's own words are short: they come at once, once.
_AT_ONCE = StreamingConfig(enabled=False)

ShowingFor: TypeAlias = Callable[[Message, StreamingConfig], Showing]
"""Makes what carries an answer to a message, or the bot's own words to it, to where it is read."""

Hearing: TypeAlias = Callable[[Message], Sequence[Listener]]
"""Makes those who hear the answer to a message."""


class Gateway:
    """Lets people talk with an agent in a channel. Runs once."""

    def __init__(  # noqa: PLR0913 - its parts, by name
        self,
        channel: Channel,
        agent: Agent,
        store: Memory,
        access: Access,
        *,
        streaming: StreamingConfig | None = None,
        models: Mapping[str, str] | None = None,
        grace: float = _GRACE,
        showing: ShowingFor | None = None,
        hearing: Hearing | None = None,
        narrator: Narrator | None = None,
        voice: bool = False,
    ) -> None:
        """Make a gateway; what is given to it stays the caller's to close.

        Args:
            channel: where people write and read.
            agent: who answers.
            store: where conversations are remembered.
            access: who is answered.
            streaming: how answers stream; the defaults where None.
            models: the models that chats may choose from by name, the default first, each with
                what its server calls it; None where the agent has none to choose.
            grace: seconds that answers get to be committed after `stop`.
            showing: makes what shows an answer; None for the pump through the channel's outbox.
            hearing: makes an answer's listeners, for whom the next question does not wait.
            narrator: reads answers aloud into voice notes; None where there is no voice.
            voice: whether it does so in chats that did not choose.
        """
        self._channel = channel
        self._agent = agent
        self._store = store
        self._streaming = streaming or StreamingConfig()
        speaks = voice if narrator is not None else None
        self._choices = Choices(self._streaming.reasoning, models or {}, speaks)
        self._grace = grace
        self._router = Router(access)
        self._strangers = Strangers()
        self._outbox = Outbox(channel, on_learned=self._learn, only_writer=True)
        self._notes = VoiceNotes(channel, self._outbox, narrator)
        self._showing = showing or self._pumped
        self._hearing = hearing
        self._listeners: set[Listener] = set()
        self._lessons: set[asyncio.Task[None]] = set()
        self._albums = Albums()
        self._settling: asyncio.TimerHandle | None = None
        self._moves = Moves()
        self._homes: dict[Address, Address] = {}
        self._moving: set[asyncio.Task[None]] = set()
        # They may wait for a call for a minute, which is nothing to hold up an end for.
        self._clearing: set[asyncio.Task[None]] = set()
        self._live: dict[Address, LiveAnswer] = {}
        self._tasks = asyncio.TaskGroup()
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """End `run`: nothing more is read, running answers are cut short and committed."""
        self._stopping.set()

    async def run(self) -> None:
        """Answer until `stop` is called, or nothing can come in any more.

        Raises:
            TransportError: when the channel cannot go on; what was on its way is committed first.
        """
        await self._recall()
        reading = asyncio.create_task(self._read())
        try:
            async with asyncio.timeout(None) as patience:
                halting = asyncio.create_task(self._halt(reading, patience))
                try:
                    async with self._tasks:
                        await asyncio.wait({reading})
                        if not reading.cancelled() and reading.exception() is not None:
                            self.stop()
                finally:
                    halting.cancel()
                    await asyncio.wait({halting})
        except TimeoutError:
            for address in self._live:
                _LOG.error("gave up committing an answer", extra=where(address))
        finally:
            for task in (reading, *self._clearing):
                task.cancel()
            await asyncio.wait({reading, *self._clearing})
            await self._outbox.aclose()
            await asyncio.gather(*self._lessons, *self._moving)
        if not reading.cancelled():
            reading.result()

    async def _read(self) -> None:
        async with aclosing(self._channel.inbound()) as incoming:
            async for inbound in incoming:
                self._gather(inbound)
        for message in self._albums.rest():
            self._take(message)

    def _gather(self, inbound: Inbound) -> None:
        """Take what is complete by now, and come back for what is not."""
        loop = asyncio.get_running_loop()
        for complete in self._albums.take(inbound, loop.time()):
            self._take(complete)
        self._settle()

    def _settle(self) -> None:
        loop = asyncio.get_running_loop()
        for message in self._albums.ready(loop.time()):
            self._take(message)
        if self._settling is not None:
            self._settling.cancel()
        due = self._albums.due
        self._settling = loop.call_at(due, self._settle) if due is not None else None

    async def _halt(self, reading: asyncio.Task[None], patience: asyncio.Timeout) -> None:
        await self._stopping.wait()
        reading.cancel()
        patience.reschedule(asyncio.get_running_loop().time() + self._grace)
        notes = self._router.close(self._albums.rest())
        for live in self._live.values():
            live.stop(StopReason.SHUTDOWN)
        for listener in self._listeners:
            listener.stop()
        self._notes.cancel()
        for say in notes:
            self._tasks.create_task(self._note(say))

    def _take(self, inbound: Inbound) -> None:
        for home, live in list(self._live.items()):
            self._follow(home, live.address)
        self._receive(self._moves.read(inbound))

    def _receive(self, inbound: Inbound) -> None:
        self._outbox.revive(inbound.address)
        if isinstance(inbound, Message):
            self._outbox.saw(inbound.address, inbound.message_id)
        for decision in self._router.receive(inbound, self._live_at(inbound.address)):
            self._obey(decision)

    def _follow(self, home: Address, place: Address | None) -> None:
        """Take note that a chat has moved, where an answer of it is written elsewhere by now."""
        here = self._moves.current(home.chat_id)
        if place is not None and self._moves.current(place.chat_id) != here:
            self._receive(Moved(place, home.chat_id))

    def _live_at(self, address: Address) -> list[Live]:
        """Give the answers that run at an address, or are written there."""
        return [
            _shown_of(home, live)
            for home, live in self._live.items()
            if address in (home, live.address)
        ]

    def _obey(self, decision: Decision) -> None:
        match decision:
            case Begin(work=work):
                self._prepare(work)
                self._tasks.create_task(self._work(work))
            case Queue():
                pass
            case Interrupt(address=address):
                self._live[address].stop(StopReason.USER)
            case Note(say=say):
                self._tasks.create_task(self._note(say))
            case Acknowledge():
                self._tasks.create_task(self._acknowledge(decision))
            case ClearButtons():
                clearing = asyncio.create_task(self._clear(decision))
                self._clearing.add(clearing)
                clearing.add_done_callback(self._clearing.discard)
            case Move():
                self._move(decision)
            case TurnedAway(number=number):
                if self._strangers.is_first(number):
                    _LOG.warning("not in access.allow: not answered", extra={"id": number})
            case Ignore(why=why):
                _LOG.debug("ignored", extra={"why": why})
            case _:
                assert_never(decision)

    def _prepare(self, work: Work) -> None:
        """Make an answer stoppable from the moment in which it is the one that runs."""
        if isinstance(work, Answer | Retry):
            self._live[work.message.address] = LiveAnswer()
        else:
            self._live.pop(work.message.address, None)

    async def _work(self, first: Work) -> None:
        """Do what is in a conversation's line, one after another, until it is empty."""
        work: Work | None = first
        address = first.message.address
        while work is not None:
            try:
                await self._carry_out(work, self._live.get(self._home(address)))
            except Exception as error:  # noqa: BLE001 - one turn fails, the gateway goes on
                _LOG.error("a turn failed", extra={**where(address), **crash_of(error)})
                if self._is_owed_a_word(work, self._live.get(self._home(address))):
                    work = Say(work.message, commands.APOLOGY)
                    continue
            address = self._home(address)
            answered = self._live.get(address)
            left = _shown_of(address, answered) if answered is not None else None
            work = self._router.finished(address, left)
            if work is not None:
                self._prepare(work)
        self._live.pop(address, None)

    def _home(self, address: Address) -> Address:
        """Return where the line is by now that began at `address`."""
        while address in self._homes:
            address = self._homes[address]
        return address

    def _is_owed_a_word(self, work: Work, live: LiveAnswer | None) -> bool:
        """Whether a failure left somebody without any: a broken answer says so of itself."""
        return not isinstance(work, Say) and (live is None or live.is_empty)

    async def _carry_out(self, work: Work, live: LiveAnswer | None) -> None:
        if self._moving:
            await asyncio.wait(self._moving)
        work = replace(work, message=self._moves.message(work.message))
        match work:
            case Answer(message=message) if live is not None:
                await self._answer(message, live)
            case Retry(message=message) if live is not None:
                await self._retry(message, live)
            case Answer() | Retry():
                raise AssertionError("an answer that runs is live")
            case Change():
                await self._change(work)
            case Say():
                await self._say(work)
            case Forget(message=message, text=text):
                self._notes.hush(message.address)
                await self._store.forget(message.address)
                await self._say(Say(message, text))
            case _:
                assert_never(work)

    async def _answer(self, message: Message, live: LiveAnswer) -> None:
        """Remember the question, and answer it."""
        past = await self._store.history(message.address, limit=_PAST)
        question = question_of(message, past)
        await self._store.append(message.address, [question])
        await self._reply(message, question.text, past, live)

    async def _reply(
        self, message: Message, question: str, past: tuple[Entry, ...], live: LiveAnswer
    ) -> None:
        """Answer a question that is remembered, and remember what was said to it, once."""
        address = message.address
        began = asyncio.get_running_loop().time()
        settings = await self._store.settings(address)
        reasoning = settings.reasoning or self._choices.reasoning
        consumer = self._showing(message, replace(self._streaming, reasoning=reasoning))
        listeners = self._listened(message)
        model = self._choices.model_of(settings)
        turn = Turn(address, message.sender, question, past, model)
        keeper = Keeper(partial(self._store.append, address), where(address))
        try:
            failed = await live.run(consumer, self._agent, turn, keeper, listeners)
        finally:
            await keeper.flush()
        self._follow(address, live.address)
        if live.is_empty and failed is None and live.stopped is None:
            await self._say(Say(message, commands.NO_ANSWER))
        is_whole = live.is_shown and failed is None and live.stopped is None
        if is_whole and self._choices.is_heard(settings) and not self._stopping.is_set():
            reply_to = live.message_ids[-1] if live.message_ids else None
            place = live.address or address
            self._notes.read(self._tasks, address, place, live.aloud, reply_to)
        seconds = asyncio.get_running_loop().time() - began
        _log_answer(live, failed, {**where(address), "seconds": round(seconds, 1)})

    async def _retry(self, message: Message, live: LiveAnswer) -> None:
        """Make the last answer again; it stays as it is where that was stopped at once."""
        if live.stopped is not None:
            await self._say(Say(message, commands.NOT_RETRIED))
            return
        question = await self._store.take_back_answer(message.address)
        if question is None:
            await self._say(Say(message, commands.NO_TURN))
        else:
            self._notes.hush(message.address)
            *past, _ = await self._store.history(message.address, limit=_PAST)
            await self._reply(replace(message, text=question), question, tuple(past), live)

    def _move(self, move: Move) -> None:
        """Let a chat keep under its new number all that it had under the old one."""
        if self._moves.add(move.chat_id, move.to):
            _LOG.info("a chat has moved", extra={"chat": move.chat_id, "to": move.to})
        self._outbox.move(move.chat_id, move.to)
        self._notes.move(move.chat_id, move.to)
        for home in move.lines:
            self._homes[home] = self._moves.at(home)
            if (live := self._live.pop(home, None)) is not None:
                self._live[self._moves.at(home)] = live
        task = asyncio.create_task(self._carry_over(move))
        self._moving.add(task)
        task.add_done_callback(self._moving.discard)

    async def _carry_over(self, move: Move) -> None:
        try:
            await self._store.move(move.chat_id, move.to)
        except Exception as error:  # noqa: BLE001 - whatever a database raises
            fields = {"chat": move.chat_id, "to": move.to, "error": words_of(error)}
            _LOG.error("a chat that moved is not remembered", extra=fields)

    async def _change(self, work: Change) -> None:
        """Change a chat's settings, and say so; or say what they are."""
        address = work.message.address
        before = await self._store.settings(address)
        after, text = change(work.order, before, self._choices)
        if after != before:
            await self._store.change(address, after)
        await self._say(Say(work.message, text))

    async def _recall(self) -> None:
        """Take up where chats went, and what limits taught; without it they teach again."""
        try:
            for chat_id, to in (await self._store.moves()).items():
                self._moves.add(chat_id, to)
                self._router.move(chat_id, to)
        except Exception as error:  # noqa: BLE001 - whatever a database raises
            _LOG.error("moves are not remembered", extra={"error": words_of(error)})
        try:
            self._outbox.recall(await self._store.limits())
        except Exception as error:  # noqa: BLE001 - whatever a database raises
            _LOG.error("limits are not remembered", extra={"error": words_of(error)})

    def _learn(self, chat_id: int, learned: tuple[Learned, ...]) -> None:
        """Remember at once what a refusal taught: its wait may be longer than this run."""
        task = asyncio.create_task(self._remember(chat_id, learned))
        self._lessons.add(task)
        task.add_done_callback(self._lessons.discard)

    async def _remember(self, chat_id: int, learned: tuple[Learned, ...]) -> None:
        try:
            await self._store.learn(chat_id, learned)
        except Exception as error:  # noqa: BLE001 - whatever a database raises
            fields = {"chat": chat_id, "error": words_of(error)}
            _LOG.error("limits are not remembered", extra=fields)

    async def _note(self, say: Say) -> None:
        """Say something beside the line; a failure of that ends nothing else."""
        try:
            await self._say(say)
        except Exception as error:  # noqa: BLE001 - whatever a channel raises
            _LOG.error("a turn failed", extra={**where(say.message.address), **crash_of(error)})

    async def _acknowledge(self, press: Acknowledge) -> None:
        """Let the person who pressed a button see that it was noticed.

        Once: some seconds later nobody waits for it any more.
        """
        outcome = await self._outbox.acknowledge(press.address, press.press_id, press.text)
        if not isinstance(outcome, Accepted):
            _LOG.debug("a press was not acknowledged", extra=where(press.address))

    async def _clear(self, clear: ClearButtons) -> None:
        """Take a button away that stops nothing. Where that fails, the next press tries again."""
        try:
            outcome = await self._outbox.clear_buttons(clear.address, clear.message_id)
        except Exception as error:  # noqa: BLE001 - whatever a channel raises
            _LOG.error("a turn failed", extra={**where(clear.address), **crash_of(error)})
            return
        if not isinstance(outcome, Accepted):
            fields = {**where(clear.address), "error": repr(outcome)[:300]}
            _LOG.debug("a button was not taken away", extra=fields)

    async def _say(self, say: Say) -> None:
        consumer = self._showing(say.message, _AT_ONCE)
        consumer.feed(TextDelta(say.text))
        consumer.finish()
        await consumer.run()
        self._follow(say.message.address, consumer.address)

    def _listened(self, message: Message) -> Sequence[Listener]:
        """Let an answer's listeners run beside the line."""
        listeners = self._hearing(message) if self._hearing is not None else ()
        for listener in listeners:
            self._listeners.add(listener)
            self._tasks.create_task(self._hear(listener, message.address))
        return listeners

    async def _hear(self, listener: Listener, address: Address) -> None:
        """Let one who hears an answer do so; a failure of theirs ends nothing else."""
        try:
            await listener.run()
        except Exception as error:  # noqa: BLE001 - whatever an engine raises
            _LOG.error("a turn failed", extra={**where(address), **crash_of(error)})
        finally:
            self._listeners.discard(listener)

    def _pumped(self, message: Message, config: StreamingConfig) -> StreamConsumer:
        """Make the pump of an answer; among several people it points at what it answers."""
        is_pointed = message.address.kind is ChatKind.GROUP and message.message_id
        pointed = message.message_id if is_pointed else None
        return StreamConsumer(
            self._outbox,
            to=message.address,
            config=config,
            reply_to=pointed,
            timeout=TURN_TIMEOUT,
        )


def _shown_of(conversation: Address, live: LiveAnswer) -> Live:
    place = live.address or conversation
    return Live(conversation, place, live.draft_ids, live.message_ids)


def _log_answer(live: LiveAnswer, failed: Failed | None, fields: dict[str, object]) -> None:
    fields |= {"characters": len(live.said)}
    if live.gave_up is not None:
        reason = f"{live.gave_up.reason}: {live.gave_up.detail}"
        _LOG.warning("not delivered", extra={**fields, "error": reason})
    elif failed is not None:
        _LOG.warning("the model failed", extra={**fields, "error": str(failed.error)[:300]})
    else:
        _LOG.info("answered", extra={**fields, "stopped": live.stopped})
