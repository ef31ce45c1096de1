"""Lets people in while the gateway runs: strangers ask, admins decide.

An admin decides about the strangers, and knows of the people, of the channels in which they are
one.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from tickertape.chat import Address, ButtonPressed, ChatKind, Message, Person
from tickertape.delivery.actions import Acknowledge, ClearButtons
from tickertape.gateway.access import Admitted, Kind, shown_id
from tickertape.gateway.admission import wording
from tickertape.gateway.admission.announcements import Announcements
from tickertape.gateway.admission.orders import (
    AdminOrder,
    AdmitGroup,
    ApproveCode,
    Decide,
    ListAccess,
    RefuseCode,
)
from tickertape.gateway.admission.rates import Guesses, Replies
from tickertape.gateway.admission.requests import Request, read_code, request_of
from tickertape.gateway.admission.surroundings import Surroundings
from tickertape.gateway.admission.tasks import Tasks
from tickertape.gateway.admission.watch import AccessWatch
from tickertape.gateway.storage.access_book import AccessBook

__all__ = ["Admission"]

_LOG = logging.getLogger(__name__)
# Seconds until a stranger is told their code again, and until they are told again that there is
# none for them. Choices: a person who asks again is answered, a program that floods is not.
_CODE_AGAIN = 60.0
_FULL_AGAIN = 600.0


class Admission:
    """Lets people in. Nothing is known before `restore`, nothing is looked at before `start`."""

    def __init__(
        self, book: AccessBook, around: Surroundings, *, clock: Callable[[], float] = time.time
    ) -> None:
        """Prepare to let people in.

        Args:
            book: keeps who is let in.
            around: the gateway.
            clock: returns the time, in seconds since 1970.
        """
        self._book = book
        self._around = around
        self._tasks = Tasks()
        self._announcements = Announcements(around)
        self._watch = AccessWatch(book, around, self._announcements, self._tasks, clock=clock)
        self._replies = Replies()
        self._guesses = Guesses()
        # The codes of requests that this process made, by their keys.
        self._codes: dict[str, str] = {}

    async def restore(self) -> None:
        """Read who is let in.

        Raises:
            Exception: whatever a database raises.
        """
        await self._watch.restore()

    def start(self) -> None:
        """Start looking at what other processes change."""
        self._tasks.start(self._watch.run())

    def stop(self) -> None:
        """Look no more, and tell nothing more: the gateway ends."""
        self._watch.stop()
        self._tasks.cancel_telling()

    async def aclose(self) -> None:
        """Stop, and wait until all is written that was decided."""
        self._watch.stop()
        await self._tasks.aclose()

    def ask(self, message: Message) -> None:
        """Start giving a code to the stranger who wrote a message in private."""
        self._tasks.start(self._ask(message))

    def decide(self, press: ButtonPressed, decision: Decide) -> None:
        """Start carrying out what an admin decided by a button."""
        self._tasks.start(self._decide(press, decision))

    def saw(self, message: Message) -> None:
        """Remember where an admin wrote in private, and tell them there who asks to be let in."""
        at, sender = message.address, message.sender
        if at.kind is not ChatKind.PRIVATE or sender is None:
            return
        chat = (at.channel, sender.id, at.chat)
        if chat in self._watch.known.admin_chats:
            return
        if self._around.access().is_admin(at.channel, sender):
            self._tasks.start(self._remember_chat(chat))

    async def carry_out(self, message: Message, order: AdminOrder) -> str:
        """Carry out the order of an admin; return what they are told.

        Raises:
            Exception: whatever a database raises.
        """
        is_private = message.address.kind is ChatKind.PRIVATE
        match order:
            case AdmitGroup() if is_private:
                return wording.IN_A_GROUP
            case AdmitGroup(on=True):
                return await self._admit_group(message)
            case AdmitGroup():
                return await self._expel_group(message)
            case _ if not is_private:
                return wording.IN_PRIVATE
            case ListAccess():
                return self._listing(message.sender)
            case ApproveCode(code=code):
                return await self._by_code(message, code, let_in=True)
            case RefuseCode(code=code):
                return await self._by_code(message, code, let_in=False)

    def _listing(self, admin: Person | None) -> str:
        access, known, now = self._around.access(), self._watch.known, self._watch.clock()
        entries = [one for one in known.entries if access.is_admin(one.channel, admin)]
        asking = [
            one
            for one in known.requests
            if one.is_open(now) and access.is_admin(one.channel, admin)
        ]
        return wording.listing(access.seen_by(admin), entries, asking)

    async def _ask(self, message: Message) -> None:
        """Answer a stranger with a code, or with theirs once more."""
        at, sender = message.address, message.sender
        if sender is None:
            return
        is_answered = self._is_answered(shown_id(at.channel, sender.id))
        had = request_of(self._watch.known.requests, at.channel, sender.id)
        if had is None and not is_answered:
            return  # a flood costs no look at the database
        async with self._watch.turns:
            await self._watch.look_in_turn()
            if self._around.access().admits(at, sender):
                self._around.receive(message)  # let in by another process, a moment ago
                return
            told = await self._told_to(at, sender) if is_answered else ""
        if told:
            self._tasks.tell(self._around.say(message, told))

    def _is_answered(self, who: str) -> bool:
        """Return whether a stranger is told anything; if so, it counts as done."""
        moment = asyncio.get_running_loop().time()
        is_quiet = self._watch.quiet.holds(who, self._watch.clock())
        return not is_quiet and self._replies.allows(who, moment, _CODE_AGAIN)

    async def _told_to(self, at: Address, sender: Person) -> str:
        """Return what a stranger is told: their code, or that there is none."""
        now = self._watch.clock()
        had = request_of(self._watch.known.requests, at.channel, sender.id)
        if had is not None and had.is_open(now) and had.key in self._codes:
            return wording.code_for(had, self._codes[had.key], now)
        asked = await self._book.ask(at, sender)
        if asked is None:
            moment = asyncio.get_running_loop().time()
            self._replies.pause(shown_id(at.channel, sender.id), moment + _FULL_AGAIN)
            return wording.FULL
        request = asked.request
        fields = {"channel": at.channel, "id": sender.id}
        _LOG.info("a stranger asks to be let in", extra=fields)
        self._announcements.begin(request)
        await self._watch.look_in_turn()
        open_keys = {one.key for one in self._watch.known.requests}
        self._codes = {key: code for key, code in self._codes.items() if key in open_keys}
        self._codes[request.key] = asked.code
        for chat in self._announcements.places(request, self._watch.known.admin_chats):
            self._tasks.tell(self._announcements.post(request, chat))
        return wording.code_for(request, asked.code, now)

    async def _remember_chat(self, chat: tuple[str, str, str]) -> None:
        async with self._watch.turns:
            if chat in self._watch.known.admin_chats:
                return
            await self._book.remember_chat(*chat)
            await self._watch.look_in_turn()
            now = self._watch.clock()
            asking = [one for one in self._watch.known.requests if one.is_open(now)]
        for request in asking:
            for place in self._announcements.places(request, [chat]):
                self._tasks.tell(self._announcements.post(request, place))

    async def _decide(self, press: ButtonPressed, decision: Decide) -> None:
        """Carry out what a button decides, and confirm the press."""
        if press.message_id is not None:
            # It may be of an earlier process.
            self._announcements.note(decision.key, ClearButtons(press.address, press.message_id))
        async with self._watch.turns:
            await self._watch.look_in_turn()
            requests = self._watch.known.requests
            request = next((one for one in requests if one.key == decision.key), None)
            if request is None:
                said = wording.OVER
            elif not self._decides_about(request, press.sender):
                said = wording.NOT_AN_ADMIN
            elif await self._end(request, _by(press.address, press.sender), decision.let_in):
                said = wording.LET_IN if decision.let_in else wording.REFUSED
            else:
                said = wording.OVER
        if press.press_id:
            self._around.acknowledge(Acknowledge(press.address, press.press_id, said))

    async def _by_code(self, message: Message, text: str, *, let_in: bool) -> str:
        code, by = read_code(text), _by(message.address, message.sender)
        moment = asyncio.get_running_loop().time()
        if not code:
            return wording.WHICH_CODE
        if not self._guesses.allows(by, moment):
            return wording.TOO_MANY_GUESSES
        async with self._watch.turns:
            request = await self._book.find(code)
            if request is None or not self._decides_about(request, message.sender):
                self._guesses.missed(by, moment)
                return wording.NO_REQUEST
            if not await self._end(request, by, let_in):
                return wording.OVER
        return wording.said_of("Let in" if let_in else "Refused", request)

    def _decides_about(self, request: Request, admin: Person | None) -> bool:
        return self._around.access().is_admin(request.channel, admin)

    async def _end(self, request: Request, by: str, let_in: bool) -> bool:
        """Let a stranger in, or refuse them; return whether their request was open until then."""
        self._watch.decided(request.key, by)
        if let_in:
            done = await self._book.approve(request.key, by) is not None
        else:
            done = await self._book.refuse(request.key) is not None
        if not done:
            self._watch.undecided(request.key)
        await self._watch.look_in_turn()
        return done

    async def _admit_group(self, message: Message) -> str:
        at, by = message.address, _by(message.address, message.sender)
        await self._book.add(
            Admitted(at.channel, at.chat, Kind.GROUP, by=by, at=self._watch.clock())
        )
        await self._watch.look()
        return wording.ADMITTED_GROUP

    async def _expel_group(self, message: Message) -> str:
        at = message.address
        who = shown_id(at.channel, at.chat)
        self._watch.decided(who, _by(at, message.sender))
        if not await self._book.remove(at.channel, at.chat):
            self._watch.undecided(who)
        await self._watch.look()
        is_still = self._around.access().admits_group(at)
        return wording.NOT_LISTED if is_still else wording.EXPELLED_GROUP


def _by(at: Address, person: Person | None) -> str:
    """Return how an admin is named who decided."""
    return shown_id(at.channel, person.id if person is not None else at.chat)
