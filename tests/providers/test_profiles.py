"""What is known of servers before they are asked."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from tickertape.providers.quirks.profile import Profile
from tickertape.providers.quirks.profiles import ROWS, Protocol, is_local, is_loopback, profile_of

_DOCS = Path(__file__).parents[2] / "docs" / "providers.md"


@pytest.mark.parametrize(
    ("protocol", "host", "profile"),
    [
        ("chat_completions", "api.groq.com", Profile()),
        ("chat_completions", "api.openai.com", Profile(max_tokens_name="max_completion_tokens")),
        (
            "chat_completions",
            "me.openai.azure.com",
            Profile(max_tokens_name="max_completion_tokens"),
        ),
        ("chat_completions", "API.DeepSeek.com", Profile(returns_reasoning="with_calls")),
        ("chat_completions", "api.moonshot.cn", Profile(returns_reasoning="with_calls")),
        ("chat_completions", "api.mistral.ai", Profile(usage_option=False, call_id_size=9)),
        (
            "chat_completions",
            "openrouter.ai",
            Profile(returns_reasoning="with_calls", reasoning_field="reasoning"),
        ),
        ("chat_completions", "127.0.0.1", Profile(is_local=True)),
        ("responses", "api.openai.com", Profile(max_tokens_name="max_output_tokens")),
        (
            "responses",
            "chatgpt.com",
            Profile(
                max_tokens_name="",
                must_stream=True,
                defaults={"instructions": "You are a helpful assistant."},
            ),
        ),
        ("messages", "api.anthropic.com", Profile()),
        (
            "messages",
            "gateway.example.org",
            Profile(key_header="x-api-key", version_header="2023-06-01"),
        ),
    ],
)
def test_servers_have_their_ways(protocol: Protocol, host: str, profile: Profile) -> None:
    """A server is asked as its row says, and one without a row as its protocol does."""
    assert profile_of(protocol, host, "any") == profile


def test_a_model_has_its_ways_at_every_server() -> None:
    """What a model's own template demands is known wherever it runs, and however it is asked."""
    for host in ("127.0.0.1", "openrouter.ai"):
        profile = profile_of("chat_completions", host, "mistralai/Mistral-Small-3.2")
        assert profile.call_id_size == 9


def test_rows_are_sound() -> None:
    """Each row changes fields that exist, is in lower case, and names its source."""
    names = {field.name for field in fields(Profile)}
    for row in ROWS:
        assert row.ways.keys() <= names
        assert (row.host, row.model) == (row.host.lower(), row.model.lower())
        assert row.source


@pytest.mark.parametrize(
    ("host", "loopback", "local"),
    [
        ("127.0.0.1", True, True),
        ("::1", True, True),
        ("localhost", True, True),
        ("api.localhost", True, True),
        ("192.168.1.7", False, True),
        ("10.0.0.2", False, True),
        ("ollama", False, True),
        ("gpu.local", False, True),
        ("host.docker.internal", False, True),
        ("8.8.8.8", False, False),
        ("api.example.org", False, False),
    ],
)
def test_what_is_near(host: str, loopback: bool, local: bool) -> None:
    """This machine and its network are told from the rest of the world."""
    assert (is_loopback(host), is_local(host)) == (loopback, local)


def test_the_manual_names_every_host() -> None:
    """The table of the manual has a line for each host of which something is known."""
    text = _DOCS.read_text("utf-8")
    assert [row.host for row in ROWS if f"`{row.host}`" not in text and row.host != "*"] == []
