"""The platform that a fleet answers on: one screen, one row of updates, and a channel per process.

A call of a process is on its way for a while, and arrives whatever becomes of the process. Updates
stay until a reader has come back for the next; who reads again finds what was not confirmed.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from typing import Protocol

from fleet_clockwork import Clockwork, ProcessLoop
from gateway_stage import ANNA

from tickertape.chat import Address, Inbound, Message, Moved, StopPressed
from tickertape.delivery.actions import Action, Outcome, Reason, Refused, ShowDraft, Unknown
from tickertape.delivery.surface import Cadence, Surface, Window
from tickertape.testing.transports import FakeTransport

# Seconds for which a call is on its way, there or back, and between two looks for updates.
_WAY = 0.03

_CADENCE = Cadence((Window(20, 10.0),), (Window(20, 5.0),), Window(28, 1.0))


class Platform(FakeTransport):
    """What people see and do."""

    def __init__(self, clockwork: Clockwork) -> None:
        super().__init__(finds=6, stop_buttons=True, cadence=_CADENCE)
        self.updates: list[Inbound] = []
        """All that came in, in order."""
        self.confirmed = 0
        """How many of them were taken."""
        self.drafts: dict[tuple[str, str | None], str] = {}
        """The newest draft of each place, by chat and topic."""
        self.moved: dict[str, str] = {}
        """The present ids of chats that moved, by the old ones."""
        self.readers: list[Callable[[], object]] = []
        """Called when something comes in."""
        self._numbers: Counter[str] = Counter()
        self._clockwork = clockwork

    def apply(self, action: Action) -> Outcome:
        """Do what was called for; messages are numbered chat by chat."""
        chat = action.address.chat
        if chat in self.moved:
            return Refused(Reason.CHAT_MOVED, moved_to=self.moved[chat])
        if isinstance(action, ShowDraft):
            self.drafts[chat, action.address.thread] = action.draft_id
        self._last_number = self._numbers[chat]
        outcome = super().apply(action)
        self._numbers[chat] = self._last_number
        return outcome

    def write(self, text: str, to: Address) -> Message:
        """Let a person write."""
        self._last_number = self._numbers[to.chat]
        message_id = self._next_id()
        self._numbers[to.chat] = self._last_number
        message = Message(to, ANNA, text, message_id, to_us=True, key=self._key())
        self._bring(message)
        return message

    def press_stop(self, at: Address) -> StopPressed | None:
        """Let a person press the stop button that stands there, or stop the draft."""
        screen = self.screen(at)
        key = self._key()
        if screen.buttons:
            message_id = max(screen.buttons, key=lambda id_: int(id_[1:]))
            press = StopPressed(at, ANNA, message_id=message_id, press_id=key, key=key)
        elif screen.draft is not None:
            press = StopPressed(at, ANNA, self.drafts[at.chat, at.thread], key=key)
        else:
            return None
        self._bring(press)
        return press

    def move(self, old: str, new: Address) -> None:
        """Let a chat get another id."""
        self.moved[old] = new.chat
        self._bring(Moved(new, old, key=self._key()))

    def _key(self) -> str:
        return f"update {len(self.updates) + 1}"

    def _bring(self, inbound: Inbound) -> None:
        self.updates.append(inbound)
        for tell in self.readers:
            tell()


class Watcher(Protocol):
    """What knows of the calls of one process."""

    def sends(self, action: Action) -> None:
        """Record a call, as it leaves the process."""
        ...

    def is_answer_lost(self) -> bool:
        """Return whether the answer to a call is lost."""
        ...


class ProcessChannel:
    """The channel of one process. A `Channel`; what it declines comes again."""

    def __init__(
        self, platform: Platform, clockwork: Clockwork, loop: ProcessLoop, watcher: Watcher
    ) -> None:
        self._platform = platform
        self._clockwork = clockwork
        self._loop = loop
        self._watcher = watcher
        self._is_declined = False

    def surface(self, address: Address) -> Surface:
        """Return what can be shown at `address`."""
        return self._platform.surface(address)

    async def perform(self, action: Action) -> Outcome:
        """Make a call: it arrives whatever becomes of its process."""
        self._watcher.sends(action)
        answered: asyncio.Future[Outcome] = self._loop.create_future()

        def arrive() -> None:
            outcome = self._platform.apply(action)
            if self._watcher.is_answer_lost():
                outcome = Unknown("the answer was lost")
            self._clockwork.at(self._clockwork.now + _WAY, lambda: answer(outcome))

        def answer(outcome: Outcome) -> None:
            if not self._loop.is_closed():
                self._loop.call_soon(_tell, answered, outcome)

        self._clockwork.at(self._clockwork.now + _WAY, arrive)
        return await answered

    async def messages(self) -> AsyncGenerator[Inbound, None]:
        """Yield what people did and no reader has confirmed."""
        at = self._platform.confirmed
        news = asyncio.Event()
        self._platform.readers.append(lambda: self._loop.call_soon(news.set))
        while True:
            await asyncio.sleep(_WAY)
            if at >= len(self._platform.updates):
                news.clear()
                await news.wait()
                continue
            self._is_declined = False
            yield self._platform.updates[at]
            if not self._is_declined:
                at += 1
                self._platform.confirmed = max(self._platform.confirmed, at)

    def decline(self, inbound: Inbound) -> bool:
        """Have the newest update come again."""
        self._is_declined = True
        return True


def _tell(answered: asyncio.Future[Outcome], outcome: Outcome) -> None:
    if not answered.done():
        answered.set_result(outcome)
