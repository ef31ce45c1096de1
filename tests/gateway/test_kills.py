"""Real processes that are killed at random moments: `python -m benchmarks.kills`, in short."""

from __future__ import annotations

import pytest
from benchmarks import kills

pytestmark = pytest.mark.anyio


async def test_nothing_is_lost_doubled_or_run_twice() -> None:
    """A few lives are enough to see that the way to the screen and back is the one it should be."""
    verdict = await kills.run(2, seed=20)
    assert verdict.questions == 2
    assert (verdict.wrong, verdict.given_up, verdict.doubled) == ([], 0, 0)
