"""What delivery asks a channel to do (`Action`), and what came of it (`Outcome`).

Both are closed unions of frozen values: one can log them, replay them, and match on them until
nothing is left. An outcome never blurs "they said no" (`Throttled`, `Refused`: nothing was shown)
with "we never heard" (`Unknown`: it may have been shown).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, TypeAlias

from tickertape.chat import Address
from tickertape.markup.forms import PLAIN, Form

__all__ = [
    "Accepted",
    "Acknowledge",
    "Action",
    "Append",
    "Button",
    "Cause",
    "ClearButtons",
    "Delete",
    "Edit",
    "Find",
    "Outcome",
    "Post",
    "PostVoice",
    "Probe",
    "Reason",
    "Refused",
    "Seal",
    "ShowDraft",
    "Throttled",
    "Unknown",
]


@dataclass(frozen=True, slots=True)
class _At:
    address: Address
    """Where."""


@dataclass(frozen=True, slots=True)
class _OnMessage(_At):
    message_id: str
    """Which message."""


@dataclass(frozen=True, slots=True)
class _Addition(_OnMessage):
    text: str
    """The whole text that it shall have, as it can be read."""
    start: int
    """How many code points of that it has, as far as it was heard."""
    form: Form = PLAIN
    """How it looks."""

    @property
    def added(self) -> str:
        """The text that is added."""
        return self.text[self.start :]


class _Wordless:
    __slots__ = ()
    text: ClassVar[str] = ""
    """Nothing of it can be read."""


@dataclass(frozen=True, slots=True)
class ShowDraft(_At):
    """Show or replace an ephemeral preview. Repeating it is harmless."""

    draft_id: str
    """Which draft: one for each segment of a reply."""
    text: str
    """The whole text of the preview, as it can be read."""
    form: Form = PLAIN
    """How it looks."""


@dataclass(frozen=True, slots=True)
class Button:
    """A button under a message; a press of it comes in as `ButtonPressed`."""

    label: str
    """What is written on it."""
    data: str
    """What the press says: 1 to 48 characters of ASCII that can be printed. (Telegram allows 64
    bytes, and its channel marks ours: core.telegram.org/bots/api#inlinekeyboardbutton.)"""

    def __post_init__(self) -> None:
        """Refuse data that a platform may not carry.

        Raises:
            ValueError: when it is empty, too long, or more than printable ASCII.
        """
        if not (0 < len(self.data) <= 48 and self.data.isascii() and self.data.isprintable()):
            msg = "the data of a button is 1 to 48 printable ASCII characters"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Post(_At):
    """Create a message. Repeating it makes a second one."""

    text: str
    """The whole text of the message, as it can be read."""
    reply_to: str | None = None
    """The message that this one answers; where it is gone, the post goes out without."""
    form: Form = PLAIN
    """How it looks."""
    stop_button: bool = False
    """Whether readers get a button that stops the answer."""
    is_open: bool = False
    """Whether text is going to be added, until the message is sealed (`Append`, `Seal`)."""
    key: str = ""
    """The channel makes one message for it, however often it is asked for; empty: there is none."""
    buttons: tuple[Button, ...] = ()
    """Buttons for its readers, in one row, until `ClearButtons`; never with a stop button."""
    silent: bool = False
    """Whether its readers' devices make no sound for it."""


@dataclass(frozen=True, slots=True)
class PostVoice(_Wordless, _At):
    """Create a message that is heard, which no reply asks for. Repeating it makes a second one."""

    sound: bytes = field(repr=False)
    """An OGG file with Opus in it."""
    seconds: int
    """How long it lasts."""
    reply_to: str | None = None
    """The message that is read aloud; where it is gone, the voice goes out without."""


@dataclass(frozen=True, slots=True)
class Edit(_OnMessage):
    """Replace the text of a message. Repeating it is harmless."""

    text: str
    """The whole text that it shall have, as it can be read."""
    form: Form = PLAIN
    """How it looks; a text may become blocks, and blocks a text."""
    stop_button: bool = False
    """Whether it keeps, or gets, a button that stops the answer; an edit without takes it away."""


@dataclass(frozen=True, slots=True)
class Append(_Addition):
    """Add text at the end of an open message. Repeating it may add the text twice.

    A message that takes no more is `Reason.STREAM_OVER`.
    """


@dataclass(frozen=True, slots=True)
class Seal(_Addition):
    """End an open message, after the rest of its text was added: from then on it can be edited.

    Repeating it may add the text twice. A message that is not open is `Reason.STREAM_OVER`.
    """


@dataclass(frozen=True, slots=True)
class Delete(_OnMessage):
    """Take a message away that has nothing to say any more. Repeating it is harmless.

    Accepted, it shows nothing; a message that is not there is `Reason.MESSAGE_GONE`.
    """


@dataclass(frozen=True, slots=True)
class Probe(_At):
    """Do something that leaves no trace, to learn whether the channel can be heard.

    Repeating it is harmless. Where the surface has a sign that an answer is being written
    (`typing_lifetime`), this shows it, and nothing else. Accepted, it shows no text.
    """


@dataclass(frozen=True, slots=True)
class Find(_Wordless, _OnMessage):
    """Ask whether a message is there and is ours: that of a post which was not heard of, perhaps.

    A message of ours loses its stop button, if it had one, and is accepted with its id; its
    text stays as it is, and is told where the channel tells it. A message that is not there is
    `Reason.MESSAGE_GONE`, one of another author `Reason.NOT_EDITABLE`.
    """


@dataclass(frozen=True, slots=True)
class Acknowledge(_At):
    """Answer the press of a button, so that it looks noticed. Repeating it is harmless."""

    press_id: str
    """Which press, as the channel named it."""
    text: str = ""
    """What the person is told; empty: nothing."""


@dataclass(frozen=True, slots=True)
class ClearButtons(_Wordless, _OnMessage):
    """Take the buttons of a message away that no reply owns any more; its text stays as it is.

    Others may take their place. Repeating it is harmless. Accepted, it shows nothing.
    """

    buttons: tuple[Button, ...] = ()
    """The buttons that it has from then on, in one row; none: it has no buttons."""


Action: TypeAlias = (
    ShowDraft
    | Post
    | PostVoice
    | Edit
    | Append
    | Seal
    | Delete
    | Probe
    | Find
    | Acknowledge
    | ClearButtons
)
"""Anything that delivery may ask of a channel."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """It is on screen."""

    shown: str
    """The exact text that is on screen, as the channel reports it."""
    message_id: str | None = None
    """The message's id. None after what is no message, and after a post whose answer does not
    tell it: the message is there, and cannot be edited."""


@dataclass(frozen=True, slots=True)
class Throttled:
    """The channel refused for a while; nothing was shown."""

    retry_after: float
    """Seconds until the same call may be made again, as the channel said."""
    by_flood_control: bool = True
    """Whether the channel itself asked for the wait. False: the call never reached it, which says
    nothing about its limits."""


class Reason(StrEnum):
    """Why a channel said no for good: a closed set, so that each reason has one rule."""

    DRAFT_UNAVAILABLE = "draft_unavailable"
    """Drafts cannot be shown to this peer, or this server has none."""
    STREAM_UNAVAILABLE = "stream_unavailable"
    """Messages to which text is added cannot be opened for this peer."""
    STREAM_OVER = "stream_over"
    """Nothing can be added to the message any more: its time or size is over, or it was sealed."""
    FORMAT_REJECTED = "format_rejected"
    """The form of this text was not understood."""
    BLOCKS_UNKNOWN = "blocks_unknown"
    """The channel has no messages made of blocks, in any chat."""
    BLOCKS_FORBIDDEN = "blocks_forbidden"
    """Messages made of blocks are not allowed in this chat."""
    TOO_LONG = "too_long"
    """The text is over the channel's limit."""
    EMPTY = "empty"
    """The text has nothing to show."""
    MESSAGE_GONE = "message_gone"
    """The message to edit or delete is not there."""
    NOT_EDITABLE = "not_editable"
    """The message to edit or delete is there, and cannot be edited or deleted."""
    THREAD_GONE = "thread_gone"
    """The topic is not there."""
    CHAT_MOVED = "chat_moved"
    """The chat has another id."""
    CHAT_DEAD = "chat_dead"
    """We may not write there: blocked, kicked, deactivated, no rights, no such chat."""
    UNAUTHORIZED = "unauthorized"
    """The channel does not know us: nothing will succeed anywhere."""
    BROKEN_TRANSPORT = "broken_transport"
    """The transport raises instead of telling an outcome, whatever it is asked for."""
    MALFORMED = "malformed"
    """Refused for anything else."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The channel said no, for good; nothing was shown."""

    reason: Reason
    """Which rule applies."""
    detail: str = ""
    """The channel's own words, for the log."""
    moved_to: str | None = None
    """The chat's other id, with `CHAT_MOVED`."""


class Cause(StrEnum):
    """Why an answer was not heard."""

    LOST = "lost"
    """The connection broke, or what came is no answer: nothing more will come."""
    LATE = "late"
    """It did not come in time. The call is still open: what comes of it is told later."""
    RAISED = "raised"
    """The transport raised, which it promises not to do."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """We never heard: the call may or may not have been applied."""

    detail: str = ""
    """What happened instead of an answer, for the log."""
    cause: Cause = Cause.LOST
    """Why not."""


Outcome: TypeAlias = Accepted | Throttled | Refused | Unknown
"""What came of an action."""
