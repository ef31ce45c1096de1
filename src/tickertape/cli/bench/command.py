"""`tickertape bench live`: how live replies are, with your model and your channel or with ours.

Here is what can be refused before anything heavy is imported, and what is printed and written; who
answers and where is in `tickertape.cli.bench.rehearsal`.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from pathlib import Path

from tickertape.cli import logs
from tickertape.cli.bench.plan import plan
from tickertape.cli.config_file import find_config
from tickertape.cli.imports import gc_paused
from tickertape.errors import ConfigError

__all__ = ["PROMPT", "live"]

PROMPT = "How do the tides come about? Explain it in about 120 words."
"""What is asked where nothing else is given: long enough to stream, short enough to wait for."""


def live(
    *,
    sessions: str,
    config: Path | None,
    prompt: str | None,
    json_path: Path | None,
    chats: str,
    embedded: bool,
    scripted: bool,
) -> int:
    """Measure, and print a table; return the exit code: 1 if an answer did not arrive whole.

    Raises:
        ConfigError: when an option or the file cannot be used.
        ModelUnavailableError: when the embedded model is needed and cannot be had.
    """
    wanted = plan(
        sessions=sessions,
        config=_chosen(config, embedded=embedded),
        prompt=PROMPT if prompt is None else prompt,
        chats=chats,
        scripted=scripted,
        environ=os.environ,
    )
    _check_writable(json_path)
    hidden = wanted.configured[1].values if wanted.configured else ()
    logs.configure(hidden, environ=os.environ, level=logging.ERROR)
    with gc_paused():
        from tickertape.cli.bench.rehearsal import rehearse  # noqa: PLC0415 - takes seconds
        from tickertape.cli.bench.report import as_json, as_table, failures  # noqa: PLC0415

    title, results = asyncio.run(rehearse(wanted, _say_round))
    print(f"{title}; median / worst\n\n{as_table(results)}", flush=True)
    if json_path is not None:
        _write(json_path, as_json(results, setting=title, prompt=wanted.prompt))
    failed = failures(results)
    for line in failed:
        print(f"tickertape: {line}", file=sys.stderr)
    return 1 if failed else 0


def _chosen(config: Path | None, *, embedded: bool) -> Path | None:
    if embedded and config is not None:
        raise ConfigError("--config", str(config), "nothing together with --embedded")
    return None if embedded else find_config(config, os.environ)


def _check_writable(path: Path | None) -> None:
    """Raise before the measuring if the results could not be written."""
    if path is not None and (path.is_dir() or not path.absolute().parent.is_dir()):
        raise ConfigError("--json", str(path), "a file in a folder that exists")


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        reason = f"{path}: {error.strerror or 'not writable'}"
        raise ConfigError("--json", reason, "a file that can be written") from None


def _say_round(count: int) -> None:
    word = "conversation" if count == 1 else "conversations at once"
    print(f"{count} {word} ...", file=sys.stderr, flush=True)
