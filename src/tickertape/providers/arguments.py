"""The arguments of a tool call, put together from the pieces that a server sent.

By every protocol each piece is more of them. Some servers repeat all that they had in each piece,
or in a last one (NousResearch/hermes-agent#35718, vercel/ai#12052), perhaps with other blanks. Only
the pieces tell: strung together, repeated arguments are never a JSON object, because each piece but
the last leaves one open. So pieces that make an object together are more of it, which keeps an
object within itself (`{"not":` and then `{"not":…`) what it is; where they make none, a piece that
begins with all that came replaces it.
"""

from __future__ import annotations

from collections.abc import Sequence

from tickertape.providers.json_text import is_object

__all__ = ["joined"]


def joined(pieces: Sequence[str]) -> str:
    """Return the arguments that pieces make, in time that grows with their length alone."""
    if len(pieces) < 2:
        return "".join(pieces)
    strung = "".join(pieces)
    # Pieces that go on do not begin with a brace, but for objects in objects.
    if not any(piece.lstrip().startswith("{") for piece in pieces[1:]) or is_object(strung):
        return strung
    kept = [piece for piece in pieces if piece.strip() != "{}"]
    if len(kept) < len(pieces) and is_object("".join(kept)):
        return "".join(kept)  # no arguments before the arguments came, or behind them
    return _repeated(pieces)


def _repeated(pieces: Sequence[str]) -> str:
    kept: list[str] = []
    seen, size = "", 0
    for piece in pieces:
        bare = "".join(piece.split())
        # Shorter ones cannot begin with what came: each look costs no more than the piece is long.
        if size and len(bare) >= size and bare.startswith("{"):
            seen = seen or "".join("".join(kept).split())
            if bare.startswith(seen):
                kept, seen, size = [piece], bare, len(bare)
                continue
        kept.append(piece)
        seen, size = "", size + len(bare)
    return "".join(kept)
