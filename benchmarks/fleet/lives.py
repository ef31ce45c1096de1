"""Processes of a fleet that end again and again while people write in Telegram's emulator.

    python -m benchmarks.kills --kills 30 --fleet 3 --seed 1

Each time one of the processes ends by SIGKILL, ends by SIGTERM, or is stopped for 10 s (SIGSTOP),
at a random moment in an answer; then another one is started. What the chats have to show in the end
is what `benchmarks.kills` says of one process.
"""

from __future__ import annotations

import asyncio
import random
import signal
import tempfile
from collections import Counter
from pathlib import Path

import httpx

from benchmarks.fleet.members import Members
from benchmarks.fleet.stage import database
from benchmarks.kills import RAN, Verdict, ask, judge, settled
from tickertape.emulator.scene import SUPERGROUP, TOKEN, YOU
from tickertape.emulator.server import EmulatorServer

__all__ = ["run"]

_ANSWER = 2.0  # seconds in which most answers are written
_STOPPED = 10.0
_ENDS = (signal.SIGKILL,) * 3 + (signal.SIGTERM, signal.SIGSTOP)


async def run(kills: int, seed: int, processes: int, version: str = "") -> Verdict:
    """Return what is left after processes of a fleet ended so often.

    Args:
        kills: how often one of them ends, or is stopped.
        seed: draws the moments.
        processes: how many there are.
        version: of Postgres (`stage.database`).
    """
    verdict, draw = Verdict(kills), random.Random(seed)  # noqa: S311 - no secret
    asked: dict[int, list[str]] = {YOU: [], SUPERGROUP: []}
    with database(version) as place, tempfile.TemporaryDirectory(prefix="fleet-") as name:
        folder = Path(name)
        async with EmulatorServer() as emulator, httpx.AsyncClient(base_url=emulator.url) as http:
            config = {
                "telegram": {"api_base": emulator.url, "token_env": "TOKEN"},
                "access": {"allow": [YOU]},
                "storage": {"url": place.url},
            }
            variables = {"TOKEN": TOKEN}
            async with Members.of(folder, config, "benchmarks.kills:agent", variables) as members:
                await members.start(*("all",) * processes)
                for life in range(kills):
                    await ask(http, asked, life)
                    await asyncio.sleep(draw.uniform(0.0, _ANSWER))
                    await _end_one(members, draw)
                screens = await settled(http, asked)
                for line in members.complaints()[:5]:
                    print(line)
        ran = Counter((folder / RAN).read_text().split()) if asked[YOU] else Counter()
    verdict.questions = sum(map(len, asked.values()))
    for chat, questions in asked.items():
        judge(verdict, screens[chat], questions)
    verdict.wrong += [f"the tool ran {n} times for {what}" for what, n in ran.items() if n > 1]
    return verdict


async def _end_one(members: Members, draw: random.Random) -> None:
    """End one of the processes, or stop it for a while; then there are as many as before."""
    victim, how = draw.choice(members.alive), draw.choice(_ENDS)
    if how is signal.SIGSTOP:
        victim.process.send_signal(how)
        await asyncio.sleep(_STOPPED)
        victim.process.send_signal(signal.SIGCONT)
        return
    await victim.end(how)
    await members.start("all")
