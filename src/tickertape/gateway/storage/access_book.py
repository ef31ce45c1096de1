"""Who is let in, and who asks to be, in the database: shared by `serve` and `tickertape access`.

Both may run at once. So each change is one transaction that says itself whether it is still right:
a code is used up by the deletion of its row, which only one of two can do; of strangers there are
as many as there are slots, which are a primary key.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass, replace
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, Delete, Row, delete, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from tickertape.chat import Address, Person
from tickertape.gateway.access import AccessRole, Admitted, Kind
from tickertape.gateway.admission.changes import Snapshot
from tickertape.gateway.admission.requests import (
    ALPHABET,
    LENGTH,
    VALID_FOR,
    Request,
    digest_of,
    free_slot,
    matching,
    shown_name,
)
from tickertape.gateway.storage.database import Database
from tickertape.gateway.storage.tables import AccessRow, AdminChatRow, MoveRow, RequestRow

__all__ = ["AccessBook", "GivenCode", "carry_over_access", "current_id"]


@dataclass(frozen=True, slots=True)
class GivenCode:
    """A request that was made, with its code: known here and to the stranger alone."""

    request: Request
    """The request."""
    code: str
    """The code."""


# Rows and no objects of the mapper, which cost more: they are read once a second. The columns of a
# request are the fields of `Request`, in their order.
_ENTRIES = select(*AccessRow.__table__.columns)
_REQUESTS = select(*RequestRow.__table__.columns)
_CHATS = select(*AdminChatRow.__table__.columns)


class AccessBook:
    """Reads and changes who is let in."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        """Open the book.

        Args:
            database: where it is kept.
            clock: returns the time, in seconds since 1970.
        """
        self._database = database
        self._clock = clock

    async def read(self) -> Snapshot:
        """Return all that is kept."""
        async with self._database.read() as session:
            # Requests first: what is approved between two queries is seen as an open request of
            # a person who is let in, and never as one that is gone with no one let in.
            requests = (await session.execute(_REQUESTS)).all()
            entries = (await session.execute(_ENTRIES)).all()
            chats = (await session.execute(_CHATS)).all()
        return Snapshot(
            tuple(_entry_of(row) for row in entries),
            tuple(Request(*row) for row in requests),
            tuple((channel, id_, chat) for channel, id_, chat in chats),
        )

    def watching(self) -> AbstractAsyncContextManager[Callable[[], Awaitable[bool]]]:
        """Open a function that returns whether `read` may return something else by now."""
        return self._database.watching()

    async def ask(self, at: Address, person: Person) -> GivenCode | None:
        """Make a code for a stranger, in place of one that they have; None: no slot is free.

        Args:
            at: the private chat in which they wrote.
            person: the stranger.
        """
        code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
        salt = secrets.token_hex(16)
        key, digest, now = secrets.token_hex(12), digest_of(code, salt), self._clock()
        name = shown_name(person)
        theirs = _is_of(at.channel, person.id)
        try:
            async with self._database.write() as session:
                await session.execute(delete(RequestRow).where(or_(theirs, _is_over(now))))
                slot = free_slot(Request(*row) for row in await session.execute(_REQUESTS))
                if slot is None:
                    return None
                request = Request(
                    slot, key, at.channel, person.id, name, at.chat, salt, digest, now
                )
                session.add(RequestRow(**asdict(request)))
        except IntegrityError:
            return None  # another process took the slot
        return GivenCode(request, code)

    async def find(self, code: str) -> Request | None:
        """Return the request of the stranger who was given a code, if its hour is not over."""
        request = matching((await self.read()).requests, code)
        return request if request is not None and request.is_open(self._clock()) else None

    async def approve_code(
        self, code: str, by: str, role: AccessRole = AccessRole.USER
    ) -> Admitted | None:
        """Let the stranger in who was given a code; None: it does not count, or no longer."""
        request = await self.find(code)
        return None if request is None else await self.approve(request.key, by, role)

    async def approve(
        self, key: str, by: str, role: AccessRole = AccessRole.USER
    ) -> Admitted | None:
        """Let the stranger of a request in, once, within its hour; None: it is over.

        Args:
            key: names the request.
            by: who lets them in.
            role: what they may do. Who is an admin already stays one.
        """
        now = self._clock()
        async with self._database.write() as session:
            request = await _take(session, RequestRow.key == key, ~_is_over(now))
            if request is None:
                return None
            entry = Admitted(
                request.channel,
                request.id,
                role=role,
                by=by,
                at=now,
                name=request.name,
                welcome=request.chat,
            )
            had = await session.get(AccessRow, (entry.channel, entry.id, entry.kind.value))
            if had is not None and had.role == AccessRole.ADMIN:
                entry = replace(entry, role=AccessRole.ADMIN)
            await session.merge(_row_of(entry))
        return entry

    async def refuse(self, key: str) -> Request | None:
        """End a request; None: it is over."""
        async with self._database.write() as session:
            return await _take(session, RequestRow.key == key, ~_is_over(self._clock()))

    async def expire(self) -> None:
        """Delete the requests whose hour is over."""
        async with self._database.write() as session:
            await session.execute(delete(RequestRow).where(_is_over(self._clock())))

    async def add(self, entry: Admitted) -> bool:
        """Let a person or group in; return whether that changed anything.

        The request of a person is over with that, and they are told as if it had been approved.
        """
        async with self._database.write() as session:
            asked = None
            if entry.kind is Kind.PERSON:
                asked = await _take(session, _is_of(entry.channel, entry.id))
            had = await session.get(AccessRow, (entry.channel, entry.id, entry.kind.value))
            if had is not None and had.role == entry.role:
                return False
            if asked is not None:
                entry = replace(entry, name=asked.name, welcome=asked.chat)
            await session.merge(_row_of(entry))
        return True

    async def remove(self, channel: str, id_: str) -> bool:
        """Remove a person or group, and the request of a person; return whether there was any."""
        async with self._database.write() as session:
            entries = delete(AccessRow).where(AccessRow.channel == channel, AccessRow.id == id_)
            gone = await _deleted(session, entries)
            asked = await _take(session, _is_of(channel, id_))
            chats = (AdminChatRow.channel == channel, AdminChatRow.id == id_)
            await session.execute(delete(AdminChatRow).where(*chats))
        return gone > 0 or asked is not None

    async def welcomed(self, entry: Admitted) -> None:
        """Record that a person was told that they are let in."""
        ours = (AccessRow.channel == entry.channel) & (AccessRow.id == entry.id)
        this = ours & (AccessRow.added_at == entry.at)
        async with self._database.write() as session:
            await session.execute(update(AccessRow).where(this).values(welcome=""))

    async def remember_chat(self, channel: str, id_: str, chat: str) -> None:
        """Record the private chat of an admin."""
        async with self._database.write() as session:
            await session.merge(AdminChatRow(channel=channel, id=id_, chat=chat))


async def carry_over_access(session: AsyncSession, channel: str, chat: str, to: str) -> None:
    """Keep the admission of a chat under its new id."""
    ours = (AccessRow.channel == channel) & (AccessRow.id == chat) & (AccessRow.kind == Kind.GROUP)
    row = (await session.execute(select(AccessRow).where(ours))).scalar_one_or_none()
    if row is None:
        return
    if await session.get(AccessRow, (channel, to, row.kind)) is None:
        entry = _entry_of(row)
        there = _row_of(entry)
        there.id = to
        session.add(there)
    await session.delete(row)


async def current_id(database: Database, channel: str, id_: str) -> str:
    """Return the id that a chat has by now; any other id stays as it is."""
    async with database.read() as session:
        moves = select(MoveRow).where(MoveRow.channel == channel)
        for row in (await session.execute(moves)).scalars().all():
            database.moves.add(channel, row.chat, row.moved_to)
    return database.moves.current(channel, id_)


async def _deleted(session: AsyncSession, rows: Delete) -> int:
    """Delete rows; return how many there were."""
    return cast("CursorResult[Any]", await session.execute(rows)).rowcount


async def _take(session: AsyncSession, *which: ColumnElement[bool]) -> Request | None:
    """Delete a request, and return it; None: there is none, or another program took it."""
    found = (await session.execute(_REQUESTS.where(*which))).one_or_none()
    if found is None or not await _deleted(session, delete(RequestRow).where(*which)):
        return None
    return Request(*found)


def _is_of(channel: str, id_: str) -> ColumnElement[bool]:
    """Return the condition of the request of a person."""
    return (RequestRow.channel == channel) & (RequestRow.id == id_)


def _is_over(now: float) -> ColumnElement[bool]:
    """Return the condition of requests that are not open at a moment; see `Request.is_open`."""
    return or_(RequestRow.asked_at <= now - VALID_FOR, RequestRow.asked_at > now)


def _entry_of(row: AccessRow | Row[Any]) -> Admitted:
    return Admitted(
        row.channel,
        row.id,
        Kind(row.kind),
        # A role of a later version is none of ours: it gives no more than that of everyone.
        AccessRole.ADMIN if row.role == AccessRole.ADMIN else AccessRole.USER,
        row.added_by,
        row.added_at,
        row.name,
        row.welcome,
    )


def _row_of(entry: Admitted) -> AccessRow:
    return AccessRow(
        channel=entry.channel,
        id=entry.id,
        kind=entry.kind.value,
        role=entry.role.value,
        added_by=entry.by,
        added_at=entry.at,
        name=entry.name,
        welcome=entry.welcome,
    )
