"""Reading YAML into plain values, purely and strictly.

Truth values are `true` and `false`, as in YAML 1.2: `off` is a word here, because it is one of the
words that a setting can have. A key that stands twice is refused.
"""

from __future__ import annotations

import re
from collections.abc import Hashable

import yaml

from tickertape.errors import ConfigError
from tickertape.gateway.config.refusals import Unshown, masked

__all__ = ["mapping_of"]

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
        problem = Unshown(f"{where}{masked(str(error.problem))}")
        raise ConfigError(name, problem, "valid YAML") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(name, Unshown(type(error).__name__), "valid YAML") from None
    if values is None:
        raise ConfigError(name, Unshown("empty"), "a file as `tickertape init` writes it")
    if not isinstance(values, dict):
        raise ConfigError(name, Unshown(f"a {type(values).__name__}"), allowed)
    return values
