"""What is done with what comes in, purely: messages go in, decisions come out.

A conversation is one address: a chat, or one topic of it. What the bot does in a conversation
happens one thing after another, in a line; conversations do not wait for each other.

    router.receive(inbound, live)  somebody wrote, or pressed stop, while these answers run there
    router.done(address, left)     the first of the line is done: who is next
    router.close()                 the program ends: whose messages stay unanswered

What it keeps:

1. A message that is taken is answered once, or dropped by a `/stop`, a `/new` or `close`, which
   says so; the order in a conversation is the order in which messages came. Only a `/retry` of
   the running answer goes before what waits: it is about that answer.
2. Nobody outside the access list causes anything but `TurnedAway`, and a word to their own eyes
   when they press a button.
3. A line holds at most `room` waiting messages and one such `/retry`; the first message that
   finds it full is told so.
4. An interrupt is never in a line: it is a decision of its own, to be carried out at once.
5. Every press that asks to be acknowledged is, once, whoever pressed and whatever came of it. A
   button under a message of no running answer is taken away; where that is not sure, it stays.
6. A chat that gets another id takes its line along: what runs in it, and what waits.

An answer whose chat was upgraded, or whose topic was deleted, goes on elsewhere: there its button
stops it, and so does a `/stop` where there is nothing else to stop.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from typing import TypeAlias, assert_never

from tickertape.chat import Address, ChatKind, Inbound, Message, Moved, StopPressed
from tickertape.delivery.actions import Acknowledge, ClearButtons
from tickertape.gateway import commands
from tickertape.gateway.access import Access
from tickertape.gateway.decisions import (
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
    Say,
    TurnedAway,
    Work,
)
from tickertape.gateway.question import is_question, is_unreadable

__all__ = ["Numbers", "Router"]

_ROOM = 20
# The places of which it is known what answers left there; more than are busy within the minutes for
# which a press may be on its way.
_REMEMBERED = 1_000

Numbers: TypeAlias = Callable[[Address, str], int | None]
"""Gives the number of a message at an address, from its id: of two that are counted together, the
later one has the greater number. None: they are not counted there."""


def _uncounted(_address: Address, _message_id: str) -> None:
    """Return no number: nothing is known of how messages are counted."""


@dataclass(slots=True)
class _Line:
    """A conversation in which something is going on."""

    running: Work
    """What is being done."""
    waiting: deque[Work] = field(default_factory=deque)
    """What comes next, the oldest first."""
    refused: int = 0
    """How many messages found the line full since it last had room."""

    @property
    def answers(self) -> bool:
        """Whether what is being done is an answer of the agent."""
        return isinstance(self.running, Answer | Retry)

    @property
    def forgets(self) -> bool:
        """Whether the conversation will be forgotten after what is being done."""
        return any(isinstance(work, Forget) for work in self.waiting)

    def drop_answers(self) -> int:
        """Take the messages that wait for an answer out of the line, and count them."""
        kept = [work for work in self.waiting if not isinstance(work, Answer | Retry)]
        dropped = len(self.waiting) - len(kept)
        self.waiting = deque(kept)
        self.refused = 0
        return dropped


class Router:
    """Decides. See the module's docstring for its promises."""

    def __init__(
        self, access: Access, *, room: int = _ROOM, number_of: Numbers = _uncounted
    ) -> None:
        """Make a router for all channels of a gateway.

        Args:
            access: who is answered.
            room: how many messages may wait in one conversation.
            number_of: tells which of two messages came later, where that can be told.
        """
        self._access = access
        self._room = room
        self._number_of = number_of
        self._lines: dict[Address, _Line] = {}
        self._left: OrderedDict[Address, int] = OrderedDict()

    def receive(self, inbound: Inbound, live: Collection[Live] = ()) -> tuple[Decision, ...]:
        """Decide what follows from `inbound`, to be carried out in the order given.

        Args:
            inbound: what came in.
            live: the answers that run at its address, or are written there.
        """
        is_admitted = self._access.admits(inbound.address, inbound.sender)
        match inbound:
            case StopPressed():
                return self._pressed(inbound, live, is_admitted=is_admitted)
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
        """Take note that the running work of a conversation is done; return what comes next.

        Args:
            address: the conversation.
            left: what it leaves on screen, where it was an answer.
        """
        if left is not None:
            self._remember(left)
        line = self._lines[address]
        if not line.waiting:
            del self._lines[address]
            return None
        line.running = line.waiting.popleft()
        line.refused = 0
        return line.running

    def move(self, channel: str, chat: str, to: str) -> Move:
        """Take note that the chat `chat` of a channel has the id `to` from here on.

        Where something goes on under the new id already, two lines go on beside each other
        until the old one is empty.
        """
        self._access = self._access.moved(channel, chat, to)
        homes = [home for home in self._lines if (home.channel, home.chat) == (channel, chat)]
        moving = [home for home in homes if replace(home, chat=to) not in self._lines]
        for home in moving:
            line = self._lines.pop(home)
            line.running = _moved(line.running, to)
            line.waiting = deque(_moved(work, to) for work in line.waiting)
            self._lines[replace(home, chat=to)] = line
        return Move(channel, chat, to, tuple(moving))

    def close(self, unread: Collection[Message] = ()) -> tuple[Say, ...]:
        """Empty every line; give what to say where messages stay unanswered.

        Args:
            unread: what came in and was not received.
        """
        notes = [
            Say(message, commands.restarting(1))
            for message in unread
            if message.to_us and self._access.admits(message.address, message.sender)
        ]
        for line in self._lines.values():
            waiting = reversed(line.waiting)
            last = next((work for work in waiting if isinstance(work, Answer | Retry)), None)
            dropped = line.drop_answers()
            if last is not None:
                notes.append(Say(last.message, commands.restarting(dropped)))
        return tuple(notes)

    def _pressed(
        self, press: StopPressed, live: Collection[Live], *, is_admitted: bool
    ) -> tuple[Decision, ...]:
        """The button ends the answer that it stands under, and nothing else.

        It may stand under a piece of that answer which is complete since, or under a message that
        is not known: one whose post was not heard of yet, or never. Such a message is taken for one
        of the only answer that runs there, if it is newer than the question and than all that
        answers which have ended left there. So the button of an answer that has ended is never
        taken for another's. Where messages are not counted, such a message is taken for nobody's.
        """
        if not is_admitted:
            return _told(_turned_away(press), press, commands.NOT_YOURS)
        meant = self._meant_by(press, live)
        if meant is None:
            told = _told(Ignore("the answer is not live"), press, commands.ALREADY_FINISHED)
            return (*told, *self._cleared(press, live))
        return _told(Interrupt(meant), press, commands.STOPPING)

    def _cleared(self, press: StopPressed, live: Collection[Live]) -> tuple[ClearButtons, ...]:
        """Take the button away under which somebody pressed in vain.

        It stays where the message may be one of an answer that runs: where several do, and the
        message is newer than the question of one of them, or that cannot be told.
        """
        if press.message_id is None or not press.press_id:
            return ()
        number = self._number_of(press.address, press.message_id)
        for one, work in self._running(live):
            if number is None or number > self._newest_before(one, work, press.address):
                return ()
        return (ClearButtons(press.address, press.message_id),)

    def _running(self, live: Collection[Live]) -> list[tuple[Live, Work]]:
        lines = [(one, self._lines.get(one.conversation)) for one in live]
        return [(one, line.running) for one, line in lines if line is not None and line.answers]

    def _meant_by(self, press: StopPressed, live: Collection[Live]) -> Address | None:
        """Return the conversation whose running answer a press is about; None: it is about none."""
        running = self._running(live)
        for one, _ in running:
            if one.holds(press):
                return one.conversation
        if press.message_id is None or len(running) != 1:
            return None
        [(only, work)] = running
        number = self._number_of(press.address, press.message_id)
        is_newer = number is not None and number > self._newest_before(only, work, press.address)
        return only.conversation if is_newer else None

    def _newest_before(self, live: Live, work: Work, place: Address) -> int:
        """Return the number of the newest message at `place` that came before a running answer."""
        asked = work.message.message_id
        home = live.conversation
        is_there = (home.channel, home.chat) == (place.channel, place.chat)
        number = self._number_of(work.message.address, asked) if asked and is_there else None
        return max(number or 0, self._left.get(place, 0))

    def _remember(self, left: Live) -> None:
        """Note what an answer that has ended left; the places that were quiet longest go."""
        place = left.shown_at
        numbers = [self._number_of(place, message_id) or 0 for message_id in left.messages]
        if not any(numbers):
            return
        self._left[place] = max(*numbers, self._left.get(place, 0))
        self._left.move_to_end(place)
        if len(self._left) > _REMEMBERED:
            self._left.popitem(last=False)

    def _read(self, message: Message, live: Collection[Live]) -> tuple[Decision, ...]:
        command = commands.parse(message.text)
        match command:
            case None:
                return (self._asked(message),)
            case commands.Stop():
                return self._stop(message, live)
            case commands.New():
                forget = Forget(message, commands.words(command))
                _, interrupts = self._end_answers(message.address)
                return (*interrupts, self._line_up(forget))
            case commands.Retry():
                return self._retry(message)
            case commands.Model() | commands.Reasoning() | commands.Voice():
                return (self._line_up(Change(message, command)),)
            case commands.Unknown() if message.address.kind is not ChatKind.PRIVATE:
                return (Ignore("not our command"),)
            case commands.Start() | commands.Help() | commands.Unknown():
                return (self._line_up(Say(message, commands.words(command))),)
            case _:
                assert_never(command)

    def _asked(self, message: Message) -> Decision:
        if is_question(message):
            return self._line_up(Answer(message))
        if not message.to_us:
            return Ignore("nothing to read, and not for us")
        told = commands.UNREADABLE if is_unreadable(message) else commands.NO_QUESTION
        return self._line_up(Say(message, told))

    def _stop(self, message: Message, live: Collection[Live]) -> tuple[Decision, ...]:
        """End what goes on in the conversation; where nothing does, what is written there."""
        dropped, interrupts = self._end_answers(message.address)
        if not interrupts and not dropped:
            strays = [one.conversation for one in live if one.conversation != message.address]
            interrupts = tuple(stop for at in strays for stop in self._end_answers(at)[1])
        told = commands.dropped(dropped) if dropped else commands.words(commands.Stop())
        return interrupts or (self._line_up(Say(message, told)),)

    def _retry(self, message: Message) -> tuple[Decision, ...]:
        """Interrupt the answer that runs, and make it again before anything that waits.

        An answer that is to be forgotten is not made again.
        """
        line = self._lines.get(message.address)
        retry = Retry(message)
        if line is None or not line.answers or line.forgets:
            return (self._line_up(retry),)
        if line.waiting and isinstance(line.waiting[0], Retry):
            return (Ignore("the answer will be made again"),)
        line.waiting.appendleft(retry)
        return (Interrupt(message.address), Queue(retry))

    def _end_answers(self, address: Address) -> tuple[int, tuple[Decision, ...]]:
        """Drop the answers that wait in a conversation, and interrupt the one that runs.

        Returns:
            How many were dropped, and the interrupt if one runs.
        """
        line = self._lines.get(address)
        if line is None:
            return 0, ()
        return line.drop_answers(), (Interrupt(address),) if line.answers else ()

    def _line_up(self, work: Work) -> Decision:
        line = self._lines.get(work.message.address)
        if line is None:
            self._lines[work.message.address] = _Line(work)
            return Begin(work)
        if len(line.waiting) < self._room:
            line.waiting.append(work)
            return Queue(work)
        line.refused += 1
        if line.refused > 1:
            return Ignore("the line is full")
        return Note(Say(work.message, commands.no_room(self._room)))


def _moved(work: Work, to: str) -> Work:
    """Return work that belongs to a chat with another id by now; nothing can point at it."""
    place = replace(work.message.address, chat=to)
    return replace(work, message=replace(work.message, address=place, message_id=None))


def _turned_away(inbound: Inbound) -> TurnedAway:
    sender, at = inbound.sender, inbound.address
    return TurnedAway(at.channel, at.chat if sender is None else sender.id)


def _told(decision: Decision, press: StopPressed, text: str) -> tuple[Decision, ...]:
    """Tell the person who pressed what follows, where there is a way to."""
    if not press.press_id:
        return (decision,)
    return (decision, Acknowledge(press.address, press.press_id, text))
