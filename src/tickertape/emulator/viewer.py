"""What the page asks and orders: screens as JSON, and what a person at the page does.

An order that is malformed raises `FieldError`, and what cannot be done `WorldError`.
"""

from __future__ import annotations

from tickertape.emulator.answers import Json
from tickertape.emulator.fields import Fields
from tickertape.emulator.view import action_view, chat_view, draft_view, limits_view, message_view
from tickertape.emulator.world import World

__all__ = ["chat_screen", "delete", "overview", "press", "send", "stop"]


def overview(world: World, now: float) -> Json:
    """Return the people, bots and chats that exist."""
    you = world.persons[0].id if world.persons else None
    return {
        "now": now,
        "seq": world.journal.seq,
        "bots": [
            {
                "id": bot.id,
                "username": bot.username,
                "first_name": bot.first_name,
                "commands": bot.commands.get("default ", []),
            }
            for bot in world.bots
        ],
        "persons": [
            {"id": person.id, "first_name": person.first_name, "username": person.username}
            for person in world.persons
        ],
        "you": you,
        "limits": limits_view(world.settings.floods),
        "chats": [chat_view(chat) for chat in world.chats if chat.upgraded_to is None],
    }


def chat_screen(world: World, chat_id: int, bot_id: int | None) -> Json:
    """Return what is shown in one chat."""
    screen = world.screen(chat_id, bot_id=bot_id)
    return {
        "seq": world.journal.seq,
        "messages": [message_view(message) for message in screen.messages],
        "drafts": [draft_view(draft) for draft in screen.drafts],
        "actions": [action_view(action) for action in screen.actions],
    }


def send(world: World, body: object, now: float) -> Json:
    """Write as a person."""
    fields = Fields(body, "the order")
    chat_id, text = fields.integer("chat_id"), fields.text("text")
    thread_id, person_id = fields.maybe_integer("thread_id"), fields.maybe_integer("as")
    reply_to, bot_id = fields.maybe_integer("reply_to"), fields.maybe_integer("bot_id")
    fields.close()
    message = world.person_writes(
        chat_id,
        text,
        now,
        person_id=person_id,
        thread_id=thread_id,
        reply_to=reply_to,
        bot_id=bot_id,
    )
    return {"message": message_view(message)}


def stop(world: World, body: object, now: float) -> Json:
    """Press the stop button of a draft as its person."""
    fields = Fields(body, "the order")
    chat_id, draft_id = fields.integer("chat_id"), fields.integer("draft_id")
    thread_id, bot_id = fields.maybe_integer("thread_id"), fields.maybe_integer("bot_id")
    fields.close()
    world.press_stop(chat_id, draft_id, now, thread_id=thread_id, bot_id=bot_id)
    return {"ok": True}


def press(world: World, body: object, now: float) -> Json:
    """Press an inline button as a person."""
    fields = Fields(body, "the order")
    chat_id, message_id = fields.integer("chat_id"), fields.integer("message_id")
    data, person_id = fields.text("data"), fields.maybe_integer("as")
    bot_id = fields.maybe_integer("bot_id")
    fields.close()
    world.press_button(chat_id, message_id, data, now, person_id=person_id, bot_id=bot_id)
    return {"ok": True}


def delete(world: World, body: object, now: float) -> Json:
    """Delete a message as a person."""
    fields = Fields(body, "the order")
    chat_id, message_id = fields.integer("chat_id"), fields.integer("message_id")
    bot_id = fields.maybe_integer("bot_id")
    fields.close()
    world.delete_message(chat_id, message_id, now, bot_id=bot_id)
    return {"ok": True}
