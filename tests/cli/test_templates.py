"""Templates: read, filled, written, and found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tickertape.cli.ask.extract import Which
from tickertape.cli.templates.folder import TemplateFolder
from tickertape.cli.templates.template import FilledPrompt, PromptTemplate
from tickertape.errors import ConfigError, UsageError


@pytest.mark.parametrize(
    ("template", "given", "params", "filled"),
    [
        (PromptTemplate("$input - summarize"), "long", {}, FilledPrompt("long - summarize", None)),
        (PromptTemplate("Summarize:"), "long", {}, FilledPrompt("Summarize:\nlong", None)),
        (PromptTemplate("Tell me a joke"), "", {}, FilledPrompt("Tell me a joke", None)),
        (
            PromptTemplate(system="As a $role"),
            "hi",
            {"role": "cook"},
            FilledPrompt("hi", "As a cook"),
        ),
        (PromptTemplate("$$5 for ${input}?"), "tea", {}, FilledPrompt("$5 for tea?", None)),
        (PromptTemplate("$a", defaults={"a": "1"}), "", {}, FilledPrompt("1", None)),
        (PromptTemplate("$a", defaults={"a": "1"}), "", {"a": "2"}, FilledPrompt("2", None)),
    ],
)
def test_a_template_is_filled(
    template: PromptTemplate, given: str, params: dict[str, str], filled: FilledPrompt
) -> None:
    """The question stands where `$input` is, else behind the prompt, as with `llm`."""
    assert template.filled(given, params) == filled


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("promt: hi\n", "did you mean prompt?"),
        ("- hi\n", "keys of a template"),
        ("prompt: [1]\n", "prompt"),
        ("options: 3\n", "options"),
        ("a: b: c\n", "t.yaml"),
    ],
)
def test_what_is_no_template_is_refused(text: str, told: str) -> None:
    """In one line that names the file."""
    with pytest.raises(ConfigError, match=r"t\.yaml") as refused:
        PromptTemplate.read(text, "t.yaml")
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("template", "told"),
    [
        (PromptTemplate("$a and $b"), "-p a VALUE -p b VALUE"),
        (PromptTemplate("5 $"), "write \\$\\$"),
    ],
)
def test_what_cannot_be_filled_says_why(template: PromptTemplate, told: str) -> None:
    """A missing value, or a dollar sign that is none."""
    with pytest.raises(UsageError, match=told):
        template.filled("x", {})


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    """All that a template has comes back."""
    folder = TemplateFolder(tmp_path / "templates")
    whole = PromptTemplate(
        "Ask $input\n", "Be kind", "clever", {"temperature": 0.2}, {"a": "1"}, Which.LAST
    )
    folder.write("kind", whole)
    folder.write("bare", PromptTemplate("hi"))
    assert folder.names() == ("bare", "kind")
    assert folder.read("kind") == whole
    assert folder.read(str(folder.path / "bare.yaml")) == PromptTemplate("hi")
    with pytest.raises(UsageError, match="did you mean kind"):
        folder.read("kid")
    with pytest.raises(UsageError, match="cannot be the name"):
        folder.read("no name")
