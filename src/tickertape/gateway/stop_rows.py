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
        self._begun: OrderedDict[Address, tuple[Message, float | None]] = OrderedDict()

    def begin(self, message: Message, now: float | None) -> None:
        """Record a `/stop` that is answered: by the end of an answer, or by words.

        Args:
            message: the `/stop`.
            now: when it came, in seconds; None: that is not known.
        """
        self._begun[message.address] = (message, now)
        if len(self._begun) > _REMEMBERED:
            self._begun.popitem(last=False)

    def end(self, address: Address) -> None:
        """Record that something else came in a conversation."""
        self._begun.pop(address, None)

    def holds(self, message: Message, now: float | None) -> bool:
        """Return whether a `/stop` is one more of a row: it needs no answer of its own.

        The arguments are those of `begin`.
        """
        first, came = self._begun.get(message.address, (None, None))
        if first is None or first.sender != message.sender:
            return False
        if first.sent_at is not None and message.sent_at is not None:
            return abs(message.sent_at - first.sent_at) <= _LONGEST
        return came is None or now is None or now - came <= _LONGEST
