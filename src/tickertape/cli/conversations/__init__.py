"""Conversations of the terminal, kept on this machine: `ask -c`, `chat -c` and `tickertape logs`.

log        the file in which they are: what is written to it, and read from it
exchange   a question with its answer, purely, and how it is told
saving     a memory of `chat` that is kept
command    `tickertape logs`
"""

from __future__ import annotations

__all__: list[str] = []
