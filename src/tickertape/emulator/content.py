"""What a message or a draft shows: text with entities, a rich message, a voice note, or media."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from tickertape.emulator.answers import Json
from tickertape.emulator.entities import Text
from tickertape.emulator.voices import Voice

__all__ = ["Content", "Rich"]


@dataclass(frozen=True, slots=True)
class Rich:
    """A rich message.

    Blocks are exact. Markdown and HTML are parsed by Telegram's servers alone; here their blocks
    are an approximation, and `source` says what was sent.
    """

    blocks: tuple[Json, ...]
    """What a bot reads back."""
    form: Literal["blocks", "markdown", "html"] = "blocks"
    """In which form it was sent."""
    source: str = ""
    """The Markdown or HTML that was sent."""
    is_rtl: bool = False
    """Whether it is shown from right to left."""

    def as_bot_reads(self) -> Json:
        """Return the `RichMessage` of the Bot API; an approximation is marked as one."""
        message: Json = {"blocks": list(self.blocks)}
        if self.is_rtl:
            message["is_rtl"] = True
        if self.form != "blocks":
            message["emulator_approximation"] = True
        return message

    def as_viewer_reads(self) -> Json:
        """Return the blocks if they are exact, else the source."""
        if self.form == "blocks":
            return {"blocks": list(self.blocks)}
        return {self.form: self.source}


@dataclass(frozen=True, slots=True)
class Content:
    """What is shown. One of its fields counts: `rich`, `voice` or `media` where it is not None."""

    text: Text = field(default_factory=Text)
    """Plain text with entities."""
    rich: Rich | None = None
    """A rich message in place of the text."""
    voice: Voice | None = None
    """A voice note in place of the text."""
    media: Json | None = None
    """What a person sent besides text, as bots read it; the text is its caption."""
    kind: str = ""
    """What that is."""

    @property
    def is_placeholder(self) -> bool:
        """Whether there is nothing to read: a draft then says "Thinking..."."""
        others = (self.rich, self.voice, self.media)
        return self.text.is_blank and all(other is None for other in others)
