"""What is published: what is in it, what it says of itself, and one name of its owner."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import tickertape

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
SOURCE: str = PROJECT["urls"]["Source"]
OWNER = re.fullmatch(r"https://github\.com/([\w.-]+)/tickertape", SOURCE)
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]

# A text file of the project that names an address of its own. Others have none.
_TEXTS = {".md", ".toml", ".yml", ".yaml", ".py", ".cfg", ".html", ".example"}
_OWN = re.compile(
    r"(?:github\.com|raw\.githubusercontent\.com)/([\w.-]+)/tickertape\b|//([\w.-]+)\.github\.io/tickertape"
)


def tracked() -> list[Path]:
    """Return the files that belong to the project, as git knows them."""
    listed = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(listed, capture_output=True, text=True, check=True)  # noqa: S603
    return [ROOT / name for name in done.stdout.splitlines() if (ROOT / name).is_file()]


def load(name: str) -> ModuleType:
    """Import one of the project's tools, which belong to no package."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look for their module there
    spec.loader.exec_module(module)
    return module


def built(folder: Path, kind: str) -> Path:
    """Build a distribution of the project as it stands, by its own backend."""
    code = f"import sys, hatchling.build as b; print(b.build_{kind}(sys.argv[1]))"
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code, str(folder)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return folder / done.stdout.split()[-1]


def test_the_sdist_has_the_sources_and_no_more(tmp_path: Path) -> None:
    """Neither benchmarks nor pictures nor tests, and all that a build needs."""
    with tarfile.open(built(tmp_path, "sdist")) as archive:
        names = [name.partition("/")[2] for name in archive.getnames()]
    tops = {name.partition("/")[0] for name in names}
    assert tops == {
        ".gitignore", "CHANGELOG.md", "LICENSE", "PKG-INFO", "README.md", "pyproject.toml", "src",
    }  # fmt: skip
    assert [name for name in names if name.endswith((".png", ".gif", ".pyc"))] == []
    assert "src/tickertape/gateway/config/template.yaml" in names


def test_the_wheel_has_the_package_and_its_files(tmp_path: Path) -> None:
    """All modules, and what they read."""
    with zipfile.ZipFile(built(tmp_path, "wheel")) as archive:
        names = set(archive.namelist())
    assert {name.partition("/")[0] for name in names if ".dist-info" not in name} == {"tickertape"}
    package = ROOT / "src" / "tickertape"
    files = [path for path in package.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert {f"tickertape/{path.relative_to(package).as_posix()}" for path in files} <= names


def test_the_version_is_one() -> None:
    """The package, its metadata and the newest heading of the changelog agree."""
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    newest = re.search(r"^## (\S+) \(", changelog, re.MULTILINE)
    assert newest is not None
    assert tickertape.__version__ == version("tickertape") == newest[1]


def test_the_pythons_are_those_that_are_tested() -> None:
    """The classifiers name each, and the lowest is required."""
    named = re.findall(r"Python :: (3\.\d+)", "\n".join(PROJECT["classifiers"]))
    assert named == PYTHONS
    assert PROJECT["requires-python"] == f">={PYTHONS[0]}"


def test_every_address_of_the_project_names_one_owner() -> None:
    """It is written in pyproject.toml; all others follow it."""
    assert OWNER is not None
    others = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in tracked()
        if path.suffix in _TEXTS
        for found in _OWN.findall(path.read_text("utf-8"))
        for name in found
        if name and name.lower() != OWNER[1].lower()
    }
    assert others == set(), "CONTRIBUTING.md tells how to put another owner everywhere"


def own_links() -> Iterator[tuple[str, str]]:
    """Yield each page with a file of the project that it names by its absolute address."""
    address = re.compile(
        rf"(?:{re.escape(SOURCE)}/(?:blob|tree|raw)|https://raw\.githubusercontent\.com/[\w.-]+/tickertape)"
        r"/main/([\w./-]+)"
    )
    for path in tracked():
        if path.suffix in {".md", ".toml"}:
            for name in address.findall(path.read_text("utf-8")):
                yield path.name, name


def test_files_that_are_named_by_their_address_exist() -> None:
    """Links of README and of the site to sources and pictures lead somewhere."""
    links = set(own_links())
    assert [(page, name) for page, name in links if not (ROOT / name).exists()] == []
    assert any(
        name.endswith((".gif", ".png", ".svg")) for page, name in links if page == "README.md"
    )


def test_readme_is_complete_on_another_site() -> None:
    """The index shows it without the files beside it: no link and no picture is relative."""
    readme = (ROOT / "README.md").read_text("utf-8")
    targets = re.findall(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"", readme)
    relative = [one or two for one, two in targets if not re.match(r"https://|#", one or two)]
    assert relative == []


@pytest.mark.parametrize(
    ("tag", "changes", "owner", "told"),
    [
        ("v1.2.3", "## 1.2.3 (2026-12-24)\n", "ann", []),
        ("1.2.3", "## 1.2.3 (2026-12-24)\n", "ann", ["The tag is"]),
        ("v1.2.4", "## 1.2.3 (2026-12-24)\n", "ann", ["The tag is"]),
        ("v1.2.3", "## 1.2.3 (unreleased)\n", "ann", ["CHANGELOG"]),
        ("v1.2.3", "## 1.2.3 (2026-12-24)\n", "OWNER", ["The addr"]),
        ("v2", "", "OWNER", ["The tag is", "CHANGELOG", "The addr"]),
    ],
)
def test_a_release_that_is_not_ready_is_refused(
    tmp_path: Path, tag: str, changes: str, owner: str, told: list[str]
) -> None:
    """The tag, the changelog and the addresses have to be right, and all that is not is told."""
    (tmp_path / "src" / "tickertape").mkdir(parents=True)
    (tmp_path / "src" / "tickertape" / "__init__.py").write_text('__version__ = "1.2.3"\n')
    (tmp_path / "CHANGELOG.md").write_text(changes)
    source = f"https://github.com/{owner}/tickertape"
    (tmp_path / "pyproject.toml").write_text(f'[project.urls]\nSource = "{source}"\n')
    found = list(load("check_release").obstacles(tag, tmp_path))
    assert len(found) == len(told)
    assert all(line.startswith(begin) for line, begin in zip(found, told, strict=True))


def test_a_broken_link_of_the_site_is_found(tmp_path: Path) -> None:
    """To a page, a picture or a heading that is not there; others are let pass."""
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "index.html").write_text('<h2 id="one">One</h2><img src="../a.png">')
    (tmp_path / "index.html").write_text(
        '<a href="api/#one">1</a><a href="api/#two">2</a><a href="https://example.org/x">3</a>'
        '<a href="gone/">4</a><a href="#top">5</a><p id="top">'
    )
    assert list(load("check_site").broken_links(tmp_path)) == [
        "api/index.html: ../a.png",
        "index.html: api/#two (no such heading)",
        "index.html: gone/",
    ]
