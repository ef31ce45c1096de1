"""Channels of the type `matrix` in the operator's file, and the file that `init` writes for one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tickertape.errors import ConfigError
from tickertape.gateway.access_lists import advice_on, mistyped_ids
from tickertape.gateway.config.channel_types import MatrixConfig, TelegramConfig
from tickertape.gateway.config.loading import Secrets, load, parse, secrets, template

HOME = 'homeserver: "https://m.example.org", user: "@bot:example.org"'
ONE = f"channels: {{home: {{type: matrix, {HOME}}}}}"
TOKEN = "syt_Ym90_AAFakeFakeFakeFake_1a2b3c"


def test_a_channel_needs_a_homeserver_and_a_user() -> None:
    """The rest has defaults: those of a homeserver that no one changed."""
    config = parse(ONE).all_channels["home"]
    assert config.settings == MatrixConfig(
        homeserver="https://m.example.org", user="@bot:example.org"
    )
    assert dict(config.given) == {
        "homeserver": "https://m.example.org",
        "user": "@bot:example.org",
        "token_env": "MATRIX_ACCESS_TOKEN",
        "groups": "mention",
        "messages_per_second": 0.2,
        "burst_count": 10,
        "keys": "",
    }


def test_keys_lie_next_to_the_file(tmp_path: Path) -> None:
    """Wherever the program is started."""
    (tmp_path / "t.yaml").write_text(ONE.replace("@bot", "@b").replace("}}", ", keys: k}}"))
    settings = load(tmp_path / "t.yaml").channels["home"].settings
    assert settings == MatrixConfig(
        homeserver="https://m.example.org", user="@b:example.org", keys=str(tmp_path / "k")
    )


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (
            'homeserver: "https://m.example.org"',
            "channels.home.user: <missing> cannot be used; allowed: the id of the account, as @bot",
        ),
        (
            'user: "@bot:example.org"',
            "channels.home.homeserver: <missing> cannot be used; allowed: the http:// or https://",
        ),
        (
            'homeserver: m.example.org, user: "@bot:example.org"',
            "channels.home.homeserver: 'm.example.org' cannot be used; allowed: the http:// or",
        ),
        (
            'homeserver: "https://m.example.org", user: bot',
            "channels.home.user: 'bot' cannot be used; allowed: the id of the account, as @bot:exa",
        ),
        (f"{HOME}, groups: some", "channels.home.groups: 'some' cannot be used; allowed: mention"),
        (f"{HOME}, burst_count: 0", "channels.home.burst_count: 0 cannot be used; allowed: a whol"),
        (
            f"{HOME}, messages_per_second: 0",
            "channels.home.messages_per_second: 0 cannot be used; allowed: a number above 0",
        ),
        (f"{HOME}, api_base: 3", "channels.home.api_base: 3 cannot be used; allowed: one of the k"),
        (
            f"{HOME}, token_env: {TOKEN}",
            "channels.home.token_env: <not repeated here: it may be a secret> cannot be used; allo",
        ),
    ],
)
def test_each_mistake_is_one_line(settings: str, words: str) -> None:
    """Key, value and what is allowed."""
    with pytest.raises(ConfigError) as caught:
        parse(f"channels: {{home: {{type: matrix, {settings}}}}}")
    assert str(caught.value).startswith(words)
    assert "Fake" not in str(caught.value)


def test_a_token_is_looked_up_and_kept_from_logs() -> None:
    """It is whatever a header can carry."""
    keyless = 'provider: {api_key_env: ""}\n' + ONE
    assert secrets(parse(keyless), {"MATRIX_ACCESS_TOKEN": TOKEN}) == Secrets(
        {"MATRIX_ACCESS_TOKEN": TOKEN}
    )
    with pytest.raises(ConfigError, match="that holds an account's access token"):
        secrets(parse(keyless), {"MATRIX_ACCESS_TOKEN": "two words"})


def test_an_account_has_one_channel() -> None:
    """Two would both answer, whatever their tokens are."""
    two = f"""
provider: {{api_key_env: ""}}
channels:
  a: {{type: matrix, {HOME}, token_env: A}}
  b: {{type: matrix, {HOME}, token_env: B}}
"""
    with pytest.raises(ConfigError) as caught:
        secrets(parse(two), {"A": TOKEN, "B": f"{TOKEN}2"})
    assert str(caught.value) == (
        "channels.b.user: '@bot:example.org' cannot be used; allowed: another account: channels.a "
        "has this one already"
    )


@pytest.mark.parametrize(
    ("entry", "admits"),
    [
        ("@ann:example.org", True),
        ("home:@ann:example.org", True),
        ("home:@ann:example.org:8448", True),
        ("!room:example.org", True),
        ("!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM", True),
        ("home:ann", False),
        ("home:123456", False),
        ("ann", False),
        ("matrix:@ann:example.org", False),
    ],
)
def test_ids_of_people_and_rooms(entry: str, *, admits: bool) -> None:
    """One that can admit no one is told, with what it has to look like."""
    assert (advice_on(entry, parse(ONE).all_channels) == "") is admits


def test_the_names_of_the_documentation_admit_someone() -> None:
    """`matrix:` is the name of the channel that `init` writes."""
    text = template(["matrix"])
    config = parse(text.replace("  allow: []", '  allow: ["matrix:@ann:example.org"]', 1))
    assert config.access.allow == ("matrix:@ann:example.org",)
    assert list(mistyped_ids(config)) == []


def test_init_writes_a_section_with_every_key() -> None:
    """Each with a comment of its own, and with its default where it has one."""
    text = template(["matrix"])
    section = yaml.safe_load(text)["channels"]["matrix"]
    assert set(section) == {"type", *MatrixConfig.model_fields}
    channels = parse(text).all_channels
    given = MatrixConfig(homeserver=section["homeserver"], user=section["user"])
    assert {name: one.settings for name, one in channels.items()} == {"matrix": given}
    uncommented = re.findall(
        r"^(?! *#).*\n    (\w+):", text.partition("\nchannels:")[2], re.MULTILINE
    )
    assert uncommented[:2] == ["type", "burst_count"], "two that belong to the line above"
    assert "telegram:\n" not in text


def test_init_writes_both_where_both_are_asked_for() -> None:
    """And nothing else differs from the file that has Telegram alone."""
    both = parse(template(["telegram", "matrix"]))
    assert [type(one.settings) for one in both.all_channels.values()] == [
        TelegramConfig,
        MatrixConfig,
    ]
    assert both.model_copy(update={"channels": {}}) == parse(template())
