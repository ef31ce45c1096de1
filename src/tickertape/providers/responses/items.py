"""The items of one answer, and which of them a message of the stream is about.

By the protocol each message names its item twice, by `output_index` and by `item_id`. Servers
leave out the first (ggml-org/llama.cpp, tools/server/server-task.cpp), the announcement of the
item, or both, and change the second from message to message (vercel/ai#18548). So an item is found
by its index, else by its id, else it is the newest of its kind that is still open; an item that
nothing announced is made up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from tickertape.providers.repeats import beyond

__all__ = ["CALL", "MESSAGE", "REASONING", "Items", "OutputItem"]

MESSAGE = "message"
"""The type of an item that the reader sees."""
REASONING = "reasoning"
"""The type of an item of thinking."""
CALL = "function_call"
"""The type of an item that calls a tool."""


@dataclass(slots=True, eq=False)
class OutputItem:
    """One item of the answer, as far as it came."""

    kind: str
    """Its type."""
    number: int
    """Which item of the answer it is, counted as they began: its key."""
    index: int | None = None
    """The `output_index` by which it is known, where there is one."""
    item_id: str = ""
    """The first id that it had."""
    ended_as: str = ""
    """The id that it had when it was done."""
    announced: bool = False
    """Whether an `output_item.added` began it: then an `output_item.done` shall end it."""
    done: bool = False
    """Whether an `output_item.done` came."""
    phase: str = ""
    """What a message is for: "analysis", "commentary", "final_answer"; empty where unsaid."""
    arguments: str = ""
    """The arguments of a call as they were announced, for a call of which nothing more comes."""
    said: list[str] = field(default_factory=list)
    """Its text or arguments, as streamed."""
    place: object = None
    """The `content_index` of the part of a message that is being said."""
    begins: dict[object, int] = field(default_factory=dict)
    """Where in `said` each part of a message or thought begins."""
    is_cut: bool = False
    """Whether the server called it incomplete when it was done."""
    is_told: bool = False
    """Whether the server said of all its text or arguments what they are, and nothing since."""
    source: str = ""
    """Which of a thought's two texts is read: the one that came first."""
    part: int | None = None
    """The part of a thought that is being said."""
    owes_gap: bool = False
    """Whether a blank line is owed before more of a thought."""

    @property
    def is_whole(self) -> bool:
        """Whether nothing of it is missing, though its end may be."""
        return (self.done or self.is_told) and not self.is_cut

    def turn_to(self, part: int | None) -> None:
        """Begin the part `part` of the thought."""
        if part is None or part != self.part:
            self.part = part
            self.owes_gap = bool(self.said)
            if part is not None:
                self.speak_of(part)

    def rest(self, whole: str) -> str:
        """Return what `whole` has beyond what was streamed; nothing where they contradict."""
        return beyond("".join(self.said), whole) or ""

    def rest_of_part(self, place: object, whole: str) -> str:
        """Return what of a part was not streamed; nothing where they contradict.

        Args:
            place: which part of a message it is; None where the server does not count.
            whole: all of the part's text.
        """
        if not self.begins:
            return self.rest(whole) if self.said else whole
        place = self.place if place is None else place
        if place not in self.begins:
            return whole
        begun = self.begins[place]
        if begun < max(self.begins.values()):
            return ""  # others began since: it was said
        return beyond("".join(self.said[begun:]), whole) or ""

    def speak_of(self, place: object) -> None:
        """Begin the text of another part."""
        self.place = place
        self.begins.setdefault(place, len(self.said))


class Items:
    """The items of one answer, in the order in which they began."""

    __slots__ = ("_by_id", "_by_index", "_items")

    def __init__(self) -> None:
        self._items: list[OutputItem] = []
        self._by_index: dict[int, OutputItem] = {}
        self._by_id: dict[str, OutputItem] = {}

    @property
    def settled(self) -> bool:
        """Whether something came, and everything that was announced is done."""
        return bool(self.spoken) and all(
            item.done or item.is_told or not item.announced for item in self._items
        )

    @property
    def are_whole(self) -> bool:
        """Whether every item is, and the last one can be the last of an answer."""
        if not self._items or not all(item.is_whole for item in self._items):
            return False
        last = self._items[-1]
        return last.kind in (MESSAGE, CALL) and last.phase not in ("analysis", "commentary")

    @property
    def are_cut(self) -> bool:
        """Whether the server called any item incomplete."""
        return any(item.is_cut for item in self._items)

    @property
    def spoken(self) -> set[str]:
        """The kinds of items of which more came than the announcement."""
        return {item.kind for item in self._items if item.said or item.done}

    def of(self, kind: str) -> Iterable[OutputItem]:
        """Return the items of one kind."""
        return (item for item in self._items if item.kind == kind)

    def begin(self, kind: str, index: object, item_id: object) -> OutputItem:
        """Return the item that an `output_item.added` announces: a known one, else a new one."""
        found = self._tied(kind, index, item_id)
        if found is None or found.done or (found.announced and found.item_id != item_id):
            found = self._new(kind, index, item_id)
        found.announced = True
        return found

    def find(self, kind: str, index: object, item_id: object) -> OutputItem:
        """Return the item that a message between beginning and end is about."""
        found = self._tied(kind, index, item_id)
        if found is None:
            found = self._open(kind, index, item_id) or self._new(kind, index, item_id)
        return found

    def finish(self, kind: str, index: object, item_id: object) -> OutputItem:
        """Return the item that an `output_item.done` ends."""
        found = self._tied(kind, index, item_id)
        if found is not None and found.done and found.ended_as != item_id:
            # A server that gives all its items one index.
            found = None
        if found is None:
            found = self._open(kind, index, item_id) or self._new(kind, index, item_id)
        found.done = True
        found.ended_as = item_id if isinstance(item_id, str) else ""
        return found

    def _tied(self, kind: str, index: object, item_id: object) -> OutputItem | None:
        if isinstance(index, int):
            found = self._by_index.get(index)
            if found is not None and found.kind == kind:
                return found
        if isinstance(item_id, str):
            found = self._by_id.get(item_id)
            if found is not None and found.kind == kind:
                return found
        return None

    def _open(self, kind: str, index: object, item_id: object) -> OutputItem | None:
        """Return the newest open item of the kind that may be meant although its names differ."""
        for item in reversed(self._items):
            if item.kind != kind or item.done:
                continue
            elsewhere = isinstance(index, int) and item.index is not None
            # Of two calls that nothing announced, the ids are all that tells them apart; words
            # and thoughts are safer joined.
            another = kind == CALL and not item.announced and item_id and item.item_id
            if not elsewhere and not another:
                self._name(item, index, item_id)
                return item
        return None

    def _new(self, kind: str, index: object, item_id: object) -> OutputItem:
        item = OutputItem(kind, len(self._items))
        self._items.append(item)
        self._name(item, index, item_id)
        return item

    def _name(self, item: OutputItem, index: object, item_id: object) -> None:
        if isinstance(index, int):
            item.index = index
            self._by_index[index] = item
        if isinstance(item_id, str) and item_id:
            item.item_id = item.item_id or item_id
            self._by_id[item_id] = item
