"""What is to be installed for a command, purely but for looking: one sentence that names it all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Final

__all__ = ["NEEDS", "Requirement", "sentence"]


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a command needs besides the base install."""

    extra: str
    """The extra that brings it."""
    modules: tuple[str, ...]
    """The modules that it imports; those that other packages bring along are not named."""


_TERMINAL: Final = Requirement(
    "terminal", ("aiohttp", "httpx2", "msgspec", "prompt_toolkit", "pygments", "rich")
)
_BOT: Final = Requirement(
    "bot",
    (
        *("aiogram", "aiohttp", "aiosqlite", "alembic", "cattrs", "certifi", "filelock"),
        *("msgspec", "sqlalchemy", "structlog"),
    ),
)
_EMULATOR: Final = Requirement("emulator", ("h11", "starlette", "uvicorn"))
_MODEL: Final = Requirement("local", ("filelock", "huggingface_hub", "httpx2", "rich", "xllamacpp"))

NEEDS: Final[Mapping[str, Requirement]] = {
    "ask": _TERMINAL,
    "chat": _TERMINAL,
    "logs": _TERMINAL,
    "serve": _BOT,
    "doctor": _BOT,
    "backup": _BOT,
    "access": _BOT,
    "emulate": _EMULATOR,
    "demo": Requirement("demo", (*_BOT.modules, *_EMULATOR.modules, *_MODEL.modules)),
    "simulate": Requirement("all", (*_BOT.modules, *_EMULATOR.modules)),
    "bench": Requirement("all", (*_BOT.modules, *_EMULATOR.modules, *_MODEL.modules)),
}
"""What each command needs."""

_ALONE: Final[Mapping[str, str]] = {
    "agents": "openai-agents",
    "aiogram": "telegram",
    "aiohttp": "terminal",
    "aiosqlite": "gateway",
    "alembic": "gateway",
    "anthropic": "anthropic",
    "anyio": "mcp",
    "cattrs": "gateway",
    "certifi": "telegram",
    "filelock": "local",
    "h11": "emulator",
    "httpx2": "openai",
    "huggingface_hub": "local",
    "langchain_core": "langchain",
    "langgraph": "langchain",
    "mcp": "mcp",
    "msgspec": "terminal",
    "nio": "matrix",
    "numpy": "speech",
    "openai": "openai",
    "opentelemetry": "opentelemetry",
    "piper": "piper",
    "procrastinate": "postgres",
    "prometheus_client": "watch",
    "prompt_toolkit": "terminal",
    "psycopg": "postgres",
    "psycopg_pool": "postgres",
    "pydantic_ai": "pydantic-ai",
    "pygments": "terminal",
    "rich": "terminal",
    "soundfile": "speech",
    "sqlalchemy": "gateway",
    "starlette": "emulator",
    "structlog": "gateway",
    "typing_extensions": "telegram",
    "uvicorn": "emulator",
    "vodozemac": "matrix-e2e",
    "xllamacpp": "local",
    "yarl": "terminal",
}
"""An extra that brings a module which the command does not always need."""


def sentence(command: str, module: str) -> str | None:
    """Return what is missing for a command, and how to install all of it; None: nothing of ours is.

    Args:
        command: the name of the command; empty if there is none.
        module: the module that could not be imported.
    """
    top = module.partition(".")[0]
    need = NEEDS.get(command)
    missing = [] if need is None else [one for one in need.modules if find_spec(one) is None]
    if need is not None and top in missing:
        named = ", ".join(missing)
        return f"`tickertape {command}` needs {named}: pip install 'tickertape[{need.extra}]'"
    if (extra := _ALONE.get(top)) is None:
        return None
    return f"{top} is not installed: pip install 'tickertape[{extra}]'"
