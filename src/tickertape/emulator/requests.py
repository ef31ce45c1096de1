"""The parameters of an HTTP request to the Bot API: query, form or JSON.

Multipart bodies are taken apart in `uploads.py`; everything else is here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from tickertape.emulator.answers import BotApiError, bad_request
from tickertape.emulator.parameters import strict_json

__all__ = [
    "LARGEST_BODY",
    "media_type",
    "parameters_of",
    "query_parameters",
    "range_of",
    "too_large",
]

LARGEST_BODY = 51 * 1000 * 1000
"""Bytes of one request: the largest file, of 50 MB, and what is around it."""
_MOST_FIELDS = 1000


def media_type(content_type: str) -> str:
    """Return the media type without its parameters, in lower case."""
    return content_type.partition(";")[0].strip().lower()


def query_parameters(query: bytes) -> dict[str, object]:
    """Return the parameters of a query or of an urlencoded form.

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
    """Return the parameters of a body that is no multipart form.

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


def range_of(header: str | None, size: int) -> tuple[int, int] | None:
    """Return the requested bytes, first and end; None for all (RFC 9110, 14.2).

    Players ask for the end of a file to learn how long it is.
    """
    found = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", header or "")
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        return max(size - int(found[2]), 0), size
    first, last = int(found[1]), int(found[2] or size - 1)
    return (first, min(last + 1, size)) if first < size and first <= last else None


def too_large() -> BotApiError:
    """Return a 413: the body is larger than the limit."""
    return BotApiError(413, "Request Entity Too Large")
