"""What follows from a refusal: one table, printed in docs/design.md.

A row is why the channel said no, a column what was asked. Facts about platforms stand in their
channels' tables, which map answers to reasons; what follows from a reason stands here, and what
each consequence does in `tickertape.delivery.reply.ladders`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final, assert_never

from tickertape.delivery.actions import (
    Acknowledge,
    Action,
    Append,
    ClearButtons,
    Delete,
    Edit,
    Find,
    Post,
    PostVoice,
    Probe,
    Reason,
    Seal,
    ShowDraft,
)

__all__ = ["AFTER_THREE", "RULES", "Asked", "Then", "asked_of"]


class Asked(StrEnum):
    """What a channel was asked to do."""

    DRAFT = "show a draft"
    OPEN = "open a message"
    ADD = "add to it, or seal it"
    POST = "post"
    EDIT = "edit"
    DELETE = "delete"
    QUESTION = "find out something"


class Then(StrEnum):
    """What follows from a refusal."""

    TRY_AGAIN = "try again"
    """After a pause that doubles; after three refusals in a row `AFTER_THREE` says what."""
    NEXT_WAY = "next way"
    """Show previews in the next way of the list."""
    LAST_WAY = "no previews"
    """Show nothing but finals."""
    EDIT_INSTEAD = "edit instead"
    """Nothing can be added to the message any more: edit it as a whole."""
    ADD_NO_MORE = "add no more"
    """Seal the message as it stands, and edit it, as all that follow; where it cannot be sealed,
    edit it all the same."""
    POST_ANEW = "post anew"
    """The message is out of reach: post its text again."""
    PLAINER = "plainer"
    """Show the text in the next plainer form."""
    NO_BLOCKS_HERE = "no blocks here"
    """Show no blocks in this chat for a while."""
    NO_BLOCKS_ANYWHERE = "no blocks anywhere"
    """Show no blocks in any chat for a while."""
    SHRINK = "cut in two"
    """Cut the text, and all that follows, into shorter pieces."""
    SHOW_NOTHING = "show nothing"
    """There is nothing to show in the text."""
    IS_GONE = "is gone"
    """The message that has to go is not there."""
    SAY_EMPTY = "say that it is empty"
    """The message that has to go stays: it says that it is empty."""
    NO_ANSWER = "it is not the one"
    """The channel is heard, and what was asked about is not what is looked for."""
    LEAVE_TOPIC = "leave the topic"
    """Go on in the chat outside of its topics; outside already: give up."""
    MOVE = "move"
    """Go on in the chat's new place; where none is named: give up."""
    GIVE_UP = "give up"
    """The reply cannot be delivered."""


_TEXT: Final = (Asked.DRAFT, Asked.OPEN, Asked.ADD, Asked.POST, Asked.EDIT)
_ALL: Final = tuple(Asked)

_ROWS: Final = (
    # The place is wrong, whatever was to be shown there.
    (_ALL, (Reason.THREAD_GONE,), Then.LEAVE_TOPIC),
    (_ALL, (Reason.CHAT_MOVED,), Then.MOVE),
    (_ALL, (Reason.CHAT_DEAD, Reason.UNAUTHORIZED), Then.GIVE_UP),
    # The way is closed.
    ((Asked.DRAFT,), (Reason.DRAFT_UNAVAILABLE,), Then.NEXT_WAY),
    ((Asked.OPEN,), (Reason.STREAM_UNAVAILABLE,), Then.NEXT_WAY),
    ((Asked.ADD,), (Reason.STREAM_OVER,), Then.EDIT_INSTEAD),
    # The message is not what it was.
    ((Asked.EDIT, Asked.ADD), (Reason.MESSAGE_GONE, Reason.NOT_EDITABLE), Then.POST_ANEW),
    ((Asked.DELETE,), (Reason.MESSAGE_GONE,), Then.IS_GONE),
    ((Asked.DELETE,), (Reason.NOT_EDITABLE,), Then.SAY_EMPTY),
    # The text is not right.
    (_TEXT, (Reason.TOO_LONG,), Then.SHRINK),
    (_TEXT, (Reason.EMPTY,), Then.SHOW_NOTHING),
    (_TEXT, (Reason.FORMAT_REJECTED,), Then.PLAINER),
    (_TEXT, (Reason.BLOCKS_FORBIDDEN,), Then.NO_BLOCKS_HERE),
    (_TEXT, (Reason.BLOCKS_UNKNOWN,), Then.NO_BLOCKS_ANYWHERE),
    # Nothing in particular.
    ((Asked.QUESTION,), tuple(Reason), Then.NO_ANSWER),
    (_ALL, tuple(Reason), Then.TRY_AGAIN),
)


def _pairs() -> Iterator[tuple[tuple[Asked, Reason], Then]]:
    for kinds, reasons, then in reversed(_ROWS):  # the first row counts, so it comes last
        for asked in kinds:
            for reason in reasons:
                yield (asked, reason), then


RULES: Final[Mapping[tuple[Asked, Reason], Then]] = dict(_pairs())
"""What follows, for each thing that may be asked and each reason."""

AFTER_THREE: Final[Mapping[tuple[Asked, bool], Then]] = {
    (Asked.DRAFT, False): Then.NEXT_WAY,
    (Asked.OPEN, False): Then.NEXT_WAY,
    (Asked.ADD, False): Then.ADD_NO_MORE,
    (Asked.ADD, True): Then.ADD_NO_MORE,
    (Asked.POST, False): Then.LAST_WAY,
    (Asked.EDIT, False): Then.LAST_WAY,
    (Asked.EDIT, True): Then.POST_ANEW,
    (Asked.DELETE, True): Then.SAY_EMPTY,
    (Asked.POST, True): Then.GIVE_UP,
}
"""What follows from three refusals in a row, for what was asked and whether it was a final."""


def asked_of(action: Action) -> Asked:
    """Return what an action asks for, as the table has it."""
    match action:
        case ShowDraft():
            return Asked.DRAFT
        case Post(is_open=is_open):
            return Asked.OPEN if is_open else Asked.POST
        case Append() | Seal():
            return Asked.ADD
        case Edit():
            return Asked.EDIT
        case Delete():
            return Asked.DELETE
        case Probe() | Find() | PostVoice() | Acknowledge() | ClearButtons():
            return Asked.QUESTION
        case _ as unreachable:
            assert_never(unreachable)
