"""A piece of formatting: which kind, from where to where."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DETECTED", "SPLITTABLE", "EntitySpan"]

SPLITTABLE = frozenset({"bold", "italic", "underline", "strikethrough", "spoiler"})
"""Kinds that may be split where they overlap others."""

DETECTED = frozenset(
    {
        "mention",
        "hashtag",
        "cashtag",
        "bot_command",
        "url",
        "email",
        "phone_number",
        "bank_card_number",
    }
)
"""Kinds that the server finds by itself; a bot that sends them is not heeded."""


@dataclass(frozen=True, slots=True)
class EntitySpan:
    """One entity, counted in code points."""

    kind: str
    """The `type` of the entity."""
    start: int
    """Its first character."""
    end: int
    """The character after its last one."""
    extra: tuple[tuple[str, object], ...] = ()
    """What else belongs to it: a url, a language, a user."""

    @property
    def is_quote(self) -> bool:
        """Whether it is a block quotation, inside which other entities may stand."""
        return self.kind in {"blockquote", "expandable_blockquote"}
