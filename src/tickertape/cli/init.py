"""`tickertape init`: the configuration file, complete with defaults and comments."""

from __future__ import annotations

from pathlib import Path

from tickertape.errors import ConfigError, UsageError
from tickertape.gateway.config.loading import template

__all__ = ["write"]


def write(path: Path, *, replace: bool) -> None:
    """Write the file, and print the next steps. One that is there stays whole until that is done.

    Raises:
        ConfigError: when the file is there, or cannot be written.
    """
    try:
        if path.exists() and not replace:
            raise UsageError(f"{path} exists; --force overwrites it")
        _write(path.resolve())
    except OSError as error:
        raise ConfigError("path", str(path), f"a writable place ({error.strerror})") from None
    print(f"Wrote {path}. Set the variables that it names, then: tickertape serve --config {path}")


def _write(path: Path) -> None:
    """Write another file first, and put it in its place: a disk may be full."""
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_text(template(), "utf-8")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
