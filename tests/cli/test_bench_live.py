"""`tickertape bench live` against the emulator: with our pieces, and with configured ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tickertape.cli.bench.plan import Plan, plan
from tickertape.cli.bench.rehearsal import rehearse
from tickertape.cli.demo.canned import TEXT
from tickertape.emulator.scene import GROUP, TOKEN, YOU
from tickertape.emulator.server import EmulatorServer
from tickertape.errors import ModelUnavailableError
from tickertape.local.store import MODEL_PATH_VARIABLE
from tickertape.testing.model_script import refusal
from tickertape.testing.model_server import ModelServer


def test_the_command_measures_and_writes(tmp_path: Path) -> None:
    """Without model and configuration: a table on stdout, everything in the file, exit code 0."""
    options = ("--scripted", "--sessions", "2", "--json", "live.json")
    ended = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "tickertape", "bench", "live", *options],
        cwd=tmp_path,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == "2 conversations at once ...\n"
    assert "answers exact 2 of 2" in " ".join(ended.stdout.split())
    written = json.loads((tmp_path / "live.json").read_text("utf-8"))
    (round_,) = written["rounds"]
    assert round_["refusals"] == 0
    for one in round_["conversations"]:
        assert one["complete"]
        assert one["characters"] == len(TEXT)
        assert 0 < one["first_delta"] < one["first_text"] < one["seconds"]


@pytest.mark.anyio
async def test_the_configured_provider_and_channel(tmp_path: Path) -> None:
    """The named chats get the answers of the configured model, round by round."""
    async with EmulatorServer() as emulator, ModelServer() as model:
        model.say("Tides ", "come ", "and go.", pause=0.2)
        path = tmp_path / "t.yaml"
        path.write_text(
            f"provider: {{protocol: messages, base_url: '{model.base_url}', model: tidal, "
            f"api_key_env: KEY, system_prompt: Be brief.}}\n"
            f"telegram: {{token_env: BOT, api_base: '{emulator.url}'}}\n",
            "utf-8",
        )
        made = plan(
            sessions="1,2",
            config=path,
            prompt="Why tides?",
            chats=f"{YOU},{GROUP}",
            scripted=False,
            environ={"BOT": TOKEN, "KEY": "sk-not-to-be-seen"},
        )
        said: list[int] = []
        title, results = await rehearse(made, said.append)
        texts = [emulator.world.screen(chat).texts for chat in (YOU, GROUP)]
    assert said == [1, 2]
    assert "tidal" in title
    assert TOKEN not in title
    assert texts == [("Tides come and go.",) * 2, ("Tides come and go.",)]
    conversations = [one for result in results for one in result.round_.conversations]
    assert [one.is_complete for one in conversations] == [True] * 3
    assert [result.exact for result in results] == [(None,), (None, None)]
    assert {request.body["system"] for request in model.requests} == {"Be brief."}


@pytest.mark.anyio
async def test_a_model_that_refuses_is_a_failure_in_the_report(tmp_path: Path) -> None:
    """A wrong key fails every conversation, with a reason that holds no secret."""
    async with EmulatorServer() as emulator, ModelServer(refusal(401, "No such key.")) as model:
        path = tmp_path / "t.yaml"
        path.write_text(
            f"provider: {{base_url: '{model.base_url}', api_key_env: KEY}}\n"
            f"telegram: {{token_env: BOT, api_base: '{emulator.url}'}}\n",
            "utf-8",
        )
        made = plan(
            sessions="1",
            config=path,
            prompt="Why tides?",
            chats=str(YOU),
            scripted=False,
            environ={"BOT": TOKEN, "KEY": "sk-not-to-be-seen"},
        )
        _, (result,) = await rehearse(made, lambda _: None)
    (conversation,) = result.round_.conversations
    assert conversation.failure.startswith("auth (HTTP 401)")
    assert "sk-not-to-be-seen" not in conversation.failure


@pytest.mark.anyio
async def test_the_embedded_model_in_the_emulator() -> None:
    """The real small model answers, and what it says is what a person sees."""
    _, (result,) = await rehearse(Plan((1,), "Say yes.", None, (), False), lambda _: None)
    (conversation,) = result.round_.conversations
    assert conversation.failure == ""
    assert conversation.measures is not None
    assert result.exact == (True,)


@pytest.mark.anyio
async def test_an_embedded_model_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nothing is measured without a model, and the reason is one line."""
    monkeypatch.setenv(MODEL_PATH_VARIABLE, str(tmp_path / "none.gguf"))
    with pytest.raises(ModelUnavailableError, match=r"none\.gguf"):
        await rehearse(Plan((1,), "Say yes.", None, (), False), lambda _: None)
