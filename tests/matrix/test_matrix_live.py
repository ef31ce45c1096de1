"""Answers on a real homeserver, as a second client sees them: whole, once, within its limits."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from benchmarks.matrix import kills, live
from benchmarks.matrix.live import free_at, staged, tokens
from benchmarks.matrix.people import Account, Person, lift_limits, limit, new_account, person
from benchmarks.matrix.synapse import Synapse, private_synapse

pytestmark = pytest.mark.anyio
pytest_plugins = ["matrix_fixtures"]

# A twentieth of an answer of 20 s, in a twentieth of the time.
SAID = [(at / 8, text) for at, text in tokens()[:400]]
FASTER = 10
"""How much more a second the server allows here than by default; at once, it is the same."""


@pytest.mark.parametrize(
    ("burst", "told", "refusals"),
    [
        (live.BURST, live.BURST, 0),
        (4, live.BURST, 1),
    ],
    ids=["known", "lesson"],
)
async def test_an_answer_keeps_the_servers_limits(
    synapse: Synapse,
    admin: Account,
    bot: Account,
    ann: Person,
    burst: int,
    told: int,
    refusals: int,
) -> None:
    """Known ones are never met; of others one refusal is the lesson, for the next answer, too."""
    per_second = round(live.RATE * FASTER)
    await limit(synapse, admin, bot.user_id, per_second=per_second, burst=burst)
    async with staged(synapse, bot, ann, messages_per_second=per_second, burst_count=told) as stage:
        to = await stage.new_room()
        for _ in range(2):
            answer = await stage.answer(to, SAID)
            assert answer.is_whole
        assert stage.watched.refusals <= refusals


async def test_ten_rooms_are_answered_at_once(
    synapse: Synapse, free_bot: Account, ann: Person
) -> None:
    """Each whole, in one message, with fewer edits than make a client slow."""
    async with staged(synapse, free_bot, ann, messages_per_second=1000, burst_count=1000) as stage:
        places = [await stage.new_room() for _ in range(live.ROOMS)]
        answers = await asyncio.gather(*(stage.answer(to, SAID) for to in places))
    assert all(answer.is_whole for answer in answers)
    assert all(0 < answer.edits <= 100 for answer in answers)
    assert stage.watched.refusals == 0


@pytest.mark.timeout(300)  # two starts of a server: 6 s, or minutes on a machine that is busy
async def test_a_homeserver_is_restarted_in_mid_answer(tmp_path: Path) -> None:
    """What was not heard is asked again under its own transaction: the answer is whole, once."""
    with private_synapse(tmp_path / "synapse") as synapse:
        bot = await new_account(synapse, "bot")
        ann = await new_account(synapse, "ann", is_admin=True)
        await lift_limits(synapse, ann, bot.user_id)
        async with (
            person(synapse, ann) as program,
            staged(synapse, bot, program, messages_per_second=1000, burst_count=1000) as stage,
        ):
            to = await stage.new_room()
            answering = asyncio.create_task(stage.answer(to, SAID))
            await stage.screens.until(to.chat, lambda screen: len(screen.frames) >= 2)
            await asyncio.to_thread(_restart, synapse)
            answer = await answering
    assert answer.is_whole


def _restart(synapse: Synapse) -> None:
    synapse.stop()
    synapse.start()


async def test_a_gateway_is_killed_in_mid_answer(synapse: Synapse) -> None:
    """Nothing is lost, doubled, or run twice, and whoever waits is answered."""
    verdict = await kills.run(synapse, 1, seed=4)
    assert verdict.questions == 2
    assert (verdict.wrong, verdict.given_up, verdict.doubled) == ([], 0, 0)


@pytest.mark.parametrize(
    ("moments", "free"),
    [
        ([], float("-inf")),
        ([100.0], 100.0),
        ([100.0] * 9, 100.0),
        ([100.0] * 10, 105.0),
        ([100.0] * 10 + [105.0], 110.0),
        ([100.0] * 10 + [150.0], 150.0),
    ],
)
def test_when_a_server_lets_the_next_event_in(moments: list[float], free: float) -> None:
    """The judge's clock: ten at once, and one each five seconds."""
    assert free_at(moments, live.RATE, live.BURST) == pytest.approx(free)
