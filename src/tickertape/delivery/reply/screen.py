"""What was acknowledged of a segment: what a reader sees of it, as far as we know."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

from tickertape.delivery.actions import Append, Edit, Post, Seal, ShowDraft
from tickertape.markup.forms import Rendering

__all__ = [
    "Blank",
    "Doubtful",
    "Drafted",
    "Posted",
    "Screen",
    "Unheard",
    "Unshowable",
    "asked",
    "may_show",
]


@dataclass(frozen=True, slots=True)
class Blank:
    """Nothing of the segment is on screen, as far as we know."""

    until: float = float("-inf")
    """Before when nothing is posted: posts of it were not heard of."""


@dataclass(frozen=True, slots=True)
class Drafted:
    """A draft of the segment was acknowledged."""

    shown: Rendering
    """What the draft shows; empty where a later frame was never heard of."""
    at: float
    """When it was acknowledged: its life is counted from here."""


@dataclass(frozen=True, slots=True)
class Posted:
    """The segment has a message."""

    message_id: str
    """The message."""
    shown: Rendering
    """What the message shows, as it was acknowledged last."""
    stop_button: bool = False
    """Whether it carries a button that stops the answer."""
    unheard: tuple[Rendering, ...] = ()
    """What later edits would show that were never heard of: any of them may be there instead."""
    open_since: float | None = None
    """When it was opened, where text is only added to it; None: it can be edited as a whole."""
    nth: int = 0
    """Which post of the reply made it: the messages of later ones stand below."""


@dataclass(frozen=True, slots=True)
class Unheard:
    """The segment may have a message whose id is not known: a post's answer was not heard."""

    post: Post
    """What was posted."""
    since: float
    """When."""
    after: str | None = None
    """The latest message that was known then: the one that it made came later; None: none was."""
    asked: tuple[str, ...] = ()
    """The messages that were asked about, and not found to be the one."""
    gone: tuple[str, ...] = ()
    """Those of these that are not there at all."""
    unsure: bool = False
    """Whether a question about one of these was refused for another reason: it may be the one."""
    heard: bool = False
    """Whether the channel was heard since, other than that it took the post."""
    silent: bool = False
    """Whether its call was given up after a silence: it may be on its way still."""
    certain: bool = False
    """Whether the post was accepted, only without an id: then it is on screen."""
    left: bool = False
    """Whether the process that made it is gone: nothing sends it any more."""
    nth: int = 0
    """Which post of the reply it is."""


@dataclass(frozen=True, slots=True)
class Doubtful:
    """The segment may have messages, as many as may be risked, and none could be found."""


@dataclass(frozen=True, slots=True)
class Unshowable:
    """The channel finds nothing to show in the segment's text."""


Screen: TypeAlias = Blank | Drafted | Posted | Unheard | Doubtful | Unshowable
"""What was acknowledged of a segment."""


_UNHEARD_KEPT = 8


def asked(action: ShowDraft | Post | Edit | Append | Seal) -> Rendering:
    """Return what an action shall show."""
    return Rendering(action.text, action.form)


def may_show(screen: Posted, action: Edit) -> Posted:
    """Return the screen of a message that may show what `action` asked for instead."""
    unheard = (*screen.unheard, asked(action))[-_UNHEARD_KEPT:]
    return replace(screen, unheard=unheard, stop_button=screen.stop_button or action.stop_button)
