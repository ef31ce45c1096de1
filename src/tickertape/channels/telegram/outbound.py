"""What an action is as a call of the Bot API: pure, without I/O.

Texts travel as plain text: `parse_mode` is switched off explicitly, whatever the bot's defaults
are, so that nothing the model writes can "fail to parse".
"""

from __future__ import annotations

from typing import TypeAlias, assert_never

from aiogram.methods import (
    AnswerCallbackQuery,
    DeleteMessage,
    EditMessageText,
    SendChatAction,
    SendMessage,
    SendMessageDraft,
)
from aiogram.types import LinkPreviewOptions, ReplyParameters

from tickertape.channels.telegram.addresses import topic_of
from tickertape.delivery.actions import (
    Acknowledge,
    Action,
    Delete,
    Edit,
    Post,
    Probe,
    ShowDraft,
)

__all__ = ["Method", "method_of"]

Method: TypeAlias = (
    SendMessageDraft
    | SendMessage
    | EditMessageText
    | DeleteMessage
    | SendChatAction
    | AnswerCallbackQuery
)
"""The calls that actions become."""


def method_of(action: Action) -> Method:
    """Write an action as the one call that carries it out.

    Half of a surrogate pair cannot be written in UTF-8: it is replaced by U+FFFD, so that one
    broken character never holds back the rest of a text.
    """
    match action:
        case ShowDraft():
            return SendMessageDraft(
                chat_id=action.address.chat_id,
                message_thread_id=topic_of(action.address),
                draft_id=action.draft_id,
                text=_encodable(action.text),
                parse_mode=None,
                entities=None,
                can_stop=True,
            )
        case Post():
            return SendMessage(
                chat_id=action.address.chat_id,
                message_thread_id=topic_of(action.address),
                text=_encodable(action.text),
                parse_mode=None,
                entities=None,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
                disable_web_page_preview=None,
                reply_parameters=_reply(action.reply_to),
            )
        case Edit():
            return EditMessageText(
                chat_id=action.address.chat_id,
                message_id=action.message_id,
                text=_encodable(action.text),
                parse_mode=None,
                entities=None,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
                disable_web_page_preview=None,
            )
        case Delete():
            return DeleteMessage(chat_id=action.address.chat_id, message_id=action.message_id)
        case Acknowledge():
            return AnswerCallbackQuery(
                callback_query_id=action.press_id, text=_encodable(action.text) or None
            )
        case Probe():
            return SendChatAction(
                chat_id=action.address.chat_id,
                message_thread_id=topic_of(action.address),
                action="typing",
            )
        case _ as unreachable:
            assert_never(unreachable)


def _reply(message_id: int | None) -> ReplyParameters | None:
    if message_id is None:
        return None
    return ReplyParameters(
        message_id=message_id, allow_sending_without_reply=True, quote_parse_mode=None
    )


def _encodable(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
