"""What an answer cost, as the protocols of one family count it."""

from __future__ import annotations

from collections.abc import Mapping

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
            return Usage(counts[0], counts[1], _cached(said))
    return None


def _cached(said: Mapping[str, object]) -> int:
    """Read how many of the tokens came from the server's cache.

    Sources: openai 3.54, types/completion_usage.py (`prompt_tokens_details`) and
    types/responses/response_usage.py (`input_tokens_details`); DeepSeek's API, "Context Caching"
    (`prompt_cache_hit_tokens`).
    """
    for details in (said.get("prompt_tokens_details"), said.get("input_tokens_details")):
        if isinstance(details, Mapping):
            return count_of(details.get("cached_tokens")) or 0
    return count_of(said.get("prompt_cache_hit_tokens")) or 0


def count_of(said: object) -> int | None:
    """Read a number of tokens; None for what is none."""
    return said if isinstance(said, int) and not isinstance(said, bool) and said >= 0 else None
