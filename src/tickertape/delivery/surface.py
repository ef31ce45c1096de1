"""What a channel can show, as one frozen value: delivery reads it and never asks for a platform."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from tickertape.delivery.ways import EDITS, DraftWay, Way, WholeWay, grows
from tickertape.markup.pages import BlockLimits, Dialect, Limits
from tickertape.markup.rulers import Ruler

__all__ = ["Bucket", "Cadence", "Limit", "MessageRow", "Surface", "Window"]


@dataclass(frozen=True, slots=True)
class Window:
    """At most `calls` calls in any `seconds` seconds."""

    calls: int
    """How many calls fit; at least 1."""
    seconds: float
    """How long the window is."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """`rate` calls a second in the long run, `burst` of them at once."""

    rate: float
    """Calls a second."""
    burst: int
    """Calls that may be made at once after a pause; at least 1."""


Limit: TypeAlias = Window | Bucket
"""One rule of a platform's flood control."""


@dataclass(frozen=True, slots=True)
class Cadence:
    """How often a chat takes calls. Every limit of a family holds at once."""

    messages: tuple[Limit, ...] = ()
    """For posts and edits, which share one budget."""
    drafts: tuple[Limit, ...] = ()
    """For drafts and chat actions, which share another."""
    shared: Limit | None = None
    """For the calls of all chats that have the same one here: a bot's, a workspace's; None: there
    is none."""


@dataclass(frozen=True, slots=True)
class MessageRow:
    """Messages that a channel counts one by one, each later one by a greater number.

    Only the channel can read an id; here it says what is needed to tell which messages may lie
    behind those that are known.
    """

    tries: int
    """How many messages are worth asking about to find one."""
    number: Callable[[str], int]
    """Return the number of a message, from its id."""
    id: Callable[[int], str]
    """Return the id of the message with a number."""
    name: str = ""
    """Chats whose messages are counted together have the same; empty: the chat's own row."""


@dataclass(frozen=True, slots=True)
class Surface:
    """What can be shown at one address."""

    limit: int
    """The longest message, in the ruler's units."""
    ruler: Ruler
    """How the platform measures a text."""
    ways: tuple[Way, ...] = EDITS
    """How an answer can grow here, the best way first."""
    dialect: Dialect = "raw"
    """How what the agent says is read: as it stands, or as Markdown that is shown formatted."""
    spans: int | None = None
    """How many spans of formatting a message may have; None: any number."""
    blocks: BlockLimits | None = None
    """What a message made of blocks may hold; None: there are none here."""
    typing_lifetime: float = 0.0
    """Seconds for which the sign is shown that an answer is being written; 0: there is none."""
    rich: Literal["auto", "always"] | None = None
    """When a message is made of blocks here, whatever the operator chose, as all readers' programs
    show them; None: as `StreamingConfig.rich` says."""
    stop_buttons: bool = False
    """Whether a message can carry a button that stops the answer."""
    button_calls: int = 0
    """How many more calls a message with a stop button takes, where the button is something that is
    made by itself, and taken away again."""
    buttons: bool = False
    """Whether a message can carry buttons of other kinds (`Post.buttons`)."""
    voice_limit: int = 0
    """Bytes of the longest voice note; 0: there are none here."""
    has_keys: bool = False
    """Whether a post with the same `key` makes no second message: then it is just made again."""
    row: MessageRow | None = None
    """How the messages here are counted, where a post whose answer was not heard can be looked for
    (`tickertape.delivery.actions.Find`); None: it cannot."""
    cadence: Cadence = Cadence()
    """The chat's flood limits, as far as they are known."""

    @property
    def has_drafts(self) -> bool:
        """Whether ephemeral previews exist here."""
        return any(isinstance(way, DraftWay) for way in self.ways)

    @property
    def has_edits(self) -> bool:
        """Whether a message can be changed once it is complete."""
        return any(not isinstance(way, WholeWay) for way in self.ways)

    def __post_init__(self) -> None:
        """Refuse a surface on which a preview could not be kept.

        Raises:
            ValueError: when text is only added to messages, and previews of it may change.
        """
        if self.dialect == "markdown" and any(grows(way) for way in self.ways):
            msg = "text that is only added has the dialect raw or source: what is shown stays"
            raise ValueError(msg)

    def limits(self, *, with_blocks: bool) -> Limits:
        """Return what one message may hold; `with_blocks` is whether it may be made of them."""
        return Limits(self.limit, self.ruler, self.spans, self.blocks if with_blocks else None)
