"""`tickertape doctor`: what is wrong with a set-up, each in one line with its cure.

findings                       what a check comes to, as a value; report: as lines of text
variables, bots, models,       judge what was found, purely
servers, clock, disk
network, database, tools,      look: at servers, at the database, at programs and modules
checks, command                which checks there are; runs them all at once
"""

from __future__ import annotations

__all__: list[str] = []
