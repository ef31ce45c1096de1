"""Text with formatting, as the server keeps it: cleaned, trimmed, its entities in order.

Spans are counted in code points inside; the Bot API counts UTF-16 units, and the border between
the two is `read_entities` and `Text.entities_json`. The rules are those of tdlib/td
MessageEntity.cpp: control characters become blanks, carriage returns go, blanks are trimmed at
both ends, `pre` and `code` overlap nothing, links and quotes do not nest, overlapping bold, italic,
underline, strikethrough and spoiler are split until they nest, and at most 100 entities of the
sender survive: quotes, code and links in the order of the text, then the splittable kinds; custom
emoji are not counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from tickertape.emulator.answers import Json, bad_request
from tickertape.emulator.detection import detect
from tickertape.emulator.fields import FieldError, Fields, is_unicode
from tickertape.emulator.spans import DETECTED, SPLITTABLE, EntitySpan

__all__ = ["Text", "format_text", "read_entities", "read_user"]

MOST_ENTITIES = 100
"""How many entities of the sender survive (tdlib/td MessageEntity.cpp MAX_USER_ENTITY_COUNT)."""

_BLANKS = " \n"
_INVISIBLE = frozenset(
    " \n\t\u00a0\u1680\u180e\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u200b\u202f\u205f\u2800\u3000\ufeff\ufffc"
)
_CLEANED = {code: " " for code in range(32) if code not in {10, 13}}
_REMOVED = {13: "", 0x30A: "", 0x333: "", 0x33F: "", **dict.fromkeys(range(0x2028, 0x202F), "")}
_CLEANING: dict[int, str] = {**_CLEANED, **_REMOVED}
_ORDER = {
    "blockquote": 0,
    "expandable_blockquote": 0,
    "pre": 1,
    "code": 2,
    "text_link": 3,
    "text_mention": 3,
}


@dataclass(frozen=True, slots=True)
class Text:
    """A text and its entities, valid and in order."""

    text: str = ""
    """The characters that are shown."""
    spans: tuple[EntitySpan, ...] = ()
    """The formatting, sorted by place; counted in code points."""

    @property
    def is_blank(self) -> bool:
        """Whether nothing of it can be seen."""
        return all(char in _INVISIBLE for char in self.text)

    def entities_json(self) -> list[Json]:
        """Return the formatting as the Bot API sends it, counted in UTF-16 units."""
        if not self.spans:
            return []
        offsets = _utf16_offsets(self.text)
        return [
            {
                "type": span.kind,
                "offset": offsets[span.start],
                "length": offsets[span.end] - offsets[span.start],
                **dict(span.extra),
            }
            for span in self.spans
        ]


def format_text(text: str, spans: Iterable[EntitySpan] = ()) -> Text:
    """Return the text as the server would keep it.

    Args:
        text: What was sent, after any markup was parsed away.
        spans: Its formatting, counted in code points of `text`.

    Raises:
        BotApiError: The text cannot be written as UTF-8.
    """
    if not is_unicode(text):
        raise bad_request("Strings must be encoded in UTF-8")
    text, wanted = _clean(text, [span for span in spans if span.end > span.start])
    text, wanted = _trim(text, wanted)
    wanted = [span for span in wanted if text[span.start : span.end].strip(_BLANKS)]
    kept = _arrange(wanted)
    found = [span for span in detect(text) if not _collides(span, kept)]
    kept = [piece for span in kept for piece in _cut_at(span, found)]
    return Text(text, tuple(sorted([*kept, *found], key=_place)))


def read_entities(value: object, text: str) -> list[EntitySpan]:
    """Return a bot's entities, counted in code points of `text`.

    Raises:
        BotApiError: One is malformed, of an unknown type, or cuts a character.
    """
    if not isinstance(value, list):
        raise bad_request("can't parse entities JSON object: Array expected")
    try:
        spans = [span for item in value if (span := _read_entity(item)) is not None]
    except FieldError as error:
        raise bad_request(f"can't parse MessageEntity: {error}") from None
    if not spans:
        return []
    places = {offset: index for index, offset in enumerate(_utf16_offsets(text))}
    try:
        return [
            replace(span, start=places[span.start], end=places[span.end])
            for span in spans
            if span.end > span.start
        ]
    except KeyError:
        raise bad_request("ENTITY_BOUNDS_INVALID") from None


_PLAIN = {*SPLITTABLE, "code", "blockquote", "expandable_blockquote"}


def _read_entity(value: object) -> EntitySpan | None:
    fields = Fields(value, "MessageEntity")
    kind = fields.text("type")
    start = fields.integer("offset", 0, 1_000_000)
    length = fields.integer("length", 0, 1_000_000)
    extra: dict[str, object] = {}
    if kind == "text_link":
        extra["url"] = fields.text("url")
    elif kind == "pre":
        if language := fields.maybe_text("language"):
            extra["language"] = language
    elif kind == "custom_emoji":
        extra["custom_emoji_id"] = fields.text("custom_emoji_id")
    elif kind == "text_mention":
        extra["user"] = read_user(fields.needed("user"))
    elif kind == "date_time":
        extra["unix_time"] = fields.integer("unix_time")
        if style := fields.maybe_text("date_time_format"):
            extra["date_time_format"] = style
    elif kind not in _PLAIN and kind not in DETECTED:
        raise FieldError("Unsupported type specified")
    for name in ("url", "user", "language", "custom_emoji_id", "unix_time", "date_time_format"):
        fields.any(name)
    fields.close()
    return (
        None if kind in DETECTED else EntitySpan(kind, start, start + length, tuple(extra.items()))
    )


def read_user(value: object) -> Json:
    """Return the user that a mention names; only the id is used.

    Raises:
        FieldError: It is malformed.
    """
    fields = Fields(value, "User")
    return {"id": fields.integer("id", 1), "is_bot": False, "first_name": "User"}


def _utf16_offsets(text: str) -> list[int]:
    return [0, *accumulate(2 if char > "\uffff" else 1 for char in text)]


def _clean(text: str, spans: list[EntitySpan]) -> tuple[str, list[EntitySpan]]:
    cleaned = text.translate(_CLEANING)
    if not spans or len(cleaned) == len(text):
        return cleaned, spans
    places = [0, *accumulate(0 if _CLEANING.get(ord(char)) == "" else 1 for char in text)]
    return cleaned, [
        replace(span, start=places[span.start], end=places[span.end]) for span in spans
    ]


def _trim(text: str, spans: list[EntitySpan]) -> tuple[str, list[EntitySpan]]:
    text = text.rstrip(_BLANKS)
    spans = [
        replace(span, end=min(span.end, len(text))) for span in spans if span.start < len(text)
    ]
    first = min((span.start for span in spans), default=len(text))
    lead = min(len(text) - len(text.lstrip(_BLANKS)), first)
    shifted = [replace(span, start=span.start - lead, end=span.end - lead) for span in spans]
    return text[lead:], shifted


def _arrange(spans: Sequence[EntitySpan]) -> list[EntitySpan]:
    firm = _firm(spans)
    soft: list[EntitySpan] = []
    for kind in sorted(SPLITTABLE):
        runs = _joined([(span.start, span.end) for span in spans if span.kind == kind])
        pieces = [piece for run in runs for piece in _without(run, firm)]
        edges = [*firm, *soft]
        cut = [pair for piece in pieces[:MOST_ENTITIES] for pair in _split(piece, edges)]
        soft += [EntitySpan(kind, start, end) for start, end in cut]
    counted = sum(span.kind != "custom_emoji" for span in firm)
    return [*firm, *sorted(soft, key=_place)[: MOST_ENTITIES - counted]]


def _firm(spans: Sequence[EntitySpan]) -> list[EntitySpan]:
    """Return the quotes, code, links and emoji in order, as many as survive.

    Whatever crosses another or nests in it wrongly is left out.
    """
    kept: list[EntitySpan] = []
    counted = 0
    quote = inner = EntitySpan("code", 0, 0)
    for span in sorted((span for span in spans if span.kind not in SPLITTABLE), key=_place):
        is_counted = span.kind != "custom_emoji"
        if not (_agree(span, quote) and _agree(span, inner)):
            continue
        if is_counted and counted == MOST_ENTITIES:
            continue
        counted += is_counted
        kept.append(span)
        if span.is_quote:
            quote = span
        else:
            inner = span
    return kept


def _agree(span: EntitySpan, other: EntitySpan) -> bool:
    if span.start >= other.end or span.end <= other.start:
        return True
    inside = other.start <= span.start and span.end <= other.end
    return inside and other.is_quote and not span.is_quote


def _joined(runs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(runs):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def _without(run: tuple[int, int], firm: Sequence[EntitySpan]) -> list[tuple[int, int]]:
    pieces: list[tuple[int, int]] = []
    start, end = run
    for span in firm:
        if span.kind not in {"pre", "code"} or span.end <= start or span.start >= end:
            continue
        if span.start > start:
            pieces.append((start, span.start))
        start = span.end
    if start < end:
        pieces.append((start, end))
    return pieces


def _split(piece: tuple[int, int], others: Sequence[EntitySpan]) -> list[tuple[int, int]]:
    start, end = piece
    cuts = {start, end}
    for other in others:
        if other.start < start < other.end < end:
            cuts.add(other.end)
        elif start < other.start < end < other.end:
            cuts.add(other.start)
    places = sorted(cuts)
    return list(pairwise(places))


def _cut_at(span: EntitySpan, found: Sequence[EntitySpan]) -> list[EntitySpan]:
    """Return a span as it is, or cut where what was found in the text begins or ends in it."""
    if span.kind not in SPLITTABLE:
        return [span]
    pieces = _split((span.start, span.end), found)
    return [replace(span, start=start, end=end) for start, end in pieces]


def _collides(span: EntitySpan, kept: Sequence[EntitySpan]) -> bool:
    return any(
        span.start < other.end
        and other.start < span.end
        and not (
            (other.is_quote or other.kind in SPLITTABLE)
            and other.start <= span.start
            and span.end <= other.end
        )
        and other.kind not in SPLITTABLE
        for other in kept
    )


def _place(span: EntitySpan) -> tuple[int, int, int, str]:
    return span.start, -span.end, _ORDER.get(span.kind, 9), span.kind
