"""The parameters of an HTTP request to the Bot API: query, form or JSON.

Multipart bodies are taken apart by the HTTP server (`server.py`); everything else is here.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from tickertape.emulator.answers import BotApiError, bad_request
from tickertape.emulator.parameters import strict_json

__all__ = ["LARGEST_BODY", "media_type", "parameters_of", "query_parameters", "too_large"]

LARGEST_BODY = 10 * 1024 * 1024
"""Bytes of one request; nothing that is emulated needs files."""
_MOST_FIELDS = 1000


def media_type(content_type: str | None) -> str:
    """The media type without its parameters, in lower case; empty where there is none."""
    return (content_type or "").partition(";")[0].strip().lower()


def query_parameters(query: bytes) -> dict[str, object]:
    """The parameters of a query or of an urlencoded form.

    Raises:
        BotApiError: It is not UTF-8, or has too many fields.
    """
    try:
        text = query.decode("utf-8")
        pairs = parse_qsl(
            text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS
        )
    except UnicodeDecodeError:
        raise bad_request("Strings must be encoded in UTF-8") from None
    except ValueError:
        raise bad_request("too many parameters") from None
    return dict(pairs)


def parameters_of(media: str, body: bytes) -> Mapping[str, object]:
    """The parameters of a body that is no multipart form.

    Raises:
        BotApiError: It cannot be read.
    """
    if not body:
        return {}
    if media == "application/x-www-form-urlencoded":
        return query_parameters(body)
    if media == "application/json":
        try:
            value = strict_json(body)
        except ValueError:
            raise bad_request("can't parse the request body as JSON object") from None
        if not isinstance(value, dict):
            raise bad_request("can't parse the request body as JSON object")
        if len(value) > _MOST_FIELDS:
            raise bad_request("too many parameters")
        return value
    raise bad_request(f'unsupported content type "{media[:64]}"')


def too_large() -> BotApiError:
    """A 413: the body is larger than what is read."""
    return BotApiError(413, "Request Entity Too Large")
