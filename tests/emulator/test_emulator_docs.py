"""The examples in docs/emulator.md do what the page says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import httpx
import pytest

from tickertape.emulator.faults import read_fault
from tickertape.emulator.server import EmulatorServer

PAGE = (Path(__file__).parents[2] / "docs" / "emulator.md").read_text("utf-8")
POSTS = re.findall(r"curl -X POST localhost:8081(\S+)[\s\\]*-d '([^']+)'", PAGE)
FAULTS = re.findall(r"^\| `(\{\"kind\".*?\})` \|", PAGE, re.MULTILINE)
ORDERS = re.findall(r"^\| `POST (\S+)` \| `(\{.*?\})`", PAGE, re.MULTILINE)


@pytest.mark.anyio
async def test_the_orders_of_the_page_are_carried_out() -> None:
    """Every curl line and every body in the tables is accepted as it stands."""
    assert (len(POSTS), len(ORDERS)) == (6, 4)
    async with (
        EmulatorServer() as emulator,
        httpx.AsyncClient(base_url=emulator.url, trust_env=False) as http,
    ):
        for path, body in [*POSTS, *ORDERS]:
            headers = {"content-type": "application/x-www-form-urlencoded"}
            response = await http.post(path, content=body, headers=headers)
            assert response.status_code == 200, (path, body, response.text)


def test_the_faults_of_the_page_can_be_ordered() -> None:
    """Every fault in the table is one that is known."""
    assert len(FAULTS) == 10
    for text in FAULTS:
        fault = json.loads(text.replace("N", "9").replace(": S", ": 1.5").replace(": F", ": 0.5"))
        assert read_fault({"fault": fault, "until": 60}).times == 1
