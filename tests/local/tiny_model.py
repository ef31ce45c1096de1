"""A model file of a few bytes, and sources of our own that have it."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from pathlib import Path

from tickertape.errors import ModelUnavailableError
from tickertape.local.model import DataWheel, ModelFile

__all__ = ["BYTES", "TINY", "FakeReport", "FakeSource", "build_wheels"]

BYTES = bytes(range(256)) * 4
SIZES = (400, 400, 224)
TINY = ModelFile(
    name="Tiny",
    file="tiny.gguf",
    size=len(BYTES),
    sha256=hashlib.sha256(BYTES).hexdigest(),
    licence="MIT",
    repository="someone/tiny",
    revision="0" * 40,
    wheels=tuple(DataWheel(f"tiny-model-part{n}", "0.1", size) for n, size in enumerate(SIZES, 1)),
)


def build_wheels(folder: Path, *, content: bytes = BYTES) -> None:
    """Write the data wheels of the tiny model."""
    start = 0
    for n, wheel in enumerate(TINY.wheels, 1):
        stem = wheel.distribution.replace("-", "_")
        info = f"{stem}-0.1.dist-info"
        piece = content[start : start + wheel.size]
        start += wheel.size
        with zipfile.ZipFile(folder / f"{stem}-0.1-py3-none-any.whl", "w") as archive:
            archive.writestr(f"{stem}/__init__.py", "raise SystemExit('never imported')")
            archive.writestr(f"{stem}/data/part{n:02}.bin", piece)
            metadata = f"Metadata-Version: 2.1\nName: {wheel.distribution}\nVersion: 0.1\n"
            archive.writestr(f"{info}/METADATA", metadata)
            tags = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
            archive.writestr(f"{info}/WHEEL", tags)
            archive.writestr(f"{info}/RECORD", "")


class FakeSource:
    """Has some bytes, and may break off after some."""

    name = "a fake"

    def __init__(self, content: bytes = BYTES, *, fails_after: int | None = None) -> None:
        self.content = content
        self.fails_after = fails_after
        self.offsets: list[int] = []
        """Where each reading began."""

    def notice(self, model: ModelFile) -> str:
        return f"{model.name} from a fake"

    def read(self, model: ModelFile, offset: int, scratch: Path) -> Iterator[bytes]:
        """Yield the bytes, 100 at a time."""
        assert scratch.is_dir()
        self.offsets.append(offset)
        (scratch / "litter").write_bytes(b"x")
        for at in range(offset, len(self.content), 100):
            if self.fails_after is not None and at >= self.fails_after:
                raise ModelUnavailableError("the line was cut")
            yield self.content[at : at + 100]


class FakeReport:
    """Keeps what was reported."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.done = 0
        self.total = 0

    def note(self, line: str) -> None:
        """Keep a line."""
        self.notes.append(line)

    def begin(self, label: str, done: int, total: int) -> None:
        """Begin to count."""
        self.done, self.total = done, total

    def advance(self, size: int) -> None:
        """Count."""
        self.done += size

    def end(self) -> None:
        """Stop counting."""
