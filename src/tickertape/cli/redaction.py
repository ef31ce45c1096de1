"""Redacts secrets from lines that are about to leave the program."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

__all__ = ["Redaction"]

# Shorter parts would blot out ordinary words.
_SHORTEST_SECRET = 6
_MARK = "<secret>"


class Redaction:
    """Redacts secrets from a finished line: whole, percent-encoded, or the half after a colon."""

    def __init__(self, secrets: Iterable[str]) -> None:
        """Prepare to redact secrets; empty and very short ones are left alone."""
        forms = set[str]()
        for secret in secrets:
            for part in (secret, secret.partition(":")[2]):
                forms |= {part, quote(part, safe="")}
        long = (form for form in forms if len(form) >= _SHORTEST_SECRET)
        self._forms = sorted(long, key=len, reverse=True)

    def __repr__(self) -> str:
        return "Redaction()"

    def __call__(self, _logger: object, _method: str, line: object) -> str:
        """Return `line` without the secrets."""
        text = str(line)
        for form in self._forms:
            text = text.replace(form, _MARK)
        return text
