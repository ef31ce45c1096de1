"""Gives mail to the router: what an earlier process left, and what is read for chats of a fleet.

What was left behind is old, and keeps its place; what is fresh goes the way of all that comes in.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tickertape.chat import Address, ChatKind, Inbound, Message, Moved
from tickertape.gateway.answers.open_turns import OpenTurns
from tickertape.gateway.fleet.owned_chat import ChatName
from tickertape.gateway.intake import Intake
from tickertape.gateway.journal import Unsettled
from tickertape.gateway.mail import Letter
from tickertape.gateway.moved_chats import MovedChats
from tickertape.gateway.router import Router
from tickertape.gateway.settling import Settling
from tickertape.gateway.storage.limits import LimitMemory
from tickertape.gateway.storage.memory import Memory
from tickertape.outbox import Outbox

__all__ = ["MailReader"]

_LOG = logging.getLogger(__name__)

# Chats in which a process works at once before it leaves others to other processes: as many answers
# as take some 40 % of a core while they stream (docs/benchmarks.md, "200 turns at once").
_CARRIED: Final = 200


@dataclass(frozen=True, slots=True)
class MailReader:
    """Begins to answer in chats that become this process's. Implements `fleet.ChatOwner`."""

    memory: Memory
    """Keeps what chats chose, and where they moved."""
    limits: LimitMemory
    """Keeps what refusals taught of chats."""
    outboxes: Mapping[str, Outbox]
    """Write in chats, by the names of their channels."""
    router: Router
    """Decides about mail."""
    turns: OpenTurns
    """Keeps turns that were begun until they are taken up."""
    chats: MovedChats
    """Knows the present ids of chats."""
    intake: Intake
    """Joins what was sent as one, and passes it on."""
    settling: Settling
    """Settles what is done."""
    receive: Callable[[Inbound], None]
    """Called with news that another process was told."""
    end: Callable[[], None]
    """Ends the gateway: what it answers is left as it stands."""

    def go_on(self, owed: Sequence[Unsettled]) -> None:
        """Take up what an earlier process left, as if it came in again."""
        self.router.reserve(number for one in owed for number in one.message.taken)
        for one in owed:
            self.turns.remember(one)
        if owed:
            _LOG.info("going on with what was cut off", extra={"messages": len(owed)})
        # Sent long ago, whatever clocks say: what was posted behind them is not known.
        old = (replace(one, message=replace(one.message, sent_at=0.0)) for one in owed)
        self.intake.take_again(old)

    async def take_up(self, chat: ChatName, letters: Collection[Letter], *, is_clean: bool) -> None:
        """Begin to answer in a chat; see `fleet.ChatOwner`."""
        channel, id_ = chat
        await self._follow_moves(channel, id_)
        id_ = self.chats.current(channel, id_)
        for address, mode in (await self.memory.queue_modes(channel, id_)).items():
            self.router.choose(address, mode)
        await self.limits.restore_of(channel, id_, self.outboxes[channel])
        left, fresh = list[Unsettled](), list[Letter]()
        for one in letters:
            if isinstance(one.inbound, Message) and (one.turn is not None or not is_clean):
                left.append(Unsettled(one.inbound, one.turn))
            else:
                fresh.append(one)
        self.go_on(left)
        self.deliver(fresh)

    def deliver(self, letters: Collection[Letter]) -> None:
        """Pass on more mail of a chat; see `fleet.ChatOwner`."""
        for one in letters:
            self.intake.feed(one.inbound)

    def quiet(self, chats: Collection[ChatName]) -> list[ChatName]:
        """Return the chats in which nothing is left to do; see `fleet.ChatOwner`."""
        busy = self.router.busy | self.settling.waiting
        return [
            (channel, chat)
            for channel, chat in chats
            # A chat that moved is owned by its old id as long as it is awake.
            if all(
                (channel, id_) not in busy
                and not self.intake.holds(channel, id_)
                and self.outboxes[channel].is_quiet(id_)
                for id_ in {chat, self.chats.current(channel, chat)}
            )
        ]

    def is_full(self) -> bool:
        """Return whether there is work in as many chats as one process carries."""
        return len(self.router.busy) >= _CARRIED

    def stop(self) -> None:
        """Leave everything as it stands; see `fleet.ChatOwner`."""
        self.end()

    async def _follow_moves(self, channel: str, chat: str) -> None:
        """Take in the moves of a chat that another process was told of."""
        for old, to in (await self.memory.moves_of(channel, chat)).items():
            if self.chats.current(channel, old) != self.chats.current(channel, to):
                self.receive(Moved(Address(channel, to, ChatKind.GROUP), old))
