"""Random runs of the core against the emulated Telegram: none breaks a promise."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tickertape.simulation.draw import draw
from tickertape.simulation.loop import play
from tickertape.simulation.trials import try_seeds

pytest_plugins = ["simulation_fixtures"]
pytestmark = pytest.mark.usefixtures("quiet")

# A nightly-sized number of runs is `make simulate`.
RUNS = 160


def test_random_runs_break_no_promise() -> None:
    """Faults at every step, limits, stops, people: all text stands there, whole, once."""
    trials = try_seeds(range(1, 1 + RUNS))
    assert {failure.seed: list(map(str, failure.violations)) for failure in trials.failures} == {}
    tally = trials.tally
    assert tally.runs == RUNS
    assert tally.answers > RUNS
    once = {"lost", "slow", "status", "reset", "throttle", "refuse"}
    lasting = {"garbled", "held", "noid", "unreached"}
    assert once | lasting == set(tally.faults)
    assert {"command", "draft", "message", "shutdown", "cancel"} == set(tally.stops)
    assert tally.refused["by flood control"] > 0
    assert tally.given_up < tally.answers / 10


def test_a_run_is_the_same_each_time() -> None:
    """Twice in one process, with the ids of drafts and everything else that chance decides."""
    for seed in (3, 4, 5):
        assert play(draw(seed)) == play(draw(seed))


def test_a_run_is_the_same_in_any_process() -> None:
    """No order of hashes, no clock and no chance from outside gets in."""
    code = (
        "from tickertape.simulation.draw import draw\n"
        "from tickertape.simulation.loop import play\n"
        "print(ascii([play(draw(seed)) for seed in range(40, 50)]))"
    )
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == ascii([play(draw(seed)) for seed in range(40, 50)])
