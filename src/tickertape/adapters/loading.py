"""A user's own agent, found by its name or recognised by its form.

    load("my_bot:agent")   the object `agent` of the module `my_bot`, as an agent
    load("support")        what an installed package offers under that name, as an agent
    adapt(thing)           anything that can be an agent, as an agent

What is recognised, in this order:

| what | becomes |
|---|---|
| an object of pydantic-ai, the OpenAI Agents SDK, LangGraph or LangChain | its adapter |
| an object of a framework for which a package with an adapter is installed | that adapter |
| an object with `run(turn)` | itself, held to the port's promises |
| a class or function that needs no argument | what it gives, if that is one of these |
| an asynchronous function of a turn | `StringAgent` |
| a blocking function of a turn and `on_delta` | `ThreadAgent` |

An object that has `resume(turn, so_far)` as well goes on with an answer that was begun.

Frameworks are recognised by the names of an object's types: none is imported to look. Adapters and
agents of other packages are entry points (`tickertape.plugins`).
"""

from __future__ import annotations

import functools
import importlib
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, cast

from tickertape.adapters.strings import ResumableStringAgent, Speech, StringAgent
from tickertape.adapters.threads import ThreadAgent
from tickertape.errors import ConfigError
from tickertape.plugins import Group, find, offered
from tickertape.ports import Agent, ResumableAgent, Turn

__all__ = ["adapt", "load"]

_KEY: Final = "--agent"
_FORM: Final = "module:object, as in my_bot:agent"
_SORTS: Final = (
    "an object with run(turn), an async function of a turn, a function of (turn, on_delta), "
    "an agent of pydantic-ai, openai-agents, LangGraph or LangChain, "
    "or a class or function without arguments that gives one of these"
)


def load(path: str) -> Agent:
    """Import an object and make an agent of it; the current folder is looked in, too.

    Args:
        path: `module:object`, where either may be dotted, or the name of an installed agent.

    Raises:
        ConfigError: when the path, the module or the object is of no use; says what is wrong.
    """
    if path in _named_agents():
        return _adapted(find(Group.AGENTS, path, key=_KEY).load(key=_KEY), path)
    module_name, colon, name = path.partition(":")
    names = name.split(".")
    if not colon or not all(part.isidentifier() for part in [*module_name.split("."), *names]):
        names = _named_agents()
        known = f", or one of the installed agents {', '.join(names)}" if names else ""
        raise ConfigError(_KEY, path, _FORM + known)
    found = _imported(module_name, path)
    for part in names:
        if not hasattr(found, part):
            allowed = f"an object of the module {module_name}; it has no {name}"
            raise ConfigError(_KEY, path, allowed)
        found = getattr(found, part)
    return _adapted(found, path)


def adapt(thing: object) -> Agent:
    """Make an agent of anything that can be one; see the module's docstring.

    Raises:
        ConfigError: when it cannot be one.
    """
    return _adapted(thing, thing)


def _named_agents() -> list[str]:
    """Return the names of the installed agents; what has a dot in its name is an adapter."""
    return sorted(name for name in offered(Group.AGENTS) if "." not in name)


def _imported(name: str, path: str) -> object:
    folder = str(Path.cwd())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    importlib.invalidate_caches()
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise _broken(f"importing {name} failed", path, error) from error
        allowed = f"a module that is installed or in this folder; {name} is not"
        raise ConfigError(_KEY, path, allowed) from error
    except (Exception, SystemExit) as error:
        raise _broken(f"importing {name} failed", path, error) from error


def _adapted(thing: object, value: object) -> Agent:
    agent = _recognised(thing)
    if agent is None and callable(thing) and _takes(thing, 0) and not _is_async(thing):
        try:
            made = thing()
        except (Exception, SystemExit) as error:
            raise _broken("making the agent failed", value, error) from error
        agent = _recognised(made)
    if agent is None:
        raise ConfigError(_KEY, value, _SORTS)
    return agent


def _recognised(thing: object) -> Agent | None:
    """Make an agent of `thing` without calling it; None where it must be called, or is none."""
    if inspect.isclass(thing):
        return None
    adapters = offered(Group.AGENTS)
    for base in type(thing).__mro__:
        if (name := f"{base.__module__}.{base.__qualname__}") in adapters:
            adapter = find(Group.AGENTS, name, key=_KEY).load(key=_KEY)
            return cast("Callable[[object], Agent]", adapter)(thing)
    run = getattr(thing, "run", None)
    if callable(run) and _takes(run, 1):
        is_ours = type(thing).__module__.startswith("tickertape.")
        return cast("Agent", thing) if is_ours else _held(thing, run)
    if not callable(thing):
        return None
    if _is_async(thing) and _takes(thing, 1):
        return StringAgent(thing)
    if _takes(thing, 2) and not _takes(thing, 0) and not _is_async(thing):
        return ThreadAgent(thing)
    return None


def _held(thing: object, run: Callable[[Turn], Speech]) -> Agent:
    """Make an agent that keeps the promises of an object that has `run`, perhaps `resume`."""
    if isinstance(thing, ResumableAgent) and _takes(thing.resume, 2):
        return ResumableStringAgent(thing)
    return StringAgent(run)


def _is_async(function: Callable[..., Any]) -> bool:
    while isinstance(function, functools.partial):
        function = function.func
    return any(
        inspect.iscoroutinefunction(candidate) or inspect.isasyncgenfunction(candidate)
        for candidate in (function, type(function).__call__)
    )


def _takes(function: Callable[..., Any], arguments: int) -> bool:
    """Return whether a function takes that many arguments, and `stopped` in addition to two."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some that are written in C have none
        return False
    named = {"stopped": None} if arguments == 2 and "stopped" in signature.parameters else {}
    try:
        signature.bind(*[None] * arguments, **named)
    except TypeError:
        return False
    return True


def _broken(what: str, value: object, error: BaseException) -> ConfigError:
    words = " ".join(f"{type(error).__name__}: {error}".split())
    words = words if len(words) <= 200 else words[:199] + "…"
    return ConfigError(_KEY, value, f"an agent that can be loaded; {what}: {words}")
