"""Nothing is configured: the embedded model is offered to a person, and never fetched unasked."""

from __future__ import annotations

import sys
from pathlib import Path

from tickertape.cli.config_file import no_config
from tickertape.local.model import SMALL
from tickertape.local.store import ModelStore

__all__ = ["offered"]

_YES = {"", "y", "yes"}


def offered(store: ModelStore | None = None) -> Path:
    """Return the embedded model's file; if it is missing, ask whether to download it.

    Args:
        store: where the file is kept; None for the user's cache directory.

    Raises:
        ConfigError: when there is no terminal to ask on, or the answer is no.
        ModelUnavailableError: when it cannot be had.
    """
    store = store or ModelStore()
    if not store.has() and not _agreed():
        raise no_config("set OPENAI_API_KEY", "run `tickertape chat`: it offers the embedded model")
    return store.fetch()


def _agreed() -> bool:
    if not (sys.stdin and sys.stdin.isatty() and sys.stderr and sys.stderr.isatty()):
        return False
    print(
        f"There is no tickertape.yaml here. The embedded model needs no account:\n"
        f"{SMALL.name}, {SMALL.licence}, {SMALL.size / 1e6:,.0f} MB, fetched once.\n"
        "Fetch and start it? [Y/n] ",
        end="",
        file=sys.stderr,
        flush=True,
    )
    said = sys.stdin.readline()
    return bool(said) and said.strip().lower() in _YES
