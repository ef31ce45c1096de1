"""`tickertape access`: its commands and their options."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from tickertape.cli.options import ConfigOption, carry_out, examples

__all__ = ["access_app"]

access_app = typer.Typer(
    name="access",
    help="See and change who may talk to the bot.",
    epilog=examples("tickertape access list", "tickertape access approve K7Q2-M9XD"),
    no_args_is_help=True,
    rich_markup_mode=None,
)
# The ids of groups are negative numbers on Telegram, and no options.
_IDS = {"ignore_unknown_options": True}


class _Role(StrEnum):
    """What a person may do."""

    USER = "user"
    ADMIN = "admin"


_Id = Annotated[
    str, typer.Argument(metavar="ID", help="As `tickertape access list` shows it: telegram:123.")
]


@access_app.command()
def approve(
    code: Annotated[str, typer.Argument(help="What the bot told them.")],
    role: Annotated[_Role, typer.Option(help="What they may do.")] = _Role.USER,
    config: ConfigOption = None,
) -> None:
    """Let the person in who was given a code.

    Ends with 1 if the code does not count: it is used up, wrong, or over an hour old.
    """
    from tickertape.cli.access import approve as run  # noqa: PLC0415

    carry_out(lambda: run(config, code, role.value))


@access_app.command("list")
def list_all(config: ConfigOption = None) -> None:
    """List who is let in and who asks, with where that is written."""
    from tickertape.cli.access import list_all as run  # noqa: PLC0415

    carry_out(lambda: run(config))


@access_app.command(context_settings=_IDS)
def add(
    id_: _Id,
    role: Annotated[_Role, typer.Option(help="What they may do.")] = _Role.USER,
    group: Annotated[
        bool, typer.Option("--group", help="It is a group: everyone is answered there.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Let a person or a group in without a code.

    Of a person who is let in already it changes the role.
    """
    from tickertape.cli.access import add as run  # noqa: PLC0415

    carry_out(lambda: run(config, id_, role.value, is_group=group))


@access_app.command(context_settings=_IDS)
def remove(id_: _Id, config: ConfigOption = None) -> None:
    """Answer a person or a group no longer.

    A person who asks to be let in is refused.

    Ends with 1 if they are not let in, or still are: the configuration lists them.
    """
    from tickertape.cli.access import remove as run  # noqa: PLC0415

    carry_out(lambda: run(config, id_))
