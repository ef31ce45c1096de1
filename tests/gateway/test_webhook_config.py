"""The webhook of a channel in the operator's file: what it may say, and how it can be wrong."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

import pytest

from tickertape.cli import logs
from tickertape.errors import ConfigError
from tickertape.gateway.config.channel_config import opened_with
from tickertape.gateway.config.channel_types import WebhookConfig
from tickertape.gateway.config.loading import parse, secrets

TOKEN = "123456789:AAFakeFakeFakeFakeFakeFakeFakeFakeFake"
OTHER = "987654321:AAFakeFakeFakeFakeFakeFakeFakeFakeFake"
HOOK = "a-secret-of-the-hook"
ENVIRON = {"TELEGRAM_BOT_TOKEN": TOKEN, "WORK_TOKEN": OTHER, "TELEGRAM_WEBHOOK_SECRET": HOOK}
URL = "https://bot.example.org/tape"
ALONE = f"telegram: {{webhook: {{url: '{URL}'}}}}"
LOCAL = 'api_base: "http://127.0.0.1:8081", '


def both(home: str, work: str, more: str = "") -> str:
    """Write a file with two bots, each with the settings of its webhook."""
    return f"""
channels:
  home: {{type: telegram, {more}webhook: {{{home}}}}}
  work: {{type: telegram, {more}token_env: WORK_TOKEN, webhook: {{{work}}}}}
"""


@pytest.mark.parametrize(
    ("text", "hook"),
    [
        ("telegram: {}", None),
        ("telegram: {webhook: null}", None),
        ("telegram: {webhook: }", None),
        (ALONE, WebhookConfig(url=URL)),
        (
            f"telegram: {{webhook: {{url: '{URL}', listen: '[::1]:80', secret_env: HOOK}}}}",
            WebhookConfig(url=URL, listen="[::1]:80", secret_env="HOOK"),
        ),
        (
            f"channels: {{telegram: {{type: telegram, webhook: {{url: '{URL}'}}}}}}",
            WebhookConfig(url=URL),
        ),
        (
            f"telegram: {{{LOCAL}webhook: {{url: 'http://127.0.0.1:9000/a'}}}}",
            WebhookConfig(url="http://127.0.0.1:9000/a"),
        ),
    ],
)
def test_what_it_may_say(text: str, hook: WebhookConfig | None) -> None:
    """Polling is the default; an address is enough for a webhook."""
    settings = parse(text).all_channels["telegram"].given
    assert settings["webhook"] == hook


@pytest.mark.parametrize(
    ("webhook", "words"),
    [
        ("5", ": 5 cannot be used; allowed: a mapping with url, listen and secret_env, or null"),
        ("true", ": True cannot be used; allowed: a mapping with url, listen and secret_env"),
        ("{}", ".url: <missing> cannot be used; allowed: the public https:// address of the"),
        ("{listen: '127.0.0.1:1'}", ".url: <missing> cannot be used; allowed: the public https"),
        ("{url: example.org}", ".url: 'example.org' cannot be used; allowed: the public https://"),
        ("{url: 'https://a.example/?secret=x'}", ".url: <not repeated here: it may be a secret>"),
        ("{url: 'https://u:p@a.example/'}", ".url: <not repeated here: it may be a secret>"),
        ("{url: 'http://a.example/x'}", ".url: 'http://a.example/x' cannot be used; allowed: an"),
        (
            "{url: 'https://a.example:9000/x'}",
            (
                ".url: 'https://a.example:9000/x' cannot be used; allowed: an https:// address "
                "with one of the ports 443, 80, 88, 8443"
            ),
        ),
        (f"{{url: '{URL}', listen: 8443}}", ".listen: 8443 cannot be used; allowed: a host and a"),
        (f"{{url: '{URL}', listen: ':8443'}}", ".listen: ':8443' cannot be used; allowed: a host"),
        (f"{{url: '{URL}', listen: localhost}}", ".listen: 'localhost' cannot be used; allowed: "),
        (f"{{url: '{URL}', listen: 'a:0'}}", ".listen: 'a:0' cannot be used; allowed: a host and"),
        (f"{{url: '{URL}', listen: 'a:b'}}", ".listen: 'a:b' cannot be used; allowed: a host and"),
        (f"{{url: '{URL}', listen: 'a:99999'}}", ".listen: 'a:99999' cannot be used; allowed: a "),
        (f"{{url: '{URL}', listen: 'a:1/x'}}", ".listen: 'a:1/x' cannot be used; allowed: a host"),
        (
            f"{{url: '{URL}', secret_env: my-secret-itself}}",
            ".secret_env: <not repeated here: it may be a secret> cannot be used; allowed: the ",
        ),
        (
            f"{{url: '{URL}', lisen: 'a:1'}}",
            (
                ".lisen: 'a:1' cannot be used; allowed: one of the keys url, listen, secret_env; "
                "did you mean listen?"
            ),
        ),
    ],
)
@pytest.mark.parametrize(
    ("form", "section"),
    [
        ("telegram: {{webhook: {}}}", "telegram.webhook"),
        ("channels: {{work: {{type: telegram, webhook: {}}}}}", "channels.work.webhook"),
    ],
)
def test_each_mistake_is_one_line(webhook: str, words: str, form: str, section: str) -> None:
    """It has the full key, the value unless it may be a secret, and what is allowed."""
    with pytest.raises(ConfigError) as caught:
        parse(form.format(webhook))
    line = str(caught.value)
    assert line.startswith(f"{section}{words}")
    assert "\n" not in line


@pytest.mark.parametrize(
    ("home", "work", "is_refused"),
    [
        ("url: 'https://a.example/one'", "url: 'https://a.example/two'", False),
        ("url: 'https://a.example/one'", "url: 'https://a.example/one'", True),
        ("url: 'https://a.example/one'", "url: 'https://b.example/one'", True),
        ("url: 'https://a.example/o%6Ee'", "url: 'https://b.example/one'", True),
        ("url: 'https://a.example'", "url: 'https://b.example/'", True),
        (
            "url: 'https://a.example/one'",
            "url: 'https://b.example/one', listen: '127.0.0.1:9000'",
            False,
        ),
        (
            "url: 'https://a.example/one'",
            "url: 'https://a.example:443/one', listen: '127.0.0.1:9000'",
            True,
        ),
    ],
)
def test_two_bots(home: str, work: str, is_refused: bool) -> None:
    """They may share an address, and no path at it; nor the address outside."""
    if not is_refused:
        assert len(parse(both(home, work)).all_channels) == 2
        return
    with pytest.raises(ConfigError) as caught:
        parse(both(home, work))
    line = str(caught.value)
    assert line.startswith("channels.work.webhook.url: 'https://")
    assert line.endswith("allowed: a url with another path: channels.home has this one already")


def test_its_secret_is_looked_up_and_redacted(capsys: pytest.CaptureFixture[str]) -> None:
    """The channel is opened with it, and no line of the log shows it."""
    config = parse(ALONE)
    found = secrets(config, ENVIRON, own_agent=True)
    assert opened_with(config.all_channels["telegram"].given, found.value_of) == {
        "token": TOKEN,
        "api_base": "https://api.telegram.org",
        "groups": "mention",
        "webhook": {"url": URL, "listen": "127.0.0.1:8443", "secret": HOOK},
    }
    assert set(found.values) == {TOKEN, HOOK}
    root, ours = logging.getLogger(), logging.getLogger("tickertape")
    before = (root.handlers[:], root.level, ours.level)
    try:
        logs.configure(found.values, environ={})
        logging.getLogger("foreign").error("secret_token=%s", HOOK)
    finally:
        root.handlers[:] = before[0]
        root.setLevel(before[1])
        ours.setLevel(before[2])
    assert HOOK not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "environ", "line"),
    [
        (
            ALONE,
            {"TELEGRAM_BOT_TOKEN": TOKEN},
            (
                "set the environment variable TELEGRAM_WEBHOOK_SECRET (named by "
                "telegram.webhook.secret_env)"
            ),
        ),
        (
            both("url: 'https://a.example/one'", "url: 'https://a.example/two', secret_env: WORK"),
            ENVIRON,
            "set the environment variable WORK (named by channels.work.webhook.secret_env)",
        ),
        (
            ALONE,
            {**ENVIRON, "TELEGRAM_WEBHOOK_SECRET": "with a blank"},
            (
                "telegram.webhook.secret_env: 'TELEGRAM_WEBHOOK_SECRET' cannot be used; allowed: a "
                "variable that holds 1 to 256 of A-Z, a-z, 0-9, _ and - (`openssl rand -hex 32` "
                "makes them)"
            ),
        ),
        (
            ALONE,
            {**ENVIRON, "TELEGRAM_WEBHOOK_SECRET": "s" * 257},
            "telegram.webhook.secret_env: 'TELEGRAM_WEBHOOK_SECRET' cannot be used; allowed: a ",
        ),
    ],
)
def test_a_secret_that_cannot_be_one(text: str, environ: Mapping[str, str], line: str) -> None:
    """It ends the start with one line that names the key and the variable, and no value."""
    with pytest.raises(ConfigError) as caught:
        secrets(parse(text), environ, own_agent=True)
    assert str(caught.value).startswith(line)
    assert "blank" not in str(caught.value)


def test_the_documentation_has_every_key() -> None:
    """The table of keys tells of each, with its default."""
    page = (Path(__file__).parents[2] / "docs" / "gateway.md").read_text("utf-8")
    for key, field in WebhookConfig.model_fields.items():
        default = "" if field.is_required() else f"`{field.default}` "
        assert f"| `telegram.webhook.{key}` | {default}|" in page
