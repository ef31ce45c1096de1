"""A platform to whose messages text is added, as to Slack's streams and Teams'.

It is the emulated Telegram, weather, people and limits included, with two methods more, and without
drafts, formatting and rich messages. So a life goes on there as on Telegram, and the same judge
says whether it kept every promise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from typing_extensions import override

from tickertape.delivery.actions import Refused
from tickertape.delivery.ways import AppendWay, ExtendWay
from tickertape.emulator.answers import Answer, accept, bad_request
from tickertape.emulator.calls import number_of
from tickertape.emulator.content import Content
from tickertape.emulator.entities import Text
from tickertape.emulator.people import WorldError
from tickertape.emulator.settings import Settings
from tickertape.emulator.world import World
from tickertape.markup.rulers import UTF8, UTF16, Ruler
from tickertape.simulation.script import StreamKind
from tickertape.testing.open_messages import OpenMessages

__all__ = ["CONFLICT", "STREAMS", "StreamWorld"]

STREAMS: Final[Mapping[StreamKind, tuple[AppendWay | ExtendWay, Ruler]]] = {
    # Five minutes and 12,000 characters; an addition that is made twice is there twice.
    "append": (AppendWay(300.0, 12_000), UTF16),
    # Two minutes and some 28 kB, in private chats alone; each frame begins with the one before.
    "extend": (ExtendWay(120.0, 28_000), UTF8),
}
"""What holds for the messages of each kind, and how these are measured."""

_ADDING: Final = frozenset({"appendText", "sealText"})
_UNKNOWN: Final = dict.fromkeys(
    ("sendMessageDraft", "sendRichMessageDraft", "sendRichMessage"), "notYetInvented"
)
_FOREIGN: Final = frozenset({"is_open", "rich_message"})
CONFLICT: Final = "STREAMING_STATE_CONFLICT"
"""What is open is neither edited nor deleted."""


class StreamWorld(World):
    """The emulated platform.

    Args:
        kind: How text is added to messages.
        settings: How it behaves else.
    """

    def __init__(self, kind: StreamKind, settings: Settings) -> None:
        way, ruler = STREAMS[kind]
        super().__init__(replace(settings, longest_text=way.size))
        self._open = OpenMessages(way, ruler)

    @override
    def apply(self, token: str, method: str, params: Mapping[str, object], now: float) -> Answer:
        key = number_of(params.get("chat_id")), number_of(params.get("message_id"))
        if method in _ADDING:
            return self._add(token, method, params, now)
        if method in {"editMessageText", "deleteMessage"} and self._open.is_open(key, now):
            return bad_request(CONFLICT).answer
        is_opened = params.get("is_open") is True
        params = {name: value for name, value in params.items() if name not in _FOREIGN}
        answer = super().apply(token, _UNKNOWN.get(method, method), params, now)
        if is_opened and isinstance(answer.result, dict):
            self._open.begin((key[0], answer.result["message_id"]), now)
        return answer

    def end_stream(self, chat_id: int, now: float, message_id: int | None = None) -> bool:
        """Close an open message, the newest where none is named; return whether there was one."""
        numbers = [item.message_id for item in self.screen(chat_id).messages]
        keys = [(chat_id, number) for number in numbers if message_id in {None, number}]
        found = [key for key in keys if self._open.is_open(key, now)]
        if found:
            self._open.end(found[-1], now)
        return bool(found)

    def open_until(self, chat_id: int, message_id: int) -> float | None:
        """Return until when text could be added to a message; None: it was never open."""
        return self._open.until.get((chat_id, message_id))

    def _add(self, token: str, method: str, params: Mapping[str, object], now: float) -> Answer:
        """Add text to a message; what else may stand in the way of that is what hinders an edit."""
        added, params = params.get("added"), {**params}
        del params["added"]
        key = number_of(params["chat_id"]) or 0, number_of(params["message_id"]) or 0
        try:
            message = self.message(*key)
        except WorldError:
            return super().apply(token, "editMessageText", params, now)
        there, whole = message.content.text.text, str(params["text"])
        text = self._open.grown(key, there, whole, str(added), now)
        if isinstance(text, Refused):
            return bad_request(text.detail or text.reason.name).answer
        is_sealed = method == "sealText"
        params |= {"text": text, "reply_markup": None if is_sealed else message.markup}
        edited = super().apply(token, "editMessageText", params, now)
        if edited.status != 200 and "not modified" not in (edited.description or ""):
            return edited
        # An edit drops the blanks at the end; an addition does not.
        message = self.message(*key)
        self._state.change(replace(message, content=Content(Text(text))))
        if is_sealed:
            self._open.end(key, now)
        told = {"stands": text} if isinstance(self._open.way, AppendWay) else {"text": text}
        return accept({"message_id": key[1], **told})
