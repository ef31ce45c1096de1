"""Runs the code of the pages as a reader would, with what the page says that the reader has."""

from __future__ import annotations

import ast
import textwrap
from typing import Any

from pages import blocks

__all__ = ["defined", "run", "run_plainly"]


def code(page: str, number: int) -> str:
    """Return a page's block of Python, counted from 0."""
    found = [block.code for block in blocks("python") if block.page == f"docs/{page}.md"]
    return found[number]


async def run(page: str, number: int, /, **names: Any) -> dict[str, Any]:
    """Run a block, which may await, and return its names."""
    text = code(page, number)
    compiled = compile(text, f"{page}.md", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    awaited = eval(compiled, names)  # noqa: S307 - our own pages
    if awaited is not None:
        await awaited
    return names


def run_plainly(page: str, number: int, /, **names: Any) -> dict[str, Any]:
    """Run a block that has an event loop of its own, and return its names."""
    exec(code(page, number), names)  # noqa: S102 - our own pages
    return names


def defined(page: str, number: int, head: str, /, **names: Any) -> dict[str, Any]:
    """Run a block as the body of a function that begins with `head`, and return its names."""
    body = textwrap.indent(code(page, number), "    ")
    exec(f"{head}\n{body}\n", names)  # noqa: S102 - our own pages
    return names
