"""Who watches the gateway, and what they are told.

watch          what a gateway tells its observers: the facts, and how far it has come
turn           one turn, measured while it runs
screens        the films of the turns that run, by where they are shown
channels       a channel whose actions are noted
log_lines      the log (an observer)
prometheus     metrics (an observer)
traces         OpenTelemetry (an observer): what spans say stands in genai
readiness      whether the program takes work, and why not
pages          `/healthz`, `/readyz` and `/metrics`
observers      the observers that a configuration asks for
"""

from __future__ import annotations

__all__: list[str] = []
