"""A command of the operator's, purely: what it does, for whom, and how it is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias, assert_never

from tickertape.chat import Address, Person
from tickertape.gateway.access import Access, AccessRole
from tickertape.gateway.custom_commands.call import CommandCall
from tickertape.gateway.custom_commands.parameters import Parameter, Role
from tickertape.gateway.custom_commands.templates import (
    ALL_WORDS,
    Placeholder,
    Template,
    parsed,
)

__all__ = [
    "Action",
    "Argument",
    "CustomCommand",
    "FunctionAction",
    "OptionError",
    "ProgramAction",
    "PromptAction",
    "argument",
    "argv",
    "form",
    "may_use",
]

_END_OF_OPTIONS: Final = "--"


class OptionError(Exception):
    """Raised where a person's word would be read as an option of a program."""


@dataclass(frozen=True, slots=True)
class AllWords:
    """An argument of a program that stands for all words: as many arguments as there are."""


Argument: TypeAlias = Template | AllWords
"""One item of a program's list."""


@dataclass(frozen=True, slots=True)
class PromptAction:
    """The agent is asked."""

    template: Template
    """The question."""


@dataclass(frozen=True, slots=True)
class FunctionAction:
    """A Python function is called; what it returns or yields is the answer, as Markdown."""

    function: Callable[..., object]
    """The function."""
    parameters: tuple[Parameter, ...]
    """What it wants."""


@dataclass(frozen=True, slots=True)
class ProgramAction:
    """A program is run; what it writes is the answer."""

    program: str
    """Its name or path."""
    arguments: tuple[Argument, ...] = ()
    """Its arguments."""
    format: Literal["code", "markdown"] = "code"
    """How its output is read."""
    cwd: str | None = None
    """The folder in which it runs; None: ours."""
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    """All variables that it gets."""


Action: TypeAlias = PromptAction | FunctionAction | ProgramAction
"""Anything that a command does."""


@dataclass(frozen=True, slots=True)
class CustomCommand:
    """A command as it is configured."""

    name: str
    """Its name, without the slash."""
    description: str
    """What it does, in one line, for menus."""
    action: Action
    """What it does."""
    allow: frozenset[str] = frozenset()
    """The ids of those who may use it, as in `Access.allow`, and `admin` for all who have that
    role; empty: everybody who is answered."""
    timeout: float = 60.0
    """Seconds that a function or a program may take."""
    longest: int = 16_000
    """Characters that a function or a program may say."""


def may_use(
    command: CustomCommand, access: Access, address: Address, sender: Person | None
) -> bool:
    """Return whether a person who is answered may use a command.

    The one place that knows: a role that `command.allow` names is looked up here.

    Args:
        command: the command.
        access: the people who are answered, with the ids that chats had before.
        address: where the person writes.
        sender: the person; None where the platform does not say.
    """
    if not command.allow:
        return True
    if AccessRole.ADMIN in command.allow and access.is_admin(address.channel, sender):
        return True
    return access.of(command.allow - {AccessRole.ADMIN}).admits(address, sender)


def argument(text: str) -> Argument:
    """Return an item of a program's list.

    Raises:
        TemplateError: when it is no template.
    """
    return AllWords() if text == f"{{{ALL_WORDS}}}" else parsed(text)


def argv(action: ProgramAction, call: CommandCall) -> tuple[str, ...]:
    """Return a program with its arguments: one for each item, but for `{words}`.

    Raises:
        MissingWordsError: when the person gave less than is required.
        OptionError: when a person's word begins an argument with `-`, and no `--` stands before.
    """
    has_quote = any(isinstance(one, Template) and one.has_quote for one in action.arguments)
    given: list[str] = [action.program]
    may_begin_with_dash = False
    for one in action.arguments:
        if isinstance(one, AllWords):
            filled, begins_typed = [*call.words], True
        else:
            text, begins_typed = one.filled(call, has_quote=has_quote)
            filled = [text]
        is_option = begins_typed and any(word.startswith("-") for word in filled)
        if is_option and not may_begin_with_dash:
            raise OptionError
        may_begin_with_dash = may_begin_with_dash or one == Template((_END_OF_OPTIONS,))
        given += filled
    return tuple(given)


def form(command: CustomCommand) -> str:
    """Return how a command is written: `/weather CITY [DAYS]`."""
    match command.action:
        case PromptAction(template=template):
            shown = _places(template.placeholders)
        case ProgramAction(arguments=items):
            found = [one.placeholders for one in items if isinstance(one, Template)]
            shown = _places(tuple(place for places in found for place in places))
            shown += ["[WORDS]"] * any(isinstance(one, AllWords) for one in items)
        case FunctionAction(parameters=wanted):
            shown = _names(wanted)
        case _:
            assert_never(command.action)
    needs_quote = "QUOTED" in shown
    words = [word for word in shown if "QUOTED" not in word]
    told = " ".join((f"/{command.name}", *words))
    if needs_quote:
        return f"{told}, in reply to a message"
    is_either = shown == ["TEXT"]
    return f"{told}, or /{command.name} in reply to a message" if is_either else told


def _places(places: tuple[Placeholder, ...]) -> list[str]:
    """Return what a person writes for placeholders, in the order of the words."""
    shown: dict[str, str] = {}
    for place in sorted(places, key=lambda one: int(one.name) if one.name.isdigit() else 100):
        if place.name == "name":
            continue
        label = f"WORD{place.name}" if place.name.isdigit() else place.name.upper()
        is_required = place.default is None or shown.get(place.name) == label
        shown[place.name] = label if is_required else f"[{label}]"
    return list(shown.values())


def _names(wanted: tuple[Parameter, ...]) -> list[str]:
    silent = {Role.CALL, Role.NAME}
    return [
        one.name.upper()
        if one.is_required and one.role is not Role.WORDS
        else f"[{one.name.upper()}]"
        for one in wanted
        if one.role not in silent
    ]
