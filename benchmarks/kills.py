"""`tickertape serve`, killed again and again while people write: `python -m benchmarks.kills`.

    python -m benchmarks.kills --kills 200 --seed 1
    python -m benchmarks.kills --kills 30 --fleet 3    # of several (`benchmarks.fleet.lives`)

The gateway is a process of its own that answers by `--agent`, in this module: a model of our own
loop that says a few words, runs a tool, and answers at length. The emulated Telegram is in this
process. Two people write, in private and in a group, each life of the gateway ends by a signal
(SIGKILL; now and then SIGTERM) at a random moment, and the next one begins at once. When all is
answered, the chats are read:

- each question has its two messages, whole, once, in the order of the questions;
- none has a button, none is a draft;
- no tool has run twice for a question;
- where an answer was given up because it was cut off three times, it says so.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tickertape.agent.loop import ModelAgent
from tickertape.agent.models import Model
from tickertape.conversation import Step, TextPart, ToolCall, ToolResult, begins_turn
from tickertape.delivery.marks import StopReason, mark_of_stop
from tickertape.emulator.scene import SUPERGROUP, TOKEN, YOU
from tickertape.emulator.server import EmulatorServer
from tickertape.events import Event, Finished, Recorded, TextDelta
from tickertape.ports import Prompt, ToolSpec

__all__ = ["RAN", "Verdict", "agent", "ask", "judge", "life", "run", "settled"]

_WORDS = tuple(f"word {n}" for n in range(24))
_PAUSE = 0.04  # seconds between two words: 24 of them are a second
_LIFE = 3.0  # seconds that the gateway lives at most, once it listens
_PATIENCE = 60.0
_EVERY = 2  # lives from one question to the next, or more would wait than there is room for (20)
_GROUP_EVERY = 4  # lives from one question in the group to the next: its limit is 20 calls a minute
_QUIET = 70.0  # seconds without a change after which nothing more comes: longer than that minute
_LISTENING = b"listening as"
_GIVEN_UP = mark_of_stop(StopReason.KILLED)
RAN = "ran.txt"


class LookingModel:
    """A model that asks for one tool, and then answers."""

    def __init__(self, words: Sequence[str] = (), pause: float = 0.0) -> None:
        """Make a model.

        Args:
            words: what it says behind each of its answers, word by word.
            pause: seconds before each of them.
        """
        self._words = words
        self._pause = pause

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Event, None]:
        """Yield one answer."""
        last, question = prompt.entries[-1], _question_in(prompt)
        if isinstance(last, ToolResult):
            said = f"Answer to {question}."
            yield TextDelta(said)
            for word in self._words:
                await asyncio.sleep(self._pause)
                said += (piece := f" {word}")
                yield TextDelta(piece)
            step = Step((TextPart(said),))
        else:
            said = f"Looking at {question}."
            yield TextDelta(said)
            step = Step((TextPart(said), ToolCall(question, "look", json.dumps({"at": question}))))
        yield Recorded(step)
        yield Finished()


def _question_in(prompt: Prompt) -> str:
    said = next(entry.text for entry in reversed(prompt.entries) if begins_turn(entry))
    return said.split()[-1]


class _Look:
    """A tool that writes down that it ran."""

    spec = ToolSpec("look", "Look at something.", {"type": "object"})

    async def call(self, arguments: Mapping[str, object]) -> str:
        """Write down what is looked at."""
        with Path(RAN).open("a") as file:  # noqa: ASYNC230 - a line
            file.write(f"{arguments['at']}\n")
        await asyncio.sleep(0.2)
        return "seen"


def agent() -> ModelAgent:
    """Return the agent that answers in the process that is killed."""
    return ModelAgent([Model("m", LookingModel(_WORDS, _PAUSE))], tools=lambda: [_Look()])


@dataclass(slots=True)
class Verdict:
    """What the chats show in the end."""

    kills: int
    """How many lives ended in the midst of what they did."""
    questions: int = 0
    """How many questions were asked."""
    given_up: int = 0
    """How many answers were cut off three times, and say so."""
    doubled: int = 0
    """How many first messages stand there twice: their process died while it looked for them."""
    wrong: list[str] = field(default_factory=list)
    """What should not be: one sentence each."""

    def __str__(self) -> str:
        """Return it as a line, with what is wrong below."""
        line = (
            f"{self.kills} ends, {self.questions} questions, {self.given_up} given up, "
            f"{self.doubled} doubled, "
        )
        return "\n".join([f"{line}{len(self.wrong)} wrong", *self.wrong[:40]])


async def run(kills: int, seed: int) -> Verdict:
    """Return what is left after a gateway was killed so often.

    Args:
        kills: how many of its lives end by a signal.
        seed: draws the moments.
    """
    verdict, draw = Verdict(kills), random.Random(seed)  # noqa: S311 - no secret
    with tempfile.TemporaryDirectory(prefix="tickertape-") as folder:
        async with EmulatorServer() as emulator, httpx.AsyncClient(base_url=emulator.url) as http:
            _configure(Path(folder), emulator)
            asked: dict[int, list[str]] = {YOU: [], SUPERGROUP: []}
            for number in range(kills):
                async with life(folder, TOKEN=TOKEN) as process:
                    until = draw.uniform(0.0, _LIFE)
                    await asyncio.sleep(until / 2)
                    await ask(http, asked, number)
                    await asyncio.sleep(until / 2)
                    process.send_signal(signal.SIGTERM if draw.random() < 0.2 else signal.SIGKILL)
            async with life(folder, TOKEN=TOKEN) as process:
                screens = await settled(http, asked)
                process.terminate()
        ran = Counter((Path(folder) / RAN).read_text().split()) if asked[YOU] else Counter()
    verdict.questions = sum(map(len, asked.values()))
    for chat, questions in asked.items():
        judge(verdict, screens[chat], questions)
    verdict.wrong += [f"the tool ran {n} times for {what}" for what, n in ran.items() if n > 1]
    return verdict


def _configure(folder: Path, emulator: EmulatorServer) -> None:
    config = {
        "telegram": {"api_base": emulator.url, "token_env": "TOKEN"},
        "access": {"allow": [YOU]},
    }
    (folder / "tickertape.yaml").write_text(json.dumps(config))


@asynccontextmanager
async def life(folder: str, **environ: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the gateway from the moment when it listens to its end.

    Args:
        folder: where its configuration is.
        environ: the variables that this names.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tickertape", "serve", "--agent", "benchmarks.kills:agent"),
        cwd=folder,
        env={**os.environ, **environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    log = process.stderr
    async with asyncio.timeout(_PATIENCE):
        await _until_listening(log)
    rest = asyncio.create_task(log.read())
    try:
        yield process
        async with asyncio.timeout(_PATIENCE):
            await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
        errors = [line for line in (await rest).decode().splitlines() if "error" in line.lower()]
        if errors:
            print("\n".join(errors[:5]), file=sys.stderr)


async def _until_listening(log: asyncio.StreamReader) -> None:
    said = b""
    while line := await log.readline():
        said += line
        if _LISTENING in line:
            return
    raise RuntimeError(said.decode(errors="replace"))


async def ask(http: httpx.AsyncClient, asked: dict[int, list[str]], life: int) -> None:
    """Let people ask what they ask in a life, and record it in `asked`."""
    for chat, questions in asked.items():
        if life % (_EVERY if chat == YOU else _GROUP_EVERY):
            continue
        name = f"{'p' if chat == YOU else 'g'}{life}"
        questions.append(name)
        text = name if chat == YOU else f"@tickertape_bot {name}"
        answer = await http.post("/view/send", json={"chat_id": chat, "text": text})
        answer.raise_for_status()


async def settled(
    http: httpx.AsyncClient, asked: Mapping[int, Sequence[str]]
) -> dict[int, dict[str, Any]]:
    """Return what the chats show when nothing changes any more."""
    before: dict[int, dict[str, Any]] = {}
    quiet = 0.0
    while quiet < (4.0 if _are_answered(before, asked) else _QUIET):
        await asyncio.sleep(1.0)
        shown = {chat: (await http.get(f"/view/chats/{chat}")).json() for chat in asked}
        quiet = quiet + 1.0 if shown == before else 0.0
        before = shown
    return before


def _are_answered(
    screens: Mapping[int, Mapping[str, Any]], asked: Mapping[int, Sequence[str]]
) -> bool:
    """Return whether each chat shows the last words of the last answer."""
    return bool(screens) and all(
        not questions
        or any(
            f"to {questions[-1]}." in m["text"] and _WORDS[-1] in m["text"] for m in s["messages"]
        )
        for s, questions in ((screens[chat], asked[chat]) for chat in asked)
    )


def judge(verdict: Verdict, screen: Mapping[str, Any], questions: Sequence[str]) -> None:
    """Add what is wrong in one chat."""
    ours = [message for message in screen["messages"] if message["from"]["is_bot"]]
    said = [message["text"] for message in ours]
    verdict.wrong += [
        f"a button is left: {m['text'][-60:]!r}" for m in ours if m.get("reply_markup")
    ]
    verdict.wrong += [f"a draft is left: {d['text']!r}" for d in screen["drafts"]]
    for question in questions:
        first, last = f"Looking at {question}.", " ".join((f"Answer to {question}.", *_WORDS))
        of_it = [text for text in said if f" {question}." in text]
        if of_it == [first, last]:
            continue
        at = max((n for n, text in enumerate(said) if text in of_it), default=-1)
        if any(_GIVEN_UP in text for text in said[at : at + 2]):
            verdict.given_up += 1
        elif of_it == [first, first, last]:
            verdict.doubled += 1
        else:
            verdict.wrong.append(f"{question}: {[text[-70:] for text in of_it]}")
    order = [text.split()[2].rstrip(".") for text in said if text.startswith("Answer to")]
    if order != [name for name in questions if name in order]:
        verdict.wrong.append(f"out of order: {order}")


def main(words: Sequence[str]) -> int:
    """Kill the gateway again and again; return 1 if something is wrong in the end."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="how often it is ended")
    parser.add_argument("--seed", type=int, default=1, help="draws the moments")
    parser.add_argument("--fleet", type=int, default=0, help="how many answer; on Postgres")
    asked = parser.parse_args(words)
    if asked.fleet:
        from benchmarks.fleet import lives  # noqa: PLC0415 - it imports this module

        verdict = asyncio.run(lives.run(asked.kills, asked.seed, asked.fleet))
    else:
        verdict = asyncio.run(run(asked.kills, asked.seed))
    print(verdict)
    return 1 if verdict.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
