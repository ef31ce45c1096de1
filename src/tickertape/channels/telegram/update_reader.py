"""Reads updates, however they came: by polling or by a webhook."""

from __future__ import annotations

import logging
from typing import Final

from tickertape.channels.telegram.inbound import Groups, Me, inbound_of, update_id_of
from tickertape.chat import Inbound

__all__ = ["UpdateReader"]

_log: Final = logging.getLogger(__name__)


class UpdateReader:
    """Reads the updates of one bot."""

    def __init__(self, me: Me, groups: Groups) -> None:
        """Prepare to read.

        Args:
            me: the bot's identity, with the name of its channel.
            groups: the messages that are read in groups and channels.
        """
        self._me = me
        self._groups: Groups = groups
        self._log = logging.LoggerAdapter(_log, {"channel": me.channel})

    def inbound(self, update: object) -> Inbound | None:
        """Return the event of an update; None if it has none, or is malformed, which is logged.

        Nothing of a malformed one is logged but its number: the rest may be a person's words.
        """
        try:
            return inbound_of(update, self._me, self._groups)
        except (ValueError, RecursionError):
            self._log.warning("skipped update %s: it is malformed", update_id_of(update))
            return None
