"""The rules of the package that no linter checks, held for every module."""

from __future__ import annotations

import ast
import importlib
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "src" / "tickertape"
MODULES = sorted(PACKAGE.rglob("*.py"))
PYPROJECT = tomllib.loads((PACKAGE.parents[1] / "pyproject.toml").read_text("utf-8"))
PURITY = next(
    contract
    for contract in PYPROJECT["tool"]["importlinter"]["contracts"]
    if "do no I/O" in contract["name"]
)
# The contract knows an outside package only as a whole, and `urllib.parse` touches nothing.
WORLD = {*PURITY["forbidden_modules"], "urllib.request"}


def name_of(path: Path) -> str:
    """Name a module as the tests show it."""
    return str(path.relative_to(PACKAGE))


def dotted(path: Path) -> str:
    """Name a module as it is imported."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


PARTS = sorted({name_of(path).partition("/")[0] for path in MODULES})


def functions_of(nodes: Iterable[ast.AST]) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield every function and method."""
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def imports_of(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield the full name of every module that is imported, anywhere in a file."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


@dataclass(frozen=True, slots=True)
class Module:
    """What the rules ask of one module: its syntax is read once, and not kept."""

    docstring: str | None
    classes: tuple[str, ...]
    functions: tuple[tuple[int, str], ...]
    """How many lines each function has, and its name."""
    imports: frozenset[str]
    """The full name of every module that is imported, anywhere."""
    own_imports: frozenset[str]
    """What is imported of the package, when the module runs."""


@cache
def read(path: Path) -> Module:
    """Read a module."""
    tree = ast.parse(path.read_text("utf-8"))
    nodes = list(ast.walk(tree))
    return Module(
        ast.get_docstring(tree),
        tuple(node.name for node in nodes if isinstance(node, ast.ClassDef)),
        tuple(
            ((node.end_lineno or 0) - node.lineno + 1, node.name) for node in functions_of(nodes)
        ),
        frozenset(imports_of(nodes)),
        frozenset(own_imports(nodes)),
    )


def test_functions_are_small() -> None:
    """Nine of ten functions have at most 40 lines, and none has more than 80."""
    lengths = sorted(
        (length, f"{name_of(path)}:{name}")
        for path in MODULES
        for length, name in read(path).functions
    )
    assert lengths[len(lengths) * 9 // 10][0] <= 40
    assert [name for length, name in lengths if length > 80] == []


def test_files_are_small() -> None:
    """No module has more than 500 lines."""
    lengths = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in MODULES}
    assert {name: length for name, length in lengths.items() if length > 500} == {}


def is_for_types(node: ast.AST) -> bool:
    """Return whether a statement is carried out by type checkers only."""
    return (
        isinstance(node, ast.If)
        and isinstance(node.test, ast.Name)
        and node.test.id == "TYPE_CHECKING"
    )


def touches_world(path: Path) -> bool:
    """Return whether a module imports a clock, a network, a thread, chance, or the like."""
    imported = read(path).imports
    return bool(imported & WORLD or {name.partition(".")[0] for name in imported} & WORLD)


def own_imports(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield the modules of the package that a module imports, when it runs."""
    unseen = {each for node in nodes if is_for_types(node) for each in ast.walk(node)}
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module and node not in unseen:
            yield from (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))


def test_modules_are_pure_unless_listed() -> None:
    """The listed ones are exactly those that touch the world, or import one that does."""
    imports = {dotted(path): read(path).own_imports for path in MODULES}
    impure = {dotted(path) for path in MODULES if touches_world(path)}
    while more := {name for name in imports if imports[name] & impure} - impure:
        impure |= more
    listed = {line.partition(" -> ")[0] for line in PURITY["ignore_imports"]}
    assert sorted(impure - listed) == [], "are pure, or are listed in pyproject.toml"
    assert sorted(listed - impure) == [], "are pure: take them out of the list in pyproject.toml"


def unsaid(path: Path) -> Iterator[str]:
    """Yield what a module does not say of itself, and what it offers and has not."""
    if not read(path).docstring:
        yield "a module's docstring states its promise"
    if path.name == "__main__.py":
        return
    module = importlib.import_module(dotted(path))
    if not hasattr(module, "__all__"):
        yield "a module lists what it offers, in `__all__`"
        return
    yield from (
        f"offers {name}, and has none" for name in module.__all__ if not hasattr(module, name)
    )
    if len(set(module.__all__)) < len(module.__all__):
        yield "offers something twice"


@pytest.mark.parametrize("part", PARTS)
def test_modules_say_what_they_are_and_offer(part: str) -> None:
    """Each module has a docstring and an `__all__` whose names exist, each once."""
    modules = [path for path in MODULES if name_of(path).partition("/")[0] == part]
    assert [f"{name_of(path)}: {what}" for path in modules for what in unsaid(path)] == []


def test_names_promise_something() -> None:
    """No class is named for a drawer of leftovers, and no module says that it is unfinished."""
    vague = ("Manager", "Helper", "Handler", "Utils", "Service", "Context")
    classes = [
        f"{name_of(path)}: {name}"
        for path in MODULES
        for name in read(path).classes
        if name.endswith(vague)
    ]
    assert classes == []
    drawers = {"utils", "util", "helpers", "common", "misc"}
    assert [name_of(path) for path in MODULES if path.stem in drawers] == []


def called(node: ast.Call) -> str:
    """Return the last name of what a call calls; empty where it has none."""
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


TESTS = sorted(Path(__file__).parent.rglob("test_*.py"))


def naps_in(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield each call that lets time go by."""
    for node in nodes:
        if isinstance(node, ast.Call) and called(node).endswith("sleep"):
            yield ast.unparse(node)


def broken_by(path: Path) -> Iterator[str]:
    """Yield which rules of tests a file breaks, and by what."""
    nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    imported = sorted(imports_of(nodes))
    for test in functions_of(nodes):
        if test.name.startswith("test_") and not ast.get_docstring(test, clean=False):
            yield f"{test.name} says nothing"
    yield from (f"imports {name}" for name in imported if name.startswith("unittest"))
    if "tickertape.testing.clock" not in imported:
        yield from (nap for nap in naps_in(nodes) if nap != "asyncio.sleep(0)")


def test_tests_say_what_they_prove() -> None:
    """Each test begins with a sentence; none uses a mock, or sleeps but in virtual time."""
    assert [f"{path.name}: {what}" for path in TESTS for what in broken_by(path)] == []


def test_test_files_have_different_names() -> None:
    """Tests are found by their file's name, which therefore stands once."""
    names = [path.name for path in TESTS]
    assert sorted(set(names)) == sorted(names)
