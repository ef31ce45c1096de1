"""What a call comes to: the envelope of the Bot API, and the errors that fill it.

The texts follow the form of the official server: a prefix that belongs to the status, a colon, and
the reason with its first letter lowered unless it is a CODE (tdlib/telegram-bot-api Client.cpp
160-210). The HTTP status equals `error_code`; a 429 says its wait in the text, in `parameters` and
in a header (Query.cpp 104-111, HttpConnection.cpp 66-72).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

__all__ = [
    "Answer",
    "BotApiError",
    "Json",
    "NoAnswer",
    "Outcome",
    "accept",
    "bad_request",
    "conflict",
    "forbidden",
    "not_found",
    "too_many_requests",
    "unauthorized",
]

Json: TypeAlias = dict[str, object]
"""One JSON object."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server answers to one call."""

    status: int
    """The HTTP status; equal to `error_code` where the call failed."""
    body: Json
    """The envelope: `ok` with `result`, or `error_code` with `description` and `parameters`."""
    delay: float = 0.0
    """Seconds that the answer takes longer than usual; the call is applied at once."""
    html: str | None = None
    """A text that is sent in place of the envelope, as a proxy in front of the server does."""
    original: Answer | None = None
    """What the server itself answered, where the caller gets something else."""

    @property
    def result(self) -> object:
        """What the call returned; None where it failed."""
        return self.body.get("result")

    @property
    def description(self) -> str | None:
        """Why the call failed; None where it did not."""
        text = self.body.get("description")
        return text if isinstance(text, str) else None

    @property
    def retry_after(self) -> int | None:
        """Seconds to wait, where flood control refused."""
        parameters = self.body.get("parameters")
        seconds = parameters.get("retry_after") if isinstance(parameters, dict) else None
        return seconds if isinstance(seconds, int) else None


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The connection was cut: the caller never hears what came of the call."""

    applied: bool
    """Whether the call had been carried out before."""
    original: Answer | None = None
    """What the server answered, which the caller never gets; None where it was not asked."""
    is_sent: bool = True
    """Whether the call ever left; False: no connection stood, and the caller knows that."""


Outcome: TypeAlias = Answer | NoAnswer
"""What the caller sees of one call."""


class BotApiError(Exception):
    """A call is refused. Its text is the whole `description`."""

    def __init__(self, status: int, description: str, parameters: Json | None = None) -> None:
        super().__init__(description)
        self.status = status
        """The HTTP status and the `error_code`."""
        self.description = description
        """The whole text, prefix included."""
        self.parameters = parameters
        """`retry_after` or `migrate_to_chat_id`, where there is one."""

    @property
    def answer(self) -> Answer:
        """The envelope that says so."""
        body: Json = {"ok": False, "error_code": self.status, "description": self.description}
        if self.parameters is not None:
            body["parameters"] = self.parameters
        return Answer(self.status, body)


def accept(result: object) -> Answer:
    """Return the envelope of a call that was carried out."""
    return Answer(200, {"ok": True, "result": result})


def bad_request(reason: str, parameters: Json | None = None) -> BotApiError:
    """Return a 400: the request cannot be carried out as it stands."""
    return BotApiError(400, f"Bad Request: {_lowered(reason)}", parameters)


def forbidden(reason: str) -> BotApiError:
    """Return a 403: the bot may not do this here."""
    return BotApiError(403, f"Forbidden: {_lowered(reason)}")


def conflict(reason: str) -> BotApiError:
    """Return a 409: two ways to receive updates collide."""
    return BotApiError(409, f"Conflict: {_lowered(reason)}")


def not_found(reason: str | None = None) -> BotApiError:
    """Return a 404: no such path or method."""
    return BotApiError(404, f"Not Found: {_lowered(reason)}" if reason else "Not Found")


def unauthorized() -> BotApiError:
    """Return a 401: the token is unknown."""
    return BotApiError(401, "Unauthorized")


def too_many_requests(seconds: int) -> BotApiError:
    """Return a 429 that asks for a wait of whole seconds."""
    return BotApiError(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})


def _lowered(reason: str) -> str:
    if len(reason) > 1 and (reason[1] == "_" or reason[1].isupper()):
        return reason
    return reason[:1].lower() + reason[1:]
