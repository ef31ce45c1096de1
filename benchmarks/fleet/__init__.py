"""Many processes that answer as one, watched and measured: `python -m benchmarks.fleet`.

    load ─▶ Hub (a platform of our own) ─▶ `tickertape serve` x n ─▶ Hub ─▶ Judge
                                              │
                                              └─▶ reports: when each turn began, and where

The processes are real, and so are Postgres and everything between. The platform is a socket that
costs little (`hub`, `channel`), and the agent says one line (`agent`): what is left is the fleet.
`watching` is `make fleet`, with Telegram's emulator in the place of the hub.
"""

from __future__ import annotations

__all__: list[str] = []
