"""Looks at what tools and speech need on this machine: modules, programs, files."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tickertape.cli.doctor.findings import Finding, error, ok
from tickertape.errors import ConfigError, SpeechError
from tickertape.gateway.config.sections import McpConfig, SpeechConfig, ToolsConfig
from tickertape.speech.engines.by_name import open_engine
from tickertape.speech.engines.espeak import PROGRAM
from tickertape.tools.functions import installed, load

__all__ = ["function_findings", "program_finding", "speech_finding"]

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
    return "cannot be used", f"It has to be {failure.allowed}."


def program_finding(name: str, server: McpConfig) -> Finding:
    """Return whether the program of an MCP server can be started."""
    subject, key = f"MCP server {name}", f"tools.mcp.{name}"
    if server.cwd is not None and not Path(server.cwd).is_dir():
        return error(subject, f"its folder {server.cwd} does not exist", f"Correct {key}.cwd.")
    command = server.command or ""
    if os.sep in command and server.cwd is not None:
        command = str(Path(server.cwd) / command)
    found = shutil.which(command, path=server.env.get("PATH"))
    if found is None:
        cure = f"Install it, or write its whole path in {key}.command."
        return error(subject, f"there is no program {server.command}", cure)
    return ok(subject, f"{found} will be started")


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
