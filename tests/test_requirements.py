"""What is imported is declared, where it is needed, with a lower bound that can be tested."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "tickertape"
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
EXTRAS: dict[str, list[str]] = PYPROJECT["project"]["optional-dependencies"]
BASE: list[str] = PYPROJECT["project"]["dependencies"]
DEV: list[str] = PYPROJECT["dependency-groups"]["dev"]

# What has to be installed besides the base for a part of the package, the longest path first. Of
# several sets any one is enough: whoever has one of the two SDKs needs nothing of the other.
NEEDED: dict[str, list[set[str]]] = {
    "adapters/langchain.py": [{"langchain"}],
    "adapters/openai_agents.py": [{"openai-agents"}],
    "adapters/pydantic_ai.py": [{"pydantic-ai"}],
    "channels/matrix/": [{"matrix"}],
    "channels/telegram/": [{"telegram"}],
    "channels/terminal/": [{"terminal"}],
    "cli/": [{"all"}],
    "delivery/reply/stored.py": [{"gateway"}],
    "emulator/": [{"emulator"}],
    "gateway/fleet/engine.py": [{"gateway", "postgres"}],
    "gateway/fleet/engine_tables.py": [{"gateway", "postgres"}],
    "gateway/fleet/notifications.py": [{"gateway", "postgres"}],
    "gateway/watch/pages.py": [{"gateway", "watch"}],
    "gateway/watch/prometheus.py": [{"gateway", "watch"}],
    "gateway/watch/traces.py": [{"gateway", "opentelemetry"}],
    "gateway/": [{"gateway"}],
    "local/": [{"local"}],
    "providers/": [{"openai"}, {"anthropic"}],
    "simulation/": [{"emulator", "telegram"}],
    "speech/engines/piper.py": [{"piper"}],
    "speech/": [{"speech"}],
    "tools/mcp/": [{"mcp"}],
    "": [set()],
}
SDKS = {"openai", "anthropic"}
"""Packages that an extra of their name brings, and that only those with that extra import."""

REQUIREMENT = re.compile(r"([A-Za-z0-9-]+)(?:\[([a-z0-9,-]+)\])?>=(\d+(?:\.\d+)*)")


def name_in(requirement: str) -> str:
    """Return the normal name of the package that is required."""
    return re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def brought_by(extras: set[str]) -> set[str]:
    """Return what is declared for the base and for `extras`, also through other extras."""
    names = {name_in(requirement) for requirement in BASE}
    for extra in extras:
        for requirement in EXTRAS[extra]:
            if requirement.startswith("tickertape["):
                names |= brought_by(set(requirement[len("tickertape[") : -1].split(",")))
            else:
                names.add(name_in(requirement))
    return names


@cache
def distributions() -> dict[str, set[str]]:
    """Return which packages bring a module, as far as they are installed."""
    found = packages_distributions()
    return {module: {name_in(name) for name in names} for module, names in found.items()}


def foreign_modules(path: Path) -> set[str]:
    """Return the modules that a file imports anywhere and that are neither Python's nor ours."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    tops = {name.partition(".")[0] for name in names}
    return tops - sys.stdlib_module_names - {"tickertape"}


def undeclared_in(module: str) -> Iterator[str]:
    """Yield what a module imports and somebody who needs the module has not installed."""
    place = next(place for place in NEEDED if module.startswith(place))
    for imported in foreign_modules(PACKAGE / module):
        packages = distributions().get(imported, set())
        for extras in NEEDED[place]:
            is_of_another = packages <= SDKS and packages.isdisjoint(extras)
            if not packages or (not is_of_another and packages.isdisjoint(brought_by(extras))):
                yield f"{module}: {imported}, with {sorted(extras)}"


def test_what_a_module_imports_is_declared_for_those_who_need_it() -> None:
    """No package is there only because another one happens to bring it."""
    modules = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))
    assert [line for module in modules for line in undeclared_in(module)] == []


@pytest.mark.parametrize("folder", ["tests", "examples"])
def test_what_the_tests_import_is_declared(folder: str) -> None:
    """In an extra, or among the tools of development."""
    declared = brought_by(set(EXTRAS)) | {name_in(requirement) for requirement in DEV}
    undeclared = {
        (path.name, module)
        for path in (ROOT / folder).rglob("*.py")
        for module in foreign_modules(path) & distributions().keys()
        if distributions()[module].isdisjoint(declared | {"tickertape"})
    }
    assert undeclared == set()


def test_every_bound_is_a_lower_one_and_the_same_everywhere() -> None:
    """`make test-lowest` installs exactly these; a package without one cannot be tested."""
    bounds: dict[str, set[str]] = {}
    for requirement in [*BASE, *DEV, *(each for extra in EXTRAS.values() for each in extra)]:
        if requirement.startswith("tickertape["):
            continue
        found = REQUIREMENT.fullmatch(requirement)
        assert found is not None, requirement
        bounds.setdefault(name_in(requirement), set()).add(found[3])
    assert {name: sorted(found) for name, found in bounds.items() if len(found) > 1} == {}
