"""The steps of the Dockerfile, run in a plain folder: `make image` where there is no Docker.

It is not part of `make test`: it installs everything anew from the package index.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from dockerfile import ROOT, Instruction, Stage, read

LIMIT = 250
"""Megabytes that the steps may install."""

# Where the image has things; in the folder each lies below the folder's own root.
_PLACES = re.compile(r"(?<![\w./-])/(?=(?:build|opt|data|etc)\b)")


class Folder:
    """The root of an image that is a folder, and one stage after the other in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.at = root
        self.arguments: dict[str, str] = {}
        self.environment = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}

    def inside(self, text: str) -> str:
        """Return a text with the image's paths as those of the folder, and arguments filled in."""
        for name, value in self.arguments.items():
            text = text.replace(f"${{{name}}}", value)
        return _PLACES.sub(f"{self.root}/", text.replace("$PATH", self.environment["PATH"]))

    def carry_out(self, stage: Stage) -> None:
        """Run a stage's instructions that make something."""
        for one in stage.instructions:
            self._carry_out(one)

    def _carry_out(self, one: Instruction) -> None:
        rest = self.inside(one.rest)
        match one.word:
            case "ARG":
                name, _, value = rest.partition("=")
                self.arguments[name] = value
            case "ENV":
                self.environment |= dict(re.findall(r"(\w+)=(\S+)", rest))
            case "WORKDIR":
                self.at = Path(rest)
                self.at.mkdir(parents=True, exist_ok=True)
            case "RUN":
                subprocess.run(["sh", "-ec", rest], cwd=self.at, env=self._all(), check=True)  # noqa: S603, S607
            case "COPY" if "--from" not in rest:  # all stages share one folder
                *sources, target = Instruction("COPY", rest).words
                for source in sources:
                    self._copy(ROOT / source, self.at / target, into=target.endswith("/"))

    @staticmethod
    def _copy(source: Path, target: Path, *, into: bool) -> None:
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target / source.name if into else target)

    def _all(self) -> dict[str, str]:
        return {**{k: v for k, v in os.environ.items() if k != "PYTHONPATH"}, **self.environment}

    def output(self, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run what the image would run, at the end of its last stage."""
        return subprocess.run(  # noqa: S603
            [self.inside(word) for word in command],
            cwd=self.at, env=self._all() | more, capture_output=True, text=True, check=False,
        )  # fmt: skip


def megabytes(folder: Path) -> float:
    """Return the room that a folder takes on a disk."""
    return sum(path.lstat().st_blocks * 512 for path in folder.rglob("*")) / 1e6


@pytest.mark.timeout(900)
def test_the_steps_install_a_gateway_that_starts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """They need the package index alone, stay below the limit, and end in a command that works."""
    folder = Folder(tmp_path.resolve())
    build, final = read()
    folder.carry_out(build)
    shutil.copytree(folder.root / "build" / "data", folder.root / "data")
    folder.carry_out(final)
    installed = megabytes(folder.root / "opt")
    with capsys.disabled():
        sys.stdout.write(f"the steps install {installed:.0f} MB\n")
    assert installed <= LIMIT

    (folder.root / "etc" / "tickertape").mkdir(parents=True)
    config = folder.root / "etc" / "tickertape" / "tickertape.yaml"
    shutil.copy(ROOT / "docker" / "tickertape.yaml", config)
    entry = final.all_of("ENTRYPOINT")[0].words
    assert folder.output(*entry, "--version").stdout.startswith("tickertape ")
    doctor = folder.output(*entry, "doctor", "--offline", TELEGRAM_BOT_TOKEN="", OPENAI_API_KEY="")
    assert "TELEGRAM_BOT_TOKEN" in doctor.stdout, doctor.stderr
    assert "pip install" not in doctor.stdout, "an extra is missing in the image"
    check = Instruction("CMD", final.all_of("HEALTHCHECK")[0].rest.partition(" CMD ")[2])
    health = folder.output(*check.words)
    assert (health.returncode, "does not answer" in health.stderr) == (1, True)
