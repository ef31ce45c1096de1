"""`tickertape access`, as an operator uses it, with and without a database."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from tickertape.chat import Address, ChatKind, Person
from tickertape.cli import main
from tickertape.gateway.access import Admitted
from tickertape.gateway.admission.changes import Snapshot
from tickertape.gateway.storage.access_book import AccessBook
from tickertape.gateway.storage.database import Database
from tickertape.gateway.storage.store import ConversationStore

BOB = Person("2002", "Bob")
AT_BOB = Address("telegram", "2002", ChatKind.PRIVATE)

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command in a folder with a configuration; give its code and what it said."""
    monkeypatch.chdir(tmp_path)
    configure("access: {pairing: true}")

    def run_it(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["tickertape", "access", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        code = ended.value.code
        return (code if isinstance(code, int) else 0, said.out, said.err)

    return run_it


def configure(text: str) -> None:
    """Write the configuration of the folder."""
    Path("tickertape.yaml").write_text(text, "utf-8")


def url() -> str:
    """Return the address of the folder's database."""
    return f"sqlite+aiosqlite:///{Path.cwd() / 'tickertape.db'}"


async def make_database() -> None:
    """Make the database, as `serve` does."""
    await (await Database.open(url())).aclose()


async def ask(*, age: float = 0.0) -> str:
    """Let Bob ask to be let in, some seconds ago; give his code."""
    database = await Database.open(url())
    try:
        asked = await AccessBook(database, clock=lambda: time.time() - age).ask(AT_BOB, BOB)
    finally:
        await database.aclose()
    assert asked is not None
    return asked.code


async def seen() -> Snapshot:
    """Read what the database says."""
    database = await Database.open(url())
    try:
        return await AccessBook(database).read()
    finally:
        await database.aclose()


def test_a_code_is_approved_once(run: Run) -> None:
    """However it is typed; the second time, it says that it does not count."""
    code = asyncio.run(ask())
    shown = f"{code[:4].lower()}-{code[4:]}"
    done = "Let in: Bob (telegram:2002), as user. The bot tells them (when it runs).\n"
    assert run("approve", shown) == (0, done, "")
    entry = asyncio.run(seen()).entries[0]
    assert (entry.id, entry.by, entry.welcome) == ("2002", "the command line", "2002")
    status, out, err = run("approve", code)
    assert (status, out) == (1, "")
    assert err.startswith("tickertape: no open request has this code: it counts once")


@pytest.mark.parametrize(
    ("code", "status", "told"),
    [
        ("AAAAAAAA", 1, "no open request has this code"),
        ("AAAA", 2, "CODE: 'AAAA' cannot be used; allowed: 8 letters and digits"),
        ("ÄÄÄÄÄÄÄÄ", 2, "allowed: 8 letters and digits"),
    ],
)
def test_wrong_codes(run: Run, code: str, status: int, told: str) -> None:
    """They let no one in, and harm nothing."""
    asyncio.run(ask())
    ended, out, err = run("approve", code)
    assert (ended, out) == (status, "")
    assert told in err
    assert len(asyncio.run(seen()).requests) == 1


def test_a_code_that_is_too_old(run: Run) -> None:
    """It is said that it is."""
    code = asyncio.run(ask(age=3601.0))
    status, _, err = run("approve", code)
    assert status == 1
    assert "this code is over an hour old: let them write to the bot again" in err
    assert asyncio.run(seen()).entries == ()


def test_the_list(run: Run) -> None:
    """Who is let in and by what, who asks, and no code."""
    configure(
        "access: {allow: [5], admins: ['telegram:1001'], groups: [-7]}\n"
        "channels: {work: {type: telegram, token_env: WORK_TOKEN}}\n"
        "telegram: {}\n"
    )
    status, out, _ = run("list")
    assert status == 0
    assert out.splitlines() == [
        "WHO            ROLE   NAME  BY",
        "5              user         access.allow in tickertape.yaml",
        "telegram:1001  admin        access.admins in tickertape.yaml",
        "-7             group        access.groups in tickertape.yaml",
        "",
        "Strangers cannot ask to be let in: access.pairing is false.",
    ]
    code = asyncio.run(ask())
    for entry in (("work:33", "--role", "admin"), ("telegram:-100", "--group")):
        assert run("add", *entry)[0] == 0
    _, out, _ = run("list")
    assert code not in out
    assert "work:33        admin        the command line, 20" in out
    assert "telegram:-100  group        the command line, 20" in out
    assert out.splitlines()[-2:] == ["WHO            NAME  ASKED", "telegram:2002  Bob   0 min ago"]


def test_nothing_to_list(run: Run) -> None:
    """It is said so, and no database is made by looking for one."""
    assert run("list") == (0, "No one is let in.\n", "")
    assert not Path("tickertape.db").exists()


def test_ids_are_added_and_removed(run: Run) -> None:
    """Groups have negative numbers; a role changes; whoever is there is there already."""
    assert run("add", "-100", "--group") == (0, "Let in: telegram:-100, as a group.\n", "")
    assert run("add", "33") == (0, "Let in: telegram:33, as user.\n", "")
    assert run("add", "telegram:33") == (0, "telegram:33 is let in already.\n", "")
    assert run("add", "33", "--role", "admin")[1] == "Let in: telegram:33, as admin.\n"
    assert run("remove", "-100") == (0, "Removed: telegram:-100.\n", "")
    assert run("remove", "telegram:33") == (0, "Removed: telegram:33.\n", "")
    assert asyncio.run(seen()).entries == ()
    status, out, err = run("remove", "33")
    assert (status, out) == (1, "")
    assert err == "tickertape: 33 is not let in; `tickertape access list` lists who is\n"


def test_a_request_is_refused_by_its_id(run: Run) -> None:
    """Its code does not count any more."""
    code = asyncio.run(ask())
    assert run("remove", "2002") == (0, "Removed: telegram:2002.\n", "")
    assert run("approve", code)[0] == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("add", "ann"), "ID: 'ann' cannot be used; allowed: the id of a person or group (no id"),
        (("add", "home:7"), "no channel has the name before the colon; there is telegram"),
        (("remove", "home:7"), "no channel has the name before the colon; there is telegram"),
        (("add", "-7", "--group", "--role", "admin"), "--role: 'admin' cannot be used"),
        (("list", "--config", "none.yaml"), "a file that exists; `tickertape init` writes one"),
        (("approve", "AAAAAAAA", "--role", "king"), "'king'"),
    ],
)
def test_what_cannot_be_used(run: Run, arguments: tuple[str, ...], told: str) -> None:
    """Ends with 2, and one line that says what may stand there."""
    asyncio.run(make_database())
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert told in err


@pytest.mark.parametrize("arguments", [("approve", "AAAAAAAA"), ("remove", "7")])
def test_there_is_no_database(run: Run, arguments: tuple[str, ...]) -> None:
    """None is made: another one may be meant, that of another folder."""
    status, _, err = run(*arguments)
    assert status == 2
    assert "a database that exists: `tickertape serve` makes it when it starts" in err
    assert not Path("tickertape.db").exists()


def test_with_several_channels(run: Run) -> None:
    """A bare id is removed in all of them, and added behind a name; a former channel is known."""
    configure("channels: {home: {type: telegram}, work: {type: telegram, token_env: WORK}}")
    status, _, err = run("add", "7")
    assert status == 2
    assert "an id behind the name of its channel: home:7 or work:7" in err
    for entry in ("home:7", "work:7", "work:8"):
        assert run("add", entry)[0] == 0
    configure("channels: {home: {type: telegram}}")
    _, out, _ = run("list")
    assert out.count("(there is no such channel)") == 2
    assert run("remove", "7")[1].splitlines() == ["Removed: home:7.", "Removed: work:7."]
    assert run("remove", "work:8")[1] == "Removed: work:8.\n"


def test_what_the_configuration_gives_it_alone_takes(run: Run) -> None:
    """Removing says where the entry stands."""
    configure("access: {allow: [7, 'telegram:8'], admins: [7]}")
    assert run("add", "7")[0] == 0
    status, out, err = run("remove", "7")
    assert (status, out) == (1, "Removed: telegram:7.\n")
    told = "7 is still let in by access.allow and access.admins: delete it in tickertape.yaml"
    assert told in err
    status, out, err = run("remove", "8")
    assert (status, out) == (1, "")
    assert "8 is still let in by access.allow" in err


def test_a_group_is_found_by_any_of_its_ids(run: Run) -> None:
    """It is kept by the one that it has."""

    async def move() -> None:
        store = await ConversationStore.open(url())
        await store.move("telegram", "-5", "-1005")
        await store.aclose()

    asyncio.run(move())
    assert run("add", "-5", "--group")[1] == "Let in: telegram:-1005, as a group.\n"
    assert run("remove", "-5")[1] == "Removed: telegram:-1005.\n"
    configure("access: {groups: [-5]}")
    for id_ in ("-5", "-1005"):
        status, _, err = run("remove", id_)
        assert status == 1
        assert f"{id_} is still let in by access.groups: delete it in tickertape.yaml" in err


def test_the_configuration_is_found_as_serve_finds_it(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """By the variable, from any folder; and a place where there is none is told."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    status, _, err = run("list")
    assert status == 2
    assert "no configuration: run `tickertape init`" in err
    assert "TICKERTAPE_CONFIG is not set" in err
    monkeypatch.setenv("TICKERTAPE_CONFIG", str(tmp_path / "tickertape.yaml"))
    assert run("list") == (0, "No one is let in.\n", "")


def test_names_are_shown_as_they_were_kept(run: Run) -> None:
    """No name moves the cursor of a terminal."""

    async def keep() -> None:
        database = await Database.open(url())
        book = AccessBook(database)
        asked = await book.ask(AT_BOB, Person("2002", "Bob\x1b[2J\nLee"))
        assert asked is not None
        await book.add(Admitted("telegram", "9"))
        await database.aclose()

    asyncio.run(keep())
    assert "telegram:2002  Bob 2J Lee  0 min ago" in run("list")[1]


def test_a_database_of_an_earlier_version(run: Run) -> None:
    """It is left to `serve`, which may run with an older program."""

    async def age() -> None:
        await make_database()
        engine = create_async_engine(url())
        async with engine.begin() as connection:
            await connection.execute(text("UPDATE tickertape_revision SET version_num = '0003'"))
        await engine.dispose()

    asyncio.run(age())
    status, _, err = run("list")
    assert status == 2
    assert "`tickertape serve` brings an older one up to date" in err


def test_a_database_that_is_locked(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program writes for longer than is waited: one line says so, and no traceback."""
    monkeypatch.setattr("tickertape.gateway.storage.database._BUSY_TIMEOUT", 1)
    asyncio.run(make_database())
    with closing(sqlite3.connect("tickertape.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        status, _, err = run("add", "7")
    assert status == 2
    assert "a database that can be read and written now (database is locked)" in err
    assert err.count("\n") == 1


def test_an_error_of_the_configuration_is_one(run: Run) -> None:
    """Its line names the key."""
    configure("access: {admins: [0]}")
    status, _, err = run("list")
    assert status == 2
    assert err.startswith("tickertape: access.admins[0]: ")
