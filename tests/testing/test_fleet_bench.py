"""The pieces that measure a fleet: its judge finds what is wrong, and its channel is one."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import pytest
from benchmarks.fleet.agent import answer_to
from benchmarks.fleet.channel import HubChannel
from benchmarks.fleet.hub import Hub
from benchmarks.fleet.judge import judged
from benchmarks.fleet.reports import FOLDER, Reports, report

from tickertape.channel import Address, ChatKind, Post, Throttled
from tickertape.testing.conformance import ChannelStage, check_channel

ONE, TWO = answer_to("one"), answer_to("two")


@pytest.mark.parametrize(
    ("shown", "wrong"),
    [
        pytest.param([ONE, TWO], "", id="all is well"),
        pytest.param([f"{ONE} word 0", TWO], "", id="long answers"),
        pytest.param([ONE], "lost: two", id="one is missing"),
        pytest.param([ONE, TWO, ONE], "doubled: one", id="one stands there twice"),
        pytest.param([TWO, ONE], "disordered: chat", id="the second one first"),
        pytest.param([f"{ONE}\n\n⚠ Interrupted.", TWO], "marked: one", id="one was given up"),
    ],
)
def test_the_judge_finds_what_is_wrong(shown: list[str], wrong: str) -> None:
    """A question has one answer, in the order of questions; one that was given up is told."""
    verdict = judged({"chat": ["one", "two"]}, {"chat": shown})
    assert verdict.asked == 2
    assert wrong in str(verdict)
    assert verdict.violations == (0 if not wrong or "marked" in wrong else 1)


@pytest.mark.anyio
async def test_the_hub_is_a_channel(tmp_path: Path) -> None:
    """The suite for channels passes: what is not confirmed comes again, among other things."""
    numbers = count(1)

    @asynccontextmanager
    async def open_stage() -> AsyncIterator[ChannelStage]:
        path = tmp_path / f"{next(numbers)}.sock"
        async with Hub.at(path) as hub:

            @asynccontextmanager
            async def open_channel() -> AsyncIterator[HubChannel]:
                channel = HubChannel(name="hub", path=str(path))
                yield channel
                await channel.aclose()

            async def write(text: str) -> None:
                hub.write("ann", text)

            yield ChannelStage(open_channel, Address("hub", "ann", ChatKind.PRIVATE), write)

    await check_channel(open_stage)


@pytest.mark.anyio
async def test_the_hub_refuses_what_is_too_much(tmp_path: Path) -> None:
    """In any second as many calls are taken as the limit says, and no more."""
    async with Hub.at(tmp_path / "hub.sock", 3) as hub:
        channel = HubChannel(name="hub", path=str(tmp_path / "hub.sock"), calls=3)
        at = Address("hub", "ann", ChatKind.PRIVATE)
        since = time.monotonic()
        outcomes = [await channel.perform(Post(at, "x", key=str(n))) for n in range(5)]
        await channel.aclose()
        if time.monotonic() - since < 1.0:
            assert [isinstance(one, Throttled) for one in outcomes] == [False] * 3 + [True] * 2
        assert len(hub.accepted_at) + hub.refused == 5


def test_reports_are_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a process reports is there at once, and a reader goes on where it stopped."""
    monkeypatch.setenv(FOLDER, str(tmp_path))
    reports = Reports(tmp_path)
    report("began", "one")
    assert [(one.kind, one.question) for one in reports.more()] == [("began", "one")]
    report("ended", "one")
    assert [one.kind for one in reports.more()] == ["ended"]
    assert not list(reports.more())
