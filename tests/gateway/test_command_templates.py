"""What people write behind a command: split into words, and put into prompts and arguments."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tickertape.chat import Address, ChatKind, Person
from tickertape.gateway.custom_commands.call import CommandCall
from tickertape.gateway.custom_commands.custom_command import (
    CustomCommand,
    OptionError,
    ProgramAction,
    PromptAction,
    argument,
    argv,
    form,
)
from tickertape.gateway.custom_commands.templates import (
    MissingWordsError,
    Template,
    TemplateError,
    parsed,
)
from tickertape.gateway.custom_commands.words import split

PRIVATE = Address("telegram", "1001", ChatKind.PRIVATE)


def call(text: str = "", quoted: str = "", name: str = "Anna  Smith\n") -> CommandCall:
    """Make the call of a command."""
    return CommandCall("do", text, split(text), quoted, Person("1001", name), PRIVATE)


def program(*items: str) -> ProgramAction:
    """Make a program of its items."""
    return ProgramAction("run", tuple(argument(item) for item in items))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ()),
        (" \n ", ()),
        ("one two\nthree", ("one", "two", "three")),
        ('"New York" 3', ("New York", "3")),
        ("“New York” „São Paulo“ «La Paz»", ("New York", "São Paulo", "La Paz")),
        ("'New York' US", ("New York", "US")),
        ("don't can't", ("don't", "can't")),
        ('5" pipe', ('5"', "pipe")),
        ('"never closed', ('"never', "closed")),
        ('"a"b c', ('"a"b', "c")),
        ('"" x', ("", "x")),
        (r"a\ b $HOME `id` ; rm", ("a\\", "b", "$HOME", "`id`", ";", "rm")),
    ],
)
def test_words(text: str, words: tuple[str, ...]) -> None:
    """Quotes hold words together where they stand around them; nothing else means anything."""
    assert split(text) == words


@given(st.text(alphabet=st.sampled_from("ab \n\"'“”„«»\\$")))
@example('"' * 5_000)
def test_any_text_can_be_split(text: str) -> None:
    """Nothing is lost but blanks and quotes."""
    quotes = dict.fromkeys(map(ord, "\"'“”„«»‘’"))
    told = "".join("".join(split(text)).split()).translate(quotes)
    assert told == "".join(text.split()).translate(quotes)


@pytest.mark.parametrize(
    ("template", "given_", "filled"),
    [
        ("Say hello.", call(), "Say hello."),
        ("About {text}.", call("a cat"), "About a cat."),
        ("About {text}.", call(quoted="a dog"), "About a dog."),
        ("About {text}.", call("a cat", quoted="a dog"), "About a cat."),
        ("About {text:the weather}.", call(), "About the weather."),
        ("{1} to {2:here}", call('"New York"'), "New York to here"),
        ("{2} before {1}", call("a b"), "b before a"),
        ("{name} asks", call(), "Anna Smith asks"),
        ("{quoted}!{text:}", call(quoted="a dog"), "a dog!"),
        ('{{"a": {1}}}', call("5"), '{"a": 5}'),
        ("{text}", call("{1} {quoted} {{x}}"), "{1} {quoted} {{x}}"),
        ("{1}{2}", call("{2} {1}"), "{2}{1}"),
    ],
)
def test_filled_templates(template: str, given_: CommandCall, filled: str) -> None:
    """Each place gets what belongs there, and what was typed is not read again."""
    assert parsed(template).filled(given_).text == filled


@pytest.mark.parametrize(
    ("template", "given_"),
    [
        ("{text}", call()),
        ("{quoted}", call("a cat")),
        ("{text} {quoted}", call(quoted="a dog")),
        ("{2}", call("one")),
    ],
)
def test_missing_words(template: str, given_: CommandCall) -> None:
    """What has no default has to be given."""
    with pytest.raises(MissingWordsError):
        parsed(template).filled(given_)


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{who}", "{text}, {name}, {quoted}"),
        ("{0}", "{1} to {99}"),
        ("{100}", "{1} to {99}"),
        ("{}", "{text}"),
        ("{text", "write {{ and }}"),
        ("a } b", "write {{ and }}"),
        ('{"a": 1}', "write {{ and }}"),
        ("{words}", "a whole argument of a program"),
        ("{text:{1}}", "write {{ and }}"),
    ],
)
def test_what_is_no_template(template: str, words: str) -> None:
    """It is refused with what is allowed."""
    with pytest.raises(TemplateError) as caught:
        parsed(template)
    assert words in str(caught.value)


@given(st.text())
def test_any_text_is_a_template_or_refused(text: str) -> None:
    """Braces that are doubled are always braces."""
    doubled = text.replace("{", "{{").replace("}", "}}")
    assert parsed(doubled).filled(call()).text == text


@pytest.mark.parametrize(
    ("action", "given_", "arguments"),
    [
        (program("-p"), call("ignored"), ["-p"]),
        (program("{text}"), call("a; rm -rf / $(id)"), ["a; rm -rf / $(id)"]),
        (program("--city={1}", "{2:3}"), call("-x"), ["--city=-x", "3"]),
        (program("--", "{text}"), call("-x -y"), ["--", "-x -y"]),
        (program("{words}"), call('a "b c"'), ["a", "b c"]),
        (program("{words}"), call(), []),
        (program("--", "{words}", "{1}"), call("-a b"), ["--", "-a", "b", "-a"]),
        (program("{1:-n}"), call(), ["-n"]),
        (program("{text}", "{quoted}"), call("a", quoted="b"), ["a", "b"]),
    ],
)
def test_arguments(action: ProgramAction, given_: CommandCall, arguments: Sequence[str]) -> None:
    """Each item is one argument, whatever stands in it; `{words}` is as many as there are."""
    assert argv(action, given_) == ("run", *arguments)


@pytest.mark.parametrize(
    ("action", "given_"),
    [
        (program("{text}"), call("-rf /")),
        (program("{words}"), call("a -o b")),
        (program("{1:}{2}"), call('"" --help')),
        (program("{name}"), call(name="--help")),
        (program("{text}", "--"), call("-x")),
    ],
)
def test_options_of_people(action: ProgramAction, given_: CommandCall) -> None:
    """A word that a program would read as an option is refused, unless `--` stands before it."""
    with pytest.raises(OptionError):
        argv(action, given_)


ITEMS = st.lists(
    st.sampled_from(["-p", "{text:}", "x={1:}", "{1:a}{2:b}", "{name}", "{quoted:}", "{{}}"]),
    max_size=5,
)


@given(ITEMS, st.text(), st.text(), st.text())
def test_nothing_that_is_typed_changes_the_number_of_arguments(
    items: list[str], text: str, quoted: str, name: str
) -> None:
    """One item is one argument, and the program stays the operator's."""
    try:
        given_ = argv(program("--", *items), call(text, quoted, name))
    except MissingWordsError:
        return
    assert len(given_) == len(items) + 2
    assert given_[:2] == ("run", "--")


@pytest.mark.parametrize(
    ("action", "shown"),
    [
        (PromptAction(parsed("{text}")), "/do TEXT, or /do in reply to a message"),
        (PromptAction(parsed("{text:x} {name}")), "/do [TEXT]"),
        (PromptAction(parsed("{2} {1} {2:x}")), "/do WORD1 WORD2"),
        (PromptAction(parsed("{quoted} {1:x}")), "/do [WORD1], in reply to a message"),
        (program("{1}", "{words}"), "/do WORD1 [WORDS]"),
    ],
)
def test_how_a_command_is_written(action: PromptAction | ProgramAction, shown: str) -> None:
    """What is told to a person who left something out."""
    assert form(CustomCommand("do", "does it", action)) == shown


def test_texts_that_stand_next_to_each_other_are_one() -> None:
    """A template is compared by what it says."""
    assert parsed("a{{b}}") == Template(("a{b}",))
