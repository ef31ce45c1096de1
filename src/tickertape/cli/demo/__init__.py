"""`tickertape demo`: everything at once, without keys or accounts.

command  the command: what it refuses and fetches
stage    a model or its stand-in, a Telegram, and the gateway between them
steps    what it says while it starts
canned   what is said where no model is at hand
"""

from __future__ import annotations

__all__: list[str] = []
