"""What the world looks like to a person at the page: the JSON objects of the viewer."""

from __future__ import annotations

from tickertape.emulator.answers import Json
from tickertape.emulator.chats import Action, Bot, Chat, ChatType, StoredMessage
from tickertape.emulator.content import Content
from tickertape.emulator.drafts import Draft
from tickertape.emulator.settings import Floods, Limit, SlidingWindow

__all__ = ["action_view", "chat_view", "draft_view", "limits_view", "message_view"]

_SERVICE_TEXTS = {
    "forum_topic_created": "opened the topic",
    "migrate_to_chat_id": "made this group a supergroup",
    "migrate_from_chat_id": "made a group this supergroup",
}


def chat_view(chat: Chat) -> Json:
    """Return a chat with its topics; the General topic of a forum is not listed."""
    return {
        "id": chat.id,
        "type": chat.type.value,
        "title": chat.title,
        "is_forum": chat.is_forum,
        "topics": [{"id": topic.id, "name": topic.name} for topic in chat.topics.values()],
        "bot_id": chat.bot_id,
    }


def limits_view(floods: Floods) -> Json:
    """Return how many calls answers may take, as the page's chart shows it.

    In a group messages and edits count, in a private chat drafts; the longest window is told.
    """
    return {"group": _widest(floods.group), "private": _widest(floods.drafts)}


def _widest(limits: tuple[Limit, ...]) -> Json | None:
    windows = [limit for limit in limits if isinstance(limit, SlidingWindow)]
    if not windows:
        return None
    widest = max(windows, key=lambda window: window.seconds)
    return {"calls": widest.calls, "seconds": widest.seconds}


def message_view(message: StoredMessage) -> Json:
    """Return a message as it stands on the screen."""
    return {
        "chat_id": message.chat.id,
        "bot_id": message.chat.bot_id,
        "message_id": message.message_id,
        "thread_id": message.thread_id,
        "from": _author(message),
        "date": message.date,
        "edited": message.edit_date is not None,
        "reply_to": message.reply_to,
        "buttons": _buttons(message.markup),
        **_shown(message),
    }


def draft_view(draft: Draft) -> Json:
    """Return a draft as it stands on the screen."""
    return {
        "chat_id": draft.chat_id,
        "bot_id": draft.bot_id,
        "draft_id": draft.draft_id,
        "thread_id": draft.thread_id,
        "placeholder": draft.content.is_placeholder,
        "can_stop": draft.can_stop,
        "stopped": draft.stopped,
        "expires_at": draft.expires_at,
        "ghost": draft.ghost,
        **_content(draft.content),
        "text": draft.content.text.text,
    }


def action_view(action: Action) -> Json:
    """Return a chat action as it stands on the screen."""
    return {
        "chat_id": action.chat_id,
        "thread_id": action.thread_id,
        "bot_id": action.bot_id,
        "action": action.action,
        "expires_at": action.expires_at,
    }


def _author(message: StoredMessage) -> Json:
    if message.chat.type is ChatType.CHANNEL or message.sender is None:
        return {"id": message.chat.id, "name": message.chat.title, "is_bot": False}
    sender = message.sender
    return {"id": sender.id, "name": sender.first_name, "is_bot": isinstance(sender, Bot)}


def _shown(message: StoredMessage) -> Json:
    if message.service is not None:
        words = [text for key, text in _SERVICE_TEXTS.items() if key in message.service]
        text = words[0] if words else None
        return {"text": text, "entities": [], "rich": None, "service": True}
    if message.content.voice is not None:
        where = f"{message.chat.id}/{message.message_id}"
        if message.chat.bot_id is not None:
            where += f"?bot_id={message.chat.bot_id}"
        return {
            **_content(message.content),
            "voice": {"url": f"/view/voices/{where}", "duration": message.content.voice.duration},
        }
    return _content(message.content)


def _content(content: Content) -> Json:
    if content.rich is not None:
        return {"text": None, "entities": [], "rich": content.rich.as_viewer_reads()}
    if content.media is not None:
        shown = f"[{content.kind}] {content.text.text}".rstrip()
        return {"text": shown, "entities": [], "rich": None}
    return {"text": content.text.text, "entities": content.text.entities_json(), "rich": None}


def _buttons(markup: Json | None) -> list[object]:
    rows = markup.get("inline_keyboard") if markup else None
    if not isinstance(rows, list):
        return []
    shown = ("text", "callback_data", "url")
    return [
        [{key: button[key] for key in shown if key in button} for button in row] for row in rows
    ]
