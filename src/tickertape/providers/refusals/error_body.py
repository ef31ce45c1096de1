r"""What a server says when it refuses, read from whatever shape it says it in.

    {"error": {"message": ..., "type": ..., "code": ..., "param": ...}}     OpenAI and most others
    {"type": "error", "error": {"type": ..., "message": ...}}               Anthropic
    {"detail": "..."}, {"detail": [{"loc": [...], "msg": ...}]}             FastAPI, ChatGPT
    {"message": {"detail": [...]}}, {"message": "...", "code": 3001}        Mistral, vLLM, AWS
    {"error": {"message": ..., "metadata": {"raw": "{...}"}}}               OpenRouter
    {"error": {..., "metadata": {"headers": {"X-RateLimit-Reset": ...}}}}   OpenRouter
    {"error": {"message": "{\"type\": \"error\", ...}"}}                    gateways
    [{"error": {"status": ..., "details": [{"retryDelay": "17s"}]}}]        Gemini
    {"code": "1302", "msg": "..."}                                          Zhipu, SiliconFlow
    {"base_resp": {"status_code": 1002, "status_msg": "..."}}               MiniMax, with HTTP 200
    plain text, HTML                                                        proxies

The innermost words are the ones that matter: they are those of the server that really refused.
Nothing is judged here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from tickertape.providers.refusals.waits import (
    Wait,
    WaitFor,
    WaitUntil,
    in_fields,
    in_headers,
    in_words,
    of_limits,
)

__all__ = ["ErrorBody", "error_body", "parsed"]

_DEPTH = 6
"""Objects and texts deep that is looked; no server was seen to use more than four."""

_ITEMS = 8
"""Errors of one list that are read."""

_WORDS = 16_384
"""Characters of a message that are read: many times what any server has to say."""

_INNER = ("error", "detail", "errors", "upstream_error", "base_resp")
"""Fields that may hold the error itself, nested."""

_MESSAGES = ("message", "msg", "status_msg", "title")
"""Fields that may hold its words."""


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """What a server said."""

    names: tuple[str, ...] = ()
    """Its codes and types, in lower case, the innermost first."""
    message: str = ""
    """Its words; empty where it has none."""
    parameters: tuple[str, ...] = ()
    """The parameters that it is about, as dotted paths into the request."""
    wait: float | None = None
    """Seconds that it asks to wait, where the body says so."""
    until: float | None = None
    """The moment up to which it asks to wait, in seconds since the epoch, where it names one."""


@dataclass(slots=True)
class _Found:
    names: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    parameters: list[str] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    limits: list[Wait] = field(default_factory=list)


def parsed(body: bytes) -> object:
    """Read a body: JSON as what it says, all else as text."""
    try:
        said: object = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return body[: 4 * _WORDS].decode("utf-8", "replace")
    return said


def error_body(said: object) -> ErrorBody:
    """Find what matters in what a server said.

    Args:
        said: decoded JSON, or text, in which there may be JSON again.
    """
    found = _Found()
    _gather(said, found, _DEPTH)
    message = found.messages[0] if found.messages else ""
    in_prose = (in_words(words) for words in found.messages)
    told = [*found.waits, *(wait for wait in in_prose if wait is not None), *found.limits]
    names, parameters = tuple(found.names), tuple(found.parameters)
    match told:
        case [WaitFor(seconds=seconds), *_]:
            return ErrorBody(names, message, parameters, seconds)
        case [WaitUntil(moment=moment), *_]:
            return ErrorBody(names, message, parameters, None, moment)
        case _:
            return ErrorBody(names, message, parameters)


def _gather(said: object, found: _Found, depth: int) -> None:
    if not depth:
        return
    if isinstance(said, str):
        inner = parsed(said.encode("utf-8", "replace")) if said.lstrip()[:1] in {"{", "["} else said
        if isinstance(inner, str):
            words = said[:_WORDS]
            found.messages += [words] if words.strip() else []
        else:
            _gather(inner, found, depth - 1)
    elif isinstance(said, list):
        for item in said[:_ITEMS]:
            _gather(item, found, depth - 1)
    elif isinstance(said, Mapping):
        for key in _INNER:
            _gather(said.get(key), found, depth - 1)
        metadata = said.get("metadata")
        if isinstance(metadata, Mapping):
            _gather(metadata.get("raw"), found, depth - 1)
            _gather_waits(metadata, found)
        _gather_own(said, found, depth)
        _gather(said.get("details"), found, depth - 1)


def _gather_own(said: Mapping[object, object], found: _Found, depth: int) -> None:
    """Read what an object says itself."""
    for key in ("code", "type", "status", "status_code"):
        value = said.get(key)
        if isinstance(value, str | int) and not isinstance(value, bool):
            found.names.append(str(value).lower())
    words = next((said[key] for key in _MESSAGES if said.get(key)), None)
    _gather(words, found, depth - 1)
    match said:
        case {"param": str(parameter)} if parameter:
            found.parameters.append(parameter)
        case {"loc": [*place]}:
            names = [part for part in place if isinstance(part, str) and part != "body"]
            found.parameters.append(".".join(names))
        case _:
            pass
    _gather_waits(said, found)


def _gather_waits(said: Mapping[object, object], found: _Found) -> None:
    """Read how long to wait, also from the headers of the server behind a gateway."""
    found.waits += in_fields(said)
    headers = said.get("headers")
    if isinstance(headers, Mapping):
        lowered = {str(name).lower(): str(value) for name, value in headers.items()}
        if (wait := in_headers(lowered)) is not None:
            found.waits.append(wait)
        if (wait := of_limits(lowered)) is not None:
            found.limits.append(wait)
