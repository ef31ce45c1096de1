"""Judges what a model's server said to one question, purely."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tickertape.cli.doctor.findings import Finding, Level, error, ok
from tickertape.cli.doctor.servers import Reach, cure_of, obstacle_told
from tickertape.errors import FailureKind, ProviderError

__all__ = ["AskedModel", "least_tokens", "model_finding"]


@dataclass(frozen=True, slots=True)
class AskedModel:
    """A model as it is configured."""

    subject: str
    """How findings call it."""
    section: str
    """The key of its section."""
    model: str
    """Its name at its server."""
    key_env: str
    """The variable that holds its key; empty: none is sent."""


_LATER: Final = "Try again in a while, or name other models in fallback."
_TABLE: Final[Mapping[FailureKind, tuple[Level, str, str]]] = {
    FailureKind.QUOTA: (
        Level.ERROR,
        "the account is out of credit",
        "Add credit at the provider, or use another key.",
    ),
    FailureKind.RATE_LIMIT: (Level.WARNING, "the server asks to slow down", _LATER),
    FailureKind.OVERLOADED: (Level.WARNING, "the server is overloaded or failed inside", _LATER),
    FailureKind.CONTEXT_OVERFLOW: (
        Level.ERROR,
        "one short question is too long for it",
        "Shorten {section}.system_prompt, or choose a model with a larger window.",
    ),
    FailureKind.CONTENT_FILTER: (
        Level.WARNING,
        "a content filter refused a greeting",
        "Check the filter's settings at the provider.",
    ),
    FailureKind.BAD_RESPONSE: (
        Level.ERROR,
        "nothing there answers as {protocol} does",
        "Correct {section}.base_url (many end in /v1) or {section}.protocol.",
    ),
    FailureKind.INTERNAL: (
        Level.ERROR,
        "asking it failed by a fault of our own",
        "Please report this with the lines of the log.",
    ),
}
_UNSURE: Final = (Level.WARNING, "its answer broke off", _LATER)


def least_tokens(protocol: str) -> int:
    """Return the smallest `max_tokens` that servers of a protocol take.

    Responses: 16 (platform.openai.com/docs/api-reference/responses, `max_output_tokens`, 2026-11).
    """
    return 16 if protocol == "responses" else 1


def model_finding(
    asked: AskedModel, protocol: str, failure: ProviderError | None, reach: Reach
) -> Finding:
    """Return what there is to say of a model.

    Args:
        asked: its configuration.
        protocol: its server's protocol.
        failure: why it did not answer; None if it did.
        reach: whether the server can be reached at all.
    """
    if failure is None:
        return ok(asked.subject, f"{asked.model} answered at {reach.host}")
    words = f" ({failure.detail})" if failure.detail else ""
    match failure.kind:
        case FailureKind.AUTH if not asked.key_env:
            cure = f"Name the variable that holds one in {asked.section}.api_key_env."
            return error(asked.subject, f"{reach.host} wants a key{words}", cure)
        case FailureKind.AUTH:
            what = f"{reach.host} does not accept the key in {asked.key_env}{words}"
            return error(asked.subject, what, f"Set {asked.key_env} to a key that may use it.")
        case FailureKind.REFUSED_PARAMETER if failure.status == 404:
            what = f"{reach.host} does not know the model {asked.model}{words}"
            return error(asked.subject, what, f"Correct {asked.section}.model.")
        case FailureKind.REFUSED_PARAMETER:
            cure = f"Check {asked.section}.model and {asked.section}.parameters."
            return error(asked.subject, f"{reach.host} rejected the request{words}", cure)
        case FailureKind.NETWORK | FailureKind.STALLED:
            return _unheard(asked, failure, reach)
        case kind:
            level, what, cure = _TABLE.get(kind, _UNSURE)
            told = what.format(protocol=protocol) + words
            return Finding(level, asked.subject, told, cure.format(section=asked.section))


def _unheard(asked: AskedModel, failure: ProviderError, reach: Reach) -> Finding:
    key = f"{asked.section}.base_url"
    if reach.obstacle is not None:
        what = obstacle_told(reach.obstacle, reach.host)
        return error(asked.subject, what, cure_of(reach.obstacle, key))
    if failure.kind is FailureKind.STALLED:
        what = f"{reach.host} took the question and did not answer within 10 s"
        cure = "A model that is being loaded answers later: try again; else look at its server."
        return error(asked.subject, what, cure)
    return error(asked.subject, failure.detail, f"Check {key}, and proxies on the way.")
