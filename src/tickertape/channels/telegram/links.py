"""Which addresses Telegram takes in a link, purely.

An entity whose address it does not take costs the whole message ("Entity URL '...' is invalid":
tdlib/td MessageEntity.cpp, `get_message_entities`), and models write such addresses: paths of
files, anchors, `localhost`. So they are told apart before.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

__all__ = ["is_linkable"]

_WEB: Final = ("http", "https", "")
_OWN: Final = ("tg", "ton")
# A link to a person is refused unless the bot has met that person (`get_link_user_id` there).
_PERSON: Final = "user"


def is_linkable(url: str) -> bool:
    """Return whether Telegram accepts a link: http(s) with a dotted host, `tg://`, `ton://`.

    An address without a scheme is taken as one of the web (tdlib/td LinkManager.cpp, `check_link`).
    """
    if not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url if ":" in url.partition("/")[0] else f"//{url}")
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return False
    if parts.scheme in _OWN:
        return bool(host) and host != _PERSON
    if parts.scheme not in _WEB or parts.username is not None:
        return False
    return "." in host.strip(".") or ":" in host
