"""The lines of conversations, worked off beside each other: in each, one thing after another."""

from __future__ import annotations

import logging

from tickertape.chat import Address
from tickertape.gateway import commands
from tickertape.gateway.answers.running_answer import RunningAnswer, RunningAnswers
from tickertape.gateway.decisions import Answer, Retry, Say, Work
from tickertape.gateway.moved_chats import MovedChats
from tickertape.gateway.reasons import crash_of, where
from tickertape.gateway.router import Router
from tickertape.gateway.turns import Turns

__all__ = ["Worker"]

_LOG = logging.getLogger(__name__)


class Worker:
    """Does what stands in a line until it is empty."""

    def __init__(
        self, router: Router, turns: Turns, chats: MovedChats, running: RunningAnswers
    ) -> None:
        """Make one for all lines.

        Args:
            router: knows what comes next.
            turns: carries it out.
            chats: knows where a line is by now.
            running: the answers that run.
        """
        self._router = router
        self._turns = turns
        self._chats = chats
        self._running = running

    def prepare(self, work: Work) -> None:
        """Make an answer stoppable from the moment in which it is the one that runs."""
        if isinstance(work, Answer | Retry):
            self._running.begin(work.message.address)
        else:
            self._running.drop(work.message.address)

    async def work(self, first: Work) -> None:
        """Do what is in a conversation's line, one after another, until it is empty."""
        work: Work | None = first
        address = first.message.address
        while work is not None:
            try:
                there = await self._chats.at_home(work)
                await self._turns.carry_out(there, self._answer_at(address))
            except Exception as error:  # noqa: BLE001 - one turn fails, the gateway goes on
                _LOG.error("a turn failed", extra={**where(address), **crash_of(error)})
                if _needs_apology(work, self._answer_at(address)):
                    work = Say(work.message, commands.APOLOGY)
                    continue
            address = self._chats.home(address)
            work = self._router.done(address, self._running.shown(address))
            if work is not None:
                self.prepare(work)
        self._running.drop(address)

    def _answer_at(self, address: Address) -> RunningAnswer | None:
        return self._running.get(self._chats.home(address))


def _needs_apology(work: Work, answer: RunningAnswer | None) -> bool:
    """Return whether the person saw nothing and must be told that it failed.

    A broken answer says so of itself.
    """
    return not isinstance(work, Say) and (answer is None or answer.is_empty)
