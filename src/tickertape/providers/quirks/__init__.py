"""How servers differ, purely: what each wants to be asked like, and what helps after a refusal.

profile, profiles  what servers want to be asked like, and which of them
workarounds        changes to a refused request; known: which refusal calls for which
"""

from __future__ import annotations

__all__: list[str] = []
