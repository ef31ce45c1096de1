"""The emulated Telegram as one value: bots call it, persons act in it, time passes in it.

    world = furnished_world()
    world.person_writes(PRIVATE, "hello", now=0.0)
    world.call(TOKEN, "sendMessage", {"chat_id": PRIVATE, "text": "hi"}, now=0.5)
    world.screen(PRIVATE).messages[-1].content.text.text     # "hi"

Pure: every verb takes `now`, in seconds on a clock that the caller moves and that never goes back.
What ends by itself (drafts, chat actions) ends in the next verb, or in `advance`; `deadline` says
when that is due.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from tickertape.emulator import botapi, people
from tickertape.emulator.account import LongPoll, resume_poll, webhook_failed
from tickertape.emulator.answers import Answer, Json, Outcome, accept
from tickertape.emulator.calls import CallLog, CallRecord, number_of
from tickertape.emulator.chats import Action, Bot, BotAccess, Chat, StoredMessage, User
from tickertape.emulator.drafts import Draft
from tickertape.emulator.faults import Fault, FaultPlan, is_applied, name_of, strike
from tickertape.emulator.files import told
from tickertape.emulator.journal import WorldJournal
from tickertape.emulator.places import EPOCH, Places
from tickertape.emulator.references import external_json, quote_json
from tickertape.emulator.settings import Settings
from tickertape.emulator.view import chat_view
from tickertape.emulator.voices import Voice

__all__ = ["ChatScreen", "World"]


@dataclass(frozen=True, slots=True)
class ChatScreen:
    """What a person sees in one chat."""

    messages: tuple[StoredMessage, ...]
    """The messages, oldest first."""
    drafts: tuple[Draft, ...]
    """The drafts that live."""
    actions: tuple[Action, ...]
    """What bots are doing."""

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts of all messages, oldest first."""
        return tuple(message.content.text.text for message in self.messages)


class World(Places):
    """One emulated Telegram.

    Args:
        settings: How it behaves.
        epoch: Unix time at second 0 of its clock, for the dates of messages.
    """

    def __init__(self, settings: Settings | None = None, *, epoch: float = EPOCH) -> None:
        super().__init__(settings, epoch=epoch)
        self.faults = FaultPlan()
        """The faults that are ordered."""

    @property
    def settings(self) -> Settings:
        """How it behaves."""
        return self._state.settings

    @property
    def journal(self) -> WorldJournal:
        """What changed on the screens, numbered."""
        return self._state.journal

    @property
    def calls(self) -> CallLog:
        """The calls of all bots, numbered."""
        return self._state.calls

    @property
    def deadline(self) -> float | None:
        """When something ends by itself; None where nothing will."""
        return self._state.deadline

    def listen(self, listener: Callable[[], None]) -> None:
        """Call a function after every change that a viewer may wait for."""
        self._state.listener = listener

    def configure(self, settings: Settings) -> None:
        """Change the world's settings, and forget what flood control counted."""
        self._state.settings = settings
        self._state.floods.configure(settings)

    def advance(self, now: float) -> None:
        """End the drafts and chat actions whose time is over."""
        self._state.expire(now)

    # What bots do.

    def call(self, token: str, method: str, params: Mapping[str, object], now: float) -> Answer:
        """Carry out one call without faults, at once, and log it.

        Args:
            token: Who calls.
            method: The method, in any case.
            params: The parameters, as JSON values or as text.
            now: Seconds on the world's clock.
        """
        answer = self.apply(token, method, params, now)
        self.log(CallRecord(now, now, self.caller(token), method, params, answer))
        return answer

    def exchange(
        self, token: str, method: str, params: Mapping[str, object], now: float
    ) -> Outcome:
        """Carry out one call under the planned faults, at once, and log it.

        Who can wait for a call that is held asks `fault_for`, waits until `arrives_at`, and then
        carries it out by `undergo`; here it does not wait.
        """
        return self.undergo(self.fault_for(token, method, params, now), token, method, params, now)

    def undergo(
        self, fault: Fault | None, token: str, method: str, params: Mapping[str, object], now: float
    ) -> Outcome:
        """Carry out one call that has arrived under a fault, and log it."""
        outcome = strike(fault, lambda: self.apply(token, method, params, now))
        applied_at = now if is_applied(fault) else None
        caller = self.caller(token)
        self.log(CallRecord(now, applied_at, caller, method, params, outcome, name_of(fault)))
        return outcome

    def apply(self, token: str, method: str, params: Mapping[str, object], now: float) -> Answer:
        """Carry out one call without faults and without logging it; a poll does not wait."""
        self.advance(now)
        result = botapi.call(self._state, token, method, params, now)
        return accept([]) if isinstance(result, LongPoll) else result

    def fault_for(
        self, token: str, method: str, params: Mapping[str, object], now: float
    ) -> Fault | None:
        """Return the fault that strikes this call, and count it as used."""
        if self.caller(token) is None:
            return None
        return self.faults.take(method, number_of(params.get("chat_id")), now)

    def caller(self, token: str) -> int | None:
        """Return the id of the bot with this token; None if there is none."""
        bot = self.bot_of(token)
        return None if bot is None else bot.id

    def poll(self, token: str, params: Mapping[str, object], now: float) -> Answer | LongPoll:
        """Handle `getUpdates` of a caller that can wait: return an answer or a poll to `resume`."""
        self.advance(now)
        return botapi.call(self._state, token, "getUpdates", params, now)

    def resume(self, poll: LongPoll, now: float) -> Answer | None:
        """Check a waiting poll again; None if it must wait on."""
        return resume_poll(self._state, poll, now)

    def log(self, record: CallRecord) -> None:
        """Log one call; of its files, their names and sizes."""
        record = replace(record, params=told(record.params))
        self._state.calls.add(record)
        self._state.note("call", {"call": record.as_view()})

    # What webhooks need.

    def next_update(self, bot: Bot, now: float) -> Json | None:
        """Return the oldest update that waits for a bot."""
        return next(iter(bot.queue.fetch(0, 1, now)), None)

    def update_taken(self, bot: Bot, update: Json) -> None:
        """Forget an update that a webhook took."""
        update_id = update["update_id"]
        if isinstance(update_id, int):
            bot.queue.confirm(update_id)
            self._state.listener()

    def delivery_failed(self, bot: Bot, reason: str, now: float) -> None:
        """Record that a webhook did not take an update."""
        webhook_failed(bot, self._state.date(now), reason)
        self._state.listener()

    # What persons do.

    def person_writes(  # noqa: PLR0913 - what a message can say
        self,
        chat_id: int,
        text: str,
        now: float,
        *,
        person_id: int | None = None,
        thread_id: int | None = None,
        reply_to: int | None = None,
        bot_id: int | None = None,
        entities: list[object] | None = None,
        quote: str = "",
        about: StoredMessage | None = None,
    ) -> StoredMessage:
        """Write as a person; a private chat with a bot begins by itself.

        Args:
            chat_id: Where; a person's id for the private chat with the bot.
            text: What.
            now: Seconds on the world's clock.
            person_id: Who; None: you, or the person of the private chat.
            thread_id: In which topic.
            reply_to: The message that is answered.
            bot_id: Whose private chat, where there are several bots.
            entities: How it is formatted, as the Bot API tells it.
            quote: Words that are picked out of the answered message.
            about: The message of another chat that is answered.

        Raises:
            WorldError: It cannot be written; the text says why.
        """
        chat, person = self._here(chat_id, person_id, bot_id, now)
        return people.write(
            self._state,
            chat,
            person,
            text,
            now,
            entities=entities,
            thread_id=thread_id,
            reply_to=reply_to,
            references=_references(about or chat.messages.get(reply_to or 0), about, quote),
        )

    def person_sends(  # noqa: PLR0913 - what a message can say
        self,
        chat_id: int,
        kind: str,
        now: float,
        *,
        caption: str = "",
        entities: list[object] | None = None,
        album: str = "",
        person_id: int | None = None,
        thread_id: int | None = None,
        reply_to: int | None = None,
        bot_id: int | None = None,
    ) -> StoredMessage:
        """Send content of one of `media.KINDS` as a person, with a caption; see `person_writes`.

        Messages that are sent as one share an `album`.

        Raises:
            WorldError: It cannot be sent; the text says why.
        """
        chat, person = self._here(chat_id, person_id, bot_id, now)
        return people.send(
            self._state,
            chat,
            person,
            kind,
            now,
            caption=caption,
            entities=entities,
            thread_id=thread_id,
            reply_to=reply_to,
            references={"media_group_id": album} if album else None,
        )

    def person_forwards(
        self,
        chat_id: int,
        message: StoredMessage,
        now: float,
        *,
        hidden: bool = False,
        person_id: int | None = None,
        thread_id: int | None = None,
        bot_id: int | None = None,
    ) -> StoredMessage:
        """Forward a message as a person; it may hide its author. See `person_writes`.

        Raises:
            WorldError: It cannot be passed on; the text says why.
        """
        chat, person = self._here(chat_id, person_id, bot_id, now)
        return people.forward(
            self._state, chat, person, message, now, hidden=hidden, thread_id=thread_id
        )

    def press_stop(
        self,
        chat_id: int,
        draft_id: int,
        now: float,
        *,
        thread_id: int | None = None,
        bot_id: int | None = None,
        is_told: bool = True,
    ) -> None:
        """Press the stop button of a draft as its person.

        Args:
            chat_id: The private chat.
            draft_id: Which draft.
            now: Seconds on the world's clock.
            thread_id: In which topic.
            bot_id: Whose private chat, where there are several bots.
            is_told: False loses the press on its way to the bot.

        Raises:
            WorldError: There is no such draft with a button.
        """
        self.advance(now)
        chat = self.chat(chat_id, bot_id)
        people.press_stop(self._state, chat, draft_id, now, thread_id=thread_id, is_told=is_told)

    def press_button(
        self,
        chat_id: int,
        message_id: int,
        data: str,
        now: float,
        *,
        person_id: int | None = None,
        bot_id: int | None = None,
    ) -> str:
        """Press an inline button as a person; return the id of the callback query.

        Raises:
            WorldError: There is no such button.
        """
        self.advance(now)
        chat = self.chat(chat_id, bot_id)
        person = self.person(chat_id if chat.is_private else person_id)
        return people.press_button(self._state, chat, person, message_id, data, now)

    def delete_message(
        self, chat_id: int, message_id: int, now: float, *, bot_id: int | None = None
    ) -> None:
        """Delete a message for everybody as a person.

        Raises:
            WorldError: There is no such message.
        """
        self.advance(now)
        people.delete_message(self._state, self.chat(chat_id, bot_id), message_id)

    def block(self, person_id: int, now: float, *, bot_id: int | None = None) -> None:
        """Block the bot as a person."""
        self._set_access(person_id, bot_id, BotAccess.BLOCKED, now)

    def unblock(self, person_id: int, now: float, *, bot_id: int | None = None) -> None:
        """Unblock the bot as a person."""
        self._set_access(person_id, bot_id, BotAccess.FULL, now)

    def deactivate(self, person_id: int, now: float, *, bot_id: int | None = None) -> None:
        """Delete a person's account."""
        self._set_access(person_id, bot_id, BotAccess.DEACTIVATED, now)

    def kick(self, chat_id: int, now: float, *, bot_id: int | None = None) -> None:
        """Remove the bot from a group or channel."""
        self._set_access(chat_id, bot_id, BotAccess.KICKED, now)

    def demote(self, chat_id: int, now: float, *, bot_id: int | None = None) -> None:
        """Take the bot's right to write in a group or channel."""
        self._set_access(chat_id, bot_id, BotAccess.READ_ONLY, now)

    def admit(self, chat_id: int, now: float, *, bot_id: int | None = None) -> None:
        """Let the bot read and write in a group or channel again."""
        self._set_access(chat_id, bot_id, BotAccess.FULL, now)

    def close_topic(self, chat_id: int, thread_id: int, *, closed: bool = True) -> None:
        """Close a topic, or open it again.

        Raises:
            WorldError: There is no such topic.
        """
        self.topic(chat_id, thread_id).closed = closed

    def delete_topic(self, chat_id: int, thread_id: int) -> None:
        """Delete a topic with everything in it.

        Raises:
            WorldError: There is no such topic.
        """
        self.topic(chat_id, thread_id)
        chat = self.chat(chat_id)
        del chat.topics[thread_id]
        for message in [item for item in chat.messages.values() if item.thread_id == thread_id]:
            self._state.remove(message)
        self._state.note("chat", {"chat": chat_view(chat)})

    def upgrade_to_supergroup(self, chat_id: int, now: float) -> Chat:
        """Turn a basic group into a supergroup, and return it.

        Raises:
            WorldError: It is not a basic group.
        """
        self.advance(now)
        chat = self.chat(chat_id)
        return people.upgrade_to_supergroup(self._state, chat, self.person(None), now)

    def message(self, chat_id: int, message_id: int, *, bot_id: int | None = None) -> StoredMessage:
        """Return the message under a number in a chat.

        Raises:
            WorldError: There is no such chat or message.
        """
        message = self.chat(chat_id, bot_id).messages.get(message_id)
        if message is None:
            raise people.MissingError(f"There is no message {message_id} in this chat.")
        return message

    def voice(self, chat_id: int, message_id: int, *, bot_id: int | None = None) -> Voice | None:
        """Return the voice note that a message holds; None if it holds none.

        Raises:
            WorldError: There is no such chat.
        """
        message = self.chat(chat_id, bot_id).messages.get(message_id)
        return None if message is None else message.content.voice

    def screen(self, chat_id: int, *, bot_id: int | None = None) -> ChatScreen:
        """Return what a person sees in a chat.

        Raises:
            WorldError: There is no such chat.
        """
        chat = self.chat(chat_id, bot_id)
        return ChatScreen(
            messages=tuple(chat.messages.values()),
            drafts=tuple(item for item in self._state.drafts if _is_in(item, chat)),
            actions=tuple(item for item in self._state.actions.values() if _is_in(item, chat)),
        )

    def _here(
        self, chat_id: int, person_id: int | None, bot_id: int | None, now: float
    ) -> tuple[Chat, User]:
        """Return the chat and the person that is about to write there."""
        self.advance(now)
        chat = self.chat(chat_id, bot_id, may_begin=True)
        return chat, self.person(chat_id if chat.is_private else person_id)

    def _set_access(self, chat_id: int, bot_id: int | None, access: BotAccess, now: float) -> None:
        chat = self.chat(chat_id, bot_id)
        by = self.person(chat_id if chat.is_private else None)
        people.set_access(self._state, chat, self.bot(bot_id), access, by, now)


def _references(
    answered: StoredMessage | None, about: StoredMessage | None, quote: str
) -> Json | None:
    """Return what a message says of the one that it answers, besides its number."""
    references: Json = {} if about is None else {"external_reply": external_json(about)}
    if quote:
        said = quote_json(quote, "" if answered is None else answered.content.text.text)
        if said is None:
            raise people.WorldError("Only words of the answered message can be picked out.")
        references["quote"] = said
    return references or None


def _is_in(item: Draft | Action, chat: Chat) -> bool:
    return item.chat_id == chat.id and chat.bot_id in {None, item.bot_id}
