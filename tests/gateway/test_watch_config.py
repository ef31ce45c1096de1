"""The keys that say who watches, and what tokens cost: what is taken, and what is refused."""

from __future__ import annotations

import pytest

from tickertape.errors import ConfigError, UnsetVariableError
from tickertape.gateway.config.loading import parse, secrets
from tickertape.listening import Listen
from tickertape.watching.prices import TokenPrices

ENVIRON = {"TELEGRAM_BOT_TOKEN": "123456:ABC", "OPENAI_API_KEY": "sk-tape"}


@pytest.mark.parametrize(
    ("text", "listen", "is_loopback"),
    [
        ("127.0.0.1:8080", Listen("127.0.0.1", 8080), True),
        ("localhost:1", Listen("localhost", 1), True),
        ("[::1]:8080", Listen("::1", 8080), True),
        ("127.8.8.8:80", Listen("127.8.8.8", 80), True),
        ("192.0.2.1:8080", Listen("192.0.2.1", 8080), False),
        ("[::]:8080", Listen("::", 8080), False),
        ("bot.example.org:65535", Listen("bot.example.org", 65535), False),
    ],
)
def test_addresses(text: str, listen: Listen, is_loopback: bool) -> None:
    """An address is read as it is written, and it is known who can reach it."""
    assert Listen.of(text) == listen
    assert str(listen) == text
    assert listen.is_loopback is is_loopback


@pytest.mark.parametrize(
    "text", ["8080", ":8080", "127.0.0.1", "127.0.0.1:65536", "::1:8080", "[x]:80", "http://a:80"]
)
def test_what_is_no_address(text: str) -> None:
    """It is refused by its key, with an example."""
    with pytest.raises(ConfigError, match=r"http\.listen.*127\.0\.0\.1:8080"):
        parse(f"http: {{listen: '{text}'}}")


def test_elsewhere_a_token_is_needed() -> None:
    """Nobody is let in who was not named: the start is refused, and the key says what to do."""
    with pytest.raises(ConfigError, match=r"http\.listen.*http\.token_env"):
        parse("http: {listen: '0.0.0.0:8080'}")
    config = parse("http: {listen: '0.0.0.0:8080', token_env: WATCH}")
    with pytest.raises(UnsetVariableError, match="WATCH"):
        secrets(config, ENVIRON)
    found = secrets(config, {**ENVIRON, "WATCH": "open sesame"})
    assert "open sesame" in found.values


def test_prices_say_their_unit() -> None:
    """Whole numbers will do; what is left out of cached tokens costs as all others."""
    config = parse(
        "provider: {price_per_million: {input: 2, output: 10.5}}\n"
        "models: {clever: {price_per_million: {input: 1, output: 2, cached_input: 0}}}"
    )
    told = [model.price_per_million for model in config.all_models.values()]
    assert [one.prices for one in told if one is not None] == [
        TokenPrices(2.0, 10.5),
        TokenPrices(1.0, 2.0, 0.0),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("provider: {price_per_million: 3}", r"price_per_million.*\{input: 0.25"),
        (
            "provider: {price_per_million: {input: -1, output: 1}}",
            r"price_per_million\.input.*-1",
        ),
        ("provider: {price_per_million: {input: 1}}", r"price_per_million\.output"),
        ("log: {level: loud}", r"log\.level.*debug, info, warning or error"),
        ("log: {format: xml}", r"log\.format.*text or json"),
        ("opentelemetry: {enabled: 1}", r"opentelemetry\.enabled.*true or false"),
        ("http: {token_env: abc}", r"http\.token_env.*NAME"),
        ("http: {port: 80}", r"http\.port.*listen, token_env"),
    ],
)
def test_mistakes_are_told_by_their_key(text: str, told: str) -> None:
    """Each says the key and what is allowed."""
    with pytest.raises(ConfigError, match=told):
        parse(text)
