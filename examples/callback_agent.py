"""Any blocking library with a callback: it runs in a thread of its own.

python examples/callback_agent.py
tickertape serve --agent examples.callback_agent:answer
"""

import asyncio
import time
from collections.abc import Callable

from tickertape import Address, ChatKind, Turn
from tickertape.adapters import ThreadAgent


def answer(turn: Turn, on_delta: Callable[[str], None]) -> str:
    words = f"You wrote {turn.text!r}.".split(" ")
    for number, word in enumerate(words):
        time.sleep(0.02)
        on_delta(word if number == 0 else " " + word)
    return " ".join(words)  # many libraries return it too: it is not said twice


async def main() -> None:
    turn = Turn(Address("telegram", "1", ChatKind.PRIVATE), None, "Hello there")
    async for event in ThreadAgent(answer).run(turn):
        print(event)


if __name__ == "__main__":
    asyncio.run(main())
