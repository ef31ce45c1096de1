"""The commands and their options, and what they mean: the functions that run them take the same.

What a command needs is imported when it runs, so that a command's help is instant and it works
without the extras of the others.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperGroup

from tickertape.cli.access_commands import access_app
from tickertape.cli.developer_commands import bench_app, emulate, simulate
from tickertape.cli.options import ConfigOption, Port, carry_out, examples
from tickertape.cli.overview import COMMANDS, SUMMARY
from tickertape.cli.shell_commands import (
    ASK_EXAMPLES,
    CHAT_EXAMPLES,
    ask,
    chat,
    logs_app,
    models,
    templates_app,
)
from tickertape.gateway.fleet.role import ProcessRole

__all__ = ["app"]

_ORDER = tuple(COMMANDS)


class _InOrder(TyperGroup):
    """Commands that are listed as people need them, groups among them."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        return sorted(super().list_commands(ctx), key=_ORDER.index)


app = typer.Typer(
    name="tickertape",
    cls=_InOrder,
    help=SUMMARY,
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version as installed_version  # noqa: PLC0415 - 20 ms

        print(f"tickertape {installed_version('tickertape')}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Show nothing; the help is the application's."""


_Agent = Annotated[
    str,
    typer.Option(help="Your own agent, as module:object, instead of the configured models."),
]


@app.command(epilog=examples("tickertape demo", "tickertape demo --port 9000"))
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


class _OwnChannel(StrEnum):
    """The types of channels for which a configuration can be written."""

    TELEGRAM = "telegram"
    MATRIX = "matrix"


@app.command(epilog=examples("tickertape init", "tickertape init --channel matrix bot.yaml"))
def init(
    path: Annotated[Path, typer.Argument(help="Where to write it.")] = Path("tickertape.yaml"),
    channel: Annotated[
        list[_OwnChannel] | None,
        typer.Option(help="Where people write to the bot; give it twice for both. [telegram]"),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write a configuration file that explains every setting."""
    from tickertape.cli.init import write  # noqa: PLC0415

    write(path, replace=force, channels=channel or [_OwnChannel.TELEGRAM])


@app.command(epilog=examples("tickertape doctor", "tickertape doctor --offline"))
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


@app.command(epilog=examples("tickertape serve", "tickertape serve --agent my_agent:answer"))
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


app.add_typer(access_app, name="access")


@app.command(epilog=examples("tickertape backup", "tickertape backup /mnt/backups/"))
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


app.command(epilog=ASK_EXAMPLES)(ask)
app.command(epilog=CHAT_EXAMPLES)(chat)
app.add_typer(logs_app, name="logs")
app.add_typer(templates_app, name="templates")
app.command(epilog=examples("tickertape models"))(models)
app.command(epilog=examples("tickertape emulate", "tickertape emulate --port 9000"))(emulate)
app.command(epilog=examples("tickertape simulate --runs 100"))(simulate)
app.add_typer(bench_app, name="bench")
