"""The world of a run: its chats and people, what others do there, and what is left at the end."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, assert_never

from tickertape.channels.telegram.addresses import chat_of, number_of, topic_of
from tickertape.chat import Address
from tickertape.emulator.chats import Bot, ChatType, StoredMessage
from tickertape.emulator.drafts import Draft
from tickertape.emulator.keyboards import callback_data_of
from tickertape.emulator.people import WorldError
from tickertape.emulator.scene import BOT_NAME, TOKEN, YOU
from tickertape.emulator.world import World
from tickertape.simulation.looks import seen_of
from tickertape.simulation.record import Done, RoomRecord, ShownMessage
from tickertape.simulation.script import Deed, Room, Script, chat_id_of, kind_of
from tickertape.simulation.servers import server_of
from tickertape.simulation.streams import StreamWorld

__all__ = ["OTHER", "SimulationStage"]

OTHER = "Another program of the bot was here"
"""What the other program of the bot posts."""

_TOPICS = 2


class SimulationStage:
    """The emulated Telegram of one run.

    It takes our addresses and ids, and numbers what it does as Telegram does; what it tells of the
    world (`RoomRecord`) is in Telegram's numbers.

    Args:
        script: What is to happen.
    """

    def __init__(self, script: Script) -> None:
        self.script = script
        """What is to happen."""
        self.world = server_of(script)
        """The emulated Telegram."""
        self._topics: list[list[int]] = []
        self._chat_ids: list[list[int]] = []
        self._questions: dict[int, list[int]] = {}
        self._deleted: dict[int, list[ShownMessage]] = {}
        self._offset = 0
        self.world.add_bot(TOKEN, BOT_NAME, "Tickertape")
        self.world.add_person(YOU, "You", "you")
        for index, room in enumerate(script.rooms):
            self._furnish(index, room)
        for planned in script.faults:
            self.world.faults.add(planned)

    def address(self, room: int, topic: int | None) -> Address:
        """Return where answers go."""
        thread = None if topic is None else str(self._topics[room][topic])
        kind = kind_of(self.script.rooms[room].kind)
        return Address("telegram", str(self._chat_ids[room][0]), kind, thread)

    def chat_ids(self, room: int) -> tuple[int, ...]:
        """Return the numbers of a room, the newest last."""
        return tuple(self._chat_ids[room])

    def room_of(self, address: Address) -> int:
        """Return the room that an address is in."""
        chat_id = chat_of(address)
        return next(room for room, ids in enumerate(self._chat_ids) if chat_id in ids)

    def ask(self, room: int, address: Address, now: float) -> str | None:
        """Ask a question as a person; return the message's id, if it could be written."""
        try:
            question = self.world.person_writes(
                chat_of(address), "A question?", now, thread_id=topic_of(address)
            )
        except WorldError:
            return None
        self._questions.setdefault(room, []).append(question.message_id)
        return str(question.message_id)

    def drafts_of(self, to: Address, draft_ids: Iterable[str]) -> list[Draft]:
        """Return those of some drafts that stand in a chat."""
        numbers = set(map(number_of, draft_ids))
        return [one for one in self.world.screen(chat_of(to)).drafts if one.draft_id in numbers]

    def press_draft(self, to: Address, now: float, *, is_told: bool) -> None:
        """Press the button of the draft in a place as a person, if there is one."""
        chat_id, thread_id = chat_of(to), topic_of(to)
        self.world.advance(now)
        for draft in self.world.screen(chat_id).drafts:
            if draft.thread_id == thread_id and draft.can_stop:
                self.world.press_stop(
                    chat_id, draft.draft_id, now, thread_id=thread_id, is_told=is_told
                )
                return

    def press_message(self, to: Address, now: float) -> None:
        """Press the newest button in a place as a person, if a message there has one."""
        chat_id, thread_id = chat_of(to), topic_of(to)
        for message in reversed(self.world.screen(chat_id).messages):
            data = sorted(callback_data_of(message.markup))
            if data and message.thread_id == thread_id:
                self.world.press_button(chat_id, message.message_id, data[0], now)
                if isinstance(self.world, StreamWorld):  # it ends the message there
                    self.world.end_stream(chat_id, now, message.message_id)
                return

    def updates(self, now: float) -> list[object]:
        """Return the bot's updates since the last time."""
        params: dict[str, object] = {"offset": self._offset, "limit": 100}
        found = self.world.apply(TOKEN, "getUpdates", params, now).result
        updates = found if isinstance(found, list) else []
        for update in updates:
            self._offset = max(self._offset, update["update_id"] + 1)
        return updates

    def act(self, deed: Deed, now: float) -> Done:
        """Perform the deed of another participant, as far as it is possible."""
        try:
            return Done(deed, self._act(deed, now))
        except WorldError:
            return Done(deed, happened=False)

    def left(self, room: int) -> RoomRecord:
        """Return what is left of a room."""
        shown: list[ShownMessage] = []
        drafts = 0
        for chat_id in self._chat_ids[room]:
            screen = self.world.screen(chat_id)
            drafts += len(screen.drafts)
            shown += [self._shown(item) for item in screen.messages if _is_ours(item)]
        deleted = self._deleted.get(room, ())
        return RoomRecord(self.chat_ids(room), tuple(shown), tuple(deleted), drafts)

    def _furnish(self, index: int, room: Room) -> None:
        chat_id = chat_id_of(index, room.kind)
        self._chat_ids.append([chat_id])
        self._topics.append([])
        match room.kind:
            case "private":
                self.world.add_person(chat_id, f"Person {index}")
                self.world.begin(chat_id)
            case "group":
                self.world.add_chat(chat_id, ChatType.GROUP, f"Group {index}")
            case "supergroup":
                self.world.add_chat(chat_id, ChatType.SUPERGROUP, f"Supergroup {index}")
            case "forum":
                self.world.add_chat(
                    chat_id, ChatType.SUPERGROUP, f"Forum {index}", is_forum=True
                ).last_message_id = 1
            case "channel":
                self.world.add_chat(chat_id, ChatType.CHANNEL, f"Channel {index}")
            case _:
                assert_never(room.kind)
        if any(line.topic is not None for line in room.lines):
            names = [f"Topic {number}" for number in range(_TOPICS)]
            self._topics[index] = [self.world.add_topic(chat_id, name, 0.0).id for name in names]

    def _act(self, deed: Deed, now: float) -> bool:
        world, chat_id = self.world, self._chat_ids[deed.room][-1]
        match deed.kind:
            case "write":
                world.person_writes(chat_id, "Something else", now)
            case "delete":
                return self._delete(deed, chat_id, now)
            case "delete_question":
                return self._delete_question(deed, now)
            case "close_topic" | "delete_topic":
                return self._end_topic(deed, chat_id)
            case "upgrade":
                self._chat_ids[deed.room].append(world.upgrade_to_supergroup(chat_id, now).id)
            case "post":
                return self._call("sendMessage", {"chat_id": chat_id, "text": OTHER}, now)
            case "end_stream":
                return isinstance(world, StreamWorld) and world.end_stream(chat_id, now)
            case "type":
                return self._call("sendChatAction", {"chat_id": chat_id, "action": "typing"}, now)
            case _:
                _change_access(world, deed.kind, chat_id, now)
        return True

    def _call(self, method: str, params: dict[str, object], now: float) -> bool:
        """Make a call of the bot's other program; its calls are not in the log."""
        return self.world.apply(TOKEN, method, params, now).status == 200

    def _delete(self, deed: Deed, chat_id: int, now: float) -> bool:
        ours = [item for item in self.world.screen(chat_id).messages if _is_ours(item)]
        if deed.which >= len(ours):
            return False
        message = ours[-1 - deed.which]
        self.world.delete_message(chat_id, message.message_id, now)
        self._deleted.setdefault(deed.room, []).append(self._shown(message))
        return True

    def _delete_question(self, deed: Deed, now: float) -> bool:
        questions = self._questions.get(deed.room)
        if not questions:
            return False
        self.world.delete_message(self._chat_ids[deed.room][0], questions.pop(), now)
        return True

    def _end_topic(self, deed: Deed, chat_id: int) -> bool:
        topics = self._topics[deed.room]
        if deed.which >= len(topics):
            return False
        thread_id = topics[deed.which]
        if deed.kind == "close_topic":
            self.world.close_topic(chat_id, thread_id)
            return True
        gone = [m for m in self.world.screen(chat_id).messages if m.thread_id == thread_id]
        self.world.delete_topic(chat_id, thread_id)
        ours = [self._shown(message) for message in gone if _is_ours(message)]
        self._deleted.setdefault(deed.room, []).extend(ours)
        return True

    def _shown(self, message: StoredMessage) -> ShownMessage:
        seen, world = seen_of(message.content), self.world
        place = message.chat.id, message.message_id
        return ShownMessage(
            *place,
            message.thread_id,
            seen.text,
            seen.looks,
            bool(message.markup),
            world.open_until(*place) if isinstance(world, StreamWorld) else None,
        )


def _change_access(
    world: World,
    kind: Literal["block", "unblock", "deactivate", "kick", "demote", "admit"],
    chat_id: int,
    now: float,
) -> None:
    match kind:
        case "block":
            world.block(chat_id, now)
        case "unblock":
            world.unblock(chat_id, now)
        case "deactivate":
            world.deactivate(chat_id, now)
        case "kick":
            world.kick(chat_id, now)
        case "demote":
            world.demote(chat_id, now)
        case "admit":
            world.admit(chat_id, now)
        case _:
            assert_never(kind)


def _is_ours(message: StoredMessage) -> bool:
    """Return whether the program under test wrote it."""
    is_written = isinstance(message.sender, Bot) and message.service is None
    return is_written and message.content.text.text != OTHER
