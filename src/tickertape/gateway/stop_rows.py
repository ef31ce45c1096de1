"""Which `/stop` is one of a row, purely: a person who is in a hurry sends twelve of them."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from tickertape.chat import Address, Message

__all__ = ["StopRows"]

# Seconds between the first `/stop` of a row and the last: a choice.
_LONGEST: Final = 60.0
# Conversations whose row is remembered: a choice, some 200 kB.
_REMEMBERED: Final = 1_000


class StopRows:
    """The rows of `/stop` after which nothing else came; forgets the oldest."""

    def __init__(self) -> None:
        """Begin without a row."""
        self._begun: OrderedDict[Address, Message] = OrderedDict()

    def begin(self, message: Message) -> None:
        """Record a `/stop` that is answered: by the end of an answer, or by words."""
        self._begun[message.address] = message
        if len(self._begun) > _REMEMBERED:
            self._begun.popitem(last=False)

    def end(self, address: Address) -> None:
        """Record that something else came in a conversation."""
        self._begun.pop(address, None)

    def holds(self, message: Message) -> bool:
        """Return whether a `/stop` is one more of a row: it needs no answer of its own."""
        first = self._begun.get(message.address)
        if first is None or first.sender != message.sender:
            return False
        sent = _between(first.sent_at, message.sent_at)
        passed = sent if sent is not None else _between(first.came_at, message.came_at)
        return passed is None or passed <= _LONGEST


def _between(earlier: float | None, later: float | None) -> float | None:
    return None if earlier is None or later is None else abs(later - earlier)
