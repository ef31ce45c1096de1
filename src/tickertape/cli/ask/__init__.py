"""`tickertape ask`: one question, one answer.

command     the command: what it refuses, how it ends
formatters  an answer on a screen, as text, as JSON
lines       events as lines of JSON, purely
plain       an answer as bare text, purely; text: that text on its way out
"""

from __future__ import annotations

__all__: list[str] = []
