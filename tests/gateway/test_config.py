"""The operator's file: what it may say, and the one line for each way in which it can be wrong."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from tickertape.delivery.streaming import StreamingConfig
from tickertape.errors import ConfigError
from tickertape.gateway.config.channel_types import TelegramConfig
from tickertape.gateway.config.gateway_config import GatewayConfig
from tickertape.gateway.config.loading import Secrets, agent_secrets, load, parse, secrets, template
from tickertape.gateway.config.sections import (
    AccessConfig,
    McpConfig,
    ModelConfig,
    ProviderConfig,
    StorageConfig,
    ToolsConfig,
)

TOKEN = "123456789:AAFakeFakeFakeFakeFakeFakeFakeFakeFake"


def test_the_template_is_the_defaults() -> None:
    """The file that `tickertape init` writes says exactly what an absent key means."""
    assert parse(template()) == GatewayConfig()


def test_the_template_has_every_key() -> None:
    """Each key of the models stands in the template, and no other."""
    defaults = GatewayConfig()
    keys = {name: set(_keys(getattr(defaults, name))) for name in GatewayConfig.model_fields}
    written = yaml.safe_load(template())
    assert {name: set(section) for name, section in written.items()} == keys


@pytest.mark.parametrize(
    ("section", "key"),
    [(section, key) for section, keys in yaml.safe_load(template()).items() for key in keys],
)
def test_each_key_says_what_it_may_hold(section: str, key: str) -> None:
    """Of its own: not that its section has such keys."""
    with pytest.raises(ConfigError) as caught:
        parse(yaml.safe_dump({section: {key: [[1]]}}))
    assert caught.value.key.startswith(f"{section}.{key}")
    assert "a mapping with the keys" not in str(caught.value.allowed)


def _keys(section: object) -> Iterable[object]:
    if isinstance(section, StreamingConfig):
        return section.to_dict()
    return section.model_dump() if isinstance(section, BaseModel) else ()


def test_the_example_of_the_documentation() -> None:
    """A complete file gives exactly the values that stand in it."""
    text = """
provider:
  protocol: chat_completions
  base_url: http://127.0.0.1:8080/v1
  model: local
  api_key_env: ""
  headers_env: {X-Account: ACCOUNT_ID}
  context_window: 8192
  max_tokens: 512
  parameters: {temperature: 0.3, stop: [a, b]}
  first_byte_timeout: 90
  idle_timeout: 20.5
  system_prompt: |
    Be kind.
    Be brief.
models:
  clever: {protocol: messages, base_url: "https://example.org", api_key_env: CLEVER_KEY}
  gpt-5.1: {}
fallback: [clever, default]
tools:
  builtin: [calculate]
  functions: ["my_tools:weather", "a.b:c.d"]
  mcp:
    files: {command: npx, args: [-y, server], env: {A: b}, env_from: [SECRET], cwd: /tmp}
    search: {url: "https://example.org/mcp", headers_env: {Authorization: SEARCH_TOKEN}}
  max_steps: 3
  timeout: 5
telegram:
  token_env: BOT_TOKEN
  api_base: http://127.0.0.1:8081
  groups: all
access:
  allow: [123456789, -1009, "42", telegram:7, "matrix:@ann:example.org"]
streaming:
  enabled: false
  transport: edit
  edit_interval: 2
  buffer_threshold: 7
  cursor: "▌"
  reasoning: show
storage:
  url: postgresql+asyncpg://me@host/db
"""
    assert parse(text) == GatewayConfig(
        provider=ProviderConfig(
            base_url="http://127.0.0.1:8080/v1",
            model="local",
            api_key_env="",
            headers_env={"X-Account": "ACCOUNT_ID"},
            context_window=8192,
            max_tokens=512,
            parameters={"temperature": 0.3, "stop": ["a", "b"]},
            first_byte_timeout=90,
            idle_timeout=20.5,
            system_prompt="Be kind.\nBe brief.\n",
        ),
        models={
            "clever": ModelConfig(
                protocol="messages", base_url="https://example.org", api_key_env="CLEVER_KEY"
            ),
            "gpt-5.1": ModelConfig(),
        },
        fallback=("clever", "default"),
        tools=ToolsConfig(
            builtin=("calculate",),
            functions=("my_tools:weather", "a.b:c.d"),
            mcp={
                "files": McpConfig(
                    command="npx",
                    args=("-y", "server"),
                    env={"A": "b"},
                    env_from=("SECRET",),
                    cwd="/tmp",  # noqa: S108 - a folder in an example
                ),
                "search": McpConfig(
                    url="https://example.org/mcp", headers_env={"Authorization": "SEARCH_TOKEN"}
                ),
            },
            max_steps=3,
            timeout=5,
        ),
        telegram=TelegramConfig(
            token_env="BOT_TOKEN", api_base="http://127.0.0.1:8081", groups="all"
        ),
        access=AccessConfig(
            allow=("123456789", "-1009", "42", "telegram:7", "matrix:@ann:example.org")
        ),
        streaming=StreamingConfig(
            enabled=False,
            transport="edit",
            edit_interval=2,
            buffer_threshold=7,
            cursor="▌",
            reasoning="show",
        ),
        storage=StorageConfig(url="postgresql+asyncpg://me@host/db"),
    )


def test_a_file_of_version_0_1() -> None:
    """What `tickertape init` wrote then, with numbers as ids, means what it meant."""
    text = Path(__file__).with_name("version_0_1.yaml").read_text("utf-8")
    allow = ("123456789", "-1001234567890")
    assert parse(text) == GatewayConfig(access=AccessConfig(allow=allow))


def test_an_emptied_section_is_its_defaults() -> None:
    """A section whose keys are all commented out means its defaults."""
    empty = "provider:\n  # model: x\nstreaming:\nmodels:\nfallback:\ntools:\n  mcp:\n"
    assert parse(empty) == GatewayConfig()


def test_off_is_a_word() -> None:
    """`off` stands in the file as it is documented, not as the truth value of older YAML."""
    config = parse("telegram: {groups: off}\nstreaming: {transport: off, enabled: false}")
    assert config.telegram.groups == "off"
    assert config.streaming == StreamingConfig(enabled=False, transport="off")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "f.yaml: <empty> cannot be used; allowed: a file as `tickertape init` writes it"),
        ("# only a comment", "f.yaml: <empty>"),
        ("hello", "f.yaml: <a str> cannot be used; allowed: a mapping with the keys provider,"),
        ("- provider", "f.yaml: <a list>"),
        (
            "a: b: c",
            "f.yaml: <mapping values are not allowed here> cannot be used; allowed: YAML: `",
        ),
        (
            "a: [1",
            "f.yaml: <expected ',' or ']', but got '<stream end>'> cannot be used; allowed: ",
        ),
        (
            "provider: {}\nprovider: {}",
            "f.yaml: <a key stands twice> cannot be used; allowed: each key",
        ),
        ("\x07", "f.yaml: <the character U+0007> cannot be used; allowed: characters that can"),
        ("x: 2024-13-45", "f.yaml: <a value is not what it seems> cannot be used; allowed: texts"),
        (
            "x: !!bool x",
            "f.yaml: <a value is not what it seems> cannot be used; allowed: texts",
        ),
        (f"x: {'9' * 5_000}", "f.yaml: <a value is not what it seems>"),
        ("? [a]\n: b", "f.yaml: <found unhashable key>"),
        ("!!python/object:os.system {}", "f.yaml: <could not determine a cons"),
        (
            "[" * 5_000,
            "f.yaml: <more than 100 brackets or sections within one another> cannot be used; ",
        ),
        (
            "colour: red",
            "colour: 'red' cannot be used; allowed: one of the keys provider, models, fallback, to",
        ),
        ("1: 2", "[1]: 1 cannot be used; allowed: one of the keys provider"),
        ("provider: 5", "provider: 5 cannot be used; allowed: a mapping with the keys protocol,"),
        ("provider: [a]", "provider: <a list> cannot be used; allowed: a mapping with the keys"),
        ("streaming: 5", "streaming: 5 cannot be used; allowed: a mapping with the keys enabled,"),
        ("provider: {speed: 3}", "provider.speed: 3 cannot be used; allowed: one of the keys prot"),
        ("provider: {protocol: x}", "provider.protocol: 'x' cannot be used; allowed: chat_compl"),
        ("provider: {model: ''}", "provider.model: '' cannot be used; allowed: the name of a mo"),
        ("provider: {model: 5}", "provider.model: 5 "),
        ('provider: {model: "a\\nb"}', "provider.model: 'a\\nb' "),
        ("provider: {system_prompt: [a]}", "provider.system_prompt: <a list> "),
        ("provider: {base_url: api.openai.com}", "provider.base_url: 'api.openai.com' "),
        ("provider: {base_url: 'ftp://x'}", "provider.base_url: 'ftp://x' "),
        ("provider: {base_url: 'http://'}", "provider.base_url: 'http://' "),
        ("provider: {base_url: 'http://x:99999'}", "provider.base_url: 'http://x:99999' "),
        ("provider: {base_url: 'http://[x'}", "provider.base_url: 'http://[x' "),
        ("provider: {base_url: 'http://a b'}", "provider.base_url: 'http://a b' "),
        (
            "provider: {base_url: 'http://x/?a=1'}",
            "provider.base_url: <not repeated here: it may be a secret> ",
        ),
        ("provider: {api_key_env: null}", "provider.api_key_env: None cannot be used; allowed: t"),
        ("telegram: {api_base: 5}", "telegram.api_base: 5 "),
        ("telegram: {groups: sometimes}", "telegram.groups: 'sometimes' cannot be used; allowed:"),
        ("telegram: {groups: false}", "telegram.groups: False cannot be used; allowed: mention, "),
        ("streaming: {enabled: yes}", "streaming.enabled: 'yes' "),
        ("telegram: {token_env: ''}", "telegram.token_env: '' "),
        ("access: {allow: 5}", "access.allow: 5 cannot be used; allowed: a list of ids other"),
        ("access: {allow: ['anna b']}", "access.allow[0]: 'anna b' "),
        ("access: {allow: [1, '']}", "access.allow[1]: '' "),
        ("access: {allow: [1, '123:x']}", "access.allow[1]: <not repeated here"),
        ("access: {allow: [1.5]}", "access.allow[0]: 1.5 "),
        ("access: {allow: [true]}", "access.allow[0]: True "),
        ("access: {allow: [0]}", "access.allow[0]: 0 "),
        ("storage: {url: tickertape.db}", "storage.url: 'tickertape.db' "),
        ("streaming: {edit_interval: fast}", "streaming.edit_interval: 'fast' cannot be used; al"),
        ("streaming: {edit_interval: 0}", "streaming.edit_interval: 0 "),
        ("streaming: {edit_interval: .nan}", "streaming.edit_interval: nan "),
        ("streaming: {buffer_threshold: 0}", "streaming.buffer_threshold: 0 "),
        ("streaming: {transport: pigeon}", "streaming.transport: 'pigeon' "),
        ("streaming: {enabled: maybe}", "streaming.enabled: 'maybe' "),
        ("streaming: {reasoning: loud}", "streaming.reasoning: 'loud' cannot be used; allowed: hi"),
        ("provider: {context_window: 10}", "provider.context_window: 10 cannot be used; allowed:"),
        ("provider: {context_window: 8k}", "provider.context_window: '8k' "),
        ("provider: {max_tokens: 0}", "provider.max_tokens: 0 cannot be used; allowed: a whole "),
        (
            "provider: {context_window: 4096, max_tokens: 4000}",
            "provider.max_tokens: 4000 cannot be used; allowed: at most 3584, for a context_win",
        ),
        (
            "models: {small: {max_tokens: 32768}}",
            "models.small.max_tokens: 32768 cannot be used; allowed: at most 32256",
        ),
        ("provider: {parameters: [a]}", "provider.parameters: <a list> cannot be used; allowed: "),
        (
            "provider: {parameters: {since: 2026-01-01}}",
            "provider.parameters.since: <not repeated here: it may be a secret> cannot be used",
        ),
        (
            "provider: {headers_env: {'a b': X}}",
            "provider.headers_env: <not repeated here: it may be a secret> cannot be used; all",
        ),
        ("provider: {headers_env: {A: sk-x}}", "provider.headers_env.A: <not repeated here: it m"),
        ("provider: {headers_env: {A: Bearer hush}}", "provider.headers_env.A: <not repeated"),
        ("storage: {url: 'postgresql+asyncpg//me:hush@db/x'}", "storage.url: <not repeated here"),
        ("storage: {url: 'me:hush'}", "storage.url: <not repeated here"),
        ("storage: {url: 'postgresql+asyncpg://h:port/db'}", "storage.url: <not repeated here"),
        ("storage: {url: 'postgresql+asyncpg://me:p/#@[::1]:99999'}", "storage.url: <not repeat"),
        ("provider: {headers_env: [A]}", "provider.headers_env: <a list> cannot be used; allowed"),
        ("provider: {first_byte_timeout: 0}", "provider.first_byte_timeout: 0 cannot be used; al"),
        ("provider: {idle_timeout: .inf}", "provider.idle_timeout: inf cannot be used; allowed: "),
        ("provider: {idle_timeout: true}", "provider.idle_timeout: True "),
        ("models: [a]", "models: <a list> cannot be used; allowed: names for models, 1 to 32 of"),
        ("models: {A: {}}", "models: 'A' cannot be used; allowed: names for models, 1 to 32 of"),
        ("models: {'a b': {}}", "models: 'a b' "),
        ("models: {5: {}}", "models: 5 "),
        ("models: {default: {}}", "models: 'default' cannot be used; allowed: another name: def"),
        ("models: {a: 5}", "models.a: 5 cannot be used; allowed: a mapping with the keys that th"),
        ("models: {a: null}", "models.a: None cannot be used; allowed: a mapping with the keys "),
        ("models: {a.b: {speed: 1}}", "models.a.b.speed: 1 cannot be used; allowed: one of the k"),
        ("models: {a: {system_prompt: x}}", "models.a.system_prompt: 'x' cannot be used; allowed"),
        ("models: {a: {protocol: x}}", "models.a.protocol: 'x' cannot be used; allowed: chat_com"),
        ("fallback: clever", "fallback: 'clever' cannot be used; allowed: a list of names of mod"),
        ("fallback: [clever]", "fallback[0]: 'clever' cannot be used; allowed: names of models, "),
        ("fallback: [default, default]", "fallback[1]: 'default' cannot be used; allowed: names "),
        ("fallback: [5]", "fallback[0]: 5 cannot be used; allowed: a list of names of models"),
        ("tools: {builtin: [fly]}", "tools.builtin[0]: 'fly' cannot be used; allowed: one of the"),
        ("tools: {functions: [weather]}", "tools.functions[0]: 'weather' cannot be used; allowed"),
        ("tools: {functions: 'a:b'}", "tools.functions: 'a:b' cannot be used; allowed: a list of"),
        ("tools: {max_steps: 0}", "tools.max_steps: 0 cannot be used; allowed: a whole number fr"),
        ("tools: {timeout: soon}", "tools.timeout: 'soon' cannot be used; allowed: a number of s"),
        ("tools: {mcp: [a]}", "tools.mcp: <a list> cannot be used; allowed: names of servers, 1 "),
        ("tools: {mcp: {'a b': {}}}", "tools.mcp: 'a b' cannot be used; allowed: names of server"),
        ("tools: {mcp: {a: {}}}", "tools.mcp.a: <a mapping> cannot be used; allowed: either comm"),
        ("tools: {mcp: {a: {command: x, url: 'http://x'}}}", "tools.mcp.a: <a mapping> cannot be"),
        ("tools: {mcp: {a: {url: 'http://x', args: [b]}}}", "tools.mcp.a: <a mapping> cannot be "),
        ("tools: {mcp: {a: {url: x}}}", "tools.mcp.a.url: 'x' cannot be used; allowed: an http:/"),
        ("tools: {mcp: {a: {speed: 1}}}", "tools.mcp.a.speed: 1 cannot be used; allowed: one of "),
        (
            "tools: {mcp: {a: {command: x, env: {B: 5}}}}",
            "tools.mcp.a.env.B: <not repeated here: it may be a secret> cannot be used; allowed",
        ),
        ("tools: {mcp: {a: {command: x, env_from: [b]}}}", "tools.mcp.a.env_from[0]: 'b' cannot "),
        ("streaming: {speed: 3}", "streaming.speed: 3 cannot be used; allowed: one of the keys"),
        ('provider: {system_prompt: "a\\0"}', "provider.system_prompt: <a text with a NUL> cann"),
        ('tools: {mcp: {a: {args: ["b\\0"]}}}', "tools.mcp.a.args[0]: <a text with a NUL> cannot "),
        (
            'tools: {mcp: {a: {env: {"b\\0": c}}}}',
            "tools.mcp.a.env.'b\\x00': <a text with a NUL> c",
        ),
    ],
)
def test_each_mistake_is_one_line(text: str, words: str) -> None:
    """Key, value and what is allowed, in one line."""
    with pytest.raises(ConfigError) as caught:
        parse(text, "f.yaml")
    line = str(caught.value)
    assert line.startswith(words)
    assert "allowed: " in line
    assert "\n" not in line


@pytest.mark.parametrize(
    "text",
    [
        f"telegram: {{token_env: '{TOKEN}'}}",
        f"telegram: {{token: '{TOKEN}'}}",
        f"telegram: {{token_env: ['{TOKEN}']}}",
        f"telegram: '{TOKEN}'",
        f"'{TOKEN}'",
        f"'{TOKEN}': 1",
        f"telegram: {{'{TOKEN}': 1}}",
        f"bot: {{x: {{y: '{TOKEN}'}}}}",
        f"a: *{TOKEN}",
        f"streaming: {{token: '{TOKEN}'}}",
        f"streaming: {{cursor: '{TOKEN}'}}",
        f"provider: {{api_key: '{TOKEN}'}}",
        f"provider: {{base_url: 'http://user:{TOKEN}@host'}}",
        f"provider: {{base_url: 'ftp://x/bot{TOKEN}'}}",
        f"storage: {{url: '{TOKEN}'}}",
        f"access: {{allow: ['{TOKEN}']}}",
        f"models: {{'{TOKEN}': {{}}}}",
        f"models: {{a: {{api_key_env: '{TOKEN}'}}}}",
        f"models: {{a: {{headers_env: {{Authorization: 'Bearer {TOKEN}'}}}}}}",
        f"models: {{a: {{headers_env: {{'{TOKEN}': A}}}}}}",
        f"fallback: ['{TOKEN}']",
        f"tools: {{functions: ['{TOKEN}']}}",
        f"tools: {{mcp: {{a: {{command: x, args: ['{TOKEN}', 5]}}}}}}",
        f"tools: {{mcp: {{a: {{url: 'https://x/?key={TOKEN}'}}}}}}",
        f"tools: {{mcp: {{a: {{command: x, env_from: ['{TOKEN}']}}}}}}",
    ],
)
def test_a_pasted_token_is_not_repeated(text: str) -> None:
    """Wherever a secret was pasted by mistake, the refusal does not show it."""
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert "Fake" not in str(caught.value)


@pytest.mark.parametrize(
    "key", ["sk-proj-Ab12", "sk-ant-Ab12", "hf_AbCdEf", "a1b2c3d4e5f6", "key", "0PENAI", "A-B"]
)
def test_a_pasted_key_is_no_name(key: str) -> None:
    """What is not the name of a variable in capitals is refused, unseen."""
    with pytest.raises(ConfigError, match="the NAME of an environment variable") as caught:
        parse(f"provider: {{api_key_env: '{key}'}}")
    assert repr(key) not in str(caught.value)


@given(st.text(max_size=200))
def test_no_text_upsets_the_reader(text: str) -> None:
    """Any text is a configuration or a one-line refusal."""
    try:
        line = parse(text).provider.model
    except ConfigError as error:
        line = str(error)
    assert "\n" not in line


def test_secrets_are_looked_up() -> None:
    """The variables that the file names are read, trimmed, and hidden from `repr`."""
    config = GatewayConfig()
    environ = {"TELEGRAM_BOT_TOKEN": f" {TOKEN}\n", "OPENAI_API_KEY": "sk-1"}
    found = secrets(config, environ)
    assert found == Secrets({"TELEGRAM_BOT_TOKEN": TOKEN, "OPENAI_API_KEY": "sk-1"})
    assert repr(found) == "Secrets()"
    assert found.values == (TOKEN, "sk-1")
    assert found.value_of("OPENAI_API_KEY") == "sk-1"
    keyless = GatewayConfig(provider=ProviderConfig(api_key_env=""))
    assert secrets(keyless, {"TELEGRAM_BOT_TOKEN": TOKEN}).value_of("") == ""


NAMES = """
provider: {api_key_env: "", headers_env: {X-Account: HEADER}}
models: {a: {api_key_env: A_KEY}}
tools:
  mcp:
    one: {command: x, env_from: [PASSED]}
    two: {url: "http://x", headers_env: {Authorization: OTHER}}
"""


@pytest.mark.parametrize(
    ("missing", "key"),
    [
        ("HEADER", "provider.headers_env.X-Account"),
        ("A_KEY", "models.a.api_key_env"),
        ("PASSED", "tools.mcp.one.env_from[0]"),
        ("OTHER", "tools.mcp.two.headers_env.Authorization"),
    ],
)
def test_every_variable_is_looked_up(missing: str, key: str) -> None:
    """Each named variable must be set, and is found by its name."""
    config = parse(NAMES)
    environ = {name: f"value-{name}" for name in ("HEADER", "A_KEY", "PASSED", "OTHER")}
    environ["TELEGRAM_BOT_TOKEN"] = TOKEN
    assert secrets(config, environ).value_of(missing) == f"value-{missing}"
    del environ[missing]
    with pytest.raises(ConfigError) as caught:
        secrets(config, environ)
    assert str(caught.value) == f"set the environment variable {missing} (named by {key})"


def test_an_agent_of_ones_own_needs_no_keys() -> None:
    """Where the operator's own agent answers, only the bot's token is looked up."""
    found = secrets(parse(NAMES), {"TELEGRAM_BOT_TOKEN": TOKEN}, own_agent=True)
    assert found == Secrets({"TELEGRAM_BOT_TOKEN": TOKEN})


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({}, "set the environment variable TELEGRAM_BOT_TOKEN (named by telegram.token_env)"),
        ({"TELEGRAM_BOT_TOKEN": "  "}, "set the environment variable TELEGRAM_BOT_TOKEN ("),
        ({"TELEGRAM_BOT_TOKEN": "nonsense"}, "telegram.token_env: 'TELEGRAM_BOT_TOKEN' cannot be"),
        ({"TELEGRAM_BOT_TOKEN": TOKEN}, "set the environment variable OPENAI_API_KEY (named by p"),
        ({"TELEGRAM_BOT_TOKEN": TOKEN, "OPENAI_API_KEY": "sk\u2011x"}, "provider.api_key_env: "),
        ({"TELEGRAM_BOT_TOKEN": TOKEN, "OPENAI_API_KEY": "a\nb"}, "provider.api_key_env: "),
    ],
)
def test_missing_and_malformed_secrets(environ: dict[str, str], words: str) -> None:
    """A variable that is not set, or holds something else, is named; its value is not shown."""
    with pytest.raises(ConfigError) as caught:
        secrets(GatewayConfig(), environ)
    line = str(caught.value)
    assert line.startswith(words)
    assert "nonsense" not in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("url", "located"),
    [
        ("sqlite+aiosqlite:///tickertape.db", "sqlite+aiosqlite:///{folder}/tickertape.db"),
        ("sqlite+aiosqlite:///a/b.db?mode=ro", "sqlite+aiosqlite:///{folder}/a/b.db?mode=ro"),
        ("sqlite+aiosqlite:////var/t.db", "sqlite+aiosqlite:////var/t.db"),
        ("sqlite+aiosqlite:///:memory:", "sqlite+aiosqlite:///:memory:"),
        ("sqlite+aiosqlite://", "sqlite+aiosqlite://"),
        ("postgresql+asyncpg:///name", "postgresql+asyncpg:///name"),
    ],
)
def test_a_relative_file_lies_beside_the_configuration(
    tmp_path: Path, url: str, located: str
) -> None:
    """A relative SQLite file is found wherever the program is started."""
    path = tmp_path / "f.yaml"
    path.write_text(f"storage: {{url: '{url}'}}", "utf-8")
    assert load(path).storage.url == located.format(folder=tmp_path)


def test_files_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing file, a folder and bytes that are no text each have their line."""
    monkeypatch.chdir(tmp_path)
    cases = [
        (Path("missing.yaml"), "a file that exists; `tickertape init` writes one"),
        (Path(), "Is a directory"),
    ]
    binary = Path("binary.yaml")
    binary.write_bytes(b"\xff\xfe\x00")
    for path, words in [*cases, (binary, "a text file in UTF-8")]:
        with pytest.raises(ConfigError, match="--config") as caught:
            load(path)
        assert words in str(caught.value)
        assert "\n" not in str(caught.value)


def test_an_agent_needs_no_token() -> None:
    """What models and tools need is looked up without a bot; what is missing is named."""
    found = agent_secrets(parse("provider: {api_key_env: KEY}"), {"KEY": "sk-1"})
    assert found == Secrets({"KEY": "sk-1"})
    with pytest.raises(ConfigError, match=r"provider\.api_key_env"):
        agent_secrets(parse("provider: {api_key_env: KEY}"), {})
