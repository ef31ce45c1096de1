"""The terminal: one answer shown while it is written, printed once, formatted.

    roll = Roll(Screen(columns=100, rows=40))       pure: events in, frames out
    TerminalConsumer(terminal)                      carries one answer to a `Terminal`
    TerminalTransport()                             is a `Terminal`: writes frames to a real one

Whoever shows frames in another place (above a line of input, say) is a `Terminal`, too. The parts
are imported from their own modules, because painting needs rich, which takes a moment to load:
`frames` (values and the port), `roll` (the machine), `consumer` and `transport` (effects).
"""

from __future__ import annotations

from tickertape.channels.terminal.frames import Frame, Screen, Terminal

__all__ = ["Frame", "Screen", "Terminal"]
