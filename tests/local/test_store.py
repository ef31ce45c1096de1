"""The store of model files, with a tiny file and sources of our own."""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from tiny_model import BYTES, TINY, FakeReport, FakeSource

from tickertape.errors import ModelUnavailableError
from tickertape.local.model import ModelFile, ModelSource
from tickertape.local.store import MODEL_PATH_VARIABLE, ConsoleReport, ModelStore


@pytest.fixture(autouse=True)
def _no_given_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(MODEL_PATH_VARIABLE, raising=False)


def _store(folder: Path, *sources: ModelSource, report: FakeReport | None = None) -> ModelStore:
    return ModelStore(folder, sources=sources, report=report or FakeReport(), known=[TINY])


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {"tiny.gguf.lock", "verified.json"}


def test_a_file_is_fetched_once(tmp_path: Path) -> None:
    """The second time nothing is read from a source, nor hashed again."""
    source, report = FakeSource(), FakeReport()
    path = _store(tmp_path, source, report=report).fetch(TINY)
    assert path.read_bytes() == BYTES
    assert (report.done, report.total) == (TINY.size, TINY.size)
    assert _names(tmp_path) == {"tiny.gguf"}
    status = path.stat()
    path.write_bytes(bytes(TINY.size))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert _store(tmp_path).fetch(TINY) == path
    assert source.offsets == [0]


def test_a_file_that_changed_is_hashed_again(tmp_path: Path) -> None:
    """A touched file is checked and kept, a damaged one is deleted and fetched anew."""
    source, report = FakeSource(), FakeReport()
    store = _store(tmp_path, source, report=report)
    path = store.fetch(TINY)
    os.utime(path, ns=(0, 0))
    assert store.fetch(TINY) == path
    assert source.offsets == [0]
    path.write_bytes(bytes(TINY.size))
    assert store.fetch(TINY).read_bytes() == BYTES
    assert source.offsets == [0, 0]
    assert "has been deleted" in report.notes[1]


@settings(deadline=None, max_examples=40)
@given(cut=st.integers(0, len(BYTES)))
def test_a_download_goes_on_where_it_was_cut(
    cut: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Killed after any byte, a download never fetches again what is there."""
    folder = tmp_path_factory.mktemp("store")
    (folder / "tiny.gguf.partial").write_bytes(BYTES[:cut])
    source = FakeSource()
    assert _store(folder, source).fetch(TINY).read_bytes() == BYTES
    assert source.offsets == ([cut] if cut < TINY.size else [])


def test_another_source_goes_on(tmp_path: Path) -> None:
    """What one source gave before it broke off is kept for the next one."""
    broken, good = FakeSource(fails_after=500), FakeSource()
    assert _store(tmp_path, broken, good).fetch(TINY).read_bytes() == BYTES
    assert good.offsets == [500]


def test_what_is_there_is_kept_when_all_fail(tmp_path: Path) -> None:
    """The error names each source's reason in one line; the next try goes on."""
    with pytest.raises(ModelUnavailableError) as caught:
        _store(tmp_path, FakeSource(fails_after=300), FakeSource(BYTES[:400])).fetch(TINY)
    text = str(caught.value)
    assert "a fake: the line was cut; a fake: it ended 0 MB early" in text
    assert MODEL_PATH_VARIABLE in text
    assert "\n" not in text
    assert _names(tmp_path) == {"tiny.gguf.partial"}
    last = FakeSource()
    _store(tmp_path, last).fetch(TINY)
    assert last.offsets == [400]


def test_no_source_at_all(tmp_path: Path) -> None:
    """Without a source the reason is said."""
    with pytest.raises(ModelUnavailableError, match="No source is known"):
        _store(tmp_path).fetch(TINY)


def test_a_wrong_hash_is_never_used(tmp_path: Path) -> None:
    """A source whose bytes are others is refused, and nothing of it stays."""
    wrong = FakeSource(bytes(TINY.size))
    with pytest.raises(ModelUnavailableError, match="wrong SHA-256"):
        _store(tmp_path, wrong).fetch(TINY)
    assert _names(tmp_path) == set()
    good = FakeSource()
    assert _store(tmp_path, wrong, good).fetch(TINY).read_bytes() == BYTES
    assert good.offsets == [0]


def test_a_damaged_beginning_gets_a_second_chance(tmp_path: Path) -> None:
    """When what was there was wrong, the source is read once more from the start."""
    (tmp_path / "tiny.gguf.partial").write_bytes(bytes(700))
    source, report = FakeSource(), FakeReport()
    assert _store(tmp_path, source, report=report).fetch(TINY).read_bytes() == BYTES
    assert source.offsets == [700, 0]
    assert "damaged" in report.notes[1]
    (tmp_path / "tiny.gguf").unlink()
    (tmp_path / "tiny.gguf.partial").write_bytes(bytes(TINY.size + 1))
    assert _store(tmp_path, FakeSource(BYTES + b"more")).fetch(TINY).read_bytes() == BYTES


def test_a_given_file_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path is used only if it holds a known model, and is never changed or copied."""
    given, wrong = tmp_path / "mine.bin", tmp_path / "wrong.bin"
    given.write_bytes(BYTES)
    wrong.write_bytes(bytes(TINY.size))
    store = _store(tmp_path / "cache")
    assert store.fetch(TINY, given=given) == given
    monkeypatch.setenv(MODEL_PATH_VARIABLE, str(given))
    assert store.fetch(TINY) == given
    for path in (wrong, tmp_path, tmp_path / "none"):
        with pytest.raises(ModelUnavailableError, match=str(path)):
            store.fetch(TINY, given=path)
    assert wrong.exists()


@pytest.mark.parametrize("memory", ["", "[]", "{}", "not json", '{"a": 1}'])
def test_a_spoilt_memory_does_no_harm(memory: str, tmp_path: Path) -> None:
    """When it is forgotten what was hashed, it is hashed again."""
    store = _store(tmp_path, FakeSource())
    path = store.fetch(TINY)
    (tmp_path / "verified.json").write_text(memory)
    assert _store(tmp_path).fetch(TINY) == path
    assert str(path) in json.loads((tmp_path / "verified.json").read_text())


def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too little space, before or during a download, is one clear line."""

    class FullSource(FakeSource):
        def read(self, model: ModelFile, offset: int, scratch: Path) -> Iterator[bytes]:
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(ModelUnavailableError, match=r"no space left; tiny\.gguf needs 134 MB"):
        _store(tmp_path, FullSource()).fetch(TINY)
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr("tickertape.local.store.shutil.disk_usage", lambda path: usage)
    source = FakeSource()
    with pytest.raises(ModelUnavailableError, match="no space left"):
        _store(tmp_path, source).fetch(TINY)
    assert source.offsets == []


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    """A cache directory that is a file is an error in one line."""
    blocked = tmp_path / "file"
    blocked.write_text("x")
    with pytest.raises(ModelUnavailableError, match=str(blocked)):
        _store(blocked, FakeSource()).fetch(TINY)


def test_two_processes_fetch_once(tmp_path: Path) -> None:
    """Many at once end with one whole file, which one of them fetched."""
    program = (
        "import sys; from pathlib import Path; from tiny_model import *;"
        "from tickertape.local.store import ModelStore;"
        "source = FakeSource(); report = FakeReport();"
        "store = ModelStore(Path(sys.argv[1]), sources=[source], report=report, known=[TINY]);"
        "assert store.fetch(TINY).read_bytes() == BYTES; print(len(source.offsets))"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)  # noqa: S603
        for _ in range(4)
    ]
    counts = [int(process.communicate()[0]) for process in running]
    assert [process.returncode for process in running] == [0] * 4
    assert sum(counts) == 1


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_is_shown(terminal: bool) -> None:
    """A terminal gets a bar, a pipe a line for every tenth."""
    out = io.StringIO()
    report = ConsoleReport(Console(file=out, force_terminal=terminal, width=100))
    report.note("Here [we] go")
    report.begin("Fetching", 100, 1000)
    for _ in range(18):
        report.advance(50)
    report.end()
    report.end()
    shown = out.getvalue()
    assert "Here [we] go" in shown
    if terminal:
        assert "1.0/1.0 kB" in shown
    else:
        expected = [f"Fetching: {n} %" for n in range(20, 101, 10)]
        assert shown.splitlines()[1:] == ["Fetching: 0 MB", *expected]


def test_the_defaults_are_the_users_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without arguments the file goes where the platform keeps caches."""
    place = "tickertape.local.store.platformdirs.user_cache_path"
    monkeypatch.setattr(place, lambda name: tmp_path / name)
    settings: dict[str, Any] = {"sources": [FakeSource()], "report": FakeReport()}
    expected = tmp_path / "tickertape" / "models" / "tiny.gguf"
    assert ModelStore(**settings).fetch(TINY) == expected
