"""Looks at what tools, commands and speech need on this machine: modules, programs, files."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from tickertape.cli.doctor.findings import Finding, error, ok
from tickertape.errors import ConfigError, SpeechError
from tickertape.gateway.config.command_config import CommandConfig
from tickertape.gateway.config.loading import Secrets
from tickertape.gateway.config.sections import McpConfig, SpeechConfig, ToolsConfig
from tickertape.gateway.custom_commands.assembly import catalog_of
from tickertape.speech.engines.by_name import open_engine
from tickertape.speech.engines.espeak import PROGRAM
from tickertape.tools.functions import installed, load
from tickertape.tools.importing import imported

__all__ = ["command_findings", "function_findings", "program_finding", "speech_finding"]

_SPEECH: Final = "speech"


def function_findings(config: ToolsConfig) -> Iterator[Finding]:
    """Yield a finding for each tool that cannot be imported, and one for all others."""
    good = 0
    for at, name in enumerate(config.builtin):
        try:
            installed(name, key=f"tools.builtin[{at}]")
            good += 1
        except ConfigError as failure:
            yield error(f"tool {name}", *_told(failure))
    for path in config.functions:
        try:
            load(path)
            good += 1
        except ConfigError as failure:
            yield error(f"tool {path}", *_told(failure))
    if good:
        yield ok("tools", f"{good} can be called")


def _told(failure: ConfigError) -> tuple[str, str]:
    return "cannot be used", f"It has to be {failure.allowed}"


def program_finding(name: str, server: McpConfig) -> Finding:
    """Return whether the program of an MCP server can be started."""
    subject, section = f"MCP server {name}", f"tools.mcp.{name}"
    path = server.env.get("PATH")
    lacking = _lacking(subject, f"{section}.command", server.command or "", server.cwd, path)
    return lacking or ok(subject, f"{server.command} will be started")


def command_findings(commands: Mapping[str, CommandConfig]) -> Iterator[Finding]:
    """Yield a finding for each of the operator's commands that cannot be used, and one for all."""
    good = 0
    for name, command in commands.items():
        if (unfit := _unfit_command(name, command)) is not None:
            yield unfit
        else:
            good += 1
    if good:
        yield ok("commands", f"{good} can be used")


def _unfit_command(name: str, command: CommandConfig) -> Finding | None:
    """Return why a command cannot be used; None if it can."""
    subject = f"command /{name}"
    if command.program is not None:
        key = f"commands.{name}.program"
        return _lacking(subject, key, command.program[0], command.cwd, None)
    if command.function is not None:
        try:
            catalog_of({name: command}, Secrets(), imported)
        except ConfigError as failure:
            return error(subject, *_told(failure))
    return None


def _lacking(
    subject: str, key: str, program: str, cwd: str | None, path: str | None
) -> Finding | None:
    """Return what a program lacks to be started; None if nothing.

    Args:
        subject: what it is of.
        key: the setting that names it; `cwd` stands next to that.
        program: its name or path.
        cwd: the folder in which it runs; None: ours.
        path: where it is looked for, as `PATH` has it; None: in ours.
    """
    if cwd is not None and not Path(cwd).is_dir():
        section = key.rpartition(".")[0]
        cure = f"Make it, or correct {section}.cwd."
        return error(subject, f"its folder {cwd} does not exist", cure)
    there = str(Path(cwd) / program) if os.sep in program and cwd is not None else program
    if shutil.which(there, path=path) is None:
        cure = f"Install it, or write its whole path in {key}."
        return error(subject, f"there is no program {program}", cure)
    return None


async def speech_finding(config: SpeechConfig, key: str) -> Finding:
    """Return whether the engine of speech can be used; `key` is its server's key, or empty."""
    if config.engine == "espeak" and shutil.which(PROGRAM) is None:
        return error(_SPEECH, f"{PROGRAM} is not installed", f"apt install {PROGRAM}")
    for module, extra, engines in (("soundfile", "speech", None), ("piper", "piper", {"piper"})):
        is_needed = engines is None or config.engine in engines
        if is_needed and importlib.util.find_spec(module) is None:
            return error(
                _SPEECH, f"{module} is not installed", f"pip install 'tickertape[{extra}]'"
            )
    try:
        await open_engine(config.engine, config.settings(key)).aclose()
    except SpeechError as failure:
        return error(_SPEECH, str(failure), "Correct speech.voice.")
    except ConfigError as failure:
        return error(_SPEECH, *_told(failure))
    return ok(_SPEECH, f"{config.engine} can be used")
