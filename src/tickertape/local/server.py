"""The embedded model as a server on this machine: started, and gone when we are.

The model runs in a process of its own (`tickertape.local.engine.server`), so that neither its
computing nor its memory nor a crash is ours. It listens on a free port of the loopback interface,
with a key of its own, new at each start.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import secrets
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tickertape.errors import ModelUnavailableError
from tickertape.local.engine.settings import EngineSettings
from tickertape.local.model import CONTEXT_TOKENS

__all__ = ["LocalServer"]

_TEMPLATE: Final = Path(__file__).with_name("engine") / "chatml.jinja"

_START_TIMEOUT: Final = 120.0
"""Seconds to load the model: two on a good disk, a minute on a bad one."""

_STOP_TIMEOUT = 0.2
"""Seconds that the process gets to end by itself; it needs a tenth of that."""

_MOST_THREADS = 4
"""More threads than this wait for memory rather than compute, with a model this small."""

_TAIL = 16 * 1024
"""Bytes of standard error that are kept."""

_ERROR = re.compile(r"[\d.]+ E +(.+)")
"""An error in llama.cpp's log: a time, the level, the text."""

_ENVIRONMENT = {"OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "0"}
"""Threads of the engine that wait do not spin. Next to one busy process on two cores the model
writes five times as fast so (measured 2026-11), and the chat stays responsive."""


class LocalServer:
    """A model server for as long as the block runs.

        async with LocalServer(path) as server:
            endpoint = Endpoint(
                protocol="chat_completions",
                base_url=server.base_url,
                api_key=server.api_key,
                model=server.model,
            )

    It speaks all three protocols, and calls tools. When the block ends, the process is gone.
    """

    def __init__(
        self,
        path: Path,
        *,
        context_tokens: int = CONTEXT_TOKENS,
        answers_at_once: int = 2,
        threads: int | None = None,
        start_timeout: float = _START_TIMEOUT,
        template: Path = _TEMPLATE,
    ) -> None:
        """Describe the server; nothing is started yet.

        Args:
            path: the model file.
            context_tokens: tokens that all answers at once share.
            answers_at_once: answers written at the same time; others wait for their turn.
            threads: threads that compute; None for as many as there are cores, four at most.
            start_timeout: seconds to load the model.
            template: the chat template in Jinja, for a model that wants another one.
        """
        self.base_url = ""
        """Where the server listens, as an SDK takes it: known once it has started."""
        self.api_key = secrets.token_urlsafe(24)
        """The key that requests must carry."""
        self.model = "local"
        """The model's name in requests."""
        self._settings = EngineSettings(
            path=str(path),
            template=str(template),
            api_key=self.api_key,
            model=self.model,
            context_tokens=context_tokens,
            answers_at_once=answers_at_once,
            threads=threads or min(_MOST_THREADS, os.cpu_count() or 1),
        )
        self._start_timeout = start_timeout
        self._child: _Child | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._settings.path!r} at {self.base_url or 'no address'})"

    async def __aenter__(self) -> Self:
        """Start the process and wait until the model is loaded.

        Raises:
            ModelUnavailableError: when it cannot be, with the engine's reason.
        """
        self._child = await _Child.start()
        try:
            async with asyncio.timeout(self._start_timeout):
                url = await self._child.load(self._settings)
        except TimeoutError:
            await self._child.stop()
            raise ModelUnavailableError(
                f"the model was not loaded within {self._start_timeout:g} s"
            ) from None
        except BaseException:
            await self._child.stop()
            raise
        self.base_url = f"{url}/v1"
        return self

    async def __aexit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop the process; it is gone when this returns."""
        if self._child is not None:
            await self._child.stop()


class _Child:
    """The engine's process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._said = b""
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def start(cls) -> _Child:
        """Start the process.

        Raises:
            ModelUnavailableError: when the system cannot.
        """
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "tickertape.local.engine.server",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=os.environ | _ENVIRONMENT,
            )
        except OSError as error:
            raise ModelUnavailableError(f"the engine cannot be started: {error}") from error
        return cls(process)

    async def load(self, settings: EngineSettings) -> str:
        """Load the model, and return the server's address.

        Raises:
            ModelUnavailableError: when it cannot be; the process has ended then.
        """
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise ModelUnavailableError("the engine has no pipes")
        with suppress(ConnectionError):
            stdin.write(json.dumps(asdict(settings)).encode() + b"\n")
            await stdin.drain()
        line = await stdout.readline()
        told: dict[str, str] = json.loads(line) if line else {}
        if "url" not in told:
            await self._listening
            reason = await self._reason(told.get("error", ""))
            raise ModelUnavailableError(f"the engine failed: {reason}")
        return told["url"]

    async def stop(self) -> None:
        """End the process: by closing its input, and by force if that does not help at once."""
        try:
            if self._process.stdin is not None:
                self._process.stdin.close()
            with suppress(TimeoutError):
                async with asyncio.timeout(_STOP_TIMEOUT):
                    await self._process.wait()
        finally:
            if self._process.returncode is None:
                self._process.kill()
            await self._process.wait()
            await self._listening

    async def _listen(self) -> None:
        """Keep the end of what the process writes to standard error."""
        stderr = self._process.stderr
        while stderr is not None and (said := await stderr.read(_TAIL)):
            self._said = (self._said + said)[-_TAIL:]

    async def _reason(self, told: str) -> str:
        """Find why the process ended: the library's first error, else what the process told."""
        status = await self._process.wait()
        lines = self._said.decode("utf-8", "replace").strip().splitlines()
        errors = [found[1] for line in lines if (found := _ERROR.match(line))]
        told_at_last = [line for line in (told, *lines[-1:]) if line]
        return (errors[:1] or told_at_last or [f"it ended with status {status}"])[0]
