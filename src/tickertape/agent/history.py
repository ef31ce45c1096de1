"""What a model is given to read of a conversation, purely: as much as fits, the newest first.

A conversation is a head (the system's words) and turns; a turn begins with what a person said, and
consists of the steps, results and words that answered it. The last turn is the present one.

    the present     its question always stays, with what was added to it (only where it is longer
                    than the room, or than half of it with results, its middle goes, and what was
                    added stands before the steps); its longest results are cut first;
                    then its oldest steps go, each with its results
    the past        whole turns, newest first, as many as fit. Where not all of them do, a turn may
                    take half of the room: of a longer one the longest texts lose their middle, or
                    only question and answer are left of it. So one long answer does not wipe out
                    the memory of everything else.

Servers remember what they have read, and read on from there as long as the beginning stays the
same: a past that loses its oldest turn with every question is read again each time. So, where turns
must go, the past begins at a *landmark* if one is near: a turn that is picked out by its own words,
and therefore the same one for many questions, until it has to go itself.

Calls and their results stay together, whatever goes. Everything is weighed by the estimate of
`tickertape.agent.tokens`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, pairwise
from typing import TypeAlias, assert_never
from zlib import crc32

from tickertape.agent.tokens import FRAME, cut, tokens, tokens_of_entries
from tickertape.conversation import (
    Entry,
    Step,
    TextPart,
    ToolCall,
    ToolResult,
    Utterance,
    begins_turn,
    sound,
)

__all__ = ["compact", "fit"]

_Turn: TypeAlias = tuple[Entry, ...]

_LANDMARKS = 4
"""One turn of so many is a landmark: on average one and a half turns more than must go are left
out, and the beginning stays the same for four questions."""

_LEAST = 64
"""Tokens below which a piece of a text is not worth telling: the note of the cut takes up to 30."""


def fit(entries: Sequence[Entry], room: int) -> tuple[Entry, ...]:
    """Return the newest part of a conversation that fits, oldest entry first, completed by `sound`.

    Only the head, the question and the last step of the present turn stay even where they are more
    than `room`: without them there is nothing to ask.

    Args:
        entries: the whole conversation, the present question included.
        room: the tokens that it may take.
    """
    head, turns = _parts(entries)
    if not turns:
        return head
    *past, present = turns
    left = room - tokens_of_entries(head)
    told = _present(present, left)
    left -= tokens_of_entries(told)
    return sound((*head, *_past(past, left), *told))


def compact(entries: Sequence[Entry], room: int, times: int) -> tuple[Entry, ...]:
    """Return what fits into 1/2, 1/4, ... of a conversation that was too long.

    Args:
        entries: the whole conversation, the present question included.
        room: the tokens that it may take as far as we know.
        times: how often the server said that it was too long; 0 is `fit`.
    """
    return fit(entries, min(room, tokens_of_entries(entries)) >> times if times else room)


def _parts(entries: Sequence[Entry]) -> tuple[_Turn, list[_Turn]]:
    """Split a conversation into its head and its turns; answers without a question are dropped."""
    head: list[Entry] = []
    turns: list[list[Entry]] = []
    for entry in entries:
        match entry:
            case Utterance(text=text) if begins_turn(entry):
                if text:
                    turns.append([entry])
            case Utterance(role="system") if not turns:
                head.append(entry)
            case _ if turns:
                turns[-1].append(entry)
            case _:
                pass
    return sound(head), [sound(turn) for turn in turns]


def _past(turns: Sequence[_Turn], room: int) -> _Turn:
    """Return the newest turns that fit; older ones are not even measured."""
    if sum(_costs(turns, room)) <= room:
        return tuple(chain.from_iterable(turns))
    kept: list[_Turn] = []
    left, longest = room, room // 2
    for turn in reversed(turns):
        told = turn if tokens_of_entries(turn) <= longest else _shortened(turn, longest)
        left -= tokens_of_entries(told)
        if left < 0 or not told:
            break
        kept.append(told)
    told_turns = kept[::-1] if len(kept) == len(turns) else _from_landmark(kept[::-1], room)
    return tuple(chain.from_iterable(told_turns))


def _from_landmark(turns: Sequence[_Turn], room: int) -> Sequence[_Turn]:
    """Drop the turns before the first landmark, unless half of the room would stay empty."""
    for first, turn in enumerate(turns):
        kept = turns[first:]
        if sum(map(tokens_of_entries, kept)) < room // 2:
            break
        if _is_landmark(turn):
            return kept
    return turns


def _is_landmark(turn: _Turn) -> bool:
    """Return whether a turn is a landmark: one in four, chosen by the text of its question."""
    return crc32(turn[0].text.encode("utf-8", "replace")) % _LANDMARKS == 0


def _costs(turns: Sequence[_Turn], room: int) -> Iterator[int]:
    """Weigh turns, newest first, until they are more than `room`."""
    for turn in reversed(turns):
        cost = tokens_of_entries(turn)
        yield cost
        room -= cost
        if room < 0:
            return


def _present(turn: _Turn, room: int) -> _Turn:
    if tokens_of_entries(turn) <= room:
        return turn
    questions = [entry for entry in turn if _is_question(entry)]
    groups = _groups([entry for entry in turn if not _is_question(entry)])
    share = (room // 2 if groups else room) // len(questions)
    asked = [_cut(entry, max(share - FRAME, _LEAST)) for entry in questions]
    room -= tokens_of_entries(asked)
    sizes = [[_size(entry) for entry in group] for group in groups]
    for first in range(len(groups)):
        level = _level(list(chain.from_iterable(sizes[first:])), room)
        if level >= _LEAST or first == len(groups) - 1:
            rest = chain.from_iterable(groups[first:])
            return (*asked, *(_cut(entry, max(level, _LEAST)) for entry in rest))
    return tuple(asked)


def _is_question(entry: Entry) -> bool:
    """Return whether an entry is the question of its turn, or was added to it."""
    return isinstance(entry, Utterance) and entry.role == "user"


def _groups(entries: Sequence[Entry]) -> list[_Turn]:
    """Split the answer of a turn so that each step keeps its results."""
    starts = (n for n, entry in enumerate(entries) if not isinstance(entry, ToolResult))
    bounds = [*starts, len(entries)]
    return [tuple(entries[at:end]) for at, end in pairwise(bounds)]


def _shortened(turn: _Turn, room: int) -> _Turn:
    """Return a past turn with its longest texts cut, else its words alone, else nothing."""
    plain = [_plain(entry) for entry in turn]
    if (level := _level([_size(entry) for entry in plain], room)) >= _LEAST:
        return tuple(_cut(entry, level) for entry in plain)
    asked = [entry for entry in turn if _is_question(entry)]
    said = "\n\n".join(_said([entry for entry in turn if not _is_question(entry)]))
    brief = sound([*asked, Utterance("assistant", said)])
    level = _level([_size(entry) for entry in brief], room)
    return tuple(_cut(entry, level) for entry in brief) if level >= _LEAST else ()


def _said(entries: Sequence[Entry]) -> list[str]:
    texts = [entry.text for entry in entries if not isinstance(entry, ToolResult)]
    return [text for text in texts if text]


def _plain(entry: Entry) -> Entry:
    """Return a past entry without reasoning and server-specific items.

    Such items are returned unchanged and together, or not at all.
    """
    if not isinstance(entry, Step):
        return entry
    words = (TextPart(entry.text),) if entry.text else ()
    return Step((*words, *(ToolCall(c.call_id, c.name, c.arguments) for c in entry.calls)))


def _size(entry: Entry) -> tuple[int, int]:
    """Weigh an entry: all of it, and the part of it that can be cut."""
    return tokens_of_entries([entry]), tokens(_text(entry))


def _level(sizes: Sequence[tuple[int, int]], room: int) -> int:
    """Find to how many tokens texts must be cut, the longest first, for all to fit."""
    costs = sorted(text for _, text in sizes)
    room -= sum(whole - text for whole, text in sizes)
    for n, cost in enumerate(costs):
        share = room // (len(costs) - n)
        if cost > share:
            return share
        room -= cost
    return max(_LEAST, *costs)


def _text(entry: Entry) -> str:
    """Return the text of an entry that can be cut."""
    match entry:
        case Utterance(text=text) | ToolResult(text=text):
            return text
        case Step() if _plain(entry) == replace(entry, origin=""):
            return entry.text
        case Step():
            return ""
        case _:
            assert_never(entry)


def _cut(entry: Entry, level: int) -> Entry:
    whole = _text(entry)
    text = cut(whole, level)
    if text == whole:
        return entry
    if isinstance(entry, Step):
        return Step((TextPart(text), *entry.calls), entry.origin)
    return replace(entry, text=text)
