"""`python -m benchmarks [PART ...]`: measure, and print tables. All parts by default.

The part `field` runs only where `make bench` has set the others up.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks import (
    commands,
    cost,
    decode,
    frames,
    journal,
    live,
    load,
    policy,
    serving,
    spoken,
    terminal,
    turns,
    watching,
)
from benchmarks.field import entrants, side_by_side
from benchmarks.fleet import __main__ as fleet
from benchmarks.matrix import live as matrix


@dataclass(frozen=True, slots=True)
class _Part:
    title: str
    run: Callable[[], str]


_HERE = f"emulator with {live.ROUND_TRIP * 1000:.0f} ms round trip and default limits"
_PARTS = {
    "cost": _Part("What a stream costs", cost.run),
    "frames": _Part(
        f"What previews of an answer of {frames.CHARACTERS:,} characters cost", frames.run
    ),
    "load": _Part(f"{load.STREAMS} live streams at 50 tokens a second, without HTTP", load.run),
    "decode": _Part("Decoding a chunk of a model's stream", decode.run),
    "turns": _Part(
        f"{turns.TURNS} turns at once at {turns.RATE:.0f} tokens a second for "
        f"{turns.SECONDS:.0f} s, on one core",
        turns.run,
    ),
    "journal": _Part(
        f"{journal.RATE} turns a second on a file of SQLite, without a model and HTTP", journal.run
    ),
    "fleet": _Part(
        "Several processes on one Postgres, without models: `python -m benchmarks.fleet`, short",
        fleet.run,
    ),
    "serving": _Part(
        "`tickertape serve`: its start, its memory, and "
        f"{serving.CHATS} answers at once over real HTTP",
        serving.run,
    ),
    "watching": _Part("What it takes to watch a gateway, without sockets", watching.run),
    "terminal": _Part(
        f"An answer of {terminal.CHARACTERS:,} characters in {terminal.DELTAS:,} deltas over "
        f"{terminal.SECONDS:.0f} s on a terminal of 100 x 40",
        terminal.run,
    ),
    "commands": _Part(
        "The same by `tickertape ask` and `tickertape chat`, from a model's server", commands.run
    ),
    "policy": _Part("Mean delay over the clairvoyant's, in virtual time", policy.report),
    "live": _Part(
        f"Live replies: {_HERE}, median of {live.ROUNDS} runs (about {live.ROUNDS * 46} s)",
        live.report,
    ),
    "matrix": _Part(
        "Live answers of 20 s on Matrix: a real Synapse on this machine, seen by a second client; "
        "the worst of the answers at once",
        matrix.report,
    ),
    "spoken": _Part("An answer that is heard while it is shown", spoken.run),
    "field": _Part(
        f"Side by side: {_HERE}, one library after another, each with its defaults",
        side_by_side.report,
    ),
}


def main(words: list[str]) -> int:
    """Run the parts that are named; say how a word that names none should look."""
    unknown = [word for word in words if word not in _PARTS]
    if unknown:
        print(f"there is no part {unknown[0]!r}; parts: {', '.join(_PARTS)}", file=sys.stderr)
        return 2
    if "field" in words and not entrants.is_set_up():
        print("the others are not set up: make bench-field does it", file=sys.stderr)
        return 2
    for name in words or _PARTS:
        if name == "field" and not entrants.is_set_up():
            continue
        part = _PARTS[name]
        print(f"\n{part.title}\n", flush=True)
        print(part.run(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
