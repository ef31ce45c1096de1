"""What a text that comes as a whole has beyond the pieces that came before it."""

from __future__ import annotations

__all__ = ["beyond"]


def beyond(streamed: str, whole: str) -> str | None:
    """Return what `whole` says after `streamed`; None where it says something else.

    Blanks may differ between the two: servers trim what they sum up.

    Args:
        streamed: what was said in pieces.
        whole: what the server says was said.
    """
    if whole.startswith(streamed):
        return whole[len(streamed) :]
    bare = "".join(streamed.split())
    place = 0
    for at, character in enumerate(whole):
        if place == len(bare):
            return whole[at:] if whole[at:].strip() else ""
        if character.isspace():
            continue
        if character != bare[place]:
            return None
        place += 1
    return "" if place == len(bare) else None
