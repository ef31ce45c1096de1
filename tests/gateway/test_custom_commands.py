"""The operator's commands in a chat: prompts, functions and programs, up to the screen."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from command_stage import catalog, script
from gateway_stage import (
    ANNA,
    GROUP,
    PRIVATE,
    STOPPED,
    FakeChannel,
    GatedAgent,
    Parrot,
    drafted,
    kept,
    posted,
    reopened,
    running,
)
from test_restarts import Keyed, asked, half, life

from tickertape.chat import Address, Message, Person
from tickertape.conversation import CommandGiven, Utterance
from tickertape.errors import CommandError
from tickertape.gateway import commands
from tickertape.gateway.custom_commands import CommandCall, programs, sentences
from tickertape.gateway.custom_commands.code_block import FENCE
from tickertape.message import Attachment, AttachmentKind, Author, QuotedMessage

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make programs that do not end when they are asked to end soon."""
    monkeypatch.setattr(programs, "_GRACE", 0.1)


BEN = Person("1002", "Ben")
BOTH = frozenset({ANNA.id, BEN.id})


def block(text: str) -> str:
    """Return a block of code."""
    return f"{FENCE}\n{text}\n{FENCE}"


class Gate:
    """An async function that says what a test tells it to."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        """What it was called with."""
        self.words: asyncio.Queue[str | None] = asyncio.Queue()
        self.closed = asyncio.Event()

    async def speak(self, text: str = "") -> AsyncIterator[str]:
        """Say what is put into the queue."""
        self.calls.append(text)
        self.closed.clear()
        try:
            while (word := await self.words.get()) is not None:
                yield word
        finally:
            self.closed.set()


def send(channel: FakeChannel, text: str, *parts: object, to: Address = PRIVATE) -> None:
    """Let Anna write with more than words."""
    message = Message(to, ANNA, text, channel._next_id(), True, (*parts, text))  # type: ignore[arg-type]
    channel._incoming.put_nowait(message)


async def test_a_prompt_is_a_question_like_any_other(tmp_path: Path) -> None:
    """The agent reads the filled prompt, and so does who looks into the conversation."""
    custom = catalog('sum: {description: d, prompt: "In {2:three} sentences: {1}"}')
    agent = Parrot("Short.")
    async with running(tmp_path, agent, custom=custom) as (channel, *_):
        channel.write('/sum "A long {text}"')
        await channel.shows("Short.")
        channel.write("/retry")
        await channel.shows("Short.", "Short.")
        channel.write("/SUM")
        usage = sentences.usage("/sum WORD1 [WORD2]", "d")
        await channel.shows("Short.", "Short.", usage)
    asked = "In three sentences: A long {text}"
    assert [turn.text for turn in agent.turns] == [asked, asked]
    assert await reopened(tmp_path) == [("user", asked), ("assistant", "Short.")]


async def test_a_prompt_about_the_message_that_it_replies_to(tmp_path: Path) -> None:
    """The quote stands where its place is, once; where it has none, before the prompt."""
    custom = catalog("""
        sum: {description: d, prompt: "Sum up: {text}"}
        fix: {description: d, prompt: "Fix this, {name}: {quoted}"}
        why: {description: d, prompt: "Why?"}
    """)
    agent = Parrot("Yes.")
    quote = QuotedMessage(("A long text.",), Author("Ben"))
    photo = Attachment(AttachmentKind.PHOTO)
    async with running(tmp_path, agent, custom=custom) as (channel, *_):
        for number, order in enumerate(("/sum", "/fix", "/sum this", "/why")):
            send(channel, order, *((quote, photo) if order == "/why" else (quote,)))
            await channel.shows(*["Yes."] * (number + 1))
    above = '[in reply to a message from "Ben"]\n> A long text.\n\n'
    assert [turn.text for turn in agent.turns] == [
        "Sum up: A long text.",
        "Fix this, Anna: A long text.",
        f"{above}Sum up: this",
        f"{above}[photo]\nWhy?",
    ]


async def test_a_function_streams_its_answer(tmp_path: Path) -> None:
    """It is a draft while it speaks, a message in the end, and stands in the conversation."""
    gate = Gate()
    custom = catalog("say: {description: d, function: my:gate}", gate=gate.speak)
    agent = Parrot("Hello")
    async with running(tmp_path, agent, custom=custom) as (channel, *_):
        channel.write("/say  a word ")
        channel.write("and you?")
        gate.words.put_nowait("One, **two**")
        await drafted(channel, "One, **two**")
        gate.words.put_nowait(", three.")
        gate.words.put_nowait(None)
        await channel.shows("One, **two**, three.", "Hello")
    assert gate.calls == ["a word"]
    given = CommandGiven("say", "a word")
    assert (await kept(tmp_path))[0] == Utterance("user", "/say  a word ", command=given)
    assert [entry.text for entry in agent.turns[0].history] == [
        "/say  a word ",
        "One, **two**, three.",
    ]


@pytest.mark.parametrize("how", ["/stop", "button"])
async def test_a_command_can_be_stopped(tmp_path: Path, how: str) -> None:
    """What it said stays and is marked; the function is ended."""
    gate = Gate()
    custom = catalog("say: {description: d, function: my:gate}", gate=gate.speak)
    async with running(tmp_path, Parrot("Hello"), custom=custom) as (channel, *_):
        channel.write("/say")
        gate.words.put_nowait("One")
        draft = await drafted(channel, "One")
        if how == "/stop":
            channel.write("/stop")
        else:
            channel.press_stop(draft)
        await channel.shows(f"One\n\n{STOPPED}")
        await gate.closed.wait()
    assert await reopened(tmp_path) == [("user", "/say"), ("assistant", "One")]


async def test_a_retry_runs_a_command_again(tmp_path: Path) -> None:
    """With the same words, and the message that it replied to."""
    calls: list[CommandCall] = []

    def note(call: CommandCall) -> str:
        calls.append(call)
        return f"Call {len(calls)}"

    custom = catalog("note: {description: d, function: my:note}", note=note)
    async with running(tmp_path, Parrot("Hello"), custom=custom, allow=BOTH) as (channel, *_):
        quote = QuotedMessage(("Hi.",), Author("Ben"))
        send(channel, '/note "a b" c', quote, to=GROUP)
        await channel.shows("Call 1", at=GROUP)
        channel.write("/retry", GROUP, BEN)
        await channel.shows("Call 1", "Call 2", at=GROUP)
    first, second = calls
    assert first == CommandCall("note", '"a b" c', ("a b", "c"), "Hi.", ANNA, GROUP)
    assert second == replace(first, person=BEN)
    assert [text for _, text in await reopened(tmp_path, GROUP)][1:] == ["Call 2"]


async def test_who_may_use_a_command(tmp_path: Path) -> None:
    """Others get one sentence, do not find it in the help, and cannot repeat it either."""
    custom = catalog(
        f"""
        own: {{description: for Anna, function: my:own, allow: [{ANNA.id}]}}
        all: {{description: for all, function: my:own}}
        """,
        own=lambda: "Done it",
    )
    async with running(tmp_path, Parrot("Hello"), custom=custom, allow=BOTH) as (channel, *_):
        channel.write("/own", GROUP, BEN)
        await channel.shows(sentences.not_for_you("own"), at=GROUP)
        channel.write("/own", GROUP)
        await posted(channel, "Done it")
        channel.write("/retry", GROUP, BEN)
        no = sentences.not_for_you("own")
        await channel.shows(no, "Done it", no, at=GROUP)
        for person, listed in ((BEN, ["all"]), (ANNA, ["own", "all"])):
            place = Address("telegram", person.id, PRIVATE.kind)
            channel.write("/help", place, person)
            more = [(name, custom.commands[name].description) for name in listed]
            await channel.shows(commands.words(commands.HelpCommand(), more), at=place)
    assert custom.menu == (("all", "for all"),)


async def test_words_that_do_not_fit_are_told(tmp_path: Path) -> None:
    """By one sentence, without a call; they are converted where they fit."""

    def forecast(city: str, days: int = 3) -> str:
        """Tell the weather."""
        return f"{city!r} {days}"

    custom = catalog("w: {description: the weather, function: my:w}", w=forecast)
    usage = sentences.usage("/w CITY [DAYS]", "the weather")
    async with running(tmp_path, Parrot("Hello"), custom=custom) as (channel, *_):
        shown = []
        for order, answer in {
            "/w": usage,
            "/w Rome x": usage,
            "/w Rome 3 x": usage,
            "/w Rome": "'Rome' 3",
            '/w "New York" 5': "'New York' 5",
        }.items():
            channel.write(order)
            shown.append(answer)
            await channel.shows(*shown)


async def test_failures_end_in_a_sentence(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What was said stays; the log names the error, and quotes nothing of it."""

    async def half() -> AsyncIterator[str]:
        yield "Half"
        raise ValueError("my secret plan")

    def told() -> str:
        raise CommandError("There is no such city.")

    def leave() -> str:
        raise SystemExit

    def number() -> int:
        return 5

    def nothing() -> None:
        pass

    custom = catalog(
        "\n".join(
            f"{name}: {{description: d, function: my:{name}}}"
            for name in ("half", "told", "leave", "number", "nothing")
        ),
        **{one.__name__: one for one in (half, told, leave, number, nothing)},
    )
    async with running(tmp_path, Parrot("Hello"), custom=custom) as (channel, *_):
        shown = []
        for order, answer in {
            "/half": f"Half\n\n{sentences.FAILED}",
            "/told": "There is no such city.",
            "/leave": sentences.FAILED,
            "/number": sentences.FAILED,
            "/nothing": sentences.DONE,
        }.items():
            channel.write(order)
            shown.append(answer)
            await channel.shows(*shown)
    failed = [vars(one) for one in caplog.records if one.message == "a command failed"]
    assert [(one["command"], one["error"]) for one in failed] == [
        ("half", "ValueError"),
        ("leave", "SystemExit"),
        ("number", "the function gave a value of the type int; it must give text"),
    ]
    assert "secret" not in caplog.text + str(failed)


async def test_limits_end_in_a_sentence(tmp_path: Path) -> None:
    """A function that hangs, and one that does not stop talking."""
    gate = Gate()

    def endless() -> Iterator[str]:
        while True:
            yield "0123456789"

    custom = catalog(
        """
        hang: {description: d, function: my:hang, timeout: 0.05}
        long: {description: d, function: my:long, longest: 25}
        """,
        hang=gate.speak,
        long=endless,
    )
    async with running(tmp_path, Parrot("Hello"), custom=custom) as (channel, *_):
        channel.write("/hang")
        timed_out = sentences.timed_out(0.05)
        await channel.shows(timed_out)
        await gate.closed.wait()
        channel.write("/long")
        await channel.shows(timed_out, f"0123456789012345678901234\n\n{sentences.cut(25)}")


async def test_a_program_streams_its_output(tmp_path: Path) -> None:
    """As a block of code, line by line; what people type is one argument, and no shell reads it."""
    go = tmp_path / "go"
    os.mkfifo(go)
    path = script(tmp_path, f'echo "*one* $#"; cat {go} > /dev/null; printf "%s\\n" "$@"')
    custom = catalog(f'run: {{description: d, program: [{path}, -x, "{{1}}", "a{{text}}"]}}')
    async with running(tmp_path, Parrot("Hello"), custom=custom) as (channel, *_):
        channel.write("/run $(id);`id` b")
        await drafted(channel, f"{FENCE}\n*one* 3")
        await asyncio.to_thread(go.write_text, "go")
        output = block("*one* 3\n-x\n$(id);`id`\na$(id);`id` b")
        await channel.shows(output)
    assert await reopened(tmp_path) == [("user", "/run $(id);`id` b"), ("assistant", output)]


async def test_how_programs_end(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """By an exit code, a signal, a time limit, a limit of length, or not at all: in a sentence."""
    caplog.set_level(logging.INFO)
    fails = script(tmp_path, "echo out; echo first >&2; echo 'the last line' >&2; exit 3", "fails")
    dies = script(tmp_path, "kill -9 $$", "dies")
    hangs = script(tmp_path, "echo waiting; trap '' TERM; sleep 600", "hangs")
    talks = script(tmp_path, "yes 123456789", "talks")
    custom = catalog(f"""
        fails: {{description: d, program: [{fails}]}}
        dies: {{description: d, program: [{dies}]}}
        hangs: {{description: d, program: [{hangs}], timeout: 0.4}}
        talks: {{description: d, program: [{talks}], longest: 15}}
        quiet: {{description: d, program: ["true"]}}
        absent: {{description: d, program: [there-is-no-such-program]}}
        locked: {{description: d, program: [{tmp_path}]}}
        homeless: {{description: d, program: [echo], cwd: {tmp_path}/no}}
        option: {{description: d, program: [echo, "{{text}}"]}}
        bold: {{description: d, program: [echo, "**b**"], format: markdown}}
    """)
    missing = [vars(one)["command"] for one in caplog.records if "is not here" in one.message]
    assert missing == ["absent", "locked", "homeless"]
    async with running(tmp_path, Parrot("Hello"), custom=custom) as (channel, *_):
        shown = []
        for order, answer in {
            "/fails": f"{block('out')}\n\n{sentences.exited(3)}",
            "/dies": sentences.killed("SIGKILL"),
            "/hangs": f"{block('waiting')}\n\n{sentences.timed_out(0.4)}",
            "/talks": block("123456789\n12345") + f"\n\n{sentences.cut(15)}",
            "/quiet": sentences.DONE,
            "/absent": sentences.NOT_INSTALLED,
            "/locked": sentences.NOT_STARTED,
            "/homeless": sentences.NOT_STARTED,
            "/option -x": sentences.OPTION,
            "/bold": "**b**",
        }.items():
            channel.write(order)
            shown.append(answer)
            await channel.shows(*shown)
    [failed, _] = [
        vars(one) for one in caplog.records if "program of a command failed" in one.message
    ]
    assert (failed["command"], failed["exit_code"], failed["error"]) == (
        "fails",
        3,
        "the last line",
    )


def is_there(pid: str) -> bool:
    """Return whether a process runs, or has ended and waits for its parent."""
    return Path("/proc", pid).exists()


def is_running(pid: int) -> bool:
    """Return whether a process runs; one that has ended and waits for its parent does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in "ZX"


@pytest.mark.parametrize("end", ["/stop", "exit", "shutdown"])
async def test_nothing_is_left_of_a_program(tmp_path: Path, end: str) -> None:
    """Its children end with it: at a stop, where it ends before them, and with the gateway."""
    last = "exit 0" if end == "exit" else "wait"
    path = script(
        tmp_path, f"trap '' TERM\nsleep 600 &\necho $! $$\n(sleep 600; echo never) &\n{last}"
    )
    custom = catalog(f"run: {{description: d, program: [{path}]}}")
    async with running(tmp_path, Parrot("Hello"), custom=custom) as (channel, gateway, _, task):
        channel.write("/run", GROUP)
        async with asyncio.timeout(10), channel.changed:
            await channel.changed.wait_for(lambda: bool(channel.texts(GROUP)))
        child, leader = channel.texts(GROUP)[0].splitlines()[1].split()
        if end == "/stop":
            channel.write("/stop", GROUP)
            await posted(channel, f"{FENCE}\n{child} {leader}\n\n{STOPPED}")
        elif end == "shutdown":
            gateway.stop()
        channel.end()
        await task
    assert not is_running(int(child))
    assert not is_there(leader), "it was waited for"


async def test_a_program_may_tidy_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked to end before it is made to, also where the gateway ends."""
    monkeypatch.setattr(programs, "_GRACE", 10.0)
    path = script(tmp_path, "trap 'echo bye > bye; exit' TERM; echo here; sleep 600 & wait")
    custom = catalog(f"run: {{description: d, program: [{path}], cwd: {tmp_path}}}")
    channel = Keyed()
    async with life(tmp_path, Parrot("Hello"), channel, custom=custom):
        channel.write("/run", GROUP)
        await posted(channel, f"{FENCE}\nhere")
    assert (tmp_path / "bye").read_text("utf-8") == "bye\n"


async def test_arguments_that_no_system_takes() -> None:
    """Whatever a platform lets people write: it ends in a sentence."""
    for argument in ("\0", "\ud800", "x" * 3_000_000):
        with pytest.raises(CommandError, match="cannot be started"):
            await anext(programs.output_of("run", ["true", argument], environment={}, cwd=None))


async def test_what_a_program_knows_of_us(tmp_path: Path) -> None:
    """A few variables that are no secrets, the folder that was chosen, and no input."""
    path = script(tmp_path, "env | cut -d= -f1 | sort | tr '\\n' ' '; pwd; cat; echo end")
    custom = catalog(f"run: {{description: d, program: [{path}], cwd: {tmp_path}}}")
    async with running(tmp_path, Parrot("Hello"), custom=custom) as (channel, *_):
        channel.write("/run")
        await channel.shows(block(f"PATH PWD TERM {tmp_path}\nend"))


async def test_output_that_is_no_text(tmp_path: Path) -> None:
    """Bytes of any kind are shown as far as they can be."""
    path = script(tmp_path, r"printf 'a\377b\000c\033[1md\n10%%\r20%%\n'")
    custom = catalog(f"run: {{description: d, program: [{path}]}}")
    async with running(tmp_path, Parrot("Hello"), custom=custom) as (channel, *_):
        channel.write("/run")
        await channel.shows(block("a\ufffdbcd\n20%"))


@pytest.mark.parametrize("place", [PRIVATE, GROUP], ids=["private", "group"])
@pytest.mark.parametrize("end", ["stop", "kill"])
async def test_a_command_that_was_cut_is_not_run_again(
    tmp_path: Path, place: Address, end: str
) -> None:
    """What it had said stays, and it is told; a retry runs it; what waited is answered."""
    gate, channel = Gate(), Keyed()
    custom = catalog("say: {description: d, function: my:gate}", gate=gate.speak)
    async with life(tmp_path, Parrot("Hello"), channel, custom=custom) as one:
        channel.write("/say it", place)
        gate.words.put_nowait("Half an answer")
        seen = drafted if place is PRIVATE else posted
        await seen(channel, "Half an answer", place)
        channel.write("two", place)
        await one.journal.has(lambda journal: journal.taken == 2)
        await one.journal.has(lambda journal: any(one.said.all[0].text for one in journal.states))
        if end == "kill":
            one.kill()
    assert gate.closed.is_set()
    async with life(tmp_path, Parrot("Hello"), channel, custom=custom):
        told = f"Half an answer\n\n{sentences.INTERRUPTED}"
        await channel.shows(told, "Hello", at=place)
        assert gate.calls == ["it"]
    kept = [text.splitlines()[-1] for _, text in await reopened(tmp_path, place)]
    assert kept == ["/say it", sentences.INTERRUPTED, "two", "Hello"]


@pytest.mark.parametrize("end", ["stop", "kill"])
async def test_a_prompt_goes_on_after_a_restart(tmp_path: Path, end: str) -> None:
    """The agent is asked the same again, and what waited is asked as it is filled then."""
    channel, agent = Keyed(), GatedAgent()
    custom = catalog('sum: {description: d, prompt: "Sum up: {text}"}')
    async with life(tmp_path, agent, channel, custom=custom) as one:
        channel.write("/sum one")
        await half(channel, agent, PRIVATE)
        channel.write("/sum two")
        await one.journal.has(lambda journal: journal.taken == 2)
        if end == "kill":
            one.kill()
    parrot = Parrot("Hello")
    async with life(tmp_path, parrot, channel, custom=custom):
        await channel.shows("Hello", "Hello")
    assert asked(parrot) == ["Sum up: one", "Sum up: two"]
    kept = [text for _, text in await reopened(tmp_path)]
    assert kept == ["Sum up: one", "Hello", "Sum up: two", "Hello"]


async def test_a_retry_after_a_restart_runs_the_command(tmp_path: Path) -> None:
    """It was asked for by a person; and cut off itself, it is not run a third time."""
    gate, channel = Gate(), Keyed()
    custom = catalog("say: {description: d, function: my:gate}", gate=gate.speak)
    async with life(tmp_path, Parrot("Hello"), channel, custom=custom):
        channel.write("/say it", GROUP)
        gate.words.put_nowait("One")
        await posted(channel, "One")
    async with life(tmp_path, Parrot("Hello"), channel, custom=custom):
        await channel.shows(f"One\n\n{sentences.INTERRUPTED}", at=GROUP)
        channel.write("/retry", GROUP)
        gate.words.put_nowait("Two")
        await posted(channel, "Two")
    async with life(tmp_path, Parrot("Hello"), channel, custom=custom):
        shown = [f"{said}\n\n{sentences.INTERRUPTED}" for said in ("One", "Two")]
        await channel.shows(*shown, at=GROUP)
    async with life(tmp_path, Parrot("Hello"), channel):
        channel.write("/retry", GROUP)
        await channel.shows(*shown, sentences.gone("say"), at=GROUP)
    assert gate.calls == ["it", "it"]


async def test_a_command_that_waits_is_run_after_a_restart(tmp_path: Path) -> None:
    """It had not begun: nothing of it was done."""
    channel, agent, gate = Keyed(), GatedAgent(), Gate()
    custom = catalog("say: {description: d, function: my:gate}", gate=gate.speak)
    async with life(tmp_path, agent, channel, custom=custom) as one:
        channel.write("one")
        await agent.turn()
        channel.write("/say it")
        await one.journal.has(lambda journal: journal.taken == 2)
        one.kill()
    for word in ("Said", None):
        gate.words.put_nowait(word)
    async with life(tmp_path, Parrot("Hello"), channel, custom=custom):
        await channel.shows("Hello", "Said")
    assert gate.calls == ["it"]


async def test_a_finished_command_is_only_delivered(tmp_path: Path) -> None:
    """Where its output was whole, and not on screen."""
    channel, gate = Keyed(), Gate()
    custom = catalog("say: {description: d, function: my:gate}", gate=gate.speak)
    async with life(tmp_path, Parrot("Hello"), channel, custom=custom) as one:
        channel.write("/say", GROUP)
        gate.words.put_nowait("Half")
        await posted(channel, "Half")
        channel.is_cut = True
        gate.words.put_nowait(" and all.")
        gate.words.put_nowait(None)
        await one.journal.has(lambda journal: journal.states[-1].said.closed)
        one.kill()
    async with life(tmp_path, Parrot("Hello"), channel, custom=custom):
        await channel.shows("Half and all.", at=GROUP)
    assert gate.calls == [""]


async def test_commands_in_a_group(tmp_path: Path) -> None:
    """A command of ours is run there; one that we do not have may be for another bot."""
    custom = catalog("say: {description: d, function: my:say}", say=lambda: "Said")
    async with running(tmp_path, Parrot("Hello"), custom=custom) as (channel, *_):
        channel.write("/dance", GROUP)
        channel.write("/Say", GROUP)
        await channel.shows("Said", at=GROUP)
