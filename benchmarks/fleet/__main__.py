"""`python -m benchmarks.fleet [TRIAL ...]`: measure a fleet on this machine, and judge each run.

    python -m benchmarks.fleet                                 # all of it, in short
    python -m benchmarks.fleet latency --rate 200 --seconds 60 --postgres 15
    python -m benchmarks.fleet kills --seconds 300             # a kill each 20 s
    python -m benchmarks.fleet drain --count 20000
    python -m benchmarks.fleet watch                           # what `make fleet` shows

The exit code is 1 where a message was lost, answered twice or out of its order.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from dataclasses import replace

from benchmarks.fleet.trials import TRIALS, Asked, Found
from tickertape.cli.tables import aligned

__all__ = ["run"]

_SHORT = {
    "latency": Asked(rate=10.0, seconds=8.0),
    "stop": Asked(count=10),
    "limit": Asked(seconds=8.0, count=40),
    "kills": Asked(rate=2.0, seconds=16.0, every=8.0),
    "drain": Asked(count=200),
}
"""What runs within some minutes, on a machine that is busy, too."""


def run() -> str:
    """Run the short trials, and return tables."""
    return "\n\n".join(_told(name, _tried(name, asked)) for name, asked in _SHORT.items())


def _tried(name: str, asked: Asked) -> Found:
    return asyncio.run(TRIALS[name](asked))


def _told(name: str, found: Found) -> str:
    return aligned([(name, ""), *((f"  {what}", value) for what, value in found.lines)])


def main(words: Sequence[str]) -> int:
    """Run what is named; return 1 where something went wrong in a chat."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.fleet",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("trials", nargs="*", metavar="TRIAL", help=f"{', '.join(TRIALS)} or watch")
    parser.add_argument("--rate", type=float, default=0.0, help="messages a second")
    parser.add_argument("--seconds", type=float, default=0.0, help="for how long people write")
    parser.add_argument("--count", type=int, default=0, help="how many messages, conversations")
    parser.add_argument("--every", type=float, default=20.0, help="seconds between two kills")
    parser.add_argument("--roles", default="", help="processes: intake,worker,worker")
    parser.add_argument("--postgres", default="", help="version of the server: 18, 15")
    parser.add_argument("--seed", type=int, default=1, help="draws chats and moments")
    given = parser.parse_args(words)
    if unknown := [name for name in given.trials if name not in {*TRIALS, "watch"}]:
        parser.error(f"there is no trial {unknown[0]!r}")
    roles = tuple(filter(None, given.roles.split(",")))
    if "watch" in given.trials:
        from benchmarks.fleet.watching import watch  # noqa: PLC0415 - with rich, for people

        return watch(roles or ("all",) * 3, given.rate or 2.0, given.seconds)
    asked = Asked(
        given.rate, given.seconds, given.count, given.every, roles, given.postgres, given.seed
    )
    wrong = 0
    for name in given.trials or _SHORT:
        short = replace(_SHORT[name], version=given.postgres) if not given.trials else asked
        found = _tried(name, short)
        wrong += found.wrong
        print(f"{_told(name, found)}\n", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
