"""The guard of everything that is shown live: what of it still has to be shown at the end.

It is derived from what was acknowledged, whatever that is counted in: the characters of a text,
the rows of a screen, the sentences that were spoken. No flag says that something "was sent".
"""

from __future__ import annotations

from typing import TypeVar

__all__ = ["rest", "stands"]

Said = TypeVar("Said", str, tuple[str, ...])


def rest(said: Said, acknowledged: Said) -> Said:
    """Return what of `said` is not acknowledged yet.

    What was acknowledged is a beginning of what was said: the rest follows it. It already goes
    further than what was said: nothing is left. It is something else: all of it is.

    Args:
        said: All that was said, so far or in the end.
        acknowledged: What is known to have been shown, from its beginning.
    """
    if said[: len(acknowledged)] == acknowledged:
        return said[len(acknowledged) :]
    return said[:0] if acknowledged[: len(said)] == said else said


def stands(said: Said, acknowledged: Said) -> bool:
    """Return whether `said` is what was acknowledged, or begins like it, or goes on from it.

    False: what was acknowledged is something else, and `said` has to be shown from its beginning.
    """
    common = min(len(said), len(acknowledged))
    return said[:common] == acknowledged[:common]
