"""A channel that exists only in memory: a screen that can be read, and outcomes on demand.

Its messages are called `m1`, `m2` and so on: code that takes an id for a number fails here.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tickertape.chat import Address, ChatKind
from tickertape.delivery.actions import (
    Accepted,
    Acknowledge,
    Action,
    Append,
    Button,
    ClearButtons,
    Delete,
    Edit,
    Find,
    Outcome,
    Post,
    PostVoice,
    Probe,
    Reason,
    Refused,
    Seal,
    ShowDraft,
    Unknown,
)
from tickertape.delivery.surface import Cadence, MessageRow, Surface
from tickertape.delivery.ways import EDITS, DraftWay, Way, grows
from tickertape.markup.forms import PLAIN, Blocks, Form, Rendering, Spans
from tickertape.markup.pages import BlockLimits, Dialect
from tickertape.markup.plain import render
from tickertape.markup.rulers import UTF16, Ruler
from tickertape.testing.open_messages import OpenMessages
from tickertape.testing.trees import fits

__all__ = ["FakeTransport", "LostAnswer", "ShownChat"]

_ID = "m"
"""What the id of a message begins with; its number follows."""


@dataclass(frozen=True, slots=True)
class LostAnswer:
    """A scripted outcome: the action is applied, and its answer never arrives."""


@dataclass(slots=True)
class ShownChat:
    """What a reader of one chat sees."""

    messages: dict[str, str] = field(default_factory=dict)
    """Text by message id, in the order in which they were posted."""
    draft: str | None = None
    """The live draft; None where there is none."""
    draft_form: Form = PLAIN
    """How the live draft looks."""
    forms: dict[str, Form] = field(default_factory=dict)
    """How each message looks, by its id."""
    buttons: set[str] = field(default_factory=set)
    """The messages that have a stop button, by their ids."""
    offers: dict[str, tuple[Button, ...]] = field(default_factory=dict)
    """The other buttons under each message that has some, by its id."""
    voices: dict[str, PostVoice] = field(default_factory=dict)
    """The voice notes, by message id."""


class FakeTransport:
    """A channel in memory; a `tickertape.ports.Transport`.

    By default it accepts whatever a chat of the address's kind would: drafts in private chats,
    messages up to `limit` UTF-16 units. It is as strict as its surface: blocks and stop buttons
    that this does not tell of are refused, spans beyond its number are dropped in silence, as
    platforms do. `script` gets outcomes to return instead, one for each
    call: `None` lets the call through, `LostAnswer()` applies it and says `Unknown`, any other
    outcome is returned and nothing is applied.
    """

    def __init__(  # noqa: PLR0913 - what a surface says, by name
        self,
        *,
        limit: int = 4096,
        ruler: Ruler = UTF16,
        cadence: Cadence | None = None,
        drafts: bool = True,
        ways: tuple[Way, ...] = EDITS,
        dialect: Dialect = "raw",
        spans: int | None = None,
        blocks: BlockLimits | None = None,
        typing_lifetime: float = 0.0,
        stop_buttons: bool = False,
        buttons: bool = False,
        voice_limit: int = 0,
        finds: int = 0,
        keys: bool = False,
        latency: float = 0.0,
    ) -> None:
        """Make an empty channel.

        Args:
            limit: The longest message, in the ruler's units.
            ruler: How messages are measured.
            cadence: The flood limits that the surface tells of; none by default.
            drafts: Whether private chats have drafts.
            ways: How an answer can grow, besides by drafts. With an `AppendWay` it is as strict as
                Slack's streams, with an `ExtendWay` as Teams': nothing is added to a message after
                its lifetime, beyond its size or once it was sealed, and an open one is neither
                edited nor deleted.
            dialect: How what the agent says is read.
            spans: How many spans a message keeps; None: any number.
            blocks: What a message made of blocks may hold; None: there are none.
            typing_lifetime: Seconds for which "typing" is shown; 0: it is not.
            stop_buttons: Whether messages can carry a stop button.
            buttons: Whether messages can carry other buttons.
            voice_limit: Bytes of the longest voice note; 0: there are none.
            keys: Whether a post with a key that was posted before makes no second message.
            finds: How many messages may be asked about to find a post (`Find`); 0: none.
            latency: Seconds that each call takes; half of it before the call is applied.
        """
        self._limit = limit
        self._drafts = drafts and not any(grows(way) for way in ways)
        self._open = OpenMessages(ways[0], ruler) if grows(ways[0]) else None
        self._made: dict[str, str] = {}
        self._surface = Surface(
            limit=limit,
            ruler=ruler,
            dialect=dialect,
            spans=spans,
            blocks=blocks,
            typing_lifetime=typing_lifetime,
            stop_buttons=stop_buttons,
            buttons=buttons,
            voice_limit=voice_limit,
            ways=ways,
            has_keys=keys,
            row=MessageRow(finds, number=_number_of, id=_id_of) if finds else None,
            cadence=cadence or Cadence(),
        )
        self._latency = latency
        self._last_number = 0
        self.script: deque[Outcome | LostAnswer | None] = deque()
        """Outcomes for the calls to come, in order; empty: every call is let through."""
        self.actions: list[Action] = []
        """Every action that was asked for, in order."""
        self.outcomes: list[Outcome] = []
        """What came of them, in order."""
        self.screens: dict[tuple[str, str | None], ShownChat] = {}
        """What readers see, by (chat, thread)."""
        self.acknowledged: dict[str, str] = {}
        """What was told to people who pressed a button, by press."""
        self.on_action: Callable[[Action], None] | None = None
        """Called with each action before it is applied."""

    def surface(self, address: Address) -> Surface:
        """Return what can be shown at `address`."""
        if not self._drafts or address.kind is not ChatKind.PRIVATE:
            return self._surface
        return replace(self._surface, ways=(DraftWay(), *self._surface.ways))

    async def perform(self, action: Action) -> Outcome:
        """Apply `action` to the screen, or do what the script says."""
        self.actions.append(action)
        if self.on_action is not None:
            self.on_action(action)
        await asyncio.sleep(self._latency / 2)
        outcome = self._outcome(action)
        await asyncio.sleep(self._latency / 2)
        self.outcomes.append(outcome)
        return outcome

    def texts(self, address: Address) -> list[str]:
        """Return the texts of the messages at `address`, oldest first."""
        return list(self.screen(address).messages.values())

    def screen(self, address: Address) -> ShownChat:
        """Return what a reader of `address` sees."""
        return self.screens.setdefault((address.chat, address.thread), ShownChat())

    def _outcome(self, action: Action) -> Outcome:
        match self.script.popleft() if self.script else None:
            case None:
                return self.apply(action)
            case LostAnswer():
                self.apply(action)
                return Unknown("the answer was lost")
            case outcome:
                return outcome

    def apply(self, action: Action) -> Outcome:  # noqa: PLR0911 - one for each kind
        """Do what the platform would do with `action`, at once."""
        screen = self.screen(action.address)
        match action:
            case Probe():
                return Accepted("")
            case Acknowledge(press_id=press_id, text=text):
                self.acknowledged[press_id] = text
                return Accepted("")
            case PostVoice():
                return self._say(action, screen)
            case ClearButtons(message_id=message_id, buttons=buttons):
                screen.buttons.discard(message_id)
                screen.offers.pop(message_id, None)
                if buttons and message_id in screen.messages:
                    screen.offers[message_id] = buttons
                is_there = message_id in screen.messages
                return Accepted("") if is_there else Refused(Reason.MESSAGE_GONE)
            case Append() | Seal():
                return self._add(action, screen)
            case Edit() | Delete() if self._open and self._open.is_open(action.message_id, _now()):
                return Refused(Reason.NOT_EDITABLE, "text is still being added")
            case Delete():
                return _delete(action.message_id, screen)
            case Find():
                return _find(action, screen)
            case _:
                return self._refusal(action) or self._show(action, screen)

    def _say(self, voice: PostVoice, screen: ShownChat) -> Outcome:
        if len(voice.sound) > self._surface.voice_limit:
            return Refused(Reason.TOO_LONG)
        message_id = self._next_id()
        screen.voices[message_id] = voice
        return Accepted("", message_id)

    def _add(self, action: Append | Seal, screen: ShownChat) -> Outcome:
        message_id = action.message_id
        there = screen.messages.get(message_id)
        if there is None:
            return Refused(Reason.MESSAGE_GONE)
        if self._open is None:
            return Refused(Reason.STREAM_OVER)
        text = self._open.grown(message_id, there, action.text, action.added, _now())
        if isinstance(text, Refused):
            return text
        if self._surface.ruler.measure(text) > self._limit:
            return Refused(Reason.TOO_LONG)
        screen.messages[message_id] = text
        if isinstance(action, Seal):
            self._open.end(message_id, _now())
            screen.buttons.discard(message_id)
        return Accepted(text, message_id)

    def _refusal(self, action: ShowDraft | Post | Edit) -> Refused | None:
        """Return why the surface cannot show it; None: it can."""
        text = render(action.text)
        if not text:
            return Refused(Reason.EMPTY)
        if self._surface.ruler.marked(Rendering(text, action.form)) > self._limit:
            return Refused(Reason.TOO_LONG)
        if isinstance(action, ShowDraft) and not self.surface(action.address).has_drafts:
            return Refused(Reason.DRAFT_UNAVAILABLE)
        return self._refusal_of_form(action)

    def _refusal_of_form(self, action: ShowDraft | Post | Edit) -> Refused | None:
        blocks = self._surface.blocks
        if isinstance(action, Post) and action.is_open and self._open is None:
            return Refused(Reason.STREAM_UNAVAILABLE)
        if isinstance(action.form, Blocks) and blocks is None:
            return Refused(Reason.BLOCKS_UNKNOWN)
        if isinstance(action.form, Blocks) and blocks and not fits(action.form.blocks, blocks):
            return Refused(Reason.FORMAT_REJECTED)
        has_button = isinstance(action, Post | Edit) and action.stop_button
        has_offers = isinstance(action, Post) and bool(action.buttons)
        if (has_button and not self._surface.stop_buttons) or (
            has_offers and not self._surface.buttons
        ):
            return Refused(Reason.MALFORMED, "there are no buttons here")
        return None

    def _show(self, action: ShowDraft | Post | Edit, screen: ShownChat) -> Outcome:
        text, form = render(action.text), self._kept(action.form)
        if isinstance(action, ShowDraft):
            screen.draft, screen.draft_form = text, form
            return Accepted(text)
        if isinstance(action, Edit):
            message_id = action.message_id
            if message_id not in screen.messages:
                return Refused(Reason.MESSAGE_GONE)
        elif isinstance(action, Post):
            if action.key in self._made:
                message_id = self._made[action.key]
                return Accepted(screen.messages.get(message_id, text), message_id)
            message_id = self._next_id()
            if self._surface.has_keys and action.key:
                self._made[action.key] = message_id
            if action.is_open and self._open is not None:
                self._open.begin(message_id, _now())
            screen.draft, screen.draft_form = None, PLAIN
        screen.messages[message_id], screen.forms[message_id] = text, form
        screen.buttons.discard(message_id)
        if action.stop_button:
            screen.buttons.add(message_id)
        if isinstance(action, Post) and action.buttons:
            screen.offers[message_id] = action.buttons
        return Accepted(text, message_id)

    def _next_id(self) -> str:
        self._last_number += 1
        return _id_of(self._last_number)

    def _kept(self, form: Form) -> Form:
        """Return what is kept of a form."""
        return Spans(form.spans[: self._surface.spans]) if isinstance(form, Spans) else form


def _now() -> float:
    return asyncio.get_running_loop().time()


def _id_of(number: int) -> str:
    return f"{_ID}{number}"


def _number_of(message_id: str) -> int:
    if not message_id.startswith(_ID):
        raise ValueError(f"no message of this channel: {message_id[:40]!r}")
    return int(message_id.removeprefix(_ID))


def _find(find: Find, screen: ShownChat) -> Outcome:
    if find.message_id not in screen.messages:
        return Refused(Reason.MESSAGE_GONE)
    screen.buttons.discard(find.message_id)
    return Accepted("", find.message_id)


def _delete(message_id: str, screen: ShownChat) -> Outcome:
    if screen.messages.pop(message_id, None) is None:
        return Refused(Reason.MESSAGE_GONE)
    del screen.forms[message_id]
    screen.buttons.discard(message_id)
    return Accepted("")
