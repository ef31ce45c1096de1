"""Keyboards under messages, checked as strictly as the server should.

Types and limits: core.telegram.org/bots/api#inlinekeyboardmarkup (Bot API 10.3).
"""

from __future__ import annotations

from collections.abc import Callable

from tickertape.emulator.answers import Json, bad_request
from tickertape.emulator.fields import FieldError, Fields

__all__ = ["callback_data_of", "is_inline", "read_keyboard", "read_rich_button"]

_ACTIONS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
    "disabled",
)
_TEXT_ACTIONS = frozenset(
    {"url", "callback_data", "switch_inline_query", "switch_inline_query_current_chat"}
)
_LONGEST_DATA = 64
_REPLY_FLAGS = ("is_persistent", "resize_keyboard", "one_time_keyboard", "selective")


def read_keyboard(value: object, *, inline_only: bool) -> Json:
    """Return a `reply_markup` as it is kept.

    Args:
        value: What was sent, as JSON.
        inline_only: Whether only an inline keyboard may stand there.

    Raises:
        BotApiError: It is malformed.
    """
    try:
        return _read(value, inline_only=inline_only)
    except FieldError as error:
        raise bad_request(f"can't parse reply keyboard markup JSON object: {error}") from None


def is_inline(markup: Json | None) -> bool:
    """Return whether a message with this markup can be edited: inline keyboard or none."""
    return markup is None or "inline_keyboard" in markup


def callback_data_of(markup: Json | None) -> set[str]:
    """Return the data that the buttons of an inline keyboard send when they are pressed."""
    rows = markup.get("inline_keyboard") if markup else None
    if not isinstance(rows, list):
        return set()
    return {
        str(button["callback_data"]) for row in rows for button in row if "callback_data" in button
    }


def read_rich_button(value: object) -> Json:
    """Return a button inside a rich message.

    Raises:
        FieldError: It is malformed.
    """
    fields = Fields(value, "RichMessageButton")
    button: Json = {"text": fields.needed("text")}
    if "style" in fields:
        button["style"] = fields.one_of("style", ("danger", "success", "primary", "link"))
    button |= _action(fields)
    fields.any("style")
    fields.close()
    return button


def _read(value: object, *, inline_only: bool) -> Json:
    fields = Fields(value, "reply markup")
    if "inline_keyboard" in fields:
        rows = _rows(fields.items("inline_keyboard"), _inline_button)
        fields.flag("force_reply")
        fields.close()
        return {"inline_keyboard": rows}
    if inline_only:
        raise FieldError("inline keyboard expected")
    markup: Json = {}
    if "keyboard" in fields:
        markup["keyboard"] = _rows(fields.items("keyboard"), _reply_button)
    elif fields.flag("remove_keyboard"):
        markup["remove_keyboard"] = True
    elif fields.flag("force_reply"):
        markup["force_reply"] = True
    else:
        raise FieldError("object expected as reply markup")
    fields.flag("force_reply")
    fields.maybe_text("input_field_placeholder")
    for name in _REPLY_FLAGS:
        fields.flag(name)
    fields.close()
    return markup


def _rows(values: list[object], read: Callable[[object], Json]) -> list[list[Json]]:
    rows: list[list[Json]] = []
    for value in values:
        if not isinstance(value, list):
            raise FieldError("rows of a keyboard must be of type Array")
        rows.append([read(button) for button in value])
    return [row for row in rows if row]


def _inline_button(value: object) -> Json:
    fields = Fields(value, "InlineKeyboardButton")
    button: Json = {"text": fields.text("text")}
    if not button["text"]:
        raise bad_request("BUTTON_INVALID")
    for name in ("style", "icon_custom_emoji_id"):
        if name in fields:
            button[name] = fields.text(name)
        fields.any(name)
    button |= _action(fields)
    fields.close()
    return button


def _action(fields: Fields) -> Json:
    """Return the one action of a button."""
    named = [name for name in _ACTIONS if name in fields]
    for name in _ACTIONS:
        fields.any(name)
    if not named:
        raise FieldError("Text buttons are unallowed in the inline keyboard")
    if len(named) > 1:
        raise FieldError("a button must have exactly one action")
    name = named[0]
    if name == "pay":
        return {name: fields.flag(name)}
    if name not in _TEXT_ACTIONS:
        Fields(fields.needed(name), name)
        return {name: fields.needed(name)}
    text = fields.text(name)
    if name == "callback_data" and not 1 <= len(text.encode()) <= _LONGEST_DATA:
        raise bad_request("BUTTON_DATA_INVALID")
    if name == "url" and not text.startswith(("http://", "https://", "tg://")):
        raise bad_request("BUTTON_URL_INVALID")
    return {name: text}


def _reply_button(value: object) -> Json:
    if isinstance(value, str):
        return {"text": value}
    fields = Fields(value, "KeyboardButton")
    button: Json = {"text": fields.text("text")}
    for name in ("request_contact", "request_location"):
        if fields.flag(name):
            button[name] = True
    fields.close()
    return button
