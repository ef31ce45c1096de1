"""What delivery asks for, as the contents of events: pure.

A message that is being written is marked as live until its last edit (`org.matrix.msc4357.live`:
MSC4357, open; other clients take no notice of it). An edit names no one (`m.mentions`), so that a
growing answer notifies once.
"""

from __future__ import annotations

import hashlib
from typing import Final

from tickertape.channels.matrix.body import ROOM, body_of
from tickertape.channels.matrix.calls import Json
from tickertape.chat import Address
from tickertape.delivery.actions import Edit, Post
from tickertape.markup.forms import Form
from tickertape.markup.plain import encodable

__all__ = ["STOP", "edited", "notice", "posted", "reaction", "transaction"]

STOP: Final = "🛑"
"""The reaction that stops an answer, the bot's and a person's."""

_LIVE: Final = "org.matrix.msc4357.live"
_HTML: Final = "org.matrix.custom.html"
# What programs show that know no edits: enough to tell which message it was.
_FALLBACK: Final = 60


def posted(post: Post, asker: str = "", room: int = ROOM) -> Json:
    """Return the content of a message.

    Args:
        post: the message.
        asker: who is notified by it; empty: no one by name.
        room: how many bytes its bodies may take.
    """
    content = _content(post.text, post.form, room, is_live=post.stop_button)
    if asker:
        content["m.mentions"] = {"user_ids": [asker]}
    if relation := _relation(post.address, post.reply_to):
        content["m.relates_to"] = relation
    return content


def edited(edit: Edit, room: int = ROOM) -> Json:
    """Return the content of the event that replaces the text of a message."""
    text = encodable(edit.text)
    start = text[:_FALLBACK]
    return {
        "msgtype": "m.text",
        "body": f"* {start}" if start == text else f"* {start}…",
        "m.mentions": {},
        "m.new_content": _content(text, edit.form, room, is_live=edit.stop_button),
        "m.relates_to": {"rel_type": "m.replace", "event_id": edit.message_id},
    }


def reaction(message_id: str) -> Json:
    """Return the content of the reaction that is a stop button."""
    relation = {"rel_type": "m.annotation", "event_id": message_id, "key": STOP}
    return {"m.relates_to": relation}


def notice(text: str, thread: str | None) -> Json:
    """Return the content of a message in the channel's own words."""
    content = {"msgtype": "m.notice", "body": text, "m.mentions": {}}
    return content | ({"m.relates_to": _in_thread(thread)} if thread else {})


def transaction(*parts: str) -> str:
    """Return the id of a transaction that is the same for the same parts, in any process."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:32]


def _content(text: str, form: Form, room: int, *, is_live: bool) -> dict[str, object]:
    plain, html = body_of(encodable(text), form, room)
    content: dict[str, object] = {"msgtype": "m.text", "body": plain, "m.mentions": {}}
    if html:
        content |= {"format": _HTML, "formatted_body": html}
    return content | ({_LIVE: {}} if is_live else {})


def _relation(address: Address, reply_to: str | None) -> Json:
    answered: Json = {"m.in_reply_to": {"event_id": reply_to}} if reply_to else {}
    if address.thread is None:
        return answered
    return {**_in_thread(address.thread), **answered, "is_falling_back": not reply_to}


def _in_thread(root: str) -> Json:
    """Return the relation to a thread; programs without threads show an answer to its root."""
    answered = {"m.in_reply_to": {"event_id": root}, "is_falling_back": True}
    return {"rel_type": "m.thread", "event_id": root, **answered}
