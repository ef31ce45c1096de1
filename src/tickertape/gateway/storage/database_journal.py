"""The journal with a database behind it: the one in which the conversations are.

What is settled leaves a row without its message, by which the same message is known when it is
reported again; the row is deleted after 30 days. A write about a turn has a name, so that one whose
answer was not heard can be made again, and is made once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Final, cast

from sqlalchemy import ColumnElement, Update, delete, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from tickertape.chat import Address, Inbound, Message
from tickertape.conversation import Entry, Utterance
from tickertape.delivery.reply import stored
from tickertape.delivery.reply.state import ReplyState
from tickertape.gateway.journal import BegunTurn, Unsettled
from tickertape.gateway.reasons import words_of
from tickertape.gateway.storage import messages as stored_messages
from tickertape.gateway.storage.database import Database
from tickertape.gateway.storage.store import add_entries, storable
from tickertape.gateway.storage.tables import InboxRow, TurnRow
from tickertape.gateway.storage.unheard import until_heard

__all__ = ["DatabaseJournal"]

_LOG = logging.getLogger(__name__)

# How long a message is known, from when it was taken; how many come from one deletion to the next.
_KNOWN_FOR: Final = timedelta(days=30)
_TAKEN_BETWEEN: Final = 1_000


def _now() -> datetime:
    return datetime.now(UTC)


class DatabaseJournal:
    """A journal in a database. Implements `Journal`, which describes its methods."""

    is_lasting: Final = True
    """It outlasts the process."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime] = _now) -> None:
        """Begin to keep a journal; what was owed in the database is owed still.

        Args:
            database: where it is kept, together with the conversations.
            clock: returns the time, with its zone.
        """
        self._database = database
        self._clock = clock
        self._offered = 0

    async def take(self, message: Message) -> Message | None:
        """Record a message; see `Journal`."""
        await self.forget_old()
        try:
            async with self._database.write() as session:
                row = self.add(session, message, self._database.moves.at(message.address))
        except IntegrityError:
            return None
        return replace(message, taken=(row.id,))

    async def unsettled(self, channels: Collection[str]) -> tuple[Unsettled, ...]:
        """Return what is owed; see `Journal`. What cannot be read is logged, and settled."""
        owed = await self.owed(InboxRow.channel.in_(channels))
        return tuple(
            Unsettled(message, turn) for _, message, turn in owed if isinstance(message, Message)
        )

    async def owed(
        self, *which: ColumnElement[bool]
    ) -> list[tuple[int, Inbound, BegunTurn | None]]:
        """Return what is owed, as `unsettled` does, with its number; events, too.

        Args:
            which: conditions on the rows of the inbox.
        """
        query = (
            select(InboxRow.id, InboxRow.channel, InboxRow.payload, TurnRow)
            .outerjoin(TurnRow, TurnRow.id == InboxRow.id)
            .where(*which, InboxRow.payload.is_not(None))
            .order_by(TurnRow.id.is_(None), InboxRow.id)
        )
        async with self._database.read() as session:
            rows = (await session.execute(query)).all()
        owed: list[tuple[int, Inbound, BegunTurn | None]] = []
        lost: list[int] = []
        for number, channel, payload, turn in rows:
            try:
                inbound = stored_messages.loads(cast("str", payload))
            except stored_messages.MessageError:
                told = "a message that another version took cannot be read: it is not answered"
                _LOG.warning(told, extra={"channel": channel, "number": number})
                lost.append(number)
                continue
            if isinstance(inbound, Message):
                inbound = self._database.moves.message(replace(inbound, taken=(number,)))
            owed.append((number, inbound, _begun(turn) if turn is not None else None))
        try:
            await self.settle_numbers(lost)
        except SQLAlchemyError as error:
            _LOG.warning("they are not settled", extra={"error": words_of(error)})
        return owed

    async def begin(
        self,
        message: Message,
        question: Utterance | None = None,
        added: Sequence[Utterance] = (),
    ) -> int:
        """Record that a turn begins; see `Journal`."""
        asked = [question, *added] if question is not None else []
        if message.taken:
            return await self._begin(_name(), message, asked)
        async with self._database.write() as session:
            await self._database.fence(session, [message.address])
            await add_entries(session, self._database.moves.at(message.address), asked)
        return 1

    @until_heard
    async def _begin(self, name: str, message: Message, asked: Sequence[Utterance]) -> int:
        async with self._database.write() as session:
            await self._database.fence(session, [message.address])
            turn = await session.get(TurnRow, message.taken[0])
            if turn is not None:
                if turn.written != name:
                    turn.written = name
                    turn.attempt += 1
                return turn.attempt
            question = storable(asked[0].text) if asked else ""
            begun = TurnRow(id=message.taken[0], attempt=1, question=question, written=name)
            session.add(begun)
            await self._join(session, message)
            await add_entries(session, self._database.moves.at(message.address), asked)
        return 1

    async def record(
        self,
        message: Message,
        entries: Sequence[Entry],
        state: ReplyState | None,
        added: Collection[Message] = (),
    ) -> None:
        """Add entries, and record a reply; see `Journal`. A turn that is settled stays so."""
        known = stored.dumps(state) if state is not None and message.taken else None
        if not (entries or added) and known is None:
            return
        if message.taken:
            await self._record(_name(), message, entries, known, added)
            return
        async with self._database.write() as session:
            await self._database.fence(session, [message.address])
            await self._add(session, message, entries, added)

    @until_heard
    async def _record(
        self,
        name: str,
        message: Message,
        entries: Sequence[Entry],
        state: str | None,
        added: Collection[Message],
    ) -> None:
        values = {} if state is None else {"state": state}
        async with self._database.write() as session:
            await self._database.fence(session, [message.address])
            if await _write_once(session, name, message.taken[0], values):
                await self._add(session, message, entries, added)

    async def _add(
        self,
        session: AsyncSession,
        message: Message,
        entries: Sequence[Entry],
        added: Collection[Message],
    ) -> None:
        await add_entries(session, self._database.moves.at(message.address), entries)
        if numbers := _numbers(added):
            await session.execute(_settled(numbers))

    async def leave(self, message: Message) -> None:
        """Record that a turn is left; see `Journal`."""
        if message.taken:
            await self._leave(_name(), message)

    @until_heard
    async def _leave(self, name: str, message: Message) -> None:
        async with self._database.write() as session:
            await self._database.fence(session, [message.address])
            await _write_once(session, name, message.taken[0], {"left": TurnRow.left + 1})

    async def settle(self, messages: Collection[Message]) -> None:
        """Record that nothing more is owed for messages; see `Journal`."""
        addresses = [message.address for message in messages]
        await self.settle_numbers(_numbers(messages), addresses)

    @until_heard
    async def settle_numbers(
        self, numbers: Collection[int], addresses: Collection[Address] = ()
    ) -> None:
        """Record that nothing more is owed for what was taken under some numbers.

        Args:
            numbers: the numbers.
            addresses: in which chats, where only their owner may settle it.
        """
        if not numbers:
            return
        async with self._database.write() as session:
            await self._database.fence(session, addresses)
            await session.execute(_settled(numbers))
            await session.execute(delete(TurnRow).where(TurnRow.id.in_(numbers)))

    def add(self, session: AsyncSession, inbound: Inbound, at: Address) -> InboxRow:
        """Return the row by which something is owed for what came in, added to a transaction.

        Args:
            session: the transaction.
            inbound: what came in.
            at: the address of the chat by which it is found.
        """
        row = InboxRow(
            channel=at.channel,
            chat=at.chat,
            key=storable(inbound.key) or None,
            payload=stored_messages.dumps(inbound),
            received_at=self._clock(),
        )
        session.add(row)
        return row

    async def _join(self, session: AsyncSession, message: Message) -> None:
        """Keep a message that was joined of several in the place of the first of them."""
        first, *others = message.taken
        if others:
            joined = update(InboxRow).where(InboxRow.id == first)
            await session.execute(joined.values(payload=stored_messages.dumps(message)))
            await session.execute(_settled(others))

    async def forget_old(self) -> None:
        """Delete what was settled and is old, each thousandth time that this is called.

        A failure is logged, as the next time will do.
        """
        self._offered += 1
        if self._offered % _TAKEN_BETWEEN != 1:
            return
        old = InboxRow.payload.is_(None), InboxRow.received_at < self._clock() - _KNOWN_FOR
        try:
            async with self._database.write() as session:
                await session.execute(delete(InboxRow).where(*old))
        except Exception as error:  # noqa: BLE001 - whatever a database raises
            _LOG.warning("old messages are not deleted", extra={"error": words_of(error)})


def _name() -> str:
    """Return the name of a write, which may be made again; it is unlike that of any other."""
    return token_hex(8)


async def _write_once(
    session: AsyncSession, name: str, turn: int, values: Mapping[str, object]
) -> bool:
    """Write values into a turn's row, unless the write of this name did; return whether it had not.

    A turn that is settled has no row, and so nothing that it is known by.
    """
    ours = TurnRow.id == turn
    is_another = TurnRow.written.is_(None) | (TurnRow.written != name)
    write = update(TurnRow).where(ours, is_another).values(written=name, **values)
    if await session.scalar(write.returning(TurnRow.id)) is not None:
        return True
    return await session.scalar(select(TurnRow.id).where(ours)) is None


def _numbers(messages: Collection[Message]) -> list[int]:
    return [number for message in messages for number in message.taken]


def _settled(numbers: Collection[int]) -> Update:
    """Return the statement by which nothing more is owed for messages; they are still known."""
    return update(InboxRow).where(InboxRow.id.in_(numbers)).values(payload=None)


def _begun(turn: TurnRow) -> BegunTurn:
    state = None
    if turn.state is not None:
        try:
            state = stored.loads(turn.state)
        except stored.StateError:
            told = "a reply that another version began cannot be read: it begins again"
            _LOG.warning(told, extra={"number": turn.id})
    return BegunTurn(turn.attempt, turn.question, state, turn.left)
