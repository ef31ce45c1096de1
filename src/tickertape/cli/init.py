"""`tickertape init`: the configuration file, complete with defaults and comments."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from tickertape.errors import ConfigError, UsageError
from tickertape.gateway.config.channel_types import TELEGRAM
from tickertape.gateway.config.loading import template

__all__ = ["write"]


def write(path: Path, *, replace: bool, channels: Collection[str] = (TELEGRAM,)) -> None:
    """Write the file, and print the next steps. One that is there stays whole until that is done.

    Args:
        path: where it is.
        replace: whether a file that is there may be replaced.
        channels: the types of the channels that it has.

    Raises:
        ConfigError: when the file is there, or cannot be written.
    """
    try:
        if path.exists() and not replace:
            raise UsageError(f"{path} exists; --force overwrites it")
        _write(path.resolve(), template(channels))
    except OSError as error:
        raise ConfigError("path", str(path), f"a writable place ({error.strerror})") from None
    given = "" if path == Path("tickertape.yaml") else f" --config {path}"
    print(f"Wrote {path}. Next:")
    print("1. Add your Telegram user id to access.allow in it (@userinfobot tells you yours).")
    print("2. Set TELEGRAM_BOT_TOKEN (from @BotFather) and OPENAI_API_KEY.")
    print(f"3. tickertape doctor{given}")
    print(f"4. tickertape serve{given}")


def _write(path: Path, text: str) -> None:
    """Write another file first, and put it in its place: a disk may be full."""
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_text(text, "utf-8")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
