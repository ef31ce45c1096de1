"""Files that are asked about: their text becomes part of the question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from tickertape.errors import UsageError

__all__ = ["attached"]

_RUNS = re.compile(r"`{3,}")


def attached(paths: Sequence[str]) -> list[str]:
    """Return the texts of files, each below its name and in a block of code.

    Args:
        paths: the files; `-` is what comes through the pipe, which is asked about anyway.

    Raises:
        UsageError: when one cannot be read, or is no text.
    """
    return [_told(path) for path in paths if path != "-"]


def _told(path: str) -> str:
    if path.startswith(("http://", "https://")):
        raise UsageError(f"-a {path}: only files can be attached; download it first")
    file = Path(path).expanduser()
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"-a {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise UsageError(f"-a {path}: only text can be attached, no pictures or other binary files")
    fence = max(("```", *(f"{run}`" for run in _RUNS.findall(text))), key=len)
    return f"{file.name}:\n\n{fence}\n{text.rstrip()}\n{fence}"
