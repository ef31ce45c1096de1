"""`tickertape access`: who is let in, read and changed in the database.

It takes no lock: `tickertape serve` may run meanwhile, and sees within a second what has changed.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from tickertape.chat import Address, ChatKind
from tickertape.cli.config_file import need_config
from tickertape.cli.quiet import complain
from tickertape.cli.tables import aligned
from tickertape.errors import ConfigError
from tickertape.gateway.access import Access, AccessRole, Admitted, Kind, channel_of, shown_id
from tickertape.gateway.access_lists import advice_on, listed_in
from tickertape.gateway.admission.changes import Snapshot
from tickertape.gateway.admission.requests import LENGTH, Request, matching, read_code
from tickertape.gateway.config.gateway_config import GatewayConfig
from tickertape.gateway.config.loading import load
from tickertape.gateway.reasons import reason_of
from tickertape.gateway.storage.access_book import AccessBook, current_id
from tickertape.gateway.storage.database import Database, read_url
from tickertape.gateway.storage.postgres_url import shown
from tickertape.gateway.storage.sole_user import file_of

__all__ = ["add", "approve", "list_all", "remove"]

_BY = "the command line"
_RELOAD = "and let serve read it again (SIGHUP) or restart it"
_FAILED = 1


@dataclass(frozen=True, slots=True)
class _FoundConfig:
    """A configuration, and where it is."""

    path: Path
    config: GatewayConfig

    @classmethod
    def find(cls, given: Path | None) -> _FoundConfig:
        """Return the configuration that `--config` names, or that is found without it."""
        path = need_config(given, os.environ)
        return cls(path, load(path))

    @property
    def has_database(self) -> bool:
        """Whether there is a database, as far as a look at the disk tells."""
        file = file_of(self.config.storage.url)
        return file is None or file.exists()


@dataclass(frozen=True, slots=True)
class _Open:
    """An open database, and the configuration that names it."""

    config: GatewayConfig
    database: Database
    book: AccessBook

    def listing(self, channel: str, id_: str) -> list[str]:
        """Return the keys of the lists in the configuration that let an id in, in a channel.

        Args:
            channel: the channel.
            id_: the id that a person or chat has there; `current_id` has told it.
        """
        access = Access(frozenset())
        for chat, to in self.database.moves.known(channel).items():
            access = access.moved(channel, chat, to)
        at = Address(channel, id_, ChatKind.GROUP)
        return [
            f"access.{key}"
            for key, entries in listed_in(self.config.access).items()
            if access.of(frozenset(entries)).admits(at, None)
        ]


def approve(given: Path | None, code: str, role: str) -> int:
    """Let the person in who was given a code; return the exit code.

    Raises:
        ConfigError: when the configuration, its database or the code cannot be used.
    """
    code = read_code(code)
    if len(code) != LENGTH or not (code.isascii() and code.isalnum()):
        raise ConfigError("CODE", code, f"{LENGTH} letters and digits, as the bot told them")

    async def run(opened: _Open) -> int:
        before = await opened.book.read()
        entry = await opened.book.approve_code(code, _BY, AccessRole(role))
        if entry is None:
            complain(_why_not(before, code))
            return _FAILED
        print(f"Let in: {_who(entry)}, as {entry.role}. The bot tells them (when it runs).")
        return 0

    return _with_database(_FoundConfig.find(given), run)


def list_all(given: Path | None) -> int:
    """Print who is let in, and who asks to be; return the exit code.

    Raises:
        ConfigError: when the configuration or its database cannot be used.
    """
    configured = _FoundConfig.find(given)
    if not configured.has_database:
        _print_all(configured, Snapshot())
        return 0

    async def run(opened: _Open) -> int:
        _print_all(configured, await opened.book.read())
        return 0

    return _with_database(configured, run)


def add(given: Path | None, id_: str, role: str, *, is_group: bool) -> int:
    """Let a person or a group in; return the exit code.

    Raises:
        ConfigError: when the configuration, its database, the id or the role cannot be used.
    """
    if is_group and AccessRole(role) is AccessRole.ADMIN:
        raise ConfigError("--role", role, "user, for a group")

    async def run(opened: _Open) -> int:
        channel, bare = _only(opened, id_)
        bare = await current_id(opened.database, channel, bare)
        kind = Kind.GROUP if is_group else Kind.PERSON
        entry = Admitted(channel, bare, kind, AccessRole(role), _BY, time.time())
        if await opened.book.add(entry):
            print(f"Let in: {_who(entry)}, as {'a group' if is_group else role}.")
        else:
            print(f"{_who(entry)} is let in already.")
        return 0

    return _with_database(_FoundConfig.find(given), run, makes=True)


def remove(given: Path | None, id_: str) -> int:
    """Remove a person or a group; return the exit code.

    Raises:
        ConfigError: when the configuration, its database or the id cannot be used.
    """
    configured = _FoundConfig.find(given)

    async def run(opened: _Open) -> int:
        removed: list[str] = []
        listed: list[str] = []
        seen = await opened.book.read()
        kept = {one.channel for one in seen.entries} | {one.channel for one in seen.requests}
        for channel, bare in _meant(opened, id_, kept - set(opened.config.all_channels)):
            now = await current_id(opened.database, channel, bare)
            if await opened.book.remove(channel, now):
                removed.append(shown_id(channel, now))
            listed += [key for key in opened.listing(channel, now) if key not in listed]
        for one in removed:
            print(f"Removed: {one}.")
        if listed:
            keys = " and ".join(listed)
            complain(f"{id_} is still let in by {keys}: delete it in {configured.path}, {_RELOAD}")
        elif not removed:
            complain(f"{id_} is not let in; `tickertape access list` lists who is")
        return 0 if removed and not listed else _FAILED

    return _with_database(configured, run)


def _meant(opened: _Open, entry: str, former: Iterable[str] = ()) -> list[tuple[str, str]]:
    """Return the channels and ids that `ID` stands for: a bare one, in every channel.

    Args:
        opened: names the channels.
        entry: the id.
        former: channels that there were once.

    Raises:
        ConfigError: when it stands for none.
    """
    name = channel_of(entry)
    if name in former:
        return [(name, entry.removeprefix(f"{name}:"))]
    channels = opened.config.all_channels
    if advice := advice_on(entry, channels):
        raise ConfigError("ID", entry, f"the id of a person or group ({advice})")
    if name:
        return [(name, entry.removeprefix(f"{name}:"))]
    return [(channel, entry) for channel in (*channels, *former)]


def _only(opened: _Open, entry: str) -> tuple[str, str]:
    """Return the one channel and id that `ID` stands for.

    Raises:
        ConfigError: when it stands for none, or for several.
    """
    first, *others = _meant(opened, entry)
    if others:
        forms = " or ".join(shown_id(channel, id_) for channel, id_ in (first, *others))
        raise ConfigError("ID", entry, f"an id behind the name of its channel: {forms}")
    return first


def _why_not(before: Snapshot, code: str) -> str:
    if matching(before.requests, code) is not None:
        return "this code is over an hour old: let them write to the bot again, for another one"
    return (
        "no open request has this code: it counts once, and for an hour. "
        "Let them write to the bot again, for another one"
    )


def _print_all(configured: _FoundConfig, seen: Snapshot) -> None:
    config = configured.config
    roles = {"allow": "user", "admins": "admin", "groups": "group"}
    lines = [
        (entry, roles[key], "", f"access.{key} in {configured.path}")
        for key, entries in listed_in(config.access).items()
        for entry in entries
    ]
    lines += [
        (shown_id(one.channel, one.id), _role(one), one.name, _source(one, config.all_channels))
        for one in sorted(seen.entries, key=lambda one: (one.kind, one.channel, one.id))
    ]
    if lines:
        print(aligned([("WHO", "ROLE", "NAME", "BY"), *lines]))
    else:
        print("No one is let in.")
    now = time.time()
    asking = [one for one in seen.requests if one.is_open(now)]
    if asking:
        print(
            "\nThey ask to be let in (`tickertape access approve CODE`, with the code they have):"
        )
        print(aligned([("WHO", "NAME", "ASKED"), *(_asking(one, now) for one in asking)]))
    elif not config.access.pairing:
        print("\nStrangers cannot ask to be let in: access.pairing is false.")


def _role(entry: Admitted) -> str:
    return "group" if entry.kind is Kind.GROUP else entry.role.value


def _source(entry: Admitted, channels: Iterable[str]) -> str:
    at = datetime.fromtimestamp(entry.at).astimezone().strftime("%Y-%m-%d %H:%M")
    lost = "" if entry.channel in channels else " (there is no such channel)"
    return f"{entry.by}, {at}{lost}"


def _asking(request: Request, now: float) -> tuple[str, str, str]:
    minutes = int((now - request.asked_at) // 60)
    return (shown_id(request.channel, request.id), request.name, f"{minutes} min ago")


def _who(entry: Admitted) -> str:
    id_ = shown_id(entry.channel, entry.id)
    return f"{entry.name} ({id_})" if entry.name else id_


def _with_database(
    configured: _FoundConfig,
    run: Callable[[_Open], Coroutine[object, object, int]],
    *,
    makes: bool = False,
) -> int:
    """Run something on the database of a configuration.

    Args:
        configured: the configuration.
        run: what is run.
        makes: whether a database that is not there is made.

    Raises:
        ConfigError: when the database cannot be opened, or fails.
    """
    if not configured.has_database and not makes:
        allowed = "a database that exists: `tickertape serve` makes it when it starts"
        raise ConfigError("storage.url", str(file_of(configured.config.storage.url)), allowed)

    async def main() -> int:
        async with _opened(configured) as opened:
            return await run(opened)

    try:
        return asyncio.run(main())
    except SQLAlchemyError as error:
        allowed = f"a database that can be read and written now ({reason_of(error)})"
        address = shown(read_url(configured.config.storage.url))
        raise ConfigError("storage.url", address, allowed) from None


@asynccontextmanager
async def _opened(configured: _FoundConfig) -> AsyncIterator[_Open]:
    config = configured.config
    open_database = Database.open_beside if configured.has_database else Database.open
    database = await open_database(config.storage.url)
    try:
        yield _Open(config, database, AccessBook(database))
    finally:
        await database.aclose()
