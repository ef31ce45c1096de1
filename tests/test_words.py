"""What names, docstrings and comments of the package may not be."""

from __future__ import annotations

import ast
import re
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TypeAlias

import pytest

PACKAGE: Final = Path(__file__).parent.parent / "src" / "tickertape"

_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef

# Readers of Python expect "Return ...", "Yield ...", "Raise ..." (pydocstyle D401).
_VERBS: Final = frozenset({"Give", "Gives", "Say", "Says", "Tell", "Tells", "Hear", "Let's"})
_PHRASES: Final = ("Take note", "Note that")
# A property may be a noun phrase, so "Whether ..." is good there and only there.
_NOUNS: Final = frozenset({"Whether", "What", "Who", "Which", "Where", "When", "How", "Nothing"})

# What a stranger must decode: a noun says it ("no one", "the caller", "again", "next to").
_DIALECT: Final = re.compile(r"\b(anew|beside|nobody|somebody|whoever)\b", re.IGNORECASE)

# Names that were private language, each with the plain one that replaced it.
_REPLACED: Final = {
    "Above": "PromptScreen, LayoutState",
    "Aloud": "Spoken",
    "Canvas": "RegionPainter",
    "Complaint": "ErrorBody",
    "Course": "RetryPlan",
    "Desk": "StdinChannel",
    "Flight": "InFlight",
    "Keeper": "TurnWriter",
    "Learned": "LimitEstimate",
    "Minutes": "TurnWriter",
    "Need": "Priority",
    "Outlet": "StdoutWriter",
    "Passage": "Paragraph",
    "Passenger": "Outgoing",
    "Present": "OpenAgent",
    "Recital": "SpeechQueue",
    "Rests": "Cooldowns",
    "Roll": "TerminalReply",
    "Sheet": "JoinedChunks",
    "Slack": "Headroom",
    "Standing": "ReplyState, ReplyView",
    "Stray": "CapturedStdout",
    "Strips": "StableBlocks",
    "Tape": "Scrollback",
    "Teller": "Formatter",
    "Tempo": "PreviewClock, FrameClock",
    "Trouble": "Backoff",
    "Turns": "FairQueue, Executor",
    "Via": "a way",
    "Who": "AgentChoice",
    "_hush": "_cancel_voice_notes, silence",
    "_is_owed_a_word": "_needs_apology",
    "_obey": "_apply",
    "_stumble": "failed",
    "bury": "mark_unreachable",
    "cures": "workarounds",
    "harmless": "sanitized",
    "heeds_words": "wants_deltas",
    "kept_for_good": "gc_paused",
    "knock": "try_pass",
    "lesson": "estimate",
    "mends": "workarounds",
    "recut": "shrink",
    "revive": "mark_reachable",
    "spelling": "call_ids",
    "tempo": "frame_clock",
    "unechoed": "no_echo",
    "weights": "bounds",
}

# Names that other packages keep private although there is no public one.
_PRIVATE: Final = frozenset({"pygments.token._TokenType", "mcp.shared._stream_protocols"})


_Modules: TypeAlias = dict[str, list[ast.AST]]


@pytest.fixture(scope="module")
def modules() -> _Modules:
    """All syntax of each module, by its path: it is read once, and kept no longer than needed."""
    return {
        path.relative_to(PACKAGE).as_posix(): list(ast.walk(ast.parse(path.read_text())))
        for path in sorted(PACKAGE.rglob("*.py"))
    }


def _is_property(function: _Function) -> bool:
    names = {node.id for node in function.decorator_list if isinstance(node, ast.Name)}
    return bool(names & {"property", "cached_property"})


def _is_odd(function: _Function) -> bool:
    docstring = (ast.get_docstring(function, clean=False) or "").lstrip()
    first = docstring.partition(" ")[0].rstrip(".,:;")
    banned = _VERBS if _is_property(function) else _VERBS | _NOUNS
    return first in banned or docstring.startswith(_PHRASES)


def test_docstrings_begin_with_a_verb_that_readers_expect(modules: _Modules) -> None:
    """No function's docstring begins with a word that is not an expected imperative."""
    odd = [
        f"{name}:{node.lineno} {node.name}"
        for name, module in modules.items()
        for node in module
        if isinstance(node, _Function) and _is_odd(node)
    ]
    assert not odd, 'begin with "Return ...", "Yield ..." or another imperative'


def test_no_module_imports_what_another_keeps_private(modules: _Modules) -> None:
    """No name with a leading underscore is imported from another module."""
    found = [
        f"{name}: {node.module}.{alias.name}"
        for name, module in modules.items()
        for node in module
        if isinstance(node, ast.ImportFrom) and node.module and node.module not in _PRIVATE
        for alias in node.names
        if any(_is_private(part) for part in (*node.module.split("."), alias.name))
        if f"{node.module}.{alias.name}" not in _PRIVATE
    ]
    assert not found


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


def test_a_class_name_stands_for_one_thing(modules: _Modules) -> None:
    """No class name is defined twice."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for name, module in modules.items():
        for node in module:
            if isinstance(node, ast.ClassDef):
                places[node.name].append(name)
    assert not {name: found for name, found in places.items() if len(found) > 1}


def _plain_words(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of each comment, docstring and description of an attribute."""
    with path.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            is_text = token.type == tokenize.STRING and token.string.startswith('"""')
            if is_text or token.type == tokenize.COMMENT:
                yield token.start[0], token.string


def _dialect() -> list[str]:
    """Return the places of words that a stranger must decode."""
    return [
        f"{path.relative_to(PACKAGE).as_posix()}:{line} {found[0]}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if _DIALECT.search(path.read_text())
        for line, text in _plain_words(path)
        for found in _DIALECT.finditer(text)
    ]


def test_docstrings_and_comments_name_things() -> None:
    """None of them has a word of the project's dialect in the place of a noun."""
    assert not _dialect()


def _names(module: list[ast.AST]) -> Iterator[str]:
    """Yield the names that a module defines."""
    for node in module:
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.arg(arg=name):
                yield name
            case ast.AsyncFunctionDef(name=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name
            case _:
                pass


def test_names_that_were_replaced_stay_so(modules: _Modules) -> None:
    """No module, class, function or variable has a name that was replaced by a plain one."""
    found = [
        f"{path}: {name}, say {_REPLACED[name]}"
        for path, module in modules.items()
        for name in (path.rpartition("/")[2].removesuffix(".py"), *_names(module))
        if name in _REPLACED
    ]
    assert not found
