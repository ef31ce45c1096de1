"""What an answer cost, as the protocols of one family count it."""

from __future__ import annotations

from tickertape.events import Usage

__all__ = ["count_of", "usage_of"]


def usage_of(said: object) -> Usage | None:
    """Read what a server counted, in the words of Responses or of Chat Completions.

    Args:
        said: the `usage` of an answer.
    """
    if not isinstance(said, dict):
        return None
    for read, wrote in (("prompt_tokens", "completion_tokens"), ("input_tokens", "output_tokens")):
        counts = count_of(said.get(read)), count_of(said.get(wrote))
        if counts[0] is not None and counts[1] is not None:
            return Usage(counts[0], counts[1])
    return None


def count_of(said: object) -> int | None:
    """Read a number of tokens; None for what is none."""
    return said if isinstance(said, int) and not isinstance(said, bool) and said >= 0 else None
