"""Commands of an operator for tests: made of a configuration, as `serve` makes them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from tickertape.gateway.config.loading import Secrets, parse
from tickertape.gateway.custom_commands.assembly import catalog_of
from tickertape.gateway.custom_commands.catalog import Catalog

__all__ = ["catalog", "script", "shout"]


def catalog(commands: str, **functions: Callable[..., object]) -> Catalog:
    """Read commands, one in a line; `my:name` is the function of that name."""
    lines = "\n".join(f"  {line.strip()}" for line in commands.strip().splitlines())

    def importing(path: str, *, key: str) -> object:
        return functions[path.partition(":")[2]]

    config = parse(f"commands:\n{lines}\n")
    environ = {"PATH": os.environ["PATH"], "SECRET": "never passed on"}
    return catalog_of(config.commands, Secrets(), importing, environ)


def script(folder: Path, text: str, name: str = "script") -> str:
    """Write a shell script; give its path."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
    path.chmod(0o755)
    return str(path)


def shout(word: str) -> str:
    """Say a word in capitals."""
    return word.upper()
