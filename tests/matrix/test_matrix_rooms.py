"""Rooms, invitations and what people do in them, against a real homeserver."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

import pytest
from anyio import fail_after
from benchmarks.matrix.people import Account, Person, person
from benchmarks.matrix.reader import Screens
from benchmarks.matrix.synapse import Synapse

from tickertape.chat import Address, ChatKind, Inbound, Message, StopPressed
from tickertape.chat import Person as Writer
from tickertape.delivery.actions import Accepted, Delete, Edit, Outcome, Post, Reason, Refused
from tickertape.errors import TransportError
from tickertape.message import text_for_model

pytest.importorskip("nio")

from tickertape.channels.matrix import MatrixChannel
from tickertape.channels.matrix.source import NOT_ENCRYPTED

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(300)]
pytest_plugins = ["matrix_fixtures"]
SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Bot:
    """A channel that is read."""

    channel: MatrixChannel
    messages: AsyncGenerator[Inbound, None]
    user: str

    async def heard(self) -> Message:
        """Return the next message."""
        with fail_after(SECONDS):
            inbound = await anext(self.messages)
        assert isinstance(inbound, Message)
        return inbound

    async def stopped(self) -> StopPressed:
        """Return the next stop."""
        with fail_after(SECONDS):
            inbound = await anext(self.messages)
        assert isinstance(inbound, StopPressed)
        return inbound

    async def post(self, to: Address, text: str, **more: object) -> str:
        """Post a text, and return its id."""
        outcome: Outcome = await self.channel.perform(Post(to, text, **more))  # type: ignore[arg-type]
        assert isinstance(outcome, Accepted)
        assert outcome.message_id is not None
        return outcome.message_id


@asynccontextmanager
async def running(synapse: Synapse, account: Account, *admitted: str) -> AsyncIterator[Bot]:
    """Open the channel of a bot that lets these people in, and read it."""
    channel = MatrixChannel.open(
        synapse.url, account.user_id, account.token, name="home", messages_per_second=50
    )
    channel.let_in_by(lambda _place, who: who.id in admitted)
    async with aclosing(channel), aclosing(channel.messages()) as messages:
        yield Bot(channel, messages, account.user_id)


async def test_invitations_are_accepted_from_those_who_are_let_in(
    synapse: Synapse, free_bot: Account, ann: Person, bot: Account
) -> None:
    """What was written before the bot came, and after it was invited, is answered; others wait."""
    async with person(synapse, bot) as program, running(synapse, free_bot, ann.user_id) as one:
        chat = await ann.new_room(free_bot.user_id, is_direct=True)
        await ann.write(chat, "hello")
        message = await one.heard()
        assert message.address == Address("home", chat, ChatKind.PRIVATE)
        assert message.text == "hello"
        assert message.sender == Writer(ann.user_id, ann.user_id.removeprefix("@").split(":")[0])
        joined = await program.get("joined_rooms")
        assert joined["joined_rooms"] == [chat]


async def test_a_stranger_is_not_joined(synapse: Synapse, free_bot: Account, ann: Person) -> None:
    """Until somebody lets them in: then the invitation that waited is accepted."""
    admitted: set[str] = set()
    channel = MatrixChannel.open(synapse.url, free_bot.user_id, free_bot.token, name="home")
    channel.let_in_by(lambda _place, who: who.id in admitted)
    async with aclosing(channel), aclosing(channel.messages()) as messages:
        one = Bot(channel, messages, free_bot.user_id)
        chat = await ann.new_room(free_bot.user_id, is_direct=True)
        source = channel._source
        await source._begin()
        await source._accept()
        async with person(synapse, free_bot) as program:
            assert (await program.get("joined_rooms"))["joined_rooms"] == []
            admitted.add(ann.user_id)
            await source._accept()
            assert (await program.get("joined_rooms"))["joined_rooms"] == [chat]
        await ann.write(chat, "hello")
        assert (await one.heard()).text == "hello"


async def test_a_group_is_read_where_it_calls_the_bot(
    synapse: Synapse, free_bot: Account, ann: Person, bot: Account
) -> None:
    """By mention, by an answer to it, or by a command; edits and notices are no questions."""
    async with running(synapse, free_bot, ann.user_id) as one:
        third = await _third(synapse, ann)
        group = await ann.new_room(free_bot.user_id, third.user_id)
        async with person(synapse, third) as program:
            await program.join(group)
        await ann.write(group, "first", mentions=[free_bot.user_id])
        question = await one.heard()
        assert (question.address.kind, question.names_us) == (ChatKind.GROUP, True)
        answer = await one.post(question.address, "so", reply_to=question.message_id)
        await ann.write(group, "nothing for it")
        said = await ann.write(group, "Why?", answers=answer)
        await ann.edit(group, said, "Why so?")
        again = await one.heard()
        assert text_for_model(again.parts) == "[in reply to a message from you]\n> so\n\nWhy?"
        await ann.write(group, "!stop")
        assert (await one.heard()).text == "/stop"


async def test_a_message_that_was_edited_is_quoted_as_it_is(
    synapse: Synapse, free_bot: Account, ann: Person
) -> None:
    """And one that was removed without its words; a thread is a place of its own."""
    async with running(synapse, free_bot, ann.user_id) as one:
        chat = await ann.new_room(free_bot.user_id, is_direct=True)
        said = await ann.write(chat, "at ten")
        assert (await one.heard()).text == "at ten"
        await ann.edit(chat, said, "at eleven")
        await ann.write(chat, "Is that so?", answers=said)
        assert "> at eleven" in text_for_model((await one.heard()).parts)
        await ann.redact(chat, said)
        await ann.write(chat, "And now?", answers=said)
        assert "eleven" not in text_for_model((await one.heard()).parts)
        await ann.write(chat, "inside", thread=said)
        inside = await one.heard()
        assert inside.address == Address("home", chat, ChatKind.PRIVATE, said)
        answer = await one.post(inside.address, "here")
        told = await ann.get(f"rooms/{chat}/event/{answer}")
        assert told["content"]["m.relates_to"]["event_id"] == said


async def test_a_person_takes_an_answer_away(
    synapse: Synapse, free_bot: Account, ann: Person, screens: Screens
) -> None:
    """That stops it, and nothing of it is shown again; what the bot removed is gone for it."""
    async with running(synapse, free_bot, ann.user_id) as one:
        chat = await ann.new_room(free_bot.user_id, is_direct=True)
        await ann.write(chat, "hello")
        place = (await one.heard()).address
        answer = await one.post(place, "so", stop_button=True)
        await ann.redact(chat, answer)
        assert (await one.stopped()).message_id == answer
        edited = await one.channel.perform(Edit(place, answer, "so it goes"))
        assert edited == Accepted("so it goes", answer)
        other = await one.post(place, "other")
        assert await one.channel.perform(Delete(place, other)) == Accepted("")
        gone = await one.channel.perform(Edit(place, other, "again"))
        assert isinstance(gone, Refused)
        assert gone.reason is Reason.MESSAGE_GONE
        await ann.write(chat, "end")
        screen = await screens.until(chat, lambda s: "end" in [m.shown for m in s.of(ann.user_id)])
        assert [m.shown for m in screen.of(free_bot.user_id) if m.shown] == []


async def test_the_next_process_edits_and_clears_what_the_last_one_left(
    synapse: Synapse, free_bot: Account, ann: Person
) -> None:
    """The post that is made again is the same message; its button is found and taken away."""
    chat = ""
    async with running(synapse, free_bot, ann.user_id) as one:
        chat = await ann.new_room(free_bot.user_id, is_direct=True)
        await ann.write(chat, "hello")
        place = (await one.heard()).address
        first = await one.post(place, "so", key="k.0", stop_button=True)
    async with running(synapse, free_bot, ann.user_id) as two:
        assert await two.post(place, "so", key="k.0") == first
        assert (await two.heard()).text == "hello"  # its reader did not come back for the next
        two.channel._posts._places.clear()
        edited = await two.channel.perform(Edit(place, first, "so it goes"))
        assert edited == Accepted("so it goes", first)
    told = await ann.get(f"rooms/{chat}/messages", dir="b", limit="100")
    theirs = [one for one in told["chunk"] if one["sender"] == free_bot.user_id]
    buttons = [one for one in theirs if one["type"] == "m.reaction" and one["content"]]
    posts = [one for one in theirs if one["type"] == "m.room.message"]
    assert (len(posts), buttons) == (2, [])


async def test_nothing_is_lost_while_nobody_reads(
    synapse: Synapse, free_bot: Account, ann: Person
) -> None:
    """More than one answer of the homeserver holds comes, in order; what was old at first not."""
    async with running(synapse, free_bot, ann.user_id) as one:
        chat = await ann.new_room(free_bot.user_id, is_direct=True)
        await ann.write(chat, "first")
        assert (await one.heard()).text == "first"
        await ann.write(chat, "second")
        assert (await one.heard()).text == "second"
    for n in range(130):
        await ann.write(chat, f"{n}")
    async with running(synapse, free_bot, ann.user_id) as two:
        texts = [(await two.heard()).text for _ in range(131)]
    assert texts == ["second", *(f"{n}" for n in range(130))]


async def test_what_is_encrypted_is_told_once(
    synapse: Synapse, free_bot: Account, ann: Person, screens: Screens
) -> None:
    """In a sentence, where the channel has no keys; nothing is written in clear there."""
    async with running(synapse, free_bot, ann.user_id) as one:
        chat = await ann.new_room(free_bot.user_id, is_direct=True, is_encrypted=True)
        sealed = {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "x", "session_id": "s"}
        for _ in range(2):
            await ann.send(chat, sealed, "m.room.encrypted")
        await ann.write(chat, "in clear")
        assert (await one.heard()).text == "in clear"
        refused = await one.channel.perform(Post(Address("home", chat, ChatKind.PRIVATE), "so"))
        assert isinstance(refused, Refused)
        assert refused.reason is Reason.CHAT_DEAD
        screen = await screens.until(chat, lambda s: s.of(free_bot.user_id))
        assert [seen.shown for seen in screen.of(free_bot.user_id)] == [NOT_ENCRYPTED]


@pytest.mark.parametrize("token", ["syt_wrong", ""])
async def test_a_token_that_is_not_accepted_ends_the_channel(
    synapse: Synapse, free_bot: Account, token: str
) -> None:
    """With what to do, and without the token."""
    channel = MatrixChannel.open(synapse.url, free_bot.user_id, token, name="home")
    async with aclosing(channel), aclosing(channel.messages()) as messages:
        with pytest.raises(TransportError, match="log in again") as raised:
            await anext(messages)
    assert "syt_wrong" not in str(raised.value)


async def test_a_token_of_another_account_ends_the_channel(
    synapse: Synapse, free_bot: Account, ann: Person
) -> None:
    """Or the bot would write under another's name."""
    channel = MatrixChannel.open(synapse.url, ann.user_id, free_bot.token, name="home")
    async with aclosing(channel), aclosing(channel.messages()) as messages:
        with pytest.raises(TransportError, match="belongs to"):
            await anext(messages)


async def _third(synapse: Synapse, ann: Person) -> Account:
    from benchmarks.matrix.people import new_account  # noqa: PLC0415

    del ann
    return await new_account(synapse, "ben")
