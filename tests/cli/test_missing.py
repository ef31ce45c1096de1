"""What is to be installed for a command."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

from tickertape.cli import missing
from tickertape.cli.missing import NEEDS, sentence

PYPROJECT: dict[str, Any] = tomllib.loads(
    (Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8")
)
EXTRAS: dict[str, list[str]] = PYPROJECT["project"]["optional-dependencies"]

SOURCES = Path(missing.__file__).parents[1]
IMPORTED = {
    name
    for file in SOURCES.rglob("*.py")
    for name in re.findall(r"^ *(?:from|import) (\w+)", file.read_text("utf-8"), re.MULTILINE)
}
"""The modules that our sources import."""


def brought_by(extra: str) -> set[str]:
    """Return the packages that an extra brings, also through other extras."""
    names: set[str] = set()
    for requirement in EXTRAS[extra]:
        if found := re.fullmatch(r"tickertape\[(.*)\]", requirement):
            names |= set().union(*(brought_by(one) for one in found[1].split(",")))
        else:
            names.add(re.split(r"[^A-Za-z0-9-]", requirement, maxsplit=1)[0])
    return names


@pytest.mark.parametrize("command", NEEDS)
def test_the_extra_brings_all_that_is_named(command: str) -> None:
    """Whoever does as the message says has what the command needs."""
    packages = packages_distributions()
    for module in NEEDS[command].modules:
        brought = brought_by(NEEDS[command].extra)
        assert not brought.isdisjoint(
            {name.lower().replace("_", "-") for name in packages[module]}
        ), module


def test_all_that_is_missing_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """With one line to type."""
    here = {"rich", "aiohttp"}
    monkeypatch.setattr(missing, "find_spec", lambda name: name if name in here else None)
    assert sentence("ask", "msgspec.json") == (
        "`tickertape ask` needs httpx2, msgspec, prompt_toolkit, pygments: "
        "pip install 'tickertape[terminal]'"
    )
    assert sentence("ask", "mcp") == "mcp is not installed: pip install 'tickertape[mcp]'"
    assert sentence("", "psycopg") == "psycopg is not installed: pip install 'tickertape[postgres]'"
    assert sentence("ask", "my_agent") is None


@pytest.mark.parametrize("extra", sorted(set(EXTRAS) - {"all", "bot", "demo"}))
def test_whatever_an_extra_brings_is_told_by_its_name(
    extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No command ends with a traceback, whichever extra is not installed."""
    monkeypatch.setattr(missing, "find_spec", lambda _: None)
    modules = {
        module
        for module, packages in packages_distributions().items()
        if {one.lower().replace("_", "-") for one in packages} & brought_by(extra)
        and module in IMPORTED
    }
    told = {one: sentence("ask", one) for one in modules}
    assert [one for one, text in told.items() if text is None] == []
