"""What is done next about a post whose answer was not heard: a table.

Losing a text is worse than doubling it, and doubling it without end is worst. So, in this order:

0. Where the channel knows keys, the same post is just made again.
1. Where the channel can tell (`Find`), the messages that the post may have made are asked about,
   the nearest first, at most as many as the surface says. The one that is found is the segment's.
2. A call that is still open is waited for, for `WAIT_BEFORE_REPOST` seconds: an answer that comes
   late is an answer.
3. Where enough was asked, and nothing is there, the post made no message: it does not count.
4. Until the channel is heard again (`Probe`, which leaves no trace), nothing is posted.
5. Then the final is posted once more. A preview is not: the final follows anyway.
   That of a process that is gone does not count where enough was asked, and nothing is there: it
   may still arrive, and is told, but a turn outlives only a few processes.
6. After `MOST_LOST` posts that may be on screen nothing is posted any more: the text is doubtful,
   and the segment is over. Posts of a text that was taken back count where it is told again.

Before a post is made again there is a pause, which doubles each time. The last one that may be made
waits for longer: what a server in trouble does not answer is lost with it.
"""

from __future__ import annotations

from enum import Enum

from tickertape.delivery.lost.missed_posts import MOST_LOST
from tickertape.delivery.reply.screen import Unheard
from tickertape.delivery.reply.segment import Segment

__all__ = ["LostPostStep", "again_at", "step"]

_LAST_CHANCE = 10.0
"""Seconds between a post that was not heard of and the last one: most restarts of a server are over
by then."""
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0


class LostPostStep(Enum):
    """What is to be done next about a post whose answer was not heard."""

    REPEAT = "repeat"
    """Make the same post again: the channel makes no second message for its key."""
    ASK = "ask"
    """Ask whether a message is the one."""
    LISTEN = "listen"
    """Wait for the answer of the call that is still open."""
    PROBE = "probe"
    """Learn whether the channel can be heard."""
    ABSENT = "absent"
    """Record that the post made no message."""
    POST = "post"
    """Post once more."""
    WAIT_FOR_FINAL = "wait_for_final"
    """Nothing, until the text is complete."""
    END = "end"
    """Nothing more: it may be on screen, or not."""


def step(
    unheard: Unheard,
    segment: Segment,
    *,
    can_ask: bool,
    is_open: bool,
    is_proof: bool,
    is_gone: bool = False,
) -> LostPostStep:
    """Return what is to be done next about a post whose answer was not heard.

    Args:
        unheard: The post.
        segment: Whose post it was.
        can_ask: Whether there is a message left that is worth asking about.
        is_open: Whether its answer may still come, and is waited for.
        is_proof: Whether it would have been found if it had made a message.
        is_gone: Whether it was made by a process that is gone, and would have been found by now.
    """
    if unheard.post.key:
        return LostPostStep.REPEAT
    if can_ask:
        return LostPostStep.ASK
    if is_open:
        return LostPostStep.LISTEN
    if is_proof and not unheard.certain:
        return LostPostStep.ABSENT
    if not segment.sealed:
        return LostPostStep.WAIT_FOR_FINAL
    if segment.final() and (unheard.certain or is_gone):
        return LostPostStep.POST
    if not segment.final() or segment.tries >= MOST_LOST:
        return LostPostStep.END
    return LostPostStep.POST if unheard.heard else LostPostStep.PROBE


def again_at(segment: Segment, unheard: Unheard) -> float:
    """Return when a segment whose post was not heard of may be posted again."""
    if unheard.certain:
        return unheard.since
    pause = min(_FIRST_PAUSE * 2.0 ** min(segment.unheard_posts - 1, 10), _LONGEST_PAUSE)
    is_last = segment.tries == MOST_LOST - 1
    return unheard.since + (max(pause, _LAST_CHANCE) if is_last else pause)
