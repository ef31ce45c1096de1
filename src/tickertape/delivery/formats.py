"""In which form a reply shows its segments: blocks, text with spans, or text alone.

The forms are a ladder that is only stepped down, and only when a channel refuses one: for one
segment where its content was not understood, for the whole reply where the channel or the chat has
no messages of blocks. What a channel or a chat lacks is remembered for the replies to come, for a
while (`Abilities`): programs are updated and rights are given back.
"""

from __future__ import annotations

from typing import Final, Literal

from tickertape.markup.forms import Format

__all__ = ["FORGET_CHANNEL", "FORGET_CHAT", "Abilities", "Formats"]

FORGET_CHANNEL: Final = 6 * 3600.0
"""Seconds after which a channel that had no blocks is asked again: a server is not replaced more
often than that, and asking costs one call."""
FORGET_CHAT: Final = 3600.0
"""Seconds after which a chat that did not allow blocks is asked again: a person may change that."""


class Abilities:
    """What a channel and its chats were found to lack, for all replies of one bot."""

    __slots__ = ("_lacking",)

    def __init__(self) -> None:
        self._lacking: dict[str | None, float] = {}

    def has_blocks(self, chat: str, now: float) -> bool:
        """Return whether messages of blocks may be tried in a chat."""
        return all(self._lacking.get(key, now) <= now for key in (None, chat))

    def lacks_blocks(self, chat: str | None, now: float) -> None:
        """Remember that a chat does not allow messages of blocks; None: no chat has them."""
        self._lacking = {key: until for key, until in self._lacking.items() if until > now}
        self._lacking[chat] = now + (FORGET_CHANNEL if chat is None else FORGET_CHAT)


class Formats:
    """The form of a reply's segments."""

    __slots__ = ("rich", "rung")

    def __init__(
        self,
        rich: Literal["auto", "always", "off"],
        *,
        has_blocks: bool,
        has_spans: bool = True,
    ) -> None:
        """Begin at the top of what is asked for.

        Args:
            rich: when a message shall be made of blocks, as `StreamingConfig.rich` says.
            has_blocks: whether the chat has such messages.
            has_spans: whether a text can have looks there at all.
        """
        self.rich = rich
        """When a message shall be made of blocks, as `StreamingConfig.rich` says."""
        best = Format.SPANS if has_spans else Format.PLAIN
        self.rung = Format.BLOCKS if has_blocks and rich != "off" else best
        """The highest step of the ladder that is still to be had for this reply."""

    def step_down(self, rung: Format) -> None:
        """Show segments in this form at the most from here on."""
        self.rung = max(self.rung, rung)
