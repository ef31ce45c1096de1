"""`tickertape init`: the configuration file, complete with defaults and comments."""

from __future__ import annotations

from pathlib import Path

from tickertape.errors import ConfigError
from tickertape.gateway.config.loading import template

__all__ = ["write"]


def write(path: Path, *, replace: bool) -> None:
    """Write the file, and print the next steps.

    Raises:
        ConfigError: when the file is there, or cannot be written.
    """
    try:
        with path.open("w" if replace else "x", encoding="utf-8") as file:
            file.write(template())
    except FileExistsError:
        raise ConfigError("path", str(path), "a new file; --force replaces one") from None
    except OSError as error:
        raise ConfigError("path", str(path), f"a writable place ({error.strerror})") from None
    print(f"Wrote {path}. Set the variables that it names, then: tickertape serve --config {path}")
