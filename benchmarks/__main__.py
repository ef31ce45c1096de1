"""`python -m benchmarks [cost] [decode] [turns] [live] [field]`: measure, print tables.

All by default; `field` only where `make bench` set the others up.
"""

from __future__ import annotations

import sys

from benchmarks import cost, decode, live, turns
from benchmarks.field import entrants, side_by_side

_PARTS = ("cost", "decode", "turns", "live", "field")
_TERMS = (
    f"emulator with {live.ROUND_TRIP * 1000:.0f} ms round trip and default limits, "
    "one library after another, each with its defaults"
)


def main(words: list[str]) -> int:
    """Run the parts that are named; say how a word that names none should look."""
    unknown = [word for word in words if word not in _PARTS]
    if unknown:
        print(f"there is no part {unknown[0]!r}; parts: {', '.join(_PARTS)}", file=sys.stderr)
        return 2
    parts = words or list(_PARTS)
    if "field" in words and not entrants.is_set_up():
        print("the others are not set up: make bench-field does it", file=sys.stderr)
        return 2
    if "cost" in parts:
        print("\nWhat a stream costs\n")
        print(cost.run(), flush=True)
    if "decode" in parts:
        print("\nDecoding a chunk of a model's stream\n")
        print(decode.run(), flush=True)
    if "turns" in parts:
        print(
            f"\n{turns.TURNS} turns at once at {turns.RATE:.0f} tokens a second for "
            f"{turns.SECONDS:.0f} s, on one core\n",
            flush=True,
        )
        print(turns.run(), flush=True)
    if "live" in parts:
        print(
            f"\nLive replies: emulator with {live.ROUND_TRIP * 1000:.0f} ms round trip and default "
            f"limits, median of {live.ROUNDS} runs (about {live.ROUNDS * 46} s)\n",
            flush=True,
        )
        print(live.table(live.run()), flush=True)
    if "field" in parts and entrants.is_set_up():
        print(f"\nSide by side: {_TERMS}\n", flush=True)
        tables = side_by_side.run()
        print(f"\n{tables}\n\n{side_by_side.remarks()}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
