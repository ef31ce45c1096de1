"""`tickertape logs`: what was asked in the terminal, and what was answered."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from itertools import islice

from tickertape.channels.terminal.sanitized import sanitized
from tickertape.cli.ask.extract import Which, extracted
from tickertape.cli.conversations.exchange import (
    Exchange,
    as_json,
    as_line,
    as_markdown,
    exchanges_of,
)
from tickertape.cli.conversations.log import ConversationLog
from tickertape.errors import UsageError

__all__ = ["LogsRequest", "logs", "status", "switch"]


@dataclass(frozen=True, slots=True)
class LogsRequest:
    """What of the conversations is wanted, and how."""

    count: int = 3
    """How many exchanges, the newest; 0: all."""
    query: str = ""
    """Words that must be in the question or the answer, in any case; empty: any."""
    model: str = ""
    """The name of the model that was asked; empty: any."""
    is_current: bool = False
    """Whether only the conversation counts in which something was said last."""
    conversation: str = ""
    """The id of the conversation, or how it begins; empty: any."""
    manner: str = "markdown"
    """`markdown`, `short`, `json`, or `response`: the newest answer alone."""
    extract: Which | None = None
    """The block of code of the newest answer that is wanted instead."""


def logs(wanted: LogsRequest) -> int:
    """Print exchanges, the oldest of them first; return the exit code.

    Raises:
        UsageError: when a conversation is named that is not there.
        LogError: when the file cannot be read.
    """
    log = ConversationLog()
    found = list(_found(log, wanted))
    if wanted.manner == "json":
        print(as_json(reversed(found)))
        return 0
    if not found:
        _tell(f"No conversations yet in {log.path}" if not log.path.exists() else "Nothing found.")
        return 0
    if wanted.extract is not None:
        _print(extracted(found[0].answer, wanted.extract))
    elif wanted.manner == "response":
        _print(found[0].answer)
    else:
        told = as_line if wanted.manner == "short" else as_markdown
        for one in reversed(found):
            _print(told(one))
    return 0


def _found(log: ConversationLog, wanted: LogsRequest) -> list[Exchange]:
    conversation = ""
    if wanted.conversation or wanted.is_current:
        named = log.find(wanted.conversation) if wanted.conversation else log.newest()
        if named is None:
            told = f"no conversation has the id {wanted.conversation!r}"
            raise UsageError(f"{told}; `tickertape logs --short` lists some")
        conversation = named.id
    words = wanted.query.casefold()
    matching = (
        one
        for one in exchanges_of(log.newest_first(conversation))
        if (not words or words in f"{one.question}\n{one.answer}".casefold())
        and wanted.model in {"", one.model}
    )
    return list(islice(matching, wanted.count or None))


def status() -> int:
    """Print whether conversations are stored, where, and how many; return the exit code.

    Raises:
        LogError: when the file cannot be read.
    """
    log = ConversationLog()
    conversations, entries = log.count()
    print(f"Conversations are {'saved' if log.is_on else 'not saved'}: {log.path}")
    print(f"{conversations} conversations, {entries} entries")
    return 0


def switch(*, on: bool) -> int:
    """Store conversations from here on, or do not; return the exit code.

    Raises:
        LogError: when the folder cannot be written.
    """
    ConversationLog().switch(on=on)
    print(f"Conversations are {'saved' if on else 'not saved'} from here on.")
    return 0


def _tell(line: str) -> None:
    if sys.stderr is not None:
        print(line, file=sys.stderr)


def _print(text: str) -> None:
    """Print a text; a terminal would obey what a model wrote."""
    print(sanitized(text) if sys.stdout.isatty() else text)
