"""`tickertape doctor` asks a real homeserver about the account."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.matrix.people import Account
from benchmarks.matrix.synapse import Synapse

from tickertape.cli.doctor.command import diagnose

pytestmark = pytest.mark.anyio
pytest_plugins = ["matrix_fixtures"]

SETTINGS = """
channels:
  home: {{type: matrix, homeserver: "{url}", user: "{user}", token_env: TOKEN}}
access: {{allow: ["home:@ann:localhost"]}}
storage: {{url: "sqlite+aiosqlite:///t.db"}}
"""


async def told(folder: Path, url: str, user: str, token: str) -> str:
    """Return what the doctor says of the account."""
    (folder / "t.yaml").write_text(SETTINGS.format(url=url, user=user), "utf-8")
    diagnosis = await diagnose(
        folder / "t.yaml", {"TOKEN": token}, offline=False, agent="json:loads"
    )
    assert not [line for line in diagnosis.lines if token in line]
    [line] = [line for line in diagnosis.lines if "account home" in line]
    return " ".join(line.split())


async def test_what_it_says(tmp_path: Path, synapse: Synapse, bot: Account) -> None:
    """Of a good set-up, of a token that is none, of another's, and of what is no homeserver."""
    name = bot.user_id
    good = await told(tmp_path, synapse.url, name, bot.token)
    assert good.startswith(f"ok account home {name}, token accepted, groups: mention, 0.2 events")
    spoilt = await told(tmp_path, synapse.url, name, "syt_none")
    assert "does not accept the token (M_UNKNOWN_TOKEN)" in spoilt
    other = await told(tmp_path, synapse.url, "@other:localhost", bot.token)
    assert f"the token belongs to {name}, not to @other:localhost" in other
    wrong = await told(tmp_path, f"{synapse.url}/elsewhere", name, bot.token)
    assert "is no homeserver of Matrix" in wrong
