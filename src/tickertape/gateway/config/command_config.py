"""The section `commands` of the operator's file, purely: what each does, and for whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from tickertape.gateway.admission.orders import ORDERS
from tickertape.gateway.commands import is_ours
from tickertape.gateway.config.fields import FunctionPath, Id, Section, VariableName
from tickertape.gateway.config.refusals import Unshown, refusal
from tickertape.gateway.custom_commands.custom_command import argument
from tickertape.gateway.custom_commands.templates import TemplateError, parsed

__all__ = ["ALLOWED", "MOST", "CommandConfig", "CommandName", "checked"]

ALLOWED: Final = {
    "commands": "names of commands, 1 to 32 of a-z, 0-9 and _, each with a section; 90 at most",
    "commands.*": "a mapping with description and one of prompt, function and program",
    "commands.*.description": "what it does, for the menu: 1 to 256 characters in one line",
    "commands.*.prompt": 'a text with placeholders: "Translate into English: {text}"',
    "commands.*.function": "a Python function as module:function",
    "commands.*.program": "a list of words, the program first: [uptime, -p]",
    "commands.*.allow": 'a list of ids other than 0: [123456789, "matrix:@ann:example.org"]',
    "commands.*.timeout": "a number of seconds above 0, up to 3600",
    "commands.*.longest": "a whole number of characters from 1 to 1000000",
    "commands.*.format": "code or markdown",
    "commands.*.cwd": "a folder",
    "commands.*.env_from": "a list of NAMES of environment variables, in capitals",
}
"""What each key may hold, as a phrase."""

MOST: Final = 90
"""Commands, at most: a menu of Telegram has room for 100, ours included
(core.telegram.org/bots/api#setmycommands)."""

_KINDS: Final = ("prompt", "function", "program")
# The keys that belong to some kinds only.
_KEYS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "timeout": ("function", "program"),
    "longest": ("function", "program"),
    "format": ("program",),
    "cwd": ("program",),
    "env_from": ("program",),
}

CommandName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,32}$")]
"""The name of a command, without the slash (core.telegram.org/bots/api#botcommand)."""


class CommandConfig(Section):
    """A command: a prompt, a function or a program."""

    description: Annotated[str, StringConstraints(pattern=r"^[^\r\n]{0,256}$")] = ""
    """What it does, in one line, for the platform's menu and `/help`."""
    prompt: Annotated[str, StringConstraints(min_length=1)] | None = None
    """What the agent is asked, with placeholders."""
    function: FunctionPath | None = None
    """A Python function, as `module:function`."""
    program: Annotated[tuple[str, ...], Field(strict=False, min_length=1)] | None = None
    """A program and its arguments, which may have placeholders."""
    allow: tuple[Id, ...] = Field(default=(), strict=False)
    """The ids of those who may use it, as in `access.allow`, and `admin` for all who have that
    role; empty: everybody who is answered."""
    timeout: Annotated[float, Field(gt=0, le=3_600, allow_inf_nan=False)] = 60.0
    """Seconds that a function or a program may take: at most as long as an answer goes on."""
    longest: Annotated[int, Field(ge=1, le=1_000_000)] = 16_000
    """Characters that a function or a program may say."""
    format: Literal["code", "markdown"] = "code"
    """How the output of a program is shown."""
    cwd: Annotated[str, StringConstraints(min_length=1)] | None = None
    """The folder in which a program runs; None: ours."""
    env_from: tuple[VariableName, ...] = Field(default=(), strict=False)
    """Names of our own variables that a program gets, besides `PATH`, `HOME` and the like."""


def checked(commands: Mapping[str, CommandConfig]) -> None:
    """Check what no single value tells.

    Raises:
        ConfigError: for a name of ours, for none or several of the three kinds, for a key of
            another kind, and for texts with placeholders that there are not.
    """
    for name, command in commands.items():
        key = f"commands.{name}"
        if is_ours(name) or name in ORDERS:
            allowed = f"another name: every bot has a command /{name}"
            raise refusal("commands", name, allowed)
        if not command.description.strip():
            raise refusal(f"{key}.description", "", ALLOWED["commands.*.description"])
        kinds = [kind for kind in _KINDS if getattr(command, kind) is not None]
        if len(kinds) != 1:
            told = f"has {' and '.join(kinds)}" if kinds else "has none of them"
            raise refusal(key, Unshown(told), "exactly one of prompt, function and program")
        for setting in command.model_fields_set & _KEYS_OF.keys():
            if kinds[0] not in _KEYS_OF[setting]:
                allowed = f"this key where there is a {' or a '.join(_KEYS_OF[setting])}"
                raise refusal(f"{key}.{setting}", Unshown(f"with a {kinds[0]}"), allowed)
        _check_placeholders(key, command)


def _check_placeholders(key: str, command: CommandConfig) -> None:
    for where, text in _texts(key, command):
        try:
            argument(text) if "[" in where else parsed(text)
        except TemplateError as error:
            raise refusal(where, Unshown("a text with placeholders"), str(error)) from None
    program = command.program or ("-",)
    if not program[0] or program[0] != program[0].strip() or "{" in program[0]:
        allowed = "the name or the path of a program, without placeholders"
        raise refusal(f"{key}.program[0]", program[0], allowed)


def _texts(key: str, command: CommandConfig) -> Iterator[tuple[str, str]]:
    """Yield the texts that may have placeholders, each with its key."""
    if command.prompt is not None:
        yield f"{key}.prompt", command.prompt
    for number, text in enumerate(command.program or ()):
        if number:
            yield f"{key}.program[{number}]", text
