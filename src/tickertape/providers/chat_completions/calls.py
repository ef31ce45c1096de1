"""The tool calls of one answer, put together from pieces that servers label in their own ways.

The protocol ties the pieces of a call by `index`, and names its id and its tool once, in the first
piece. What servers do instead, and how a piece finds its call:

1. An id that is known, at its index or without one, continues its call.
2. An id that is not known begins a call, also at an index that is in use (ollama/ollama#15457, and
   pi#8861 for proxies), unless that call has no id yet, or the piece names no tool: servers that
   make a fresh id for each piece repeat nothing else (BerriAI/litellm#28223).
3. Without an id the index decides; without an index (Gemini: openai/openai-python#2806) the last
   call is continued.
4. Wherever 1 or 3 would continue a call whose arguments are whole with arguments that start over,
   a new call begins; so it does with the second of two pieces in one message that have neither id
   nor index.
   Arguments that were `{}` so far are a beginning, not a call: those that start over under the same
   id replace them.
5. A known id at another index is kept apart until the end, for it can be two things: one call told
   twice (mudler/LocalAI#9722), or two calls that share an id (ggml-org/llama.cpp#27966). They are
   one if nothing contradicts it: neither the name, nor the arguments as far as they came.

Names are assigned, never appended: some servers repeat them in each piece, others send "" later.
The calls of a whole message that comes after pieces complete those, and only what it has beyond
them is more. Arguments that are repeated from their beginning are `providers.arguments`' to read.
Arguments that are an object instead of its JSON are written as JSON. All other fields of a piece
(`extra_content` with a thought signature: RooCodeInc/Roo-Code#9499) are kept, to be returned.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeGuard

from tickertape.providers.arguments import joined
from tickertape.providers.assembly import STUBS, Assembly
from tickertape.providers.call_ids import called
from tickertape.providers.json_text import is_object, written

__all__ = ["Calls"]

_READ = frozenset({"index", "id", "type", "function"})
_READ_WITHIN = frozenset({"name", "arguments"})


@dataclass(slots=True)
class _CallPieces:
    call_id: str
    name: str = ""
    pieces: list[str] = field(default_factory=list)
    extra: dict[str, object] = field(default_factory=dict)

    @property
    def arguments(self) -> str:
        return joined(self.pieces)


class Calls:
    """Takes the pieces of tool calls, and gives the calls to an `Assembly` at the end."""

    __slots__ = ("_at", "_calls", "_legacy")

    def __init__(self) -> None:
        self._calls: list[_CallPieces] = []
        self._at: dict[int, _CallPieces] = {}
        self._legacy: _CallPieces | None = None

    def __bool__(self) -> bool:
        """Return whether any call has a name or arguments."""
        return any(
            call.call_id or call.name or call.arguments.strip() not in STUBS for call in self._calls
        )

    def take(self, pieces: object) -> None:
        """Take the `tool_calls` of a message; what is no list of objects is passed over."""
        if not isinstance(pieces, list):
            return
        nameless = 0
        for piece in pieces:
            if isinstance(piece, dict):
                call_id, index = _id(piece.get("id")), piece.get("index")
                at = index if isinstance(index, int) else None
                nameless += at is None and not call_id
                self._take(piece, call_id, at, is_second=nameless > 1)

    def take_whole(self, pieces: object) -> None:
        """Take the `tool_calls` of a whole message, which may repeat what came in pieces."""
        if not self._calls:
            self.take(pieces)
            return
        told = [piece for piece in pieces if isinstance(piece, dict)] if _is_list(pieces) else []
        for number, piece in enumerate(told):
            function = piece.get("function")
            function = function if isinstance(function, dict) else {}
            known = self._known(_id(piece.get("id")))
            if known is None and number < len(self._calls):
                known = self._calls[number]
            if known is None:
                self._take(piece, _id(piece.get("id")), None, is_second=True)
            else:
                _complete(known, _id(piece.get("id")), function)

    @property
    def are_whole(self) -> bool:
        """Whether there are calls, and the arguments of each are a JSON object."""
        return bool(self._calls) and all(map(_is_whole, self._calls))

    def take_function(self, piece: object, *, whole: bool = False) -> None:
        """Take the `function_call` of a message, of which an answer has one.

        Args:
            piece: more of the call.
            whole: whether it is all of the call, and may repeat what came in pieces.
        """
        if whole and self._calls:
            if self._legacy is not None and isinstance(piece, dict):
                _complete(self._legacy, "", piece)
            return
        if isinstance(piece, dict) and (_name(piece) or _arguments(piece)):
            if self._legacy is None:
                self._legacy = _CallPieces("")
                self._calls.append(self._legacy)
            _add(self._legacy, piece)

    def close(self, assembly: Assembly) -> None:
        """Emit the calls, in the order in which they began."""
        for number, call in enumerate(_folded(self._calls)):
            key = ("call", number)
            assembly.call(key, call_id=call.call_id, name=call.name, arguments=call.arguments)
            if call.extra:
                assembly.keep(key, json.dumps(call.extra))

    def _take(
        self, piece: Mapping[str, object], call_id: str, at: int | None, *, is_second: bool
    ) -> None:
        function = piece.get("function")
        function = function if isinstance(function, dict) else {}
        call = self._find(call_id, at, _name(function))
        if call is not None and (is_second or _begins_anew(call, function)):
            told_twice = call_id or (at is not None and not is_second)
            if told_twice and _arguments(function) == call.arguments:
                return
            if call_id == call.call_id and not is_second and call.arguments.strip() == "{}":
                call.pieces.clear()
            elif _name(function):
                call = None
        if call is None:
            call = _CallPieces(call_id)
            self._calls.append(call)
        if at is not None:
            self._at[at] = call
        call.call_id = call.call_id or call_id
        _add(call, function)
        call.extra |= {name: value for name, value in piece.items() if name not in _READ}
        inner = {name: value for name, value in function.items() if name not in _READ_WITHIN}
        if inner:
            call.extra["function"] = inner

    def _find(self, call_id: str, at: int | None, name: str) -> _CallPieces | None:
        here = self._at.get(at) if at is not None else None
        if not call_id:
            return here if at is not None else (self._calls[-1] if self._calls else None)
        if here is None and at is not None:
            return None
        if here is not None and here.call_id == call_id:
            return here
        known = self._known(call_id)
        if known is None and here is not None and not (here.call_id and name):
            return here
        return known

    def _known(self, call_id: str) -> _CallPieces | None:
        return next((call for call in reversed(self._calls) if call.call_id == call_id), None)


def _begins_anew(call: _CallPieces, function: Mapping[str, object]) -> bool:
    if not _arguments(function).lstrip().startswith("{"):
        return False
    return bool(call.pieces) and call.pieces[-1].endswith(("}", " ", "\n")) and _is_whole(call)


def _is_whole(call: _CallPieces) -> bool:
    return is_object(call.arguments)


def _add(call: _CallPieces, function: Mapping[str, object]) -> None:
    call.name = _name(function) or call.name
    if arguments := _arguments(function):
        call.pieces.append(arguments)


def _complete(call: _CallPieces, call_id: str, function: Mapping[str, object]) -> None:
    """Add to a call what a whole message knows of it and its pieces did not have."""
    call.call_id = call.call_id or call_id
    call.name = call.name or _name(function)
    whole = _arguments(function)
    if not is_object(call.arguments) and is_object(whole):
        call.pieces = [whole]


def _is_list(pieces: object) -> TypeGuard[list[object]]:
    return isinstance(pieces, list)


def _id(said: object) -> str:
    if isinstance(said, bool):
        return ""
    return str(said) if isinstance(said, str | int) else ""


def _name(function: Mapping[str, object]) -> str:
    name = function.get("name")
    return called(name) if isinstance(name, str) else ""


def _arguments(function: Mapping[str, object]) -> str:
    arguments = function.get("arguments")
    if arguments is None or isinstance(arguments, str):
        return arguments or ""
    return written(arguments)


def _folded(calls: list[_CallPieces]) -> list[_CallPieces]:
    """Make one of the calls that share an id and nothing contradicts that they are one."""
    whole: list[_CallPieces] = []
    for call in calls:
        twin = next((other for other in whole if call.call_id and _is_same(call, other)), None)
        if twin is None:
            whole.append(call)
            continue
        twin.name = twin.name or call.name
        twin.pieces = [max(twin.arguments, call.arguments, key=len)]
        twin.extra = call.extra | twin.extra
    return whole


def _is_same(call: _CallPieces, other: _CallPieces) -> bool:
    if call.call_id != other.call_id:
        return False
    if call.name and other.name and call.name != other.name:
        return False
    return call.arguments.startswith(other.arguments) or other.arguments.startswith(call.arguments)
