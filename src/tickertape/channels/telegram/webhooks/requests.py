"""Decides about a request to a webhook, purely: it is refused, or it brings an update.

What can be told by the head is told by the head, so that a stranger's body is never read:

| status | when |
|---|---|
| 404 | no bot has this path |
| 405 | the method is not POST; `Allow` names it |
| 401 | there is no secret |
| 403 | it is another one |
| 415 | the body is not JSON, by its type, or it is compressed |
| 413 | the body is longer than `LARGEST_BODY`, by its head or in fact |
| 408 | the body did not come in time |
| 400 | it is not HTTP, or its head is too long |
| 400 | the body ended early, is not JSON, or is no update |
| 503 | not now: bring it again |

Anything but 2xx makes Telegram bring an update again, so nothing is lost by a refusal.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

__all__ = [
    "LARGEST_BODY",
    "NOT_HTTP",
    "NOT_NOW",
    "SECRET_HEADER",
    "TAKEN",
    "TOO_LARGE",
    "TOO_MANY",
    "TOO_SLOW",
    "TORN",
    "Head",
    "HttpReply",
    "PostedUpdate",
    "refusal_of",
    "update_in",
]

SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a name, not a secret
"""The header that has the secret (core.telegram.org/bots/api#setwebhook, 2026-11)."""

LARGEST_BODY: Final = 1024 * 1024
"""Bytes of a body. The largest message, a rich one of 32,768 characters in 500 blocks that answers
another one, takes less than half of that as escaped JSON; nginx, too, takes 1 MiB unless it is
told otherwise (nginx.org, `client_max_body_size`)."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a request says before its body."""

    method: str
    """The method, in capitals."""
    path: str
    """The path, decoded."""
    secret: str | None = field(default=None, repr=False)
    """The value of `SECRET_HEADER`; None: there is none."""
    content_type: str = "application/json"
    """The type of the body, without parameters, in small letters."""
    encoding: str = ""
    """How the body is compressed; empty or `identity`: it is not."""
    length: int | None = None
    """The bytes of the body, as the head says; None: it does not say."""


@dataclass(frozen=True, slots=True)
class HttpReply:
    """The answer to a request."""

    status: int
    """The HTTP status."""
    text: str
    """Why, for a person who tries the address by hand."""
    headers: tuple[tuple[str, str], ...] = ()
    """More headers."""


@dataclass(frozen=True, slots=True)
class PostedUpdate:
    """An update that was brought."""

    id: int
    """Its number: the same when it is brought again."""
    content: object = field(repr=False)
    """All of it, as JSON has it."""


TAKEN: Final = HttpReply(200, "taken")
"""It is kept: Telegram may forget it."""
# Telegram waits as long as `Retry-After` says; without it, longer each time, up to two minutes
# (tdlib/telegram-bot-api WebhookActor.cpp `on_update_error`).
NOT_NOW: Final = HttpReply(503, "not kept: bring it again", (("Retry-After", "5"),))
"""It is not kept: the database failed, or the program ends."""
TOO_MANY: Final = HttpReply(503, "too many at once: bring it again", (("Retry-After", "1"),))
"""More requests with the secret are open than Telegram makes."""
TOO_LARGE: Final = HttpReply(413, f"the body is longer than {LARGEST_BODY} bytes")
"""The body is too long."""
TOO_SLOW: Final = HttpReply(408, "the body did not come in time")
"""The body is not there yet."""
TORN: Final = HttpReply(400, "the body ended early")
"""The connection broke, or a chunk is none."""
NOT_HTTP: Final = HttpReply(400, "this is not HTTP, or its head is too long")
"""It cannot be read at all."""

_UNKNOWN_PATH: Final = HttpReply(404, "no bot has this address")
_WRONG_METHOD: Final = HttpReply(405, "only POST is taken here", (("Allow", "POST"),))
_NO_SECRET: Final = HttpReply(401, f"the header {SECRET_HEADER} is missing")
_WRONG_SECRET: Final = HttpReply(403, f"the header {SECRET_HEADER} has another secret")
_WRONG_TYPE: Final = HttpReply(415, "the body must be application/json, and not compressed")
_NOT_JSON: Final = HttpReply(400, "the body is not JSON in UTF-8")
_NO_UPDATE: Final = HttpReply(400, "the body is not an update: an object with a number update_id")


def refusal_of(head: Head, secrets: Mapping[str, str]) -> HttpReply | None:
    """Return why a request is refused by its head; None: its body is to be read.

    Args:
        head: the head of the request.
        secrets: the secret of each bot, by the path of its webhook.
    """
    if head.path not in secrets:
        return _UNKNOWN_PATH
    if head.method != "POST":
        return _WRONG_METHOD
    # Also where there is none: the time tells nothing about the secret.
    given = (head.secret or "").encode("utf-8", "surrogateescape")
    is_right = hmac.compare_digest(given, secrets[head.path].encode())
    if head.secret is None:
        return _NO_SECRET
    if not is_right:
        return _WRONG_SECRET
    if head.content_type != "application/json" or head.encoding not in {"", "identity"}:
        return _WRONG_TYPE
    if head.length is not None and head.length > LARGEST_BODY:
        return TOO_LARGE
    return None


def update_in(body: bytes) -> PostedUpdate | HttpReply:
    """Return the update in a body; or why there is none."""
    if len(body) > LARGEST_BODY:
        return TOO_LARGE
    try:
        content = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        return _NOT_JSON
    number = content.get("update_id") if isinstance(content, dict) else None
    # A bool is an int in Python, and none in JSON.
    if type(number) is not int:
        return _NO_UPDATE
    return PostedUpdate(number, content)
