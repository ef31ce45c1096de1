"""The content blocks of one answer, while they come.

A block begins with the JSON object that the server sent for it, and deltas are merged into that
object, so that what must be returned is complete whatever fields it has. The server names blocks
by an index; the ways in which servers differ there:

- blocks overlap: llama.cpp stops its thinking block only at the end of the message, and Ollama
  began a tool's block at the index of a thinking block that was still open (ollama/ollama#14816).
  So a delta goes to the block of its own kind at its index;
- a block begins again at every token (ggml-org/llama.cpp#18613): a block of the same kind that
  begins where one is open continues it;
- no index at all: then the block is the last one of its kind;
- a delta for a block that never began: it begins one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from tickertape.providers.arguments import joined
from tickertape.providers.assembly import Assembly
from tickertape.providers.json_text import parsed, written

__all__ = ["Block", "ContentBlocks", "Kind"]

Kind: TypeAlias = Literal["text", "thinking", "call", "opaque"]
"""What a block is to us: words, thoughts (encrypted ones too), a call of one of our tools, or
something that only its server understands."""

_KINDS: Mapping[object, Kind] = {
    "text": "text",
    "thinking": "thinking",
    "redacted_thinking": "thinking",
    "tool_use": "call",
}
_TYPES: Mapping[Kind, str] = {"text": "text", "thinking": "thinking", "call": "tool_use"}
_SERVER_CALLS = ("server_tool_use", "mcp_tool_use")
_Index: TypeAlias = int | str | None


@dataclass(slots=True)
class Block:
    """One content block."""

    kind: Kind
    """What it is to us."""
    number: int
    """Its place among the blocks of the answer, and its key in the assembly."""
    content: dict[str, object]
    """The object that the server began it with, with what its deltas merged in."""
    pieces: list[str] = field(default_factory=list)
    """The pieces of its input's JSON."""
    is_open: bool = True
    """Whether the server did not yet say that it is complete."""

    def merge(self, delta: Mapping[str, object]) -> None:
        """Take in a delta that neither speaks nor thinks.

        A citation joins the list of them (platform.claude.com/docs/en/build-with-claude/citations,
        "Streaming support", 2026-11); words go on; all else replaces what was there, as the
        vendor's SDK has it (anthropic 2.12, lib/streaming/_beta_messages.py).
        """
        for name, value in delta.items():
            said = self.content.get(name)
            if name == "citation":
                cited = self.content.get("citations")
                self.content["citations"] = [*(cited if isinstance(cited, list) else ()), value]
            elif name in {"text", "thinking"} and isinstance(said, str) and isinstance(value, str):
                self.content[name] = said + value
            elif name not in {"type", "partial_json"} and value is not None:
                self.content[name] = value

    def input(self) -> str:
        """Return its input as JSON: the deltas', else the one it began with, else ""."""
        streamed = joined(self.pieces)
        if streamed.strip():
            return streamed
        begun = self.content.get("input")
        return begun if isinstance(begun, str) else written(begun) if begun else ""


class ContentBlocks:
    """All blocks of one answer."""

    __slots__ = ("_all", "_kinds", "_last")

    def __init__(self) -> None:
        self._all: list[Block] = []
        self._last: dict[_Index, Block] = {}
        self._kinds: dict[tuple[_Index, Kind], Block] = {}

    @property
    def are_whole(self) -> bool:
        """Whether there are blocks, and the server said of each that it is complete."""
        return bool(self._all) and not any(block.is_open for block in self._all)

    def begin(self, index: object, content: Mapping[str, object]) -> Block:
        """Return the block that the server begins: a new one, or one that it begins again.

        Args:
            index: its index, if it has one.
            content: the object that stands for it, perhaps with all of it.
        """
        place = _place(index)
        kind = _kind(content)
        block = self._last.get(place)
        if block is not None and block.is_open and block.kind == kind and _is_same(block, content):
            return block
        return self._add(place, kind, dict(content))

    def at(self, index: object, kind: Kind) -> Block:
        """Return the block that a delta belongs to.

        Args:
            index: the block's index, if the delta has one.
            kind: the kind of block that has such deltas; an opaque block takes every delta.
        """
        place = _place(index)
        block = self._last.get(place)
        if block is not None and block.kind in {kind, "opaque"}:
            return block
        block = self._kinds.get((place, kind))
        return block or self._add(place, kind, {"type": _TYPES[kind]})

    def latest(self, index: object) -> Block | None:
        """Return the block that began last at an index, of any kind."""
        return self._last.get(_place(index))

    def stop(self, index: object) -> None:
        """Record that the server ended a block."""
        block = self._last.get(_place(index))
        if block is not None:
            block.is_open = False

    def seal(self, assembly: Assembly, *, is_cut: bool) -> None:
        """Put into the assembly what is known only now that no more comes.

        Args:
            assembly: where the words and thoughts are already.
            is_cut: whether the answer ran into its length: then a call without arguments may be
                one whose arguments never came.
        """
        for block in self._all:
            match block.kind:
                case "text":
                    _seal_words(block, assembly)
                case "thinking":
                    thought = assembly.text(block.number)
                    content = {**block.content, "thinking": thought} if thought else block.content
                    assembly.keep(block.number, written(content), thinking=True)
                case "call":
                    _seal_call(block, assembly, is_cut=is_cut)
                case "opaque":
                    content = dict(block.content)
                    if block.pieces:
                        read = parsed(block.input().encode("utf-8", "replace"))
                        content["input"] = read if read is not None else {}
                    assembly.keep(block.number, written(content))
                    if not self._is_answered(block, assembly):
                        assembly.hide(block.number, content)

    def _is_answered(self, block: Block, assembly: Assembly) -> bool:
        """Return whether a block is the call of a tool that its server ran, and that goes on."""
        if str(block.content.get("type")) not in _SERVER_CALLS:
            return False
        call_id, later = block.content.get("id"), self._all[block.number + 1 :]
        return assembly.has_calls or any(
            (call_id is not None and other.content.get("tool_use_id") == call_id)
            or assembly.words(other.number).strip()
            for other in later
        )

    def _add(self, place: _Index, kind: Kind, content: dict[str, object]) -> Block:
        block = Block(kind, len(self._all), content)
        self._all.append(block)
        for where in (place, None):
            self._last[where] = block
            self._kinds[where, kind] = block
        return block


def _place(index: object) -> _Index:
    return index if isinstance(index, int | str) else None


def _kind(content: Mapping[str, object]) -> Kind:
    said = content.get("type")
    return _KINDS.get(said, "opaque") if isinstance(said, str) else "text"


def _is_same(block: Block, content: Mapping[str, object]) -> bool:
    """Return whether a block that begins where one is open is the same one."""
    if block.kind == "opaque":
        return block.content == content
    names = ("type", "id", "tool_use_id", "data")
    return all(block.content.get(name) == content.get(name) for name in names)


def _seal_words(block: Block, assembly: Assembly) -> None:
    """Keep words with citations as the server's own item: it wants them back with their index.

    Source: platform.claude.com/docs/en/agents-and-tools/tool-use/web-search-tool, "Citations":
    `encrypted_index` "must be passed back for multi-turn conversations", 2026-11.
    """
    words = assembly.text(block.number)
    if words and block.content.get("citations"):
        assembly.keep(block.number, written({**block.content, "text": words}))


def _seal_call(block: Block, assembly: Assembly, *, is_cut: bool) -> None:
    assembly.call(block.number, whole=block.input() or ("" if is_cut else "{}"))
    content = {name: value for name, value in block.content.items() if value is not None}
    if content.keys() - {"type", "id", "name", "input"}:
        content.pop("input", None)
        assembly.keep(block.number, written(content))
