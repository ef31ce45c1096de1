"""The pages of the documentation, read as Markdown: their code, headings and links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["ROOT", "Block", "anchors", "blocks", "links", "name_of", "pages", "prose"]

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"^( *)```([\w.-]*)\n(.*?)\n?\1```$", re.DOTALL | re.MULTILINE)
_INDENTED = re.compile(r"(?:^\n)((?:    .*\n(?:\n(?=    ))?)+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """A block of code."""

    page: str
    line: int
    language: str
    """What stands behind the fence; empty: nothing, or the block is indented."""
    code: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


@cache
def pages() -> dict[str, str]:
    """Return the text of each page by its name, and of the pages that lie above."""
    docs = {path.relative_to(ROOT).as_posix(): path for path in (ROOT / "docs").rglob("*.md")}
    above = {name: ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")}
    return {name: path.read_text("utf-8") for name, path in sorted({**docs, **above}.items())}


def name_of(block: Block) -> str:
    """Return a name for a test."""
    return str(block)


def blocks(*languages: str) -> list[Block]:
    """Return the blocks of these languages; of all if none is given."""
    found = [block for name in pages() for block in _blocks(name)]
    return [block for block in found if not languages or block.language in languages]


def _blocks(name: str) -> Iterator[Block]:
    text = pages()[name]
    for match in _FENCE.finditer(text):
        indent, language, code = match.groups()
        line = text.count("\n", 0, match.start()) + 1
        yield Block(name, line, language, re.sub(rf"^{indent}", "", code, flags=re.MULTILINE))
    for match in _INDENTED.finditer(_FENCE.sub(_blank, text)):
        line = text.count("\n", 0, match.start(1)) + 1
        yield Block(name, line, "", re.sub(r"^    ", "", match[1], flags=re.MULTILINE))


def _blank(match: re.Match[str]) -> str:
    """Return as many lines as there were, so that the others keep their numbers."""
    return "\n" * match[0].count("\n")


def prose(name: str) -> str:
    """Return a page without its blocks of code."""
    return _FENCE.sub(_blank, pages()[name])


def links(name: str) -> list[str]:
    """Return where a page's links lead, and where its pictures are."""
    text = re.sub(r"`[^`\n]*`", "``", prose(name))
    return re.findall(r"\]\(([^)\s]+)\)", text)


def anchors(name: str) -> set[str]:
    """Return the anchors of a page's headings, as Python-Markdown makes them."""
    made: set[str] = set()
    for heading in re.findall(r"^#+ (.+)$", prose(name), re.MULTILINE):
        plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
        slug = re.sub(r"[^\w\s-]", "", plain).strip().lower()
        slug = re.sub(r"[-\s]+", "-", slug)
        made.add(slug if slug not in made else f"{slug}_1")
    return made
