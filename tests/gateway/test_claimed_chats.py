"""The chats of a process: their mail is passed on once, and whatever fails, none is forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import replace

import pytest
from fleet_stage import (
    CHAT,
    HERE,
    Process,
    RecordedOwner,
    RecordedSignals,
    Stores,
    joined,
    written,
)
from sqlalchemy.exc import OperationalError

from tickertape.chat import Message, Moved, StopPressed
from tickertape.gateway.fleet import claimed_chats
from tickertape.gateway.fleet.claimed_chats import ClaimedChats
from tickertape.gateway.fleet.lease import Lease
from tickertape.gateway.fleet.owned_chat import OwnedChat
from tickertape.gateway.mail import Letter, Mail
from tickertape.gateway.storage.claims import Claimed, Claims
from tickertape.gateway.storage.mailbox import Mailbox

pytestmark = pytest.mark.anyio
pytest_plugins = ["database_fixtures", "fleet_fixtures"]

on_sqlite = pytest.mark.parametrize("opened", ["sqlite"], indirect=True)
BROKEN = OperationalError("SELECT", {}, OSError("the server is away"))
STOP = StopPressed(HERE, None, message_id="9", key="stop")


class FailingClaims(Claims):
    """Claims whose answers are lost as often as is said: what they did is done."""

    lost = 0

    async def let_go(self, channel: str, chat: str, mail: int) -> bool:
        gone = await super().let_go(channel, chat, mail)
        self._answer()
        return gone

    async def claim(self, channel: str, chat: str) -> Claimed | None:
        claimed = await super().claim(channel, chat)
        self._answer()
        return claimed

    def _answer(self) -> None:
        if self.lost:
            self.lost -= 1
            raise BROKEN


class FailingMailbox(Mailbox):
    """Mail that cannot be read, or marked as done, as often as is said."""

    unread = 0
    undone = 0

    async def read(self, channel: str, chat: str, after: int = 0) -> Mail:
        if self.unread:
            self.unread -= 1
            raise BROKEN
        return await super().read(channel, chat, after)

    async def done(self, letters: Collection[Letter]) -> None:
        if self.undone:
            self.undone -= 1
            raise BROKEN
        await super().done(letters)


class Stage:
    """A process whose database fails at will."""

    def __init__(self, process: Process, signals: RecordedSignals) -> None:
        self.process = process
        self.claims = FailingClaims(process.database, process.claims.worker, signals)
        self.mailbox = FailingMailbox(process.database, process.journal, self.claims)
        self.owner = RecordedOwner()
        lease = Lease(lambda: 0.0)
        lease.confirm(0.0)
        self.chats = ClaimedChats(self.claims, self.mailbox, lease, self.owner)

    async def read(self) -> None:
        """Wait until nothing is read any more."""
        while self.chats._reading:
            await asyncio.wait(self.chats._reading)

    async def look(self) -> None:
        """Look, and wait until what was found is read."""
        await self.chats.look()
        await self.read()

    async def settle(self) -> None:
        """Settle all messages that were passed on."""
        inbound = [letter.inbound for letter in self.owner.letters]
        await self.process.journal.settle([one for one in inbound if isinstance(one, Message)])


@pytest.fixture
async def stage(stores: Stores, signals: RecordedSignals) -> Stage:
    """A process that owns nothing."""
    [process] = await joined(stores, signals, "a")
    return Stage(process, signals)


@on_sqlite
async def test_a_full_process_leaves_chats_to_others(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it was told of stays free until it has room, and may be another's by then."""
    monkeypatch.setattr(claimed_chats, "_ROOM", 0.0)
    await stage.mailbox.take(written("1"))
    stage.owner.looks_until_room = 3
    await stage.chats.claim(*CHAT)
    assert (stage.owner.looks_until_room, stage.owner.keys) == (-1, ["1"])
    stage.owner.looks_until_room = 10**9
    waiting = asyncio.create_task(stage.chats.claim("telegram", "another"))
    await asyncio.sleep(0)
    assert not waiting.done()
    assert len(stage.chats) == 1
    waiting.cancel()


@on_sqlite
async def test_a_chat_from_its_mail_to_its_rest(stage: Stage) -> None:
    """It is claimed, read, told of, looked for, let go, and claimed again."""
    take = stage.mailbox.take
    await take(written("1"))
    await stage.chats.claim(*CHAT)
    assert (stage.owner.taken_up, stage.owner.keys) == ([(CHAT, True)], ["1"])
    await take(written("2"))
    await take(STOP)
    stage.chats.heard(*CHAT)
    stage.chats.heard(*CHAT)
    await stage.read()
    assert stage.owner.keys == ["1", "2", "stop"]
    await take(written("3"))
    await stage.look()
    assert stage.owner.keys == ["1", "2", "stop", "3"]
    await stage.chats.let_go()
    assert len(stage.chats) == 1  # it owes answers
    await stage.settle()
    stage.owner.busy = {CHAT}
    await stage.chats.let_go()
    assert len(stage.chats) == 1
    stage.owner.busy = set()
    await stage.chats.let_go()
    assert len(stage.chats) == 0
    await take(written("4"))
    stage.chats.heard(*CHAT)
    await stage.look()
    assert stage.owner.keys[4:] == []
    await stage.chats.claim(*CHAT)
    assert stage.owner.keys[4:] == ["4"]


@on_sqlite
async def test_mail_that_could_not_be_read_is_read_later(stage: Stage) -> None:
    """A chat does not stay deaf when the database was away for a moment."""
    await stage.mailbox.take(written("1"))
    stage.mailbox.unread = 1
    with pytest.raises(OperationalError):
        await stage.chats.claim(*CHAT)
    await stage.look()
    assert (stage.owner.taken_up, stage.owner.keys) == ([(CHAT, False)], ["1"])
    await stage.mailbox.take(written("2"))
    stage.mailbox.unread = 1
    await stage.look()
    assert stage.owner.keys == ["1"]
    await stage.look()
    assert stage.owner.keys == ["1", "2"]


@on_sqlite
async def test_what_was_passed_on_is_not_passed_on_again(stage: Stage) -> None:
    """Where the database did not hear of it: it does by and by, or the chat would never rest."""
    await stage.mailbox.take(written("1"))
    await stage.mailbox.take(STOP)
    stage.mailbox.undone = 1
    with pytest.raises(OperationalError):
        await stage.chats.claim(*CHAT)
    await stage.mailbox.take(replace(STOP, key="again"))
    stage.mailbox.undone = 1
    with pytest.raises(OperationalError):
        await stage.look()
    await stage.look()
    assert stage.owner.taken_up == [(CHAT, True)]
    assert stage.owner.keys == ["1", "stop", "again"]
    await stage.settle()
    await stage.chats.let_go()
    assert len(stage.chats) == 0


@on_sqlite
async def test_answers_of_the_database_that_are_lost(stage: Stage) -> None:
    """A chat that is claimed is taken up; one that is let go is claimed as any other."""
    await stage.mailbox.take(written("1"))
    stage.claims.lost = 1
    with pytest.raises(OperationalError):
        await stage.chats.claim(*CHAT)
    await stage.look()
    assert stage.owner.keys == ["1"]
    await stage.settle()
    stage.claims.lost = 1
    with pytest.raises(OperationalError):
        await stage.chats.let_go()
    await stage.mailbox.take(written("2"))
    await stage.chats.claim(*CHAT)  # it is thought to be its own still
    await stage.look()
    assert stage.owner.keys == ["1", "2"]


@on_sqlite
async def test_a_chat_that_moves_keeps_its_mail(stage: Stage) -> None:
    """It is read by who owns the old id, as long as that is awake; nothing is passed on twice."""
    new = replace(HERE, chat="-100")
    await stage.mailbox.take(written("1"))
    await stage.chats.claim(*CHAT)
    await stage.mailbox.take(Moved(new, CHAT[1], key="moved"))
    await stage.process.store.move(*CHAT, new.chat)
    await stage.mailbox.take(written("3", at=new))
    await stage.look()
    await stage.look()
    assert [letter.inbound.address for letter in stage.owner.letters] == [HERE, new, new]
    await stage.settle()
    await stage.chats.let_go()
    assert len(stage.chats) == 0


@on_sqlite
async def test_a_process_that_does_not_know_of_a_move(
    stores: Stores, signals: RecordedSignals
) -> None:
    """It is told of the old id, and learns where that moved."""
    [a, b] = await joined(stores, signals, "a", "b")
    await a.own()
    await a.store.move(*CHAT, "-100")
    await a.claims.leave()
    assert signals.woken[-1] == CHAT
    assert await b.claims.claim(*CHAT) is not None
    assert len((await b.mailbox.read(*CHAT)).letters) == 1
    assert await b.store.moves_of(*CHAT) == {CHAT[1]: "-100"}


def test_how_far_mail_was_read() -> None:
    """One reader at a time, which goes on as long as it is told of more."""
    chat = OwnedChat(mail=0)
    assert chat.begin()
    assert not chat.begin()
    assert chat.again()
    chat.read(Mail(2, (Letter(5, STOP), Letter(7, STOP))))
    assert (chat.mail, chat.newest) == (2, 7)
    assert not chat.begin()
    assert chat.again()
    chat.read(Mail(3, (Letter(6, STOP),)))
    assert (chat.mail, chat.newest) == (3, 7)
    assert not chat.again()
    assert chat.begin()
    chat.end()
    assert chat.begin()
