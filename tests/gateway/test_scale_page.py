"""What docs/scale.md shows is true: its files, its commands, its SQL, and what it quotes."""

from __future__ import annotations

import re
import shlex
from configparser import RawConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from databases import PostgresServer, emptied
from typer.testing import CliRunner

from tickertape.cli.app import app
from tickertape.errors import ConfigError
from tickertape.gateway.config.gateway_config import GatewayConfig
from tickertape.gateway.fleet.role import ProcessRole
from tickertape.gateway.storage.database import Database

pytest_plugins = ["database_fixtures"]

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "scale.md").read_text("utf-8")
COMMANDS = re.findall(r"tickertape serve (--config \S+ --role \w+)", PAGE)


def blocks(language: str) -> list[str]:
    """Find what stands in a language; what is indented, as part of a list, without that."""
    found = re.findall(rf"^( *)```{language}\n(.*?)\n\1```", PAGE, re.DOTALL | re.MULTILINE)
    return [re.sub(rf"^{indent}", "", code, flags=re.MULTILINE) for indent, code in found]


def test_its_configuration_is_one() -> None:
    """The first block of YAML can be loaded as it is."""
    read: Any = yaml.safe_load(blocks("yaml")[0])
    assert GatewayConfig.model_validate(read).storage.url == read["storage"]["url"]


def test_its_services_serve() -> None:
    """The unit has what systemd needs, and the containers start the same program."""
    unit = RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read_string(blocks("ini")[0])
    assert shlex.split(unit["Service"]["ExecStart"])[1:3] == ["serve", "--config"]
    services = yaml.safe_load(blocks("yaml")[1])["services"]
    assert {"database", "intake", "worker"} == set(services)
    assert len(COMMANDS) == 3


@pytest.mark.parametrize("command", COMMANDS)
def test_its_commands_are_understood(command: str, tmp_path: Path) -> None:
    """Each command with its options is one of ours: only its file is not there."""
    given = command.replace("/", f"{tmp_path}/", 1).split()
    result = CliRunner().invoke(app, ["serve", *given])
    assert isinstance(result.exception, ConfigError)
    assert result.exception.key == "--config"


def test_it_names_all_roles() -> None:
    """The table has each role once."""
    assert set(re.findall(r"^ *\| `--role (\w+)`", PAGE, re.MULTILINE)) == set(ProcessRole)


@pytest.mark.anyio
async def test_its_questions_are_answered(postgres: PostgresServer) -> None:
    """The statements can be run in the database of a gateway."""
    place = await emptied(postgres)
    await (await Database.open(place.url)).aclose()
    await place.run(blocks("sql")[0])


def test_what_it_quotes_is_said() -> None:
    """Lines of the log are written like that."""
    quoted = [
        "this process reads the channel",
        "a process is gone: others go on",
        "taken for dead by other processes",
        "the database does not hear this process",
    ]
    fleet = (ROOT / "src" / "tickertape" / "gateway" / "fleet" / "fleet.py").read_text("utf-8")
    for line in quoted:
        assert line in PAGE
        assert f'"{line}' in fleet


def test_its_benchmarks_exist() -> None:
    """The commands of a checkout are there."""
    from benchmarks.fleet.trials import TRIALS  # noqa: PLC0415 - only this one needs them

    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert re.search(r"^fleet:", makefile, re.MULTILINE)
    named = re.findall(r"python -m benchmarks.fleet (\w+)", PAGE)
    assert named
    assert set(named) <= set(TRIALS)
