"""Decides about everything that comes in, purely: messages go in, decisions come out.

A conversation is one address: a chat, or one topic of it. Its work is done one by one, in a line;
conversations do not wait for each other.

    router.receive(inbound, live)  a person wrote, or pressed stop, while these answers run there
    router.done(address, left)     the first work of the line is done: returns the next
    router.close()                 the program ends: returns apologies for unanswered messages

What it keeps:

1. A message that is taken is answered once, or dropped by a `/stop`, a `/new` or `close`, which
   says so; the order in a conversation is the order in which messages came. Only a `/retry` of
   the running answer goes before work that waits: it is about that answer.
2. People outside the access list cause nothing but `TurnedAway`, and a notice that only they see
   when they press a button.
3. A line holds at most `room` waiting messages and one such `/retry`; the first message that
   finds it full is told so. What had a place before a restart has one after it.
4. An interrupt is never in a line: it is a decision of its own, to be carried out at once.
5. Every press that asks to be acknowledged is, once, whatever came of it. A button under a message
   of no running answer is removed; where that is not certain, it stays.
6. A chat that gets another id takes its line along: the work that runs, and the work that waits.

An answer whose chat was upgraded, or whose topic was deleted, goes on elsewhere: there its button
stops it, and so does a `/stop` where there is nothing else to stop.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import assert_never

from tickertape.chat import Address, ChatKind, Inbound, Message, Moved, StopPressed
from tickertape.gateway import commands
from tickertape.gateway.access import Access
from tickertape.gateway.decisions import (
    AskAgent,
    Begin,
    Change,
    Decision,
    Drop,
    Forget,
    Ignore,
    Interrupt,
    Live,
    Move,
    Queue,
    Retry,
    Say,
    SayNow,
    TurnedAway,
    Work,
)
from tickertape.gateway.question import is_question, is_unreadable
from tickertape.gateway.stop_buttons import Numbers, StopButtons, acknowledged, uncounted

__all__ = ["Router"]

# Messages that may wait in a line: a choice. People who send more than twenty in the time of one
# answer are told so.
_ROOM = 20


@dataclass(slots=True)
class _Line:
    """A conversation with work."""

    running: Work
    """The work that is being done."""
    waiting: deque[Work] = field(default_factory=deque)
    """The work that comes next, the oldest first."""
    refused: int = 0
    """Messages that were refused since the line had room."""

    @property
    def answers(self) -> bool:
        """Whether an answer of the agent runs."""
        return isinstance(self.running, AskAgent | Retry)

    @property
    def forgets(self) -> bool:
        """Whether an order to forget the conversation waits."""
        return any(isinstance(work, Forget) for work in self.waiting)

    def drop_answers(self) -> list[Work]:
        """Remove and return the work that waits for an answer."""
        dropped: list[Work] = [work for work in self.waiting if isinstance(work, AskAgent | Retry)]
        self.waiting = deque(w for w in self.waiting if not isinstance(w, AskAgent | Retry))
        self.refused = 0
        return dropped


class Router:
    """Decides. See the module's docstring for its promises."""

    def __init__(
        self, access: Access, *, room: int = _ROOM, number_of: Numbers = uncounted
    ) -> None:
        """Make a router for all channels of a gateway."""
        self._access = access
        self._room = room
        self._buttons = StopButtons(number_of)
        self._lines: dict[Address, _Line] = {}
        self._reserved: set[int] = set()

    def reserve(self, numbers: Iterable[int]) -> None:
        """Keep places for messages, by their `taken` numbers: they had one before a restart."""
        self._reserved.update(numbers)

    def admits(self, message: Message) -> bool:
        """Return whether a message comes from a person who is answered."""
        return self._access.admits(message.address, message.sender)

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
            case Moved():
                at = inbound.address
                return (self.move(at.channel, inbound.old_chat, at.chat),)
            case Message() if not is_admitted:
                return (_turned_away(inbound),)
            case Message():
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
        line = self._lines[address]
        if not line.waiting:
            del self._lines[address]
            return None
        line.running = line.waiting.popleft()
        line.refused = 0
        return line.running

    def move(self, channel: str, chat: str, to: str) -> Move:
        """Record that the chat `chat` of a channel has the id `to` from here on.

        Where a line runs under the new id already, both go on until the old one is empty.
        """
        self._access = self._access.moved(channel, chat, to)
        # A chat has one line for each of its topics.
        homes = [home for home in self._lines if (home.channel, home.chat) == (channel, chat)]
        moving = [home for home in homes if replace(home, chat=to) not in self._lines]
        for home in moving:
            line = self._lines.pop(home)
            line.running = _moved(line.running, to)
            line.waiting = deque(_moved(work, to) for work in line.waiting)
            self._lines[replace(home, chat=to)] = line
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
            last = next((work for work in waiting if isinstance(work, AskAgent | Retry)), None)
            dropped = line.drop_answers()
            if last is not None:
                notes.append(Say(last.message, commands.restarting(len(dropped))))
        return tuple(notes)

    def _running(self, live: Collection[Live]) -> list[tuple[Live, Work]]:
        lines = [(one, self._lines.get(one.conversation)) for one in live]
        return [(one, line.running) for one, line in lines if line is not None and line.answers]

    def _read(self, message: Message, live: Collection[Live]) -> tuple[Decision, ...]:
        command = commands.parse(message.text)
        match command:
            case None:
                return (self._asked(message),)
            case commands.StopCommand():
                return self._stop(message, live)
            case commands.NewCommand():
                forget = Forget(message, commands.words(command))
                drops, interrupts = self._end_answers(message.address)
                return (*drops, *interrupts, self._line_up(forget))
            case commands.RetryCommand():
                return self._retry(message)
            case commands.ModelCommand() | commands.ReasoningCommand() | commands.VoiceCommand():
                return (self._line_up(Change(message, command)),)
            case commands.UnknownCommand() if not _is_for_us_alone(message):
                return (Ignore("not our command"),)
            case commands.StartCommand() | commands.HelpCommand() | commands.UnknownCommand():
                return (self._line_up(Say(message, commands.words(command))),)
            case _:
                assert_never(command)

    def _asked(self, message: Message) -> Decision:
        if is_question(message):
            return self._line_up(AskAgent(message))
        if not message.to_us:
            return Ignore("nothing to read, and not for us")
        if is_unreadable(message):
            return self._line_up(Say(message, commands.UNREADABLE))
        is_private = message.address.kind is ChatKind.PRIVATE
        return self._line_up(
            Say(message, commands.NO_WORDS if is_private else commands.NO_QUESTION)
        )

    def _stop(self, message: Message, live: Collection[Live]) -> tuple[Decision, ...]:
        """End the answers of a conversation; where it has none, those that are written there."""
        drops, interrupts = self._end_answers(message.address)
        if not interrupts and not drops:
            strays = [one.conversation for one in live if one.conversation != message.address]
            ended = [self._end_answers(at) for at in strays]
            drops = tuple(drop for dropped, _ in ended for drop in dropped)
            interrupts = tuple(stop for _, stops in ended for stop in stops)
        if interrupts:
            return (*drops, *interrupts)
        count = len(drops)
        told = commands.dropped(count) if count else commands.words(commands.StopCommand())
        return (*drops, self._line_up(Say(message, told)))

    def _retry(self, message: Message) -> tuple[Decision, ...]:
        """Interrupt the running answer, and make it again before all work that waits.

        An answer that is going to be forgotten is not made again.
        """
        line = self._lines.get(message.address)
        retry = Retry(message)
        if line is None or not line.answers or line.forgets:
            return (self._line_up(retry),)
        if line.waiting and isinstance(line.waiting[0], Retry):
            return (Ignore("the answer will be made again"),)
        line.waiting.appendleft(retry)
        return (Interrupt(message.address), Queue(retry))

    def _end_answers(self, address: Address) -> tuple[tuple[Drop, ...], tuple[Interrupt, ...]]:
        """Drop the answers that wait in a conversation, and interrupt the one that runs.

        Returns:
            What is dropped, and the interrupt if one runs.
        """
        line = self._lines.get(address)
        if line is None:
            return (), ()
        drops = tuple(Drop(work) for work in line.drop_answers())
        return drops, (Interrupt(address),) if line.answers else ()

    def _line_up(self, work: Work) -> Decision:
        line = self._lines.get(work.message.address)
        if line is None:
            self._lines[work.message.address] = _Line(work)
            return Begin(work)
        if len(line.waiting) < self._room or not self._reserved.isdisjoint(work.message.taken):
            line.waiting.append(work)
            return Queue(work)
        line.refused += 1
        if line.refused > 1:
            return Ignore("the line is full")
        return SayNow(Say(work.message, commands.no_room(self._room)))


def _is_for_us_alone(message: Message) -> bool:
    """Return whether a command that we do not have cannot be meant for another bot."""
    return message.names_us or message.address.kind is ChatKind.PRIVATE


def _moved(work: Work, to: str) -> Work:
    """Return work at the new id of its chat; its message has no id there, and cannot be quoted."""
    place = replace(work.message.address, chat=to)
    return replace(work, message=replace(work.message, address=place, message_id=None))


def _turned_away(inbound: Inbound) -> TurnedAway:
    sender, at = inbound.sender, inbound.address
    return TurnedAway(at.channel, at.chat if sender is None else sender.id)
