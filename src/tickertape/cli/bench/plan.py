"""The plan of `tickertape bench live`, as one checked value.

Options that cannot be used are refused before anything is imported, started or written to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tickertape.errors import ConfigError
from tickertape.gateway.config.gateway_config import GatewayConfig
from tickertape.gateway.config.loading import Secrets, load, secrets

__all__ = ["Plan", "plan"]

# As many as one bot can write to at once without its own limit of 30 calls a second deciding
# everything (core.telegram.org/bots/faq, 2026-11).
_MOST_SESSIONS = 200


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan of what to measure."""

    sessions: tuple[int, ...]
    """How many conversations are held at once, round by round."""
    prompt: str
    """What is asked in each."""
    configured: tuple[GatewayConfig, Secrets] | None
    """The provider and the channel; None: the embedded ones."""
    chats: tuple[int, ...]
    """The chats of a configured channel, by their numbers."""
    scripted: bool
    """Whether a canned text streams instead of a model's answer."""


def plan(
    *,
    sessions: str,
    config: Path | None,
    prompt: str,
    chats: str,
    scripted: bool,
    environ: Mapping[str, str],
) -> Plan:
    """Return the plan of the options.

    Args:
        sessions: how many conversations are held at once, for each round, with commas between.
        config: the configuration file; None for the embedded model and channel.
        prompt: what is asked.
        chats: the chats of the configured channel, with commas between.
        scripted: whether a canned text streams instead of a model's answer.
        environ: the variables that the file names.

    Raises:
        ConfigError: when an option or the file cannot be used.
    """
    counts = _counts(sessions)
    if not prompt.strip():
        raise ConfigError("--prompt", prompt, "a text that is not empty")
    places = _numbers("--chat", chats, "numbers of chats")
    if config is None:
        if places:
            raise ConfigError("--chat", chats, "nothing here: the emulator has chats of its own")
        return Plan(counts, prompt, None, (), scripted)
    settings = load(config)
    found = secrets(settings, environ, own_agent=scripted)
    if 0 in places or len(set(places)) < max(len(places), *counts):
        allowed = (
            f"the numbers of {max(counts)} different chats that the bot may write to, with commas "
            "between (or --embedded, which needs none)"
        )
        raise ConfigError("--chat", chats, allowed)
    return Plan(counts, prompt, (settings, found), places, scripted)


def _counts(sessions: str) -> tuple[int, ...]:
    allowed = f"whole numbers from 1 to {_MOST_SESSIONS}"
    counts = _numbers("--sessions", sessions, allowed)
    if not counts or not all(1 <= count <= _MOST_SESSIONS for count in counts):
        raise ConfigError("--sessions", sessions, f"{allowed}, with commas between")
    return counts


def _numbers(option: str, text: str, allowed: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.replace(",", " ").split())
    except ValueError:
        raise ConfigError(option, text, f"{allowed}, with commas between") from None
