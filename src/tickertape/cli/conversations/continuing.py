"""Which conversation goes on, and with which model."""

from __future__ import annotations

from dataclasses import replace

from tickertape.cli.conversations.log import ConversationLog, SavedConversation
from tickertape.cli.overrides import Overrides
from tickertape.errors import UsageError

__all__ = ["continued", "resumed"]


def continued(log: ConversationLog, *, is_newest: bool, id_: str) -> SavedConversation | None:
    """Return the conversation that goes on; None: another one begins.

    Args:
        log: where conversations are.
        is_newest: whether it is the one in which something was said last.
        id_: its id, or how that begins; empty: it is not named.

    Raises:
        UsageError: when it is not there.
        LogError: when the file cannot be read.
    """
    if id_:
        if (found := log.find(id_)) is None:
            told = f"no conversation has the id {id_!r}"
            raise UsageError(f"{told}; `tickertape logs --short` lists some")
        return found
    if not is_newest:
        return None
    if (found := log.newest()) is None:
        raise UsageError("there is no conversation to continue yet")
    return found


def resumed(wanted: Overrides, before: SavedConversation | None) -> Overrides:
    """Return what is asked for, filled with what a conversation had before.

    Args:
        wanted: what the command line said.
        before: the conversation that goes on; None: none does.
    """
    if before is None:
        return wanted
    return replace(
        wanted,
        system=before.system if wanted.system is None else wanted.system,
        model_before="" if wanted.model else before.model,
    )
