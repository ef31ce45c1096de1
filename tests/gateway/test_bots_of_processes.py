"""A name of a channel means one bot in all processes of a fleet."""

from __future__ import annotations

import pytest
from databases import Database as Place
from fleet_stage import RecordedSignals

from tickertape.gateway.config.loading import Secrets, parse
from tickertape.gateway.fleet.bots import bots_of
from tickertape.gateway.storage.claims import Claims
from tickertape.gateway.storage.database import Database

pytestmark = pytest.mark.anyio
pytest_plugins = ["database_fixtures"]

CONFIG = parse(
    """
access: {allow: ['1']}
channels:
  home: {type: telegram, token_env: HOME_TOKEN}
  work: {type: telegram, token_env: WORK_TOKEN}
""",
    "t.yaml",
)


def bots(home: str, work: str) -> dict[str, str]:
    """Return the marks of two bots, by their tokens."""
    return bots_of(CONFIG, Secrets({"HOME_TOKEN": home, "WORK_TOKEN": work}))


def test_a_mark_tells_bots_apart_and_no_token() -> None:
    """It is the same for the same bot, and has nothing of what it is made of."""
    first = bots("1:aaaaaaaaaaaa", "2:bbbbbbbbbbbb")
    assert first == bots("1:aaaaaaaaaaaa", "2:bbbbbbbbbbbb")
    assert first["home"] != bots("3:cccccccccccc", "2:bbbbbbbbbbbb")["home"]
    assert first["home"] != first["work"]
    assert "aaaa" not in str(first)


async def test_a_process_with_another_bot_is_found(database: Place) -> None:
    """As long as it lives; one that answers in other channels is no trouble."""
    opened = await Database.open(database.url)
    first = Claims(opened, "first", RecordedSignals(), bots("1:a", "2:b"))
    same = Claims(opened, "same", RecordedSignals(), bots("1:a", "2:b"))
    other = Claims(opened, "other", RecordedSignals(), bots("1:a", "9:z"))
    apart = Claims(opened, "apart", RecordedSignals(), {"play": "x"})
    await first.join()
    try:
        assert await same.with_other_bots() == ()
        assert await apart.with_other_bots() == ()
        assert await other.with_other_bots() == ("work",)
        await first.leave()
        assert await other.with_other_bots() == ()
    finally:
        await opened.aclose()
