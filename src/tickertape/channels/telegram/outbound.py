"""Actions as calls of the Bot API, and what is on screen once they are granted: pure.

A form becomes what the server takes as it stands: spans become entities, and no `parse_mode` is
named; blocks become a rich message made of blocks. So nothing that the model writes can "fail to
parse".
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final, assert_never

from tickertape.channels.telegram.addresses import chat_of, number_of, topic_of
from tickertape.channels.telegram.calls import ApiCall, FileUpload
from tickertape.channels.telegram.links import is_linkable
from tickertape.channels.telegram.rich import Json, rich_blocks
from tickertape.chat import Address
from tickertape.delivery.actions import (
    Accepted,
    Acknowledge,
    Action,
    Append,
    Button,
    ClearButtons,
    Delete,
    Edit,
    Find,
    Post,
    PostVoice,
    Probe,
    Seal,
    ShowDraft,
)
from tickertape.markup.forms import Blocks, Form, Look, Span, Spans
from tickertape.markup.plain import encodable

__all__ = ["BUTTON_DATA", "STOP_DATA", "button_data", "call_of", "shown_by"]

STOP_DATA: Final = "tickertape:stop"
"""What the stop button under a message sends when it is pressed: at most 64 bytes, and nothing that
another button of the same bot is likely to send."""

BUTTON_DATA: Final = "tickertape="
"""What the data of our other buttons begins with."""

_STOP_KEYBOARD: Final[Json] = {
    "inline_keyboard": [[{"text": "⏹ Stop", "callback_data": STOP_DATA}]]
}
_NO_PREVIEW: Final[Json] = {"is_disabled": True}

_ENTITY_OF: Final = {
    Look.BOLD: "bold",
    Look.ITALIC: "italic",
    Look.STRIKE: "strikethrough",
    Look.UNDERLINE: "underline",
    Look.SPOILER: "spoiler",
    Look.CODE: "code",
    Look.PRE: "pre",
    Look.LINK: "text_link",
    Look.QUOTE: "blockquote",
    Look.FOLDED_QUOTE: "expandable_blockquote",
}
"""The types of entity (core.telegram.org/bots/api#messageentity, 2026-11)."""

# What the server takes for the answer to a press (core.telegram.org/bots/api#answercallbackquery).
_LONGEST_TOAST: Final = 200


def call_of(action: Action) -> ApiCall:  # noqa: PLR0911 - one for each kind
    """Return the one call that carries out an action.

    Half of a surrogate pair cannot be written in UTF-8: it is replaced by U+FFFD, so that one
    broken character never holds back the rest of a text. Blocks of which nothing can be shown (a
    `Thinking` in a message) are shown as their text.
    """
    match action:
        case ShowDraft():
            return _draft(action)
        case Post():
            return _post(action)
        case PostVoice():
            return _voice(action)
        case Edit():
            return _edit(action)
        case Append() | Seal():  # no surface of ours lists a way that asks for it
            return _edit(Edit(action.address, action.message_id, action.text, action.form))
        case Delete():
            chat_id, number = chat_of(action.address), number_of(action.message_id)
            return ApiCall("deleteMessage", {"chat_id": chat_id, "message_id": number})
        case ClearButtons() | Find():
            # Without a keyboard there is none any more; the text is not touched.
            chat_id, number = chat_of(action.address), number_of(action.message_id)
            buttons = action.buttons if isinstance(action, ClearButtons) else ()
            place: Json = {"chat_id": chat_id, "message_id": number}
            return ApiCall("editMessageReplyMarkup", place | {"reply_markup": _buttons(buttons)})
        case Acknowledge():
            text = encodable(action.text)[:_LONGEST_TOAST]
            about = {"callback_query_id": action.press_id, "text": text or None}
            return ApiCall("answerCallbackQuery", about)
        case Probe():
            return ApiCall("sendChatAction", _place(action.address) | {"action": "typing"})
        case _ as unreachable:
            assert_never(unreachable)


def shown_by(action: Action, result: object) -> Accepted:
    """Return the outcome of a granted call: the message as reported, else as requested.

    Of a rich message it tells blocks and no text.
    """
    told = result if isinstance(result, Mapping) else {}
    match action:
        case ShowDraft():
            return Accepted(action.text)
        case Post() | Edit() | Append() | Seal():
            text = told.get("text")
            is_told = isinstance(text, str) and not isinstance(action.form, Blocks)
            id_ = _id_of(told.get("message_id")) if isinstance(action, Post) else action.message_id
            return Accepted(str(text) if is_told else action.text, id_)
        case Find():
            found = told.get("text")
            return Accepted(found if isinstance(found, str) else "", action.message_id)
        case PostVoice():
            return Accepted("", _id_of(told.get("message_id")))
        case Probe() | Acknowledge() | Delete() | ClearButtons():
            return Accepted("")
        case _ as unreachable:
            assert_never(unreachable)


def _draft(draft: ShowDraft) -> ApiCall:
    content = _content(draft.text, draft.form, is_draft=True)
    method = "sendMessageDraft" if "text" in content else "sendRichMessageDraft"
    about = {"draft_id": number_of(draft.draft_id), "can_stop": True}
    return ApiCall(method, _place(draft.address) | about | content)


def _post(post: Post) -> ApiCall:
    content = _content(post.text, post.form, is_draft=False)
    method = "sendMessage" if "text" in content else "sendRichMessage"
    about = {
        "reply_parameters": _reply(post.reply_to),
        "reply_markup": _buttons(post.buttons) or _keyboard(stop_button=post.stop_button),
        "disable_notification": post.silent or None,
    }
    return ApiCall(method, _place(post.address) | about | content)


def _voice(voice: PostVoice) -> ApiCall:
    """Return the call of a voice note, silent: the text that it reads has made a sound already."""
    return ApiCall(
        "sendVoice",
        {
            **_place(voice.address),
            "voice": FileUpload(voice.sound, "voice.ogg"),
            "duration": voice.seconds,
            "disable_notification": True,
            "reply_parameters": _reply(voice.reply_to),
        },
    )


def _edit(edit: Edit) -> ApiCall:
    about = {
        "chat_id": chat_of(edit.address),
        "message_id": number_of(edit.message_id),
        "reply_markup": _keyboard(stop_button=edit.stop_button),
    }
    return ApiCall("editMessageText", about | _content(edit.text, edit.form, is_draft=False))


def _place(address: Address) -> Json:
    topic = None if address.thread is None else topic_of(address)
    return {"chat_id": number_of(address.chat), "message_thread_id": topic}


def _content(text: str, form: Form, *, is_draft: bool) -> Json:
    """Return the fields of a text or of a rich message, which alone has no `text`."""
    if isinstance(form, Blocks) and (rich := _rich_message(form, is_draft=is_draft)):
        return {"rich_message": rich}
    content: Json = {"text": text if text.isascii() else encodable(text)}
    if isinstance(form, Spans):
        content["entities"] = _entities(form)
    if not is_draft:
        content["link_preview_options"] = _NO_PREVIEW
    return content


def _rich_message(form: Blocks, *, is_draft: bool) -> str:
    """Write blocks as an `InputRichMessage`; empty: there are none to show.

    Addresses and names in the words are left to the server to find, as it does in texts: the same
    answer looks alike in both forms.
    """
    blocks = rich_blocks(form.blocks, is_draft=is_draft)
    if not blocks:
        return ""
    return encodable(json.dumps({"blocks": blocks}, ensure_ascii=False, separators=(",", ":")))


def _entities(form: Spans) -> list[Json] | None:
    kept = (span for span in form.spans if span.look is not Look.LINK or is_linkable(span.detail))
    return [_entity(span) for span in kept] or None


def _entity(span: Span) -> Json:
    entity: Json = {"type": _ENTITY_OF[span.look], "offset": span.start, "length": span.length}
    if span.look is Look.LINK:
        entity["url"] = span.detail
    if span.look is Look.PRE and span.detail:
        entity["language"] = span.detail
    return entity


def button_data(callback_data: str | None) -> str | None:
    """Return what a button of ours says (`Button.data`); None for a button of another program.

    Args:
        callback_data: what the press of a button brought (`CallbackQuery.data`).
    """
    if callback_data is None or not callback_data.startswith(BUTTON_DATA):
        return None
    return callback_data.removeprefix(BUTTON_DATA)


def _buttons(buttons: Sequence[Button]) -> Json | None:
    if not buttons:
        return None
    row = [
        {"text": encodable(button.label), "callback_data": f"{BUTTON_DATA}{button.data}"}
        for button in buttons
    ]
    return {"inline_keyboard": [row]}


def _keyboard(*, stop_button: bool) -> Json | None:
    return _STOP_KEYBOARD if stop_button else None


def _reply(message_id: str | None) -> Json | None:
    if message_id is None:
        return None
    return {"message_id": number_of(message_id), "allow_sending_without_reply": True}


def _id_of(number: object) -> str | None:
    """Return the id of a message, from its number in the server's result."""
    return str(number) if isinstance(number, int) else None
