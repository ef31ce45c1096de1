"""The catalog of a configuration: functions are imported, and programs looked for."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Mapping
from typing import Final, Protocol

from tickertape.errors import ConfigError
from tickertape.gateway.config.command_config import CommandConfig
from tickertape.gateway.config.loading import Secrets
from tickertape.gateway.custom_commands.catalog import Catalog
from tickertape.gateway.custom_commands.custom_command import (
    Action,
    CustomCommand,
    FunctionAction,
    ProgramAction,
    PromptAction,
    argument,
)
from tickertape.gateway.custom_commands.parameters import UnfitFunctionError, parameters
from tickertape.gateway.custom_commands.templates import parsed

__all__ = ["PASSED_ON", "Importing", "catalog_of"]

_LOG = logging.getLogger(__name__)

PASSED_ON: Final = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR")
"""The variables of ours that every program gets: none of them is a secret."""

_FIXED: Final = {"TERM": "dumb"}
"""Programs that look at it use no colours, and do not move the cursor."""


class Importing(Protocol):
    """Imports what a configuration names."""

    def __call__(self, path: str, *, key: str) -> object:
        """Return what `path` names; raise `ConfigError`, with `key`, where that is nothing."""
        ...


def catalog_of(
    configured: Mapping[str, CommandConfig],
    secrets: Secrets,
    importing: Importing,
    environ: Mapping[str, str] = os.environ,
) -> Catalog:
    """Return the operator's commands; a program that is not here is logged.

    Args:
        configured: the commands by their names.
        secrets: the values of the variables that they name.
        importing: finds their functions.
        environ: our own variables.

    Raises:
        ConfigError: when a function cannot be imported, or cannot be a command.
    """
    return Catalog(
        {
            name: CustomCommand(
                name,
                config.description.strip(),
                _action(name, config, secrets, importing, environ),
                frozenset(config.allow),
                config.timeout,
                config.longest,
            )
            for name, config in configured.items()
        }
    )


def _action(
    name: str,
    config: CommandConfig,
    secrets: Secrets,
    importing: Importing,
    environ: Mapping[str, str],
) -> Action:
    if config.prompt is not None:
        return PromptAction(parsed(config.prompt))
    if config.function is not None:
        return _function(f"commands.{name}.function", config.function, importing)
    program, *items = config.program or ()
    ours = {one: environ[one] for one in PASSED_ON if one in environ}
    passed = {one: secrets.value_of(one) for one in config.env_from}
    action = ProgramAction(
        program,
        tuple(argument(item) for item in items),
        config.format,
        config.cwd,
        {**ours, **_FIXED, **passed},
    )
    if config.cwd is not None and not os.path.isdir(config.cwd):  # noqa: PTH112
        told = "the folder of a command is not here: make it, or correct its path"
        _LOG.warning(told, extra={"command": name, "folder": config.cwd})
    elif not _is_there(action):
        told = "the program of a command is not here: install it, or correct its path"
        _LOG.warning(told, extra={"command": name, "program": program})
    return action


def _function(key: str, path: str, importing: Importing) -> FunctionAction:
    found = importing(path, key=key)
    if not callable(found):
        raise ConfigError(key, path, "a function")
    try:
        return FunctionAction(found, parameters(found))
    except UnfitFunctionError as error:
        raise ConfigError(key, path, str(error)) from None


def _is_there(action: ProgramAction) -> bool:
    path = action.program
    if os.sep in path:  # found from the folder in which it runs
        path = os.path.join(action.cwd or os.curdir, path)  # noqa: PTH118 - keeps its folder
    return shutil.which(path, path=action.environment.get("PATH")) is not None
