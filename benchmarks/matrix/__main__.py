"""`python -m benchmarks.matrix`: live answers on a real homeserver."""

from __future__ import annotations

from benchmarks.matrix.live import report

if __name__ == "__main__":
    print(report())
