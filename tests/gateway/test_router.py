"""What follows from each inbound message: order, bounds, commands and the stop button."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

import pytest
from command_stage import catalog
from hypothesis import given
from hypothesis import strategies as st

from tickertape.chat import (
    Address,
    ButtonPressed,
    ChatKind,
    Inbound,
    Message,
    Person,
    StopPressed,
)
from tickertape.conversation import CommandGiven
from tickertape.delivery.actions import Acknowledge, ClearButtons
from tickertape.gateway import commands
from tickertape.gateway.access import Access, Admitted
from tickertape.gateway.admission import orders, wording
from tickertape.gateway.custom_commands import sentences
from tickertape.gateway.decisions import (
    Administer,
    AskAgent,
    AskToBeLetIn,
    Begin,
    Change,
    DecideRequest,
    Decision,
    Drop,
    Forget,
    Ignore,
    Interrupt,
    Live,
    Queue,
    Retry,
    RunCommand,
    Say,
    SayNow,
    TurnedAway,
)
from tickertape.gateway.router import Router

ANNA = Person("1001", "Anna")
PRIVATE = Address("telegram", "1001", ChatKind.PRIVATE)
GROUP = Address("telegram", "-1007", ChatKind.GROUP)
TOPIC = Address("telegram", "-1007", ChatKind.GROUP, thread="5")


def text(
    words: str, address: Address = PRIVATE, sender: Person | None = ANNA, number: int = 1
) -> Message:
    """Make a message."""
    return Message(address, sender, words, str(number), to_us=True)


NAMED = replace(text("/x", GROUP), names_us=True)


def number_of(_: Address, message_id: str) -> int:
    """Return a message's number: the ids of this channel are digits."""
    return int(message_id)


def router(*, room: int = 20) -> Router:
    """Make a router that admits Anna."""
    return Router(Access(frozenset({ANNA.id})), room=room, number_of=number_of)


def shown(
    conversation: Address,
    place: Address | None = None,
    *,
    drafts: tuple[str, ...] = (),
    messages: tuple[str, ...] = (),
) -> tuple[Live, ...]:
    """An answer that runs, alone, with what is on screen of it."""
    return (Live(conversation, place or conversation, drafts, messages),)


def no_room(words: str, room: int) -> SayNow:
    """What is said to a message that finds the line full: it points at it."""
    return SayNow(Say(text(words), commands.no_room(room), is_pointed=True))


@pytest.mark.parametrize(
    ("message", "decisions"),
    [
        (text("hello"), (Begin(AskAgent(text("hello"))),)),
        (text("/usr/bin"), (Begin(AskAgent(text("/usr/bin"))),)),
        (text("  \n"), (Begin(Say(text("  \n"), commands.NO_WORDS)),)),
        (text("ㅤ", GROUP), (Begin(Say(text("ㅤ", GROUP), commands.NO_QUESTION)),)),
        (text("/help"), (Begin(Say(text("/help"), commands.words(commands.HelpCommand()))),)),
        (text("/start"), (Begin(Say(text("/start"), commands.words(commands.StartCommand()))),)),
        (text("/new"), (Begin(Forget(text("/new"), commands.words(commands.NewCommand()))),)),
        (text("/stop"), (Begin(Say(text("/stop"), "Nothing to stop.")),)),
        (text("/retry"), (Begin(Retry(text("/retry"))),)),
        (text("/model a"), (Begin(Change(text("/model a"), commands.ModelCommand("a"))),)),
        (text("/reasoning"), (Begin(Change(text("/reasoning"), commands.ReasoningCommand())),)),
        (text("/model", GROUP), (Begin(Change(text("/model", GROUP), commands.ModelCommand())),)),
        (text("/x"), (Begin(Say(text("/x"), commands.words(commands.UnknownCommand("x")))),)),
        (text("/x", GROUP), (Ignore("not our command"),)),
        (NAMED, (Begin(Say(NAMED, commands.words(commands.UnknownCommand("x")))),)),
        (text("/stop", GROUP), (Begin(Say(text("/stop", GROUP), "Nothing to stop.")),)),
        (text("hi", sender=Person("7", "Eve")), (TurnedAway("telegram", "7"),)),
        (text("/start", sender=Person("7", "Eve")), (TurnedAway("telegram", "7"),)),
        (text("post", GROUP, None), (TurnedAway("telegram", "-1007"),)),
        (StopPressed(PRIVATE, Person("7", "Eve"), "3"), (TurnedAway("telegram", "7"),)),
        (StopPressed(PRIVATE, ANNA, "3"), (Ignore("the answer is not live"),)),
    ],
)
def test_when_nothing_is_going_on(message: Inbound, decisions: Sequence[Decision]) -> None:
    """The first message of a quiet conversation, kind by kind."""
    assert router().receive(message) == tuple(decisions)


def test_commands_of_the_operator_are_answers() -> None:
    """They wait, are stopped and dropped as answers are; a retry goes before what waits."""
    custom = catalog(
        """
        sum: {description: d, prompt: "Sum up: {text}"}
        run: {description: d, program: [run, "{1}"]}
        """
    )
    machine = Router(Access(frozenset({ANNA.id})), custom=custom)
    run, asked = text("/run a"), text("/sum this")
    work = RunCommand(run, CommandGiven("run", "a"))
    prompted = AskAgent(replace(asked, text="", parts=("Sum up: this",)))
    assert machine.receive(run) == (Begin(work),)
    assert machine.receive(asked) == (Queue(prompted),)
    assert machine.receive(text("/retry")) == (Interrupt(PRIVATE), Queue(Retry(text("/retry"))))
    assert machine.receive(run) == (Queue(work),)
    usage = Say(text("/run"), sentences.usage("/run WORD1", "d"))
    assert machine.receive(text("/run")) == (Queue(usage),)
    dropped = (Drop(Retry(text("/retry"))), Drop(prompted), Drop(work))
    assert machine.receive(text("/stop")) == (*dropped, Interrupt(PRIVATE))
    assert machine.done(PRIVATE) == usage


def test_a_second_message_waits_and_is_next() -> None:
    """While an answer runs, messages wait in the order in which they came."""
    machine = router()
    assert machine.receive(text("one")) == (Begin(AskAgent(text("one"))),)
    assert machine.receive(text("two")) == (Queue(AskAgent(text("two"))),)
    assert machine.receive(text("/help")) == (
        Queue(Say(text("/help"), commands.words(commands.HelpCommand()))),
    )
    assert machine.done(PRIVATE) == AskAgent(text("two"))
    assert isinstance(machine.done(PRIVATE), Say)
    assert machine.done(PRIVATE) is None
    assert machine.receive(text("three")) == (Begin(AskAgent(text("three"))),)


def test_conversations_do_not_wait_for_each_other() -> None:
    """A chat, a group and a topic of that group each have a line of their own."""
    machine = router()
    for address in (PRIVATE, GROUP, TOPIC):
        assert machine.receive(text("go", address)) == (Begin(AskAgent(text("go", address))),)
    assert machine.done(GROUP) is None
    assert machine.receive(text("/stop", TOPIC)) == (Interrupt(TOPIC),)


def test_stop_ends_the_running_answer_and_clears_the_line() -> None:
    """`/stop` says nothing of its own when an answer was running; what waited is dropped."""
    machine = router()
    machine.receive(text("one"))
    machine.receive(text("two"))
    machine.receive(text("/help"))
    dropped = Drop(AskAgent(text("two")))
    assert machine.receive(text("/stop")) == (dropped, Interrupt(PRIVATE))
    assert machine.receive(text("/stop")) == (Interrupt(PRIVATE),)
    assert isinstance(machine.done(PRIVATE), Say)
    assert machine.done(PRIVATE) is None


def test_new_stops_and_then_forgets() -> None:
    """`/new` interrupts first, and forgets when the interrupted answer has been settled."""
    machine = router()
    machine.receive(text("one"))
    machine.receive(text("two"))
    forget = Forget(text("/new"), commands.words(commands.NewCommand()))
    dropped = Drop(AskAgent(text("two")))
    assert machine.receive(text("/new")) == (dropped, Interrupt(PRIVATE), Queue(forget))
    third = AskAgent(text("three"))
    assert machine.receive(text("three")) == (Queue(third),)
    assert machine.receive(text("/stop")) == (Drop(third), Interrupt(PRIVATE))
    assert machine.done(PRIVATE) == forget
    assert machine.done(PRIVATE) is None


def test_a_retry_goes_before_what_waits() -> None:
    """It interrupts the answer that runs, and makes that one again; asked twice, once."""
    machine = router(room=1)
    machine.receive(text("one"))
    machine.receive(text("two"))
    retry = Retry(text("/retry"))
    assert machine.receive(text("/retry")) == (Interrupt(PRIVATE), Queue(retry))
    assert machine.receive(text("/retry")) == (Ignore("the answer will be made again"),)
    assert machine.done(PRIVATE) == retry
    assert machine.receive(text("/retry")) == (Interrupt(PRIVATE), Queue(retry))
    assert machine.done(PRIVATE) == retry
    assert machine.done(PRIVATE) == AskAgent(text("two"))
    assert machine.done(PRIVATE) is None


def test_a_retry_waits_behind_what_is_no_answer() -> None:
    """While the bot says something of its own, a retry waits its turn like a message."""
    machine = router()
    machine.receive(text("/help"))
    assert machine.receive(text("/retry")) == (Queue(Retry(text("/retry"))),)
    assert machine.done(PRIVATE) == Retry(text("/retry"))
    press = StopPressed(PRIVATE, ANNA, draft_id="9")
    assert machine.receive(press, shown(PRIVATE, drafts=("9",))) == (Interrupt(PRIVATE),)
    assert machine.receive(text("/stop")) == (Interrupt(PRIVATE),)


def test_a_retry_that_waits_is_dropped_like_a_message() -> None:
    """`/stop` drops it, and the end of the program says that it was not come to."""
    machine = router()
    machine.receive(text("one"))
    machine.receive(text("/retry"))
    dropped = Drop(Retry(text("/retry")))
    assert machine.receive(text("/stop")) == (dropped, Interrupt(PRIVATE))
    assert machine.done(PRIVATE) is None
    machine.receive(text("one"))
    machine.receive(text("/retry"))
    assert machine.close() == (Say(text("/retry"), commands.restarting(1)),)


def test_a_retry_makes_no_answer_again_that_is_to_be_forgotten() -> None:
    """After a `/new`, also one that waits for the answer which it ended, there is none to make."""
    machine = router()
    machine.receive(text("one"))
    machine.receive(text("/new"))
    assert machine.receive(text("/retry")) == (Queue(Retry(text("/retry"))),)
    assert machine.done(PRIVATE) == Forget(text("/new"), commands.words(commands.NewCommand()))
    assert machine.done(PRIVATE) == Retry(text("/retry"))


@pytest.mark.parametrize("waiting", [1, 2])
def test_a_stop_of_messages_that_only_wait_says_so(waiting: int) -> None:
    """Where no answer runs, `/stop` tells how many messages it dropped: none goes in silence."""
    machine = router()
    machine.receive(text("/help"))
    for _ in range(waiting):
        machine.receive(text("question"))
    told = Say(text("/stop"), commands.dropped(waiting))
    drops = [Drop(AskAgent(text("question")))] * waiting
    assert machine.receive(text("/stop")) == (*drops, Queue(told))
    assert machine.done(PRIVATE) == told
    assert machine.done(PRIVATE) is None


def test_settings_wait_their_turn() -> None:
    """A change is made after the answer that runs, and a stop does not drop it."""
    machine = router()
    machine.receive(text("one"))
    change = Change(text("/model a"), commands.ModelCommand("a"))
    assert machine.receive(text("/model a")) == (Queue(change),)
    assert machine.receive(text("/stop")) == (Interrupt(PRIVATE),)
    assert machine.done(PRIVATE) == change
    assert machine.receive(text("/stop")) == (Ignore("one more of a row"),)


def test_the_button_ends_only_the_answer_it_stands_under() -> None:
    """A press on any draft of the answer that runs interrupts it, and only that; the line stays."""
    machine = router()
    machine.receive(text("one"))
    machine.receive(text("two"))
    press = StopPressed(PRIVATE, ANNA, draft_id="9")
    assert machine.receive(press, shown(PRIVATE, drafts=("7", "8"))) == (
        Ignore("the answer is not live"),
    )
    assert machine.receive(press) == (Ignore("the answer is not live"),)
    assert machine.receive(press, shown(PRIVATE, drafts=("7", "9"))) == (Interrupt(PRIVATE),)
    assert machine.done(PRIVATE) == AskAgent(text("two"))


ON_MESSAGE = StopPressed(GROUP, ANNA, message_id="30", press_id="p")


def told(text: str) -> Acknowledge:
    """What whoever pressed in the group is told."""
    return Acknowledge(GROUP, "p", text)


NOT_LIVE = (Ignore("the answer is not live"), told(commands.ALREADY_FINISHED))
LATE = (*NOT_LIVE, ClearButtons(GROUP, "30"))


def test_the_button_under_a_message_of_the_answer() -> None:
    """A press on any of its messages interrupts it and is acknowledged; the line stays."""
    machine = router()
    machine.receive(text("one", GROUP, number=28))
    machine.receive(text("two", GROUP, number=31))
    assert machine.receive(ON_MESSAGE, shown(GROUP, messages=("29", "30"))) == (
        Interrupt(GROUP),
        told(commands.STOPPING),
    )
    assert machine.done(GROUP) == AskAgent(text("two", GROUP, number=31))


def test_a_press_on_an_answer_that_has_ended() -> None:
    """It is told so, and the button goes; nothing happens to the answer of another topic."""
    machine = router()
    assert machine.receive(ON_MESSAGE) == LATE
    machine.receive(text("one", TOPIC))
    assert machine.receive(ON_MESSAGE, shown(GROUP, messages=("30",))) == LATE
    machine.receive(text("/help", GROUP))
    assert machine.receive(ON_MESSAGE, shown(GROUP, messages=("30",))) == LATE


MOVED = Address("telegram", "-1001007", ChatKind.GROUP)
ELSEWHERE = [
    pytest.param(GROUP, MOVED, id="the chat was upgraded"),
    pytest.param(TOPIC, GROUP, id="the topic was deleted"),
]


@pytest.mark.parametrize(("home", "place"), ELSEWHERE)
def test_an_answer_that_is_written_elsewhere_is_stopped_there(
    home: Address, place: Address
) -> None:
    """By its button, and by a `/stop`, which drops what waits in its conversation, too."""
    machine = router()
    machine.receive(text("one", home))
    machine.receive(text("two", home))
    live = shown(home, place, messages=("30",))
    press = StopPressed(place, ANNA, message_id="30", press_id="p")
    stopping = Acknowledge(place, "p", commands.STOPPING)
    assert machine.receive(press, live) == (Interrupt(home), stopping)
    dropped = Drop(AskAgent(text("two", home)))
    assert machine.receive(text("/stop", place), live) == (dropped, Interrupt(home))
    assert machine.done(home) is None


@pytest.mark.parametrize(("home", "place"), ELSEWHERE)
def test_a_stop_is_for_what_is_at_home_first(home: Address, place: Address) -> None:
    """Where an answer of the conversation runs, or messages wait, a guest there is left alone."""
    machine = router()
    guest = shown(home, place)
    machine.receive(text("one", home))
    machine.receive(text("/help", place))
    machine.receive(text("two", place))
    dropped, told = machine.receive(text("/stop", place), guest)
    assert dropped == Drop(AskAgent(text("two", place)))
    assert told == Queue(Say(text("/stop", place), commands.dropped(1)))
    while machine.done(place):
        pass
    machine.receive(text("two", place))
    both = (*guest, *shown(place))
    assert machine.receive(text("/stop", place), both) == (Interrupt(place),)
    assert machine.done(place) is None
    assert machine.receive(text("/stop", place), guest) == (Interrupt(home),)


def test_a_number_of_the_old_chat_means_no_message_of_the_new_one() -> None:
    """A chat that was upgraded numbers its messages anew."""
    machine = router()
    machine.receive(text("one", GROUP, number=40))
    assert machine.receive(ON_MESSAGE, shown(GROUP, MOVED, messages=("30",))) == LATE


def test_a_message_that_is_not_known_yet_is_of_the_answer_that_runs() -> None:
    """It is newer than the question; what is older is of an answer that has ended."""
    stopping = (Interrupt(GROUP), told(commands.STOPPING))
    on_draft = StopPressed(GROUP, ANNA, draft_id="30", press_id="p")
    for number in (28, 29, 30, 31):
        machine = router()
        machine.receive(text("one", GROUP, number=number))
        assert machine.receive(ON_MESSAGE, shown(GROUP)) == (stopping if number < 30 else LATE)
        assert machine.receive(on_draft, shown(GROUP)) == NOT_LIVE


def test_what_an_answer_left_is_not_the_next_ones() -> None:
    """Also when the next question was asked while it was written, or came late: it is older."""
    machine = router()
    machine.receive(text("one", GROUP, number=20))
    machine.receive(text("two", GROUP, number=21))
    machine.done(GROUP, *shown(GROUP, messages=("22", "30")))
    assert machine.receive(ON_MESSAGE, shown(GROUP, messages=("31",))) == LATE
    machine.done(GROUP, *shown(GROUP, messages=("29",)))
    machine.receive(text("three", GROUP, number=23))
    assert machine.receive(ON_MESSAGE, shown(GROUP)) == LATE
    later = StopPressed(GROUP, ANNA, message_id="32", press_id="p")
    assert machine.receive(later, shown(GROUP))[0] == Interrupt(GROUP)


@pytest.mark.parametrize(("home", "place"), ELSEWHERE)
def test_a_message_that_is_not_known_where_an_answer_is_written_by_now(
    home: Address, place: Address
) -> None:
    """It is that answer's, unless an answer which has ended left it, or another runs there."""
    machine = router()
    machine.receive(text("one", home, number=20))
    press = StopPressed(place, ANNA, message_id="30", press_id="p")
    stray = shown(home, place)
    assert machine.receive(press, stray)[0] == Interrupt(home)
    machine.receive(text("two", place, number=25))
    both = (*stray, *shown(place))
    unsure = machine.receive(press, both)
    assert unsure[0] == Ignore("the answer is not live")
    assert not any(isinstance(decision, ClearButtons) for decision in unsure)
    machine.done(place, *shown(place, messages=("30",)))
    assert machine.receive(press, stray)[0] == Ignore("the answer is not live")
    later = StopPressed(place, ANNA, message_id="31", press_id="p")
    assert machine.receive(later, stray)[0] == Interrupt(home)


def test_what_was_left_is_remembered_for_the_places_that_were_busy_last() -> None:
    """A crowd of chats cannot fill the memory."""
    machine = router()
    for number in range(1, 1_002):
        place = Address("telegram", str(-number), ChatKind.GROUP)
        machine.receive(text("one", place))
        machine.done(place, *shown(place, messages=("30",)))
    forgotten, kept = (
        Address("telegram", "-1", ChatKind.GROUP),
        Address("telegram", "-2", ChatKind.GROUP),
    )
    for place, decision in ((forgotten, Interrupt(forgotten)), (kept, LATE[0])):
        machine.receive(text("two", place, number=2))
        press = StopPressed(place, ANNA, message_id="30")
        assert machine.receive(press, shown(place)) == (decision,)


POSTED = st.sampled_from(["ask", "heard", "unheard", "end", "press", "press", "press"])


@given(st.lists(st.tuples(POSTED, st.integers(0, 1_000)), max_size=60))
def test_a_press_is_about_the_answer_that_it_stands_under(steps: list[tuple[str, int]]) -> None:
    """Heard of or not: a message of the running answer ends it, and none of an ended one does."""
    machine = router(room=1_000)
    numbers = itertools.count(1)
    posts: list[tuple[int, int, bool]] = []
    begun, waiting, running = 0, 0, False

    def live() -> Live:
        known = tuple(str(number) for number, answer, heard in posts if heard and answer == begun)
        return Live(GROUP, GROUP, messages=known)

    for step, which in steps:
        match step:
            case "ask":
                machine.receive(text("question", GROUP, number=next(numbers)))
                begun, waiting = (begun, waiting + 1) if running else (begun + 1, waiting)
                running = True
            case "heard" | "unheard" if running:
                posts.append((next(numbers), begun, step == "heard"))
            case "end" if running:
                # What was not heard of is posted again, until it is.
                posts.append((next(numbers), begun, True))
                running = machine.done(GROUP, live()) is not None
                begun, waiting = (begun + 1, waiting - 1) if running else (begun, waiting)
            case "press" if posts:
                number, answer, _ = posts[which % len(posts)]
                press = StopPressed(GROUP, ANNA, message_id=str(number), press_id="p")
                decision, _, *cleared = machine.receive(press, [live()] if running else [])
                is_meant = running and answer == begun
                assert (decision == Interrupt(GROUP)) is is_meant
                assert cleared == ([] if is_meant else [ClearButtons(GROUP, str(number))])
            case _:
                pass


def test_where_messages_are_not_counted_only_known_ones_are_an_answers() -> None:
    """A message that is not known is taken for nobody's, and keeps its button."""
    machine = Router(Access(frozenset({ANNA.id})))
    machine.receive(text("one", GROUP))
    live = shown(GROUP, messages=("$b",))
    known, unknown = (
        StopPressed(GROUP, ANNA, message_id=id_, press_id="p") for id_ in ("$b", "$c")
    )
    assert machine.receive(known, live) == (Interrupt(GROUP), told(commands.STOPPING))
    assert machine.receive(unknown, live) == NOT_LIVE
    machine.done(GROUP, live[0])
    assert machine.receive(known) == (*NOT_LIVE, ClearButtons(GROUP, "$b"))


@pytest.mark.parametrize("messages", [(), ("30",)])
def test_a_strangers_press(messages: tuple[str, ...]) -> None:
    """A stranger stops nothing, but their button does not spin; what has no press says nothing."""
    machine = router()
    machine.receive(text("one", GROUP))
    eve = Person("7", "Eve")
    press = StopPressed(GROUP, eve, message_id="30", press_id="p")
    assert machine.receive(press, shown(GROUP, messages=messages)) == (
        TurnedAway("telegram", "7"),
        told(commands.NOT_YOURS),
    )
    on_draft = StopPressed(PRIVATE, eve, draft_id="3")
    assert machine.receive(on_draft, shown(PRIVATE, drafts=("3",))) == (
        TurnedAway("telegram", "7"),
    )


@given(
    sender=st.sampled_from([ANNA, Person("7", "Eve"), None]),
    message_id=st.sampled_from(["29", "30"]),
    runs=st.booleans(),
    press_id=st.sampled_from(["", "p"]),
)
def test_every_press_is_acknowledged_once(
    *, sender: Person | None, message_id: str, runs: bool, press_id: str
) -> None:
    """Whoever pressed what and when, it is answered once, if there is something to answer."""
    machine = router()
    if runs:
        machine.receive(text("one", GROUP, number=29))
    press = StopPressed(GROUP, sender, message_id=message_id, press_id=press_id)
    decisions = machine.receive(press, shown(GROUP, messages=("30",)) if runs else ())
    answers = [decision for decision in decisions if isinstance(decision, Acknowledge)]
    assert [answer.press_id for answer in answers] == ([press_id] if press_id else [])
    assert all(1 <= len(answer.text) <= 200 for answer in answers)
    stops = any(isinstance(decision, Interrupt) for decision in decisions)
    assert stops is (sender == ANNA and message_id == "30" and runs)


def test_a_full_line_says_so_once() -> None:
    """Whoever finds no room is told so, once; when there is room, taking goes on."""
    machine = router(room=2)
    for number in range(3):
        machine.receive(text(str(number)))
    assert machine.receive(text("a")) == (no_room("a", 2),)
    assert machine.receive(text("b")) == (Ignore("the line is full"),)
    assert machine.done(PRIVATE) == AskAgent(text("1"))
    assert machine.receive(text("c")) == (Queue(AskAgent(text("c"))),)
    assert machine.receive(text("d")) == (no_room("d", 2),)
    drops = [Drop(AskAgent(text(words))) for words in ("2", "c")]
    assert machine.receive(text("/stop")) == (*drops, Interrupt(PRIVATE))
    assert machine.receive(text("e")) == (Queue(AskAgent(text("e"))),)


def test_what_had_a_place_before_a_restart_has_one_after_it() -> None:
    """However many they are; what comes behind them finds the line full."""
    machine = router(room=1)
    owed = [replace(text(str(number)), taken=(number,)) for number in range(1, 5)]
    machine.reserve(number for message in owed for number in message.taken)
    assert machine.receive(owed[0]) == (Begin(AskAgent(owed[0])),)
    for message in owed[1:]:
        assert machine.receive(message) == (Queue(AskAgent(message)),)
    assert machine.receive(text("new")) == (no_room("new", 1),)


def test_closing_tells_who_stays_unanswered() -> None:
    """At the end of the program, each conversation with waiting messages gets one note."""
    machine = router()
    for words in ("one", "two", "three"):
        machine.receive(text(words))
    machine.receive(text("alone", GROUP))
    assert machine.close() == (Say(text("three"), commands.restarting(2)),)
    assert machine.done(PRIVATE) is None
    assert machine.done(GROUP) is None
    assert machine.close() == ()


ADDRESSES = (PRIVATE, GROUP, TOPIC)
STEPS = st.lists(
    st.tuples(st.sampled_from(ADDRESSES), st.sampled_from(["ask", "ask", "ask", "done", "help"])),
    max_size=80,
)


@given(STEPS)
def test_order_is_kept_and_nothing_is_lost_or_answered_twice(
    steps: list[tuple[Address, str]],
) -> None:
    """Whatever comes in between, each conversation's messages are begun once, in their order."""
    machine = router(room=1_000)
    asked: dict[Address, list[str | None]] = {address: [] for address in ADDRESSES}
    begun: dict[Address, list[str | None]] = {address: [] for address in ADDRESSES}
    busy: set[Address] = set()

    def finish(address: Address) -> None:
        work = machine.done(address)
        if work is None:
            busy.discard(address)
        else:
            begun[address].append(work.message.message_id)

    for number, (address, step) in enumerate(steps):
        if step == "done":
            if address in busy:
                finish(address)
            continue
        words = "/help" if step == "help" else "question"
        asked[address].append(str(number))
        (decision,) = machine.receive(text(words, address, number=number))
        match decision:
            case Begin(work=work):
                assert address not in busy
                busy.add(address)
                begun[address].append(work.message.message_id)
            case Queue():
                assert address in busy
            case _:
                pytest.fail(f"unexpected: {decision}")
    while busy:
        finish(next(iter(busy)))
    assert begun == asked


ORDERS = ["ask", "done", "/stop", "/new", "/help", "/retry", "/model"]


@given(st.lists(st.sampled_from(ORDERS), max_size=60))
def test_interrupts_only_while_an_answer_runs(steps: list[str]) -> None:
    """An interrupt is decided exactly when an answer is what runs; the line never overflows."""
    machine = router(room=3)
    running: object = None
    forgets = 0
    for step in steps:
        if step == "done":
            if running is not None:
                running = machine.done(PRIVATE)
                forgets -= isinstance(running, Forget)
            continue
        decisions = machine.receive(text("question" if step == "ask" else step))
        interrupts = [d for d in decisions if isinstance(d, Interrupt)]
        answers = isinstance(running, AskAgent | Retry)
        will_be_made_again = decisions == (Ignore("the answer will be made again"),)
        will_be_made = not will_be_made_again and not forgets
        expected = step in ("/stop", "/new") or (step == "/retry" and will_be_made)
        assert bool(interrupts) is (expected and answers)
        for decision in decisions:
            forgets += isinstance(decision, Queue) and isinstance(decision.work, Forget)
            if isinstance(decision, Begin):
                assert running is None
                running = decision.work
    waiting = 0
    while running is not None:
        running = machine.done(PRIVATE)
        waiting += running is not None
    assert waiting <= 3 + 1


EVE = Person("7", "Eve")
AT_EVE = Address("telegram", "7", ChatKind.PRIVATE)
LET_IN = orders.buttons_of("k1")[0].data


def pairing_router() -> Router:
    """Make a router that admits Anna as an admin, and lets strangers ask."""
    access = Access(frozenset({"2002"}), admins=frozenset({ANNA.id}), pairing=True)
    return Router(access, number_of=number_of)


@pytest.mark.parametrize(
    ("message", "decision"),
    [
        (text("hi", AT_EVE, EVE), AskToBeLetIn(text("hi", AT_EVE, EVE))),
        (text("/approve X", AT_EVE, EVE), AskToBeLetIn(text("/approve X", AT_EVE, EVE))),
        (text("hi", GROUP, EVE), TurnedAway("telegram", "7")),
        (text("hi", GROUP, None), TurnedAway("telegram", "-1007")),
        (replace(text("hi", AT_EVE, EVE), taken=(3,)), TurnedAway("telegram", "7")),
        (text("/access"), Begin(Administer(text("/access"), orders.ListAccess()))),
        (
            text("/admit", GROUP),
            Begin(Administer(text("/admit", GROUP), orders.AdmitGroup(on=True))),
        ),
    ],
)
def test_strangers_ask_and_admins_order(message: Message, decision: Decision) -> None:
    """In private, about what was not let in before; an admin wherever they write."""
    assert pairing_router().receive(message) == (decision,)


def test_an_order_of_a_user_is_a_command_that_we_do_not_have() -> None:
    """Only the role makes it one."""
    asked = text("/approve X", sender=Person("2002", "Bob"))
    told = commands.words(commands.UnknownCommand("approve"))
    assert pairing_router().receive(asked) == (Begin(Say(asked, told)),)


def test_a_button_is_for_admins() -> None:
    """Each press is acknowledged: by the decision that it makes, or with a refusal."""
    press = ButtonPressed(PRIVATE, ANNA, LET_IN, "5", "p")
    decide = DecideRequest(press, orders.Decide("k1", let_in=True))
    assert pairing_router().receive(press) == (decide,)
    told = Acknowledge(PRIVATE, "p", wording.NOT_AN_ADMIN)
    by_bob = replace(press, sender=Person("2002", "Bob"))
    assert pairing_router().receive(by_bob) == (Ignore("no button of theirs"), told)
    by_eve = replace(press, sender=EVE)
    assert pairing_router().receive(by_eve) == (TurnedAway("telegram", "7"), told)
    other = replace(press, data="something else")
    over = Acknowledge(PRIVATE, "p", wording.OVER)
    assert pairing_router().receive(other) == (Ignore("no button of theirs"), over)


def test_what_waits_of_a_person_who_is_removed_is_dropped() -> None:
    """Their running answer goes on; what others wait for stays in its order."""
    machine = pairing_router()
    group = text("group", GROUP, EVE, 4)
    assert machine.admit([Admitted("telegram", "7")]) == ()
    for message in (
        text("one", AT_EVE, EVE),
        text("two", AT_EVE, EVE),
        text("mine", GROUP, number=3),
        group,
        text("mine, too", GROUP, number=5),
    ):
        machine.receive(message)
    assert machine.access.admits(AT_EVE, EVE)
    dropped = machine.admit([])
    assert dropped == (Drop(AskAgent(text("two", AT_EVE, EVE))), Drop(AskAgent(group)))
    assert machine.done(AT_EVE) is None
    assert machine.done(GROUP) == AskAgent(text("mine, too", GROUP, number=5))
    assert machine.receive(text("three", AT_EVE, EVE)) == (
        AskToBeLetIn(text("three", AT_EVE, EVE)),
    )


def test_of_messages_that_are_answered_together_only_those_of_the_removed_are_dropped() -> None:
    """With their numbers, so that each is settled once."""
    access = Access(frozenset({ANNA.id}))
    machine = Router(access, number_of=number_of, mode="collect")
    machine.admit([Admitted("telegram", "7")])
    group = [
        replace(text(f"{number}", GROUP, who, number), taken=(number,))
        for number, who in ((1, ANNA), (2, ANNA), (3, EVE), (4, ANNA), (5, EVE))
    ]
    for message in group:
        machine.receive(message)
    dropped = machine.admit([])
    assert dropped == (Drop(AskAgent(group[2])), Drop(AskAgent(group[4])))
    left = machine.done(GROUP)
    assert left == AskAgent(group[1]).joined(group[3])
    assert left is not None
    assert left.message.taken == (2, 4)
    assert machine.done(GROUP) is None
