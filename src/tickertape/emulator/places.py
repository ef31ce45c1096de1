"""Who and where there is: the accounts, chats and topics of a world, and how they come about."""

from __future__ import annotations

from tickertape.emulator import botapi
from tickertape.emulator.chats import Bot, BotAccess, Chat, ChatType, Topic, User
from tickertape.emulator.people import MissingError, WorldError
from tickertape.emulator.settings import Settings
from tickertape.emulator.state import WorldState

__all__ = ["EPOCH", "Places"]

EPOCH = 1_790_000_000.0
"""Default Unix time at second 0: a day in September 2026."""


class Places:
    """The accounts and chats of one world.

    Args:
        settings: How the world behaves.
        epoch: Unix time at second 0 of its clock, for the dates of messages.
    """

    def __init__(self, settings: Settings | None = None, *, epoch: float = EPOCH) -> None:
        self._state = WorldState(settings or Settings(), epoch)

    @property
    def bots(self) -> tuple[Bot, ...]:
        """The bots that have an account; the first one is meant where none is named."""
        return tuple(self._state.bots.values())

    @property
    def persons(self) -> tuple[User, ...]:
        """The persons that have an account; the first one is you."""
        return tuple(self._state.persons.values())

    @property
    def chats(self) -> tuple[Chat, ...]:
        """All chats."""
        return tuple(self._state.chats.values())

    def bot_of(self, token: str) -> Bot | None:
        """Return the bot with this token."""
        return self._state.bot_of(token)

    def add_bot(self, token: str, username: str, first_name: str | None = None) -> Bot:
        """Add an account for a bot; it is a member of all groups and channels.

        Raises:
            WorldError: The token has not the form of a token, or is taken.
        """
        if not botapi.is_token(token):
            raise WorldError("A token is a number, a colon and letters, digits, - or _.")
        if int(token.partition(":")[0]) in self._state.bots:
            raise WorldError("There is a bot with this number already.")
        bot = self._state.add_bot(token, username, first_name or username)
        for chat in self.chats:
            if not chat.is_private:
                chat.access[bot.id] = BotAccess.FULL
        return bot

    def add_person(self, person_id: int, first_name: str, username: str | None = None) -> User:
        """Add an account for a person.

        Raises:
            WorldError: The id is taken or not positive.
        """
        if person_id <= 0 or person_id in self._state.persons or person_id in self._state.bots:
            raise WorldError(f"The id {person_id} is taken or not positive.")
        person = User(person_id, first_name, username)
        self._state.persons[person_id] = person
        return person

    def add_chat(
        self,
        chat_id: int,
        chat_type: ChatType,
        title: str,
        *,
        username: str | None = None,
        is_forum: bool = False,
    ) -> Chat:
        """Add a group, supergroup or channel with all bots in it.

        Raises:
            WorldError: The id is taken or not negative, or the type cannot have topics.
        """
        if chat_id >= 0 or self._state.chat(chat_id) is not None:
            raise WorldError(f"The id {chat_id} is taken, or not negative.")
        if chat_type is ChatType.PRIVATE or (is_forum and chat_type is not ChatType.SUPERGROUP):
            raise WorldError("Only supergroups have topics, and private chats begin by writing.")
        access = dict.fromkeys(self._state.bots, BotAccess.FULL)
        chat = Chat(chat_id, chat_type, title, username=username, is_forum=is_forum, access=access)
        return self._state.add_chat(chat)

    def add_topic(self, chat_id: int, name: str, now: float, *, bot_id: int | None = None) -> Topic:
        """Add a topic to a forum, or to the private chat with a bot.

        Raises:
            WorldError: The chat cannot have topics.
        """
        chat = self.chat(chat_id, bot_id)
        if not (chat.is_forum or chat.is_private):
            raise WorldError("This chat has no topics.")
        return self._state.add_topic(chat, name, self.person(None), now)

    def begin(self, person_id: int, *, bot_id: int | None = None) -> Chat:
        """Return the private chat of a person and a bot; begin it if needed.

        Raises:
            MissingError: There is no such person or bot.
        """
        return self.chat(person_id, bot_id, may_begin=True)

    def chat(self, chat_id: int, bot_id: int | None = None, *, may_begin: bool = False) -> Chat:
        """Return the chat with this id.

        Args:
            chat_id: A person's id for the private chat with a bot.
            bot_id: Which bot; None: the first one.
            may_begin: Whether a private chat is begun where there is none.

        Raises:
            MissingError: There is no such chat.
        """
        bot = self.bot(bot_id)
        chat = self._state.chat(chat_id, bot.id)
        if chat is not None:
            return chat
        person = self._state.persons.get(chat_id)
        if person is None or not may_begin:
            raise MissingError(f"There is no chat {chat_id}.")
        return self._state.add_chat(
            Chat(
                person.id,
                ChatType.PRIVATE,
                person.first_name,
                bot_id=bot.id,
                username=person.username,
                access={bot.id: BotAccess.FULL},
            )
        )

    def topic(self, chat_id: int, thread_id: int) -> Topic:
        """Return a topic.

        Raises:
            MissingError: There is no such topic.
        """
        topic = self.chat(chat_id).topics.get(thread_id)
        if topic is None:
            raise MissingError(f"There is no topic {thread_id} in this chat.")
        return topic

    def bot(self, bot_id: int | None) -> Bot:
        """Return the bot with this id; None: the first one.

        Raises:
            MissingError: There is no such bot.
        """
        bots = self._state.bots
        bot = next(iter(bots.values()), None) if bot_id is None else bots.get(bot_id)
        if bot is None:
            raise MissingError("There is no such bot.")
        return bot

    def person(self, person_id: int | None) -> User:
        """Return the person with this id; None: you.

        Raises:
            MissingError: There is no such person.
        """
        persons = self._state.persons
        person = next(iter(persons.values()), None) if person_id is None else persons.get(person_id)
        if person is None:
            raise MissingError("There is no such person.")
        return person
