"""What a test or a benchmark orders: faults, settings, accounts, chats, and acts of persons.

An order that is malformed raises `FieldError`, and what cannot be done `WorldError`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from tickertape.emulator.answers import Json
from tickertape.emulator.chats import ChatType
from tickertape.emulator.faults import read_fault
from tickertape.emulator.fields import FieldError, Fields
from tickertape.emulator.view import chat_view
from tickertape.emulator.world import World

__all__ = [
    "VERBS",
    "add_bot",
    "add_chat",
    "add_fault",
    "add_person",
    "calls",
    "change_settings",
    "faults",
    "order",
]

_Verb: TypeAlias = Callable[[World, Fields, float], None]


def faults(world: World) -> Json:
    """Return the faults that did not strike yet."""
    return {"faults": [planned.as_json() for planned in world.faults.planned]}


def add_fault(world: World, body: object, now: float) -> Json:
    """Plan a fault."""
    world.faults.add(read_fault(body, now))
    return faults(world)


def change_settings(world: World, body: object, _now: float) -> Json:
    """Change the world's settings; flood control starts to count from zero."""
    world.configure(world.settings.changed(body))
    return world.settings.as_json()


def calls(world: World, since: int, now: float) -> Json:
    """Return the calls after a number, with their whole texts."""
    return {
        "now": now,
        "last": world.calls.count,
        "calls": [
            {"number": number, **record.as_json()} for number, record in world.calls.after(since)
        ],
    }


def add_bot(world: World, body: object, _now: float) -> Json:
    """Add an account for a bot."""
    fields = Fields(body, "the order")
    token, username = fields.text("token"), fields.text("username")
    first_name = fields.maybe_text("first_name")
    fields.close()
    bot = world.add_bot(token, username.removeprefix("@"), first_name)
    return {"bot": {"id": bot.id, "username": bot.username, "first_name": bot.first_name}}


def add_person(world: World, body: object, _now: float) -> Json:
    """Add an account for a person."""
    fields = Fields(body, "the order")
    person_id, first_name = fields.integer("id", 1), fields.text("first_name")
    username = fields.maybe_text("username")
    fields.close()
    person = world.add_person(person_id, first_name, username)
    return {
        "person": {"id": person.id, "first_name": person.first_name, "username": person.username}
    }


def add_chat(world: World, body: object, now: float) -> Json:
    """Add a chat: a group, supergroup, forum or channel, or the private chat with a person."""
    fields = Fields(body, "the order")
    chat_type = ChatType(fields.one_of("type", [kind.value for kind in ChatType]))
    chat_id, bot_id = fields.integer("id"), fields.maybe_integer("bot_id")
    title, username = fields.maybe_text("title"), fields.maybe_text("username")
    is_forum = fields.flag("is_forum")
    names = _names(fields)
    fields.close()
    if names and not is_forum and chat_type is not ChatType.PRIVATE:
        raise FieldError("only forums and private chats have topics")
    if chat_type is ChatType.PRIVATE:
        chat = world.begin(chat_id, bot_id=bot_id)
    else:
        shown = title or f"Chat {chat_id}"
        chat = world.add_chat(chat_id, chat_type, shown, username=username, is_forum=is_forum)
        if is_forum:
            # Message 1 of a forum belongs to its General topic.
            chat.last_message_id = 1
    for name in names:
        world.add_topic(chat.id, name, now, bot_id=bot_id)
    return {"chat": chat_view(chat)}


def order(world: World, body: object, now: float) -> Json:
    """Let a person act in a way that the page has no button for; `VERBS` lists them."""
    fields = Fields(body, "the order")
    VERBS[fields.one_of("verb", VERBS)](world, fields, now)
    fields.close()
    return {"ok": True}


def _names(fields: Fields) -> list[str]:
    names = fields.items("topics") if "topics" in fields else []
    fields.any("topics")
    if not all(isinstance(name, str) and name for name in names):
        raise FieldError('Field "topics" must be a list of names')
    return [str(name) for name in names]


def _on(place: str, act: Callable[..., None]) -> _Verb:
    def verb(world: World, fields: Fields, now: float) -> None:
        bot_id = fields.maybe_integer("bot_id")
        act(world, fields.integer(place), now, bot_id=bot_id)

    return verb


def _close_topic(world: World, fields: Fields, _now: float) -> None:
    closed = fields.flag("closed", default=True)
    world.close_topic(fields.integer("chat_id"), fields.integer("thread_id"), closed=closed)


def _delete_topic(world: World, fields: Fields, _now: float) -> None:
    world.delete_topic(fields.integer("chat_id"), fields.integer("thread_id"))


def _add_topic(world: World, fields: Fields, now: float) -> None:
    bot_id = fields.maybe_integer("bot_id")
    world.add_topic(fields.integer("chat_id"), fields.text("name"), now, bot_id=bot_id)


def _upgrade(world: World, fields: Fields, now: float) -> None:
    world.upgrade_to_supergroup(fields.integer("chat_id"), now)


def _write(world: World, fields: Fields, now: float) -> None:
    about = None
    if "about_message_id" in fields:
        about = world.message(fields.integer("about_chat_id"), fields.integer("about_message_id"))
    world.person_writes(
        fields.integer("chat_id"),
        fields.text("text"),
        now,
        person_id=fields.maybe_integer("person_id"),
        thread_id=fields.maybe_integer("thread_id"),
        reply_to=fields.maybe_integer("reply_to"),
        quote=fields.maybe_text("quote") or "",
        entities=_entities(fields),
        about=about,
    )


def _send(world: World, fields: Fields, now: float) -> None:
    world.person_sends(
        fields.integer("chat_id"),
        fields.text("kind"),
        now,
        person_id=fields.maybe_integer("person_id"),
        thread_id=fields.maybe_integer("thread_id"),
        reply_to=fields.maybe_integer("reply_to"),
        caption=fields.maybe_text("caption") or "",
        entities=_entities(fields),
        album=fields.maybe_text("album") or "",
    )


def _forward(world: World, fields: Fields, now: float) -> None:
    message = world.message(fields.integer("from_chat_id"), fields.integer("message_id"))
    world.person_forwards(
        fields.integer("chat_id"),
        message,
        now,
        hidden=fields.flag("hidden"),
        person_id=fields.maybe_integer("person_id"),
        thread_id=fields.maybe_integer("thread_id"),
    )


def _entities(fields: Fields) -> list[object] | None:
    return fields.items("entities") if "entities" in fields else None


VERBS: dict[str, _Verb] = {
    "block": _on("person_id", World.block),
    "unblock": _on("person_id", World.unblock),
    "deactivate": _on("person_id", World.deactivate),
    "kick": _on("chat_id", World.kick),
    "demote": _on("chat_id", World.demote),
    "admit": _on("chat_id", World.admit),
    "close_topic": _close_topic,
    "delete_topic": _delete_topic,
    "add_topic": _add_topic,
    "upgrade_to_supergroup": _upgrade,
    "write": _write,
    "send": _send,
    "forward": _forward,
}
"""What can be ordered by name."""
