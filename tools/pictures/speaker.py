"""The agent of the pictures: `tickertape ask --agent speaker:answer`, in this folder."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator

from tickertape import Turn

__all__ = ["PAUSE", "answer", "pieces"]

PAUSE = float(os.environ.get("SPEAKER_PAUSE", "0.1"))
"""Seconds between words."""

ANSWERS = {
    "bicycle": (
        "A bicycle stays upright because it **steers into its fall**.\n\n"
        "1. It leans to the left.\n"
        "2. The front wheel turns *left*, too.\n"
        "3. The wheels roll back under the weight.\n\n"
        "| what helps | how |\n|---|---|\n"
        "| trail | turns the wheel |\n| speed | makes it quick |\n\n"
        "Gyroscopes help less than most people think."
    ),
    "": (
        "`git rebase` moves your commits onto another base:\n\n"
        "```sh\ngit fetch origin\ngit rebase origin/main\n```\n\n"
        "- Each commit is **applied again**, one by one.\n"
        "- A conflict stops it: fix, `git add`, then `git rebase --continue`.\n\n"
        "History stays a straight line. Do *not* do it to commits that others have."
    ),
}
"""What is said, by a word of the question."""


def pieces(question: str) -> list[str]:
    """Return the answer to a question, word by word."""
    text = next(said for word, said in ANSWERS.items() if word in question)
    return [f"{word} " if word else " " for word in text.split(" ")]


async def answer(turn: Turn) -> AsyncIterator[str]:
    """Yield the words of the answer as a model would."""
    for piece in pieces(turn.text):
        yield piece
        await asyncio.sleep(PAUSE)
