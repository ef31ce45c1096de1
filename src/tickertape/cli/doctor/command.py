"""`tickertape doctor`: looks at everything at once, and prints what is wrong, each with its cure.

Servers are asked at the same time, so that a network that is dead costs as long as one server that
does not answer. Nothing is changed anywhere, and no message of a bot is read.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from itertools import chain
from pathlib import Path

from tickertape.cli.config_file import need_config
from tickertape.cli.doctor.checks import SetUp, checks_of, outcome_of
from tickertape.cli.doctor.findings import Finding, error, ok
from tickertape.cli.doctor.report import exit_code, lines_of, total_of
from tickertape.cli.doctor.servers import Obstacle
from tickertape.cli.redaction import Redaction
from tickertape.errors import ConfigError
from tickertape.gateway.config.loading import located, text_of
from tickertape.gateway.config.review import Mistake, review
from tickertape.gateway.config.variables import named_variables

__all__ = ["Diagnosis", "diagnose", "doctor", "examine"]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What `doctor` has to say."""

    lines: Sequence[str]
    """A line for each finding, and one that counts them; without secrets."""
    code: int
    """The exit code: 1 if something keeps the gateway from working, else 0."""
    is_held_up: bool = False
    """Whether a server did not answer in time: a thread may still wait for it."""


def doctor(config: Path | None, *, agent: str, offline: bool) -> int:
    """Check a set-up, and print a line for each finding; return 1 if there is an error, else 0.

    Args:
        config: the path of the configuration; None: it is looked for.
        agent: an agent of the operator's, as `module:object`; empty: the models answer.
        offline: whether no server may be asked.
    """
    # What goes wrong is told by findings: the log would say it once more.
    logging.disable(logging.CRITICAL)
    return asyncio.run(_doctor(config, agent=agent, offline=offline))


async def _doctor(config: Path | None, *, agent: str, offline: bool) -> int:
    told = await diagnose(config, os.environ, agent=agent, offline=offline, coloured=_is_coloured())
    for line in told.lines:
        print(line)
    sys.stdout.flush()
    if told.is_held_up:
        # A name server that is silent holds its thread for up to half a minute, and Python waits
        # for its threads.
        os._exit(told.code)
    return told.code


async def diagnose(
    config: Path | None,
    environ: Mapping[str, str],
    *,
    agent: str = "",
    offline: bool = False,
    coloured: bool = False,
) -> Diagnosis:
    """Return what there is to say of a set-up; see `doctor`."""
    found, setup = _read(config, environ, agent, offline=offline)
    if setup is not None:
        found = [*found, *await examine(setup)]
    hidden = _redaction(setup)
    lines = lines_of(found, lambda text: hidden(None, "", text), coloured=coloured)
    is_held_up = setup is not None and _is_held_up(setup)
    return Diagnosis([*lines, total_of(found)], exit_code(found), is_held_up)


def _read(
    config: Path | None, environ: Mapping[str, str], agent: str, *, offline: bool
) -> tuple[Sequence[Finding], SetUp | None]:
    """Return what there is to say of the file, and what it describes; None if it cannot be read."""
    try:
        path = need_config(config, environ)
        text = text_of(path)
    except ConfigError as failure:
        cure = f"It has to be {failure.allowed}"
        return [error("configuration", failure.problem, cure)], None
    read = review(text, path.name)
    found = [_of_mistake(path, mistake) for mistake in read.mistakes]
    if read.config is None:
        return found, None
    settings = located(read.config, path.resolve().parent)
    setup = SetUp(settings, environ, agent, read.broken, is_offline=offline)
    return found or [ok("configuration", f"{path.absolute()} has no mistakes")], setup


async def examine(setup: SetUp) -> Sequence[Finding]:
    """Return the findings of all checks: first those of this machine, then servers, all at once."""
    checks = list(checks_of(setup))
    here = [await outcome_of(each, setup) for each in checks if not each.is_online]
    if not setup.is_offline:
        # What is imported while servers are asked takes from the time in which they may answer.
        with suppress(ImportError):  # told by the checks that need it
            import_module("tickertape.gateway.agent")
    asking = [outcome_of(each, setup) for each in checks if each.is_online]
    there = iter(await asyncio.gather(*asking))
    told = iter(here)
    return list(chain.from_iterable(next(there if one.is_online else told) for one in checks))


def _of_mistake(path: Path, mistake: Mistake) -> Finding:
    place = f"{path}:{mistake.line}" if mistake.line else str(path)
    return error(place, mistake.error.problem, f"Allowed: {mistake.error.allowed}")


def _redaction(setup: SetUp | None) -> Redaction:
    """Return what redacts the values of named variables, also of those that cannot be used."""
    if setup is None:
        return Redaction(())
    names = {name for _, name in named_variables(setup.config)}
    values = [setup.environ.get(name, "") for name in names]
    password = setup.config.storage.url.rpartition("@")[0].rpartition(":")[2]
    return Redaction([*values, *(value.strip(" \t\r\n\"'`") for value in values), password])


def _is_held_up(setup: SetUp) -> bool:
    """Return whether a server did not answer in time."""
    reaches = [asking.result() for asking in setup.reaches.values() if asking.done()]
    return any(one.obstacle is Obstacle.SILENT for one in reaches)


def _is_coloured() -> bool:
    """Return whether marks have a colour (no-color.org)."""
    is_wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return is_wanted and sys.stdout is not None and sys.stdout.isatty()
