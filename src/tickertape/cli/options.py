"""What commands of the command line share: where their configuration is, and how they end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["ConfigOption", "Port", "carry_out", "examples"]

_INTERRUPTED = 130  # 128 + SIGINT, as shells count

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="The configuration; else $TICKERTAPE_CONFIG, ./tickertape.yaml, or the user's.",
        show_default=False,
    ),
]
"""The path of the configuration; None: it is looked for, see `tickertape.cli.config_file`."""


def _port(word: str | int) -> int:
    if isinstance(word, str) and word.isascii() and word.isdigit():
        word = int(word)
    if not isinstance(word, int) or word > 65_535:
        raise typer.BadParameter("write a number from 0 to 65535")
    return word


Port = Annotated[
    int, typer.Option(metavar="NUMBER", parser=_port, help="The port; 0 picks a free one.")
]
"""Where something listens."""


def examples(*lines: str) -> str:
    """Return the end of a command's help that shows how it is used.

    Args:
        *lines: command lines.
    """
    # The first line keeps the parser of help texts from joining the others.
    return "\n".join(
        ("\b", "Example:" if len(lines) == 1 else "Examples:", *(f"  {one}" for one in lines))
    )


def carry_out(command: Callable[[], int | None]) -> None:
    """Run a command, which Ctrl-C may interrupt; exit with the code that it returns, if any.

    Raises:
        typer.Exit: unless the code is 0.
    """
    try:
        code = command()
    except KeyboardInterrupt:
        code = _INTERRUPTED
    if code:
        raise typer.Exit(code)
