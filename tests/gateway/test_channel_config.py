"""The section `channels`: what it may say, beside `telegram`, and each way in which it is wrong."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.errors import ConfigError
from tickertape.gateway.config.channel_config import ChannelConfig, channels_of
from tickertape.gateway.config.channel_types import TelegramConfig
from tickertape.gateway.config.gateway_config import GatewayConfig
from tickertape.gateway.config.loading import Secrets, parse, secrets

TOKEN = "123456789:AAFakeFakeFakeFakeFakeFakeFakeFakeFake"
OTHER = "987654321:AAFakeFakeFakeFakeFakeFakeFakeFakeFake"
TWO = """
channels:
  home: {type: telegram, token_env: HOME_TOKEN, api_base: "http://127.0.0.1:8081", groups: off}
  work: {type: telegram, token_env: WORK_TOKEN}
"""
HOME = ChannelConfig(
    "telegram",
    TelegramConfig(token_env="HOME_TOKEN", api_base="http://127.0.0.1:8081", groups="off"),
)
WORK = ChannelConfig("telegram", TelegramConfig(token_env="WORK_TOKEN"))
KEYLESS = 'provider: {api_key_env: ""}\n'


@pytest.mark.parametrize(
    ("text", "channels"),
    [
        ("provider: {}", {"telegram": ChannelConfig("telegram", TelegramConfig())}),
        ("channels: {}", {"telegram": ChannelConfig("telegram", TelegramConfig())}),
        ("channels:", {"telegram": ChannelConfig("telegram", TelegramConfig())}),
        (
            "telegram: {groups: all}",
            {"telegram": ChannelConfig("telegram", TelegramConfig(groups="all"))},
        ),
        (TWO, {"home": HOME, "work": WORK}),
        (f"telegram:\n  # groups: all\n{TWO}", {"home": HOME, "work": WORK}),
        (
            f"telegram: {{groups: all}}\n{TWO}",
            {
                "telegram": ChannelConfig("telegram", TelegramConfig(groups="all")),
                "home": HOME,
                "work": WORK,
            },
        ),
        (
            "channels: {telegram: {type: telegram}}",
            {"telegram": ChannelConfig("telegram", TelegramConfig())},
        ),
    ],
)
def test_both_ways_to_name_channels(text: str, channels: Mapping[str, ChannelConfig]) -> None:
    """`telegram` is a channel of that name; alone by default, beside others where it is written."""
    assert parse(text).all_channels == channels


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("channels: 5", "channels: 5 cannot be used; allowed: names for channels, 1 to 32 of a-z"),
        ("channels: [home]", "channels: <a list> cannot be used; allowed: names for channels"),
        ("channels: {'': {}}", "channels: '' cannot be used; allowed: names for channels"),
        ("channels: {Home: {}}", "channels: 'Home' "),
        ("channels: {'a b': {}}", "channels: 'a b' "),
        ("channels: {'a:b': {}}", "channels: 'a:b' "),
        ("channels: {5: {}}", "channels: 5 "),
        (f"channels: {{{'a' * 33}: {{}}}}", "channels: <not repeated here: it may be a secret> "),
        (
            "channels: {home: }",
            "channels.home: None cannot be used; allowed: a mapping with a type",
        ),
        ("channels: {home: telegram}", "channels.home: 'telegram' cannot be used; allowed: a mapp"),
        (
            "channels: {home: {}}",
            "channels.home.type: <missing> cannot be used; allowed: the type of the channel: tel",
        ),
        ("channels: {home: {type: 5}}", "channels.home.type: 5 cannot be used; allowed: the"),
        ("channels: {home: {type: [a]}}", "channels.home.type: <a list> "),
        (
            "channels: {home: {type: Telegramm}}",
            (
                "channels.home.type: 'Telegramm' cannot be used; allowed: one of the channels "
                "matrix, telegram; did you mean telegram?"
            ),
        ),
        (
            "channels: {home: {type: telegram, token_end: A}}",
            (
                "channels.home.token_end: <not repeated here: it may be a secret> cannot be used; "
                "allowed: one of the keys type, token_env, api_base, groups, webhook; did you mean "
                "token_env?"
            ),
        ),
        (
            "channels: {home: {type: telegram, speed: 3}}",
            "channels.home.speed: 3 cannot be used; allowed: one of the keys type, token_env, ",
        ),
        ("channels: {home: {type: telegram, 5: 3}}", "channels.home[5]: 5 cannot be used; all"),
        (
            "channels: {work: {type: telegram, token_env: ''}}",
            "channels.work.token_env: '' cannot be used; allowed: the NAME of an environment var",
        ),
        ("channels: {work: {type: telegram, token_env: 5}}", "channels.work.token_env: 5 "),
        (
            "channels: {work: {type: telegram, groups: sometimes}}",
            "channels.work.groups: 'sometimes' cannot be used; allowed: mention, all or off",
        ),
        (
            "channels: {work: {type: telegram, api_base: x}}",
            "channels.work.api_base: 'x' cannot be used; allowed: an http:// or https:// address",
        ),
        (
            "telegram: {}\nchannels: {telegram: {type: telegram}}",
            "channels: 'telegram' cannot be used; allowed: another name: the section telegram",
        ),
        ("chanels: {}", "chanels: <a mapping> cannot be used; allowed: one of the keys provider, "),
    ],
)
def test_each_mistake_is_one_line(text: str, words: str) -> None:
    """Key, value and what is allowed, in one line."""
    with pytest.raises(ConfigError) as caught:
        parse(text, "f.yaml")
    line = str(caught.value)
    assert line.startswith(words)
    assert "\n" not in line


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("chanels: {}", "channels"),
        ("telegramm: {}", "telegram"),
        ("telegram: {token_enf: X}", "token_env"),
        ("models: {a: {protokol: x}}", "protocol"),
        ("streaming: {edit_intervall: 1}", "edit_interval"),
    ],
)
def test_a_key_that_is_almost_right(text: str, meant: str) -> None:
    """Whichever section it stands in, the refusal says which key was meant."""
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert str(caught.value).endswith(f"; did you mean {meant}?")


@pytest.mark.parametrize(
    "text",
    [
        f"channels: {{home: '{TOKEN}'}}",
        f"channels: {{'{TOKEN}': {{}}}}",
        f"channels: {{home: {{type: '{TOKEN}'}}}}",
        f"channels: {{home: {{type: telegram, token_env: '{TOKEN}'}}}}",
        f"channels: {{home: {{type: telegram, token: '{TOKEN}'}}}}",
        f"channels: {{home: {{type: telegram, '{TOKEN}': 1}}}}",
        f"channels: {{home: {{type: telegram, api_base: 'http://x/bot{TOKEN}?a=b'}}}}",
        f"channels: '{TOKEN}'",
    ],
)
def test_a_pasted_token_is_not_repeated(text: str) -> None:
    """Wherever a secret was pasted by mistake, the refusal does not show it."""
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert "Fake" not in str(caught.value)


_SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=9)
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_SCALARS, inner)
)


@given(_VALUES | st.fixed_dictionaries({"home": _VALUES}))
def test_no_value_upsets_the_reader(value: object) -> None:
    """Anything that YAML can hold is channels, or a one-line refusal."""
    try:
        line = " ".join(channels_of(value))
    except ConfigError as error:
        line = str(error)
    assert "\n" not in line


def test_each_channel_has_its_token() -> None:
    """All are looked up, and all are among what logs never show."""
    environ = {"HOME_TOKEN": TOKEN, "WORK_TOKEN": OTHER, "TELEGRAM_BOT_TOKEN": "not named"}
    found = secrets(parse(KEYLESS + TWO), environ)
    assert found == Secrets({"HOME_TOKEN": TOKEN, "WORK_TOKEN": OTHER})
    assert found.values == (TOKEN, OTHER)


@pytest.mark.parametrize(
    ("more", "environ", "words"),
    [
        (
            "",
            {"HOME_TOKEN": TOKEN},
            "set the environment variable WORK_TOKEN (named by channels.work.token_env)",
        ),
        (
            "",
            {"HOME_TOKEN": "nonsense", "WORK_TOKEN": TOKEN},
            "channels.home.token_env: 'HOME_TOKEN' cannot be used; allowed: a variable that holds",
        ),
        (
            "telegram: {groups: all}\n",
            {"HOME_TOKEN": TOKEN, "WORK_TOKEN": OTHER},
            (
                "set the environment variable TELEGRAM_BOT_TOKEN (named by telegram.token_env); or "
                "delete the section telegram"
            ),
        ),
        (
            "telegram: {groups: all}\n",
            {"HOME_TOKEN": TOKEN, "WORK_TOKEN": OTHER, "TELEGRAM_BOT_TOKEN": OTHER},
            (
                "channels.work.token_env: 'WORK_TOKEN' cannot be used; allowed: a variable with "
                "another value: telegram has this one already"
            ),
        ),
    ],
)
def test_tokens_that_cannot_be_used(more: str, environ: dict[str, str], words: str) -> None:
    """Not set, of another form, or another channel's: the key is named, the value is not shown."""
    with pytest.raises(ConfigError) as caught:
        secrets(parse(KEYLESS + more + TWO), environ)
    line = str(caught.value)
    assert line.startswith(words)
    assert "nonsense" not in line
    assert "Fake" not in line


def test_one_token_at_two_servers() -> None:
    """A bot of an emulator may have the token of a bot elsewhere: they are two."""
    found = secrets(parse(KEYLESS + TWO), {"HOME_TOKEN": TOKEN, "WORK_TOKEN": TOKEN})
    assert set(found.values) == {TOKEN}


PIGEONS = {"type": "pigeon", "loft": "roof", "key_env": "PIGEON_KEY", "towers": [1, {"a": None}]}


def test_a_type_of_another_package() -> None:
    """Its settings are its own, but for names of variables, whose values are looked up."""
    config = GatewayConfig(channels=channels_of({"east": PIGEONS}))
    found = secrets(config, {"PIGEON_KEY": "coo"}, own_agent=True)
    assert found == Secrets({"PIGEON_KEY": "coo"})
    given_ = {key: value for key, value in PIGEONS.items() if key != "type"}
    assert config.all_channels["east"].given == given_
    with pytest.raises(
        ConfigError, match=r"variable PIGEON_KEY \(named by channels\.east\.key_env\)"
    ):
        secrets(config, {}, own_agent=True)


@pytest.mark.parametrize("value", ["pigeon", "", None, 5, ["A"], TOKEN])
def test_a_variable_of_another_package(value: object) -> None:
    """What is no name of a variable is refused, and not repeated where it may be a secret."""
    with pytest.raises(ConfigError) as caught:
        channels_of({"east": {**PIGEONS, "key_env": value}})
    line = str(caught.value)
    assert line.startswith("channels.east.key_env: ")
    assert line.endswith("allowed: the NAME of an environment variable, in capitals")
    assert "Fake" not in line
