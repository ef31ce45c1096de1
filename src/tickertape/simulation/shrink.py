"""Cuts a script that fails down to a small one that still fails in the same way.

Greedy: parts are left out and values made simpler, one change at a time, the large ones first, and
a change is kept when the script still fails. It ends when no change helps, or after a number of
attempts. Nothing here knows what failing is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from tickertape.delivery.streaming import StreamingConfig
from tickertape.emulator.faults import PlannedFault
from tickertape.emulator.settings import Settings
from tickertape.simulation.script import Beat, Line, Room, Script, Speech, chat_id_of

__all__ = ["ATTEMPTS", "shrink"]

ATTEMPTS = 2_000
"""How many scripts are tried: at about 20 ms each, most of a minute."""

_OFF_THE_BEAT = 0.0005  # at the moment of a beat no one could say which of the two comes first

T = TypeVar("T")


def shrink(script: Script, fails: Callable[[Script], bool], attempts: int = ATTEMPTS) -> Script:
    """Return the smallest script that was found to fail.

    Args:
        script: one that fails.
        fails: whether a script fails in the way that counts.
        attempts: how often `fails` may be asked.
    """
    left = attempts
    smaller = True
    while smaller:
        smaller = False
        # A change that helped is tried again from the smaller script, as long as it helps.
        for change in (_fewer_rooms, _fewer_parts, _fewer_beats, _simpler):
            candidates = change(script)
            while left > 0 and (candidate := next(candidates, None)) is not None:
                left -= 1
                if candidate != script and fails(candidate):
                    script, smaller = candidate, True
                    candidates = change(script)
    return script


def _fewer_rooms(script: Script) -> Iterator[Script]:
    for start, end in _runs(len(script.rooms)):
        if end - start < len(script.rooms):
            yield _without_rooms(script, range(start, end))


def _without_rooms(script: Script, gone: range) -> Script:
    """Leave out rooms; deeds and faults that name the others follow them to their new numbers."""
    kept = [index for index in range(len(script.rooms)) if index not in gone]
    places = {old: new for new, old in enumerate(kept)}
    kinds = [room.kind for room in script.rooms]
    ids = {chat_id_of(old, kinds[old]): chat_id_of(new, kinds[old]) for old, new in places.items()}
    limits = script.settings.chats
    return replace(
        script,
        rooms=tuple(script.rooms[index] for index in kept),
        deeds=tuple(
            replace(deed, room=places[deed.room]) for deed in script.deeds if deed.room in places
        ),
        faults=tuple(
            planned if planned.chat_id is None else replace(planned, chat_id=ids[planned.chat_id])
            for planned in script.faults
            if planned.chat_id is None or planned.chat_id in ids
        ),
        settings=replace(
            script.settings,
            chats={ids[old]: own for old, own in limits.items() if old in ids},
        ),
    )


def _fewer_parts(script: Script) -> Iterator[Script]:
    for deeds in _shorter(script.deeds):
        yield replace(script, deeds=deeds)
    for faults in _shorter(script.faults):
        yield replace(script, faults=faults)
    for restarts in _shorter(script.restarts):
        yield replace(script, restarts=restarts)
    for index, room in enumerate(script.rooms):
        for lines in _shorter(room.lines):
            if lines:
                yield _with_room(script, index, replace(room, lines=lines))
        for number, line in enumerate(room.lines):
            for speeches in _shorter(line.speeches):
                changed = _put(room.lines, number, replace(line, speeches=speeches))
                yield _with_room(script, index, replace(room, lines=changed))


def _fewer_beats(script: Script) -> Iterator[Script]:
    for speech, put in _speeches(script):
        for beats in _shorter(speech.beats):
            yield put(replace(speech, beats=beats))
            if speech.stop is not None:
                # A stop that comes after the end of what is left would stop nothing.
                middle = sum(beat.pause for beat in beats) / 2 + _OFF_THE_BEAT
                stop = replace(speech.stop, after=middle)
                yield put(replace(speech, beats=beats, stop=stop))


def _simpler(script: Script) -> Iterator[Script]:
    """Make values simpler: settings, faults, times, texts, and how answers end."""
    round_trip = replace(Settings(), round_trip=0.08)
    yield replace(script, settings=round_trip)
    yield replace(script, settings=replace(round_trip, chats=script.settings.chats))
    yield replace(script, has_rich=True)
    yield replace(script, has_aiogram=False)
    yield replace(script, streams=None)
    for number, planned in enumerate(script.faults):
        for easier in _easier_faults(planned):
            yield replace(script, faults=_put(script.faults, number, easier))
    for number, restart in enumerate(script.restarts):
        easier_restart = replace(restart, grace=0.0, down_for=0.5)
        yield replace(script, restarts=_put(script.restarts, number, easier_restart))
    for speech, put in _speeches(script):
        for easier_speech in _easier_speeches(speech):
            yield put(easier_speech)
        for number, beat in enumerate(speech.beats):
            for easier_beat in _easier_beats(beat):
                yield put(replace(speech, beats=_put(speech.beats, number, easier_beat)))


def _easier_faults(planned: PlannedFault) -> Iterator[PlannedFault]:
    if planned.times > 1:
        yield replace(planned, times=1)
        yield replace(planned, times=planned.times - 1)
    if planned.skip:
        yield replace(planned, skip=0)
        yield replace(planned, skip=planned.skip - 1)


def _easier_speeches(speech: Speech) -> Iterator[Speech]:
    yield replace(speech, stop=None)
    if speech.stop is not None and speech.stop.after > 4 * _OFF_THE_BEAT:
        yield replace(speech, stop=replace(speech.stop, after=speech.stop.after / 2))
    yield replace(speech, ending="finish", timeout=10_000.0137)
    yield replace(speech, config=StreamingConfig())
    yield replace(speech, pause=0.0, points_back=False)
    yield replace(speech, beats=tuple(replace(beat, pause=0.0) for beat in speech.beats))


def _easier_beats(beat: Beat) -> Iterator[Beat]:
    if beat.pause > 0.02:
        yield replace(beat, pause=0.02)
    half = (len(beat.text) + 1) // 2
    if half < len(beat.text):
        yield replace(beat, text=beat.text[:half])


def _speeches(script: Script) -> Iterator[tuple[Speech, Callable[[Speech], Script]]]:
    """Yield every answer, with a function that replaces it."""
    for index, room in enumerate(script.rooms):
        for number, line in enumerate(room.lines):
            for place, speech in enumerate(line.speeches):
                yield speech, _Place(script, index, number, place)


class _Place:
    """Where an answer stands in a script."""

    __slots__ = ("_line", "_room", "_script", "_speech")

    def __init__(self, script: Script, room: int, line: int, speech: int) -> None:
        self._script, self._room, self._line, self._speech = script, room, line, speech

    def __call__(self, speech: Speech) -> Script:
        room = self._script.rooms[self._room]
        line: Line = room.lines[self._line]
        changed = replace(line, speeches=_put(line.speeches, self._speech, speech))
        lines = _put(room.lines, self._line, changed)
        return _with_room(self._script, self._room, replace(room, lines=lines))


def _with_room(script: Script, index: int, room: Room) -> Script:
    return replace(script, rooms=_put(script.rooms, index, room))


def _put(items: tuple[T, ...], index: int, item: T) -> tuple[T, ...]:
    return (*items[:index], item, *items[index + 1 :])


def _shorter(items: Sequence[T]) -> Iterator[tuple[T, ...]]:
    """Leave out runs of items: all of them, halves, quarters, and so on down to single ones."""
    for start, end in _runs(len(items)):
        yield (*items[:start], *items[end:])


def _runs(count: int) -> Iterator[tuple[int, int]]:
    length = count
    while length > 0:
        for start in range(0, count, length):
            yield start, min(start + length, count)
        length //= 2
