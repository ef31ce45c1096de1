"""What a Python function wants of a call, purely: read from its parameters.

| parameter | what it gets |
|---|---|
| annotated with `CommandCall` | the whole call |
| `text` | all words behind the command; where there are none, the message that it replies to |
| `words` | the words |
| `name` | the name of the person who asks |
| `quoted` | the message that the command replies to |
| any other | the next word, as its type hint wants it; the last, if a text, all that are left |

A parameter with a default may be left out.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from pydantic import TypeAdapter
from pydantic.errors import PydanticUserError

from tickertape.gateway.custom_commands.call import CommandCall
from tickertape.gateway.custom_commands.templates import MissingWordsError

__all__ = ["Parameter", "Role", "UnfitFunctionError", "UnfitWordError", "arguments", "parameters"]

_BY_NAME: Final = {inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY}


class UnfitFunctionError(ValueError):
    """Raised for a function that cannot be a command; says what is allowed, as a phrase."""


class UnfitWordError(Exception):
    """Raised where a person's words do not fit the parameters."""


class Role(Enum):
    """What a parameter gets."""

    CALL = "call"
    """The whole call."""
    TEXT = "text"
    """All words."""
    WORDS = "words"
    """The words, one by one."""
    NAME = "name"
    """The name of the person."""
    QUOTED = "quoted"
    """The message that is replied to."""
    WORD = "word"
    """The next word."""
    REST = "rest"
    """All words that are left."""


_NAMED: Final = {role.value: role for role in (Role.TEXT, Role.WORDS, Role.NAME, Role.QUOTED)}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a function."""

    name: str
    """Its name."""
    role: Role
    """What it gets."""
    is_required: bool
    """Whether it has no default."""
    type: TypeAdapter[Any] | None = None
    """Converts what it gets; None: that is passed on as it is."""


def parameters(function: Callable[..., object]) -> tuple[Parameter, ...]:
    """Return what a function wants.

    Raises:
        UnfitFunctionError: when a parameter cannot be given by name, or its type hint cannot be
            read.
    """
    try:
        found = list(inspect.signature(function, eval_str=True).parameters.values())
    except (AttributeError, NameError, SyntaxError, TypeError, ValueError) as error:
        msg = f"a function whose parameters Python can tell ({error})"
        raise UnfitFunctionError(msg) from None
    odd = [one for one in found if one.kind not in _BY_NAME]
    if odd:
        msg = f"a function whose parameters can all be given by name, unlike {str(odd[0])!r}"
        raise UnfitFunctionError(msg)
    roles = [_role(one) for one in found]
    words = [at for at, role in enumerate(roles) if role is Role.WORD]
    if words and _is_text(found[words[-1]]):
        roles[words[-1]] = Role.REST
    return tuple(_parameter(one, role) for one, role in zip(found, roles, strict=True))


def arguments(wanted: tuple[Parameter, ...], call: CommandCall) -> Mapping[str, object]:
    """Return the arguments of a call by their names.

    Raises:
        MissingWordsError: when the person gave less than is required.
        UnfitWordError: when a word is not what a type hint wants, or one is left.
    """
    has_quote = any(one.role is Role.QUOTED for one in wanted)
    given: dict[str, object] = {}
    left = list(call.words)
    for one in wanted:
        value: object
        match one.role:
            case Role.CALL:
                value = call
            case Role.TEXT:
                value = call.text or ("" if has_quote else call.quoted)
            case Role.WORDS:
                value = call.words
            case Role.NAME:
                value = call.name
            case Role.QUOTED:
                value = call.quoted
            case Role.WORD:
                value = left.pop(0) if left else ""
            case Role.REST:
                value, left = " ".join(left), []
        if value == "" and one.role is not Role.NAME:
            if one.is_required:
                raise MissingWordsError(one.name)
            continue
        given[one.name] = _converted(one, value)
    if left and any(one.role is Role.WORD for one in wanted):
        raise UnfitWordError(left[0])
    return given


def _role(parameter: inspect.Parameter) -> Role:
    if parameter.annotation is CommandCall:
        return Role.CALL
    return _NAMED.get(parameter.name, Role.WORD)


def _is_text(parameter: inspect.Parameter) -> bool:
    return parameter.annotation in {str, inspect.Parameter.empty}


def _parameter(parameter: inspect.Parameter, role: Role) -> Parameter:
    is_required = parameter.default is inspect.Parameter.empty
    if role is Role.CALL or parameter.annotation is inspect.Parameter.empty:
        return Parameter(parameter.name, role, is_required)
    try:
        adapter = TypeAdapter[Any](parameter.annotation)
    except PydanticUserError:
        msg = f"type hints that words can be read as, or CommandCall, unlike {str(parameter)!r}"
        raise UnfitFunctionError(msg) from None
    return Parameter(parameter.name, role, is_required, adapter)


def _converted(parameter: Parameter, value: object) -> object:
    if parameter.type is None:
        return value
    try:
        return parameter.type.validate_python(value)
    except Exception:  # noqa: BLE001 - a type may have checks of its own, which raise anything
        raise UnfitWordError(parameter.name) from None
