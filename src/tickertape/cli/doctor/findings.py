"""What a check comes to, purely."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Finding", "Level", "error", "ok", "skipped", "warning"]


class Level(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    """Nothing is to be done."""
    WARNING = "warning"
    """The gateway works, but perhaps not as it was meant."""
    ERROR = "error"
    """The gateway does not start, or does not answer."""
    SKIPPED = "skipped"
    """It was not checked."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found."""

    level: Level
    """How bad it is."""
    subject: str
    """What it is about: two or three words."""
    what: str
    """What was found, as a part of a sentence."""
    cure: str = ""
    """What to do, as a sentence; empty if nothing is to be done."""


def ok(subject: str, what: str) -> Finding:
    """Return a finding that is as it should be."""
    return Finding(Level.OK, subject, what)


def warning(subject: str, what: str, cure: str) -> Finding:
    """Return a finding that may not be as it was meant."""
    return Finding(Level.WARNING, subject, what, cure)


def error(subject: str, what: str, cure: str) -> Finding:
    """Return a finding that keeps the gateway from working."""
    return Finding(Level.ERROR, subject, what, cure)


def skipped(subject: str, why: str, cure: str = "") -> Finding:
    """Return the finding of a check that was left out."""
    return Finding(Level.SKIPPED, subject, why, cure)
