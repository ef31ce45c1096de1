"""The log of Bot API calls: what was asked, when it was applied, what came of it."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tickertape.emulator.answers import Answer, Json, NoAnswer, Outcome

__all__ = ["CallLog", "CallRecord", "number_of"]

CAPACITY = 20_000
"""How many calls are kept."""

_LONGEST_SHOWN = 200
_LONGEST_STRUCTURE = 4_000
"""Characters of JSON: entities of a long message, or a keyboard."""
_SECRET = frozenset({"secret_token", "token"})
_TEXTS = ("text", "rich_message", "caption")
_WORDS = frozenset({"blocks", "expression", "html", "markdown", "text"})


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call of a bot."""

    at: float
    """When it arrived, on the world's clock."""
    applied_at: float | None
    """When the world took it; None where it never did."""
    bot_id: int | None
    """Who called; None if the token is unknown."""
    method: str
    """What was called, as it was written."""
    params: Mapping[str, object]
    """The parameters as they were sent."""
    outcome: Outcome
    """What came of it."""
    fault: str | None = None
    """Which fault struck it."""
    ms: float | None = None
    """Milliseconds from its arrival to its answer; None where nothing measures them."""

    @property
    def chat_id(self) -> int | None:
        """The chat it names, as far as it is a number."""
        return number_of(self.params.get("chat_id"))

    @property
    def text(self) -> str | None:
        """The text it carries, whole."""
        value = self.params.get("text")
        return value if isinstance(value, str) else None

    def as_json(self) -> Json:
        """Return the call with its whole text, for measurements."""
        text = self.text
        return {
            **self._base(),
            "applied_at": self.applied_at,
            "applied": self.applied_at is not None,
            "params": _shown(self.params, longest=None),
            "text": text,
            "text_length": None if text is None else len(text),
            "message_id": self._message_id(),
        }

    def as_view(self) -> Json:
        """Return the call for the page, with long texts cut, and how long they were."""
        return {
            **self._base(),
            "params": _shown(self.params, longest=_LONGEST_SHOWN),
            "length": _length(self.params),
            "message_id": self._message_id(),
        }

    def _base(self) -> Json:
        answer = self.outcome if isinstance(self.outcome, Answer) else None
        return {
            "at": self.at,
            "bot_id": self.bot_id,
            "method": self.method[:64],
            "chat_id": self.chat_id,
            "status": None if answer is None else answer.status,
            "ms": self.ms,
            "description": _description(self.outcome),
            "retry_after": None if answer is None else answer.retry_after,
            "fault": self.fault,
        }

    def _message_id(self) -> object:
        result = self.outcome.result if isinstance(self.outcome, Answer) else None
        return result.get("message_id") if isinstance(result, dict) else None


class CallLog:
    """The last calls of one world; each has a number, ascending by one."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._records: deque[CallRecord] = deque(maxlen=capacity)
        self._count = 0

    @property
    def count(self) -> int:
        """How many calls there were."""
        return self._count

    def add(self, record: CallRecord) -> None:
        """Record one call."""
        self._records.append(record)
        self._count += 1

    def after(self, number: int) -> list[tuple[int, CallRecord]]:
        """Return the calls after a number, oldest first, each with its own number."""
        first = self._count - len(self._records) + 1
        return [
            (index, record)
            for index, record in enumerate(self._records, start=first)
            if index > number
        ]


def number_of(value: object) -> int | None:
    """Return a chat id as a number, if it was sent as one or as its text; else None."""
    try:
        return int(value) if isinstance(value, int | str) else None
    except ValueError:
        return None


def _description(outcome: Outcome) -> str | None:
    match outcome:
        case Answer():
            return outcome.description
        case NoAnswer(applied=applied):
            return f"connection cut {'after' if applied else 'before'} the call was applied"


def _shown(params: Mapping[str, object], longest: int | None) -> Json:
    return {
        name[:64]: "***" if name in _SECRET and value else _cut(value, longest)
        for name, value in params.items()
    }


def _cut(value: object, longest: int | None) -> object:
    if longest is None or value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return value if len(value) <= longest else f"{value[:longest]}…"
    text = json.dumps(value, ensure_ascii=False)
    return value if len(text) <= _LONGEST_STRUCTURE else f"{text[:_LONGEST_STRUCTURE]}…"


def _length(params: Mapping[str, object]) -> int | None:
    """Return how many characters a call lets readers see; None if it shows no text."""
    text, rich = params.get("text"), params.get("rich_message")
    if isinstance(text, str):
        return len(text)
    if isinstance(rich, str):
        try:
            rich = json.loads(rich)
        except ValueError:
            return len(rich)
    return None if rich is None else sum(map(len, _words(rich)))


def _words(value: object, name: str = "") -> Iterator[str]:
    """Yield the texts in a message that is made of blocks."""
    if isinstance(value, str) and name in _WORDS:
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _words(item, name)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _words(item, str(key))
