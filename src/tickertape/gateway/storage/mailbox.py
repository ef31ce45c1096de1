"""The mail of chats: all that comes in for a fleet, from when it is taken until it is done with.

Any process takes mail; the owner of its chat reads it. Messages stay until they are settled by the
journal, which keeps its tables with these; other events until they were passed on.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from sqlalchemy import and_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from tickertape.chat import Address, Inbound, Message, Moved
from tickertape.gateway.mail import Letter, Mail
from tickertape.gateway.storage.claims import Claims
from tickertape.gateway.storage.database import Database
from tickertape.gateway.storage.database_journal import DatabaseJournal
from tickertape.gateway.storage.tables import ClaimRow, InboxRow, MoveRow

__all__ = ["Mailbox"]


class Mailbox:
    """Takes mail for all chats of a fleet, and reads that of single ones."""

    def __init__(self, database: Database, journal: DatabaseJournal, claims: Claims) -> None:
        """Begin to take mail.

        Args:
            database: where it is kept.
            journal: keeps the turns.
            claims: tell the owners of chats.
        """
        self._database = database
        self._journal = journal
        self._claims = claims

    async def take(self, inbound: Inbound) -> bool:
        """Record what came in, and see to it that the owner of its chat reads it.

        Returns:
            Whether it is recorded by this call; it was there before otherwise.
        """
        await self._journal.forget_old()
        try:
            async with self._database.write() as session:
                at = await self._addressed(session, inbound)
                # First, as its row keeps the order of mail.
                await self._claims.mail_came(session, at.channel, at.chat)
                self._journal.add(session, inbound, at)
                if isinstance(inbound, Moved):
                    moved = MoveRow(channel=at.channel, chat=at.chat, moved_to=inbound.address.chat)
                    await session.merge(moved)
        except IntegrityError:
            return False
        return True

    async def _addressed(self, session: AsyncSession, inbound: Inbound) -> Address:
        """Return where mail is read: of a chat that moved by its old id, as long as that is awake.

        So who answers there by the old id goes on, and no other process begins by the new one.
        """
        if isinstance(inbound, Moved):
            return replace(inbound.address, chat=inbound.old_chat)
        at = self._database.moves.at(inbound.address)
        is_its = (MoveRow.channel == ClaimRow.channel, MoveRow.chat == ClaimRow.chat)
        awake = select(ClaimRow.chat).join(MoveRow, and_(*is_its)).limit(1)
        awake = awake.where(MoveRow.channel == at.channel, MoveRow.moved_to == at.chat)
        # It is not let go before the transaction ends.
        locked = awake.where(ClaimRow.is_awake).with_for_update(of=ClaimRow)
        old = await session.scalar(locked)
        return at if old is None else replace(at, chat=old)

    async def read(self, channel: str, chat: str, after: int = 0) -> Mail:
        """Return the mail of a chat that is not done with.

        Args:
            channel: its channel.
            chat: the chat.
            after: only what was taken after this number.
        """
        of = ClaimRow.channel == channel, ClaimRow.chat == chat
        async with self._database.read() as session:
            # Before the letters: one that comes in between is read twice rather than never.
            count = await session.scalar(select(ClaimRow.mail).where(*of))
        ours = InboxRow.channel == channel, InboxRow.chat == chat, InboxRow.id > after
        letters = [Letter(*one) for one in await self._journal.owed(*ours)]
        return Mail(count or 0, tuple(letters))

    async def done(self, letters: Collection[Letter]) -> None:
        """Record that events were passed on: nothing more is owed for them."""
        numbers = [one.number for one in letters if not isinstance(one.inbound, Message)]
        await self._journal.settle_numbers(numbers)
