"""The running gateway: it carries out the decisions of `Router`.

    channel ─▶ Intake ─▶ Router ─▶ Worker ─▶ Executor ─▶ agent ─▶ RunningAnswer ─▶ Outbox

Each conversation with work has one task. All that is said in a channel, answers and replies to
commands alike, goes through one `Outbox`, so that one limiter owns all calls of that channel. All
else is shared, and keyed by `Address`. No message's text is logged.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from itertools import chain, repeat
from typing import TypeVar, assert_never

from tickertape.chat import Address, Inbound, Message, Moved, Person, StopPressed
from tickertape.delivery.actions import Acknowledge, ClearButtons
from tickertape.delivery.limits.limit_estimate import LimitEstimate
from tickertape.delivery.marks import StopReason
from tickertape.delivery.streaming import StreamingConfig
from tickertape.gateway.access import Access, Strangers
from tickertape.gateway.admission.admission import Admission
from tickertape.gateway.admission.neighbours import Neighbours
from tickertape.gateway.admission.orders import AdminOrder
from tickertape.gateway.admission.wording import NOT_KEPT
from tickertape.gateway.announcer import Announcer, ShowingFor, pumped, resumed
from tickertape.gateway.answers.audience import Audience, Hearing
from tickertape.gateway.answers.open_turns import OpenTurns
from tickertape.gateway.answers.running_answer import RunningAnswers
from tickertape.gateway.answers.voice_notes import VoiceNotes
from tickertape.gateway.custom_commands.catalog import Catalog
from tickertape.gateway.decisions import (
    AskAgent,
    AskToBeLetIn,
    Begin,
    DecideRequest,
    Decision,
    Drop,
    Ignore,
    Interrupt,
    Move,
    Queue,
    SayNow,
    TurnedAway,
)
from tickertape.gateway.executor import Executor
from tickertape.gateway.fleet.fleet import Fleet
from tickertape.gateway.intake import Intake
from tickertape.gateway.journal import Journal, Unsettled
from tickertape.gateway.mail_reader import MailReader
from tickertape.gateway.moved_chats import MovedChats
from tickertape.gateway.presses import Presses, numbers_of
from tickertape.gateway.reasons import where, words_of
from tickertape.gateway.recording import JournalRecording, MailRecording, Recording
from tickertape.gateway.reloadable import AnswerSettings, Reloadable, SettingsInUse
from tickertape.gateway.router import Router
from tickertape.gateway.settings import Choices, QueueMode
from tickertape.gateway.settling import Settling
from tickertape.gateway.storage.access_book import AccessBook
from tickertape.gateway.storage.limits import LimitMemory
from tickertape.gateway.storage.memory import Memory, PassingJournal
from tickertape.gateway.watch.log_lines import LogLines
from tickertape.gateway.watch.watch import Watch
from tickertape.gateway.worker import Worker
from tickertape.outbox import Outbox
from tickertape.ports import Agent, Channel, SharedSource
from tickertape.speech.narrator import Narrator

__all__ = ["Gateway"]

_LOG = logging.getLogger(__name__)
# Seconds that calls which are on their way get after `stop`, and answers that are committed: a
# preview that hangs may take its 10 s. Without one it is a matter of milliseconds.
_GRACE = 12.0
# Seconds between two tries to read what is owed, or who is let in: a choice.
_PAUSES = (0.5, 2.0, 5.0, 15.0)
_Read = TypeVar("_Read")


class Gateway:
    """Lets people talk with an agent in one or several channels. Runs once."""

    def __init__(  # noqa: PLR0913 - its parts, by name
        self,
        channels: Mapping[str, Channel],
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
        journal: Journal | None = None,
        queue: QueueMode = "queue",
        together: float = 0.0,
        custom: Catalog | None = None,
        book: AccessBook | None = None,
        watch: Watch | None = None,
        fleet: Fleet | None = None,
    ) -> None:
        """Make a gateway; closing its arguments stays the caller's task.

        Args:
            channels: the channels to read and to write, by the names in their addresses.
            agent: answers.
            store: keeps conversations.
            access: lists the people who are answered.
            streaming: how answers stream; None for the defaults.
            models: the models that chats may choose, the default first: the name of each, with its
                name at its server; None if the agent has none to choose.
            grace: seconds that calls on their way get after `stop`, and answers to be committed.
            showing: makes the consumer that shows an answer; None for a `StreamConsumer` through
                its channel's outbox.
            hearing: makes an answer's listeners, for whom the next question does not wait.
            narrator: reads answers aloud into voice notes; None if there is no voice.
            voice: whether it does so in chats that did not choose.
            journal: keeps what is owed over restarts; None: what is cut off by the end is lost,
                and its reader is told.
            queue: what becomes of messages that come while an answer is written, in chats that
                did not choose.
            together: seconds within which messages of one person are answered together; 0: none.
            custom: the operator's commands; None if there are none.
            book: keeps who is let in while the gateway runs; None: those whom `access` lists.
            watch: tells observers what happens; None: only the log is told, and nothing measured.
            fleet: the processes that answer together; None: this one answers alone.
        """
        custom = custom or Catalog()
        self._watch = watch or Watch([LogLines()])
        self._fleet = fleet
        channels = self._wrapped(channels)
        streaming = streaming or StreamingConfig()
        self._grace = grace
        self._tasks = asyncio.TaskGroup()
        self._stopping = asyncio.Event()
        self._strangers = Strangers()
        self._limits = LimitMemory(store)
        self._journal = journal or PassingJournal(store)
        self._turns = OpenTurns(self._journal)
        self._outboxes = {name: self._outbox(name, one) for name, one in channels.items()}
        self._store = store
        self._router = Router(
            access, number_of=numbers_of(channels), mode=queue, together=together, custom=custom
        )
        self._running = RunningAnswers()
        self._notes = VoiceNotes(channels, self._outboxes, narrator, self._tasks)
        self._audience = Audience(hearing, self._tasks)
        self._presses = Presses(self._outboxes, self._tasks)
        self._chats = MovedChats(store, self._outboxes, self._notes, self._running)
        voice_choice = voice if narrator is not None else None
        choices = Choices(streaming.reasoning, models or {}, voice_choice, queue)
        self._settings = SettingsInUse(AnswerSettings(agent, choices, streaming))
        executor = self._executor(showing or pumped(self._outboxes), custom)
        self._settling = Settling(self._journal)
        self._admission = self._admission_of(book, channels)
        self._worker = Worker(self._router, executor, self._chats, self._running, self._settling)
        self._intake = Intake(channels, self._recording, self._take, self._settling.settle)
        self._mail = self._mail_reader()

    def _wrapped(self, channels: Mapping[str, Channel]) -> Mapping[str, Channel]:
        """Return channels as this process reads them and writes in them."""
        watched = self._watch.channels(channels)
        if self._fleet is None:
            return watched
        return self._fleet.fenced(watched, _shared_in(channels))

    def _mail_reader(self) -> MailReader:
        return MailReader(
            memory=self._store,
            limits=self._limits,
            outboxes=self._outboxes,
            router=self._router,
            turns=self._turns,
            chats=self._chats,
            intake=self._intake,
            settling=self._settling,
            receive=self._receive,
            end=self.stop,
        )

    def _executor(self, showing: ShowingFor, custom: Catalog) -> Executor:
        resuming = resumed(self._outboxes)
        self._announcer = Announcer(showing, resuming, self._turns, self._follow)
        return Executor(
            memory=self._store,
            journal=self._journal,
            settings=self._settings,
            custom=custom,
            refusal=self._router.refusal,
            showing=showing,
            resuming=resuming,
            turns=self._turns,
            announcer=self._announcer,
            audience=self._audience,
            notes=self._notes,
            follow=self._follow,
            hand_over=self._hand_over,
            orders=self._administer,
            is_stopping=self.is_stopping,
            watch=self._watch,
        )

    def _outbox(self, name: str, channel: Channel) -> Outbox:
        recorder = self._turns if self._journal.is_lasting else None
        lessons = partial(self._learned, name)
        return Outbox(channel, on_learned=lessons, only_writer=True, recorder=recorder)

    def _admission_of(
        self, book: AccessBook | None, channels: Mapping[str, Channel]
    ) -> Admission | None:
        if book is None:
            return None
        neighbours = Neighbours(
            self._router,
            channels,
            self._outboxes,
            self._announcer,
            self._presses,
            self._settling,
            self._receive,
        )
        return Admission(book, neighbours)

    async def _administer(self, message: Message, order: AdminOrder) -> str:
        if self._admission is None:
            return NOT_KEPT
        return await self._admission.carry_out(message, order)

    def _learned(self, channel: str, chat: str, estimates: tuple[LimitEstimate, ...]) -> None:
        self._limits.learn(channel, chat, estimates)
        self._watch.learned(channel, chat, estimates)

    def stop(self) -> None:
        """End `run`: no message is read any more, and running answers are left to the next process.

        Where the journal does not last, they are interrupted and committed.
        """
        self._stopping.set()

    @property
    def settings(self) -> AnswerSettings:
        """How the next answer is made."""
        return self._settings.present

    def reload(self, wanted: Reloadable, close: Callable[[], None]) -> None:
        """Let the next message, and the next answer, find these settings.

        Args:
            wanted: what changes.
            close: called when no answer uses the former settings any more; perhaps at once.
        """
        self._router.reload(wanted.access, wanted.answers.choices.queue, wanted.together)
        self._settings.replace(wanted.answers, close)

    def is_stopping(self) -> bool:
        """Return whether `stop` was called: no message is read any more."""
        return self._stopping.is_set()

    def is_answering(self) -> bool:
        """Return whether an answer runs."""
        return bool(self._running.all())

    def inbox_depth(self) -> int:
        """Return how many messages are being answered, or wait for it."""
        return self._router.depth

    async def run(self) -> None:
        """Answer until `stop` is called, or every channel has ended.

        Raises:
            TransportError: when no channel can go on, after running answers were left or
                committed. As long as one can, the failure of another is logged.
        """
        if self._fleet is not None:
            self._fleet.share(self._outboxes)
        await self._chats.restore(self._router)
        await self._limits.restore(self._outboxes)
        reading = asyncio.create_task(self._read())
        try:
            # There is no limit as long as the gateway runs: `_halt` sets one when it begins to end.
            async with asyncio.timeout(None) as patience:
                halting = asyncio.create_task(self._halt(reading, patience))
                try:
                    async with self._tasks:
                        # Not `await reading`: its error must not cancel the running answers.
                        await asyncio.wait({reading})
                        if not reading.cancelled() and reading.exception() is not None:
                            self.stop()
                finally:
                    halting.cancel()
                    await asyncio.wait({halting})
        except TimeoutError:
            for live in self._running.all():
                _LOG.error("gave up on an answer", extra=where(live.conversation))
        finally:
            # The last calls are made before the outboxes close; what these calls taught about
            # limits and moves is stored after that.
            reading.cancel()
            await asyncio.wait({reading})
            if self._admission is not None:
                await self._admission.aclose()
            await self._presses.aclose()
            await asyncio.gather(*(outbox.aclose() for outbox in self._outboxes.values()))
            await self._limits.flush()
            await self._chats.flush()
            await self._settling.flush()
            if self._fleet is not None:
                await self._fleet.leave()
        if not reading.cancelled():
            reading.result()

    async def _read(self) -> None:
        """Go on with what an earlier process left, then read all channels."""
        modes = await self._until_read(self._store.queue_modes, "what chats chose")
        for address, mode in modes.items():
            self._router.choose(address, mode)
        if self._admission is not None:
            await self._until_read(self._admission.restore, "who is let in")
            self._admission.start()
        if self._fleet is not None:
            await self._read_in_fleet(self._fleet)
            return
        owed = await self._until_read(self._unsettled, "what an earlier process left")
        self._watch.is_recovered = True
        self._mail.go_on(owed)
        await self._intake.run()

    async def _read_in_fleet(self, fleet: Fleet) -> None:
        """Read channels, and what is taken for the chats of this process.

        A channel that cannot be read ends the process, as it does alone: another one reads it.
        """
        running = [
            asyncio.create_task(work) for work in (fleet.run(self._mail), self._intake.run())
        ]
        try:
            await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in running:
                if task.done():
                    task.result()
        finally:
            for task in running:
                task.cancel()
            await asyncio.wait(running)

    async def _unsettled(self) -> tuple[Unsettled, ...]:
        return await self._journal.unsettled(tuple(self._outboxes))

    async def _until_read(self, read: Callable[[], Awaitable[_Read]], what: str) -> _Read:
        """Return what `read` does; until that is known, no message is read."""
        pauses = chain(_PAUSES, repeat(_PAUSES[-1]))
        while True:
            try:
                return await read()
            except Exception as error:  # noqa: BLE001 - whatever a database raises
                _LOG.error(
                    f"{what} is not known yet: nothing is read", extra={"error": words_of(error)}
                )
                await asyncio.sleep(next(pauses))

    async def _halt(self, reading: asyncio.Task[None], patience: asyncio.Timeout) -> None:
        await self._stopping.wait()
        reading.cancel()
        patience.reschedule(asyncio.get_running_loop().time() + self._grace)
        # The lines are emptied first: an answer that ends must not begin the next one.
        notes = self._router.close(self._intake.rest())
        if self._admission is not None:
            self._admission.stop()
        self._audience.stop()
        self._notes.cancel_all()
        if self._journal.is_lasting:
            # The next process goes on with all of it.
            self._running.leave_all()
            await asyncio.gather(*(box.halt(self._grace) for box in self._outboxes.values()))
            return
        self._running.stop_all(StopReason.SHUTDOWN)
        for say in notes:
            self._tasks.create_task(self._announcer.try_to_say(say))

    def _recording(self, channel: str) -> Recording:
        """Return what records the messages of a channel."""
        if self._fleet is not None:
            return MailRecording(self._fleet.mailbox.take, self._admits, self._watch.taken)
        return JournalRecording(channel, self._journal, self._is_admitted, self._watch.taken)

    def admits(self, address: Address, person: Person) -> bool:
        """Return whether what a person writes at an address is answered, as the lists are now."""
        return self._router.access.admits(address, person)

    def _admits(self, inbound: Message | StopPressed) -> bool:
        return self._router.access.admits(inbound.address, inbound.sender)

    def _is_admitted(self, message: Message) -> bool:
        read = self._chats.read(message)
        return isinstance(read, Message) and self._router.admits(read)

    def _take(self, inbound: Inbound) -> None:
        # An answer may know of a move before its chat reports it: the event belongs to the new id.
        for live in self._running.all():
            self._follow(live.conversation, live.shown_at)
        self._receive(self._chats.read(inbound))

    def _receive(self, inbound: Inbound) -> None:
        outbox = self._outboxes[inbound.address.channel]
        # A person who writes there can be written to again, whatever was refused before.
        outbox.mark_reachable(inbound.address)
        if isinstance(inbound, Message) and inbound.message_id is not None:
            outbox.saw(inbound.address, inbound.message_id, sent_at=inbound.sent_at)
        decisions = self._router.receive(inbound, self._running.at(inbound.address))
        for decision in decisions:
            self._apply(decision)
        if isinstance(inbound, Message) and not self._is_owed(inbound, decisions):
            self._settling.settle([inbound])
        if isinstance(inbound, Message) and self._admission is not None:
            self._admission.saw(inbound)

    def _is_owed(self, message: Message, decisions: Sequence[Decision]) -> bool:
        """Return whether a message is settled later: with its work, or the answer that it ends."""
        works = [one.work for one in decisions if isinstance(one, Begin | Queue)]
        if any(set(work.message.taken).issuperset(message.taken) for work in works):
            return True
        ended = [one.address for one in decisions if isinstance(one, Interrupt)]
        for address in ended:
            self._running.end_by(address, message)
        return bool(ended)

    def _hand_over(self, address: Address) -> tuple[AskAgent, ...]:
        return self._router.hand_over(self._chats.home(address))

    def _follow(self, home: Address, shown_at: Address) -> None:
        """Report the move of a chat if its answer was shown in another chat."""
        if self._chats.is_elsewhere(home, shown_at):
            self._receive(Moved(shown_at, home.chat))

    def _apply(self, decision: Decision) -> None:
        match decision:
            case Begin(work=work):
                self._worker.prepare(work)
                self._tasks.create_task(self._worker.work(work))
            case Queue():
                pass
            case Drop(work=work):
                self._settling.settle([work.message])
            case Interrupt(address=address):
                self._running.stop(address, decision.reason)
            case SayNow(say=say):
                self._tasks.create_task(self._announcer.try_to_say(say))
            case Acknowledge():
                self._presses.acknowledge(decision)
            case ClearButtons():
                self._presses.clear(decision)
            case Move():
                self._chats.move(decision)
            case AskToBeLetIn() | DecideRequest():
                self._let_in(decision)
            case TurnedAway() | Ignore():
                self._log(decision)
            case _:
                assert_never(decision)

    def _let_in(self, decision: AskToBeLetIn | DecideRequest) -> None:
        """Start what a stranger asked, or what an admin decided about one."""
        if self._admission is None:
            self._log(Ignore(NOT_KEPT))
        elif isinstance(decision, AskToBeLetIn):
            self._admission.ask(decision.message)
        else:
            self._admission.decide(decision.press, decision.decision)

    def _log(self, decision: TurnedAway | Ignore) -> None:
        match decision:
            case TurnedAway(channel=channel, id=id_):
                if self._strangers.is_first(f"{channel}:{id_}"):
                    fields = {"channel": channel, "id": id_}
                    _LOG.warning("not let in: not answered", extra=fields)
            case Ignore(why=why):
                _LOG.debug("ignored", extra={"why": why})


def _shared_in(channels: Mapping[str, Channel]) -> set[str]:
    """Return the names of the channels that any number of processes read at the same time."""
    return {name for name, one in channels.items() if isinstance(one, SharedSource) and one.share()}
