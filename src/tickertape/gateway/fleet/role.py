"""What a process of a fleet does."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["ProcessRole"]


class ProcessRole(StrEnum):
    """What a process does of what a gateway does."""

    ALL = "all"
    """It reads channels, and answers."""
    INTAKE = "intake"
    """It reads channels, and answers only strangers who ask to be let in."""
    WORKER = "worker"
    """It answers."""
