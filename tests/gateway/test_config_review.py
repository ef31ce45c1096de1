"""All mistakes of a file at once: each with its line, in its own words, and no consequences."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.errors import ConfigError, ConfigFileError
from tickertape.gateway.config.gateway_config import GatewayConfig
from tickertape.gateway.config.loading import load, parse, template
from tickertape.gateway.config.review import review
from tickertape.gateway.config.sections import ModelConfig
from tickertape.gateway.config.variables import named_variables, variables_of_agent

BROKEN = """\
provider: {speed: 3, model: ""}
models:
  Bad Name: {}
  clever:
    max_tokens: 0
    context_window: 5
  nine: 9
fallback: [clever, nine, nope, default, nopes]
tools:
  builtin: [calculate, calculat, current_tim]
  mcp:
    x: {command: 5}
    y: {args: [a]}
channels:
  a: {type: 5}
  b: {token_env: x}
  c: {type: telegrm}
  d: {type: telegram, token_env: sk-123, group: all}
streaming: {edit_interval: 0, cursr: x}
access: {alow: [1]}
storage: {url: 3}
colour: red
"""
MISTAKES = [
    (1, "provider.model"),
    (1, "provider.speed"),
    (3, "models"),
    (5, "models.clever.max_tokens"),
    (6, "models.clever.context_window"),
    (7, "models.nine"),
    (8, "fallback[2]"),
    (8, "fallback[4]"),
    (10, "tools.builtin[1]"),
    (10, "tools.builtin[2]"),
    (12, "tools.mcp.x.command"),
    (13, "tools.mcp.y"),
    (15, "channels.a.type"),
    (16, "channels.b.type"),
    (17, "channels.c.type"),
    (18, "channels.d.token_env"),
    (18, "channels.d.group"),
    (19, "streaming.edit_interval"),
    (19, "streaming.cursr"),
    (20, "access.alow"),
    (21, "storage.url"),
    (22, "colour"),
]


def test_every_mistake_is_told_once_with_its_line() -> None:
    """Of a file full of mistakes each is found, whatever else is wrong, and no consequence is."""
    read = review(BROKEN, "f.yaml")
    assert [(one.line, one.error.key) for one in read.mistakes] == MISTAKES
    assert read.config is not None
    assert read.config.models == {"clever": ModelConfig(), "nine": ModelConfig()}
    assert read.config.fallback == ("clever", "nine", "default")
    assert read.config.provider == GatewayConfig().provider
    assert "colour" in read.broken
    assert "speech" not in read.broken


def test_a_good_file_has_none() -> None:
    """The template is reviewed to its own configuration."""
    read = review(template(), "f.yaml")
    assert read.mistakes == ()
    assert read.config == parse(template())


@pytest.mark.parametrize("text", ["a: [1", "", "- a", "provider: {}\nprovider: {}", "[" * 5_000])
def test_what_cannot_be_read_is_one_mistake(text: str) -> None:
    """A text that is no configuration at all has one mistake, in the words of its start."""
    read = review(text, "f.yaml")
    assert read.config is None
    with pytest.raises(ConfigError) as refused:
        parse(text, "f.yaml")
    assert [str(one.error) for one in read.mistakes] == [str(refused.value)]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("access: {}\na: b: c", 2),
        ("log: {}\n\nlog: {}", 3),
        ("access:\n\tallow: []", 2),
        ("a: 1\nb: '\x07'", 2),
        ("log: {}\nspeech: {voice: !!int x}", 2),
        ("storage:\n  url: 'x", 2),
        ("provider:\n  parameters:\n    a: " + "[" * 99 + "]" * 99, 3),
        ("provider:\n  parameters:\n    a: " + "{b: " * 250 + "1" + "}" * 250, 3),
    ],
)
def test_what_is_no_yaml_is_told_with_its_line(text: str, line: int) -> None:
    """The place of a mistake of the form is told as that of any other."""
    [mistake] = review(text, "f.yaml").mistakes
    assert mistake.told("f.yaml").startswith("f.yaml: <")
    assert mistake.told("f.yaml").endswith(f"(f.yaml:{line})")


# Sections that stand for themselves, each with the mistakes in it.
SECTIONS = [
    ("provider: {speed: 3}", "provider.speed"),
    ("tools: {max_steps: 0}", "tools.max_steps"),
    ("telegram: {groups: some}", "telegram.groups"),
    ("channels: {A: {type: telegram}}", "channels"),
    ("models: {default: {}}", "models"),
    ("fallback: [nope]", "fallback[0]"),
    ("streaming: {cursr: x}", "streaming.cursr"),
    ("speech: {engine: espeek}", "speech.engine"),
    ("storage: {url: x}", "storage.url"),
    ("access: {allow: [0]}", "access.allow[0]"),
    ("colour: red", "colour"),
]


@given(st.lists(st.sampled_from(SECTIONS), unique_by=lambda one: one[1], min_size=1))
def test_no_mistake_hides_another(sections: list[tuple[str, str]]) -> None:
    """Whatever stands together: as many mistakes as were made, each on its own line."""
    read = review("\n".join(text for text, _ in sections), "f.yaml")
    told = [(one.line, one.error.key) for one in read.mistakes]
    assert told == [(line, key) for line, (_, key) in enumerate(sections, 1)]
    alone = [review(text, "f.yaml").mistakes[0].error for text, _ in sections]
    assert [str(one.error) for one in read.mistakes] == [str(one) for one in alone]


def test_a_start_is_refused_with_all_of_them(tmp_path: Path) -> None:
    """The error of a file has a line for each mistake, with its place; its fields are the first."""
    path = tmp_path / "t.yaml"
    path.write_text("colour: red\nspeech: {always: 3}\n", "utf-8")
    with pytest.raises(ConfigFileError) as refused:
        load(path)
    first, second = str(refused.value).splitlines()
    assert first.startswith("colour: 'red' cannot be used; allowed: one of the keys provider,")
    assert first.endswith("(t.yaml:1)")
    assert second.startswith("speech.always: 3 cannot be used")
    assert second.endswith("(t.yaml:2)")


def test_no_secret_is_repeated() -> None:
    """What looks like a key is not shown, wherever it was pasted."""
    key = "sk-proj-abcdefghijklmnop"
    text = f"provider: {{api_key_env: {key}, {key}: 1}}\n{key}: 2\nfallback: [{key}]\n"
    read = review(text, "f.yaml")
    assert len(read.mistakes) == 4
    assert not [one for one in read.mistakes if key in one.told("f.yaml")]


def test_files_in_the_folder_of_the_configuration(tmp_path: Path) -> None:
    """A voice and a server's folder are found there; what is not there stays as it is written."""
    (tmp_path / "voice.onnx").touch()
    (tmp_path / "files").mkdir()
    path = tmp_path / "t.yaml"
    path.write_text(
        "speech: {engine: piper, voice: voice.onnx}\n"
        "tools: {mcp: {a: {command: x, cwd: files}, b: {command: x, cwd: elsewhere}}}\n"
        "commands: {up: {description: x, program: [y], cwd: files}}\n",
        "utf-8",
    )
    config = load(path)
    assert config.speech.voice == str(tmp_path / "voice.onnx")
    assert config.tools.mcp["a"].cwd == str(tmp_path / "files")
    assert config.tools.mcp["b"].cwd == "elsewhere"
    assert config.commands["up"].cwd == str(tmp_path / "files")


def test_every_setting_that_names_a_variable_is_known() -> None:
    """Wherever a key ends in `_env`, and in `env_from`, each variable is told with its key."""
    config = parse(
        "provider: {api_key_env: A, headers_env: {X-One: B}, parameters: {some_env: no}}\n"
        "models: {local: {api_key_env: ''}, clever: {api_key_env: C}}\n"
        "tools: {mcp: {x: {command: y, env: {KEY_ENV: no}, env_from: [D, E]}}}\n"
        "channels: {work: {type: telegram, token_env: F}}\n"
        "speech: {engine: openai, api_key_env: G}\n"
    )
    of_channels = {"channels.work.token_env": "F"}
    of_agent = {
        "provider.api_key_env": "A",
        "provider.headers_env.X-One": "B",
        "models.clever.api_key_env": "C",
        "tools.mcp.x.env_from[0]": "D",
        "tools.mcp.x.env_from[1]": "E",
    }
    of_speech = {"speech.api_key_env": "G"}
    assert dict(named_variables(config)) == {**of_channels, **of_agent, **of_speech}
    assert dict(named_variables(config, own_agent=True)) == {**of_channels, **of_speech}
    assert dict(variables_of_agent(config)) == of_agent
