"""The methods that show something: messages, edits, drafts, chat actions.

What a call must get right is checked in the order of the official server: first what can be seen
from the call alone, then the chat, then flood control, and last what only the message's present
state decides (a call that gets so far counts, even if it changes nothing).
"""

from __future__ import annotations

from dataclasses import replace

from tickertape.emulator.answers import bad_request, too_many_requests
from tickertape.emulator.chats import Action, Bot, Chat, StoredMessage
from tickertape.emulator.content import Content
from tickertape.emulator.drafts import Draft
from tickertape.emulator.entities import Text, format_text, read_entities
from tickertape.emulator.fields import FieldError, Fields
from tickertape.emulator.html import parse_html
from tickertape.emulator.keyboards import is_inline, read_keyboard
from tickertape.emulator.markdown import parse_markdown, parse_markdown_v2
from tickertape.emulator.parameters import Parameters
from tickertape.emulator.reach import chat_of, reply_of, thread_of, writable_chat_of
from tickertape.emulator.rich import read_rich_message
from tickertape.emulator.spans import EntitySpan
from tickertape.emulator.state import WorldState
from tickertape.emulator.voices import read_voice
from tickertape.emulator.wire import message_json

__all__ = [
    "delete_message",
    "delete_messages",
    "edit_message_reply_markup",
    "edit_message_text",
    "send_chat_action",
    "send_message",
    "send_message_draft",
    "send_rich_message",
    "send_rich_message_draft",
    "send_voice",
]

LONGEST_SOURCE = 32_768
"""Bytes of a text before it is parsed (tdlib/telegram-bot-api Client.cpp 11310)."""
DELETABLE_FOR = 48 * 3600
"""Seconds in which a message can be deleted (core.telegram.org/bots/api#deletemessage)."""

_ACTIONS = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "record_audio",
        "upload_audio",
        "upload_document",
        "choose_sticker",
        "find_location",
        "pick_up_location",
        "record_video_note",
        "upload_video_note",
        "cancel",
    }
)


def send_message(state: WorldState, bot: Bot, parameters: Parameters, now: float) -> object:
    """Handle `sendMessage`."""
    text = _text(parameters)
    _check_preview(parameters)
    return _send(state, bot, parameters, Content(text), now)


def send_rich_message(state: WorldState, bot: Bot, parameters: Parameters, now: float) -> object:
    """Handle `sendRichMessage`."""
    content = _rich(parameters, is_draft=False)
    return _send(state, bot, parameters, content, now)


def send_voice(state: WorldState, bot: Bot, parameters: Parameters, now: float) -> object:
    """Handle `sendVoice`, without a caption."""
    content = Content(voice=read_voice(parameters))
    return _send(state, bot, parameters, content, now)


def edit_message_text(state: WorldState, bot: Bot, parameters: Parameters, now: float) -> object:
    """Handle `editMessageText`, with a text or a rich message."""
    if "rich_message" in parameters and "text" in parameters:
        raise bad_request("either text or rich_message must be specified")
    if "rich_message" in parameters:
        content = _rich(parameters, is_draft=False)
    else:
        content = Content(_text(parameters))
    _check_preview(parameters)
    markup = _markup(parameters, inline_only=True)
    if parameters.text("inline_message_id"):
        raise bad_request("MESSAGE_ID_INVALID")
    chat = writable_chat_of(state, bot, parameters)
    message = _message(chat, parameters, "message to edit not found")
    if message.sender is not bot or message.service or not is_inline(message.markup):
        raise bad_request("message can't be edited")
    if message.content.voice is not None:
        raise bad_request("there is no text in the message to edit")
    _pass_messages(state, bot, chat, now)
    if len(content.text.text) > state.settings.longest_text:
        raise bad_request("MESSAGE_TOO_LONG")
    if (content, markup) == (message.content, message.markup):
        raise bad_request(
            "message is not modified: specified new message content and reply markup are exactly "
            "the same as a current content and reply markup of the message"
        )
    edited = replace(message, content=content, markup=markup, edit_date=state.date(now))
    return message_json(state.change(edited))


def edit_message_reply_markup(
    state: WorldState, bot: Bot, parameters: Parameters, now: float
) -> object:
    """Handle `editMessageReplyMarkup`: set the buttons alone, or remove them."""
    markup = _markup(parameters, inline_only=True)
    if parameters.text("inline_message_id"):
        raise bad_request("MESSAGE_ID_INVALID")
    chat = writable_chat_of(state, bot, parameters)
    message = _message(chat, parameters, "message to edit not found")
    if message.sender is not bot or message.service or not is_inline(message.markup):
        raise bad_request("message can't be edited")
    _pass_messages(state, bot, chat, now)
    if markup == message.markup:
        raise bad_request(
            "message is not modified: specified new message content and reply markup are exactly "
            "the same as a current content and reply markup of the message"
        )
    return message_json(state.change(replace(message, markup=markup)))


def delete_message(state: WorldState, bot: Bot, parameters: Parameters, now: float) -> object:
    """Handle `deleteMessage`."""
    chat = chat_of(state, bot, parameters)
    message = _message(chat, parameters, "message to delete not found")
    if not _may_delete(state, bot, message, now):
        raise bad_request("message can't be deleted")
    state.remove(message)
    return True


def delete_messages(state: WorldState, bot: Bot, parameters: Parameters, now: float) -> object:
    """Handle `deleteMessages`; missing messages are skipped."""
    chat = chat_of(state, bot, parameters)
    ids = parameters.structure("message_ids", "message identifiers")
    if not isinstance(ids, list) or not ids:
        raise bad_request("message identifiers are not specified")
    if len(ids) > 100:
        raise bad_request("too many message identifiers specified")
    if not all(isinstance(item, int) and not isinstance(item, bool) for item in ids):
        raise bad_request("invalid message identifier specified")
    messages = [chat.messages[item] for item in dict.fromkeys(ids) if item in chat.messages]
    if not all(_may_delete(state, bot, message, now) for message in messages):
        raise bad_request("message can't be deleted")
    for message in messages:
        state.remove(message)
    return True


def send_message_draft(state: WorldState, bot: Bot, parameters: Parameters, now: float) -> object:
    """Handle `sendMessageDraft`."""
    text = _formatted(parameters, parameters.text("text") or "")
    if len(text.text) > state.settings.longest_text:
        raise bad_request("message is too long")
    return _show_draft(state, bot, parameters, Content(Text() if text.is_blank else text), now)


def send_rich_message_draft(
    state: WorldState, bot: Bot, parameters: Parameters, now: float
) -> object:
    """Handle `sendRichMessageDraft`."""
    return _show_draft(state, bot, parameters, _rich(parameters, is_draft=True), now)


def send_chat_action(state: WorldState, bot: Bot, parameters: Parameters, now: float) -> object:
    """Handle `sendChatAction`."""
    name = (parameters.text("action") or "").lower()
    if name not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat = writable_chat_of(state, bot, parameters)
    thread_id = thread_of(chat, parameters)[0]
    _pass_drafts(state, bot, chat, now)
    if name == "cancel":
        state.end_action((bot.id, chat.id, thread_id))
    else:
        expires_at = now + state.settings.action_lifetime
        state.show_action(Action(bot.id, chat.id, thread_id, name, expires_at))
    return True


def _send(
    state: WorldState, bot: Bot, parameters: Parameters, content: Content, now: float
) -> object:
    markup = _markup(parameters, inline_only=False)
    _check_flags(parameters)
    what = "text messages" if content.rich is None else "the rich message"
    what = what if content.voice is None else "voice notes"
    chat = writable_chat_of(state, bot, parameters, what)
    thread_id, thread_root = thread_of(chat, parameters)
    answered = reply_of(chat, parameters)
    if answered is not None and thread_id is None:
        thread_id = answered.thread_id
    if len(content.text.text) > state.settings.longest_text:
        raise bad_request("message is too long")
    _pass_messages(state, bot, chat, now)
    message = StoredMessage(
        chat=chat,
        message_id=state.next_message_id(chat),
        sender=bot,
        date=state.date(now),
        content=content,
        thread_id=thread_id,
        thread_root=thread_root,
        reply_to=None if answered is None else answered.message_id,
        markup=markup,
    )
    return message_json(state.post(message, now))


def _show_draft(
    state: WorldState, bot: Bot, parameters: Parameters, content: Content, now: float
) -> object:
    can_stop, keep_on_stop = parameters.flag("can_stop"), parameters.flag("keep_on_stop")
    thread_id = parameters.integer("message_thread_id") or None
    draft_id = parameters.integer("draft_id")
    chat = writable_chat_of(state, bot, parameters)
    if not draft_id:
        raise bad_request("RANDOM_ID_INVALID")
    if not chat.is_private:
        raise bad_request("TEXTDRAFT_PEER_INVALID")
    _pass_drafts(state, bot, chat, now)
    frame = Draft(
        bot_id=bot.id,
        chat_id=chat.id,
        thread_id=thread_id,
        draft_id=draft_id,
        content=content,
        can_stop=can_stop,
        keep_on_stop=keep_on_stop,
        expires_at=now + state.settings.draft_lifetime,
    )
    state.show_draft(frame)
    return True


def _pass_messages(state: WorldState, bot: Bot, chat: Chat, now: float) -> None:
    wait = state.floods.message(bot.id, chat.id, private=chat.is_private, now=now)
    if wait is not None:
        raise too_many_requests(wait)


def _pass_drafts(state: WorldState, bot: Bot, chat: Chat, now: float) -> None:
    wait = state.floods.draft(bot.id, chat.id, now)
    if wait is not None:
        raise too_many_requests(wait)


def _text(parameters: Parameters) -> Text:
    """Return the text of a message, which must be visible."""
    source = parameters.text("text")
    if not source:
        raise bad_request("message text is empty")
    text = _formatted(parameters, source)
    if text.is_blank:
        raise bad_request("text must be non-empty")
    return text


def _formatted(parameters: Parameters, source: str) -> Text:
    """Return a text with its formatting; `parse_mode` goes before `entities`."""
    if len(source.encode()) > LONGEST_SOURCE:
        raise bad_request("text is too long")
    spans: list[EntitySpan] = []
    match (parameters.text("parse_mode") or "").lower():
        case "markdown":
            source, spans = parse_markdown(source)
        case "markdownv2":
            source, spans = parse_markdown_v2(source)
        case "html":
            source, spans = parse_html(source)
        case "":
            entities = parameters.structure("entities", "entities")
            if entities is not None:
                spans = read_entities(entities, source)
        case _:
            raise bad_request("unsupported parse_mode")
    return format_text(source, spans)


def _rich(parameters: Parameters, *, is_draft: bool) -> Content:
    value = parameters.structure("rich_message", "InputRichMessage")
    if value is None:
        raise bad_request("rich message must be non-empty")
    return Content(rich=read_rich_message(value, is_draft=is_draft))


def _markup(parameters: Parameters, *, inline_only: bool) -> dict[str, object] | None:
    value = parameters.structure("reply_markup", "reply keyboard markup")
    if value is None:
        return None
    markup = read_keyboard(value, inline_only=inline_only)
    return None if markup == {"inline_keyboard": []} else markup


def _message(chat: Chat, parameters: Parameters, missing: str) -> StoredMessage:
    message_id = parameters.integer("message_id")
    if not message_id:
        raise bad_request("message identifier is not specified")
    message = chat.messages.get(message_id)
    if message is None:
        raise bad_request(missing)
    return message


def _may_delete(state: WorldState, bot: Bot, message: StoredMessage, now: float) -> bool:
    mine = message.sender is bot or message.chat.is_private
    return mine and not message.service and state.date(now) - message.date < DELETABLE_FOR


def _check_preview(parameters: Parameters) -> None:
    parameters.flag("disable_web_page_preview")
    value = parameters.structure("link_preview_options", "link preview options")
    if value is None:
        return
    try:
        fields = Fields(value, "LinkPreviewOptions")
        for name in ("is_disabled", "prefer_small_media", "prefer_large_media", "show_above_text"):
            fields.flag(name)
        fields.maybe_text("url")
        fields.close()
    except FieldError as error:
        raise bad_request(f"can't parse link preview options JSON object: {error}") from None


def _check_flags(parameters: Parameters) -> None:
    for name in ("disable_notification", "protect_content", "allow_paid_broadcast"):
        parameters.flag(name)
    parameters.text("message_effect_id")
