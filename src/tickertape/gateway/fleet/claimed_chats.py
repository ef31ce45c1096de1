"""The chats that a process owns: they are claimed, their mail is read, and they are let go.

claim      a chat that sleeps has mail: it is claimed, and what it has is taken up
heard      a chat of this process has more mail: it is read
look       mail that was not heard of is looked for, and quiet chats are let go
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Coroutine
from typing import Final, Protocol

from tickertape.gateway.fleet.lease import Lease
from tickertape.gateway.fleet.owned_chat import ChatName, OwnedChat
from tickertape.gateway.mail import Letter
from tickertape.gateway.reasons import words_of
from tickertape.gateway.storage.claims import Claims
from tickertape.gateway.storage.mailbox import Mailbox

__all__ = ["ChatOwner", "ClaimedChats"]

_LOG = logging.getLogger(__name__)

# Chats that are let go in one look: a choice. Each is a transaction.
_LET_GO: Final = 200
# Seconds between two looks whether a full process has room: a choice.
_ROOM: Final = 0.05


class ChatOwner(Protocol):
    """What answers in the chats that a process owns."""

    async def take_up(self, chat: ChatName, letters: Collection[Letter], *, is_clean: bool) -> None:
        """Begin to answer in a chat.

        Args:
            chat: the chat.
            letters: its mail; turns that were begun come first.
            is_clean: whether its last owner left nothing undone, with all that it posted known.
        """
        ...

    def deliver(self, letters: Collection[Letter]) -> None:
        """Pass on more mail of a chat."""
        ...

    def quiet(self, chats: Collection[ChatName]) -> list[ChatName]:
        """Return the chats in which nothing is left to do, and no limit counts a call."""
        ...

    def is_full(self) -> bool:
        """Return whether there is work in as many chats as one process carries."""
        ...

    def stop(self) -> None:
        """Leave everything as it stands: other processes go on with it."""
        ...


class ClaimedChats:
    """The chats that one process owns."""

    def __init__(self, claims: Claims, mailbox: Mailbox, lease: Lease, owner: ChatOwner) -> None:
        """Begin without a chat.

        Args:
            claims: what the process owns, in the database.
            mailbox: the mail of all chats.
            lease: tells whether the process may act.
            owner: answers.
        """
        self._claims = claims
        self._mailbox = mailbox
        self._lease = lease
        self._owner = owner
        self._owned: dict[ChatName, OwnedChat] = {}
        self._reading: set[asyncio.Task[None]] = set()
        self._done: list[Letter] = []  # what was passed on, and is not recorded as that

    def __len__(self) -> int:
        """Return how many they are."""
        return len(self._owned)

    async def claim(self, channel: str, chat: str) -> None:
        """Claim a chat, and take up what it has; do nothing where it is another process's.

        A process that is full waits for room first, and so leaves chats to others.

        Raises:
            SQLAlchemyError: when the database fails; the chat is found again by `look`, or told of
                again.
        """
        while self._owner.is_full():  # noqa: ASYNC110 - what ends work knows nothing of fleets
            await asyncio.sleep(_ROOM)
        if not await self._lease.held():
            return
        name = (channel, chat)
        if (known := self._owned.get(name)) is not None:
            known.has_more = True
            return
        # Before it is claimed: `look` must not find it unknown.
        owned = self._owned[name] = OwnedChat(mail=0, is_reading=True)
        try:
            claimed = await self._claims.claim(channel, chat)
        except BaseException:
            self._owned.pop(name, None)
            raise
        if claimed is None:
            del self._owned[name]
            return
        await self._take_up(name, owned, is_clean=claimed.is_clean)

    def heard(self, channel: str, chat: str) -> None:
        """Start reading the mail of a chat of this process."""
        owned = self._owned.get((channel, chat))
        if owned is not None and owned.begin():
            self._start(self._read((channel, chat), owned))

    async def look(self) -> None:
        """Start reading mail that was not heard of, and what the process owns without knowing it.

        What it does not own any more is forgotten.

        Raises:
            SQLAlchemyError: when the database fails.
        """
        await self._settle([])
        at_rest = [name for name, owned in self._owned.items() if not owned.is_reading]
        ours = await self._claims.owned()
        # The answer to a letting go was lost.
        for name in at_rest:
            if name not in ours and name in self._owned and not self._owned[name].is_reading:
                self._forget(name)
        for name, mail in ours.items():
            owned = self._owned.get(name)
            if owned is None:
                # The answer to a claim was lost, or the chat could not be taken up.
                owned = self._owned[name] = OwnedChat(mail=0, is_reading=True)
                self._start(self._take_up(name, owned, is_clean=False))
            elif mail > owned.mail:
                self.heard(*name)

    async def let_go(self) -> None:
        """Let go of the chats that are quiet.

        Raises:
            SQLAlchemyError: when the database fails.
        """
        at_rest = [name for name, owned in self._owned.items() if not owned.is_reading]
        for name in self._owner.quiet(at_rest)[:_LET_GO]:
            owned = self._owned.get(name)
            if owned is None or not await self._claims.let_go(*name, owned.mail):
                continue
            self._forget(name)

    async def aclose(self) -> None:
        """Read no more."""
        for task in self._reading:
            task.cancel()
        await asyncio.gather(*self._reading, return_exceptions=True)

    def _forget(self, name: ChatName) -> None:
        """Forget a chat that is let go; claim it where it was told of in the meantime."""
        if self._owned.pop(name).has_more:
            self._start(self.claim(*name))

    async def _take_up(self, name: ChatName, owned: OwnedChat, *, is_clean: bool) -> None:
        try:
            mail = await self._mailbox.read(*name)
            owned.read(mail)
            await self._owner.take_up(name, mail.letters, is_clean=is_clean)
        except BaseException:
            # The next look finds it unknown, and takes it up.
            self._owned.pop(name, None)
            raise
        await self._read(name, owned, mail.letters)

    async def _read(self, name: ChatName, owned: OwnedChat, done: Collection[Letter] = ()) -> None:
        try:
            await self._settle(done)
            while owned.again():
                mail = await self._mailbox.read(*name, after=owned.newest)
                owned.read(mail)
                self._owner.deliver(mail.letters)
                await self._settle(mail.letters)
        except BaseException:
            # The next look finds its mail unread.
            owned.end()
            raise

    async def _settle(self, letters: Collection[Letter]) -> None:
        """Record which letters were passed on, and those that could not be recorded before."""
        done = self._done = [*self._done, *letters]
        if done:
            await self._mailbox.done(done)
            recorded = {letter.number for letter in done}
            self._done = [letter for letter in self._done if letter.number not in recorded]

    def _start(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._reading.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._reading.discard(task)
        if not task.cancelled() and isinstance(error := task.exception(), Exception):
            told = "mail is not read: again in a second"
            _LOG.warning(told, extra={"error": words_of(error)})
