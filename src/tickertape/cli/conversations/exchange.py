"""A question with its answer, and how `tickertape logs` tells it, purely."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from tickertape.conversation import Entry, Step, Utterance, begins_turn

__all__ = ["Exchange", "Stored", "as_json", "as_line", "as_markdown", "exchanges_of"]

_SHORT: Final = 70  # columns: with the time and the id in front of it a line of 100


@dataclass(frozen=True, slots=True)
class Stored:
    """An entry as it is stored."""

    conversation: str
    """The id of its conversation."""
    at: datetime
    """When it was stored, in UTC."""
    model: str
    """The name of the model that was asked; empty for an agent of one's own."""
    entry: Entry
    """The entry itself."""
    input_tokens: int | None = None
    """Tokens that the model read for the answer; None: that is not known."""
    output_tokens: int | None = None
    """Tokens that the model wrote."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and its answer."""

    conversation: str
    """The id of the conversation, for `--cid`."""
    at: datetime
    """When it was asked, in UTC."""
    model: str
    """The name of the model that was asked; empty for an agent of one's own."""
    question: str
    """What was asked."""
    answer: str
    """What the reader saw of the answer; empty if there was none."""
    input_tokens: int | None = None
    """Tokens that the model read; None: that is not known."""
    output_tokens: int | None = None
    """Tokens that the model wrote; None: that is not known."""


def exchanges_of(newest_first: Iterable[Stored]) -> Iterator[Exchange]:
    """Yield questions with their answers, the newest first.

    Args:
        newest_first: entries of any conversations, the last that was stored first.
    """
    later: dict[str, list[Stored]] = {}
    for one in newest_first:
        if isinstance(one.entry, Utterance) and begins_turn(one.entry):
            rest = later.pop(one.conversation, [])[::-1]
            yield _exchange(one, one.entry.text, rest)
        else:
            later.setdefault(one.conversation, []).append(one)


def _exchange(question: Stored, text: str, rest: list[Stored]) -> Exchange:
    said = [one.entry.text for one in rest if _is_answer(one.entry)]
    added = [one.entry.text for one in rest if _is_asked(one.entry)]
    counted = next((one for one in rest if one.output_tokens is not None), question)
    return Exchange(
        question.conversation,
        question.at,
        question.model,
        "\n\n".join([text, *added]),
        "\n\n".join(text for text in said if text.strip()),
        counted.input_tokens,
        counted.output_tokens,
    )


def _is_answer(entry: Entry) -> bool:
    return isinstance(entry, Step) or (isinstance(entry, Utterance) and entry.role == "assistant")


def _is_asked(entry: Entry) -> bool:
    return isinstance(entry, Utterance) and entry.role == "user"


def as_markdown(exchange: Exchange) -> str:
    """Return an exchange as a piece of Markdown, ended by a blank line."""
    asked = exchange.at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    head = [f"# {asked}    conversation: {exchange.conversation}", ""]
    if exchange.model:
        head += [f"Model: **{exchange.model}**", ""]
    answer = exchange.answer or "(no answer)"
    body = ["## Prompt", "", exchange.question, "", "## Response", "", answer, ""]
    return "\n".join([*head, *body])


def as_line(exchange: Exchange) -> str:
    """Return an exchange as one line: when, where, and the beginning of what was asked."""
    asked = exchange.at.astimezone().strftime("%Y-%m-%d %H:%M")
    words = " ".join(exchange.question.split())
    if len(words) > _SHORT:
        words = words[: _SHORT - 3] + "..."
    return f"{asked}  {exchange.conversation}  {words}"


def as_json(exchanges: Iterable[Exchange]) -> str:
    """Return exchanges as a JSON list of objects."""
    told = [{**asdict(one), "at": one.at.isoformat()} for one in exchanges]
    return json.dumps(told, ensure_ascii=False, indent=2)
