"""A run as a JSON text: the script, so that it can be played again, and what came of it.

    text = written(record, violations)
    transcript = read(text)     # play(transcript.script) makes transcript.calls, with the same core

The form has a version; a text of another version is refused, not misread.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from pydantic import TypeAdapter, ValidationError

from tickertape.emulator.answers import Json
from tickertape.emulator.faults import read_fault
from tickertape.emulator.fields import FieldError
from tickertape.emulator.settings import Settings
from tickertape.simulation.record import Record, SimulatedCall
from tickertape.simulation.script import Deed, Restart, Room, Script, StreamKind
from tickertape.simulation.violations import Violation

__all__ = ["VERSION", "RunTranscript", "TranscriptError", "read", "written"]

VERSION = 1
"""The form that is written."""

_ROOMS = TypeAdapter(tuple[Room, ...])
_DEEDS = TypeAdapter(tuple[Deed, ...])
_RESTARTS = TypeAdapter(tuple[Restart, ...])
_STREAMS: TypeAdapter[StreamKind | None] = TypeAdapter(StreamKind | None)
_CALLS = TypeAdapter(tuple[SimulatedCall, ...])


class TranscriptError(ValueError):
    """A text is no transcript; the sentence says why."""


@dataclass(frozen=True, slots=True)
class RunTranscript:
    """What a transcript says."""

    script: Script
    """What was to happen."""
    calls: tuple[SimulatedCall, ...]
    """The calls that were made when it was written."""


def written(record: Record, violations: Sequence[Violation]) -> str:
    """Write a run down."""
    script = record.script
    document: Json = {
        "tickertape_simulation": VERSION,
        "violations": [str(violation) for violation in violations],
        "script": {
            "seed": script.seed,
            "rooms": _ROOMS.dump_python(script.rooms, mode="json", exclude_defaults=True),
            "deeds": _DEEDS.dump_python(script.deeds, mode="json", exclude_defaults=True),
            "faults": [planned.as_json() for planned in script.faults],
            "settings": script.settings.as_json(),
            "restarts": _RESTARTS.dump_python(script.restarts, mode="json"),
            "has_rich": script.has_rich,
            "has_aiogram": script.has_aiogram,
            "only_writer": script.only_writer,
            "streams": script.streams,
        },
        "answers": [asdict(told) for told in record.told],
        "screens": [asdict(room) for room in record.rooms],
        "calls": _CALLS.dump_python(record.calls, mode="json", exclude_defaults=True),
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def read(text: str) -> RunTranscript:
    """Read what was written.

    Raises:
        TranscriptError: It is no transcript, or one of another version.
    """
    try:
        document = json.loads(text)
    except ValueError:
        raise TranscriptError("This is not JSON.") from None
    version = document.get("tickertape_simulation") if isinstance(document, dict) else None
    if version != VERSION:
        raise TranscriptError(f"This is no transcript of version {VERSION}.")
    try:
        return RunTranscript(_script(document["script"]), _CALLS.validate_python(document["calls"]))
    except (KeyError, TypeError, ValidationError, FieldError) as error:
        reason = str(error).partition("\n")[0]
        raise TranscriptError(f"This transcript is damaged: {reason}") from None


def _script(document: Json) -> Script:
    seed, faults = document["seed"], document["faults"]
    if not isinstance(seed, int) or not isinstance(faults, list):
        raise TypeError("the seed is a number, and the faults are a list")
    return Script(
        seed=seed,
        rooms=_ROOMS.validate_python(document["rooms"]),
        deeds=_DEEDS.validate_python(document["deeds"]),
        faults=tuple(read_fault(order) for order in faults),
        settings=Settings().changed(document["settings"]),
        restarts=_RESTARTS.validate_python(document.get("restarts", [])),
        has_rich=document.get("has_rich") is not False,
        has_aiogram=document.get("has_aiogram") is True,
        only_writer=document.get("only_writer") is True,
        streams=_STREAMS.validate_python(document.get("streams")),
    )
