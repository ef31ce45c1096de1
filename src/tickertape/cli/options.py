"""What commands of the command line share: where their configuration is, and how they end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["ConfigOption", "carry_out"]

_INTERRUPTED = 130  # 128 + SIGINT, as shells count

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        help="The configuration file.",
        show_default="$TICKERTAPE_CONFIG, ./tickertape.yaml, or the user's",
    ),
]
"""The path of the configuration; None: it is looked for, see `tickertape.cli.config_file`."""


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
