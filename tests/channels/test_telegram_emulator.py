"""The channel against the emulated Telegram: what is asked for is what people see and write."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
from aiogram import Bot

from tickertape.channels.telegram import TelegramTransport, open_bot
from tickertape.channels.telegram.direct_client import DirectClient
from tickertape.chat import Address, ChatKind, Inbound, Message, Person, StopPressed
from tickertape.delivery.actions import (
    Accepted,
    Acknowledge,
    Action,
    Delete,
    Edit,
    Outcome,
    Post,
    Reason,
    Refused,
    ShowDraft,
    Throttled,
    Unknown,
)
from tickertape.emulator.scene import BOT_ID
from tickertape.emulator.server import EmulatorServer
from tickertape.markup.forms import PLAIN, Blocks, Look, Span, Spans
from tickertape.markup.rulers import UTF16
from tickertape.markup.tree import (
    Code,
    CodeBlock,
    Details,
    Divider,
    Folded,
    Formula,
    FormulaBlock,
    Heading,
    Item,
    LineBreak,
    Link,
    Listing,
    Paragraph,
    Quote,
    Style,
    Styled,
    Table,
    Thinking,
    Words,
)
from tickertape.message import Author, AuthorKind, QuotedMessage
from tickertape.testing.conformance import ChannelStage, check_channel

pytestmark = pytest.mark.anyio

TOKEN = "4200000001:EMULATOR"
YOU = Person("1001", "You")
PRIVATE = Address("telegram", "1001", ChatKind.PRIVATE)


def _place(address: Address) -> dict[str, Any]:
    """Name a chat and a topic as the emulator does: by numbers."""
    thread = address.thread
    return {"chat_id": int(address.chat), "thread_id": int(thread) if thread else None}


def _id(outcome: Outcome) -> str:
    """Return the id of the message that was accepted."""
    assert isinstance(outcome, Accepted)
    assert outcome.message_id is not None
    return outcome.message_id


def _told(message_id: str, message: Message) -> dict[str, Any]:
    """Say what a message has besides what was written."""
    return {"order": int(message_id), "key": message.key, "sent_at": message.sent_at}


class Phone:
    """A person's Telegram: reads the screen, writes, presses; and asks the emulator for faults."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def chat(self, title: str) -> dict[str, Any]:
        """Find a chat by its title."""
        state = (await self._http.get("/view/state")).raise_for_status().json()
        found = [chat for chat in state["chats"] if chat["title"] == title]
        assert len(found) == 1, [chat["title"] for chat in state["chats"]]
        return dict(found[0])

    async def address(self, title: str, topic: str | None = None) -> Address:
        """Find a place by its title, and by its topic's name."""
        chat = await self.chat(title)
        kind = ChatKind.CHANNEL if chat["type"] == "channel" else ChatKind.GROUP
        thread = next((str(one["id"]) for one in chat["topics"] if one["name"] == topic), None)
        return Address("telegram", str(chat["id"]), kind, thread)

    async def screen(self, address: Address) -> list[str]:
        """Read the texts of a chat, oldest first."""
        answer = await self._http.get(f"/view/chats/{address.chat}")
        return [message["text"] for message in answer.raise_for_status().json()["messages"]]

    async def draft(self, address: Address) -> dict[str, Any]:
        """Read the one live draft of a chat."""
        answer = await self._http.get(f"/view/chats/{address.chat}")
        [draft] = answer.raise_for_status().json()["drafts"]
        return dict(draft)

    async def write(self, address: Address, text: str, **more: Any) -> str:
        """Write a message; returns its id."""
        body = {**_place(address), "text": text, **more}
        answer = await self._http.post("/view/send", json=body)
        return str(answer.raise_for_status().json()["message"]["message_id"])

    async def message(self, address: Address) -> dict[str, Any]:
        """Read the newest message of a chat."""
        answer = await self._http.get(f"/view/chats/{address.chat}")
        return dict(answer.raise_for_status().json()["messages"][-1])

    async def press(self, address: Address, message_id: str, **more: Any) -> None:
        """Press the first button under a message."""
        answer = await self._http.get(f"/view/chats/{address.chat}")
        messages = answer.raise_for_status().json()["messages"]
        [message] = [one for one in messages if str(one["message_id"]) == message_id]
        data = message["buttons"][0][0]["callback_data"]
        body = {
            "chat_id": int(address.chat),
            "message_id": int(message_id),
            "data": data,
            **more,
        }
        (await self._http.post("/view/press", json=body)).raise_for_status()

    async def press_stop(self, address: Address, draft_id: str) -> None:
        """Press the stop button of a draft."""
        body = {**_place(address), "draft_id": int(draft_id)}
        (await self._http.post("/view/stop", json=body)).raise_for_status()

    async def fault(self, method: str, **fault: Any) -> None:
        """Ask for a fault in the next call of `method`."""
        body = {"method": method, "fault": fault}
        (await self._http.post("/control/faults", json=body)).raise_for_status()


@pytest.fixture
async def emulator() -> AsyncIterator[EmulatorServer]:
    """An emulated Telegram on a port of its own."""
    async with EmulatorServer(port=0) as server:
        yield server


@pytest.fixture
async def phone(emulator: EmulatorServer) -> AsyncIterator[Phone]:
    """A person's view of it."""
    async with httpx.AsyncClient(base_url=emulator.url, trust_env=False) as http:
        yield Phone(http)


@pytest.fixture(params=[DirectClient, open_bot], ids=["direct", "aiogram"])
async def channel(
    request: pytest.FixtureRequest, emulator: EmulatorServer
) -> AsyncIterator[TelegramTransport]:
    """The emulated bot's channel: by a client of ours, and by aiogram's."""
    bot = request.param(TOKEN, api_base=emulator.url)
    channel = TelegramTransport(bot, stop_buttons=True)
    yield channel
    await channel.aclose()


async def _next(inbound: AsyncIterator[Inbound]) -> Inbound:
    async with asyncio.timeout(20):
        return await anext(inbound)


# What aiogram makes of an update depends on the kind of chat. Our own client passes it on as it is:
# one private chat and one topic are enough to see that it carries all that a channel needs.
@pytest.mark.parametrize(
    ("make", "title"),
    [
        (open_bot, None),
        (open_bot, "The team"),
        (open_bot, "Open house"),
        (open_bot, "Workshop"),
        (open_bot, "News"),
        (DirectClient, None),
        (DirectClient, "Workshop"),
    ],
)
async def test_it_is_a_channel(make: Callable[..., DirectClient | Bot], title: str | None) -> None:
    """In every kind of chat it keeps the promises of a channel, under any name."""

    @asynccontextmanager
    async def open_stage() -> AsyncIterator[ChannelStage]:
        async with (
            EmulatorServer(port=0) as emulator,
            httpx.AsyncClient(base_url=emulator.url, trust_env=False) as http,
        ):
            phone = Phone(http)
            here = await phone.address(title, "Ideas") if title is not None else PRIVATE
            address = replace(here, channel="telegram-acme")

            @asynccontextmanager
            async def open_channel() -> AsyncIterator[TelegramTransport]:
                bot = make(TOKEN, api_base=emulator.url)
                channel = TelegramTransport(
                    bot, name=address.channel, groups="all", stop_buttons=True
                )
                yield channel
                await channel.aclose()

            yield ChannelStage(
                open_channel,
                address,
                write=lambda text: phone.write(address, text),
                nowhere=replace(address, chat=f"{address.chat}3", thread=None),
                press=lambda message_id: phone.press(address, message_id),
            )

    await check_channel(open_stage)


async def test_a_draft_is_seen_with_its_button(channel: TelegramTransport, phone: Phone) -> None:
    """A draft is on screen under its number, with a stop button, until the message comes."""
    assert await channel.perform(ShowDraft(PRIVATE, "77", "hel")) == Accepted("hel")
    draft = await phone.draft(PRIVATE)
    assert (draft["draft_id"], draft["text"], draft["can_stop"]) == (77, "hel", True)
    posted = await channel.perform(Post(PRIVATE, "hello"))
    assert isinstance(posted, Accepted)
    assert await phone.screen(PRIVATE) == ["hello"]


async def test_blanks_are_reported_as_they_are_shown(channel: TelegramTransport) -> None:
    """What the server trims is missing from the outcome too."""
    posted = await channel.perform(Post(PRIVATE, "  hello \n"))
    assert isinstance(posted, Accepted)
    assert posted.shown == "hello"


@pytest.mark.parametrize("text", ["", "  \n"])
async def test_nothing_to_show(channel: TelegramTransport, text: str) -> None:
    """A text without anything to show is refused as such."""
    outcome = await channel.perform(Post(PRIVATE, text))
    assert isinstance(outcome, Refused)
    assert outcome.reason is Reason.EMPTY


async def test_a_topic_that_is_gone(channel: TelegramTransport, phone: Phone) -> None:
    """A topic that does not exist is refused as such; General is the forum itself."""
    forum = await phone.address("Workshop")
    gone = await channel.perform(Post(Address("telegram", forum.chat, forum.kind, "987654"), "hi"))
    assert isinstance(gone, Refused)
    assert gone.reason is Reason.THREAD_GONE
    general = await channel.perform(Post(Address("telegram", forum.chat, forum.kind, "1"), "hi"))
    assert isinstance(general, Accepted)


async def test_a_reply_to_what_is_gone(channel: TelegramTransport, phone: Phone) -> None:
    """A reply to a message that is not there goes out without it."""
    group = await phone.address("The team")
    assert isinstance(await channel.perform(Post(group, "hi", reply_to="987654")), Accepted)
    assert await phone.screen(group) == ["hi"]


async def test_real_floods(channel: TelegramTransport, phone: Phone) -> None:
    """The twenty-first message of a minute in a group is told to wait."""
    group = await phone.address("The team")
    outcomes = [await channel.perform(Post(group, f"{number}")) for number in range(21)]
    assert all(isinstance(outcome, Accepted) for outcome in outcomes[:20])
    last = outcomes[20]
    assert isinstance(last, Throttled)
    assert 1 <= last.retry_after <= 60


@pytest.mark.parametrize(
    ("action", "method"),
    [
        (ShowDraft(PRIVATE, "5", "hi"), "sendMessageDraft"),
        (Post(PRIVATE, "hi"), "sendMessage"),
        (Edit(PRIVATE, "9", "hi"), "editMessageText"),
        (Delete(PRIVATE, "9"), "deleteMessage"),
    ],
)
async def test_faults(
    channel: TelegramTransport, phone: Phone, action: Action, method: str
) -> None:
    """Each fault of the server has its outcome, whatever the action."""
    await phone.fault(method, kind="throttle", retry_after=9)
    assert await channel.perform(action) == Throttled(9.0)
    await phone.fault(method, kind="status", status=502, html=True)
    assert isinstance(await channel.perform(action), Unknown)
    await phone.fault(method, kind="reset")
    assert isinstance(await channel.perform(action), Unknown)
    await phone.fault(method, kind="lost")
    assert isinstance(await channel.perform(action), Unknown)
    blocked = "Forbidden: bot was blocked by the user"
    await phone.fault(method, kind="refuse", status=403, description=blocked)
    assert await channel.perform(action) == Refused(Reason.CHAT_DEAD, blocked)


async def test_a_lost_answer_is_no_refusal(channel: TelegramTransport, phone: Phone) -> None:
    """After a lost answer the message is there, after a reset it is not: both are unknown."""
    await phone.fault("sendMessage", kind="lost")
    assert isinstance(await channel.perform(Post(PRIVATE, "one")), Unknown)
    await phone.fault("sendMessage", kind="reset")
    assert isinstance(await channel.perform(Post(PRIVATE, "two")), Unknown)
    assert await phone.screen(PRIVATE) == ["one"]


async def test_a_wrong_token(emulator: EmulatorServer) -> None:
    """A token that the server does not know is refused for everything."""
    channel = TelegramTransport.open("4200000001:WRONG", api_base=emulator.url)
    outcome = await channel.perform(Post(PRIVATE, "hi"))
    assert outcome == Refused(Reason.UNAUTHORIZED, "Unauthorized")
    await channel.aclose()


async def test_what_people_write(channel: TelegramTransport, phone: Phone) -> None:
    """Private texts, mentions, commands, replies, topics arrive in order; other talk does not."""
    group = await phone.address("The team")
    topic = await phone.address("Workshop", "Ideas")
    news = await phone.address("News")
    said = await channel.perform(Post(group, "I am here"))
    assert isinstance(said, Accepted)
    first = await phone.write(PRIVATE, "hello 😀")
    await phone.write(group, "just talking")
    second = await phone.write(group, "😀 hey @tickertape_bot what is up")
    third = await phone.write(group, "/ask@tickertape_bot why")
    await phone.write(group, "/ask@other_bot why")
    fourth = await phone.write(group, "go on", reply_to=int(_id(said)))
    fifth = await phone.write(topic, "@tickertape_bot in here")
    await phone.write(topic, "among us")
    sixth = await phone.write(news, "@tickertape_bot sum up")
    async with aclosing(channel.messages()) as inbound:
        taken = [await _next(inbound) for _ in range(6)]
    answered = QuotedMessage(("I am here",), Author("Tickertape", AuthorKind.SELF, str(BOT_ID)))
    assert len({one.key for one in taken} - {""}) == 6
    read = [one for one in taken if isinstance(one, Message)]
    assert all(one.sent_at for one in read)
    assert read[:5] == [
        Message(PRIVATE, YOU, "hello 😀", first, True, **_told(first, read[0])),
        Message(group, YOU, "😀 hey what is up", second, True, **_told(second, read[1])),
        Message(group, YOU, "/ask why", third, True, **_told(third, read[2])),
        Message(group, YOU, "go on", fourth, True, (answered, "go on"), **_told(fourth, read[3])),
        Message(topic, YOU, "in here", fifth, True, **_told(fifth, read[4])),
    ]
    post = read[5]
    assert (post.address, post.text, post.message_id) == (news, "sum up", sixth)


async def test_a_press_on_stop(channel: TelegramTransport, phone: Phone) -> None:
    """A press on the stop button comes in with the draft's number and the person."""
    async with aclosing(channel.messages()) as inbound:
        await channel.perform(ShowDraft(PRIVATE, "77", "hel"))
        await phone.press_stop(PRIVATE, "77")
        pressed = await _next(inbound)
    assert pressed == StopPressed(PRIVATE, YOU, "77", key=pressed.key)
    assert pressed.key


async def test_polling_survives_the_network(channel: TelegramTransport, phone: Phone) -> None:
    """Cut polls lose nothing and bring nothing twice."""
    await phone.fault("getUpdates", kind="reset")
    await phone.write(PRIVATE, "one")
    async with aclosing(channel.messages()) as inbound:
        first = await _next(inbound)
        await phone.fault("getUpdates", kind="lost")
        await phone.write(PRIVATE, "two")
        second = await _next(inbound)
    texts = [one.text for one in (first, second) if isinstance(one, Message)]
    assert texts == ["one", "two"]


async def test_a_restart_goes_on_where_it_stopped(emulator: EmulatorServer, phone: Phone) -> None:
    """What the reader came back from does not come again after a restart, what it held does."""
    await phone.write(PRIVATE, "one")
    await phone.write(PRIVATE, "two")
    texts: list[str] = []
    for count in (2, 1):
        channel = TelegramTransport.open(TOKEN, api_base=emulator.url)
        async with aclosing(channel.messages()) as inbound:
            taken = [await _next(inbound) for _ in range(count)]
        await channel.aclose()
        texts += [one.text for one in taken if isinstance(one, Message)]
    assert texts == ["one", "two", "two"]


LOOKS = "😀 bold 👩‍👩‍👧 code\nlink\nx = 1\nquoted\nfolded"


def _span(look: Look, word: str, detail: str = "") -> Span:
    """A span over a word of `LOOKS`."""
    start = UTF16.measure(LOOKS[: LOOKS.index(word)])
    return Span(look, start, UTF16.measure(word), detail)


@pytest.mark.parametrize("way", ["post", "edit", "draft"])
async def test_every_look_stands_there(channel: TelegramTransport, phone: Phone, way: str) -> None:
    """Each entity covers exactly the characters it is for, behind emoji of several units too."""
    styles = (Look.BOLD, Look.ITALIC, Look.UNDERLINE, Look.STRIKE, Look.SPOILER)
    form = Spans(
        (
            *(_span(look, "bold") for look in styles),
            _span(Look.BOLD, "👩‍👩‍👧"),
            _span(Look.CODE, "code"),
            _span(Look.LINK, "link", "https://example.org/"),
            _span(Look.PRE, "x = 1", "python"),
            _span(Look.QUOTE, "quoted"),
            _span(Look.FOLDED_QUOTE, "folded"),
        )
    )
    if way == "draft":
        assert await channel.perform(ShowDraft(PRIVATE, "5", LOOKS, form)) == Accepted(LOOKS)
        shown = await phone.draft(PRIVATE)
    else:
        post = Post(PRIVATE, LOOKS, form=form if way == "post" else PLAIN)
        posted = await channel.perform(post)
        assert isinstance(posted, Accepted)
        if way == "edit":
            message_id = _id(posted)
            edit = Edit(PRIVATE, message_id, LOOKS, form)
            assert await channel.perform(edit) == Accepted(LOOKS, message_id)
        shown = await phone.message(PRIVATE)
    assert shown["text"] == LOOKS
    units = LOOKS.encode("utf-16-le")
    covered = {
        (
            entity["type"],
            units[entity["offset"] * 2 : (entity["offset"] + entity["length"]) * 2].decode(
                "utf-16-le"
            ),
            entity.get("url") or entity.get("language") or "",
        )
        for entity in shown["entities"]
    }
    assert covered == {
        ("bold", "bold", ""),
        ("italic", "bold", ""),
        ("underline", "bold", ""),
        ("strikethrough", "bold", ""),
        ("spoiler", "bold", ""),
        ("bold", "👩‍👩‍👧", ""),
        ("code", "code", ""),
        ("text_link", "link", "https://example.org/"),
        ("pre", "x = 1", "python"),
        ("blockquote", "quoted", ""),
        ("expandable_blockquote", "folded", ""),
    }


def _line(text: str) -> tuple[Words, ...]:
    return (Words(text),)


EVERYTHING = Blocks(
    (
        Heading(2, _line("Title")),
        Paragraph((Words("a"), LineBreak(), Styled(Style.BOLD, (Code("b"),)), Formula("x^2"))),
        Paragraph((Link("https://example.org", _line("c")), Link("a/b.py", _line("d")))),
        CodeBlock("x = 1", "python"),
        FormulaBlock("x^2"),
        Divider(),
        Listing((Item((Paragraph(_line("one")),)), Item(()))),
        Listing((Item((), checked=True), Item((), checked=False)), start=0),
        Quote((Paragraph(_line("said")), Listing((Item((Divider(),)),)))),
        Table(("left", "center"), (_line("h"), ()), ((_line("1"), _line("2")), ((), ()))),
        Details(_line("more"), (Paragraph(_line("hidden")),)),
        Folded("thoughts\nof mine"),
    )
)
KINDS = [
    "heading",
    "paragraph",
    "paragraph",
    "pre",
    "mathematical_expression",
    "divider",
    "list",
    "list",
    "blockquote",
    "table",
    "details",
    "expandable_blockquote",
]


async def test_every_block_stands_there(channel: TelegramTransport, phone: Phone) -> None:
    """Each kind of block is taken as a draft, a post and an edit; text and blocks change places."""
    draft = Blocks((Thinking("hm"), *EVERYTHING.blocks))
    assert await channel.perform(ShowDraft(PRIVATE, "5", "all", draft)) == Accepted("all")
    shown = await phone.draft(PRIVATE)
    assert [block["type"] for block in shown["rich"]["blocks"]] == ["thinking", *KINDS]
    assert shown["can_stop"] is True
    posted = await channel.perform(Post(PRIVATE, "all", form=draft))
    assert isinstance(posted, Accepted)
    assert posted.shown == "all"
    message_id = _id(posted)
    for text, form, kinds in (("words", PLAIN, None), ("all", EVERYTHING, KINDS)):
        assert await channel.perform(Edit(PRIVATE, message_id, text, form)) == Accepted(
            text, message_id
        )
        rich = (await phone.message(PRIVATE))["rich"]
        assert (rich and [block["type"] for block in rich["blocks"]]) == kinds
    again = await channel.perform(Edit(PRIVATE, message_id, "all", EVERYTHING))
    assert again == Accepted("all", message_id)
    assert len(await phone.screen(PRIVATE)) == 1


@pytest.mark.parametrize(
    ("action", "method"),
    [
        (ShowDraft(PRIVATE, "5", "all", EVERYTHING), "sendRichMessageDraft"),
        (Post(PRIVATE, "all", form=EVERYTHING), "sendRichMessage"),
    ],
)
async def test_an_old_server_knows_no_blocks(
    channel: TelegramTransport, phone: Phone, action: Action, method: str
) -> None:
    """A server without the method is told from one that refuses, and may still know drafts."""
    missing = "Not Found: method not found"
    await phone.fault(method, kind="refuse", status=404, description=missing)
    assert await channel.perform(action) == Refused(Reason.BLOCKS_UNKNOWN, missing)
    forbidden = "Bad Request: not enough rights to send the rich message to the chat"
    await phone.fault(method, kind="refuse", status=400, description=forbidden)
    assert await channel.perform(action) == Refused(Reason.BLOCKS_FORBIDDEN, forbidden)
    await phone.fault(method, kind="throttle", retry_after=9)
    assert await channel.perform(action) == Throttled(9.0)
    await phone.fault(method, kind="lost")
    assert isinstance(await channel.perform(action), Unknown)


@pytest.mark.parametrize("title", [None, "The team", "Workshop"])
async def test_a_press_under_a_message_comes_in(
    channel: TelegramTransport, phone: Phone, title: str | None
) -> None:
    """Post with a button, edit, press, acknowledge, final: the button stays until then."""
    address = await phone.address(title, "Ideas") if title is not None else PRIVATE
    posted = await channel.perform(Post(address, "hel", stop_button=True))
    assert isinstance(posted, Accepted)
    message_id = _id(posted)
    await channel.perform(Edit(address, message_id, "hello", stop_button=True))
    [[button]] = (await phone.message(address))["buttons"]
    assert button["text"] == "⏹ Stop"
    await phone.press(address, message_id)
    async with aclosing(channel.messages()) as inbound:
        pressed = await _next(inbound)
    assert isinstance(pressed, StopPressed)
    assert replace(pressed, press_id="", key="") == StopPressed(address, YOU, None, message_id)
    assert pressed.press_id
    assert pressed.key
    acknowledge = Acknowledge(address, pressed.press_id, "Stopping.")
    assert await channel.perform(acknowledge) == Accepted("")
    late = await channel.perform(acknowledge)
    assert isinstance(late, Refused)
    assert late.detail.startswith("Bad Request: query is too old")
    await channel.perform(Edit(address, message_id, "hello"))
    assert (await phone.message(address))["buttons"] == []


async def test_a_button_survives_a_change_of_form(channel: TelegramTransport, phone: Phone) -> None:
    """Blocks carry it like texts do."""
    posted = await channel.perform(Post(PRIVATE, "a", form=EVERYTHING, stop_button=True))
    assert isinstance(posted, Accepted)
    message_id = _id(posted)
    for form in (PLAIN, EVERYTHING):
        edit = Edit(PRIVATE, message_id, "a", form, stop_button=True)
        assert await channel.perform(edit) == Accepted("a", message_id)
        assert len((await phone.message(PRIVATE))["buttons"]) == 1
    await channel.perform(Edit(PRIVATE, message_id, "a", EVERYTHING))
    assert (await phone.message(PRIVATE))["buttons"] == []
