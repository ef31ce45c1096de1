"""A plugin of pytest for `make mutants`: what mutmut, and hypothesis, need not do there.

While it learns which test runs which function, mutmut sets a context variable in each call and
resets it behind. With millions of calls in asyncio tasks, CPython 3.11.7 was seen to crash there.
The record serves to find out which results of an earlier run still hold (`track_dependencies`),
which is not asked for.

A mutant is caught by the first example that fails: to look for the smallest one can take minutes.
"""

from __future__ import annotations

from mutmut.core import MutmutCallStack

setattr(MutmutCallStack, "set", lambda _caller: None)  # noqa: B010 - mypy has no word for this
setattr(MutmutCallStack, "reset", lambda _token: None)  # noqa: B010


def pytest_configure() -> None:
    """Let hypothesis shrink nothing; the tests' own profile is loaded before."""
    from hypothesis import Phase, settings  # noqa: PLC0415 - its own plugin has to come first

    phases = (Phase.explicit, Phase.generate)
    settings.register_profile("mutants", parent=settings.default, phases=phases)
    settings.load_profile("mutants")
