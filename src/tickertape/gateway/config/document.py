"""Reading YAML into plain values, purely and strictly.

Truth values are `true` and `false`, as in YAML 1.2: `off` is a word here, because it is one of the
words that a setting can have. A key that stands twice is refused.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from typing import TypeAlias

import yaml

from tickertape.errors import ConfigError
from tickertape.gateway.config.refusals import Unshown, masked

__all__ = ["Location", "lines_of", "mapping_of"]

Location: TypeAlias = tuple[int | str, ...]
"""The keys, and the positions in lists, that lead to a value; () is the whole document."""

_BOOL = "tag:yaml.org,2002:bool"


class _Loader(yaml.SafeLoader):
    def construct_mapping(
        self, node: yaml.MappingNode, deep: bool = False
    ) -> dict[Hashable, object]:
        seen: set[object] = set()
        for key_node, _ in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
            if key is not None and key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, "a key stands twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


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
        ConfigError: when it is no YAML, empty, or no mapping.
    """
    try:
        values = yaml.load(text, _Loader)  # noqa: S506 - derived from SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        # A name in quotes is what stands in the file: a pasted secret, perhaps.
        told = re.sub(r"'[^']{2,}'", "'...'", masked(str(error.problem)))
        problem = Unshown(f"{where}{told}")
        raise ConfigError(name, problem, "valid YAML") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(name, Unshown(type(error).__name__), "valid YAML") from None
    if values is None:
        raise ConfigError(name, Unshown("empty"), "a file as `tickertape init` writes it")
    if not isinstance(values, dict):
        raise ConfigError(name, Unshown(f"a {type(values).__name__}"), allowed)
    return values


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
