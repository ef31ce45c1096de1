"""The rules of the package that no linter checks, held for every module."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "src" / "tickertape"
MODULES = sorted(PACKAGE.rglob("*.py"))
# Files that may touch the world; the listing of the tree shows where effects are.
IO_FILES = {
    "app.py",
    "client.py",
    "config.py",
    "consumer.py",
    "loop.py",
    "outbox.py",
    "server.py",
    "store.py",
    "transport.py",
}
IO_PACKAGES = {"adapters", "cli", "testing"}
# Parts of the gateway at work: each is named after what it is, and keeps tasks or says what failed.
IO_MODULES = {
    f"gateway/{name}.py"
    for name in (
        "announcer",
        "audience",
        "history_writer",
        "intake",
        "limits",
        "moved_chats",
        "presses",
        "reading",
        "running_answer",
        "turns",
        "worker",
    )
}
IO_IMPORTS = {
    "aiohttp",
    "anyio",
    "asyncio",
    "httpx",
    "httpx2",
    "logging",
    "multiprocessing",
    "os",
    "random",
    "requests",
    "secrets",
    "selectors",
    "shutil",
    "signal",
    "socket",
    "sqlite3",
    "ssl",
    "subprocess",
    "tempfile",
    "threading",
    "time",
    "urllib.request",
    "uuid",
}


def name_of(path: Path) -> str:
    """Name a module as the tests show it."""
    return str(path.relative_to(PACKAGE))


def functions_of(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield every function and method."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def imports_of(tree: ast.AST) -> Iterator[str]:
    """Yield the full name of every module that is imported, anywhere in a file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def parse(path: Path) -> ast.Module:
    """Read a module's syntax."""
    return ast.parse(path.read_text("utf-8"))


def test_functions_are_small() -> None:
    """Nine of ten functions have at most 40 lines, and none has more than 80."""
    lengths = sorted(
        ((node.end_lineno or 0) - node.lineno + 1, f"{name_of(path)}:{node.name}")
        for path in MODULES
        for node in functions_of(parse(path))
    )
    assert lengths[len(lengths) * 9 // 10][0] <= 40
    assert [name for length, name in lengths if length > 80] == []


def test_files_are_small() -> None:
    """No module has more than 500 lines."""
    lengths = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in MODULES}
    assert {name: length for name, length in lengths.items() if length > 500} == {}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_effects_are_where_the_name_says(path: Path) -> None:
    """Only files named for it import what touches the world: clocks, networks, threads, chance."""
    inside = path.relative_to(PACKAGE)
    if path.name in IO_FILES or inside.parts[0] in IO_PACKAGES or inside.as_posix() in IO_MODULES:
        return
    imported = {
        name
        for name in imports_of(parse(path))
        if name in IO_IMPORTS or name.partition(".")[0] in IO_IMPORTS
    }
    assert imported == set()


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_modules_say_what_they_are_and_offer(path: Path) -> None:
    """Each module has a docstring and an `__all__` whose names exist and are described."""
    tree = parse(path)
    assert ast.get_docstring(tree), "a module's docstring states its promise"
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    name = ".".join(part for part in parts if part != "__init__")
    if path.name == "__main__.py":
        return
    module = importlib.import_module(name)
    assert hasattr(module, "__all__"), "a module lists what it offers"
    assert [offered for offered in module.__all__ if not hasattr(module, offered)] == []
    assert sorted(set(module.__all__)) == sorted(module.__all__)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_names_promise_something(path: Path) -> None:
    """No class is named for a drawer of leftovers, and no module says that it is unfinished."""
    vague = ("Manager", "Helper", "Handler", "Utils", "Service", "Context")
    classes = [node.name for node in ast.walk(parse(path)) if isinstance(node, ast.ClassDef)]
    assert [name for name in classes if name.endswith(vague)] == []
    assert path.stem not in {"utils", "util", "helpers", "common", "misc"}


TESTS = sorted(Path(__file__).parent.rglob("test_*.py"))


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name)
def test_tests_say_what_they_prove(path: Path) -> None:
    """Each test begins with a sentence; none uses a mock, or sleeps but in virtual time."""
    tree = parse(path)
    is_virtual = "tickertape.testing.clock" in imports_of(tree)
    tests = [node for node in functions_of(tree) if node.name.startswith("test_")]
    assert [node.name for node in tests if not ast.get_docstring(node)] == []
    assert [name for name in imports_of(tree) if name.startswith("unittest")] == []
    naps = [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).endswith("sleep")
        and ast.unparse(node) != "asyncio.sleep(0)"
    ]
    assert is_virtual or naps == []


def test_test_files_have_different_names() -> None:
    """Tests are found by their file's name, which therefore stands once."""
    names = [path.name for path in TESTS]
    assert sorted(set(names)) == sorted(names)
