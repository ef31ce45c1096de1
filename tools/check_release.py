"""Check that a tag may be published: `make check-release TAG=v0.1.0`.

It needs no package: the version is read from the source, the addresses from pyproject.toml.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

__all__ = ["PLACEHOLDER", "obstacles"]

ROOT = Path(__file__).parents[1]
PLACEHOLDER = "OWNER"
"""What stands in all addresses until the project has a home."""


def obstacles(tag: str, root: Path = ROOT) -> Iterator[str]:
    """Yield why `tag` may not be published, and what to do.

    Args:
        tag: the name of the tag, as `v0.1.0`.
        root: the folder of the project.
    """
    source = (root / "src" / "tickertape" / "__init__.py").read_text("utf-8")
    found = re.search(r'^__version__ = "(.+)"$', source, re.MULTILINE)
    version = found[1] if found else ""
    if tag != f"v{version}":
        yield f"The tag is {tag!r}, the version {version!r}: set __version__, or tag v{version}."
    changes = (root / "CHANGELOG.md").read_text("utf-8")
    if not re.search(rf"^## {re.escape(version)} \(\d{{4}}-\d\d-\d\d\)$", changes, re.MULTILINE):
        yield f"CHANGELOG.md has no heading '## {version} (YYYY-MM-DD)': write the day there."
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    if PLACEHOLDER in project["urls"]["Source"]:
        yield f"The addresses name {PLACEHOLDER}: CONTRIBUTING.md says how to put the owner's name."


if __name__ == "__main__":
    found = list(obstacles(sys.argv[1]))
    for line in found:
        print(line, file=sys.stderr)
    sys.exit(1 if found else 0)
