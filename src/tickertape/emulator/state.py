"""The state of one emulated Telegram, and the few elementary changes of it.

Everything that can be seen changes here and nowhere else, so that every change is noted in the
journal and every update reaches the bots that should read it. Pure: time is an argument.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from tickertape.emulator.answers import Json
from tickertape.emulator.calls import CallLog
from tickertape.emulator.chats import (
    Action,
    Bot,
    BotAccess,
    Chat,
    ChatType,
    StoredMessage,
    Topic,
    User,
)
from tickertape.emulator.content import Content
from tickertape.emulator.drafts import Draft, DraftBoard, DraftPlace
from tickertape.emulator.journal import WorldJournal
from tickertape.emulator.limits import FloodControl
from tickertape.emulator.settings import Settings
from tickertape.emulator.updates import UpdateQueue
from tickertape.emulator.view import action_view, chat_view, draft_view, message_view
from tickertape.emulator.wire import message_json

__all__ = ["WorldState"]


def _nobody() -> None:
    """Do nothing: the listener of a world without a viewer."""


class WorldState:
    """Everything that is, in one emulated Telegram.

    Args:
        settings: How it behaves.
        epoch: Unix time at second 0 of the world's clock.
    """

    def __init__(self, settings: Settings, epoch: float) -> None:
        self.settings = settings
        """How it behaves."""
        self.bots: dict[int, Bot] = {}
        """The bots by user id."""
        self.persons: dict[int, User] = {}
        """The persons by user id."""
        self.chats: dict[tuple[int | None, int], Chat] = {}
        """The chats by id; a private chat also by its bot."""
        self.drafts = DraftBoard()
        """The drafts that are shown."""
        self.actions: dict[DraftPlace, Action] = {}
        """The chat actions that are shown."""
        self.floods = FloodControl(settings)
        """Who may call."""
        self.journal = WorldJournal()
        """What changed."""
        self.calls = CallLog()
        """Who called."""
        self.presses: dict[str, tuple[int, float]] = {}
        """Presses of buttons that wait for an answer: the bot, and until when."""
        self.listener: Callable[[], None] = _nobody
        """Called after every change that a viewer may wait for."""
        self._epoch = epoch
        self._account_messages = 0
        self._press_id = 4_611_686_018_427_387_904

    def date(self, now: float) -> int:
        """Return Unix time in whole seconds."""
        return int(self._epoch + now)

    def bot_of(self, token: str) -> Bot | None:
        """Return the bot with this token."""
        return next((bot for bot in self.bots.values() if bot.token == token), None)

    def chat(self, chat_id: int, bot_id: int | None = None) -> Chat | None:
        """Return the chat with this id: a shared one, or the private chat of that bot."""
        return self.chats.get((None, chat_id)) or self.chats.get((bot_id, chat_id))

    def add_bot(self, token: str, username: str, first_name: str) -> Bot:
        """Add an account for a bot; its id is the number in the token."""
        bot_id = int(token.partition(":")[0])
        queue = UpdateQueue(self.settings.update_lifetime, began=self._epoch)
        bot = Bot(bot_id, token, username, first_name, queue)
        self.bots[bot_id] = bot
        return bot

    def add_chat(self, chat: Chat) -> Chat:
        """Add a chat."""
        self.chats[chat.bot_id, chat.id] = chat
        self.note("chat", {"chat": chat_view(chat)})
        return chat

    def add_topic(self, chat: Chat, name: str, creator: User | None, now: float) -> Topic:
        """Add a topic; its id is that of the message that announces it."""
        message_id = self.next_message_id(chat)
        topic = Topic(message_id, name)
        chat.topics[topic.id] = topic
        service: Json = {"forum_topic_created": {"name": name, "icon_color": 7_322_096}}
        chat.messages[message_id] = StoredMessage(
            chat, message_id, creator, self.date(now), Content(), topic.id, service=service
        )
        self.note("chat", {"chat": chat_view(chat)})
        return topic

    def next_message_id(self, chat: Chat) -> int:
        """Return the number of the next message.

        Supergroups and channels count for themselves; private chats and basic groups share one
        counter.
        """
        if chat.counts_alone:
            chat.last_message_id += 1
            return chat.last_message_id
        self._account_messages += 1
        return self._account_messages

    def note(self, kind: str, data: Json) -> None:
        """Write one change into the journal."""
        self.journal.add(kind, data)
        self.listener()

    def post(self, message: StoredMessage, now: float) -> StoredMessage:
        """Add a message: show it, end the drafts it must end, and let bots read it."""
        if message.thread_root is None:
            message = replace(message, thread_root=_root(message))
        message.chat.messages[message.message_id] = message
        if isinstance(message.sender, Bot):
            place = (message.sender.id, message.chat.id, message.thread_id)
            self._finish_draft(place)
            self.end_action(place)
        self.note("message", {"message": message_view(message)})
        if not isinstance(message.sender, Bot):
            self.drafts.renew((message.chat.bot_id or 0, message.chat.id, message.thread_id))
            self._tell_readers(message, now)
        return message

    def change(self, message: StoredMessage) -> StoredMessage:
        """Replace an edited message."""
        message.chat.messages[message.message_id] = message
        self.note("message", {"message": message_view(message)})
        return message

    def remove(self, message: StoredMessage) -> None:
        """Delete a message; bots are not told."""
        message.chat.messages.pop(message.message_id, None)
        self.note("deleted", {"chat_id": message.chat.id, "message_id": message.message_id})

    def tell(self, bot: Bot, kind: str, payload: Json, now: float) -> None:
        """Queue one update for one bot."""
        bot.queue.push(kind, payload, now)
        self.listener()

    def readers(self, chat: Chat) -> Iterable[Bot]:
        """Return the bots that are in a chat."""
        for bot_id, access in chat.access.items():
            if access in {BotAccess.FULL, BotAccess.READ_ONLY} and bot_id in self.bots:
                yield self.bots[bot_id]

    def show_draft(self, frame: Draft) -> None:
        """Show a frame of a draft."""
        replaced, shown = self.drafts.show(frame)
        if replaced is not None:
            self._note_gone(replaced, "replaced")
        if shown is not None:
            self.note("draft", {"draft": draft_view(shown)})

    def stop_draft(self, place: DraftPlace, draft_id: int) -> Draft | None:
        """Press the stop button of a draft; return None if there is none."""
        stopped = self.drafts.stop(place, draft_id)
        if stopped is None:
            return None
        if stopped.keep_on_stop:
            self.note("draft", {"draft": draft_view(stopped)})
        else:
            self._note_gone(stopped, "dismissed")
        return stopped

    def show_action(self, action: Action) -> None:
        """Show a chat action until it expires, or a message comes."""
        self.actions[action.bot_id, action.chat_id, action.thread_id] = action
        self.note("action", {"action": action_view(action)})

    def end_action(self, place: DraftPlace) -> None:
        """Remove a chat action."""
        if self.actions.pop(place, None) is not None:
            bot_id, chat_id, thread_id = place
            data: Json = {"chat_id": chat_id, "thread_id": thread_id, "bot_id": bot_id}
            self.note("action_gone", data)

    def next_press_id(self) -> str:
        """Return the id of the next press."""
        self._press_id += 1
        return str(self._press_id)

    @property
    def deadline(self) -> float | None:
        """When something ends by itself; None where nothing will."""
        moments = [action.expires_at for action in self.actions.values()]
        if self.drafts.deadline is not None:
            moments.append(self.drafts.deadline)
        return min(moments, default=None)

    def expire(self, now: float) -> None:
        """End the drafts and actions whose time is over."""
        for draft in self.drafts.expire(now):
            self._note_gone(draft, "expired")
        for place in [place for place, act in self.actions.items() if act.expires_at <= now]:
            self.end_action(place)
        for press_id in [name for name, (_, until) in self.presses.items() if until <= now]:
            del self.presses[press_id]

    def _finish_draft(self, place: DraftPlace) -> None:
        draft = self.drafts.finish(place)
        if draft is not None:
            self._note_gone(draft, "dismissed")

    def _note_gone(self, draft: Draft, reason: str) -> None:
        data: Json = {
            "chat_id": draft.chat_id,
            "bot_id": draft.bot_id,
            "draft_id": draft.draft_id,
            "thread_id": draft.thread_id,
            "reason": reason,
        }
        self.note("draft_gone", data)

    def _tell_readers(self, message: StoredMessage, now: float) -> None:
        kind = "channel_post" if message.chat.type is ChatType.CHANNEL else "message"
        for bot in self.readers(message.chat):
            if self._may_read(bot, message):
                self.tell(bot, kind, message_json(message), now)

    def _may_read(self, bot: Bot, message: StoredMessage) -> bool:
        """Return whether a bot may read a message.

        With group privacy, it reads commands, mentions of it, and replies to it.
        """
        chat = message.chat
        if not self.settings.privacy or chat.is_private or chat.type is ChatType.CHANNEL:
            return True
        if message.service is not None:
            return True
        answered = chat.messages.get(message.reply_to) if message.reply_to is not None else None
        if answered is not None and answered.sender is bot:
            return True
        text = message.content.text
        words = [
            (span.kind, text.text[span.start : span.end].lower())
            for span in text.spans
            if span.kind in {"mention", "bot_command"}
        ]
        name = f"@{bot.username.lower()}"
        return any(
            word.endswith(name) if kind == "mention" or "@" in word else True
            for kind, word in words
        )


def _root(message: StoredMessage) -> int | None:
    """Return the first message of a chain of replies: the thread where there are no topics."""
    chat = message.chat
    if chat.type is not ChatType.SUPERGROUP or chat.is_forum or message.reply_to is None:
        return None
    answered = chat.messages[message.reply_to]
    return answered.thread_root or answered.message_id
