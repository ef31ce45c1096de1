"""`tickertape serve` on Matrix, killed again and again: `python -m benchmarks.matrix.kills`.

As `benchmarks.kills`, whose agent, questions and verdict these are, but that the platform is a real
homeserver. A post is made again under the same transaction after a kill, so that nothing may stand
there twice.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from benchmarks import kills
from benchmarks.kills import RAN, Verdict
from benchmarks.matrix.people import Account, Person, lift_limits, new_account, person
from benchmarks.matrix.reader import Screens, reader
from benchmarks.matrix.screen import Screen
from benchmarks.matrix.synapse import Synapse, private_synapse

__all__ = ["run"]

_LIFE: Final = 2.0  # seconds that the gateway lives at most, once it listens
_QUIET: Final = 2.0  # seconds without a change after which nothing more comes
_PATIENCE: Final = 120.0


@dataclass(frozen=True, slots=True)
class _Stage:
    ann: Person
    bot: Account
    screens: Screens
    asked: dict[str, list[str]]
    """What was asked, by room: a chat of two, then a room of three."""

    async def ask(self, life: int) -> None:
        """Let her ask in both rooms."""
        for room, questions in self.asked.items():
            is_group = questions is not next(iter(self.asked.values()))
            questions.append(name := f"{'g' if is_group else 'p'}{life}")
            mentions = [self.bot.user_id] if is_group else []
            await self.ann.write(room, name, mentions=mentions)

    async def settled(self) -> dict[str, dict[str, Any]]:
        """Return what the rooms show when nothing changes any more."""
        for room, questions in self.asked.items():
            is_answered = partial(_is_answered, f"Answer to {questions[-1]}.")
            await self.screens.until(room, is_answered, _PATIENCE)
        before = -1
        while (frames := sum(len(self.screens[room].frames) for room in self.asked)) != before:
            before = frames
            await asyncio.sleep(_QUIET)
        return {room: _shown(self.screens[room], self.bot.user_id) for room in self.asked}


async def run(synapse: Synapse, ends: int, seed: int) -> Verdict:
    """Return what is left after a gateway was ended so often.

    Args:
        synapse: the homeserver.
        ends: how many of its lives end by SIGKILL.
        seed: draws the moments.
    """
    verdict, draw = Verdict(ends), random.Random(seed)  # noqa: S311 - no secret
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="tickertape-"))
        stage = await _staged(synapse, stack)
        _configure(Path(folder), synapse, stage)
        for number in range(ends):
            async with kills.life(folder, TOKEN=stage.bot.token) as process:
                await stage.ask(number)
                await asyncio.sleep(draw.uniform(0.0, _LIFE))
                process.send_signal(signal.SIGKILL)
        async with kills.life(folder, TOKEN=stage.bot.token) as process:
            screens = await stage.settled()
            process.terminate()
        ran = Counter((Path(folder) / RAN).read_text().split())
    verdict.questions = sum(map(len, stage.asked.values()))
    for room, questions in stage.asked.items():
        kills.judge(verdict, screens[room], questions)
        verdict.wrong += stage.screens[room].wrong
    verdict.wrong += [f"the tool ran {n} times for {what}" for what, n in ran.items() if n > 1]
    return verdict


async def _staged(synapse: Synapse, stack: AsyncExitStack) -> _Stage:
    """Make the accounts and the rooms."""
    admin = await new_account(synapse, "admin", is_admin=True)
    bot, ann, ben = [await new_account(synapse, name) for name in ("bot", "ann", "ben")]
    for account in (bot, ann):
        await lift_limits(synapse, admin, account.user_id)
    program = await stack.enter_async_context(person(synapse, ann))
    rooms = [
        await program.new_room(bot.user_id, is_direct=True),
        await program.new_room(bot.user_id, ben.user_id),
    ]
    async with person(synapse, bot) as theirs, person(synapse, ben) as third:
        for room in rooms:
            await theirs.join(room)
        await third.join(rooms[1])
    screens = await stack.enter_async_context(reader(synapse, ann))
    return _Stage(program, bot, screens, {room: [] for room in rooms})


def _configure(folder: Path, synapse: Synapse, stage: _Stage) -> None:
    channel = {
        "type": "matrix",
        "homeserver": synapse.url,
        "user": stage.bot.user_id,
        "token_env": "TOKEN",
        "messages_per_second": 1000,
        "burst_count": 1000,
    }
    config = {"channels": {"home": channel}, "access": {"allow": [f"home:{stage.ann.user_id}"]}}
    (folder / "tickertape.yaml").write_text(json.dumps(config))


def _is_answered(last: str, screen: Screen) -> bool:
    return any(last in one.body and not one.is_live for one in screen.messages.values())


def _shown(screen: Screen, bot: str) -> dict[str, Any]:
    """Return a room in the form in which `benchmarks.kills` judges a chat."""
    messages = [
        {
            "from": {"is_bot": one.sender == bot},
            "text": one.body,
            "reply_markup": one.is_live or [key for who, key in one.reactions if who == bot],
        }
        for one in screen.messages.values()
        if not one.is_redacted
    ]
    return {"messages": messages, "drafts": []}


def main(words: Sequence[str]) -> int:
    """Kill the gateway again and again; return 1 if something is wrong in the end."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.matrix.kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=10, help="how often it is ended")
    parser.add_argument("--seed", type=int, default=1, help="draws the moments")
    asked = parser.parse_args(words)
    with (
        tempfile.TemporaryDirectory(prefix="synapse-") as folder,
        private_synapse(Path(folder) / "server") as synapse,
    ):
        verdict = asyncio.run(run(synapse, asked.kills, asked.seed))
    print(verdict)
    return 1 if verdict.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
