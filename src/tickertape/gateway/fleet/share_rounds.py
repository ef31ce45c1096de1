"""Shares each bot's own limit with the other processes that answer for it.

A round is one short transaction for one channel. There is one each second while a channel has work;
four in a second while calls go from one process to another, or when work begins; one in ten seconds
else. An outbox may call nothing before its first round.

A round that fails changes nothing: what is held is kept. That the others may take it then is not
decided here: they do when this process is no longer among those that live, and such a process must
not call any more.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, Protocol

from tickertape.delivery.limits.share import Share
from tickertape.gateway.fleet.shares import Decide, Holding, NextShare, Wish, next_round, row_of
from tickertape.gateway.reasons import words_of
from tickertape.outbox import Outbox

__all__ = ["ShareRounds", "Shares"]

_LOG = logging.getLogger(__name__)
# Seconds from one round to the next; see above.
_BUSY: Final = 1.0
_MOVING: Final = 0.25
_QUIET: Final = 10.0
# Seconds that a database may take: longer than it lets a suspended process keep the lock.
_LONGEST: Final = 6.0
# Seconds after which an outbox that ends is not waited for: then others take what it held when this
# process no longer lives, which they notice later than that.
_LEAVING: Final = 3.0
# Seconds between two looks at what is counted then.
_LOOKING: Final = 0.05
_NOTHING: Final = Share(0, 0, 1)


class Shares(Protocol):
    """Where processes agree; `BotShareBook` describes it."""

    async def agree(self, channel: str, worker: str, decide: Decide) -> NextShare | None:
        """Let a process decide what it holds, while no other does; None: it does not live."""

    async def leave(self, worker: str) -> None:
        """Delete all rows of a process."""


class ShareRounds:
    """Keeps the outboxes of a process to their shares, from when it is made."""

    def __init__(self, worker: str, outboxes: Mapping[str, Outbox], shares: Shares) -> None:
        """Let the outboxes call nothing yet. To be called in the loop.

        Args:
            worker: this process, as it is named in `workers`.
            outboxes: those of all channels, by their names.
            shares: where processes agree.
        """
        self._worker = worker
        self._shares = shares
        self._wake = asyncio.Event()
        self._channels = [_Channel(name, outbox, self._wake) for name, outbox in outboxes.items()]

    async def run(self) -> None:
        """Go round until cancelled; see `leave` for the end."""
        loop = asyncio.get_running_loop()
        while True:
            self._wake.clear()
            for channel in self._channels:
                if channel.due_at <= loop.time():
                    await self._round(channel)
            await self._sleep(min((one.due_at for one in self._channels), default=None))

    async def leave(self) -> None:
        """Let the outboxes call nothing any more, and free what is held once that is safe.

        To be called when `run` has ended, and before the process is taken out of `workers`. Takes
        as long as the limits count the last calls, and 3 s at the most.
        """
        for channel in self._channels:
            channel.close()
        try:
            async with asyncio.timeout(_LEAVING):
                while any(channel.counted for channel in self._channels):  # noqa: ASYNC110
                    await asyncio.sleep(_LOOKING)
                await self._shares.leave(self._worker)
        except Exception as error:  # noqa: BLE001 - whatever a database raises
            told = "shares of limits are given up only when this process is missed"
            _LOG.warning(told, extra={"error": words_of(error)})

    async def _sleep(self, until: float | None) -> None:
        wait = None if until is None else until - asyncio.get_running_loop().time()
        if wait is None or wait > 0:
            try:
                async with asyncio.timeout(wait):
                    await self._wake.wait()
            except TimeoutError:
                return

    async def _round(self, channel: _Channel) -> None:
        decide = channel.decide(self._worker)
        try:
            async with asyncio.timeout(_LONGEST):
                decided = await self._shares.agree(channel.name, self._worker, decide)
        except Exception as error:  # noqa: BLE001 - whatever a database raises
            channel.fail(words_of(error))
        else:
            channel.settle(decided)


class _Channel:
    """One channel: what its outbox may use, and when its next round is due."""

    def __init__(self, name: str, outbox: Outbox, wake: asyncio.Event) -> None:
        self.name = name
        self.outbox = outbox
        self.due_at = 0.0
        """When the next round is due, in the loop's seconds."""
        self._share = _NOTHING
        self._wish = Wish()
        self._is_quiet = True
        self._has_begun = False
        self._is_heard = True
        self._wake = wake
        outbox.share(_NOTHING)
        outbox.on_busy = self._begin

    @property
    def counted(self) -> int:
        """How many calls the limit counts."""
        demand = self.outbox.demand()
        return 0 if demand is None else demand.counted

    def decide(self, worker: str) -> Decide:
        """Return the function that decides in the transaction; it lowers what is used at once.

        Before the first chat the limit is as the others know it: one call of it makes that the
        first message goes at once.
        """
        demand, wish = self.outbox.demand(), 0
        if demand is not None:
            wish = self._wish.at(asyncio.get_running_loop().time(), demand)

        def decided(mine: Holding | None, others: Sequence[Holding]) -> NextShare:
            known = max((one.total for one in others if one.calls), default=0)
            total = demand.total if demand is not None else known
            if not total:
                return NextShare(0, Holding(worker, 0, 1, 0, 0), is_moving=False)
            row = row_of(worker, mine, others, total, wish)
            # Nothing is called between the count and the lowering: what is counted can only fall.
            planned = next_round(row, others, self.counted)
            self._lower(planned.share)
            return planned

        return decided

    def close(self) -> None:
        """Let the outbox call nothing; what it holds is kept."""
        self._set(replace(self._share, calls=0))

    def settle(self, decided: NextShare | None) -> None:
        """Take in what was committed; None: this process is not among those that live."""
        if decided is None:
            self._set(_NOTHING)
            self.fail("this process is not among those that live")
            return
        self._set(decided.share)
        self._is_heard = True
        self._is_quiet = not decided.row.wish and not decided.is_moving
        is_soon = decided.is_moving or self._has_begun
        self._has_begun = False
        self._rest(_MOVING if is_soon else _QUIET if self._is_quiet else _BUSY)

    def fail(self, error: str) -> None:
        """Take in that nothing is known of a round; logged once, until one is heard again."""
        if self._is_heard:
            told = "the bot's limit cannot be shared: this process calls no more than it may by now"
            _LOG.error(told, extra={"channel": self.name, "error": error})
        self._is_heard = False
        self._rest(_BUSY)

    def _rest(self, seconds: float) -> None:
        self.due_at = asyncio.get_running_loop().time() + seconds

    def _begin(self) -> None:
        """Go round at once where work begins, and again soon: it wants more than it did then."""
        self._has_begun = True
        if self._is_quiet and self._is_heard:
            self._is_quiet = False
            self.due_at = 0.0
            self._wake.set()

    def _lower(self, share: Share) -> None:
        """Use no more than a share, which may be less or more than the present one."""
        before, total = self._share, share.total
        calls = min(share.calls, before.calls * total // before.total)
        self._set(Share(calls, min(share.kept, before.kept * total // before.total), total))

    def _set(self, share: Share) -> None:
        if share != self._share:
            self._share = share
            self.outbox.share(share)
