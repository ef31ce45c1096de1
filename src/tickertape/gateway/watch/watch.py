"""What a gateway tells its observers, and how far it has come.

All facts pass here: those of a turn are noted with it, and every one goes to all observers. An
observer that raises is logged, once, and hurts nothing else.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from tickertape.chat import Address, Message
from tickertape.delivery.limits.limit_estimate import LimitEstimate
from tickertape.delivery.ways import Way
from tickertape.gateway.answers.running_answer import Left
from tickertape.gateway.reasons import crash_of
from tickertape.gateway.watch.channels import WatchedChannel
from tickertape.gateway.watch.screens import Screens
from tickertape.gateway.watch.turn import WatchedTurn, Watching
from tickertape.ports import Channel, Observer
from tickertape.watching.facts import (
    ActionPerformed,
    Fact,
    LimitLearned,
    MessageTaken,
    ModelAsked,
    TokensUsed,
    TurnEnded,
)
from tickertape.watching.prices import TokenPrices

__all__ = ["Watch"]

_LOG = logging.getLogger(__name__)


class Watch:
    """Tells observers what happens in a gateway. Implements `Observer`."""

    def __init__(
        self,
        observers: Sequence[Observer] = (),
        *,
        watching: Watching | None = None,
        prices: Mapping[str, TokenPrices] | None = None,
    ) -> None:
        """Begin to watch.

        Args:
            observers: told of everything.
            watching: what is noted of turns; None: only what costs nothing, so that answers are
                not measured, and calls to channels not told.
            prices: the prices of models, by their names; of others the cost is not known.
        """
        self._observers = tuple(observers)
        self._watching = watching or Watching()
        self.prices = prices or {}
        """The prices of models, by their names; may be replaced."""
        self._broken: set[str] = set()
        self._turns: dict[Address, WatchedTurn] = {}
        self._screens = Screens()
        self._channels: dict[str, WatchedChannel] = {}
        self.is_recovered = False
        """Whether it is known what an earlier process left."""

    def note(self, fact: Fact) -> None:
        """Pass a fact on to all observers, and to the turn to which it belongs."""
        match fact:
            case ActionPerformed():
                self._screens.performed(fact)
            case ModelAsked():
                self._note_model(fact)
                return
            case TokensUsed(address=address):
                if (turn := self._turns.get(address)) is not None:
                    turn.used(fact)
            case TurnEnded(address=address):
                self._turns.pop(address, None)
            case _:
                pass
        self._tell(fact)

    def _note_model(self, fact: ModelAsked) -> None:
        if not self._watching.with_content:
            fact = fact.without_content()
        turn = self._turns.get(fact.address)
        if turn is not None:
            turn.asked(fact)
        self._tell(fact)
        if fact.usage is not None:
            prices = self.prices.get(fact.model)
            cost = prices.cost(fact.usage) if prices is not None else None
            number = turn.number if turn is not None else 0
            self.note(TokensUsed(fact.address, number, fact.model, fact.usage, cost))

    def _tell(self, fact: Fact) -> None:
        for observer in self._observers:
            try:
                observer.note(fact)
            except Exception as error:  # noqa: BLE001 - whatever an observer raises
                self._log_once(type(observer).__name__, error)

    def _broke(self, error: Exception) -> None:
        self._log_once("measures", error)

    def _log_once(self, observer: str, error: Exception) -> None:
        if observer not in self._broken:
            self._broken.add(observer)
            fields = {"observer": observer, **crash_of(error)}
            _LOG.error("an observer failed: told once", extra=fields)

    def channels(self, channels: Mapping[str, Channel]) -> Mapping[str, Channel]:
        """Return the same channels, whose actions are noted where answers are measured."""
        if not self._watching.is_measured:
            return channels
        watched = {name: WatchedChannel.of(name, one, self.note) for name, one in channels.items()}
        self._channels.update(watched)
        return watched

    def taken(self, message: Message) -> None:
        """Report that a message is in the journal."""
        self.note(MessageTaken(message.address.channel))

    def learned(self, channel: str, chat: str, estimates: tuple[LimitEstimate, ...]) -> None:
        """Note what a refusal taught about a chat."""
        self.note(LimitLearned(channel, chat, estimates))

    @contextmanager
    def turn(
        self, message: Message, *, is_first: bool = True, command: str = ""
    ) -> Iterator[WatchedTurn]:
        """Watch a turn while the block runs; its end is told with `WatchedTurn.ended`.

        An exception ends it here; a turn that is left to the next process has no end in this one.

        Args:
            message: the message that is answered.
            is_first: whether it is the first attempt.
            command: the operator's command that answers; empty: the agent does.
        """
        now = asyncio.get_running_loop().time
        turn = WatchedTurn(
            message,
            self._watching,
            note=self.note,
            now=now,
            ways=self._ways,
            broke=self._broke,
            is_first=is_first,
        )
        turn.command = command
        self._turns[turn.home] = turn
        if turn.is_measured:
            self._screens.open(turn)
        try:
            yield turn
        except Left:
            raise
        except Exception:
            if self._turns.get(turn.home) is turn:
                turn.ended(None)
            raise
        finally:
            self._screens.close(turn)
            if self._turns.get(turn.home) is turn:
                del self._turns[turn.home]

    def _ways(self, address: Address) -> Sequence[Way]:
        """Return how answers can grow at an address."""
        channel = self._channels.get(address.channel)
        return channel.surface(address).ways if channel is not None else ()

    @property
    def running(self) -> int:
        """How many answers run."""
        return len(self._turns)

    @property
    def listening(self) -> tuple[str, ...]:
        """The names of the channels that are read and, where they tell, were heard."""
        return tuple(name for name, one in self._channels.items() if one.is_listening)

    @property
    def last_heard(self) -> Mapping[str, float]:
        """When channels were heard last, in seconds since 1970; one that never was is left out."""
        heard = {name: one.last_heard for name, one in self._channels.items()}
        return {name: at for name, at in heard.items() if at is not None}
