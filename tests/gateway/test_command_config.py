"""The section `commands` of the operator's file, and the commands that are made of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import pytest
from command_stage import catalog

from tickertape.chat import Address, ChatKind, Person
from tickertape.errors import ConfigError
from tickertape.gateway import commands
from tickertape.gateway.access import Access, Admitted, Kind
from tickertape.gateway.config.command_config import CommandConfig
from tickertape.gateway.config.gateway_config import GatewayConfig
from tickertape.gateway.config.loading import Secrets, parse, secrets
from tickertape.gateway.custom_commands import CommandCall
from tickertape.gateway.custom_commands.assembly import catalog_of
from tickertape.gateway.custom_commands.custom_command import (
    FunctionAction,
    ProgramAction,
    may_use,
)
from tickertape.gateway.custom_commands.parameters import (
    Role,
    UnfitWordError,
    arguments,
    parameters,
)
from tickertape.gateway.custom_commands.templates import MissingWordsError
from tickertape.gateway.custom_commands.words import split
from tickertape.tools.importing import imported

ANNA = Person("1001", "Anna")
PRIVATE = Address("telegram", "1001", ChatKind.PRIVATE)
GROUP = Address("telegram", "-1007", ChatKind.GROUP)
TOKEN = "123456789:AAFakeFakeFakeFakeFakeFakeFakeFakeFake"


def test_a_file_with_commands() -> None:
    """Each kind with all its keys gives exactly what stands there."""
    text = """
commands:
  sum: {description: a summary, prompt: "Sum up: {text}"}
  weather: {description: the weather, function: "my_module:weather.now", timeout: 5, longest: 100}
  up_2:
    description: how long the server runs
    program: [uptime, -p]
    allow: [123456789, -1009, "42", "matrix:@ann:example.org"]
    timeout: 2.5
    longest: 200
    format: markdown
    cwd: /srv
    env_from: [SECRET]
"""
    assert parse(text) == GatewayConfig(
        commands={
            "sum": CommandConfig(description="a summary", prompt="Sum up: {text}"),
            "weather": CommandConfig(
                description="the weather", function="my_module:weather.now", timeout=5, longest=100
            ),
            "up_2": CommandConfig(
                description="how long the server runs",
                program=("uptime", "-p"),
                allow=("123456789", "-1009", "42", "matrix:@ann:example.org"),
                timeout=2.5,
                longest=200,
                format="markdown",
                cwd="/srv",
                env_from=("SECRET",),
            ),
        }
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[a]", "commands: <a list> cannot be used; allowed: names of commands, 1 to 32 of"),
        ("{A: {}}", "commands: 'A' cannot be used; allowed: names of commands, 1 to 32 of a-z"),
        ("{a-b: {}}", "commands: 'a-b' cannot be used; allowed: names"),
        (f"{{{'x' * 33}: {{}}}}", "commands: "),
        ("{a: 5}", "commands.a: 5 cannot be used; allowed: a mapping with description and one"),
        ("{a: null}", "commands.a: None cannot be used"),
        ("{a: {promt: x}}", "commands.a.promt: 'x' cannot be used; allowed: one of the keys desc"),
        ("{a: {prompt: x}}", "commands.a.description: '' cannot be used; allowed: what it does"),
        ('{a: {description: "a\\nb", prompt: x}}', "commands.a.description: 'a\\nb' cannot"),
        ("{a: {description: d}}", "commands.a: <has none of them> cannot be used; allowed: exac"),
        (
            "{a: {description: d, prompt: x, function: 'a:b'}}",
            "commands.a: <has prompt and function> cannot be used; allowed: exactly one of",
        ),
        ("{new: {description: d, prompt: x}}", "commands: 'new' cannot be used; allowed: anothe"),
        ("{start: {description: d, prompt: x}}", "commands: 'start' cannot be used; allowed: an"),
        ("{a: {description: d, prompt: ''}}", "commands.a.prompt: '' cannot be used; allowed: a"),
        (
            "{a: {description: d, prompt: '{who}'}}",
            "commands.a.prompt: <a text with placeholders> cannot be used; allowed: the placehol",
        ),
        ("{a: {description: d, function: b}}", "commands.a.function: 'b' cannot be used; allow"),
        ("{a: {description: d, program: uptime}}", "commands.a.program: 'uptime' cannot be use"),
        ("{a: {description: d, program: []}}", "commands.a.program: <a list> cannot be used"),
        ("{a: {description: d, program: [a, 5]}}", "commands.a.program[1]: <not repeated here:"),
        ("{a: {description: d, program: ['{1}']}}", "commands.a.program[0]: '{1}' cannot be use"),
        ("{a: {description: d, program: ['']}}", "commands.a.program[0]: '' cannot be used"),
        (
            "{a: {description: d, program: [x, '{words}x']}}",
            "commands.a.program[1]: <a text with placeholders> cannot be used; allowed: {words}",
        ),
        (
            "{a: {description: d, prompt: x, allow: [0]}}",
            "commands.a.allow[0]: 0 cannot be used; allowed: a list",
        ),
        ("{a: {description: d, prompt: x, timeout: 5}}", "commands.a.timeout: <with a prompt> c"),
        ("{a: {description: d, function: 'a:b', cwd: x}}", "commands.a.cwd: <with a function> c"),
        ("{a: {description: d, program: [x], timeout: 0}}", "commands.a.timeout: 0 cannot be us"),
        ("{a: {description: d, program: [x], longest: 0}}", "commands.a.longest: 0 cannot be us"),
        ("{a: {description: d, program: [x], format: html}}", "commands.a.format: 'html' cannot"),
        ("{a: {description: d, program: [x], env_from: [b]}}", "commands.a.env_from[0]: 'b' can"),
    ],
)
def test_each_mistake_in_a_command_is_one_line(text: str, words: str) -> None:
    """It names the key, what stands there and what is allowed."""
    with pytest.raises(ConfigError) as caught:
        parse(f"commands: {text}")
    line = str(caught.value)
    assert line.startswith(words)
    assert "allowed: " in line
    assert "\n" not in line


@pytest.mark.parametrize(
    "text",
    [
        f"{{a: {{description: d, program: [x, '{TOKEN}{{who}}']}}}}",
        f"{{a: {{description: d, prompt: '{TOKEN} {{who}}'}}}}",
        f"{{a: {{description: d, program: [x], env_from: ['{TOKEN}']}}}}",
        f"{{a: {{description: d, program: [x], allow: ['{TOKEN}']}}}}",
        f"{{a: {{description: d, function: '{TOKEN}'}}}}",
    ],
)
def test_a_token_in_a_command_is_not_repeated(text: str) -> None:
    """Wherever it was pasted by mistake."""
    with pytest.raises(ConfigError) as caught:
        parse(f"commands: {text}")
    assert "Fake" not in str(caught.value)


def test_names_of_ours() -> None:
    """All that the menu offers is taken, and so is what Telegram sends first."""
    for name in ("start", *(name for name, _ in commands.COMMANDS)):
        assert commands.is_ours(name)
    assert not commands.is_ours("weather")


def test_too_many_commands_for_a_menu() -> None:
    """There is room for a hundred with ours."""
    many = ", ".join(f"c{number}: {{description: d, prompt: x}}" for number in range(91))
    with pytest.raises(ConfigError, match="90 at most"):
        parse(f"commands: {{{many}}}")


def test_variables_of_programs() -> None:
    """They are looked up, also with an agent of one's own, passed on, and never shown."""
    text = "commands: {a: {description: d, program: [x], env_from: [SECRET]}}"
    config = parse(text)
    environ = {"TELEGRAM_BOT_TOKEN": TOKEN, "SECRET": "s3cret", "HOME": "/home/a", "OTHER": "o"}
    found = secrets(config, environ, own_agent=True)
    action = catalog_of(config.commands, found, imported, environ).commands["a"].action
    assert isinstance(action, ProgramAction)
    assert action.environment == {"HOME": "/home/a", "TERM": "dumb", "SECRET": "s3cret"}
    assert "s3cret" not in repr(action)
    with pytest.raises(ConfigError) as caught:
        secrets(config, {"TELEGRAM_BOT_TOKEN": TOKEN}, own_agent=True)
    assert "SECRET (named by commands.a.env_from[0])" in str(caught.value)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("no_such_module:f", "a module that can be imported (ModuleNotFoundError"),
        ("os.path:no_such_name", "a name that os.path has; it has no no_such_name"),
        ("os.path:sep", "a function"),
        ("os:execl", "a function whose parameters can all be given by name, unlike '*args'"),
    ],
)
def test_functions_that_cannot_be_commands(path: str, words: str) -> None:
    """They are refused at the start, by the name of the key."""
    config = parse(f"commands: {{a: {{description: d, function: '{path}'}}}}")
    with pytest.raises(ConfigError) as caught:
        catalog_of(config.commands, Secrets(), imported, {})
    assert str(caught.value).startswith(f"commands.a.function: '{path}' cannot be used; allowed: ")
    assert words in str(caught.value)


def call(text: str = "", quoted: str = "") -> CommandCall:
    """Make the call of a command."""
    return CommandCall("do", text, split(text), quoted, ANNA, PRIVATE)


def everything(
    whole: CommandCall, text: str, words: list[str], name: str, quoted: str = "", n: int = 7
) -> None:
    """Want everything there is."""


def city(city: str, days: int = 3) -> None:
    """Want a city."""


def rest(mode: Literal["on", "off"], what: str, *, is_loud: bool = False) -> None:
    """Want a word of two, and all that is left but the last."""


def last(first: str, others: str = "") -> None:
    """Want a word and the others."""


def bare(thing) -> None:  # type: ignore[no-untyped-def]
    """Want something."""


@pytest.mark.parametrize(
    ("function", "given", "wanted"),
    [
        (
            everything,
            call("5 a"),
            None,
        ),
        (
            everything,
            call("5", "hi"),
            {
                "whole": call("5", "hi"),
                "text": "5",
                "words": ["5"],
                "name": "Anna",
                "quoted": "hi",
                "n": 5,
            },
        ),
        (city, call('"New York" 5'), {"city": "New York", "days": 5}),
        (city, call("Rome"), {"city": "Rome"}),
        (city, call("Rome soon"), None),
        (city, call("Rome 5 6"), None),
        (rest, call("on lights yes"), {"mode": "on", "what": "lights", "is_loud": True}),
        (rest, call("up lights"), None),
        (last, call("one two three"), {"first": "one", "others": "two three"}),
        (last, call("one"), {"first": "one"}),
        (bare, call("one two"), {"thing": "one two"}),
    ],
)
def test_what_functions_get(
    function: Callable[..., object], given: CommandCall, wanted: dict[str, object] | None
) -> None:
    """Words go to parameters as their types want them, or the call does not fit."""
    found = parameters(function)
    if wanted is None:
        with pytest.raises(UnfitWordError):
            arguments(found, given)
    else:
        assert arguments(found, given) == wanted


@pytest.mark.parametrize(
    ("function", "given"), [(city, call()), (everything, call(quoted="hi")), (bare, call('""'))]
)
def test_what_functions_miss(function: Callable[..., object], given: CommandCall) -> None:
    """A parameter without a default has to get something."""
    with pytest.raises(MissingWordsError):
        arguments(parameters(function), given)


def test_a_text_may_be_the_message_that_is_replied_to() -> None:
    """Where a function has no other place for that."""

    def echo(text: str) -> None: ...

    assert arguments(parameters(echo), call(quoted="hi")) == {"text": "hi"}
    assert [one.role for one in parameters(echo)] == [Role.TEXT]


ONLY_ANNA = catalog("a: {description: d, prompt: x, allow: [1001, 'work:1002', -1007]}").commands[
    "a"
]
EVERYBODY = catalog("a: {description: d, prompt: x}").commands["a"]


@pytest.mark.parametrize(
    ("place", "sender", "may"),
    [
        (PRIVATE, ANNA, True),
        (GROUP, ANNA, True),
        (GROUP, Person("1002", "Ben"), False),
        (Address("work", "1002", ChatKind.PRIVATE), Person("1002", "Ben"), True),
        (GROUP, None, True),
        (GROUP, Person("-1007", "the group"), True),
        (Address("telegram", "-2007", ChatKind.GROUP), None, False),
    ],
)
def test_who_may_use_a_restricted_command(place: Address, sender: Person | None, may: bool) -> None:
    """Its list counts as `access.allow` does; without one, everybody who is answered may."""
    access = Access(frozenset({"1001", "1002", "-1007"}))
    assert may_use(ONLY_ANNA, access, place, sender) is may
    assert may_use(EVERYBODY, access, place, sender)


def test_who_is_let_in_besides_may_not_use_it() -> None:
    """Neither by a group, nor by the database, nor as an admin; unless the role is listed.

    A role is no id: whoever has the id `admin` has not the role.
    """
    let_in = [Admitted("telegram", "7"), Admitted("telegram", "-1007", Kind.GROUP)]
    access = Access(frozenset(), admins=frozenset({"5"})).with_admitted(let_in)
    five, seven = Person("5", "Five"), Person("7", "Seven")
    for who in (five, seven):
        assert access.admits(PRIVATE, who)
        assert not may_use(ONLY_ANNA, access, GROUP, who)
    for_admins = replace(ONLY_ANNA, allow=frozenset({"admin", "1001"}))
    assert may_use(for_admins, access, GROUP, five)
    assert may_use(for_admins, access, GROUP, ANNA)
    for who in (seven, Person("admin", "Not one")):
        assert not may_use(for_admins, access, GROUP, who)


def test_a_chat_that_moved_may_still_use_it() -> None:
    """Its former id is in the list."""
    access = Access(frozenset({"-1007"})).moved("telegram", "-1007", "-1001007")
    moved = Address("telegram", "-1001007", ChatKind.GROUP)
    assert may_use(ONLY_ANNA, access, moved, None)


def test_a_function_is_a_value_of_the_catalog() -> None:
    """Commands stand in the order of the file."""
    found = catalog(
        "b: {description: d, function: my:one}\na: {description: d, prompt: x}", one=city
    )
    assert list(found.commands) == ["b", "a"]
    action = found.commands["b"].action
    assert isinstance(action, FunctionAction)
    assert action.function is city
