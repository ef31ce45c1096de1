"""The demo's stage, in this process: a model server and the emulator, over HTTP."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from tickertape.cli.demo.stage import play_emulated
from tickertape.local.server import LocalServer
from tickertape.testing.model_script import ScriptedAnswer, Silence
from tickertape.testing.model_server import ModelServer

pytestmark = pytest.mark.anyio


async def test_a_signal_while_the_model_reads_ends_the_demo(tmp_path: Path) -> None:
    """A model that takes minutes to read its first words holds up no Ctrl-C."""
    async with ModelServer(ScriptedAnswer(fault=Silence())) as silent:
        model = LocalServer(tmp_path / "model.gguf")
        model.base_url = silent.base_url
        playing = asyncio.create_task(play_emulated(model, 0))
        async with asyncio.timeout(20):
            await silent.asked()
            os.kill(os.getpid(), signal.SIGTERM)
            await playing
            await silent.left()
