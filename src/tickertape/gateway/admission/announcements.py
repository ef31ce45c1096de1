"""Tells admins who asks to be let in, with buttons where there are some."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from tickertape.chat import Address, ChatKind, Person
from tickertape.delivery.actions import Accepted, ClearButtons, Post
from tickertape.gateway.admission import wording
from tickertape.gateway.admission.orders import buttons_of
from tickertape.gateway.admission.requests import Request
from tickertape.gateway.admission.surroundings import Surroundings

__all__ = ["Announcements"]

_LOG = logging.getLogger(__name__)


class Announcements:
    """Posts announcements, and removes their buttons when the request is over."""

    def __init__(self, around: Surroundings) -> None:
        """Begin without a request.

        Args:
            around: the gateway.
        """
        self._around = around
        # The messages with buttons of each request that is open, by its key.
        self._posted: dict[str, list[ClearButtons]] = {}

    def begin(self, request: Request) -> None:
        """Begin to announce a request; `end` comes later."""
        self._posted.setdefault(request.key, [])

    def places(
        self, request: Request, known: Iterable[tuple[str, str, str]]
    ) -> tuple[Address, ...]:
        """Return where a request is announced: to those who are admins there, and may decide.

        Args:
            request: the request.
            known: private chats of admins: channel, person and chat.
        """
        access = self._around.access()
        return tuple(
            Address(channel, chat, ChatKind.PRIVATE)
            for channel, id_, chat in known
            if access.is_admin(channel, Person(id_, ""))
            and access.is_admin(request.channel, Person(id_, ""))
            and self._around.has_channel(channel)
        )

    async def post(self, request: Request, at: Address) -> None:
        """Post a request where an admin reads it."""
        has_buttons = self._around.has_buttons(at)
        text = wording.announcement(request, buttons=has_buttons)
        buttons = buttons_of(request.key) if has_buttons else ()
        outcome = await self._around.post(Post(at, text, buttons=buttons))
        if not isinstance(outcome, Accepted):
            # The words of a refusal are the platform's; nothing of a message is in them.
            fields = {"channel": at.channel, "chat": at.chat, "error": repr(outcome)[:300]}
            _LOG.warning("an admin is not told of a request", extra=fields)
        elif outcome.message_id is not None and buttons:
            self.note(request.key, ClearButtons(at, outcome.message_id))

    def note(self, key: str, clear: ClearButtons) -> None:
        """Record a message with the buttons of a request; where that is over, remove them."""
        noted = self._posted.get(key)
        if noted is None:
            self._around.clear(clear)
        elif clear not in noted:
            noted.append(clear)

    def end(self, key: str) -> None:
        """Start removing the buttons of a request that is over."""
        for clear in self._posted.pop(key, ()):
            self._around.clear(clear)
