"""The gateway at work: it carries out what `Router` decides.

Each conversation in which something goes on has one task; everything that is said, answers and
commands' replies alike, goes through one `Outbox`, so that one limiter owns all calls. No message's
text is logged.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import TypeAlias, assert_never

from tickertape.chat import Address, ChatKind, Inbound, IncomingText
from tickertape.consumer import Outbox, StreamConsumer
from tickertape.conversation import Entry, Utterance
from tickertape.delivery.actions import Accepted, Acknowledge, Outcome, PostVoice
from tickertape.delivery.learned import Learned
from tickertape.delivery.marks import StopReason
from tickertape.delivery.streaming import StreamingConfig
from tickertape.errors import SpeechError, TickertapeError
from tickertape.events import Failed, TextDelta
from tickertape.gateway import commands
from tickertape.gateway.access import Access, Strangers
from tickertape.gateway.consumer import TURN_TIMEOUT, Keeper, LiveAnswer
from tickertape.gateway.memory import Memory
from tickertape.gateway.reasons import words_of
from tickertape.gateway.router import (
    Answer,
    Begin,
    Change,
    Decision,
    Forget,
    Ignore,
    Interrupt,
    Live,
    Note,
    Queue,
    Retry,
    Router,
    Say,
    TurnedAway,
    Work,
)
from tickertape.gateway.settings import Choices, change
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

ShowingFor: TypeAlias = Callable[[IncomingText, StreamingConfig], Showing]
"""Makes what carries an answer to a message, or the bot's own words to it, to where it is read."""

Hearing: TypeAlias = Callable[[IncomingText], Sequence[Listener]]
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
            hearing: makes an answer's listeners; None for nobody. They hear it to its end beside
                the line: what is asked next does not wait for them.
            narrator: reads answers aloud into voice notes; None where there is no voice.
            voice: whether it does so in chats that did not choose.
        """
        self._channel = channel
        self._agent = agent
        self._store = store
        self._streaming = streaming or StreamingConfig()
        speaks = voice if narrator is not None else None
        self._choices = Choices(self._streaming.reasoning, models or {}, speaks)
        self._narrator = narrator
        self._narrations: dict[asyncio.Task[None], Address] = {}
        self._grace = grace
        self._router = Router(access)
        self._strangers = Strangers()
        self._outbox = Outbox(channel, on_learned=self._learn, only_writer=True)
        self._showing = showing or self._pumped
        self._hearing = hearing
        self._listeners: set[Listener] = set()
        self._lessons: set[asyncio.Task[None]] = set()
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
                _LOG.error("gave up committing an answer", extra=_where(address))
        finally:
            reading.cancel()
            await asyncio.wait({reading})
            await self._outbox.aclose()
            await asyncio.gather(*self._lessons)
        if not reading.cancelled():
            reading.result()

    async def _read(self) -> None:
        async with aclosing(self._channel.inbound()) as incoming:
            async for inbound in incoming:
                self._take(inbound)

    async def _halt(self, reading: asyncio.Task[None], patience: asyncio.Timeout) -> None:
        await self._stopping.wait()
        reading.cancel()
        patience.reschedule(asyncio.get_running_loop().time() + self._grace)
        notes = self._router.close()
        for live in self._live.values():
            live.stop(StopReason.SHUTDOWN)
        for listener in self._listeners:
            listener.stop()
        for narration in self._narrations:
            narration.cancel()
        for say in notes:
            self._tasks.create_task(self._note(say))

    def _take(self, inbound: Inbound) -> None:
        self._outbox.revive(inbound.address)
        for decision in self._router.receive(inbound, self._live_at(inbound.address)):
            self._obey(decision)

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
                await self._carry_out(work)
            except Exception as error:  # noqa: BLE001 - one turn fails, the gateway goes on
                _log_crash(error, address)
                if self._is_owed_a_word(work):
                    work = Say(work.message, commands.APOLOGY)
                    continue
            answered = self._live.get(address)
            left = _shown_of(address, answered) if answered is not None else None
            work = self._router.finished(address, left)
            if work is not None:
                self._prepare(work)
        self._live.pop(address, None)

    def _is_owed_a_word(self, work: Work) -> bool:
        """Whether a failure left somebody without any: a broken answer says so of itself."""
        if isinstance(work, Say):
            return False
        live = self._live.get(work.message.address)
        return live is None or live.is_empty

    async def _carry_out(self, work: Work) -> None:
        match work:
            case Answer(message=message):
                await self._answer(message, self._live[message.address])
            case Retry(message=message):
                await self._retry(message, self._live[message.address])
            case Change():
                await self._change(work)
            case Say():
                await self._say(work)
            case Forget(message=message, text=text):
                self._hush(message.address)
                await self._store.forget(message.address)
                await self._say(Say(message, text))
            case _:
                assert_never(work)

    async def _answer(self, message: IncomingText, live: LiveAnswer) -> None:
        """Remember the question, and answer it."""
        past = await self._store.history(message.address, limit=_PAST)
        await self._store.append(message.address, [Utterance("user", message.text)])
        await self._reply(message, past, live)

    async def _reply(
        self, message: IncomingText, past: tuple[Entry, ...], live: LiveAnswer
    ) -> None:
        """Answer a question that is remembered, and remember what was said to it, once."""
        address = message.address
        began = asyncio.get_running_loop().time()
        settings = await self._store.settings(address)
        reasoning = settings.reasoning or self._choices.reasoning
        consumer = self._showing(message, replace(self._streaming, reasoning=reasoning))
        listeners = self._listened(message)
        model = self._choices.model_of(settings)
        turn = Turn(address, message.sender, message.text, past, model)
        keeper = Keeper(partial(self._store.append, address), _where(address))
        try:
            failed = await live.run(consumer, self._agent, turn, keeper, listeners)
        finally:
            await keeper.flush()
        if live.is_empty and failed is None and live.stopped is None:
            await self._say(Say(message, commands.NO_ANSWER))
        is_whole = live.is_shown and failed is None and live.stopped is None
        if is_whole and self._choices.is_heard(settings) and not self._stopping.is_set():
            self._narrate(address, live)
        seconds = asyncio.get_running_loop().time() - began
        _log_answer(live, failed, {**_where(address), "seconds": round(seconds, 1)})

    async def _retry(self, message: IncomingText, live: LiveAnswer) -> None:
        """Make the last answer again; it stays as it is where that was stopped at once."""
        if live.stopped is not None:
            await self._say(Say(message, commands.NOT_RETRIED))
            return
        question = await self._store.take_back_answer(message.address)
        if question is None:
            await self._say(Say(message, commands.NO_TURN))
        else:
            self._hush(message.address)
            *past, _ = await self._store.history(message.address, limit=_PAST)
            await self._reply(replace(message, text=question), tuple(past), live)

    async def _change(self, work: Change) -> None:
        """Change a chat's settings, and say so; or say what they are."""
        address = work.message.address
        before = await self._store.settings(address)
        after, text = change(work.order, before, self._choices)
        if after != before:
            await self._store.change(address, after)
        await self._say(Say(work.message, text))

    async def _recall(self) -> None:
        """Take up what limits taught; without it they teach again."""
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
            _log_crash(error, say.message.address)

    async def _acknowledge(self, press: Acknowledge) -> None:
        """Let the person who pressed a button see that it was noticed.

        Once: some seconds later nobody waits for it any more.
        """
        outcome = await self._outbox.acknowledge(press.address, press.press_id, press.text)
        if not isinstance(outcome, Accepted):
            _LOG.debug("a press was not acknowledged", extra=_where(press.address))

    async def _say(self, say: Say) -> None:
        consumer = self._showing(say.message, _AT_ONCE)
        consumer.feed(TextDelta(say.text))
        consumer.finish()
        await consumer.run()

    def _narrate(self, address: Address, live: LiveAnswer) -> None:
        """Let an answer that stands on the screen be heard as well, beside the line."""
        reply_to = live.message_ids[-1] if live.message_ids else None
        place = live.address or address
        task = self._tasks.create_task(self._read_aloud(place, live.aloud, reply_to))
        self._narrations[task] = address
        task.add_done_callback(self._narrations.pop)

    def _hush(self, address: Address) -> None:
        """Drop the notes of answers that are forgotten, or made again."""
        for narration, home in self._narrations.items():
            if home == address:
                narration.cancel()

    async def _read_aloud(self, address: Address, text: str, reply_to: int | None) -> None:
        """Post a voice note below an answer. Whatever fails, the answer stands as it is."""
        limit = self._channel.surface(address).voice_limit
        if self._narrator is None or not limit:
            return
        try:
            note = await self._narrator.read(text, limit)
            if note is None:
                return
            voice = PostVoice(address, note.sound, note.seconds, reply_to)
            outcome = await self._outbox.post_voice(voice)
        except SpeechError as error:
            _LOG.warning("no voice note", extra={**_where(address), "error": str(error)})
        except Exception as error:  # noqa: BLE001 - one note fails, the gateway goes on
            _log_crash(error, address)
        else:
            _log_note(outcome, {**_where(address), "seconds": note.seconds, "cut": note.is_cut})

    def _listened(self, message: IncomingText) -> Sequence[Listener]:
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
            _log_crash(error, address)
        finally:
            self._listeners.discard(listener)

    def _pumped(self, message: IncomingText, config: StreamingConfig) -> StreamConsumer:
        """Make the pump of an answer; among several people it points at what it answers."""
        pointed = message.message_id if message.address.kind is ChatKind.GROUP else None
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


def _where(address: Address) -> dict[str, object]:
    return {"chat": address.chat_id, "topic": address.thread_id}


def _log_answer(live: LiveAnswer, failed: Failed | None, fields: dict[str, object]) -> None:
    fields |= {"characters": len(live.said)}
    if live.gave_up is not None:
        reason = f"{live.gave_up.reason}: {live.gave_up.detail}"
        _LOG.warning("not delivered", extra={**fields, "error": reason})
    elif failed is not None:
        _LOG.warning("the model failed", extra={**fields, "error": str(failed.error)[:300]})
    else:
        _LOG.info("answered", extra={**fields, "stopped": live.stopped})


def _log_note(outcome: Outcome, fields: dict[str, object]) -> None:
    if isinstance(outcome, Accepted):
        _LOG.info("read aloud", extra=fields)
    else:
        # The words of a refusal are the platform's; nothing of a message is in them.
        _LOG.warning("no voice note", extra={**fields, "error": repr(outcome)[:300]})


def _log_crash(error: Exception, address: Address) -> None:
    """Log what failed and where. A foreign error's text may quote a message: it stays out."""
    words = str(error) if isinstance(error, TickertapeError) else words_of(error)
    frames = [
        f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    _LOG.error("a turn failed", extra={**_where(address), "error": words, "frames": frames})
