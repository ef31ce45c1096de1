"""Works off the lines of conversations: all at once, each one by one."""

from __future__ import annotations

import logging

from tickertape.chat import Address
from tickertape.delivery.marks import StopReason
from tickertape.gateway import commands
from tickertape.gateway.answers.running_answer import Left, RunningAnswer, RunningAnswers
from tickertape.gateway.decisions import Answering, AskAgent, Continue, Say, Work
from tickertape.gateway.executor import Executor
from tickertape.gateway.journal import FencedError
from tickertape.gateway.moved_chats import MovedChats
from tickertape.gateway.reasons import crash_of, where
from tickertape.gateway.router import Router
from tickertape.gateway.settling import Settling

__all__ = ["Worker"]

_LOG = logging.getLogger(__name__)


class Worker:
    """Works off lines until they are empty."""

    def __init__(
        self,
        router: Router,
        executor: Executor,
        chats: MovedChats,
        running: RunningAnswers,
        settling: Settling,
    ) -> None:
        """Make the worker of all lines."""
        self._settling = settling
        self._router = router
        self._executor = executor
        self._chats = chats
        self._running = running

    def prepare(self, work: Work) -> None:
        """Register an answer as the running one, so that it can be stopped before it begins."""
        if isinstance(work, Answering):
            was_shown = self._executor.turns.was_shown(work.message)
            self._running.begin(work.message.address, was_shown=was_shown)
        else:
            self._running.drop(work.message.address)

    async def work(self, first: Work) -> None:
        """Carry out the work of a conversation's line, one by one, until it is empty.

        A failure is logged and, unless the person saw it, told with an apology: the line goes on.
        What is done is settled before the next work begins.
        """
        work: Work | None = first
        address = first.message.address
        while work is not None:
            try:
                there = await self._chats.at_home(work)
                await self._executor.carry_out(there, self._answer_at(address))
            except Left:
                await self._settling.leave(work.message)
                return  # the next process goes on with it, and with what waits
            except FencedError:
                return  # another process does so already
            except Exception as error:  # noqa: BLE001 - one turn fails, the gateway goes on
                _LOG.error("a turn failed", extra={**where(address), **crash_of(error)})
                if _needs_apology(work, self._answer_at(address)):
                    work = Say(work.message, commands.APOLOGY)
                    continue
            if not self._is_followed(work, address):
                address = await self._settled(work, address)
            address = self._chats.home(address)
            following = self._router.done(address, self._running.shown(address))
            if isinstance(following, Continue) and isinstance(work, Say):
                following = following.alone  # its question failed, and an apology was said
            if following is not None:
                self.prepare(following)
            work = following
        self._running.drop(address)

    def _is_followed(self, work: Work, address: Address) -> bool:
        """Return whether an answer ended without a trace: it is owed with what follows it."""
        answer = self._answer_at(address)
        is_asked = isinstance(work, AskAgent | Continue)
        return is_asked and answer is not None and answer.stopped is StopReason.FOLLOWED

    async def _settled(self, work: Work, address: Address) -> Address:
        """Settle work that is done, with the orders that ended it; return where its line is then.

        Before the next work begins: what is done is not done again, whatever that changes.
        """
        owed = [work.message]
        while owed:
            await self._settling.settle_now(owed)
            # Meanwhile the chat may have moved, its line with it, and another order have come.
            address = self._chats.home(address)
            answer = self._running.get(address)
            owed = answer.take_orders() if answer is not None else []
        return address

    def _answer_at(self, address: Address) -> RunningAnswer | None:
        return self._running.get(self._chats.home(address))


def _needs_apology(work: Work, answer: RunningAnswer | None) -> bool:
    """Return whether the person saw nothing, and must be told of the failure.

    A broken answer tells it in its own text.
    """
    return not isinstance(work, Say) and (answer is None or answer.is_empty)
