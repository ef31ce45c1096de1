"""The commands and files on the pages are those of the program: each is parsed as it stands."""

from __future__ import annotations

import importlib.util
import re
import shlex
import tomllib
from collections.abc import Iterator
from configparser import RawConfigParser
from typing import Any

import pytest
import yaml
from pages import ROOT, Block, blocks, name_of, pages
from typer.main import get_command

from tickertape.cli.app import app
from tickertape.gateway.config.gateway_config import GatewayConfig

MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
SHELL = ("", "sh", "bash", "console")
PROGRAMS = {
    ".", "cd", "cp", "curl", "docker", "export", "git", "mkdir", "python", "python3", "sudo",
    "TELEGRAM_API_BASE=http://127.0.0.1:8081",
}  # fmt: skip
"""Other programs that the pages have readers run."""


def lines() -> Iterator[tuple[Block, str]]:
    """Yield each line of a shell on the pages, with those it goes on in."""
    for block in blocks(*SHELL):
        code = re.sub(r"\\\n\s*", "", block.code)
        for line in code.splitlines():
            bare = line.removeprefix("$ ").strip()
            if bare and not bare.startswith("#"):
                yield block, bare


def told() -> Iterator[tuple[str, str]]:
    """Yield each command of ours on the pages: in blocks of a shell, and in the text."""
    for block, line in lines():
        for part in re.split(r" \| | && ", line):
            if found := re.match(r"(?:docker compose exec bot )?(tickertape [a-z-].*)", part):
                yield str(block), found[1]
    for name, text in pages().items():
        for command in re.findall(r"`(tickertape [a-z][^`]*)`", text):
            yield name, command


def arguments(command: str) -> list[str]:
    """Return the words of a command, with something in the place of what the reader fills in."""
    words = shlex.split(command.replace("...", ""), comments=True)[1:]
    ends = [at for at, word in enumerate(words) if word in {">", "<", "|"}]
    words = words[: ends[0]] if ends else words
    return ["7" if re.fullmatch(r"[NFS]|SEED|PORT", word) else word for word in words]


@pytest.mark.parametrize(("place", "command"), sorted(set(told())))
def test_each_command_is_understood(place: str, command: str) -> None:
    """The command, its options and their values are ours."""
    parser: Any = get_command(app)
    words = arguments(command)
    if not words or words == ["--version"]:
        return
    context = parser.make_context("tickertape", [words[0]], resilient_parsing=True)
    name, sub, rest = parser.resolve_command(context, words)
    while hasattr(sub, "commands") and rest and not rest[0].startswith("-"):
        context = sub.make_context(name, [], parent=context, resilient_parsing=True)
        name, sub, rest = sub.resolve_command(context, rest)
    is_whole = place.endswith(tuple("0123456789"))
    sub.make_context(name, rest, parent=context, resilient_parsing=not is_whole)
    options = {one for param in sub.params for one in (*param.opts, *param.secondary_opts)}
    given = {word.partition("=")[0] for word in rest if word.startswith("-") and word != "--"}
    assert given <= options, place


def test_each_target_of_make_exists() -> None:
    """`make X` is a target of the Makefile."""
    spans = [span for text in pages().values() for span in re.findall(r"`(make [^`]+)`", text)]
    commands = [*spans, *(line for _, line in lines() if line.startswith("make "))]
    named = {
        word
        for command in commands
        for word in shlex.split(command, comments=True)[1:]
        if "=" not in word
    }
    shown = {target for target in named if re.search(rf"^{target}:", MAKEFILE, re.MULTILINE)}
    assert {"demo", "test", "docs"} <= shown
    assert named - shown == set()


def test_each_extra_exists() -> None:
    """Those of `tickertape[...]`, on all pages and in the sources' messages."""
    named = {
        extra
        for text in pages().values()
        for found in re.findall(r"tickertape\[([\w,-]+)\]", text)
        for extra in found.split(",")
    }
    assert named <= set(PROJECT["optional-dependencies"])
    installing = set(PROJECT["optional-dependencies"]) - {"all"}
    page = pages()["docs/install.md"]
    assert [extra for extra in sorted(installing) if extra not in page] == []


def test_each_program_is_one_that_readers_have() -> None:
    """A line of a shell begins with our program, or with one of a short list."""
    shell = {line.split()[0] for block, line in lines() if block.language in {"sh", "bash"}}
    assert shell - PROGRAMS - {"tickertape", "make", "pip"} == set()


def test_each_module_that_is_run_exists() -> None:
    """`python -m X`, and the files that `python X` runs."""
    for text in pages().values():
        for module in re.findall(r"python3? -m ([\w.]+)", text):
            assert importlib.util.find_spec(module) is not None, module
        for file in re.findall(r"python ((?:examples|tools|docs)/\S+\.py)", text):
            assert (ROOT / file).exists(), file


@pytest.mark.parametrize("block", blocks("yaml"), ids=name_of)
def test_each_configuration_can_be_read(block: Block) -> None:
    """Ours are accepted as they stand; others are YAML."""
    read = yaml.safe_load(block.code)
    if set(read) & set(GatewayConfig.model_fields):  # else it is another program's
        GatewayConfig.model_validate(read)


@pytest.mark.parametrize("block", blocks("toml", "ini"), ids=name_of)
def test_each_file_of_another_format_can_be_read(block: Block) -> None:
    """TOML for packages; units of systemd."""
    if block.language == "toml":
        assert "project" in tomllib.loads(block.code)
    else:
        unit = RawConfigParser(strict=False)
        unit.read_string(block.code)
        assert "Service" in unit


def test_each_block_has_a_language_that_is_tested() -> None:
    """`sql`, `nginx` and `console` have tests of their own, with what they are about."""
    known = {"", "bash", "console", "ini", "nginx", "python", "sh", "sql", "toml", "yaml"}
    assert {block.language for block in blocks()} <= known
