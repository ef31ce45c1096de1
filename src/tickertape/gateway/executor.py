"""Carries out the work of a conversation: an answer of the agent, or an order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import assert_never

from tickertape.chat import Address, Message
from tickertape.conversation import Entry, Utterance
from tickertape.delivery.marks import StopReason
from tickertape.delivery.shown import Shown
from tickertape.delivery.streaming import StreamingConfig
from tickertape.events import Failed
from tickertape.gateway import commands
from tickertape.gateway.announcer import Announcer, Follow, Resuming, ShowingFor
from tickertape.gateway.answers.attempt import Attempt
from tickertape.gateway.answers.audience import Audience
from tickertape.gateway.answers.open_turns import OpenTurns
from tickertape.gateway.answers.running_answer import RunningAnswer
from tickertape.gateway.answers.turn_writer import TurnWriter
from tickertape.gateway.answers.voice_notes import VoiceNotes
from tickertape.gateway.decisions import AskAgent, Change, Forget, Retry, Say, Work
from tickertape.gateway.journal import BegunTurn, Journal
from tickertape.gateway.question import question_of
from tickertape.gateway.reasons import where
from tickertape.gateway.settings import ChatSettings, Choices, QueueMode, change
from tickertape.gateway.storage.memory import Memory
from tickertape.ports import Agent, ResumableAgent, Showing, Turn

__all__ = ["Executor"]

_LOG = logging.getLogger(__name__)
# The newest entries that are read for an answer. The agent fits them into its model's window; this
# bounds what a long conversation costs before that: a turn with eight steps of tools has some 20.
_PAST = 200


@dataclass(frozen=True, slots=True)
class Executor:
    """Carries out work, one piece at a time for each conversation."""

    memory: Memory
    """Keeps conversations."""
    agent: Agent
    """Answers."""
    choices: Choices
    """The choices of chats."""
    streaming: StreamingConfig
    """How answers stream."""
    showing: ShowingFor
    """Makes the consumer that shows an answer."""
    resuming: Resuming
    """Makes the consumer that goes on with a reply of an earlier process."""
    journal: Journal
    """Keeps how far answers are."""
    turns: OpenTurns
    """Records what becomes of replies."""
    announcer: Announcer
    """Shows the bot's own messages."""
    audience: Audience
    """Runs the listeners of answers."""
    notes: VoiceNotes
    """Reads answers aloud."""
    follow: Follow
    """Called with the address where an answer was shown."""
    hand_over: Callable[[Address], Sequence[AskAgent]]
    """Returns the questions that a running answer of a conversation goes into."""
    choose: Callable[[Address, QueueMode | None], None]
    """Called with what a chat has chosen for messages that come while an answer runs."""
    is_stopping: Callable[[], bool]
    """Returns whether the gateway is ending: then no voice note is begun."""

    async def carry_out(self, work: Work, answer: RunningAnswer | None) -> None:
        """Carry out work.

        Raises:
            Exception: whatever an agent, a channel or a database raises.
        """
        match work:
            case AskAgent() if answer is not None:
                await self._answer(work, answer)
            case Retry(message=message) if answer is not None:
                await self._retry(message, answer)
            case AskAgent() | Retry():
                raise AssertionError("an answer was prepared for this work")
            case Change():
                await self._change(work)
            case Say():
                await self.announcer.say(work)
            case Forget(message=message, text=text):
                self.notes.cancel(message.address)
                await self.memory.forget(message.address)
                await self.announcer.say(Say(message, text))
            case _:
                assert_never(work)

    async def _answer(self, work: AskAgent, answer: RunningAnswer) -> None:
        """Store the question, and answer it; or go on with the answer."""
        message = work.message
        begun = self.turns.take_up(message)
        if begun is not None and (begun.question or begun.state is not None):
            await self._go_on(message, begun, answer)
            return
        past = await self.memory.history(message.address, limit=_PAST)
        question = question_of(message, past, work.before)
        await self.journal.begin(message, question)
        await self._reply(message, Attempt(question.text, past), answer)

    async def _go_on(self, message: Message, begun: BegunTurn, answer: RunningAnswer) -> None:
        """Go on with an answer that an earlier process began."""
        number = await self.journal.begin(message)
        entries = await self.memory.history(message.address, limit=_PAST)
        attempt = Attempt.after(entries, begun.state, number)
        if attempt.is_in_vain:
            answer.stop(StopReason.KILLED)
        elif attempt.so_far and not (attempt.has_ended or isinstance(self.agent, ResumableAgent)):
            # It can only begin again, and records everything once more.
            question = await self.memory.take_back_answer(message.address)
            attempt = replace(attempt, question=question or attempt.question, so_far=())
        await self._reply(replace(message, text=attempt.question), attempt, answer)

    async def _reply(self, message: Message, attempt: Attempt, answer: RunningAnswer) -> None:
        """Answer a stored question, and store the answer, once."""
        address = message.address
        began = asyncio.get_running_loop().time()
        settings = await self.memory.settings(address)
        consumer = self._showing(message, attempt, settings)
        listeners = self.audience.gather(message)
        model = self.choices.model_of(settings)
        writer = self.turns.open(message, consumer, attempt.so_far)
        added = partial(self._added, address, attempt.past, writer)
        turn = Turn(address, message.sender, attempt.question, attempt.past, model, added)
        try:
            said = attempt.events(self.agent, turn)
            shown, failed = await answer.run(consumer, said, writer, listeners)
        finally:
            await self.turns.close(writer)
        self.follow(address, shown.address)
        if answer.is_empty and failed is None and answer.stopped is None:
            await self.announcer.say(Say(message, commands.NO_ANSWER))
        if failed is None:
            self._read_aloud(message, answer, shown, settings)
        seconds = asyncio.get_running_loop().time() - began
        _log(answer.stopped, shown, failed, {**where(address), "seconds": round(seconds, 1)})

    def _added(
        self, address: Address, past: Sequence[Entry], writer: TurnWriter
    ) -> tuple[Utterance, ...]:
        """Return what people said since, which the running answer goes into from here on."""
        given = self.hand_over(address)
        for work in given:
            writer.adopt(work.message)
        said = (question_of(work.message, past, work.before) for work in given)
        return tuple(replace(one, is_added=True) for one in said)

    def _showing(self, message: Message, attempt: Attempt, settings: ChatSettings) -> Showing:
        reasoning = settings.reasoning or self.choices.reasoning
        config = replace(self.streaming, reasoning=reasoning)
        if attempt.state is None:
            return self.showing(message, config)
        return self.resuming(attempt.state, config)

    def _read_aloud(
        self, message: Message, answer: RunningAnswer, shown: Shown, settings: ChatSettings
    ) -> None:
        """Start a voice note below a whole answer, if its chat chose that."""
        is_whole = shown.is_whole and answer.stopped is None
        if is_whole and self.choices.is_heard(settings) and not self.is_stopping():
            reply_to = shown.messages[-1] if shown.messages else None
            self.notes.read(message.address, shown.address, answer.spoken, reply_to)

    async def _retry(self, message: Message, answer: RunningAnswer) -> None:
        """Make the last answer again; if that was stopped before it began, the old one stays."""
        begun = self.turns.take_up(message)
        if begun is not None:
            await self._go_on(message, begun, answer)
            return
        if answer.stopped is not None:
            await self.announcer.say(Say(message, commands.NOT_RETRIED))
            return
        question = await self.memory.take_back_answer(message.address)
        if question is None:
            await self.announcer.say(Say(message, commands.NO_TURN))
        else:
            self.notes.cancel(message.address)
            await self.journal.begin(message)
            entries = await self.memory.history(message.address, limit=_PAST)
            past = Attempt.after(entries, None, 1).past
            await self._reply(replace(message, text=question), Attempt(question, past), answer)

    async def _change(self, work: Change) -> None:
        """Change a chat's settings, and tell them."""
        address = work.message.address
        before = await self.memory.settings(address)
        after, text = change(work.order, before, self.choices)
        if after != before:
            await self.memory.change(address, after)
            self.choose(address, after.queue)
        await self.announcer.say(Say(work.message, text))


def _log(
    stopped: StopReason | None, shown: Shown, failed: Failed | None, fields: dict[str, object]
) -> None:
    fields |= {"characters": len(shown.said)}
    if shown.gave_up is not None:
        reason = f"{shown.gave_up.reason}: {shown.gave_up.detail}"
        _LOG.warning("not delivered", extra={**fields, "error": reason})
    elif failed is not None:
        _LOG.warning("the model failed", extra={**fields, "error": str(failed.error)[:300]})
    else:
        _LOG.info("answered", extra={**fields, "stopped": stopped})
