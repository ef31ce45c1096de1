"""Reading YAML into plain values, purely and strictly.

Truth values are `true` and `false`, as in YAML 1.2: `off` is a word here, because it is one of the
words that a setting can have. A key that stands twice is refused.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from typing import TypeAlias

import yaml

from tickertape.errors import ConfigError, ConfigSyntaxError
from tickertape.gateway.config.refusals import Unshown, masked

__all__ = ["Location", "lines_of", "mapping_of"]

Location: TypeAlias = tuple[int | str, ...]
"""The keys, and the positions in lists, that lead to a value; () is the whole document."""

_BOOL = "tag:yaml.org,2002:bool"
_YAML = (
    "YAML: `key: value`, the keys of a section indented alike and with blanks, and quotes around "
    "a text with `: ` or ` #` in it, or with one of @ * & ! % ` { [ at its beginning"
)
# A choice: far more than any setting has, and less than what JSON of pydantic's may have (255).
_DEEPEST = 100
_QUOTED = re.compile(r"'([^']*)'")
# What YAML calls its own pieces (`<stream end>`), and single characters, as Python writes them.
_HARMLESS = re.compile(r"<[a-z -]+>|\\?.|")


class _ForbiddenError(yaml.constructor.ConstructorError):
    """Raised for YAML that no configuration has; says what is allowed instead."""

    def __init__(self, problem: str, allowed: str, mark: yaml.Mark) -> None:
        super().__init__(None, None, problem, mark)
        self.allowed = allowed


class _Loader(yaml.SafeLoader):
    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        self._depth += 1
        if parent is not None and self._depth > _DEEPEST:
            problem = f"more than {_DEEPEST} brackets or sections within one another"
            raise _ForbiddenError(problem, "fewer of them", parent.start_mark)
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def construct_mapping(
        self, node: yaml.MappingNode, deep: bool = False
    ) -> dict[Hashable, object]:
        seen: set[object] = set()
        for key_node, _ in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
            if key is not None and key in seen:
                allowed = "each key of a section once: take one of the two out"
                raise _ForbiddenError("a key stands twice", allowed, key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> object:
        if not isinstance(node, yaml.ScalarNode):
            return super().construct_object(node, deep)
        try:
            return super().construct_object(node, deep)
        except (ValueError, LookupError, AttributeError):
            # No date, a number of thousands of digits, a tag (`!!int`) that is not true.
            allowed = "texts that look like dates or numbers in quotes, and no tags (`!!int`)"
            raise _ForbiddenError(
                "a value is not what it seems", allowed, node.start_mark
            ) from None


_Loader.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in forms if tag != _BOOL]
    for first, forms in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_BOOL, re.compile(r"^(?:true|false)$", re.IGNORECASE), list("tTfF"))


def mapping_of(text: str, name: str, allowed: str) -> dict[object, object]:
    """Return the mapping that a YAML document holds.

    Args:
        text: the document.
        name: its name in errors.
        allowed: the phrase of the error for a document that is no mapping.

    Raises:
        ConfigSyntaxError: when it is no YAML.
        ConfigError: when it is empty, or no mapping.
    """
    values = _loaded(text, name)
    if values is None:
        raise ConfigError(name, Unshown("empty"), "a file as `tickertape init` writes it")
    if not isinstance(values, dict):
        raise ConfigError(name, Unshown(f"a {type(values).__name__}"), allowed)
    return values


def _loaded(text: str, name: str) -> object:
    line: int | None = None
    try:
        return yaml.load(text, _Loader)  # noqa: S506 - derived from SafeLoader
    except yaml.MarkedYAMLError as error:
        if (mark := error.problem_mark or error.context_mark) is not None:
            line = mark.line + 1
        problem = _QUOTED.sub(_shown, masked(str(error.problem)))
        allowed = error.allowed if isinstance(error, _ForbiddenError) else _YAML
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        problem = f"the character U+{ord(text[error.position]):04X}"
        allowed = "characters that can be seen: delete that one"
    raise ConfigSyntaxError(name, Unshown(problem), allowed, line)


def _shown(quoted: re.Match[str]) -> str:
    """Return what an error quotes; not what may stand in the file: a pasted secret, perhaps."""
    return quoted[0] if _HARMLESS.fullmatch(quoted[1]) else "'...'"


def lines_of(text: str) -> dict[Location, int]:
    """Return the line, counted from 1, in which each value of a document begins, with its key.

    A value that stands in several places by an alias is listed once, where its anchor is.

    Args:
        text: a document that `mapping_of` can read.
    """
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
        return {} if root is None else dict(_lines(loader, root, (), set()))
    finally:
        loader.dispose()


def _lines(
    loader: _Loader, node: yaml.Node, at: Location, seen: set[int]
) -> Iterator[tuple[Location, int]]:
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        for key_node, value in node.value:
            if isinstance(key_node, yaml.ScalarNode):
                key = loader.construct_object(key_node)
                inner = (*at, key if isinstance(key, int | str) else str(key))
                yield inner, key_node.start_mark.line + 1
                yield from _lines(loader, value, inner, seen)
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            inner = (*at, number)
            yield inner, item.start_mark.line + 1
            yield from _lines(loader, item, inner, seen)
