"""A sample of mutants, and which of them the tests catch: `python -m benchmarks.mutants`.

    python -m benchmarks.mutants --count 300 --seed 1 --least 92

A mutant is the code with one small change: a comparison, a number, an argument, a branch. Tests
that pass beside it do not tell what the code does there. mutmut makes the mutants and runs, for
each, the tests that ran its function (`[tool.mutmut]` in pyproject.toml says which packages and
which tests, `benchmarks/mutmut_plugin.py` which of these are too slow); it has no sampling of its
own, and the packages have some 15,000 mutants. So this asks it for the names of all, draws some,
and prints those that survived as diffs, to be read one by one: a promise that no test makes, or a
change that changes nothing.

What mutmut keeps in the folder `mutants` saves a second run most of the beginning, which is half of
some twenty minutes on two cores; `make clean` removes it. Which tests ran a function is noted when
a test is new, and not again: after larger changes begin anew.
Functions that have a decorator (properties, say), and what stands outside of functions, are not
mutated.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

# All mutants are made, and all tests run once, before the first is looked at: these are few.
_FEW = "tickertape.delivery.acknowledged.*"
_CAUGHT = ("killed", "timeout")
_COMMAND = Path(sys.executable).with_name("mutmut")


def main(words: Sequence[str]) -> int:
    """Draw mutants, try each, and print the survivors; return 1 if too few were caught."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutants", description=__doc__)
    parser.add_argument("--count", type=int, default=300, help="how many mutants")
    parser.add_argument("--seed", type=int, default=1, help="which of them are drawn")
    parser.add_argument("--children", default="2", help="how many are tried at once")
    parser.add_argument("--least", type=float, default=92.0, help="how many of 100 must be caught")
    asked = parser.parse_args(words)
    print("Making all mutants, and running the tests without any ...", flush=True)
    _mutmut("run", "--max-children", asked.children, _FEW)
    names = sorted(_results())
    drawn = random.Random(asked.seed).sample(names, min(asked.count, len(names)))  # noqa: S311
    print(f"Trying {len(drawn)} of {len(names)} mutants ...", flush=True)
    _mutmut("run", "--max-children", asked.children, *drawn)
    results = _results()
    ended = {name: results[name] for name in drawn}
    survivors = sorted(name for name in drawn if ended[name] not in _CAUGHT)
    for name in survivors:
        print(_mutmut("show", name), flush=True)
    caught = 100.0 * (len(drawn) - len(survivors)) / len(drawn)
    print(f"{len(drawn)} of {len(names)} mutants: {dict(Counter(ended.values()))}")
    print(f"caught: {caught:.1f} % (at least {asked.least:g} %)")
    return 0 if caught >= asked.least else 1


def _results() -> dict[str, str]:
    """Return what became of each mutant, by its name."""
    lines = _mutmut("results", "--all", "true").splitlines()
    found = (line.strip().rpartition(": ") for line in lines if ": " in line)
    return {name: status for name, _, status in found}


def _mutmut(*arguments: str) -> str:
    """Run mutmut, with the same examples in each run of a test, and return what it wrote.

    Raises:
        RuntimeError: it failed, as it does where a test fails without a mutant.
    """
    ended = subprocess.run(  # noqa: S603 - our own arguments
        [_COMMAND, *arguments],
        env={**os.environ, "CI": "1"},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if ended.returncode:
        msg = f"mutmut {arguments[0]} failed: {ended.stdout[-4_000:]}"
        raise RuntimeError(msg)
    return ended.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
