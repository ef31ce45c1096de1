"""A blocking agent in a thread, and no platform at all: your own transport is one method.

python examples/threaded_agent.py
"""

import asyncio
import time
from collections.abc import Callable

from tickertape import Address, ChatKind, StreamConsumer
from tickertape.delivery.actions import Accepted, Action, Delete, Outcome, Probe
from tickertape.delivery.surface import Surface
from tickertape.markup.rulers import CODE_POINTS


class Terminal:
    """A 'chat' that prints every state of its one message."""

    def surface(self, address: Address) -> Surface:
        return Surface(limit=4096, ruler=CODE_POINTS)

    async def perform(self, action: Action) -> Outcome:
        text = "" if isinstance(action, Probe | Delete) else action.text
        print(f"{type(action).__name__:5} {text!r}")
        return Accepted(text, message_id="1")


def blocking_agent(on_delta: Callable[[str], None]) -> None:
    for word in ("Deltas ", "may ", "come ", "from ", "any ", "thread."):
        time.sleep(0.2)
        on_delta(word)


async def main() -> None:
    async with StreamConsumer(Terminal(), to=Address("telegram", "1", ChatKind.GROUP)) as answer:
        await asyncio.to_thread(blocking_agent, answer.on_delta)
    print("on screen:", answer.shown.is_whole)


if __name__ == "__main__":
    asyncio.run(main())
