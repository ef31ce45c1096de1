"""What names, docstrings and comments of the package may not be."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TypeAlias

PACKAGE: Final = Path(__file__).parent.parent / "src" / "tickertape"

_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef

# Readers of Python expect "Return ...", "Yield ...", "Raise ..." (pydocstyle D401).
_VERBS: Final = frozenset({"Give", "Gives", "Say", "Says", "Tell", "Tells", "Hear", "Let's"})
_PHRASES: Final = ("Take note", "Note that")
# A property may be a noun phrase, so "Whether ..." is good there and only there.
_NOUNS: Final = frozenset({"Whether", "What", "Who", "Which", "Where", "When", "How", "Nothing"})

# Names that other packages keep private although there is no public one.
_PRIVATE: Final = frozenset({"pygments.token._TokenType", "mcp.shared._stream_protocols"})


def _modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text())


def _is_property(function: _Function) -> bool:
    names = {node.id for node in function.decorator_list if isinstance(node, ast.Name)}
    return bool(names & {"property", "cached_property"})


def _is_odd(function: _Function) -> bool:
    docstring = ast.get_docstring(function) or ""
    first = docstring.partition(" ")[0].rstrip(".,:;")
    banned = _VERBS if _is_property(function) else _VERBS | _NOUNS
    return first in banned or docstring.startswith(_PHRASES)


def test_docstrings_begin_with_a_verb_that_readers_expect() -> None:
    """No function's docstring begins with a word that is not an expected imperative."""
    odd = [
        f"{name}:{node.lineno} {node.name}"
        for name, module in _modules()
        for node in ast.walk(module)
        if isinstance(node, _Function) and _is_odd(node)
    ]
    assert not odd, 'begin with "Return ...", "Yield ..." or another imperative'


def test_no_module_imports_what_another_keeps_private() -> None:
    """No name with a leading underscore is imported from another module."""
    found = [
        f"{name}: {node.module}.{alias.name}"
        for name, module in _modules()
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom) and node.module and node.module not in _PRIVATE
        for alias in node.names
        if any(_is_private(part) for part in (*node.module.split("."), alias.name))
        if f"{node.module}.{alias.name}" not in _PRIVATE
    ]
    assert not found


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


def test_a_class_name_stands_for_one_thing() -> None:
    """No class name is defined twice."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for name, module in _modules():
        for node in ast.walk(module):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(name)
    assert not {name: found for name, found in places.items() if len(found) > 1}
