"""Voice notes below answers, each made in a task of its own: the next question does not wait."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace

from tickertape.chat import Address
from tickertape.delivery.actions import Accepted, Outcome, PostVoice
from tickertape.errors import SpeechError
from tickertape.gateway.reasons import crash_of, where
from tickertape.outbox import Outbox
from tickertape.ports import Transport
from tickertape.speech.narrator import Narrator

__all__ = ["VoiceNotes"]

_LOG = logging.getLogger(__name__)


class VoiceNotes:
    """Reads answers aloud into voice notes. A failure is logged, and the answer stays as it is."""

    def __init__(
        self,
        transports: Mapping[str, Transport],
        outboxes: Mapping[str, Outbox],
        narrator: Narrator | None,
        tasks: asyncio.TaskGroup,
    ) -> None:
        """Begin without a voice note.

        Args:
            transports: tell how long a voice note may be, by the names of their channels.
            outboxes: post it, by the same names.
            narrator: makes it; None if there is no voice.
            tasks: runs that.
        """
        self._tasks = tasks
        self._transports = transports
        self._outboxes = outboxes
        self._narrator = narrator
        self._reading: dict[asyncio.Task[None], Address] = {}

    def read(self, home: Address, place: Address, text: str, reply_to: str | None) -> None:
        """Start making a voice note of an answer on screen.

        Args:
            home: the conversation of the answer.
            place: the address to which the note is posted.
            text: the text to read.
            reply_to: the message to which the note is a reply.
        """
        task = self._tasks.create_task(self._read_aloud(place, text, reply_to))
        self._reading[task] = home
        task.add_done_callback(self._reading.pop)

    def cancel(self, home: Address) -> None:
        """Cancel the notes of a conversation whose answers are forgotten, or made again."""
        for reading, address in self._reading.items():
            if address == home:
                reading.cancel()

    def move(self, channel: str, chat: str, to: str) -> None:
        """Move the notes of the chat `chat` of a channel, which got the id `to`."""
        for reading, home in self._reading.items():
            if (home.channel, home.chat) == (channel, chat):
                self._reading[reading] = replace(home, chat=to)

    def cancel_all(self) -> None:
        """Cancel all notes."""
        for reading in self._reading:
            reading.cancel()

    async def _read_aloud(self, address: Address, text: str, reply_to: str | None) -> None:
        """Make a voice note, and post it."""
        limit = self._transports[address.channel].surface(address).voice_limit
        if self._narrator is None or not limit:
            return
        try:
            note = await self._narrator.read(text, limit)
            if note is None:
                return
            voice = PostVoice(address, note.sound, note.seconds, reply_to)
            outcome = await self._outboxes[address.channel].post_voice(voice)
        except SpeechError as error:
            _LOG.warning("no voice note", extra={**where(address), "error": str(error)})
        except Exception as error:  # noqa: BLE001 - one note fails, the gateway goes on
            _LOG.error("a voice note failed", extra={**where(address), **crash_of(error)})
        else:
            _log_note(outcome, {**where(address), "seconds": note.seconds, "cut": note.is_cut})


def _log_note(outcome: Outcome, fields: dict[str, object]) -> None:
    if isinstance(outcome, Accepted):
        _LOG.info("read aloud", extra=fields)
    else:
        # The words of a refusal are the platform's; nothing of a message is in them.
        _LOG.warning("no voice note", extra={**fields, "error": repr(outcome)[:300]})
