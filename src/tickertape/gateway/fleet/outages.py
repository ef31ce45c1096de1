"""What is in the way of a process, logged once until it is over."""

from __future__ import annotations

import logging

from tickertape.gateway.reasons import words_of

__all__ = ["Outages"]


class Outages:
    """Logs failures that come again each second, as those of a database that is away."""

    def __init__(self, log: logging.Logger) -> None:
        """Begin with nothing in the way.

        Args:
            log: where they are told.
        """
        self._log = log
        self._told: set[str] = set()

    def failed(self, told: str, error: Exception) -> None:
        """Log a failure, unless it was logged since the last `over`.

        Args:
            told: what does not work.
            error: why.
        """
        if told not in self._told:
            self._told.add(told)
            self._log.warning(told, extra={"error": words_of(error)})

    def over(self) -> None:
        """Record that it works again."""
        self._told.clear()
