"""The database of conversations, settings of chats, and estimated limits.

A conversation is (channel, chat, topic); its entries are in one table, in their order, its settings
in another. Limits are those of a whole chat. The old id of a chat that got another one is stored:
its data is moved to the new id, and found by either. Another database is another URL; one that an
earlier version made is migrated.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Self, cast, get_args

from sqlalchemy import ColumnElement, Update, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from tickertape.chat import Address, ChatKind
from tickertape.conversation import Entry
from tickertape.delivery.limits.limit_estimate import Family, LimitEstimate
from tickertape.gateway.settings import ChatSettings, QueueMode, Visibility
from tickertape.gateway.storage.access_book import carry_over_access
from tickertape.gateway.storage.database import Database
from tickertape.gateway.storage.entries import ADDED, Row, begin_whole, decode, encode
from tickertape.gateway.storage.tables import (
    ClaimRow,
    EntryRow,
    InboxRow,
    LimitRow,
    MoveRow,
    SettingsRow,
    UsageRow,
)
from tickertape.gateway.storage.unheard import until_heard
from tickertape.markup.plain import encodable

__all__ = ["ConversationStore", "add_entries", "storable"]

# A quote within JSON is escaped: this is no part of what anybody said.
_IS_ADDED = func.coalesce(EntryRow.parts, "").like(f'%"{ADDED}": true%')


class ConversationStore:
    """A memory in a database. Implements `Memory`, which describes its methods."""

    def __init__(self, database: Database) -> None:
        self.database = database
        """Where it is kept."""
        self._moves = database.moves

    @classmethod
    async def open(cls, url: str) -> Self:
        """Return the store at `url`, opened and migrated.

        Args:
            url: the address of the database, as SQLAlchemy takes it, with an async driver.

        Raises:
            ConfigError: when the database cannot be opened, or a newer version made it; its text
                holds no password.
        """
        store = cls(await Database.open(url))
        await store._restore_moves()
        return store

    @until_heard
    async def history(self, address: Address, *, limit: int) -> tuple[Entry, ...]:
        """Return the newest entries; see `Memory`."""
        query = (
            select(EntryRow.role, EntryRow.text, EntryRow.parts)
            .where(*self._conversation(address))
            .order_by(EntryRow.id.desc())
            .limit(limit)
        )
        async with self.database.read() as session:
            rows = (await session.execute(query)).all()
        entries = (decode(Row(*row)) for row in reversed(rows))
        return begin_whole(tuple(entry for entry in entries if entry is not None))

    async def append(self, address: Address, entries: Sequence[Entry]) -> None:
        """Add entries; see `Memory`."""
        async with self.database.write() as session:
            await self.database.fence(session, [address])
            await add_entries(session, self._moves.at(address), entries)

    @until_heard
    async def take_back_answer(self, address: Address) -> str | None:
        """Delete the answer to the last question; see `Memory`."""
        async with self.database.write() as session:
            await self.database.fence(session, [address])
            ours = self._conversation(address)
            asked = select(func.max(EntryRow.id)).where(*ours, EntryRow.role == "user", ~_IS_ADDED)
            since = (await session.execute(asked)).scalar()
            if since is None:
                return None
            answer = (EntryRow.id > since, ~_IS_ADDED)
            await session.execute(delete(EntryRow).where(*ours, *answer))
            left = select(EntryRow.text).where(*ours, EntryRow.id >= since).order_by(EntryRow.id)
            return "\n\n".join((await session.execute(left)).scalars())

    @until_heard
    async def forget(self, address: Address) -> None:
        """Delete a conversation; see `Memory`."""
        async with self.database.write() as session:
            await self.database.fence(session, [address])
            await session.execute(delete(EntryRow).where(*self._conversation(address)))

    @until_heard
    async def settings(self, address: Address) -> ChatSettings:
        """Return a chat's settings; see `Memory`."""
        async with self.database.read() as session:
            return _settings_of(await session.get(SettingsRow, self._key(address)))

    @until_heard
    async def change(self, address: Address, settings: ChatSettings) -> None:
        """Store a chat's settings; see `Memory`."""
        async with self.database.write() as session:
            await self.database.fence(session, [address])
            await session.merge(_row_of(self._key(address), settings))

    @until_heard
    async def queue_modes(self, channel: str = "", chat: str = "") -> dict[Address, QueueMode]:
        """Return what chats chose; see `Memory`."""
        chosen = select(SettingsRow).where(SettingsRow.queue.is_not(None))
        if channel:
            chosen = chosen.where(SettingsRow.channel == channel, SettingsRow.chat == chat)
        async with self.database.read() as session:
            rows = (await session.execute(chosen)).scalars().all()
        modes: dict[Address, QueueMode] = {}
        for row in rows:
            if (mode := _settings_of(row).queue) is not None:
                at = Address(row.channel, row.chat, ChatKind.PRIVATE, row.thread or None)
                modes[at] = mode
        return modes

    async def move(self, channel: str, chat: str, to: str) -> None:
        """Keep the data of a chat under its new id; see `Memory`."""
        self._moves.add(channel, chat, to)
        if self._moves.current(channel, chat) == chat:
            return
        async with self.database.write() as session:
            await session.merge(MoveRow(channel=channel, chat=chat, moved_to=to))
            await self._carry_over(session, channel, chat)

    async def moves(self, channel: str) -> dict[str, str]:
        """Return the chats that moved; see `Memory`."""
        return dict(self._moves.known(channel))

    @until_heard
    async def moves_of(self, channel: str, chat: str) -> dict[str, str]:
        """Return the moves of one chat; see `Memory`."""
        rows = select(MoveRow.chat, MoveRow.moved_to).where(MoveRow.channel == channel)
        rows = rows.where((MoveRow.chat == chat) | (MoveRow.moved_to == chat))
        async with self.database.read() as session:
            return {row.chat: row.moved_to for row in await session.execute(rows)}

    @until_heard
    async def limits(self, channel: str, chat: str = "") -> dict[str, tuple[LimitEstimate, ...]]:
        """Return the estimated limits, adjusted to the time since; see `Memory`."""
        rows_of = select(LimitRow).where(LimitRow.channel == channel)
        if chat:
            rows_of = rows_of.where(LimitRow.chat == chat)
        async with self.database.read() as session:
            rows = (await session.execute(rows_of)).scalars().all()
        learned: dict[str, tuple[LimitEstimate, ...]] = {}
        for row in rows:
            if row.family in set(Family):
                estimate = LimitEstimate(Family(row.family), row.slowness, row.closed_for)
                estimate = estimate.after(_seconds_since(row.learned_at))
                if not estimate.is_nothing:
                    learned[row.chat] = (*learned.get(row.chat, ()), estimate)
        return learned

    async def learn(self, channel: str, chat: str, learned: Iterable[LimitEstimate]) -> None:
        """Store the estimated limits of a chat; see `Memory`."""
        at = datetime.now(UTC)
        async with self.database.write() as session:
            for estimate in learned:
                row = LimitRow(
                    channel=channel,
                    chat=self._moves.current(channel, chat),
                    family=estimate.family.value,
                    slowness=estimate.slowness,
                    closed_for=estimate.closed_for,
                    learned_at=at,
                )
                await session.merge(row)

    async def _restore_moves(self) -> None:
        """Read the moves of earlier runs, and carry over data that was added under old ids."""
        async with self.database.write() as session:
            moved = (await session.execute(select(MoveRow))).scalars().all()
            for row in moved:
                self._moves.add(row.channel, row.chat, row.moved_to)
            for row in moved:
                if self._moves.current(row.channel, row.chat) != row.chat:
                    await self._carry_over(session, row.channel, row.chat)

    async def _carry_over(self, session: AsyncSession, channel: str, chat: str) -> None:
        """Move the data under an old id of a chat to its present one."""
        to = self._moves.current(channel, chat)
        ours = (EntryRow.channel == channel, EntryRow.chat == chat)
        await session.execute(update(EntryRow).where(*ours).values(chat=to))
        await session.execute(_taken_there(channel, chat, to))
        used = (UsageRow.channel == channel, UsageRow.chat == chat)
        await session.execute(update(UsageRow).where(*used).values(chat=to))
        chosen = select(SettingsRow).where(SettingsRow.channel == channel, SettingsRow.chat == chat)
        for row in (await session.execute(chosen)).scalars().all():
            # A choice that was made under the new id is the newer one.
            here = await session.get(SettingsRow, (channel, to, row.thread))
            settings = _settings_of(here).over(_settings_of(row))
            await session.delete(row)
            key = {"channel": channel, "chat": to, "thread": row.thread}
            await session.merge(_row_of(key, settings))
        await carry_over_access(session, channel, chat, to)
        taught = select(LimitRow).where(LimitRow.channel == channel, LimitRow.chat == chat)
        for limit in (await session.execute(taught)).scalars().all():
            # An estimate under the new id comes from later refusals.
            if await session.get(LimitRow, (channel, to, limit.family)) is None:
                session.add(
                    LimitRow(
                        channel=channel,
                        chat=to,
                        family=limit.family,
                        slowness=limit.slowness,
                        closed_for=limit.closed_for,
                        learned_at=limit.learned_at,
                    )
                )
            await session.delete(limit)

    async def aclose(self) -> None:
        """Close the database. Calling this twice is harmless."""
        await self.database.aclose()

    def _key(self, address: Address) -> dict[str, str]:
        return _key_of(self._moves.at(address))

    def _conversation(self, address: Address) -> tuple[ColumnElement[bool], ...]:
        key = self._key(address)
        return (
            EntryRow.channel == key["channel"],
            EntryRow.chat == key["chat"],
            EntryRow.thread == key["thread"],
        )


async def add_entries(session: AsyncSession, here: Address, entries: Sequence[Entry]) -> None:
    """Add entries to the conversation whose present address is `here`."""
    at = datetime.now(UTC)
    # One by one, so that the numbers grow in the order of the entries.
    for entry in entries:
        row = encode(entry)
        session.add(
            EntryRow(
                **_key_of(here),
                role=row.role,
                text=storable(row.text),
                parts=row.parts,
                created_at=at,
            )
        )
        await session.flush()


def storable(text: str) -> str:
    """Return a text without characters that databases refuse: NUL (Postgres), half surrogates."""
    return encodable(text.replace("\0", "\N{REPLACEMENT CHARACTER}"))


def _key_of(here: Address) -> dict[str, str]:
    return {"channel": here.channel, "chat": here.chat, "thread": here.thread or ""}


def _taken_there(channel: str, chat: str, to: str) -> Update:
    """Return the statement that has messages of a chat taken in another: it may be there twice.

    Of a fleet's chat that is awake they stay, as its owner reads them there.
    """
    other = aliased(InboxRow)
    there = other.channel == channel, other.chat == to, other.key == InboxRow.key
    ours = InboxRow.channel == channel, InboxRow.chat == chat
    awake = select(ClaimRow.chat).where(ClaimRow.channel == channel, ClaimRow.chat == chat)
    stays = awake.where(ClaimRow.is_awake).exists() | select(other.id).where(*there).exists()
    moved = update(InboxRow).where(*ours, ~stays)
    return moved.values(chat=to).execution_options(synchronize_session=False)


def _settings_of(row: SettingsRow | None) -> ChatSettings:
    if row is None:
        return ChatSettings()
    known = row.reasoning in get_args(Visibility)
    reasoning = cast("Visibility", row.reasoning) if known else None
    queue = cast("QueueMode", row.queue) if row.queue in get_args(QueueMode) else None
    return ChatSettings(reasoning, row.model, row.voice, queue)


def _row_of(key: dict[str, str], settings: ChatSettings) -> SettingsRow:
    return SettingsRow(
        **key,
        reasoning=settings.reasoning,
        model=settings.model,
        voice=settings.voice,
        queue=settings.queue,
    )


def _seconds_since(moment: datetime) -> float:
    """Return the seconds since a moment; 0 if a clock was set back."""
    at = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return max((datetime.now(UTC) - at).total_seconds(), 0.0)
