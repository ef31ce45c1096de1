"""`tickertape bench live`: how live replies are, measured.

command    the command: what it refuses, prints and writes
plan       what is to be measured, as one checked value
rehearsal  an agent, a channel, and conversations between
report     what was found, as a table and as JSON, purely
"""

from __future__ import annotations

__all__: list[str] = []
