"""The site holds together: its order, its links, the names and the messages that it promises."""

from __future__ import annotations

import ast
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pages import ROOT, anchors, blocks, links, pages, prose

import tickertape

SITE: dict[str, Any] = tomllib.loads((ROOT / "zensical.toml").read_text("utf-8"))["project"]
DOCS = [name for name in pages() if name.startswith("docs/")]
API = [name for name in DOCS if name.startswith("docs/api/")]
VERSIONS = pages()["docs/versions.md"]


def in_order(entries: list[Any]) -> list[str]:
    """Return the pages of the navigation, in their order."""
    found: list[str] = []
    for entry in entries:
        for target in entry.values():
            found += [target] if isinstance(target, str) else in_order(target)
    return found


def test_every_page_is_in_the_navigation_once() -> None:
    """No page can only be found by searching, and none is named that is not there."""
    assert sorted(f"docs/{name}" for name in in_order(SITE["nav"])) == sorted(DOCS)


@pytest.mark.parametrize("name", pages())
def test_every_link_leads_somewhere(name: str) -> None:
    """To a file, and to a heading in it; to our own site by the name of a page."""
    folder = (ROOT / name).parent
    for target in links(name):
        if target.startswith(SITE["site_url"]):
            page, _, anchor = target.removeprefix(SITE["site_url"]).partition("#")
            path = ROOT / "docs" / f"{page.strip('/') or 'index'}.md"
        elif re.match(r"[a-z]+:", target):
            continue
        else:
            place, _, anchor = target.partition("#")
            path = (folder / place).resolve() if place else ROOT / name
        assert path.exists(), f"{name} leads to {target}"
        if anchor:
            assert anchor in anchors(path.relative_to(ROOT).as_posix()), f"{name} leads to {target}"


@pytest.mark.parametrize("name", DOCS)
def test_no_page_of_the_site_leads_out_of_it_by_a_path(name: str) -> None:
    """Sources are named by their address: the site has pages alone."""
    outside = [
        target
        for target in links(name)
        if not re.match(r"[a-z]+:|#", target)
        and (ROOT / "docs")
        not in ((ROOT / name).parent / target.partition("#")[0]).resolve().parents
    ]
    assert outside == []


def public_modules() -> list[str]:
    """Return the modules that the page on versions calls public."""
    section = VERSIONS.partition("### Modules")[2].partition("## Deprecation")[0]
    cells = re.findall(r"^\| (`tickertape[^|]*) \|", section, re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"`([\w.]+)`", cell)]


STABLE = VERSIONS.partition("### Modules")[2].partition("Documented, and not stable")[0]


@cache
def documented() -> set[str]:
    """Return the names that the pages of the API document, as they are imported."""
    text = "\n".join(pages()[page] for page in API)
    return set(re.findall(r"^::: (\S+)$", text, re.MULTILINE))


@cache
def offered_by(module: str) -> set[str]:
    """Return the `__all__` of a module, by its source: some import frameworks, which takes long."""
    base = ROOT / "src" / Path(*module.split("."))
    path = base / "__init__.py" if base.is_dir() else base.with_suffix(".py")
    for node in ast.parse(path.read_text("utf-8")).body:
        match node:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
                names: list[str] = ast.literal_eval(value)
                return set(names)
    raise LookupError(module)


@pytest.mark.parametrize("name", public_modules())
def test_public_modules_say_what_they_offer(name: str) -> None:
    """The policy is about `__all__`: each has one, and each module is listed once."""
    assert offered_by(name)
    assert public_modules().count(name) == 1


def test_documented_names_are_offered() -> None:
    """Each can be imported as it is written, from a module that is public."""
    apart = {name.rpartition(".")[::2] for name in documented()}
    assert {module for module, _ in apart} - set(public_modules()) == set()
    assert [(one, name) for one, name in sorted(apart) if name not in offered_by(one)] == []


def test_every_name_on_the_shelves_is_documented() -> None:
    """What `tickertape` and the other stable modules offer is on a page, by one path or another."""
    names = {name.rpartition(".")[2] for name in documented()} | {"__version__"}
    shelves = re.findall(r"`(tickertape[\w.]*)`", STABLE)
    assert len(shelves) > 10
    assert {one: offered_by(one) - names for one in shelves if offered_by(one) - names} == {}


def test_what_the_code_of_the_pages_imports_is_public() -> None:
    """A reader who copies an example depends on nothing that may change without notice."""
    examples = [path.read_text("utf-8") for path in (ROOT / "examples").glob("*.py")]
    code = [*(block.code for block in blocks("python")), *examples]
    imported = re.findall(r"^ *(?:from|import) (tickertape[\w.]*)", "\n".join(code), re.MULTILINE)
    assert set(imported) - set(public_modules()) == set()


def test_the_policy_names_the_version_it_is_about() -> None:
    """The shelf has it, as the page says."""
    assert "`tickertape.__version__`" in VERSIONS
    assert re.fullmatch(r"\d+\.\d+\.\d+", tickertape.__version__)


# Words that a stranger has to decode, and pages of theory and reference that are older than this.
DIALECT = re.compile(r"\b(anew|beside|nobody|somebody|whoever)\b", re.IGNORECASE)
OLDER = {
    f"docs/{name}.md" for name in ("design", "gateway", "telegram", "terminal", "write-a-channel")
}


@pytest.mark.parametrize("name", sorted(set(pages()) - OLDER))
def test_pages_name_things(name: str) -> None:
    """None has a word of the project's dialect in the place of a noun."""
    assert DIALECT.findall(pages()[name]) == []


@cache
def sources() -> str:
    """Return what the sources say, with adjacent literals joined as Python joins them."""
    text = "\n".join(p.read_text("utf-8") for p in sorted((ROOT / "src").rglob("*.py")))
    return re.sub(r"['\"]\s*\n\s*f?['\"]", "", text)


def quoted() -> list[str]:
    """Return the messages that the page on troubleshooting tells about."""
    page = prose("docs/troubleshooting.md")
    said = page.partition("## What the bot says")[2].partition("## The demo")[0]
    rows = re.findall(r"^\| (`+.+?`+(?:, `.+?`)*) \|", said, re.MULTILINE)
    return [message for row in rows for message in re.findall(r"`((?:[^`]|`\w+ \w+`)+)`", row)]


@pytest.mark.parametrize("message", quoted())
def test_messages_that_are_explained_are_said(message: str) -> None:
    """Each can be found in the sources as it is quoted, around what differs each time."""
    parts = [part.strip() for part in message.removeprefix("⚠ ").split("…")]
    told = [part for part in parts if len(part) > 4]
    assert [part for part in told if part not in sources()] == []


def test_many_messages_are_explained() -> None:
    """The tables are read as they are meant to be."""
    assert len(quoted()) > 50
