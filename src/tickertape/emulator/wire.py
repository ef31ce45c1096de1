"""What the world looks like to a bot: the JSON objects of the Bot API."""

from __future__ import annotations

from tickertape.emulator.answers import Json
from tickertape.emulator.chats import Bot, BotAccess, Chat, ChatType, StoredMessage, User
from tickertape.emulator.keyboards import is_inline

__all__ = ["chat_json", "content_json", "member_json", "message_json", "user_json"]


def user_json(user: Bot | User) -> Json:
    """Return a `User`."""
    result: Json = {"id": user.id, "is_bot": isinstance(user, Bot), "first_name": user.first_name}
    if user.username:
        result["username"] = user.username
    return result


def chat_json(chat: Chat) -> Json:
    """Return a `Chat`."""
    result: Json = {"id": chat.id, "type": chat.type.value}
    result["first_name" if chat.is_private else "title"] = chat.title
    if chat.username:
        result["username"] = chat.username
    if chat.is_forum:
        result["is_forum"] = True
    return result


def message_json(message: StoredMessage, *, with_reply: bool = True) -> Json:
    """Return a `StoredMessage`.

    Args:
        message: What stands in the chat.
        with_reply: Whether the message that it answers is told too; never more than one deep.
    """
    result: Json = {"message_id": message.message_id}
    if message.chat.type is ChatType.CHANNEL:
        result["sender_chat"] = chat_json(message.chat)
    elif message.sender is not None:
        result["from"] = user_json(message.sender)
    result |= {"chat": chat_json(message.chat), "date": message.date}
    if message.edit_date is not None:
        result["edit_date"] = message.edit_date
    result |= _thread(message)
    if with_reply and (answered := _answered(message)) is not None:
        result["reply_to_message"] = message_json(answered, with_reply=False)
    result |= message.references or {}
    result |= content_json(message)
    if message.markup is not None and is_inline(message.markup):
        result["reply_markup"] = message.markup
    return result


def member_json(user: Bot | User, chat: Chat) -> Json:
    """Return a `ChatMember`."""
    access = chat.access.get(user.id) if isinstance(user, Bot) else BotAccess.FULL
    result: Json = {"user": user_json(user)}
    if access is None:
        return result | {"status": "left"}
    if access in {BotAccess.KICKED, BotAccess.BLOCKED}:
        return result | {"status": "kicked", "until_date": 0}
    if chat.type is ChatType.CHANNEL and access is BotAccess.FULL and isinstance(user, Bot):
        return result | {"status": "administrator", "can_be_edited": False} | _RIGHTS
    if access is BotAccess.READ_ONLY:
        return result | {"status": "restricted", "is_member": True, "until_date": 0} | _NO_RIGHTS
    return result | {"status": "member"}


_RIGHTS: Json = {
    "can_send_welcome_messages": False,
    "is_anonymous": False,
    "can_manage_chat": True,
    "can_delete_messages": True,
    "can_manage_video_chats": True,
    "can_restrict_members": True,
    "can_promote_members": False,
    "can_change_info": True,
    "can_invite_users": True,
    "can_post_stories": False,
    "can_edit_stories": False,
    "can_delete_stories": False,
    "can_post_messages": True,
    "can_edit_messages": True,
}
_NO_RIGHTS: Json = dict.fromkeys(
    (
        "can_send_messages",
        "can_send_audios",
        "can_send_documents",
        "can_send_photos",
        "can_send_videos",
        "can_send_video_notes",
        "can_send_voice_notes",
        "can_send_polls",
        "can_send_other_messages",
        "can_add_web_page_previews",
        "can_react_to_messages",
        "can_edit_tag",
        "can_change_info",
        "can_invite_users",
        "can_pin_messages",
        "can_manage_topics",
    ),
    False,
)


def _thread(message: StoredMessage) -> Json:
    if message.thread_id is not None:
        return {"message_thread_id": message.thread_id, "is_topic_message": True}
    if message.thread_root is not None:
        return {"message_thread_id": message.thread_root}
    return {}


def _answered(message: StoredMessage) -> StoredMessage | None:
    """Return the message that is replied to; in a topic, at least the one that opened it.

    Bots read the service message `forum_topic_created` as the answered one in every message of a
    topic that answers no other.
    """
    messages = message.chat.messages
    if message.reply_to is not None:
        return messages.get(message.reply_to)
    return messages.get(message.thread_id) if message.thread_id is not None else None


def content_json(message: StoredMessage) -> Json:
    """Return what a message shows, as the fields of a `StoredMessage`."""
    if message.service is not None:
        return message.service
    if message.content.rich is not None:
        return {"rich_message": message.content.rich.as_bot_reads()}
    if message.content.voice is not None:
        return {"voice": message.content.voice.as_bot_reads()}
    text = message.content.text
    entities = text.entities_json()
    if message.content.media is not None:
        caption: Json = {"caption": text.text} if text.text else {}
        return (
            message.content.media | caption | ({"caption_entities": entities} if entities else {})
        )
    return {"text": text.text} | ({"entities": entities} if entities else {})
