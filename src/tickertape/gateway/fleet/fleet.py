"""One process of a fleet: it takes mail, and owns chats as long as it is heard.

    beats   each second: the process is alive, and may act (`Lease`)
    wakes   a chat that sleeps has mail: it is claimed
    notes   a chat of its own has more mail: it is read
    looks   each second: what no wake and no note told of, and what dead processes owned

Each goes on by itself: an error of the database is logged, and the next second tries again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Final, Protocol

from tickertape.gateway.fleet.claimed_chats import ChatOwner, ClaimedChats
from tickertape.gateway.fleet.fenced_channel import FencedChannel
from tickertape.gateway.fleet.lease import Lease
from tickertape.gateway.fleet.outages import Outages
from tickertape.gateway.fleet.role import ProcessRole
from tickertape.gateway.fleet.share_rounds import ShareRounds, Shares
from tickertape.gateway.journal import FencedError
from tickertape.gateway.reasons import words_of
from tickertape.gateway.storage.claims import CHANNEL, Claims
from tickertape.gateway.storage.mailbox import Mailbox
from tickertape.outbox import Outbox
from tickertape.ports import Channel

__all__ = ["Carriers", "Fleet"]

_LOG = logging.getLogger(__name__)

# Seconds between two beats, and between two looks: a third of a lease.
_EACH: Final = 1.0
# Seconds that the database may take to let go of everything at the end.
_LEAVING: Final = 5.0


class Carriers(Protocol):
    """What brings news of mail to a process."""

    async def woken(self, claim: Callable[[str, str], Awaitable[None]]) -> None:
        """Call `claim` for each chat that sleeps and has mail, until this is cancelled."""
        ...

    async def noted(self, heard: Callable[[str, str], None]) -> None:
        """Call `heard` for each chat of the process that has more mail, until this is cancelled."""
        ...


class Fleet:
    """One process of a fleet. Runs once."""

    def __init__(
        self,
        claims: Claims,
        mailbox: Mailbox,
        carriers: Carriers,
        shares: Shares,
        *,
        role: ProcessRole = ProcessRole.ALL,
        lease: Lease | None = None,
    ) -> None:
        """Begin without a chat.

        Args:
            claims: what the process owns.
            mailbox: the mail of all chats.
            carriers: bring news of mail.
            shares: where processes agree on the limits of bots.
            role: what the process does.
            lease: tells whether it may act; None: one with the system's clock.
        """
        self.mailbox = mailbox
        """The mail of all chats."""
        self.lease = lease or Lease()
        """Tells whether the process may act."""
        self._claims = claims
        self._carriers = carriers
        self._shares = shares
        self._rounds: ShareRounds | None = None
        self.role = role
        """What the process does."""
        self._outages = Outages(_LOG)

    @property
    def is_lost(self) -> bool:
        """Whether the process was taken for dead: it has to begin again."""
        return self.lease.is_lost

    def fenced(
        self, channels: Mapping[str, Channel], shared: Collection[str] = ()
    ) -> Mapping[str, Channel]:
        """Return the same channels, in which only the owner of a chat acts.

        Args:
            channels: the channels, by their names.
            shared: those that any number of processes read at the same time.
        """
        return {
            name: self._fenced(name, channel, is_shared=name in shared)
            for name, channel in channels.items()
        }

    def _fenced(self, name: str, channel: Channel, *, is_shared: bool) -> Channel:
        async def may_read() -> None:
            await self._may_read(name, is_shared=is_shared)

        return FencedChannel.of(channel, self.lease, may_read)

    def share(self, outboxes: Mapping[str, Outbox]) -> None:
        """Keep outboxes to their share of the limits of their bots: to nothing until `run`.

        To be called in the loop.
        """
        self._rounds = ShareRounds(self._claims.worker, outboxes, self._shares)

    async def run(self, owner: ChatOwner) -> None:
        """Claim chats and read their mail until this is cancelled, or the process is lost.

        Args:
            owner: answers. It is stopped when the process is lost.
        """
        chats = ClaimedChats(self._claims, self.mailbox, self.lease, owner)
        await self._joined()
        works = [self._beat(owner), self._look(chats)]
        if self._rounds is not None:
            works.append(self._rounds.run())
        if self.role is not ProcessRole.INTAKE:
            works += [self._carriers.woken(chats.claim), self._carriers.noted(chats.heard)]
        tasks = [asyncio.create_task(work) for work in works]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            for task in tasks:
                if task.done():
                    task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await chats.aclose()

    async def leave(self) -> None:
        """Let go of everything: to be called when nothing more is written here."""
        if self.is_lost:
            return
        if self._rounds is not None:
            await self._rounds.leave()
        try:
            async with asyncio.timeout(_LEAVING):
                await self._claims.leave()
        except Exception as error:  # noqa: BLE001 - whatever a database raises
            told = "chats are not let go: others go on with them in some seconds"
            _LOG.warning(told, extra={"error": words_of(error)})

    async def _joined(self) -> None:
        while True:
            sent_at = self.lease.clock()
            if await self._tried("the process is not known to the others", self._claims.join):
                self.lease.confirm(sent_at)
                return
            await asyncio.sleep(_EACH)

    async def _beat(self, owner: ChatOwner) -> None:
        """Let the database know each second that the process is alive."""
        while not self.is_lost:
            sent_at = self.lease.clock()
            try:
                await self._claims.beat()
            except FencedError:
                _LOG.error("taken for dead by other processes: beginning again")
                self.lease.lose()
                owner.stop()
            except Exception as error:  # noqa: BLE001 - whatever a database raises
                self._outages.failed(
                    "the database does not hear this process: nothing is sent", error
                )
            else:
                self._outages.over()
                self.lease.confirm(sent_at)
            await asyncio.sleep(_EACH)

    async def _look(self, chats: ClaimedChats) -> None:
        """See each second to what no wake and no note told of."""
        while True:
            await asyncio.sleep(_EACH)
            if not await self.lease.held():
                return
            # After a time without the database the others get their time to be heard again.
            if self.lease.is_steady:
                await self._tried("chats of dead processes are not freed", self._free_dead)
            await self._tried("chats that wait are not told of", self._claims.remind)
            await self._tried("mail is not looked for", chats.look)
            await self._tried("chats are not let go", chats.let_go)

    async def _free_dead(self) -> None:
        for name in await self._claims.free_dead():
            _LOG.warning("a process is gone: others go on", extra={"gone": name})

    async def _may_read(self, channel: str, *, is_shared: bool) -> None:
        """Wait until this process is the one that reads a channel, or one of several that may."""
        if self.role is ProcessRole.WORKER:
            await asyncio.Event().wait()
        if is_shared:
            return
        is_reader = False

        async def seize() -> None:
            nonlocal is_reader
            is_reader = await self._claims.seize(channel, CHANNEL)

        while await self.lease.held():
            if await self._tried("channels are not claimed", seize) and is_reader:
                _LOG.info("this process reads the channel", extra={"channel": channel})
                return
            await asyncio.sleep(_EACH)
        await asyncio.Event().wait()  # another one reads it

    async def _tried(self, told: str, work: Callable[[], Awaitable[object]]) -> bool:
        """Do some work; what it raises is logged, once until the database is heard again."""
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - whatever a database raises
            self._outages.failed(told, error)
            return False
        return True
