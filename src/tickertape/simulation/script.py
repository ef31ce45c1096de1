"""All that is to happen in one run, as a frozen value: who says what, when, and what goes wrong.

A script is complete. Nothing that a run does depends on anything else, so a script that fails can
be printed, cut down and kept as a test.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias, assert_never

from tickertape.chat import ChatKind
from tickertape.delivery.streaming import StreamingConfig
from tickertape.emulator.faults import PlannedFault
from tickertape.emulator.settings import Settings
from tickertape.events import (
    Event,
    ReasoningDelta,
    Restarted,
    SegmentEnded,
    TextDelta,
    ToolFinished,
    ToolStarted,
)

__all__ = [
    "CURSOR",
    "Beat",
    "BeatKind",
    "Deed",
    "DeedKind",
    "Ending",
    "Line",
    "Restart",
    "Room",
    "RoomKind",
    "Script",
    "Speech",
    "Stop",
    "StopBy",
    "StreamKind",
    "chat_id_of",
    "kind_of",
]

CURSOR = "▌"
"""What ends previews where there is a cursor; no agent says it."""

StreamKind: TypeAlias = Literal["append", "extend"]
"""How text is added to messages: as to Slack's streams, or as to Teams'."""

RoomKind: TypeAlias = Literal["private", "group", "supergroup", "forum", "channel"]
"""What sort of chat it is."""

BeatKind: TypeAlias = Literal["text", "think", "tool", "result", "segment", "restart"]
"""What an agent says at once: words, thinking, the beginning and the end of a tool, the end of a
message, or that its attempt is made again."""

Ending: TypeAlias = Literal["finish", "length", "fail", "never"]
"""How an answer ends if it is not stopped: complete, at the model's limit, broken off, or not at
all, which leaves it to the timeout of the run."""

StopBy: TypeAlias = Literal["command", "draft", "message", "shutdown", "cancel"]
"""Who stops it: a command in the chat, the button of the draft, a button of the message, the
program that goes down, or a cancelled task that waits for the answer. Where text is added to
messages there are no drafts: the button of the message is pressed."""

DeedKind: TypeAlias = Literal[
    "write",
    "delete",
    "delete_question",
    "block",
    "unblock",
    "deactivate",
    "kick",
    "demote",
    "admit",
    "close_topic",
    "delete_topic",
    "upgrade",
    "post",
    "type",
    "end_stream",
]
"""What another participant does in a chat; `post` and `type` are those of another program of the
bot, which spends the same limits, and `end_stream` is done by readers, or by the platform."""


@dataclass(frozen=True, slots=True)
class Beat:
    """One thing that an agent says."""

    pause: float
    """Seconds after the one before."""
    kind: BeatKind
    """What sort of thing."""
    text: str = ""
    """The words, the thought or the tool's name."""

    def event(self) -> Event:
        """Return it as an agent's event."""
        match self.kind:
            case "text":
                return TextDelta(self.text)
            case "think":
                return ReasoningDelta(self.text)
            case "tool":
                return ToolStarted(self.text, self.text)
            case "result":
                return ToolFinished(self.text, self.text, ok=True)
            case "segment":
                return SegmentEnded()
            case "restart":
                return Restarted()
            case _:
                assert_never(self.kind)


@dataclass(frozen=True, slots=True)
class Stop:
    """A person stops an answer."""

    after: float
    """Seconds after it began."""
    by: StopBy
    """Who."""
    lost: bool = False
    """Whether the press of a button is lost on its way to the bot."""


@dataclass(frozen=True, slots=True)
class Speech:
    """One answer of an agent."""

    pause: float
    """Seconds after the answer before it on the same line was done."""
    beats: tuple[Beat, ...]
    """What it says."""
    ending: Ending = "finish"
    """How it ends if it is not stopped."""
    stop: Stop | None = None
    """Who stops it; None: it is not stopped."""
    config: StreamingConfig = field(default_factory=StreamingConfig)
    """How it streams."""
    points_back: bool = False
    """Whether its first message answers that of the person who asked."""
    timeout: float = 10_000.0
    """Seconds after which the run ends an unfinished answer."""


@dataclass(frozen=True, slots=True)
class Line:
    """Answers in one place, one after the other."""

    topic: int | None
    """Which topic of the room, counted from 0; None: outside of topics."""
    speeches: tuple[Speech, ...]
    """The answers."""


@dataclass(frozen=True, slots=True)
class Room:
    """One chat."""

    kind: RoomKind
    """What sort of chat it is."""
    lines: tuple[Line, ...]
    """What is answered in it; the lines go on at the same time."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What the other participants do."""

    at: float
    """When, in seconds from the beginning of the run."""
    kind: DeedKind
    """What."""
    room: int
    """In which room, counted from 0."""
    which: int = 0
    """Which message, counted from the newest; or which topic, counted from 0."""


@dataclass(frozen=True, slots=True)
class Restart:
    """The program goes down in the middle of its life, and another one goes on.

    Nothing begins while it is down, and what it learned about limits is all that is left of it; but
    where it is killed, its answers are resumed from what was stored of them last.
    """

    at: float
    """When it is told to go down, in seconds from the beginning of the run."""
    grace: float
    """Seconds that answers get to be committed; what is not done then is cut off."""
    down_for: float
    """Seconds until the next one is there."""
    is_kill: bool = False
    """Whether it was not told: it ends between two instructions, and its answers go on."""


@dataclass(frozen=True, slots=True)
class Script:
    """One run."""

    seed: int
    """What it was drawn from; chance inside the run comes of it too."""
    rooms: tuple[Room, ...]
    """The chats."""
    deeds: tuple[Deed, ...] = ()
    """What others do, in order of time."""
    faults: tuple[PlannedFault, ...] = ()
    """What befalls calls."""
    settings: Settings = field(default_factory=lambda: Settings(round_trip=0.08))
    """How the platform behaves; a call takes 80 ms where nothing else is said: a server on the same
    continent."""
    restarts: tuple[Restart, ...] = ()
    """When the program restarts, in order of time."""
    has_aiogram: bool = False
    """Whether the bot is aiogram's; else it speaks through the client of the gateway."""
    has_rich: bool = True
    """Whether the server knows rich messages; an older one does not."""
    only_writer: bool = False
    """Whether the program may take it that no one else writes for its bot, and look for posts that
    it has not heard of."""

    streams: StreamKind | None = None
    """How text is added to messages; None: it is not, as on Telegram."""

    @property
    def outages(self) -> tuple[PlannedFault, ...]:
        """The faults that last."""
        return tuple(planned for planned in self.faults if planned.until is not None)


def chat_id_of(index: int, kind: RoomKind) -> int:
    """Return the number of the chat that is room `index`."""
    match kind:
        case "private":
            return 2001 + index
        case "group":
            return -6001 - index
        case "supergroup" | "forum" | "channel":
            return -1_001_000_001_001 - index
        case _:
            assert_never(kind)


def kind_of(room: RoomKind) -> ChatKind:
    """Return the kind of chat that such a room is."""
    match room:
        case "private":
            return ChatKind.PRIVATE
        case "channel":
            return ChatKind.CHANNEL
        case "group" | "supergroup" | "forum":
            return ChatKind.GROUP
        case _:
            assert_never(room)
