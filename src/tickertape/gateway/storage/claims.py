"""Who owns a chat: the statements by which the processes of a fleet share one database.

A chat is asleep until mail comes for it: a message, or the press of a button. Then it is awake:
processes are told of it (`Signals.wake`), and one of them claims it. Its owner reads all mail of
the chat, the rest of an earlier owner's work included, and lets it go when nothing is left to do.

    asleep ─▶ awake ─▶ claimed, epoch + 1 ─▶ let go: asleep
                ▲          │
                └──────────┘  its owner ends, or is not heard for `LEASE`

Mail and the end of an ownership meet at the row of the chat: of the two transactions one comes
first, and the other finds what it did. So no mail is left with a chat that sleeps.

Whatever an owner writes is fenced: the transaction that writes holds the row of the chat, and fails
where the chat is another's. Time is the database's: the clocks of processes may differ.

The right to read a channel is a claim, too: that of the chat whose name is empty.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from sqlalchemy import (
    ColumnElement,
    Extract,
    case,
    delete,
    extract,
    func,
    literal_column,
    not_,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from tickertape.gateway.journal import FencedError
from tickertape.gateway.storage.database import Database
from tickertape.gateway.storage.tables import ClaimRow, InboxRow, WorkerRow

__all__ = ["CHANNEL", "LEASE", "Claimed", "Claims", "Signals"]

LEASE: Final = 3.0
"""Seconds after which a process that was not heard has lost what it owns. It beats each second: a
late beat or two cost nothing."""

CHANNEL: Final = ""
"""The name of the chat whose owner reads the channel."""

# Seconds after which a chat that was not claimed is told of again: a process that was told may have
# died, and one that is full takes no more.
_UNHEARD: Final = 5.0
# Chats that one process tells of again in a second. A choice: less than what a process claims in
# that time, so that what is told twice never keeps the rest waiting. On two busy cores three
# processes answered 13 a second of those that waited.
_REMINDED: Final = 20


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a process learns when a chat becomes its own."""

    epoch: int
    """How often the chat was claimed."""
    mail: int
    """How much mail was taken for it so far."""
    is_clean: bool
    """Whether its last owner left nothing undone, or there was none."""


class Signals(Protocol):
    """Tells processes of mail, as part of the transaction that records it."""

    async def wake(self, session: AsyncSession, chats: Sequence[tuple[str, str]]) -> None:
        """Have each of some chats claimed by one process, once the transaction is committed.

        Args:
            session: the transaction.
            chats: the chats, by channel and id; one at least.
        """
        ...

    async def tell(self, session: AsyncSession, owner: str, channel: str, chat: str) -> None:
        """Notify the owner of a chat that it has mail, once the transaction is committed.

        It may be lost: owners look by themselves, too (`Claims.owned`).
        """
        ...


class Claims:
    """What one process owns. Every method that needs a session is a part of its transaction."""

    def __init__(
        self,
        database: Database,
        worker: str,
        signals: Signals,
        bots: Mapping[str, str] | None = None,
        heart: Database | None = None,
    ) -> None:
        """Begin without a claim; `join` comes first.

        Args:
            database: where the chats are.
            worker: the name of the process, which no other has or had.
            signals: tell processes of mail.
            bots: what tells the bot of each channel from others, by the channels' names.
            heart: the same database by a connection of its own: a beat must not wait for the
                connections by which answers are saved. None: it may.
        """
        self._heart = heart or database
        self._bots = bots or {}
        self.worker = worker
        """The name of the process."""
        self._database = database
        self._signals = signals
        self._is_sqlite = not database.is_shared

    async def join(self) -> None:
        """Record that the process is there."""
        async with self._heart.write() as session:
            now = await session.scalar(select(self._now))
            # It may be there, if the answer to an earlier call was lost.
            await session.merge(WorkerRow(id=self.worker, beat=now, bots=json.dumps(self._bots)))

    async def with_other_bots(self) -> tuple[str, ...]:
        """Return the channels in which a living process answers with another bot."""
        living = select(WorkerRow.bots).where(WorkerRow.beat >= self._now - LEASE)
        async with self._database.read() as session:
            theirs = [json.loads(bots) for bots in await session.scalars(living)]
        return tuple(
            channel
            for channel, bot in self._bots.items()
            if any(others.get(channel, bot) != bot for others in theirs)
        )

    async def beat(self) -> None:
        """Record that the process is alive.

        Raises:
            FencedError: when it was taken for dead: others own its chats.
        """
        ours = update(WorkerRow).where(WorkerRow.id == self.worker).values(beat=self._now)
        async with self._heart.write() as session:
            if await session.scalar(ours.returning(WorkerRow.id)) is None:
                raise FencedError(self.worker)

    async def leave(self) -> None:
        """Let go of everything: others are told of the chats in which something is owed."""
        # The row of the process comes before those of its chats, as in `free_dead`.
        ours = select(WorkerRow.id).where(WorkerRow.id == self.worker).with_for_update()
        async with self._database.write() as session:
            if await session.scalar(ours) is not None:
                await self._free(session, (self.worker,), is_clean=True)

    async def free_dead(self) -> tuple[str, ...]:
        """Free what dead processes own, and tell of it; return their names."""
        silent = select(WorkerRow.id).where(WorkerRow.beat < self._now - LEASE)
        async with self._database.write() as session:
            dead = tuple(await session.scalars(silent.with_for_update(skip_locked=True)))
            if dead:
                # What they posted last may still be on its way.
                await self._free(session, dead, is_clean=False)
        return dead

    async def remind(self) -> int:
        """Wake again what was not claimed for some seconds; return how many chats they were.

        Those that wait longest come first: no more of them than a process claims in a second.
        """
        left = ClaimRow.is_awake, ClaimRow.owner.is_(None), ClaimRow.chat != CHANNEL
        late = ClaimRow.woken_at < self._now - _UNHEARD
        which = select(ClaimRow.channel, ClaimRow.chat).where(*left, late)
        which = which.order_by(ClaimRow.woken_at).limit(_REMINDED)
        async with self._database.write() as session:
            found = await session.execute(which.with_for_update(skip_locked=True))
            if chats := [(channel, chat) for channel, chat in found]:
                told = update(ClaimRow).where(_NAME.in_(chats)).values(woken_at=self._now)
                await session.execute(told)
                await self._signals.wake(session, chats)
        return len(chats)

    async def mail_came(self, session: AsyncSession, channel: str, chat: str) -> None:
        """Record that a chat gets mail, and tell of it. To be called before the mail is added.

        It keeps the row of the chat until the transaction ends: numbers of mail have its order.
        """
        fresh = self._insert().values(
            channel=channel,
            chat=chat,
            epoch=0,
            clean=0,
            mail=1,
            is_awake=True,
            must_wake=True,
            woken_at=self._now,
        )
        more = {
            "mail": ClaimRow.mail + 1,
            "must_wake": not_(ClaimRow.is_awake),
            "is_awake": True,
            "woken_at": case((ClaimRow.is_awake, ClaimRow.woken_at), else_=self._now),
        }
        noted = fresh.on_conflict_do_update(index_elements=["channel", "chat"], set_=more)
        result = await session.execute(noted.returning(ClaimRow.must_wake, ClaimRow.owner))
        must_wake, owner = result.one()
        if must_wake:
            await self._signals.wake(session, [(channel, chat)])
        elif owner is not None:
            await self._signals.tell(session, owner, channel, chat)

    async def claim(self, channel: str, chat: str) -> Claimed | None:
        """Claim a chat that is awake and has no owner; return None where it is not.

        A process that was taken for dead claims nothing: it would never be freed again.
        """
        free = self._row(channel, chat), ClaimRow.is_awake, ClaimRow.owner.is_(None)
        ours = update(ClaimRow).where(*free, self._is_there())
        ours = ours.values(owner=self.worker, epoch=ClaimRow.epoch + 1)
        told = ours.returning(ClaimRow.epoch, ClaimRow.mail, ClaimRow.clean)
        async with self._database.write() as session:
            row = (await session.execute(told)).one_or_none()
        if row is None:
            return None
        epoch, mail, clean = row
        return Claimed(epoch, mail, clean == epoch - 1)

    async def seize(self, channel: str, chat: str) -> bool:
        """Claim a chat that has no owner, awake or not; return whether it is this process's."""
        fresh = self._insert().values(
            channel=channel,
            chat=chat,
            owner=self.worker,
            epoch=1,
            clean=0,
            mail=0,
            is_awake=True,
            must_wake=False,
            woken_at=self._now,
        )
        is_free = or_(ClaimRow.owner.is_(None), ClaimRow.owner == self.worker)
        ours = fresh.on_conflict_do_update(
            index_elements=["channel", "chat"],
            set_={
                "owner": self.worker,
                "is_awake": True,
                "epoch": case((ClaimRow.owner.is_(None), ClaimRow.epoch + 1), else_=ClaimRow.epoch),
            },
            where=is_free,
        )
        async with self._database.write() as session:
            if not await session.scalar(select(self._is_there())):
                return False
            return await session.scalar(ours.returning(ClaimRow.epoch)) is not None

    async def let_go(self, channel: str, chat: str, mail: int) -> bool:
        """Let go of a chat in which nothing is left to do; return whether it is let go.

        It is not where something is owed for it, or mail came that its owner has not read.

        Args:
            channel: its channel.
            chat: the chat.
            mail: how much mail was taken for it by the time its owner read it last.
        """
        ours = self._row(channel, chat), ClaimRow.owner == self.worker, ClaimRow.mail == mail
        gone = update(ClaimRow).where(*ours, ~_IS_OWED)
        gone = gone.values(owner=None, is_awake=False, clean=ClaimRow.epoch)
        async with self._database.write() as session:
            return await session.scalar(gone.returning(ClaimRow.epoch)) is not None

    async def owned(self) -> dict[tuple[str, str], int]:
        """Return the chats of the process, by channel and id: how much mail was taken for each."""
        ours = select(ClaimRow.channel, ClaimRow.chat, ClaimRow.mail)
        ours = ours.where(ClaimRow.owner == self.worker, ClaimRow.chat != CHANNEL)
        async with self._database.read() as session:
            rows = (await session.execute(ours)).all()
        return {(channel, chat): mail for channel, chat, mail in rows}

    async def fence(
        self, session: AsyncSession, chats: Collection[tuple[str, tuple[str, ...]]]
    ) -> None:
        """Keep chats for the process until the transaction ends.

        Args:
            session: the transaction.
            chats: the chats: the channel and the ids of each, of which it owns one at least.

        Raises:
            FencedError: when one of them is not its own any more.
        """
        # In an order that all processes keep: two of them never wait for each other.
        for channel, names in sorted(set(chats)):
            here = ClaimRow.channel == channel, ClaimRow.chat.in_(names)
            ours = select(ClaimRow.epoch).where(*here, ClaimRow.owner == self.worker)
            if await session.scalar(ours.with_for_update(read=True)) is None:
                raise FencedError(self.worker)

    @property
    def _now(self) -> ColumnElement[float] | Extract:
        """The database's clock, in seconds since 1970."""
        if self._is_sqlite:
            return literal_column("((julianday('now') - 2440587.5) * 86400.0)")
        return extract("epoch", func.clock_timestamp())

    def _row(self, channel: str, chat: str) -> ColumnElement[bool]:
        return (ClaimRow.channel == channel) & (ClaimRow.chat == chat)

    def _insert(self) -> postgresql.Insert | sqlite.Insert:
        return sqlite.insert(ClaimRow) if self._is_sqlite else postgresql.insert(ClaimRow)

    def _is_there(self) -> ColumnElement[bool]:
        """The process was not taken for dead, and is not until the transaction ends."""
        ours = select(WorkerRow.id).where(WorkerRow.id == self.worker)
        here = ours.with_for_update(read=True, key_share=True).cte("here")
        return select(here.c.id).exists()

    async def _free(
        self, session: AsyncSession, workers: Collection[str], *, is_clean: bool
    ) -> None:
        """Take everything from processes, and tell of the chats in which something is owed.

        Mail that comes meanwhile waits for the rows, and so finds them free.
        """
        theirs = ClaimRow.owner.in_(workers)
        # In an order that all processes keep, and before it is looked at what is owed.
        rows = select(ClaimRow.epoch).where(theirs).order_by(ClaimRow.channel, ClaimRow.chat)
        await session.execute(rows.with_for_update())
        left = case((_IS_OWED, ClaimRow.clean), else_=ClaimRow.epoch)
        freed = (
            update(ClaimRow)
            .where(theirs)
            .values(
                owner=None,
                is_awake=_IS_OWED,
                woken_at=self._now,
                clean=left if is_clean else ClaimRow.clean,
            )
        )
        freed = freed.returning(ClaimRow.channel, ClaimRow.chat, ClaimRow.is_awake)
        found = await session.execute(freed.execution_options(synchronize_session=False))
        if owed := [(channel, chat) for channel, chat, is_awake in found if is_awake]:
            await self._signals.wake(session, owed)
        await session.execute(delete(WorkerRow).where(WorkerRow.id.in_(workers)))


_NAME: Final = tuple_(ClaimRow.channel, ClaimRow.chat)
# Something is owed for the chat of a row.
_IS_OWED: Final = (
    select(InboxRow.id)
    .where(
        InboxRow.channel == ClaimRow.channel,
        InboxRow.chat == ClaimRow.chat,
        InboxRow.payload.is_not(None),
    )
    .exists()
)
