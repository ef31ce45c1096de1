"""The process of the embedded model, as far as it goes without a model."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from tickertape.errors import ModelUnavailableError
from tickertape.local.engine.settings import EngineSettings
from tickertape.local.server import LocalServer

pytestmark = pytest.mark.anyio

_PARENT = """
import asyncio
from tickertape.local.server import _Child

async def main():
    child = await _Child.start()
    print(child._process.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"hello, world", "invalid magic characters"), (None, "No such file"), (b"GGUF", "failed to")],
    ids=["not a model", "no file", "cut"],
)
async def test_a_bad_file_is_said(content: bytes | None, reason: str, tmp_path: Path) -> None:
    """What the engine says is wrong with a file is the error's one line."""
    path = tmp_path / "model.gguf"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelUnavailableError, match=reason) as caught:
        await LocalServer(path).__aenter__()
    assert "\n" not in str(caught.value)


async def test_a_template_that_is_not_there_is_said(tmp_path: Path) -> None:
    """A template that cannot be read is the error's one line, too."""
    template = tmp_path / "none.jinja"
    with pytest.raises(ModelUnavailableError, match=r"No such file.*none\.jinja") as caught:
        await LocalServer(tmp_path / "model.gguf", template=template).__aenter__()
    assert "\n" not in str(caught.value)


async def test_a_slow_start_is_given_up(tmp_path: Path) -> None:
    """A model that does not load in time leaves no process behind."""
    with pytest.raises(ModelUnavailableError, match="not loaded within 0 s"):
        await LocalServer(tmp_path / "model.gguf", start_timeout=0).__aenter__()


async def test_a_start_can_be_cancelled(tmp_path: Path) -> None:
    """Cancelling the start ends the process and raises the cancellation."""
    task = asyncio.create_task(LocalServer(tmp_path / "model.gguf").__aenter__())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_the_engine_dies_with_its_parent() -> None:
    """When the parent is killed without a chance to clean up, the process ends by itself."""
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _PARENT, stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    engine = os.pidfd_open(int(await parent.stdout.readline()))
    gone = asyncio.Event()
    asyncio.get_running_loop().add_reader(engine, gone.set)
    try:
        parent.send_signal(signal.SIGKILL)
        await parent.wait()
        await asyncio.wait_for(gone.wait(), 30)
    finally:
        asyncio.get_running_loop().remove_reader(engine)
        os.close(engine)


def test_the_key_is_not_shown(tmp_path: Path) -> None:
    """Neither the server nor its settings show the key; each server has its own."""
    server, other = LocalServer(tmp_path / "m"), LocalServer(tmp_path / "m")
    settings = EngineSettings("m", "t", "very-secret", "local", 1, 1, 1)
    assert server.api_key not in repr(server)
    assert "very-secret" not in repr(settings)
    assert server.api_key != other.api_key
    assert repr(server) == f"LocalServer('{tmp_path}/m' at no address)"
