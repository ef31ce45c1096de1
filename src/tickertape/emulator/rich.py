"""Rich messages: blocks are checked exactly, Markdown and HTML are approximated and marked so.

Types, names and limits: core.telegram.org/bots/api#inputrichmessage (Bot API 10.3), tdlib/td
OptionManager.cpp 219-223, RichMessage.cpp and WebPageBlock.cpp. Media inside rich messages are not
modelled: a block with one is refused as if the file could not be found.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tickertape.emulator.answers import Json, bad_request
from tickertape.emulator.content import Rich
from tickertape.emulator.entities import read_user
from tickertape.emulator.fields import FieldError, Fields, is_unicode
from tickertape.emulator.keyboards import read_rich_button

__all__ = ["read_rich_message"]

MOST_CHARACTERS = 32_768
"""Characters with formulas and alternative texts; whether Telegram counts bytes is not known."""
MOST_BLOCKS = 500
"""Blocks; nested ones, list items and table rows count."""
MOST_LEVELS = 16
"""How deep blocks may nest."""
MOST_MEDIA = 50
"""Media in one message."""
MOST_COLUMNS = 20
"""Columns in one table."""

_MEDIA = frozenset({"animation", "audio", "document", "photo", "video", "voice_note"})
_ALIGNMENTS = ("left", "center", "right")
_LABELS = ("a", "A", "i", "I", "1")


def read_rich_message(value: object, *, is_draft: bool) -> Rich:
    """Return an `InputRichMessage` as the server would take it.

    Args:
        value: What was sent, as JSON.
        is_draft: Whether it is for a draft, where a `thinking` block may stand.

    Raises:
        BotApiError: It is malformed, empty, or beyond a limit.
    """
    try:
        return _read(value, is_draft=is_draft)
    except FieldError as error:
        raise bad_request(f"can't parse InputRichMessage: {error}") from None


def _read(value: object, *, is_draft: bool) -> Rich:
    fields = Fields(value, "InputRichMessage")
    markdown, html = fields.maybe_text("markdown"), fields.maybe_text("html")
    blocks = fields.any("blocks")
    is_rtl = fields.flag("is_rtl")
    fields.flag("skip_entity_detection")
    if "media" in fields and fields.items("media"):
        raise bad_request("RICH_MESSAGE_DOCUMENT_NO_MEDIA_FOUND")
    fields.close()
    forms = sum(form is not None for form in (markdown, html, blocks))
    if forms == 0:
        raise bad_request("rich message must be non-empty")
    if forms > 1:
        raise FieldError("exactly one of blocks, html and markdown must be specified")
    if markdown is not None:
        if not markdown.strip():
            raise bad_request("RICH_MESSAGE_MARKDOWN_INVALID")
        return Rich(_approximate(markdown), "markdown", markdown, is_rtl)
    if html is not None:
        if not html.strip():
            raise bad_request("rich message must be non-empty")
        return Rich(_approximate(html), "html", html, is_rtl)
    reader = _BlockReader(is_draft=is_draft)
    read = reader.blocks(blocks, 1)
    reader.check()
    return Rich(tuple(read), is_rtl=is_rtl)


def _approximate(source: str) -> tuple[Json, ...]:
    """Return the paragraphs as they stand: a visible approximation, never taken for exact."""
    if len(source) > MOST_CHARACTERS:
        raise bad_request("RICH_MESSAGE_TEXT_TOO_LONG")
    pieces = [piece for piece in re.split(r"\n\s*\n", source) if piece.strip()]
    if len(pieces) > MOST_BLOCKS:
        raise bad_request("RICH_MESSAGE_BLOCKS_TOO_MANY")
    return tuple({"type": "paragraph", "text": piece} for piece in pieces)


class _BlockReader:
    """Reads blocks, and counts what is limited."""

    def __init__(self, *, is_draft: bool) -> None:
        self._is_draft = is_draft
        self._blocks = 0
        self._characters = 0
        self._media = 0
        self._readers: dict[str, Callable[[Fields, Json, int], None]] = {
            "paragraph": self._with_text,
            "heading": self._heading,
            "pre": self._pre,
            "footer": self._with_text,
            "divider": self._nothing,
            "mathematical_expression": self._formula,
            "anchor": self._anchor,
            "list": self._list,
            "blockquote": self._quote,
            "expandable_blockquote": self._text_quote,
            "pullquote": self._text_quote,
            "collage": self._gallery,
            "slideshow": self._gallery,
            "table": self._table,
            "details": self._details,
            "map": self._map,
            "buttons": self._buttons,
            "thinking": self._thinking,
            **dict.fromkeys(_MEDIA, self._medium),
        }

    def check(self) -> None:
        """Refuse a message beyond a limit, or without visible content."""
        if self._blocks > MOST_BLOCKS:
            raise bad_request("RICH_MESSAGE_BLOCKS_TOO_MANY")
        if self._characters > MOST_CHARACTERS:
            raise bad_request("RICH_MESSAGE_TEXT_TOO_LONG")
        if self._media > MOST_MEDIA:
            raise bad_request("RICH_MESSAGE_MEDIA_TOO_MANY")
        if self._media:
            raise bad_request("RICH_MESSAGE_DOCUMENT_NO_MEDIA_FOUND")
        if not self._blocks:
            raise bad_request("RICH_MESSAGE_CONTENT_REQUIRED")

    def blocks(self, value: object, level: int) -> list[Json]:
        """Return a list of blocks at one level of nesting."""
        if not isinstance(value, list):
            raise FieldError('Field "blocks" must be of type Array')
        if level > MOST_LEVELS:
            raise bad_request("RICH_MESSAGE_DEPTH_INVALID")
        return [self._block(item, level) for item in value]

    def _block(self, value: object, level: int) -> Json:
        fields = Fields(value, "InputRichBlock")
        kind = fields.text("type")
        reader = self._readers.get(kind)
        if reader is None:
            raise FieldError(f'can\'t parse InputRichBlock: unknown type "{kind[:64]}"')
        self._blocks += 1
        block: Json = {"type": kind}
        reader(fields, block, level)
        fields.close()
        return block

    def _nothing(self, fields: Fields, block: Json, level: int) -> None:
        """Add nothing: a divider has no text."""

    def _with_text(self, fields: Fields, block: Json, _level: int) -> None:
        block["text"] = self._text(fields.needed("text"), 0)

    def _thinking(self, fields: Fields, block: Json, level: int) -> None:
        if not self._is_draft:
            raise bad_request("thinking blocks can be used only in drafts")
        self._with_text(fields, block, level)

    def _heading(self, fields: Fields, block: Json, level: int) -> None:
        self._with_text(fields, block, level)
        size = fields.integer("size")
        if not 1 <= size <= 6:
            raise bad_request("invalid section heading size specified")
        block["size"] = size

    def _pre(self, fields: Fields, block: Json, level: int) -> None:
        self._with_text(fields, block, level)
        if language := fields.maybe_text("language"):
            block["language"] = language

    def _formula(self, fields: Fields, block: Json, _level: int) -> None:
        block["expression"] = self._counted(fields.text("expression"))

    def _anchor(self, fields: Fields, block: Json, _level: int) -> None:
        block["name"] = fields.text("name")

    def _quote(self, fields: Fields, block: Json, level: int) -> None:
        block["blocks"] = self._inner(fields, level, "block")
        self._maybe(fields, block, "credit")

    def _text_quote(self, fields: Fields, block: Json, level: int) -> None:
        self._with_text(fields, block, level)
        self._maybe(fields, block, "credit")

    def _gallery(self, fields: Fields, block: Json, level: int) -> None:
        block["blocks"] = self._inner(fields, level, "block")
        self._caption(fields, block)

    def _details(self, fields: Fields, block: Json, level: int) -> None:
        block["summary"] = self._text(fields.needed("summary"), 0)
        block["blocks"] = self._inner(fields, level, "block")
        if fields.flag("is_open"):
            block["is_open"] = True

    def _map(self, fields: Fields, block: Json, _level: int) -> None:
        place = Fields(fields.needed("location"), "Location")
        block["location"] = {
            "latitude": place.number("latitude", -90.0, 90.0),
            "longitude": place.number("longitude", -180.0, 180.0),
        }
        place.close()
        block["zoom"] = fields.maybe_integer("zoom", 0, 24) or 0
        block["width"] = fields.maybe_integer("width", 0, 10_000) or 0
        block["height"] = fields.maybe_integer("height", 0, 10_000) or 0
        self._caption(fields, block)

    def _buttons(self, fields: Fields, block: Json, _level: int) -> None:
        buttons = fields.items("buttons")
        if not 1 <= len(buttons) <= 8:
            raise FieldError("a row must have 1-8 buttons")
        block["buttons"] = [read_rich_button(button) for button in buttons]
        if "align" in fields:
            block["align"] = fields.one_of("align", _ALIGNMENTS)

    def _medium(self, fields: Fields, block: Json, _level: int) -> None:
        fields.needed(str(block["type"]))
        self._caption(fields, block)
        self._media += 1

    def _list(self, fields: Fields, block: Json, level: int) -> None:
        values = fields.items("items")
        if not values:
            raise bad_request("list must be non-empty")
        items = [Fields(value, "InputRichBlockListItem") for value in values]
        ordered = {("value" in item or "type" in item) for item in items}
        if len(ordered) > 1:
            raise bad_request("list must be either ordered or unordered")
        numbers = iter(range(1, len(items) + 1))
        block["items"] = [
            self._item(item, level, next(numbers) if True in ordered else None) for item in items
        ]

    def _item(self, fields: Fields, level: int, number: int | None) -> Json:
        self._blocks += 1
        item: Json = {"blocks": self._inner(fields, level, "list item")}
        for name in ("has_checkbox", "is_checked"):
            if fields.flag(name):
                item[name] = True
        value = fields.maybe_integer("value")
        kind = fields.one_of("type", _LABELS) if "type" in fields else fields.any("type")
        item["label"] = "•" if number is None else f"{number if value is None else value}."
        if value is not None:
            item["value"] = value
        if kind is not None:
            item["type"] = kind
        fields.close()
        return item

    def _table(self, fields: Fields, block: Json, _level: int) -> None:
        rows = fields.items("cells")
        if not rows:
            raise bad_request("table must be non-empty")
        block["cells"] = [self._row(row) for row in rows]
        for name in ("is_bordered", "is_striped", "is_compact"):
            if fields.flag(name):
                block[name] = True
        self._maybe(fields, block, "caption")

    def _row(self, value: object) -> list[Json]:
        self._blocks += 1
        if not isinstance(value, list):
            raise FieldError("rows of a table must be of type Array")
        cells = [self._cell(cell) for cell in value]
        columns = sum(span if isinstance(span := cell.get("colspan"), int) else 1 for cell in cells)
        if columns > MOST_COLUMNS:
            raise bad_request("RICH_MESSAGE_TABLE_COLS_TOO_MANY")
        return cells

    def _cell(self, value: object) -> Json:
        if value is None:
            raise bad_request("table cell must be non-empty")
        fields = Fields(value, "RichBlockTableCell")
        cell: Json = {
            "align": fields.one_of("align", _ALIGNMENTS),
            "valign": fields.one_of("valign", ("top", "middle", "bottom")),
        }
        self._maybe(fields, cell, "text")
        if fields.flag("is_header"):
            cell["is_header"] = True
        for name in ("colspan", "rowspan"):
            if (span := fields.maybe_integer(name, 1, 500)) is not None:
                cell[name] = span
        fields.close()
        return cell

    def _inner(self, fields: Fields, level: int, what: str) -> list[Json]:
        blocks = self.blocks(fields.needed("blocks"), level + 1)
        if not blocks:
            raise bad_request(f"{what} must be non-empty")
        return blocks

    def _caption(self, fields: Fields, block: Json) -> None:
        if "caption" not in fields:
            fields.any("caption")
            return
        caption = Fields(fields.needed("caption"), "RichBlockCaption")
        read: Json = {"text": self._text(caption.needed("text"), 0)}
        self._maybe(caption, read, "credit")
        caption.close()
        block["caption"] = read

    def _maybe(self, fields: Fields, block: Json, name: str) -> None:
        value = fields.any(name)
        if value is not None:
            block[name] = self._text(value, 0)

    def _text(self, value: object, level: int) -> object:
        """Return a `RichText`: a string, a list of them, or a typed node."""
        if level > 4 * MOST_LEVELS:
            raise bad_request("RICH_MESSAGE_DEPTH_INVALID")
        if isinstance(value, str):
            if not is_unicode(value):
                raise bad_request("Strings must be encoded in UTF-8")
            return self._counted(value)
        if isinstance(value, list):
            return [self._text(item, level + 1) for item in value]
        fields = Fields(value, "RichText")
        kind = fields.text("type")
        if kind not in _NODES:
            raise FieldError(f'can\'t parse RichText: unknown type "{kind[:64]}"')
        node: Json = {"type": kind}
        if kind not in _TEXTLESS:
            node["text"] = self._text(fields.needed("text"), level + 1)
        for name in _NODES[kind]:
            node[name] = self._property(fields, name)
        fields.close()
        return node

    def _property(self, fields: Fields, name: str) -> object:
        match name:
            case "unix_time":
                return fields.integer(name)
            case "button":
                return read_rich_button(fields.needed(name))
            case "user":
                return read_user(fields.needed(name))
            case "expression" | "alternative_text":
                return self._counted(fields.text(name))
            case _:
                return fields.text(name)

    def _counted(self, text: str) -> str:
        self._characters += len(text)
        return text


_BARE = ("bold", "italic", "underline", "strikethrough", "spoiler", "code", "marked")
_NAMED = ("url", "email_address", "phone_number", "bank_card_number", "hashtag", "cashtag")
_NODES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys((*_BARE, "subscript", "superscript"), ()),
    **{kind: (kind,) for kind in (*_NAMED, "bot_command", "button")},
    "mention": ("username",),
    "text_mention": ("user",),
    "date_time": ("unix_time", "date_time_format"),
    "reference": ("name",),
    "reference_link": ("reference_name",),
    "anchor_link": ("anchor_name",),
    "anchor": ("name",),
    "custom_emoji": ("custom_emoji_id", "alternative_text"),
    "mathematical_expression": ("expression",),
}
_TEXTLESS = frozenset({"anchor", "custom_emoji", "mathematical_expression", "button"})
