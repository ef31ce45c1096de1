"""Processes of a fleet on one database, whose signals are recorded and carried nowhere.

The fakes of the fleet's ports: `RecordedSignals`, `RecordedOwner`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from databases import postgres_programs
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from tickertape.chat import Address, ChatKind, Message, Person
from tickertape.gateway.fleet.owned_chat import ChatName
from tickertape.gateway.mail import Letter
from tickertape.gateway.storage.claims import LEASE, Claimed, Claims, Signals
from tickertape.gateway.storage.database import Database
from tickertape.gateway.storage.database_journal import DatabaseJournal
from tickertape.gateway.storage.mailbox import Mailbox
from tickertape.gateway.storage.store import ConversationStore
from tickertape.gateway.storage.tables import ClaimRow, WorkerRow

CHAT = ("telegram", "-1007")
Stores: TypeAlias = Sequence[ConversationStore]
"""The same database, as several processes have opened it."""
POSTGRES = list(postgres_programs())
"""The names of the servers."""

HERE = Address(*CHAT, ChatKind.GROUP, thread="5")
ANNA = Person("1001", "Anna")


def written(key: str = "", text: str = "what time?", at: Address = HERE) -> Message:
    """Make a message."""
    return Message(at, ANNA, text, "7", to_us=True, key=key)


@dataclass(slots=True)
class RecordedSignals:
    """What processes were told. Implements `Signals`."""

    woken: list[tuple[str, str]] = field(default_factory=list)
    told: list[tuple[str, str, str]] = field(default_factory=list)

    async def wake(self, _: AsyncSession, chats: Sequence[tuple[str, str]]) -> None:
        """Have chats claimed; see `Signals`."""
        self.woken += chats

    async def tell(self, _: AsyncSession, owner: str, channel: str, chat: str) -> None:
        """Notify the owner of a chat; see `Signals`."""
        self.told.append((owner, channel, chat))


@dataclass(slots=True)
class RecordedOwner:
    """Answers nothing, and records what it is to answer. Implements `ChatOwner`."""

    taken_up: list[tuple[ChatName, bool]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    busy: set[ChatName] = field(default_factory=set)
    looks_until_room: int = 0

    async def take_up(self, chat: ChatName, letters: Collection[Letter], *, is_clean: bool) -> None:
        """Record a chat with its mail; see `ChatOwner`."""
        self.taken_up.append((chat, is_clean))
        self.deliver(letters)

    def deliver(self, letters: Collection[Letter]) -> None:
        """Record mail; see `ChatOwner`."""
        self.letters += letters
        self.keys += [letter.inbound.key for letter in letters]

    def quiet(self, chats: Collection[ChatName]) -> list[ChatName]:
        """Return all but those that are busy; see `ChatOwner`."""
        return [chat for chat in chats if chat not in self.busy]

    def is_full(self) -> bool:
        """Return whether it has no room, as it has after so many looks; see `ChatOwner`."""
        self.looks_until_room -= 1
        return self.looks_until_room >= 0

    def stop(self) -> None:
        """Do nothing."""


class Process:
    """One process of a fleet, as far as its database sees it."""

    def __init__(self, name: str, store: ConversationStore, signals: Signals) -> None:
        self.store = store
        self.database = store.database
        self.journal = DatabaseJournal(self.database)
        self.claims = Claims(self.database, name, signals)
        self.database.guard = self.claims.fence
        self.mailbox = Mailbox(self.database, self.journal, self.claims)

    async def own(self, key: str = "1", at: Address = HERE) -> Claimed:
        """Have a message come to a chat that sleeps, and claim it."""
        await self.mailbox.take(written(key, at=at))
        claimed = await self.claims.claim(at.channel, at.chat)
        assert claimed is not None
        return claimed

    async def fall_silent(self) -> None:
        """Let the last beat be so long ago that the process counts as dead."""
        ours = update(WorkerRow).where(WorkerRow.id == self.claims.worker)
        async with self.database.write() as session:
            await session.execute(ours.values(beat=WorkerRow.beat - LEASE - 1.0))


async def joined(stores: Stores, signals: RecordedSignals, *names: str) -> list[Process]:
    """Let processes, each with connections of its own, join the fleet."""
    started = [Process(name, store, signals) for name, store in zip(names, stores, strict=False)]
    assert len(started) == len(names)
    for process in started:
        await process.claims.join()
    return started


async def claim_of(database: Database, chat: tuple[str, str] = CHAT) -> ClaimRow:
    """Return the row of a chat."""
    async with database.read() as session:
        query = select(ClaimRow).where(ClaimRow.channel == chat[0], ClaimRow.chat == chat[1])
        return (await session.scalars(query)).one()
