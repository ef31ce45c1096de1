"""The workflows of GitHub run commands of the Makefile, with no more rights than they need."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from test_packaging import PYTHONS

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".github" / "workflows"
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
# What YAML 1.1 makes of the key `on`.
ON: Any = True
# The one job without the Makefile: GitHub's machines have the Docker that it is about.
BY_DOCKER = ("test.yml", "image")


def workflow(name: str) -> dict[Any, Any]:
    """Return what a file says."""
    read: dict[Any, Any] = yaml.safe_load((FOLDER / name).read_text("utf-8"))
    return read


WORKFLOWS = {path.name: workflow(path.name) for path in sorted(FOLDER.glob("*.yml"))}
JOBS = [(name, job, one) for name, all_ in WORKFLOWS.items() for job, one in all_["jobs"].items()]


def commands(job: dict[str, Any]) -> list[str]:
    """Return what a job runs in a shell."""
    return [step["run"] for step in job["steps"] if "run" in step]


@pytest.mark.parametrize(("name", "key", "job"), JOBS)
def test_each_command_is_one_of_the_makefile(name: str, key: str, job: dict[str, Any]) -> None:
    """So a failure there is found here by the same line."""
    for command in commands(job):
        program, *arguments = shlex.split(command)
        if (name, key) == BY_DOCKER:
            assert program == "docker"
        else:
            assert program == "make"
            assert arguments[0] in TARGETS


@pytest.mark.parametrize(("name", "key", "job"), JOBS)
def test_each_job_has_an_end_and_few_rights(name: str, key: str, job: dict[str, Any]) -> None:
    """Only what publishes may do more than read, and it runs nothing of ours."""
    assert WORKFLOWS[name]["permissions"] == {"contents": "read"}
    assert 0 < job["timeout-minutes"] <= 90
    rights = job.get("permissions", {})
    assert (rights.get("id-token") == "write") == (key == "publish")
    assert not rights or not commands(job)
    for step in job["steps"]:
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_every_python_is_tested() -> None:
    """Those of the classifiers, and the lowest one with the lowest versions."""
    jobs = WORKFLOWS["test.yml"]["jobs"]
    assert jobs["test"]["strategy"]["matrix"]["python"] == PYTHONS
    assert commands(jobs["test"]) == ["make test"]
    assert commands(jobs["lowest"]) == ["make test-lowest"]
    assert PYTHONS[0] in jobs["lowest"]["container"]
    assert commands(jobs["package"]) == ["make package"]


def test_a_version_is_published_without_a_token() -> None:
    """A tag builds it, checks it, and PyPI trusts the workflow: no secret is named anywhere."""
    release = WORKFLOWS["release.yml"]
    assert release[ON] == {"push": {"tags": ["v*"]}}
    assert [one.split()[1] for one in commands(release["jobs"]["build"])] == [
        "check-release",
        "package",
    ]
    publish = release["jobs"]["publish"]
    assert publish["needs"] == "build"
    assert publish["environment"]["name"] == "pypi"
    assert publish["steps"][-1]["uses"].startswith("pypa/gh-action-pypi-publish@")
    texts = [path.read_text("utf-8") for path in FOLDER.glob("*.yml")]
    assert [text for text in texts if "secrets." in text] == []


def test_the_site_is_built_for_changes_and_published_from_main() -> None:
    """A pull request builds it, too, and publishes nothing."""
    docs = WORKFLOWS["docs.yml"]
    assert docs[ON] == {"push": {"branches": ["main"]}, "pull_request": None}
    assert commands(docs["jobs"]["build"]) == ["make docs"]
    assert docs["jobs"]["publish"]["if"] == "github.event_name == 'push'"
