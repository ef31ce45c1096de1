"""What a reply is made of: who owns what, and who is given it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tickertape.delivery.formats import Abilities, Formats
from tickertape.delivery.limits.budget import ChatBudget
from tickertape.delivery.lost.known import KnownAt
from tickertape.delivery.lost.lost_posts import LostPosts
from tickertape.delivery.reply.outcomes import Outcomes
from tickertape.delivery.reply.progress import ProgressLine
from tickertape.delivery.reply.route import Route
from tickertape.delivery.reply.segments import Segments
from tickertape.delivery.reply.state import ReplyState
from tickertape.delivery.streaming import StreamingConfig
from tickertape.delivery.surface import Surface
from tickertape.delivery.ways import grows

__all__ = ["Parts"]


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of one reply. Each changes only by its own verbs."""

    surface: Surface
    """What can be shown where the reply goes."""
    budget: ChatBudget
    """The chat's budget, shared by all its replies."""
    config: StreamingConfig
    """How to stream."""
    abilities: Abilities
    """What the channel and its chats were found to lack, shared by all replies of a bot."""
    formats: Formats
    """In which form segments are shown."""
    segments: Segments
    """What was said, and what is on screen of it."""
    outcomes: Outcomes
    """Where the reply goes, and what went wrong on the way."""
    progress: ProgressLine
    """What the agent does besides speaking."""

    @classmethod
    def begun(
        cls,
        route: Route,
        surface: Surface,
        budget: ChatBudget,
        config: StreamingConfig,
        abilities: Abilities,
        known_at: KnownAt,
    ) -> Parts:
        """Return the parts of a reply that has said nothing."""
        rich = surface.rich or config.rich
        formats = Formats(
            rich, has_blocks=surface.blocks is not None, has_spans=surface.dialect != "raw"
        )
        limits = surface.limits(with_blocks=rich != "off")
        if grows(way := route.ways[0]):
            limits = replace(limits, length=min(limits.length, way.size))
        segments = Segments(surface.dialect, limits, formats)
        posts = LostPosts(segments, route.address, known_at)
        outcomes = Outcomes(route, segments, formats, abilities, posts)
        progress = ProgressLine(config.reasoning)
        return cls(surface, budget, config, abilities, formats, segments, outcomes, progress)

    def resumed(self, found: ReplyState, known_at: KnownAt) -> Parts:
        """Return parts like these of a reply that has said nothing, which go on from `found`."""
        self.formats.step_down(found.rung)
        segments = Segments.resumed(found.said, self.segments)
        posts = LostPosts(segments, found.route.address, known_at, found.posts)
        outcomes = Outcomes(found.route, segments, self.formats, self.abilities, posts)
        progress = ProgressLine.resumed(found.progress)
        return replace(self, segments=segments, outcomes=outcomes, progress=progress)
