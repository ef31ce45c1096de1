"""Plain Python functions as tools."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Generic, ParamSpec, TypeVar, cast, overload

from tickertape.errors import ConfigError, ToolError
from tickertape.plugins import Group, find
from tickertape.ports import Tool, ToolSpec
from tickertape.tools.function_call import run
from tickertape.tools.importing import imported
from tickertape.tools.names import is_fitting
from tickertape.tools.results import text_of
from tickertape.tools.signature import signature_of

__all__ = ["FunctionTool", "installed", "load", "tool"]

P = ParamSpec("P")
R = TypeVar("R")

_KEY = "tools.functions"


class FunctionTool(Generic[P, R]):
    """A function that a model can call: with arguments that fit its type hints, or not at all.

    The function says what went wrong by raising `ToolError`, whose text the model reads; of any
    other exception the model learns no more than its type.
    """

    def __init__(self, function: Callable[P, R], *, name: str = "", description: str = "") -> None:
        """Describe a function, sync or async, to models.

        Args:
            function: what is called; all its parameters can be given by name.
            name: how models call it; the function's own name where empty.
            description: what models read of it; its docstring's where empty.

        Raises:
            ConfigError: when the function, or its name, cannot be told to a model.
        """
        name = name or getattr(function, "__name__", "")
        if not is_fitting(name):
            allowed = "a name of 1 to 64 letters, digits, _ and -; name= gives another"
            raise ConfigError(_KEY, name, allowed)
        if inspect.isasyncgenfunction(function):
            raise ConfigError(_KEY, name, "a function that returns its result; this one yields")
        self._function = function
        self._signature = signature_of(function)
        self._spec = ToolSpec(
            name, description or self._signature.description, self._signature.parameters
        )

    @property
    def spec(self) -> ToolSpec:
        """What the model is told of it."""
        return self._spec

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the function itself, as Python code does."""
        return self._function(*args, **kwargs)

    def __repr__(self) -> str:
        return f"FunctionTool({self._spec.name!r})"

    async def call(self, arguments: Mapping[str, object]) -> str:
        """Check the arguments, run the function, and return its result as text.

        A sync function runs in a thread of its own: cancelling returns at once, and the function
        goes on to its end unheard.

        Raises:
            ToolError: when the arguments do not fit, or the function says so.
            Exception: whatever else the function raises.
        """
        given = self._signature.checked(arguments)
        try:
            return await run(self._function, given, text_of)
        except SystemExit as error:
            raise ToolError(
                "The tool tried to end the program; it is not run to its end."
            ) from error


@overload
def tool(function: Callable[P, R]) -> FunctionTool[P, R]: ...
@overload
def tool(
    *, name: str = "", description: str = ""
) -> Callable[[Callable[P, R]], FunctionTool[P, R]]: ...
def tool(
    function: Callable[P, R] | None = None, *, name: str = "", description: str = ""
) -> FunctionTool[P, R] | Callable[[Callable[P, R]], FunctionTool[P, R]]:
    """Make a tool of the function below: `@tool`, or `@tool(name=..., description=...)`.

    What stands under the function's name can still be called as the function.

    Raises:
        ConfigError: when the function cannot be told to a model.
    """

    def decorate(decorated: Callable[P, R]) -> FunctionTool[P, R]:
        return FunctionTool(decorated, name=name, description=description)

    return decorate if function is None else decorate(function)


def load(path: str) -> FunctionTool[..., object]:
    """Find the tool that a configuration names as `module:function`; see `imported`.

    Raises:
        ConfigError: when there is no such module or function, or it cannot be a tool.
    """
    found = imported(path, key=_KEY)
    if isinstance(found, FunctionTool):
        return found
    if not callable(found):
        raise ConfigError(_KEY, path, "a function")
    return FunctionTool(found)


def installed(name: str, *, key: str) -> Tool:
    """Find a tool by its name: a built-in one, or one that another package offers.

    Raises:
        ConfigError: when there is no such tool, it cannot be imported, or it is no tool.
    """
    plugin = find(Group.TOOLS, name, key=key)
    found = plugin.load(key=key)
    if isinstance(getattr(found, "spec", None), ToolSpec) and hasattr(found, "call"):
        return cast("Tool", found)
    if not callable(found):
        allowed = f"a function or a tool; {plugin.target} of {plugin.package} is neither"
        raise ConfigError(key, name, allowed)
    return FunctionTool(found)
