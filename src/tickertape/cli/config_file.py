"""Where the configuration is, for every command that takes `--config`.

The first of these decides; a file that is named and not there is an error, and nothing further is
looked at:

1. the option `--config`;
2. the environment variable `TICKERTAPE_CONFIG`;
3. `tickertape.yaml` in the current folder, if it is there;
4. `tickertape.yaml` in the user's configuration folder (`~/.config/tickertape` on Linux), if it is
   there.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tickertape.errors import ConfigError, UsageError

__all__ = ["VARIABLE", "find_config", "need_config", "no_config"]

VARIABLE: Final = "TICKERTAPE_CONFIG"
"""The environment variable that names the file."""

_NAME: Final = "tickertape.yaml"


def find_config(given: Path | None, environ: Mapping[str, str]) -> Path | None:
    """Return the path of the configuration; None if none is named, and none is found.

    Args:
        given: the path that `--config` named.
        environ: the environment variables.

    Raises:
        ConfigError: when the variable names a file that is not there.
    """
    if given is not None:
        return given
    if named := environ.get(VARIABLE, "").strip():
        path = Path(named).expanduser()
        if not path.is_file():
            raise ConfigError(VARIABLE, named, "the path of a file that exists; or unset it")
        return path
    return next((place for place in (Path(_NAME), _of_user()) if place.is_file()), None)


def need_config(given: Path | None, environ: Mapping[str, str]) -> Path:
    """Return the path of the configuration, as `find_config` does.

    Raises:
        ConfigError: when there is none; says where it was looked for.
    """
    found = find_config(given, environ)
    if found is None:
        raise no_config()
    return found


def no_config(*ways: str) -> UsageError:
    """Return the error for a command that finds no configuration.

    Args:
        *ways: what can be done instead of writing one, each as a phrase.
    """
    places = f"{Path(_NAME).absolute()} and {_of_user()}; {VARIABLE} is not set"
    todo = ", or ".join(("run `tickertape init`", *ways))
    return UsageError(f"no configuration: {todo} (looked for {places})")


def _of_user() -> Path:
    import platformdirs  # noqa: PLC0415 - only if nothing nearer is found

    return platformdirs.user_config_path("tickertape", appauthor=False) / _NAME
