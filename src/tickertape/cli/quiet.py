"""Warnings of commands for the terminal: few, in plain words, without secrets.

The log of the gateway has a library of its own, which takes longer to import than the answer may
take to begin.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable

from tickertape.cli.redaction import Redaction

__all__ = ["complain", "warn_on_stderr"]


class _Words(logging.Formatter):
    """The message and its `error`, if it has one; never a traceback, which would quote anything."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__()
        self._redaction = Redaction(secrets)

    def format(self, record: logging.LogRecord) -> str:
        error = getattr(record, "error", "")
        line = f"tickertape: {record.getMessage()}{': ' if error else ''}{error}"
        return self._redaction(None, record.levelname, line)


def warn_on_stderr(secrets: Iterable[str], *, enabled: bool) -> None:
    """Send warnings to standard error, one line each; or nothing anywhere.

    Args:
        secrets: what must never be seen in a line.
        enabled: false where standard error may be the screen on which an answer grows.
    """
    handler: logging.Handler = logging.NullHandler()
    if enabled and sys.stderr is not None:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(_Words(secrets))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)


def complain(line: str) -> None:
    """Print an error as a line on standard error, if there is one.

    `print` would take standard output instead, which is for the answer alone.
    """
    if sys.stderr is not None:
        print(f"tickertape: {line}", file=sys.stderr, flush=True)
