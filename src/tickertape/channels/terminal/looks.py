"""How things look on a terminal: in its own sixteen colours, so that they fit any theme."""

from __future__ import annotations

from rich.style import Style as Look

from tickertape.markup.tree import Style

__all__ = [
    "CODE",
    "DIM",
    "FAILED",
    "FORMULA",
    "HEADINGS",
    "LINK",
    "NONE",
    "OK",
    "STYLES",
    "WARNING",
]

NONE = Look()
"""Words as they are."""
DIM = Look(dim=True)
"""What is not the answer: thoughts, tools, rules, addresses, the bar of a quote."""
CODE = Look(color="cyan")
"""Code within a line, and code in no language that is known."""
FORMULA = Look(color="cyan", italic=True)
"""Formulas."""
LINK = Look(color="blue", underline=True)
"""Words that lead somewhere."""
HEADINGS = (Look(bold=True, underline=True), Look(bold=True), Look(bold=True, italic=True))
"""Titles, by their level; the last for all that are smaller."""
OK = Look(color="green")
"""The mark of a tool that gave a result."""
FAILED = Look(color="red")
"""What went wrong."""
WARNING = Look(color="yellow")
"""What the bot itself says below an answer."""
STYLES = {
    Style.BOLD: Look(bold=True),
    Style.ITALIC: Look(italic=True),
    Style.STRIKE: Look(strike=True),
    Style.UNDERLINE: Look(underline=True),
    Style.SPOILER: DIM,
}
"""How words look that are styled; a terminal has nothing that hides words until they are asked."""
