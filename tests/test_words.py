"""What names and docstrings of the package may not be; the lists of exceptions can only shrink."""

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

# Parts of the package whose docstrings are still to be rewritten.
_NOT_YET: Final = ("gateway",)

# Names that other packages keep private although there is no public one.
_PRIVATE: Final = frozenset({"pygments.token._TokenType", "mcp.shared._stream_protocols"})

_WITNESS: Final = "the emulator shares no code with what it tests, so it has its own"
_COMMAND: Final = "a command is named as people type it"

# Names of classes that stand for two things, and why.
_TWICE: Final = {
    "Access": _WITNESS,
    "Answer": "the emulator's, the router's decision, and a model's script: never in one module",
    "Bucket": _WITNESS,
    "Lost": _WITNESS,
    "Message": _WITNESS,
    "Model": _COMMAND,
    "Person": _WITNESS,
    "Retry": "the command, and what the router decides about it",
    "Screen": "what a terminal has, and what a reader of a chat sees: fields tell them apart",
    "Span": _WITNESS,
    "Step": "a model's step, and a step of the search for a lost post",
    "Stop": _COMMAND,
    "Unknown": _COMMAND,
    "Voice": _COMMAND,
    "Window": _WITNESS,
    "Words": "an utterance's words, and those of a line of text",
    "_Waiting": "entries of two queues, private to their modules",
}


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


def _odd_docstrings() -> list[str]:
    """Return the places of functions whose docstrings begin with no verb that says what is done."""
    return [
        f"{name}:{node.lineno} {node.name}"
        for name, module in _modules()
        for node in ast.walk(module)
        if isinstance(node, _Function) and _is_odd(node)
    ]


def test_docstrings_begin_with_a_verb_that_readers_expect() -> None:
    """No function's docstring begins with a word that is not an expected imperative."""
    odd = [place for place in _odd_docstrings() if not place.startswith(_NOT_YET)]
    assert not odd, 'begin with "Return ...", "Yield ..." or another imperative'


def test_parts_not_yet_rewritten_still_need_it() -> None:
    """A part is excepted only as long as one of its docstrings needs it."""
    odd = _odd_docstrings()
    done = [part for part in _NOT_YET if not any(place.startswith(part) for place in odd)]
    assert not done, "take these out of _NOT_YET"


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
    """No class name is defined twice, but for those that are listed with their reasons."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for name, module in _modules():
        for node in ast.walk(module):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(name)
    twice = {name: found for name, found in places.items() if len(found) > 1}
    assert not {name: found for name, found in twice.items() if name not in _TWICE}
    assert not _TWICE.keys() - twice.keys(), "take these out of _TWICE"
