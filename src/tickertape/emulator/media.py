"""What persons send besides text, as bots read it: an example of each kind, without any file.

The shapes are those of core.telegram.org/bots/api#message and the types it names (Bot API 10.3).
Nothing can be fetched: `getFile` is not emulated.
"""

from __future__ import annotations

from collections.abc import Mapping

from tickertape.emulator.answers import Json

__all__ = ["KINDS", "LONGEST_CAPTION", "has_caption", "media_json"]

LONGEST_CAPTION = 1024
"""Code points of a caption (core.telegram.org/bots/api#message)."""

_FILE: Json = {"file_id": "file-1", "file_unique_id": "1", "file_size": 1000}
_IMAGE: Json = {**_FILE, "width": 640, "height": 480}
_CLIP: Json = {**_IMAGE, "duration": 3}
_PLACE: Json = {"latitude": 52.52, "longitude": 13.405}
_CAPTIONED = frozenset(
    {"animation", "audio", "document", "live_photo", "paid_media", "photo", "video", "voice"}
)

KINDS: Mapping[str, Json] = {
    "animation": {"animation": _CLIP, "document": _FILE},
    "audio": {"audio": {**_FILE, "duration": 180, "performer": "Bach", "title": "Air"}},
    "checklist": {"checklist": {"title": "Shopping", "tasks": [{"id": 1, "text": "tea"}]}},
    "contact": {"contact": {"phone_number": "+4900", "first_name": "Eve"}},
    "dice": {"dice": {"emoji": "\N{GAME DIE}", "value": 6}},
    "document": {"document": {**_FILE, "file_name": "plan.pdf", "mime_type": "application/pdf"}},
    "game": {"game": {"title": "Snake", "description": "A snake.", "photo": [_IMAGE]}},
    "live_photo": {"live_photo": _CLIP, "photo": [_IMAGE]},
    "location": {"location": _PLACE},
    "paid_media": {"paid_media": {"star_count": 1, "paid_media": [{"type": "preview"}]}},
    "photo": {"photo": [{**_IMAGE, "width": 90, "height": 68}, _IMAGE]},
    "poll": {
        "poll": {
            "id": "1",
            "question": "Tea?",
            "options": [
                {"persistent_id": "1", "text": "yes", "voter_count": 0},
                {"persistent_id": "2", "text": "no", "voter_count": 0},
            ],
            "total_voter_count": 0,
            "is_closed": False,
            "is_anonymous": True,
            "type": "regular",
            "allows_multiple_answers": False,
            "allows_revoting": True,
            "members_only": False,
        }
    },
    "sticker": {
        "sticker": {
            **_IMAGE,
            "type": "regular",
            "is_animated": False,
            "is_video": False,
            "emoji": "\N{GRINNING FACE}",
        }
    },
    "story": {"story": {"chat": {"id": 1002, "type": "private", "first_name": "Ben"}, "id": 1}},
    "unsupported": {},
    "venue": {
        "venue": {"location": _PLACE, "title": "Cafe", "address": "Here 1"},
        "location": _PLACE,
    },
    "video": {"video": _CLIP},
    "video_note": {"video_note": {**_FILE, "length": 240, "duration": 3}},
    "voice": {"voice": {**_FILE, "duration": 3, "mime_type": "audio/ogg"}},
}
"""What can be sent, by name; `unsupported` is what the server itself does not know: it comes
without any content (tdlib/telegram-bot-api Client.cpp, `messageUnsupported`)."""


def media_json(kind: str) -> Json:
    """Return the fields of a message that hold a kind of content."""
    return dict(KINDS[kind])


def has_caption(kind: str) -> bool:
    """Return whether a kind of content can have a caption."""
    return kind in _CAPTIONED
