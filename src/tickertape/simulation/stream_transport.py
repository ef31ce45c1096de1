"""The channel of a platform to whose messages text is added (`tickertape.simulation.streams`)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from typing_extensions import override

from tickertape.channels.telegram import TelegramTransport
from tickertape.channels.telegram.calls import ApiCall, BotClient
from tickertape.channels.telegram.outbound import call_of
from tickertape.chat import Address, ChatKind
from tickertape.delivery.actions import Action, Append, Outcome, Post, Reason, Refused, Seal
from tickertape.delivery.surface import Surface
from tickertape.delivery.ways import EDITS, AppendWay
from tickertape.emulator.answers import bad_request
from tickertape.simulation.script import StreamKind
from tickertape.simulation.streams import CONFLICT, STREAMS

__all__ = ["StreamTransport"]

_REASONS: Final = {
    bad_request(words).description: reason
    for words, reason in (
        (CONFLICT, Reason.NOT_EDITABLE),
        (Reason.STREAM_OVER.name, Reason.STREAM_OVER),
        (Reason.STREAM_UNAVAILABLE.name, Reason.STREAM_UNAVAILABLE),
    )
}
"""What the words of a refusal mean, where Telegram has none for it."""


def _stream_call(action: Action) -> ApiCall:
    call = call_of(action)
    match action:
        case Append(added=added):
            return ApiCall("appendText", {**call.params, "added": added})
        case Seal(added=added):
            return ApiCall("sealText", {**call.params, "added": added})
        case Post(is_open=True):
            return ApiCall(call.method, {**call.params, "is_open": True})
        case _:
            return call


class StreamTransport(TelegramTransport):
    """The channel of that platform.

    Args:
        kind: How text is added to messages.
        bot: Makes the calls.
    """

    _call_of = staticmethod(_stream_call)

    def __init__(self, kind: StreamKind, bot: BotClient) -> None:
        super().__init__(bot, stop_buttons=True)
        self._way, self._ruler = STREAMS[kind]

    @override
    def surface(self, address: Address) -> Surface:
        """Return the surface of `address`: Teams has streams in private chats alone."""
        has_streams = isinstance(self._way, AppendWay) or address.kind is ChatKind.PRIVATE
        return replace(
            super().surface(address),
            limit=self._way.size,
            ruler=self._ruler,
            ways=(self._way, *EDITS) if has_streams else EDITS,
            dialect="source",
            spans=None,
            blocks=None,
        )

    @override
    async def perform(self, action: Action) -> Outcome:
        """Perform one action by one call."""
        outcome = await super().perform(action)
        if not isinstance(outcome, Refused):
            return outcome
        reason = _REASONS.get(outcome.detail, outcome.reason)
        is_opened = isinstance(action, Post) and action.is_open
        if reason is Reason.STREAM_UNAVAILABLE and not is_opened:
            reason = Reason.MALFORMED
        return replace(outcome, reason=reason)
