"""Piper: neural voices that run on a processor, with a voice file that the person has."""

from __future__ import annotations

__all__: list[str] = []
