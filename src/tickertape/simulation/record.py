"""What happened in a run, as frozen values: the calls, the answers, the presses and the screens.

All of it is in Telegram's numbers, as the emulator speaks them. What our side tells by its opaque
ids is translated by `known_number`, when it is recorded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tickertape.channels.telegram.addresses import number_of
from tickertape.emulator.faults import Unreached, name_of
from tickertape.simulation.script import Deed, Script
from tickertape.simulation.servers import RICH_METHODS

__all__ = [
    "Done",
    "Press",
    "Record",
    "RoomRecord",
    "ShownMessage",
    "SimulatedCall",
    "Told",
    "known_number",
]

_POSTS = frozenset({"sendMessage", "sendRichMessage"})
_DRAFTS = frozenset({"sendMessageDraft", "sendRichMessageDraft"})
_EDITS = frozenset({"editMessageText", "appendText", "sealText"})
_DEADLINES: Final = {
    "sendMessage": 15.0,
    "sendRichMessage": 15.0,
    "editMessageText": 10.0,
    "appendText": 10.0,
    "sealText": 10.0,
    "deleteMessage": 10.0,
}
_NEVER_LEFT: Final = name_of(Unreached())
_SHORTEST_DEADLINE: Final = 4.0
_EPSILON: Final = 1e-6


def known_number(id_: str | None) -> int | None:
    """Return Telegram's number behind an id of ours; None where there is no id.

    Raises:
        ForeignIdError: when it is no id of Telegram.
    """
    return None if id_ is None else number_of(id_)


@dataclass(frozen=True, slots=True)
class SimulatedCall:
    """One call of the bot."""

    at: float
    """When it was made."""
    heard_at: float
    """When its answer came, or when its caller gave up waiting."""
    method: str
    """Which method."""
    chat_id: int
    """Which chat."""
    status: int | None
    """The status of the answer that was heard; None: none was, or none that can be read."""
    applied: bool
    """Whether the platform carried it out."""
    fault: str | None = None
    """Which fault struck it."""
    description: str = ""
    """What the platform said of a failure."""
    retry_after: int | None = None
    """The wait that it asked for."""
    text: str | None = None
    """The text that it carried."""
    message_id: int | None = None
    """The message that it made or named."""
    draft_id: int | None = None
    """The draft that it named."""
    arrived_at: float = 0.0
    """When the server had it, or the connection was refused."""

    @property
    def waited_until(self) -> float:
        """The moment until which the next call waits for its answer: its deadline at the latest.

        The deadlines are those of the channel: an answer may be listened for after that.
        """
        deadline = self.at + _DEADLINES.get(self.method, _SHORTEST_DEADLINE)
        return min(self.heard_at, deadline)

    @property
    def is_late(self) -> bool:
        """Whether its answer was heard after its deadline."""
        return self.status is not None and self.heard_at > self.waited_until + _EPSILON

    @property
    def never_left(self) -> bool:
        """Whether no connection could be made, which the caller knows."""
        return self.fault == _NEVER_LEFT

    @property
    def was_held(self) -> bool:
        """Whether the server got it only after its caller gave up waiting."""
        return self.arrived_at > self.waited_until

    @property
    def is_post(self) -> bool:
        """Whether it makes a message."""
        return self.method in _POSTS

    @property
    def is_unknown(self) -> bool:
        """Whether the server does not know what it asks for: a rich message."""
        return self.method in RICH_METHODS and self.status == 404

    @property
    def is_edit(self) -> bool:
        """Whether it changes what a message shows."""
        return self.method in _EDITS

    @property
    def is_traceless(self) -> bool:
        """Whether it is a draft or a sign: these share one limit."""
        return self.method in _DRAFTS or self.method == "sendChatAction"


@dataclass(frozen=True, slots=True)
class Told:
    """One answer, when the run was over."""

    room: int
    """In which room."""
    line: int
    """On which line of it."""
    number: int
    """Which one on the line."""
    thread_id: int | None
    """In which topic."""
    asked: bool
    """Whether a person wrote there just before: a place where that is possible is not dead."""
    began_at: float
    """When its run began."""
    ended_at: float
    """When its agent had said all, or was stopped."""
    done_at: float | None
    """When its run returned; None: never."""
    heard: str
    """What the agent said before the answer was ended: counted by the simulation."""
    said: str
    """What the agent said: as the consumer tells."""
    mark: str
    """What must stand below it in the bot's voice; empty: nothing."""
    stopped: bool
    """Whether a person stopped it before its end."""
    killed: int
    """How many programs were killed while it was given."""
    restarted: bool
    """Whether the agent took something back."""
    finals: tuple[str, ...]
    """The texts of its messages, as they must stand."""
    looks: tuple[str, ...]
    """How these messages must look (`tickertape.simulation.looks`)."""
    words: str
    """The letters of what they say: without what is repeated on a new page, and thinking."""
    message_ids: tuple[int | None, ...]
    """Its messages, for each of the texts; None where it has none."""
    doubtful: tuple[str, ...]
    """The texts of which it says that they may stand twice."""
    gave_up: str
    """Why it says that it cannot be delivered; empty: it can."""
    gave_up_words: str
    """The platform's words for that."""
    drafts_left: tuple[int, ...]
    """Its drafts that were still on screen when it was done."""
    cut_off: bool = False
    """Whether the program went down before it was done."""
    crash: str = ""
    """What its run raised."""

    @property
    def is_whole(self) -> bool:
        """Whether all of it must stand in the chat."""
        return not self.gave_up and not self.cut_off

    @property
    def where(self) -> str:
        """Which answer it is."""
        return f"room {self.room}, line {self.line}, answer {self.number}"


@dataclass(frozen=True, slots=True)
class Press:
    """A person pressed a stop button, and the bot was told."""

    at: float
    """When the bot read of it."""
    room: int
    """In which room."""
    draft_id: int | None
    """On which draft; None: on a message."""
    message_id: int | None
    """On which message; None: on a draft."""
    taken: bool
    """Whether it was about an answer: one under way, which it stops, or one that was done."""


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """One message of the bot."""

    chat_id: int
    """In which chat: a group that is upgraded has two numbers."""
    message_id: int
    """Its number."""
    thread_id: int | None
    """Its topic."""
    text: str
    """What it says."""
    looks: str = ""
    """How it looks (`tickertape.simulation.looks`)."""
    has_button: bool = False
    """Whether a button is under it."""
    open_until: float | None = None
    """Until when text could be added to it; None: never."""


@dataclass(frozen=True, slots=True)
class Done:
    """A deed of another participant."""

    deed: Deed
    """What."""
    happened: bool
    """Whether it was possible."""


@dataclass(frozen=True, slots=True)
class RoomRecord:
    """What is left of one room."""

    chat_ids: tuple[int, ...]
    """Its numbers, the newest last."""
    shown: tuple[ShownMessage, ...]
    """The messages of the bot that stand there, oldest first, those of its other program left
    out."""
    deleted: tuple[ShownMessage, ...]
    """The messages that people took away, as they stood then."""
    drafts: int
    """How many drafts are on screen long after the end."""


@dataclass(frozen=True, slots=True)
class Record:
    """One run."""

    script: Script
    """What was to happen."""
    calls: tuple[SimulatedCall, ...]
    """The calls, in the order in which they were made."""
    told: tuple[Told, ...]
    """The answers, in the order of the script."""
    presses: tuple[Press, ...]
    """The presses of stop buttons."""
    deeds: tuple[Done, ...]
    """What others did."""
    rooms: tuple[RoomRecord, ...]
    """What is left."""
    crashes: tuple[str, ...] = ()
    """What went wrong outside of any answer."""
