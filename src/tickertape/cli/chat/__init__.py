"""`tickertape chat`: a conversation in the terminal.

command                  the command, and the gateway that it runs
window                   answers above a line of input
keyboard, prompt_screen  that line of input, and what is painted above it
by_line                  the same without a screen
stdin_channel            the person at this machine, as a channel of the gateway
voice                    answers are spoken
"""

from __future__ import annotations

__all__: list[str] = []
