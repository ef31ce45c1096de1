"""Carries out the work of a conversation: an answer of the agent, or an order."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import assert_never

from tickertape.chat import Address, Message
from tickertape.conversation import CommandGiven, Entry, Utterance, begins_turn
from tickertape.delivery.marks import StopReason
from tickertape.delivery.shown import Shown
from tickertape.gateway import commands
from tickertape.gateway.admission.orders import AdminOrder
from tickertape.gateway.announcer import Announcer, Follow, Resuming, ShowingFor
from tickertape.gateway.answers.attempt import Attempt, command_of
from tickertape.gateway.answers.audience import Audience
from tickertape.gateway.answers.open_turns import OpenTurns
from tickertape.gateway.answers.running_answer import Left, RunningAnswer
from tickertape.gateway.answers.turn_writer import TurnWriter
from tickertape.gateway.answers.voice_notes import VoiceNotes
from tickertape.gateway.custom_commands.call import call_of
from tickertape.gateway.custom_commands.catalog import Catalog
from tickertape.gateway.custom_commands.command_agent import CommandAgent, InterruptedCommand
from tickertape.gateway.decisions import (
    Administer,
    AskAgent,
    Change,
    Continue,
    Forget,
    Retry,
    RunCommand,
    Say,
    Work,
)
from tickertape.gateway.journal import BegunTurn, FencedError, Journal
from tickertape.gateway.question import question_of, questions_of
from tickertape.gateway.reasons import where, words_of
from tickertape.gateway.reloadable import AnswerSettings, SettingsInUse
from tickertape.gateway.settings import ChatSettings, change
from tickertape.gateway.storage.memory import Memory
from tickertape.gateway.watch.turn import WatchedTurn
from tickertape.gateway.watch.watch import Watch
from tickertape.message import Author
from tickertape.ports import Agent, ResumableAgent, Showing, Turn

__all__ = ["Executor"]

_LOG = logging.getLogger(__name__)

# The newest entries that are read for an answer. The agent fits them into its model's window; this
# bounds what a long conversation costs before that: a turn with eight steps of tools has some 20.
_PAST = 200
# Seconds after each failure of the database to go on with an answer: a choice, as people wait.
_PAUSES = (0.5, 2.0, 5.0, 15.0)


@dataclass(frozen=True, slots=True)
class Executor:
    """Carries out work, one piece at a time for each conversation."""

    memory: Memory
    """Keeps conversations."""
    settings: SettingsInUse
    """How answers are made; an answer keeps what it began with."""
    custom: Catalog
    """The operator's commands."""
    refusal: Callable[[CommandGiven, Message], str]
    """Returns why a message cannot repeat a command of the operator's; empty if it can."""
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
    orders: Callable[[Message, AdminOrder], Awaitable[str]]
    """Carries out what an admin orders, and returns what they are told."""
    is_stopping: Callable[[], bool]
    """Returns whether the gateway is ending: then no voice note is begun."""
    watch: Watch
    """Told what becomes of turns."""

    async def carry_out(self, work: Work, answer: RunningAnswer | None) -> None:
        """Carry out work.

        Raises:
            Exception: whatever an agent, a channel or a database raises.
        """
        match work:
            case AskAgent() | RunCommand() if answer is not None:
                await self._answer(work, answer)
            case Continue() if answer is not None:
                await self._continue(work, answer)
            case Retry(message=message) if answer is not None:
                await self._retry(message, answer)
            case AskAgent() | Continue() | RunCommand() | Retry():
                raise AssertionError("an answer was prepared for this work")
            case Change():
                await self._change(work)
            case Say():
                await self.announcer.say(work)
            case Administer(message=message, order=order):
                await self.announcer.say(Say(message, await self.orders(message, order)))
            case Forget(message=message, text=text):
                self.notes.cancel(message.address)
                await self.memory.forget(message.address)
                await self.announcer.say(Say(message, text))
            case _:
                assert_never(work)

    async def _answer(self, work: AskAgent | RunCommand, answer: RunningAnswer) -> None:
        """Store the question, and answer it; or go on with the answer."""
        message = work.message
        begun = self.turns.take_up(message)
        if begun is not None and (begun.question or begun.state is not None):
            await self._go_on(message, begun, answer)
            return
        past = await self.memory.history(message.address, limit=_PAST)
        if isinstance(work, RunCommand):
            asked: tuple[Utterance, ...] = (
                replace(question_of(message, past), command=work.given),
            )
        else:
            asked = questions_of(work.messages, past)
        question, *added = asked
        await self.journal.begin(message, question, added)
        attempt = Attempt(_text_of(asked), past, command=question.command)
        await self._reply(message, attempt, answer)

    async def _continue(self, work: Continue, answer: RunningAnswer) -> None:
        """Add to a question whose answer had told nothing, and answer all of it."""
        message = work.message
        entries = await self.memory.history(message.address, limit=_PAST)
        past = Attempt.after(entries, None, 1).past
        messages = work.messages[-work.added :]
        added = [replace(said, is_added=True) for said in questions_of(messages, entries)]
        await self.journal.record(message, added, None, messages)
        asked = (*entries[len(past) :], *added)
        await self._reply(message, Attempt(_text_of(asked), past), answer)

    async def _go_on(self, message: Message, begun: BegunTurn, answer: RunningAnswer) -> None:
        """Go on with an answer that an earlier process began.

        A database that fails is asked again: an apology would leave what is on screen of the answer
        as it stands, with its button.
        """
        number = 0
        for pause in (*_PAUSES, None):
            try:
                number = number or await self.journal.begin(message)
                await self._go_on_as(number, message, begun, answer)
                return
            except (Left, FencedError):
                raise
            except Exception as error:
                if pause is None or answer.shown is not None:
                    raise
                fields = {**where(message.address), "error": words_of(error)}
                _LOG.warning("an answer does not go on yet: again in seconds", extra=fields)
                await answer.pause(pause)

    async def _go_on_as(
        self, number: int, message: Message, begun: BegunTurn, answer: RunningAnswer
    ) -> None:
        entries = await self.memory.history(message.address, limit=_PAST)
        attempt = replace(Attempt.after(entries, begun.state, number), left=begun.left)
        if attempt.is_in_vain:
            answer.stop(StopReason.KILLED)
        elif attempt.so_far and not (attempt.has_ended or self._can_go_on(attempt)):
            # It can only begin again, and records everything once more.
            question = await self.memory.take_back_answer(message.address)
            attempt = replace(attempt, question=question or attempt.question, so_far=())
        await self._reply(replace(message, text=attempt.question), attempt, answer)

    def _can_go_on(self, attempt: Attempt) -> bool:
        agent = self.settings.present.agent
        return attempt.command is None and isinstance(agent, ResumableAgent)

    def _agent_of(self, using: AnswerSettings, message: Message, attempt: Attempt) -> Agent:
        """Return the agent, or the command of the operator's, that answers.

        A command that an earlier process began is not run again: it may have had effects.
        """
        given = attempt.command
        if given is None:
            return using.agent
        if attempt.is_repeated:
            return InterruptedCommand(given, attempt.said)
        return CommandAgent(self.custom.commands[given.name], call_of(given, message))

    async def _reply(self, message: Message, attempt: Attempt, answer: RunningAnswer) -> None:
        """Answer a stored question, and store the answer, once."""
        settings = await self.memory.settings(message.address)
        name = attempt.command.name if attempt.command is not None else ""
        is_first = attempt.number == 1
        with (
            self.settings.keep() as using,
            self.watch.turn(message, is_first=is_first, command=name) as watched,
        ):
            await self._reply_using(using, settings, message, attempt, answer, watched)

    async def _reply_using(
        self,
        using: AnswerSettings,
        settings: ChatSettings,
        message: Message,
        attempt: Attempt,
        answer: RunningAnswer,
        watched: WatchedTurn,
    ) -> None:
        address = message.address
        consumer = self._showing(using, message, attempt, settings)
        listeners = (*self.audience.gather(message), *watched.listeners)
        model = using.choices.model_of(settings)
        is_told_once = attempt.command is not None
        writer = self.turns.open(message, consumer, attempt.so_far, is_told_once=is_told_once)
        who = Author(message.sender.name, id=message.sender.id) if message.sender else None
        so_far = [*attempt.past, Utterance("user", attempt.question, speaker=who)]
        added = partial(self._added, address, so_far, writer, answer)
        turn = Turn(address, message.sender, attempt.question, attempt.past, model, added)
        try:
            said = attempt.events(self._agent_of(using, message, attempt), turn)
            shown, failed = await answer.run(consumer, said, writer, listeners)
        finally:
            await self.turns.close(writer)
        self.follow(address, shown.address)
        if answer.is_empty and failed is None and answer.stopped is None:
            await self.announcer.say(Say(message, commands.NO_ANSWER))
        if failed is None and using.choices.is_heard(settings):
            self._read_aloud(message, answer, shown)
        watched.ended(shown, failed=failed, stopped=answer.stopped)

    def _added(
        self,
        address: Address,
        past: list[Entry],
        writer: TurnWriter,
        answer: RunningAnswer,
    ) -> tuple[Utterance, ...]:
        """Return what people said since, which the running answer goes into from here on.

        It is added to `past`, by which people are told apart.
        """
        if answer.stopped is not None:
            return ()
        messages = [message for work in self.hand_over(address) for message in work.messages]
        said = [replace(one, is_added=True) for one in questions_of(messages, past)]
        for message, one in zip(messages, said, strict=True):
            writer.adopt(message, one)
        past += said
        return tuple(said)

    def _showing(
        self, using: AnswerSettings, message: Message, attempt: Attempt, settings: ChatSettings
    ) -> Showing:
        reasoning = settings.reasoning or using.choices.reasoning
        config = replace(using.streaming, reasoning=reasoning)
        if attempt.state is None:
            return self.showing(message, config)
        return self.resuming(attempt.state, config)

    def _read_aloud(self, message: Message, answer: RunningAnswer, shown: Shown) -> None:
        """Start a voice note below an answer, if it is whole."""
        if shown.is_whole and answer.stopped is None and not self.is_stopping():
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
        given = await self._last_command(message)
        if given is not None and (refusal := self.refusal(given, message)):
            await self.announcer.say(Say(message, refusal))
            return
        question = await self.memory.take_back_answer(message.address)
        if question is None:
            await self.announcer.say(Say(message, commands.NO_TURN))
        else:
            self.notes.cancel(message.address)
            await self.journal.begin(message)
            entries = await self.memory.history(message.address, limit=_PAST)
            past = Attempt.after(entries, None, 1).past
            attempt = Attempt(question, past, command=given)
            await self._reply(replace(message, text=question), attempt, answer)

    async def _last_command(self, message: Message) -> CommandGiven | None:
        """Return the operator's command that answered last; None if the agent did."""
        entries = await self.memory.history(message.address, limit=_PAST)
        asked = [entry for entry in entries if begins_turn(entry)]
        return command_of(asked[-1]) if asked else None

    async def _change(self, work: Change) -> None:
        """Change a chat's settings, and tell them."""
        address = work.message.address
        before = await self.memory.settings(address)
        after, text = change(work.order, before, self.settings.present.choices)
        if after != before:
            await self.memory.change(address, after)
        await self.announcer.say(Say(work.message, text))


def _text_of(said: Sequence[Entry]) -> str:
    """Return what several messages ask together."""
    return "\n\n".join(one.text for one in said)
