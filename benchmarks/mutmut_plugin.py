"""A plugin of pytest for `make mutants`: what mutmut, and hypothesis, need not do there.

While it learns which test runs which function, mutmut sets a context variable in each call and
resets it behind. With millions of calls in asyncio tasks, CPython 3.11.7 was seen to crash there.
The record serves to find out which results of an earlier run still hold (`track_dependencies`),
which is not asked for.

A mutant is caught by the first example that fails: to look for the smallest one can take minutes.
So can the few tests that are slow, for each mutant that survives the others: what only they would
catch is a promise that a quick test should make. And a mutant that never ends, or that fills the
memory, is stopped within the test in which it does: mutmut itself waits for as long as all tests
of the function take, and longer.

This asks mutmut for what it does not promise to keep, the name of the mutant in the environment and
how long each test took: a version that has renamed them (this is 3.8) fails here at once.
"""

from __future__ import annotations

import os
import resource
import sys
from functools import lru_cache
from time import process_time

import pytest
from mutmut.core import MutmutCallStack
from mutmut.state import state

setattr(MutmutCallStack, "set", lambda _caller: None)  # noqa: B010 - mypy has no word for this
setattr(MutmutCallStack, "reset", lambda _token: None)  # noqa: B010

_CACHED = type(lru_cache(int))
_QUICK = 1.5  # seconds
# What a quick test may take with a mutant: seconds of processor time, seconds, bytes.
_LONGEST, _LATEST, _MOST = 15, 30, 4 << 30


def pytest_configure() -> None:
    """Let hypothesis shrink nothing; the tests' own profile is loaded before."""
    from hypothesis import Phase, settings  # noqa: PLC0415 - its own plugin has to come first

    phases = (Phase.explicit, Phase.generate)
    settings.register_profile("mutants", parent=settings.default, phases=phases)
    settings.load_profile("mutants")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests that took long without a mutant, but where mutmut asks for all names."""
    if os.environ["MUTANT_UNDER_TEST"] == "list_all_tests":
        return
    took = state().duration_by_test
    slow = [item for item in items if took.get(item.nodeid, 0) >= _QUICK]
    items[:] = [item for item in items if took.get(item.nodeid, 0) < _QUICK]
    config.hook.pytest_deselected(items=slow)
    if _is_mutated():
        _forget()
        for item in items:
            item.add_marker(pytest.mark.timeout(_LATEST))


def pytest_runtest_setup() -> None:
    """Give a mutant so much time, from here, and memory; the system ends it where it needs more."""
    if _is_mutated():
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (int(process_time()) + _LONGEST, hard))
        resource.setrlimit(resource.RLIMIT_AS, (_MOST, _MOST))


def _forget() -> None:
    """Clear all caches: what they hold was found without the mutant, before the fork."""
    for name, module in [*sys.modules.items()]:
        if name.startswith("tickertape."):
            for one in vars(module).values():
                if isinstance(one, _CACHED):
                    one.cache_clear()


def _is_mutated() -> bool:
    return "__mutmut_" in os.environ["MUTANT_UNDER_TEST"]
