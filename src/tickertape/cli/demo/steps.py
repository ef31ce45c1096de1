"""What the demo says while it starts: a line for each step."""

from __future__ import annotations

import sys

__all__ = ["tell"]


def tell(line: str) -> None:
    """Print a line on standard error: standard output has the address, and nothing else."""
    if sys.stderr is not None:
        print(line, file=sys.stderr, flush=True)
