"""The speaker's own words, for what is not read out: they stand for code, tables and formulas."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

__all__ = ["ENGLISH", "GERMAN", "Phrases", "phrases_for"]

_LANGUAGES: Final = {
    "bash": "shell",
    "c#": "C sharp",
    "c++": "C plus plus",
    "cpp": "C plus plus",
    "cs": "C sharp",
    "css": "CSS",
    "csv": "CSV",
    "dockerfile": "Docker",
    "go": "Go",
    "golang": "Go",
    "html": "HTML",
    "ini": "configuration",
    "js": "JavaScript",
    "javascript": "JavaScript",
    "json": "JSON",
    "jsx": "JavaScript",
    "kt": "Kotlin",
    "latex": "LaTeX",
    "md": "Markdown",
    "php": "PHP",
    "ps1": "PowerShell",
    "py": "Python",
    "python3": "Python",
    "rb": "Ruby",
    "rs": "Rust",
    "sh": "shell",
    "shell": "shell",
    "sql": "SQL",
    "toml": "TOML",
    "ts": "TypeScript",
    "tsx": "TypeScript",
    "typescript": "TypeScript",
    "xml": "XML",
    "yaml": "YAML",
    "yml": "YAML",
    "zsh": "shell",
}
# What may be said of it: models write names of files and options behind the fence, too.
_NAME: Final = re.compile(r"[\s{.]*([^\W\d_][\w+#-]{0,31})(?=[\s={},;]|:(?!//)|\Z)")
# What names no language of a program.
_TEXTS: Final = frozenset({"", "text", "txt", "plain", "plaintext", "none", "output", "console"})


@dataclass(frozen=True, slots=True)
class Phrases:
    """What is said in a language. `{}` is where a name goes."""

    code: str
    """Instead of a block of code whose language is not named."""
    code_in: str
    """Instead of a block of code; its language goes in."""
    formula: str
    """Instead of a formula that stands alone; a sentence."""
    inline_formula: str
    """Instead of a formula within a sentence."""
    table: str
    """Instead of a table; the titles of its columns go in."""
    bare_table: str
    """Instead of a table without titles; how many columns it has goes in."""
    ticked: str
    """Before an item whose box is ticked."""
    unticked: str
    """Before an item whose box is not."""
    signs: Mapping[str, str] = field(default_factory=dict)
    """How the signs within code are read: the full stop, the slash, the dash, the at."""

    def code_block(self, language: str) -> str:
        """Announce a block of code, given what stands behind its fence."""
        found = _NAME.match(language.lower())
        name = found[1] if found else ""
        if name in _TEXTS:
            return self.code
        return self.code_in.format(_LANGUAGES.get(name, name.capitalize()))


ENGLISH: Final = Phrases(
    code="A block of code.",
    code_in="A block of {} code.",
    formula="A formula.",
    inline_formula="a formula",
    table="A table with the columns {}.",
    bare_table="A table with {} columns.",
    ticked="Done:",
    unticked="To do:",
    signs={".": "dot", "/": "slash", "-": "dash", "@": "at"},
)
"""English."""

GERMAN: Final = Phrases(
    code="Ein Abschnitt Code.",
    code_in="Ein Abschnitt Code in {}.",
    formula="Eine Formel.",
    inline_formula="eine Formel",
    table="Eine Tabelle mit den Spalten {}.",
    bare_table="Eine Tabelle mit {} Spalten.",
    ticked="Erledigt:",
    unticked="Offen:",
    signs={".": "Punkt", "/": "Schrägstrich", "-": "Strich", "@": "at"},
)
"""German."""

_BY_LANGUAGE: Final = {"en": ENGLISH, "de": GERMAN}


def phrases_for(voice: str) -> Phrases:
    """Return the phrases for a voice named after its language (`de`, `de_DE-thorsten`).

    English where the name tells nothing, or a language that has no words here.
    """
    return _BY_LANGUAGE.get(voice.replace("-", "_").partition("_")[0].lower(), ENGLISH)
