"""The command line: `tickertape demo | init | doctor | serve | ... | ask | chat | logs | ...`.

overview    the commands at a glance
app         the commands and their options, with `shell_commands`, `access_commands` and
            `developer_commands`
missing     which packages a command needs, and which extra brings them
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import NoReturn

__all__ = ["main"]

_BAD_CONFIG = 2
_FAILED = 1


def main() -> None:
    """Run the command that the arguments name, and end the process.

    The exit code is 0 for success, 2 for arguments or a configuration that cannot be used, 130
    after an interrupt, 1 for anything else. What goes wrong on purpose is one line on stderr; what
    is wrong in a file, one line for each mistake.
    """
    if sys.argv[1:] in (["-h"], ["--help"]):
        from tickertape.cli.overview import overview  # noqa: PLC0415 - instead of all that follows

        print(overview())
        return
    from tickertape.cli.app import app  # noqa: PLC0415 - the parser's libraries
    from tickertape.cli.arguments import paired  # noqa: PLC0415
    from tickertape.errors import ConfigError, TickertapeError  # noqa: PLC0415

    try:
        app(args=paired(sys.argv[1:]), prog_name="tickertape")
    except ConfigError as error:
        _end(error.lines, _BAD_CONFIG)
    except TickertapeError as error:
        _end([str(error)], _FAILED)
    except ModuleNotFoundError as error:
        from tickertape.cli.missing import sentence  # noqa: PLC0415 - seldom

        told = sentence(next(iter(sys.argv[1:]), ""), error.name or "")
        if told is None:
            raise
        _end([told], _FAILED)


def _end(lines: Iterable[str], code: int) -> NoReturn:
    if sys.stderr is not None:  # `print` would take standard output instead
        for line in lines:
            print(f"tickertape: {line}", file=sys.stderr)
    sys.exit(code)
