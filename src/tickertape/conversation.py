"""What was said in a conversation, as models read it and as stores keep it.

    Entry
    ├── Utterance    the words of the system, of a person, or of an agent of which only the words
    │                are known
    ├── Step         one answer of a model: words, thoughts and tool calls, in their order
    └── ToolResult   what one of those calls came to

These are values without identity: two with equal content are equal. What a server wants to get
back unchanged (signatures, encrypted thoughts, undocumented fields) is kept as it
came, in `raw`, and only ever returned to the `origin` that it came from.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from tickertape.message import Author

__all__ = [
    "INTERRUPTED",
    "CommandGiven",
    "Entry",
    "FinishReason",
    "Opaque",
    "Part",
    "Step",
    "TextPart",
    "Thought",
    "ToolCall",
    "ToolResult",
    "Utterance",
    "begins_turn",
    "sound",
]

INTERRUPTED = "Interrupted: this call has no result."
"""What a model reads as the result of a call that was cut off."""

FinishReason: TypeAlias = Literal[
    "stop",
    "length",
    "content_filter",
    "refusal",
    "malformed_call",
    "paused",
    "unshown",
    "out_of_steps",
    "stopped",
    "other",
]
"""Why an answer ended: the model was done, ran into its length, was filtered, refused, wrote a tool
call that its server could not read; the server paused the turn, to be continued; the answer has a
part that cannot be shown or answered here; the turn had no steps left, as its last words say; a
person stopped it; or something this list does not know. Only "stop" is a whole answer."""


@dataclass(frozen=True, slots=True)
class CommandGiven:
    """A command of the operator's that a person gave: it can be carried out again."""

    name: str
    """Its name, without the slash."""
    text: str = ""
    """All that stood behind it."""
    quoted: str = ""
    """The message that it replied to; empty if there was none."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """The words of a person, the system or an agent."""

    role: Literal["system", "user", "assistant"]
    """Who said it."""
    text: str
    """What was said, as models read it: `message.text_for_model` where a person wrote."""
    speaker: Author | None = None
    """Which person, where several write; their name is in the text, too."""
    is_added: bool = False
    """Whether it was said while a turn was being answered, and belongs to that turn."""
    command: CommandGiven | None = None
    """The command that answers it; None: the agent does."""


@dataclass(frozen=True, slots=True)
class TextPart:
    """A piece of a model's answer that the reader sees."""

    text: str
    """The words; never empty."""
    raw: str | None = None
    """The server's own item as JSON, where it must be returned unchanged."""
    begins_segment: bool = False
    """Whether the words before it in the step are a message of their own (`SegmentEnded`)."""


@dataclass(frozen=True, slots=True)
class Thought:
    """A piece of a model's thinking; never part of the answer."""

    text: str
    """The thinking as far as the server shows it; empty where all of it is encrypted."""
    raw: str | None = None
    """The server's own item as JSON (with signature, with encrypted content)."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A model's wish to run a tool."""

    call_id: str
    """The id by which its result is paired with it; unique within its step."""
    name: str
    """The tool's name, as the model wrote it."""
    arguments: str
    """The arguments as the model wrote them: JSON, or what was meant to be."""
    raw: str | None = None
    """The server's own item as JSON, where it has fields that must be returned."""


@dataclass(frozen=True, slots=True)
class Opaque:
    """A piece of an answer that only its server understands, kept to be returned."""

    raw: str
    """The server's own item as JSON."""


Part: TypeAlias = TextPart | Thought | ToolCall | Opaque
"""A piece of a model's answer."""


@dataclass(frozen=True, slots=True)
class Step:
    """One answer of a model: complete, or all that came of it."""

    parts: tuple[Part, ...]
    """Its pieces in the order in which the model made them."""
    origin: str = ""
    """Which model at which server made it: only there its pieces' `raw` means anything."""
    ended: FinishReason = "stop"
    """Why it ended, where the agent recorded that: whether the answer goes on behind it."""

    @property
    def text(self) -> str:
        """The words that the reader saw."""
        return "".join(part.text for part in self.parts if isinstance(part, TextPart))

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        """The tool calls, in order."""
        return tuple(part for part in self.parts if isinstance(part, ToolCall))


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool call came to."""

    call_id: str
    """The id of the call."""
    name: str
    """The tool's name."""
    text: str
    """What the model reads: the result, or what went wrong."""
    ok: bool = True
    """Whether the tool gave a result rather than an error."""


Entry: TypeAlias = Utterance | Step | ToolResult
"""Anything a conversation is made of."""


def begins_turn(entry: Entry) -> bool:
    """Return whether an entry is what a person said, with which a turn begins."""
    return isinstance(entry, Utterance) and entry.role == "user" and not entry.is_added


def sound(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return a conversation completed so that every server accepts it.

    Every call is followed at once by exactly one result (`INTERRUPTED` where it has none), in the
    order of the calls; results without a call are left out, and so are empty utterances and
    steps; neighbouring utterances of one role become one with a blank line between them, as a
    conversation has them after an answer that never came.
    """
    given = list(entries)
    whole: list[Entry] = []
    for at, entry in enumerate(given):
        match entry:
            case Step() if entry.parts:
                whole += [entry, *_results(entry, given[at + 1 :])]
            case Utterance(text=text) if text:
                _say(entry, whole)
            case _:
                pass
    return tuple(whole)


def _results(step: Step, later: list[Entry]) -> list[ToolResult]:
    """Find the result of each call of `step` before the next step begins."""
    found: dict[str, ToolResult] = {}
    for entry in later:
        if isinstance(entry, Step):
            break
        if isinstance(entry, ToolResult):
            found.setdefault(entry.call_id, entry)
    return [
        found.get(call.call_id, ToolResult(call.call_id, call.name, INTERRUPTED, ok=False))
        for call in step.calls
    ]


def _say(utterance: Utterance, whole: list[Entry]) -> None:
    last = whole[-1] if whole else None
    if isinstance(last, Utterance) and last.role == utterance.role:
        text = f"{last.text}\n\n{utterance.text}"
        whole[-1] = Utterance(last.role, text, is_added=last.is_added)
    else:
        whole.append(utterance)
