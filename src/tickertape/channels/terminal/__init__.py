"""The terminal: one answer shown while it is written, printed once, formatted.

    reply = TerminalReply(Screen(columns=100, rows=40))     pure: events in, frames out
    TerminalConsumer(terminal)                      carries one answer to a `Terminal`
    TerminalTransport()                             is a `Terminal`: writes frames to a real one

A class that shows frames elsewhere (above a line of input, say) is a `Terminal`, too. The parts
are imported from their own modules, because painting needs rich, which takes a moment to load:
`frames` (values and the port), `reply` (the machine), `consumer` and `transport` (effects).
"""

from __future__ import annotations

from tickertape.channels.terminal.frames import Frame, Terminal, TerminalScreen

__all__ = ["Frame", "Terminal", "TerminalScreen"]
