"""The command line: `tickertape demo | init | doctor | serve | ... | ask | chat | logs | ...`.

This module knows the commands and their options, and says what they mean: the functions that run
them take the same. What a command needs is imported when it runs, so that `--help` is instant and a
command works without the extras of the others.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from typer.core import TyperGroup

from tickertape.cli.access_commands import access_app
from tickertape.cli.arguments import paired
from tickertape.cli.developer_commands import bench_app, emulate, simulate
from tickertape.cli.options import ConfigOption, Port, carry_out, examples
from tickertape.cli.shell_commands import (
    ASK_EXAMPLES,
    CHAT_EXAMPLES,
    ask,
    chat,
    logs_app,
    models,
    templates_app,
)
from tickertape.errors import ConfigError, TickertapeError
from tickertape.gateway.fleet.role import ProcessRole

__all__ = ["main"]

_BAD_CONFIG = 2
_FAILED = 1

_ORDER = (
    *("demo", "init", "doctor", "serve", "access", "backup"),
    *("ask", "chat", "models", "logs", "templates"),
    *("emulate", "simulate", "bench"),
)
"""The commands as they are listed: the first ones first."""


class _InOrder(TyperGroup):
    """Commands that are listed as people need them, groups among them."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        return sorted(super().list_commands(ctx), key=_ORDER.index)


_app = typer.Typer(
    name="tickertape",
    cls=_InOrder,
    help="Live replies from any LLM agent, in any chat.",
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def main() -> None:
    """Run the command that the arguments name, and end the process.

    The exit code is 0 for success, 2 for arguments or a configuration that cannot be used, 130
    after an interrupt, 1 for anything else. What goes wrong on purpose is one line on stderr; what
    is wrong in a file, one line for each mistake.
    """
    try:
        _app(args=paired(sys.argv[1:]), prog_name="tickertape")
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


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version as installed_version  # noqa: PLC0415 - 20 ms

        print(f"tickertape {installed_version('tickertape')}")
        raise typer.Exit


@_app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Live replies from any LLM agent, in any chat."""


_Agent = Annotated[
    str,
    typer.Option(help="Your own agent, as module:object, instead of the configured models."),
]


@_app.command(epilog=examples("tickertape demo", "tickertape demo --port 9000"))
def demo(
    port: Port = 8081,
    scripted: Annotated[
        bool, typer.Option("--scripted", help="Stream a canned text instead of running a model.")
    ] = False,
    real: Annotated[
        bool, typer.Option("--real", help="Your bot in the real Telegram, not an emulator.")
    ] = False,
) -> None:
    """See it work, without keys or accounts.

    Starts a small model, a Telegram of its own and a bot on this machine, and prints one address.
    --real takes your bot's token from TELEGRAM_BOT_TOKEN, and your user id from TICKERTAPE_ALLOW.
    """
    from tickertape.cli.imports import gc_paused  # noqa: PLC0415

    def run() -> None:
        with gc_paused():
            from tickertape.cli.demo.command import demo as run_demo  # noqa: PLC0415
        run_demo(port, scripted=scripted, is_real=real)

    carry_out(run)


@_app.command(epilog=examples("tickertape init", "tickertape init ~/bot/tickertape.yaml"))
def init(
    path: Annotated[Path, typer.Argument(help="Where to write it.")] = Path("tickertape.yaml"),
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write a configuration file that explains every setting."""
    from tickertape.cli.init import write  # noqa: PLC0415

    write(path, replace=force)


@_app.command(epilog=examples("tickertape doctor", "tickertape doctor --offline"))
def doctor(
    config: ConfigOption = None,
    agent: _Agent = "",
    offline: Annotated[bool, typer.Option("--offline", help="Ask no server.")] = False,
) -> None:
    """Check the set-up: each thing in one line, with what to do.

    The configuration, its variables, the bot, the models, the tools, the database, the disk and the
    clock. Nothing is changed, and no message is read. Ends with 1 if something keeps the gateway
    from working.
    """
    from tickertape.cli.imports import gc_paused  # noqa: PLC0415

    def run() -> int:
        with gc_paused():
            from tickertape.cli.doctor.command import doctor as run_doctor  # noqa: PLC0415
        return run_doctor(config, agent=agent, offline=offline)

    carry_out(run)


@_app.command(epilog=examples("tickertape serve", "tickertape serve --agent my_agent:answer"))
def serve(
    config: ConfigOption = None,
    agent: _Agent = "",
    role: Annotated[
        ProcessRole,
        typer.Option(
            help="What this process does, where several answer together: `intake` reads the "
            "channels, `worker` answers. Needs Postgres."
        ),
    ] = ProcessRole.ALL,
) -> None:
    """Run the gateway.

    SIGTERM and Ctrl-C end it within seconds; what is on its way goes on when it runs again, or at
    once in another process where several answer together. SIGHUP reads the configuration again.
    """
    from tickertape.cli.signals import hangups_ignored  # noqa: PLC0415

    # Before anything else: a reload may be ordered as soon as the process is there.
    outlives_terminal = hangups_ignored()
    from tickertape.cli.serve import serve as run  # noqa: PLC0415

    carry_out(lambda: run(config, agent, outlives_terminal=outlives_terminal, role=role))


_app.add_typer(access_app, name="access")


@_app.command(epilog=examples("tickertape backup", "tickertape backup /mnt/backups/"))
def backup(
    target: Annotated[
        str,
        typer.Argument(
            help="The file to write, or its folder.",
            show_default="a file with the date in its name, in this folder",
        ),
    ] = "",
    config: ConfigOption = None,
) -> None:
    """Copy the database, also while `serve` runs.

    The copy is what the database was at one moment. A file that is there is not replaced.
    """
    from tickertape.cli.backup import backup as run  # noqa: PLC0415

    carry_out(lambda: run(config, target))


_app.command(epilog=ASK_EXAMPLES)(ask)
_app.command(epilog=CHAT_EXAMPLES)(chat)
_app.add_typer(logs_app, name="logs")
_app.add_typer(templates_app, name="templates")
_app.command(epilog=examples("tickertape models"))(models)
_app.command(epilog=examples("tickertape emulate", "tickertape emulate --port 9000"))(emulate)
_app.command(epilog=examples("tickertape simulate --runs 100"))(simulate)
_app.add_typer(bench_app, name="bench")
