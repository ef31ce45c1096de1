"""Nothing is shown of a segment until it is complete: then it is posted, or edited."""

from __future__ import annotations

from tickertape.delivery.ways.edit import accepted, action, unheard

__all__ = ["accepted", "action", "unheard"]
