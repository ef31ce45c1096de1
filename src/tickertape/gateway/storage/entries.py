"""Entries of conversations as rows of a table, purely: a role, a text, and the rest as JSON.

Words alone are a role and a text, which other programs can read. Speakers in a group, steps of a
model and results of tools have their words there too, and everything else as JSON, in ASCII: so
that items which a server wants back unchanged come back to the letter, from any database.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Final, Literal, NamedTuple, TypeAlias, assert_never, cast, get_args

from tickertape.conversation import (
    CommandGiven,
    Entry,
    FinishReason,
    Opaque,
    Part,
    Step,
    TextPart,
    Thought,
    ToolCall,
    ToolResult,
    Utterance,
    begins_turn,
)
from tickertape.message import Author, AuthorKind

__all__ = ["ADDED", "Row", "begin_whole", "decode", "encode"]

ADDED: Final = "added"
"""The key in `Row.parts` of what was said while a turn was being answered."""

_Speaker: TypeAlias = Literal["system", "user", "assistant"]


class Row(NamedTuple):
    """The columns of an entry."""

    role: str
    """`system`, `user`, `assistant` or `tool`."""
    text: str
    """The words that a reader saw, or a tool's result."""
    parts: str | None
    """The rest as JSON; None if there is none."""


def encode(entry: Entry) -> Row:
    """Return the row of an entry."""
    match entry:
        case Utterance(role=role, text=text):
            return Row(role, text, _circumstances(entry))
        case Step(parts=parts, origin=origin, ended=ended):
            step: dict[str, object] = {"origin": origin, "parts": [_plain(part) for part in parts]}
            if ended != "stop":
                step["ended"] = ended
            return Row("assistant", entry.text, json.dumps(step))
        case ToolResult(call_id=call_id, name=name, text=text, ok=ok):
            return Row("tool", text, json.dumps({"call_id": call_id, "name": name, "ok": ok}))
        case _:
            assert_never(entry)


def decode(row: Row) -> Entry | None:
    """Return the entry of a row.

    A row that this version cannot read, because a later one wrote it, becomes its words; None if it
    has no role that speaks.
    """
    if row.parts is not None:
        try:
            told = json.loads(row.parts)
            is_spoken = any(name in told for name in ("speaker", "command", ADDED))
            return _spoken(row, told) if is_spoken else _whole(row.text, told)
        except (ValueError, TypeError, KeyError):
            return _words(row)
    return _words(row)


def begin_whole(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Return the entries from the first beginning of a turn.

    If no turn begins in `entries`, because one is longer than all of them, they begin with a step:
    results whose step is cut off are left out.
    """
    begins = [at for at, entry in enumerate(entries) if begins_turn(entry)]
    if not begins:
        begins = [at for at, entry in enumerate(entries) if not isinstance(entry, ToolResult)]
    return entries[begins[0] :] if begins else ()


def _words(row: Row) -> Utterance | None:
    if row.role not in {"system", "user", "assistant"}:
        return None
    return Utterance(cast("_Speaker", row.role), row.text)


def _circumstances(said: Utterance) -> str | None:
    """Return as JSON what is known besides the words; None if nothing is.

    That is who said it, whether it was added to a turn, and which command answers it.
    """
    told: dict[str, object] = {}
    if (who := said.speaker) is not None:
        told["speaker"] = {"id": who.id, "name": who.name, "kind": who.kind.value}
    if said.is_added:
        told[ADDED] = True
    if (given := said.command) is not None:
        told["command"] = {"name": given.name, "text": given.text, "quoted": given.quoted}
    return json.dumps(told) if told else None


def _spoken(row: Row, told: dict[str, dict[str, object]]) -> Utterance | None:
    words, who, command = _words(row), None, None
    if (speaker := told.get("speaker")) is not None:
        kind = AuthorKind(str(speaker["kind"]))
        who = Author(str(speaker["name"]), kind, _id(speaker["id"]))
    if (given := told.get("command")) is not None:
        names = (str(given[name]) for name in ("name", "text", "quoted"))
        command = CommandGiven(*names)
    if words is None:
        return None
    return replace(words, speaker=who, is_added=ADDED in told, command=command)


def _id(told: object) -> str:
    """Return a stored id as a text: version 0.1 wrote numbers, and 0 for an unknown one."""
    return str(told or "")


def _plain(part: Part) -> dict[str, str | None]:
    match part:
        case TextPart(text=text, raw=raw, begins_segment=True):
            return {"kind": "words", "text": text, "raw": raw, "begins": "segment"}
        case TextPart(text=text, raw=raw):
            return {"kind": "words", "text": text, "raw": raw}
        case Thought(text=text, raw=raw):
            return {"kind": "thought", "text": text, "raw": raw}
        case ToolCall(call_id=call_id, name=name, arguments=arguments, raw=raw):
            call = {"kind": "call", "call_id": call_id, "name": name}
            return {**call, "arguments": arguments, "raw": raw}
        case Opaque(raw=raw):
            return {"kind": "opaque", "raw": raw}
        case _:
            assert_never(part)


def _whole(text: str, told: dict[str, object]) -> Step | ToolResult:
    if "call_id" in told:
        return ToolResult(str(told["call_id"]), str(told["name"]), text, ok=bool(told["ok"]))
    parts = cast("list[dict[str, str]]", told["parts"])
    return Step(tuple(_part(part) for part in parts), str(told["origin"]), _reason(told))


def _reason(told: dict[str, object]) -> FinishReason:
    """Return why a step ended; a reason that a later version wrote is another one."""
    ended = told.get("ended", "stop")
    return cast("FinishReason", ended) if ended in get_args(FinishReason) else "other"


def _part(told: dict[str, str]) -> Part:
    match told["kind"]:
        case "words":
            return TextPart(told["text"], told["raw"], told.get("begins") == "segment")
        case "thought":
            return Thought(told["text"], told["raw"])
        case "call":
            return ToolCall(told["call_id"], told["name"], told["arguments"], told["raw"])
        case "opaque":
            return Opaque(told["raw"])
        case kind:
            raise ValueError(kind)
