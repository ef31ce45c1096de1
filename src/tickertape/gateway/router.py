"""Decides about everything that comes in, purely: messages go in, decisions come out.

A conversation is one address: a chat, or one topic of it. Its work is done one by one, in a line;
conversations do not wait for each other.

    router.receive(inbound, live)  a person wrote, or pressed stop, while these answers run there
    router.done(address, left)     the first work of the line is done: returns the next
    router.hand_over(address)      the running agent can read more: returns what it is to read
    router.close()                 the program ends: returns apologies for unanswered messages

What it keeps:

1. A message that is taken is answered once, alone or together with others, or dropped by a
   `/stop`, a `/new` or `close`, which says so; the order in a conversation is the order in which
   messages came. Only a `/retry` of the running answer goes before work that waits: it is about
   that answer.
2. People who are not let in cause nothing but `TurnedAway` or, where they may ask for it in
   private, `AskToBeLetIn`; and a notice that only they see when they press a button. What waits of
   a person who is removed is dropped; an answer that runs goes on to its end.
3. A line holds at most `room` waiting messages and one such `/retry`; who finds it full is
   told so, once until there is room. What had a place before a restart has one after it.
4. An interrupt is never in a line: it is a decision of its own, to be carried out at once.
5. Every press that asks to be acknowledged is, once, whatever came of it. A button under a message
   of no running answer is removed; where that is not certain, it stays.
6. A chat that gets another id takes its line along: the work that runs, and the work that waits.
7. What one person sends within a moment (`together`) is answered together, whatever the mode of
   the chat: an answer that has said nothing yet ends for that, without a trace.
8. A row of `/stop` is answered once: by the end of an answer, or by words.

An answer whose chat was upgraded, or whose topic was deleted, goes on elsewhere: there its button
stops it, and so does a `/stop` where there is nothing else to stop.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import assert_never, get_args

from tickertape.chat import Address, ButtonPressed, ChatKind, Inbound, Message, Moved, StopPressed
from tickertape.conversation import CommandGiven
from tickertape.delivery.marks import StopReason
from tickertape.gateway import commands
from tickertape.gateway.access import Access, Admitted
from tickertape.gateway.admission import orders, wording
from tickertape.gateway.custom_commands.catalog import Catalog
from tickertape.gateway.decisions import (
    Administer,
    Answering,
    AskAgent,
    AskToBeLetIn,
    Begin,
    Change,
    Continue,
    DecideRequest,
    Decision,
    Drop,
    Forget,
    Ignore,
    Interrupt,
    Live,
    Move,
    Queue,
    Retry,
    RunCommand,
    Say,
    SayNow,
    TurnedAway,
    Work,
)
from tickertape.gateway.question import is_question, is_unreadable
from tickertape.gateway.settings import QueueMode
from tickertape.gateway.stop_buttons import Numbers, StopButtons, acknowledged, uncounted
from tickertape.gateway.stop_rows import StopRows
from tickertape.gateway.work_line import WorkLine, messages_in

__all__ = ["Router"]

# Messages that may wait in a line: a choice. People who send more than twenty in the time of one
# answer are told so.
_ROOM = 20


class Router:
    """Decides. See the module's docstring for its promises."""

    def __init__(
        self,
        access: Access,
        *,
        room: int = _ROOM,
        number_of: Numbers = uncounted,
        mode: QueueMode = "queue",
        together: float = 0.0,
        custom: Catalog | None = None,
    ) -> None:
        """Make a router for all channels of a gateway.

        Args:
            access: whose messages are answered.
            room: how many messages may wait in a conversation.
            number_of: tells the order of messages.
            mode: what becomes of messages that come while an answer runs, in chats that did not
                choose.
            together: seconds within which the messages of one person are one; 0: none are.
            custom: the operator's commands; None if there are none.
        """
        self._custom = custom or Catalog()
        self._access = access
        self._room = room
        self._mode: QueueMode = mode
        self._modes: dict[Address, QueueMode] = {}
        self._together = together
        self._stop_rows = StopRows()
        self._buttons = StopButtons(number_of)
        self._lines: dict[Address, WorkLine] = {}
        self._reserved: set[int] = set()

    def reserve(self, numbers: Iterable[int]) -> None:
        """Keep places for messages, by their `taken` numbers: they had one before a restart."""
        self._reserved.update(numbers)

    def choose(self, address: Address, mode: QueueMode | None) -> None:
        """Set the mode of a conversation; None: that of all that did not choose."""
        if mode is None:
            self._modes.pop(_place(address), None)
        else:
            self._modes[_place(address)] = mode

    def reload(self, lists: Access, mode: QueueMode, together: float) -> None:
        """Go by other lists and another mode from here on; what was taken is answered.

        Args:
            lists: who is listed; who was let in besides stays so.
            mode: as in `__init__`.
            together: as in `__init__`.
        """
        present = self._access
        self._access = replace(lists, former=present.former, admitted=present.admitted)
        self._mode, self._together = mode, together

    def _choose_at_once(self, address: Address, choice: str) -> None:
        """Set the mode that a person has chosen: it is about the answer that is being written."""
        for mode in get_args(QueueMode):
            if choice == mode:
                self.choose(address, mode)

    @property
    def busy(self) -> set[tuple[str, str]]:
        """The chats in which work runs or waits, by channel and id."""
        return {(home.channel, home.chat) for home in self._lines}

    def admits(self, message: Message) -> bool:
        """Return whether a message comes from a person who is answered."""
        return self._access.admits(message.address, message.sender)

    def refusal(self, given: CommandGiven, message: Message) -> str:
        """Return why `message` cannot repeat a command of the operator's; empty if it can."""
        return self._custom.refusal(given, message, self._access)

    @property
    def depth(self) -> int:
        """How many messages are in work, or wait for it."""
        return sum(messages_in(line.running) + line.length for line in self._lines.values())

    @property
    def access(self) -> Access:
        """The access list as it is."""
        return self._access

    def admit(self, entries: Iterable[Admitted]) -> tuple[Drop, ...]:
        """Admit exactly these besides the lists of the configuration.

        Returns:
            The work of people who are no longer let in, which waited.
        """
        self._access = self._access.with_admitted(entries)
        lines = self._lines.values()
        return tuple(Drop(work) for line in lines for work in line.drop_others(self.admits))

    def receive(self, inbound: Inbound, live: Collection[Live] = ()) -> tuple[Decision, ...]:
        """Return the decisions about `inbound`, to be carried out in their order.

        Args:
            inbound: a message, a press, or the move of a chat.
            live: the answers that run at its address, or are written there.
        """
        is_admitted = self._access.admits(inbound.address, inbound.sender)
        match inbound:
            case StopPressed() if not is_admitted:
                return acknowledged(_turned_away(inbound), inbound, commands.NOT_YOURS)
            case StopPressed():
                return self._buttons.pressed(inbound, self._running(live))
            case ButtonPressed():
                return self._pressed(inbound, is_admitted=is_admitted)
            case Moved():
                at = inbound.address
                return (self.move(at.channel, inbound.old_chat, at.chat),)
            case Message() if not is_admitted:
                return (self._stranger(inbound),)
            case Message():
                order = self._order_in(inbound)
                if order is not None:
                    return (self._line_up(Administer(inbound, order)),)
                return self._read(inbound, live)
            case _:
                assert_never(inbound)

    def done(self, address: Address, left: Live | None = None) -> Work | None:
        """Record that the running work of a conversation is done; return the next, if one waits.

        Args:
            address: the conversation.
            left: the messages that it leaves on screen, where it was an answer.

        Raises:
            KeyError: when no work runs there.
        """
        if left is not None:
            self._buttons.remember(left)
        work = self._lines[address].advance()
        if work is None:
            del self._lines[address]
        return work

    def hand_over(self, address: Address) -> tuple[AskAgent, ...]:
        """Remove and return what waits for the running answer of a conversation to read it.

        Nothing where the mode of the chat is another, or other work comes first.
        """
        line = self._lines.get(address)
        return line.hand_over() if line is not None and self._mode_of(address) == "steer" else ()

    def move(self, channel: str, chat: str, to: str) -> Move:
        """Record that the chat `chat` of a channel has the id `to` from here on.

        Where a line runs under the new id already, both go on until the old one is empty.
        """
        self._access = self._access.moved(channel, chat, to)
        # A chat has one line for each of its topics.
        homes = [home for home in self._lines if (home.channel, home.chat) == (channel, chat)]
        moving = [home for home in homes if replace(home, chat=to) not in self._lines]
        for home in moving:
            self._lines[replace(home, chat=to)] = line = self._lines.pop(home)
            line.move(to)
        for home in [one for one in self._modes if (one.channel, one.chat) == (channel, chat)]:
            self._modes.setdefault(replace(home, chat=to), self._modes.pop(home))
        return Move(channel, chat, to, tuple(moving))

    def close(self, unread: Collection[Message] = ()) -> tuple[Say, ...]:
        """Empty every line; return an apology for each conversation with unanswered messages."""
        notes = [
            Say(message, commands.restarting(1))
            for message in unread
            if message.to_us and self._access.admits(message.address, message.sender)
        ]
        for line in self._lines.values():
            waiting = reversed(line.waiting)
            last = next((work for work in waiting if isinstance(work, Answering)), None)
            dropped = sum(map(messages_in, line.drop_answers()))
            if last is not None:
                notes.append(Say(last.message, commands.restarting(dropped)))
        return tuple(notes)

    def _running(self, live: Collection[Live]) -> list[tuple[Live, Work]]:
        lines = [(one, self._lines.get(one.conversation)) for one in live]
        return [(one, line.running) for one, line in lines if line is not None and line.answers]

    def _stranger(self, message: Message) -> Decision:
        """Decide about a message of a person who is not let in.

        One that is in the journal was let in once: they were removed, and ask for nothing.
        """
        is_private = message.address.kind is ChatKind.PRIVATE and message.sender is not None
        if self._access.pairing and is_private and not message.taken:
            return AskToBeLetIn(message)
        return _turned_away(message)

    def _order_in(self, message: Message) -> orders.AdminOrder | None:
        """Return what an admin orders by a message; None: nothing, or it is no admin's."""
        is_admins = self._access.is_admin(message.address.channel, message.sender)
        return orders.parse(message.text) if is_admins else None

    def _pressed(self, press: ButtonPressed, *, is_admitted: bool) -> tuple[Decision, ...]:
        decision = orders.decision_of(press.data)
        if decision is not None and self._access.is_admin(press.address.channel, press.sender):
            return (DecideRequest(press, decision),)
        told = Ignore("no button of theirs") if is_admitted else _turned_away(press)
        return acknowledged(told, press, wording.NOT_AN_ADMIN if decision else wording.OVER)

    def _read(self, message: Message, live: Collection[Live]) -> tuple[Decision, ...]:
        command = commands.parse(message.text, self._custom.commands)
        match command:
            case None:
                return self._asked(message, live)
            case commands.StopCommand():
                return self._stop(message, live)
            case commands.NewCommand():
                forget = Forget(message, commands.words(command))
                drops, interrupts = self._end_answers(message.address)
                return (*drops, *interrupts, self._line_up(forget))
            case commands.RetryCommand():
                return self._retry(message)
            case (
                commands.ModelCommand()
                | commands.ReasoningCommand()
                | commands.VoiceCommand()
                | commands.QueueCommand()
            ):
                if isinstance(command, commands.QueueCommand):
                    self._choose_at_once(message.address, command.choice)
                return (self._line_up(Change(message, command)),)
            case commands.OperatorCommand():
                return self._commanded(command, message, live)
            case commands.UnknownCommand() if not _is_for_us_alone(message):
                return (Ignore("not our command"),)
            case commands.StartCommand() | commands.HelpCommand() | commands.UnknownCommand():
                more = self._custom.listed(self._access, message.address, message.sender)
                return (self._line_up(Say(message, commands.words(command, more))),)
            case _:
                assert_never(command)

    def _asked(self, message: Message, live: Collection[Live]) -> tuple[Decision, ...]:
        if is_question(message):
            return self._ask(message, live)
        if not message.to_us:
            return (Ignore("nothing to read, and not for us"),)
        if is_unreadable(message):
            return (self._line_up(Say(message, commands.UNREADABLE)),)
        is_private = message.address.kind is ChatKind.PRIVATE
        told = commands.NO_WORDS if is_private else commands.NO_QUESTION
        return (self._line_up(Say(message, told)),)

    def _commanded(
        self, command: commands.OperatorCommand, message: Message, live: Collection[Live]
    ) -> tuple[Decision, ...]:
        """Line a command of the operator's up, as a question or as an answer of its own.

        It belongs together with nothing that comes right before or behind it.
        """
        match work := self._custom.work(command, message, self._access):
            case AskAgent(message=asked):
                return self._ask(replace(asked, came_at=None), live)
            case RunCommand():
                decision = self._line_up(work)
                is_next = isinstance(decision, Queue) and self._lines[message.address].answers
                if is_next and self._mode_of(message.address) == "interrupt":
                    return (decision, Interrupt(message.address))
                return (decision,)
            case Say():
                return (self._line_up(work),)
            case _:
                assert_never(work)

    def _ask(self, message: Message, live: Collection[Live]) -> tuple[Decision, ...]:
        """Line a question up, alone or together with what it follows.

        An answer that has told nothing ends without a trace where it goes on with both.
        """
        at = message.address
        line = self._lines.get(at)
        if line is None or not self._has_room(line, message):
            return (self._line_up(AskAgent(message)),)
        self._stop_rows.end(at)
        mode, is_followed = self._mode_of(at), line.follows(message, self._together)
        is_untold = any(one.is_untold for one in live if one.conversation == at)
        if is_untold and (is_followed or mode == "interrupt"):
            following = line.follow(message)
            if following is not None:
                return (Queue(following), Interrupt(at, StopReason.FOLLOWED))
        joined = line.join(message) if is_followed or mode != "queue" else None
        decision = Queue(joined) if joined is not None else self._line_up(AskAgent(message))
        return (decision, Interrupt(at)) if line.answers and mode == "interrupt" else (decision,)

    def _stop(self, message: Message, live: Collection[Live]) -> tuple[Decision, ...]:
        """End the answers of a conversation; where it has none, those that are written there."""
        drops, interrupts = self._end_answers(message.address)
        if not interrupts and not drops:
            strays = [one.conversation for one in live if one.conversation != message.address]
            ended = [self._end_answers(at) for at in strays]
            drops = tuple(drop for dropped, _ in ended for drop in dropped)
            interrupts = tuple(stop for _, stops in ended for stop in stops)
        count = sum(messages_in(drop.work) for drop in drops)
        if not interrupts and not count and self._stop_rows.holds(message):
            return (Ignore("one more of a row"),)
        said: tuple[Decision, ...] = ()
        if not interrupts:
            told = commands.dropped(count) if count else commands.words(commands.StopCommand())
            said = (self._line_up(Say(message, told)),)
        self._stop_rows.begin(message)
        return (*drops, *interrupts, *said)

    def _retry(self, message: Message) -> tuple[Decision, ...]:
        """Interrupt the running answer, and make it again before all work that waits.

        An answer that is going to be forgotten is not made again.
        """
        line = self._lines.get(message.address)
        retry = Retry(message)
        if line is None or not line.answers or line.forgets:
            return (self._line_up(retry),)
        if line.waiting and isinstance(line.waiting[0], Retry | Continue):
            return (Ignore("the answer will be made again"),)
        line.waiting.appendleft(retry)
        return (Interrupt(message.address), Queue(retry))

    def _end_answers(self, address: Address) -> tuple[tuple[Drop, ...], tuple[Interrupt, ...]]:
        """Drop the answers that wait in a conversation, and interrupt the one that runs.

        Returns:
            What is dropped, and the interrupt if one runs that has not ended.
        """
        line = self._lines.get(address)
        if line is None:
            return (), ()
        runs = line.answers and not line.is_followed
        drops = tuple(Drop(work) for work in line.drop_answers())
        return drops, (Interrupt(address),) if runs else ()

    def _line_up(self, work: Work) -> Decision:
        self._stop_rows.end(work.message.address)
        line = self._lines.get(work.message.address)
        if line is None:
            self._lines[work.message.address] = WorkLine(work)
            return Begin(work)
        if self._has_room(line, work.message):
            line.waiting.append(work)
            return Queue(work)
        who = work.message.sender.id if work.message.sender is not None else None
        if who in line.refused:
            return Ignore("the line is full")
        line.refused.add(who)
        return SayNow(Say(work.message, commands.no_room(self._room), is_pointed=True))

    def _has_room(self, line: WorkLine, message: Message) -> bool:
        return line.length < self._room or not self._reserved.isdisjoint(message.taken)

    def _mode_of(self, address: Address) -> QueueMode:
        return self._modes.get(_place(address), self._mode)


def _place(address: Address) -> Address:
    """Return where a choice holds: a conversation is the same, whatever sort its chat is."""
    return replace(address, kind=ChatKind.PRIVATE)


def _is_for_us_alone(message: Message) -> bool:
    """Return whether a command that we do not have cannot be meant for another bot."""
    return message.names_us or message.address.kind is ChatKind.PRIVATE


def _turned_away(inbound: Inbound) -> TurnedAway:
    sender, at = inbound.sender, inbound.address
    return TurnedAway(at.channel, at.chat if sender is None else sender.id)
