"""Looks at the database who is let in, and acts on what has changed.

All that is decided is written there first, by this process or by `tickertape access`. It is looked
at once a second, and after each decision of this process. So what happens is logged, told to people
and put into effect in one place, once.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress

from tickertape.chat import Address, ChatKind, Message, Person
from tickertape.gateway.access import Admitted, shown_id
from tickertape.gateway.admission import wording
from tickertape.gateway.admission.announcements import Announcements
from tickertape.gateway.admission.changes import (
    Change,
    LetIn,
    Removed,
    RequestEnd,
    RequestEnded,
    Snapshot,
    changes,
)
from tickertape.gateway.admission.rates import Quiet
from tickertape.gateway.admission.requests import Request
from tickertape.gateway.admission.surroundings import Surroundings
from tickertape.gateway.admission.tasks import Tasks
from tickertape.gateway.reasons import words_of
from tickertape.gateway.storage.access_book import AccessBook

__all__ = ["AccessWatch"]

_LOG = logging.getLogger(__name__)
# Seconds between two looks. A choice: an operator who approved a code is not kept waiting. Where
# nothing was written, one takes 0.4 ms of processor time, else 2 ms (SQLite, December 2026).
_LOOK_EVERY = 1.0
# Seconds for which a person who was refused or removed gets no other code: a choice.
_QUIET_FOR = 86_400.0
# Who decided what this process did not decide.
_ELSEWHERE = "the command line"


class AccessWatch:
    """Knows what the database says. Nothing is known before `restore`."""

    def __init__(
        self,
        book: AccessBook,
        around: Surroundings,
        announcements: Announcements,
        tasks: Tasks,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Prepare to look.

        Args:
            book: keeps who is let in.
            around: the gateway.
            announcements: tells admins of requests.
            tasks: runs what takes time.
            clock: returns the time, in seconds since 1970.
        """
        self._book = book
        self._around = around
        self._announcements = announcements
        self._tasks = tasks
        self.clock = clock
        """Returns the time, in seconds since 1970."""
        self.known = Snapshot()
        """What the database said at the last look."""
        self.quiet = Quiet()
        """Who gets no code for a time."""
        self.turns = asyncio.Lock()
        """Held during a look: what is seen is acted on before the next one."""
        self._stopping = asyncio.Event()
        self._is_heard = True
        self._deciders: dict[str, str] = {}
        self._welcomed: set[tuple[str, float]] = set()

    async def restore(self) -> None:
        """Read who is let in.

        Raises:
            Exception: whatever a database raises.
        """
        self.known = await self._book.read()
        for request in self.known.requests:
            self._announcements.begin(request)
        self._around.admit(self.known.entries)
        for entry in self._to_welcome():  # let in while nothing ran
            self._act_on(LetIn(entry))

    async def run(self) -> None:
        """Look again and again. A database that fails is logged once, until it is heard again."""
        while not self._stopping.is_set():
            try:
                await self._look_while_heard()
            except Exception as error:  # noqa: BLE001 - whatever a database raises
                if self._is_heard:
                    told = "who is let in cannot be read: it stays as it was"
                    _LOG.error(told, extra={"error": words_of(error)})
                self._is_heard = False
                await self._pause()

    def stop(self) -> None:
        """End `run` after the look that is under way."""
        self._stopping.set()

    async def _look_while_heard(self) -> None:
        async with self._book.watching() as has_changed:
            while not self._stopping.is_set():
                if await has_changed() or self._is_one_over(self.clock()):
                    await self.look()
                self._is_heard = True
                await self._pause()

    async def _pause(self) -> None:
        """Wait until the next look is due, or there is none."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_EVERY):
                await self._stopping.wait()

    def _is_one_over(self, now: float) -> bool:
        return not all(request.is_open(now) for request in self.known.requests)

    async def look(self) -> None:
        """Look at the database, and act on what has changed.

        Raises:
            Exception: whatever a database raises.
        """
        async with self.turns:
            await self.look_in_turn()

    async def look_in_turn(self) -> None:
        """Look, for a caller who holds `turns`.

        Raises:
            Exception: whatever a database raises.
        """
        if self._is_one_over(self.clock()):
            await self._book.expire()
        before, self.known = self.known, await self._book.read()
        now = self.clock()  # later than any by which a request was found to be over
        if before.entries != self.known.entries:
            self._around.admit(self.known.entries)
        for change in changes(before, self.known, now):
            # A database may be shared with a gateway that has other channels.
            if self._around.has_channel(_channel_of(change)):
                self._act_on(change)
        for entry in self._to_welcome():
            self._welcome(entry)

    def decided(self, what: str, by: str) -> None:
        """Record who decides about a request or an entry, for the log."""
        self._deciders[what] = by

    def undecided(self, what: str) -> None:
        """Record that nothing came of a decision."""
        self._deciders.pop(what, None)

    def _to_welcome(self) -> tuple[Admitted, ...]:
        """Return the people of our channels who are still to be told that they are let in."""
        return tuple(
            entry
            for entry in self.known.entries
            if entry.welcome and self._around.has_channel(entry.channel)
        )

    def _act_on(self, change: Change) -> None:
        match change:
            case LetIn(entry=entry):
                self.quiet.remove(shown_id(entry.channel, entry.id))
                _LOG.info("let in", extra={**_fields(entry), "by": entry.by})
            case Removed(entry=entry):
                self._silence(entry.channel, entry.id)
                by = self._deciders.pop(shown_id(entry.channel, entry.id), _ELSEWHERE)
                _LOG.info("no longer let in", extra={**_fields(entry), "by": by})
            case RequestEnded(request=request, end=end):
                self._end(request, end)

    def _end(self, request: Request, end: RequestEnd) -> None:
        by = self._deciders.pop(request.key, _ELSEWHERE)
        self._announcements.end(request.key)
        fields: dict[str, object] = {"channel": request.channel, "id": request.id}
        match end:
            case RequestEnd.APPROVED | RequestEnd.REPLACED:
                pass  # that is logged as what it is: let in, or another request
            case RequestEnd.EXPIRED:
                _LOG.info("a request to be let in has expired", extra=fields)
            case RequestEnd.REFUSED:
                _LOG.info("a request to be let in was refused", extra={**fields, "by": by})
                self._silence(request.channel, request.id)
                refused = _nothing_from(request.id, request.channel, request.chat)
                self._tasks.tell(self._around.say(refused, wording.YOU_ARE_REFUSED))

    def _silence(self, channel: str, id_: str) -> None:
        self.quiet.add(shown_id(channel, id_), self.clock() + _QUIET_FOR)

    def _welcome(self, entry: Admitted) -> None:
        """Start telling a person that they are let in: once, as long as this process lives."""
        welcome = (shown_id(entry.channel, entry.id), entry.at)
        if welcome not in self._welcomed:
            self._welcomed.add(welcome)
            self._tasks.tell(self._say_welcome(entry))

    async def _say_welcome(self, entry: Admitted) -> None:
        message = _nothing_from(entry.id, entry.channel, entry.welcome)
        await self._around.say(message, wording.WELCOME)
        self._tasks.start(self._book.welcomed(entry))


def _channel_of(change: Change) -> str:
    return change.request.channel if isinstance(change, RequestEnded) else change.entry.channel


def _fields(entry: Admitted) -> dict[str, object]:
    kind, role = entry.kind.value, entry.role.value
    return {"channel": entry.channel, "id": entry.id, "kind": kind, "role": role}


def _nothing_from(id_: str, channel: str, chat: str) -> Message:
    """Return a message that a person did not write, so that something can be said to them."""
    at = Address(channel, chat, ChatKind.PRIVATE)
    return Message(at, Person(id_, ""), "", None, to_us=True)
