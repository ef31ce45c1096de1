"""Imports what a configuration names as `module:name`."""

from __future__ import annotations

import importlib
import sys

from tickertape.errors import ConfigError

__all__ = ["imported"]


def imported(path: str, *, key: str) -> object:
    """Return the object that a configuration names as `module:name`, where `name` may be dotted.

    Modules are looked for where Python finds them, and after that in the current folder: a file
    there can never take the place of an installed module. For this the folder is put at the end
    of `sys.path`, and stays there, so that the module can import its neighbours later.

    Args:
        path: the name.
        key: the setting that says it, for the error.

    Raises:
        ConfigError: when there is no such module, or it has no such name.
    """
    module_name, _, names = path.partition(":")
    if not module_name or not names:
        raise ConfigError(key, path, "module:function, such as my_tools:weather")
    if "" not in sys.path:
        sys.path.append("")
    found = _module(module_name, path, key)
    for name in names.split("."):
        if not hasattr(found, name):
            raise ConfigError(key, path, f"a name that {module_name} has; it has no {names}")
        found = getattr(found, name)
    return found


def _module(name: str, path: str, key: str) -> object:
    importlib.invalidate_caches()
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as error:
        reason = f"{type(error).__name__}: {error}".partition("\n")[0]
        raise ConfigError(key, path, f"a module that can be imported ({reason})") from error
