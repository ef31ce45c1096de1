"""The page `docs/write-a-channel.md` is true: its code, put together, is a channel that passes."""

from __future__ import annotations

import asyncio
import importlib
import re
import sys
import textwrap
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import tickertape.channel
from tickertape.channel import Address, Channel, ChatKind
from tickertape.plugins import Group, find
from tickertape.testing.clock import run_in_virtual_time

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "write-a-channel.md").read_text("utf-8")
MODULES = ("folder_channel", "test_folder_channel", "folder_bot")


def files_of(page: str) -> dict[str, str]:
    """Put the blocks of each file together, in their order; a block may go on with the class."""
    files: dict[str, list[str]] = {}
    for name, place, code in re.findall(
        r"```(?:python|toml)\n# (\S+)( \(in the class\))?\n(.*?)```", page, re.DOTALL
    ):
        blocks = files.setdefault(name, [])
        if place:
            at = next(n for n, block in enumerate(blocks) if block.startswith("class "))
            blocks[at] += "\n" + code
        else:
            blocks.append(code)
    return {name: "\n\n".join(blocks) for name, blocks in files.items()}


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with the page's files in it, from which they can be imported."""
    for name, code in files_of(PAGE).items():
        (tmp_path / name).write_text(code, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    for name in MODULES:
        monkeypatch.delitem(sys.modules, name, raising=False)
    yield tmp_path
    for name in MODULES:
        monkeypatch.delitem(sys.modules, name, raising=False)


def imported(name: str) -> ModuleType:
    """Import one of the page's files."""
    return importlib.import_module(name)


def test_every_block_of_code_belongs_to_a_file() -> None:
    """No block is left out of what is run."""
    blocks = re.findall(r"```(?:python|toml)\n(.*?)\n", PAGE)
    assert [first for first in blocks if not first.startswith("# ")] == []
    assert set(files_of(PAGE)) == {*(f"{name}.py" for name in MODULES), "pyproject.toml"}


def test_the_channel_passes_the_suite(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page's own test, run as it stands; in virtual time, so that its pauses cost nothing."""
    monkeypatch.setattr(asyncio, "run", run_in_virtual_time)
    imported("test_folder_channel").test_it_is_a_channel(written / "platform")


def test_what_the_page_says_to_try_is_found(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Confirmed in front of the yield, the same test fails with the sentence that the page has."""
    monkeypatch.setattr(asyncio, "run", run_in_virtual_time)
    source = written / "folder_channel.py"
    code = source.read_text("utf-8")
    lines = re.search(r"( +yield self\._message\(path\)\n)( +path\.rename\(.*\n)", code)
    assert lines is not None
    hasty = f"{' ' * 16}message = self._message(path)\n{lines[2]}{' ' * 16}yield message\n"
    source.write_text(code.replace(lines[0], hasty), "utf-8")
    sentence = "a message that no reader came back from must come again"
    assert sentence in " ".join(PAGE.split())
    with pytest.raises(AssertionError, match=sentence):
        imported("test_folder_channel").test_it_is_a_channel(written / "platform")


def test_the_bot_answers(written: Path) -> None:
    """A file that is dropped is numbered and answered beside it; an unanswered one comes again."""
    folder = written / "chats" / "ann"
    folder.mkdir(parents=True)
    (folder / "ask.txt").write_text("What is a monad?\n", "utf-8")
    bot = imported("folder_bot")

    async def talk() -> None:
        running = asyncio.ensure_future(bot.main())
        await asyncio.sleep(1)
        assert (folder / "0001.new").exists()  # not confirmed while it is being answered
        assert (folder / "0002.bot.txt").read_text("utf-8").startswith("You")
        running.cancel()
        await asyncio.wait([running])
        running = asyncio.ensure_future(bot.main())
        await asyncio.sleep(20)
        running.cancel()
        await asyncio.wait([running])

    run_in_virtual_time(talk())
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["0001.ann.txt", "0002.bot.txt", "0003.bot.txt"]
    assert (folder / "0003.bot.txt").read_text("utf-8") == "You asked: What is a monad?"


def test_the_channel_is_found_by_its_name(written: Path) -> None:
    """Installed as the page says, it is opened with its configured name and its settings."""
    project = tomllib.loads((written / "pyproject.toml").read_text("utf-8"))["project"]
    info = written / "tickertape_folder-1.0.dist-info"
    info.mkdir()
    about = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (info / "METADATA").write_text(about, "utf-8")
    lines = [
        f"[{group}]\n{name} = {target}\n"
        for group, entries in project["entry-points"].items()
        for name, target in entries.items()
    ]
    (info / "entry_points.txt").write_text("".join(lines), "utf-8")
    importlib.invalidate_caches()
    opener: Any = find(Group.CHANNELS, "folder", key="channels.files").load(key="channels.files")
    channel: Channel = opener(name="files", root=str(written))
    nowhere = Address("files", "nobody", ChatKind.PRIVATE)
    assert channel.surface(nowhere).limit == 4000


def test_the_page_says_what_the_shelf_holds() -> None:
    """Names in the page's last table can be had from the one import, as can those in its code."""
    table = PAGE.partition("## What else a platform may have")[2]
    told = set(re.findall(r"`\*?([A-Z][A-Za-z]+)\b", table))
    told = {name for name in told if not name.isupper()}
    assert told - set(tickertape.channel.__all__) == set()
    assert textwrap.dedent(files_of(PAGE)["folder_channel.py"]).count("import (") == 1
