"""`tickertape doctor` on broken set-ups: each is named in one line, with its cure."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from pathlib import Path

import pytest

from tickertape.cli.doctor.command import diagnose
from tickertape.emulator.chats import Webhook
from tickertape.emulator.scene import TOKEN
from tickertape.emulator.server import EmulatorServer
from tickertape.gateway.storage.sole_user import sole_user
from tickertape.gateway.storage.store import ConversationStore
from tickertape.testing.model_script import Raw, refusal
from tickertape.testing.model_server import ModelServer

pytestmark = pytest.mark.anyio

KEY = "sk-never-to-be-seen"
OTHER = "987654321:BBFakeFakeFakeFakeFakeFakeFakeFakeFake"
NOTHING: Mapping[str, str] = {}
GOOD = """\
telegram: {token_env: BOT}
provider: {api_key_env: KEY}
access: {allow: [1001]}
storage: {url: 'sqlite+aiosqlite:///t.db'}
"""


async def told(
    folder: Path,
    text: str | None,
    environ: Mapping[str, str] = NOTHING,
    *,
    offline: bool = True,
) -> list[str]:
    """Return what the doctor tells of a file in a folder; no value of a variable is in it."""
    path = folder / "t.yaml"
    if text is not None:
        path.write_text(text, "utf-8")
    variables = {"BOT": TOKEN, "KEY": KEY, **environ}
    variables = {name: value for name, value in variables.items() if value != "unset"}
    diagnosis = await diagnose(path, variables, offline=offline)
    for value in variables.values():
        assert not [line for line in diagnosis.lines if len(value) > 5 and value in line]
    has_error = any(line.startswith("error") for line in diagnosis.lines)
    assert diagnosis.code == int(has_error)
    return list(diagnosis.lines)


def problems(lines: Sequence[str]) -> list[str]:
    """Return the lines in which something is to be done, with single blanks."""
    found = [line for line in lines if line.startswith(("error", "warning"))]
    return [re.sub(" {2,}", " ", line) for line in found]


async def test_a_good_set_up(tmp_path: Path) -> None:
    """Nothing is to be done, and what was left out is told."""
    lines = await told(tmp_path, GOOD)
    assert problems(lines) == []
    assert lines[-1] == "no errors, no warnings, 3 not checked"
    assert {line.split()[0] for line in lines[:-1]} == {"ok", "skipped"}
    left_out = [line.split("  ")[1].strip() for line in lines if line.startswith("skipped")]
    assert left_out == ["bot telegram", "model default", "clock"]


SET_UPS: list[tuple[str | None, Mapping[str, str], str]] = [
    # The file.
    (
        GOOD + "streaming:\n  cursr: x\n",
        {},
        r"error .*t.yaml:6 streaming.cursr: 'x' .*did you mean cursor\?$",
    ),
    (GOOD + "speech: {always: yes}", {}, "error .*t.yaml:5 speech.always: 'yes' cannot be used. "),
    ("\na: b: c", {}, "error .*t.yaml:2 .*: <mapping values .* Allowed: YAML: `key: value`"),
    ("", {}, "error .*t.yaml: <empty> cannot be used. Allowed: a file as `tickertape init` writes"),
    (None, {}, "error configuration --config: .* `tickertape init` writes one"),
    # Variables.
    (GOOD, {"KEY": "unset"}, "error variable KEY is not set. Set it .* by provider.api_key_env"),
    (GOOD, {"KEY": " "}, "error variable KEY is empty. Give it a value"),
    (GOOD, {"KEY": f"'{KEY}'"}, "error variable KEY has quotation marks .*. Remove them"),
    (GOOD, {"KEY": f"{KEY}\n"}, "warning variable KEY has blanks or a line break .*. Remove them"),
    (GOOD, {"KEY": f"{KEY}\nB=1"}, "error variable KEY has several lines. Set it to the value"),
    (GOOD, {"KEY": f"{KEY}ß"}, "error variable KEY has a character that no key has. Copy"),
    (
        GOOD,
        {"BOT": "123456"},
        "error variable BOT does not have the right form. Set a variable .*@B",
    ),
    (
        GOOD + "channels: {work: {type: telegram, token_env: WORK}}",
        {"WORK": TOKEN},
        "error variable WORK cannot be used. It has to be a variable with another val",
    ),
    # Who is answered.
    (GOOD.replace("1001", ""), {}, "warning access access.allow is empty: no one .*. Write to the"),
    (
        GOOD.replace("1001", "'@ann'"),
        {},
        r"warning access access.allow\[0\] admits no one .*Correct it",
    ),
    (GOOD.replace("1001", "'wrk:1'"), {}, "warning access .*no channel has the name"),
    # Tools and speech.
    (GOOD + "tools: {functions: ['no_such_module:f']}", {}, "error tool no_such_module:f cannot"),
    (GOOD + "tools: {builtin: [calculat]}", {}, r"error .*t.yaml:5 .*did you mean calculate\?$"),
    (GOOD + "tools: {mcp: {x: {command: no-such}}}", {}, "error MCP server x there is no program"),
    (GOOD + "tools: {mcp: {x: {command: sh, cwd: /no}}}", {}, "error MCP server x its folder /no"),
    (
        GOOD + "speech: {engine: piper, voice: no.onnx}",
        {},
        "error speech .*(no.onnx|not installed)",
    ),
    (
        GOOD + "commands: {up: {description: x, program: [no-such]}}",
        {},
        "error command /up there is no program no-such. Install it, .* commands.up.program",
    ),
    (
        GOOD + "commands: {up: {description: x, function: 'no_such_module:f'}}",
        {},
        "error command /up cannot be used. It has to be a module that can be imported",
    ),
    (
        GOOD + "commands: {up: {description: x, prompt: y, allow: ['@ann']}}",
        {},
        r"warning access commands.up.allow\[0\] admits no one .*Correct it",
    ),
    # The database.
    (GOOD.replace("t.db", "no/t.db"), {}, "error database its folder .*/no does not .*. Make it"),
    (GOOD.replace("+aiosqlite", ""), {}, "error database .* names no driver .*. Begin storage.url"),
    (GOOD.replace("/t.db", ""), {}, "warning database is in memory: .*. Name a file"),
    (
        GOOD.replace("sqlite+aiosqlite", "mysql+asyncmy"),
        {},
        "error database its driver asyncmy .* pip",
    ),
]


@pytest.mark.parametrize(("text", "environ", "line"), SET_UPS)
async def test_a_broken_set_up_is_one_line(
    text: str | None, environ: Mapping[str, str], line: str, tmp_path: Path
) -> None:
    """Each is named in one line, and nothing else is."""
    [found] = problems(await told(tmp_path, text, environ))
    assert re.match(line, found), found


def not_ours(file: Path) -> None:
    """Write what is no database."""
    file.write_bytes(b"This is a text, and a long one at that. " * 200)


def of_another(file: Path) -> None:
    """Make a database of another program."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE notes (text TEXT)")


def newer(file: Path) -> None:
    """Stamp a database with a revision that is not known."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("UPDATE tickertape_revision SET version_num = '9999'")


def older(file: Path) -> None:
    """Take a database back by a revision, as far as its stamp tells."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("UPDATE tickertape_revision SET version_num = '0002'")


def damaged(file: Path) -> None:
    """Overwrite the middle of a database."""
    content = bytearray(file.read_bytes())
    content[4096:8192] = b"\xff" * 4096
    file.write_bytes(content)


def open_to_all(file: Path) -> None:
    """Let everyone read a database, and enter its folders."""
    file.chmod(0o644)
    for folder in file.parents:
        if folder == Path(tempfile.gettempdir()):
            break
        folder.chmod(0o755)


def folder_instead(file: Path) -> None:
    """Put a folder in the place of a database."""
    file.unlink()
    file.mkdir()


def content_of(file: Path) -> bytes:
    """Return what is in a file; nothing if it is none."""
    return file.read_bytes() if file.is_file() else b""


def names_in(folder: Path) -> list[str]:
    """Return the names of what is in a folder."""
    return sorted(path.name for path in folder.iterdir())


DATABASES: list[tuple[Callable[[Path], None], str]] = [
    (not_ours, "error database .* is no SQLite database. Name another file"),
    (of_another, "warning database .* tables of another program .notes.. Name another"),
    (newer, "error database a newer Tickertape made .*. Upgrade: pip install"),
    (older, "warning database .* is of an older version: .*. Run `tickertape backup` before"),
    (damaged, "error database .* is damaged .*. Restore a backup"),
    (open_to_all, "warning database others on this machine can read .*644.*. chmod 600"),
    (folder_instead, "error database .* is a folder. Name a file"),
]


@pytest.mark.parametrize(("spoil", "line"), DATABASES)
async def test_a_spoilt_database_is_one_line(
    spoil: Callable[[Path], None], line: str, tmp_path: Path
) -> None:
    """What is wrong with the file is named, and nothing is changed in it."""
    file = tmp_path / "t.db"
    if spoil is not of_another:
        store = await ConversationStore.open(f"sqlite+aiosqlite:///{file}")
        await store.aclose()
    spoil(file)
    if file.is_file() and spoil is not open_to_all:
        file.chmod(0o600)
    before = content_of(file)
    [found] = problems(await told(tmp_path, GOOD))
    assert re.match(line, found), found
    assert before == content_of(file)
    assert names_in(tmp_path) == ["t.db", "t.yaml"]


async def test_a_database_in_use(tmp_path: Path) -> None:
    """A gateway that runs is no error, and a program that locks the whole file is one."""
    url = f"sqlite+aiosqlite:///{tmp_path / 't.db'}"
    store = await ConversationStore.open(url)
    await store.aclose()
    (tmp_path / "t.db").chmod(0o600)
    with sole_user(url):
        lines = await told(tmp_path, GOOD)
        assert problems(lines) == []
        assert [line for line in lines if "a gateway runs with it" in line]
    with closing(sqlite3.connect(tmp_path / "t.db", isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode=DELETE")
        other.execute("BEGIN EXCLUSIVE")
        [found] = problems(await told(tmp_path, GOOD))
    assert re.match("error database another program has locked .*. Stop that program", found)


@dataclass
class Stage:
    """An emulated Telegram and a model's server, and a set-up that uses both."""

    emulator: EmulatorServer
    model: ModelServer
    folder: Path
    environ: dict[str, str] = field(default_factory=dict)
    plans: tuple[Raw, ...] = ()
    telegram: str = "{token_env: BOT, api_base: '%s'}"
    provider: str = "{api_key_env: KEY, base_url: '%s'}"

    async def told(self) -> list[str]:
        """Return what the doctor tells of it."""
        if self.plans:
            self.model.plan(*self.plans)
        self.model.say("Hello.")
        telegram = self.telegram.replace("%s", self.emulator.url)
        provider = self.provider.replace("%s", self.model.base_url)
        text = f"telegram: {telegram}\nprovider: {provider}\naccess: {{allow: [1001]}}\n"
        return await told(self.folder, text, self.environ, offline=False)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """Run both servers; the model says hello after what is planned."""
    async with EmulatorServer() as emulator, ModelServer() as model:
        yield Stage(emulator, model, tmp_path)


async def test_a_good_set_up_with_servers(stage: Stage) -> None:
    """The bot is asked two things, the model one, for one token; no message is read."""
    lines = await stage.told()
    assert problems(lines) == []
    assert [line for line in lines if "@tickertape_bot, token accepted, groups: mention" in line]
    assert [line for line in lines if "gpt-5-mini answered at 127.0.0.1" in line]
    [request] = stage.model.requests
    assert 1 in request.body.values()
    methods = {call.method for _, call in stage.emulator.world.calls.after(0)}
    assert methods == {"getMe", "getWebhookInfo"}


def a_webhook(stage: Stage) -> None:
    """Let another program have set a webhook."""
    [bot] = stage.emulator.world.bots
    bot.webhook = Webhook("https://other.example/secret-path", None, 40)


def privacy(stage: Stage) -> None:
    """Ask for all messages of groups, which privacy mode withholds."""
    world = stage.emulator.world
    world.configure(replace(world.settings, privacy=True))
    stage.telegram = "{token_env: BOT, api_base: '%s', groups: all}"


def at(**changed: str) -> Callable[[Stage], None]:
    """Return a change of sections or variables."""

    def change(stage: Stage) -> None:
        for name, value in changed.items():
            if hasattr(stage, name):
                setattr(stage, name, value)
            else:
                stage.environ[name] = value

    return change


def says(*plans: Raw) -> Callable[[Stage], None]:
    """Return a change of what the model's server answers."""

    def change(stage: Stage) -> None:
        stage.plans = (*plans, *plans)

    return change


def without_key(stage: Stage) -> None:
    """Send no key to a server that wants one."""
    stage.provider = "{api_key_env: '', base_url: '%s'}"
    stage.plans = (refusal(401, "No key."),)


PAGE = refusal(502, body=b"<html><title>Bad gateway</title></html>", content_type="text/html")
SERVERS: list[tuple[Callable[[Stage], None], str]] = [
    # The bot.
    (
        at(BOT=OTHER),
        "error bot telegram .* does not know this bot .HTTP 401.. Copy the token .*BOT",
    ),
    (
        at(telegram="{token_env: BOT, api_base: 'http://127.0.0.1:9'}"),
        "error bot telegram 127.0.0.1:9 refuses connections. Start .* telegram.api_base",
    ),
    (
        at(telegram="{token_env: BOT, api_base: 'http://no-such.invalid'}"),
        "error bot telegram the name no-such.invalid is not known. Check telegram.api_base",
    ),
    (privacy, "warning bot telegram @tickertape_bot: groups is all, .*. Turn privacy mode off at"),
    (a_webhook, "warning webhook of bot telegram a webhook at other.example gets .*. If another"),
    # The model.
    (
        says(refusal(401, f"Incorrect API key provided: {KEY}", name="invalid_api_key")),
        "error model default .* does not accept the key in KEY .*. Set KEY to a key",
    ),
    (
        without_key,
        "error model default .* wants a key .*. Name the variable .* provider.api_key_env",
    ),
    (
        says(refusal(404, "The model `gpt-5-mini` does not exist", name="model_not_found")),
        "error model default .* does not know the model gpt-5-mini .*. Correct provider.model",
    ),
    (
        says(refusal(429, "You exceeded your current quota", name="insufficient_quota")),
        "error model default the account is out of credit .*. Add credit",
    ),
    (says(refusal(429, "Slow down")), "warning model default the server asks to slow down .*. Try"),
    (says(PAGE), "warning model default the server is overloaded or failed inside .*. Try again"),
    (
        says(refusal(400, "temperature must be 1", name="invalid_request_error")),
        "error model default .* rejected the request .*. Check provider.model and provider.par",
    ),
    (
        at(provider="{api_key_env: KEY, base_url: 'http://127.0.0.1:9/v1'}"),
        "error model default 127.0.0.1:9 refuses connections. Start .* provider.base_url",
    ),
    (
        at(provider="{api_key_env: KEY, base_url: 'http://no-such.invalid/v1'}"),
        "error model default the name no-such.invalid is not known. Check provider.base_url",
    ),
    (
        says(refusal(404, "Nothing here.", name="")),
        "error model default nothing there answers as chat_completions does .*. Correct provider.b",
    ),
]


@pytest.mark.parametrize(("change", "line"), SERVERS)
async def test_what_servers_say_is_one_line(
    change: Callable[[Stage], None], line: str, stage: Stage
) -> None:
    """Each refusal, and each way in which a server cannot be reached, has its line and cure."""
    change(stage)
    [found] = problems(await stage.told())
    assert re.match(line, found), found
    assert "secret-path" not in found


@asynccontextmanager
async def answering(answer: Callable[[], bytes]) -> AsyncIterator[int]:
    """Serve the same bytes to everyone who says something; yield the port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(answer())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


async def test_a_server_without_tls(stage: Stage) -> None:
    """An address with https whose server speaks http is told as what it is."""
    async with answering(lambda: b"HTTP/1.1 400 No\r\n\r\n") as port:
        stage.provider = f"{{api_key_env: KEY, base_url: 'https://127.0.0.1:{port}/v1'}}"
        [found] = problems(await stage.told())
    assert re.match("error model default there is no trusted TLS connection to .*. Check", found)


async def test_a_model_that_refuses_short_answers(stage: Stage) -> None:
    """It is asked once more without that limit, and works."""
    stage.plans = (refusal(400, "Could not finish the message: the output limit was reached"),)
    lines = await stage.told()
    assert problems(lines) == []
    assert len(stage.model.requests) == 2


@pytest.mark.parametrize(
    ("ahead", "line"), [(0, ""), (-7200, "is 2 hours ahead of"), (90_000, "behind")]
)
async def test_a_clock_that_is_off(stage: Stage, ahead: float, line: str) -> None:
    """The time in a server's answer is compared with ours."""

    def answer() -> bytes:
        date = formatdate(time.time() + ahead, usegmt=True)
        return f"HTTP/1.1 404 No\r\nDate: {date}\r\nContent-Length: 0\r\n\r\n".encode()

    async with answering(answer) as port:
        stage.provider += f"\ntools: {{mcp: {{x: {{url: 'http://127.0.0.1:{port}'}}}}}}"
        found = problems(await stage.told())
    assert len(found) == bool(line)
    assert all(one.startswith("warning clock") and line in one for one in found)


async def test_offline_asks_no_one(stage: Stage) -> None:
    """Without servers nothing is called, and each check that is left out is named."""
    path = stage.folder / "t.yaml"
    path.write_text(GOOD.replace("BOT}", f"BOT, api_base: '{stage.emulator.url}'}}"), "utf-8")
    diagnosis = await diagnose(path, {"BOT": TOKEN, "KEY": KEY}, offline=True)
    assert stage.emulator.world.calls.after(0) == []
    assert stage.model.connections == 0
    assert sum("--offline" in line for line in diagnosis.lines) == 3


async def test_an_agent_needs_no_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With an agent of the operator's, its import is checked, and no model's key is asked for."""
    (tmp_path / "t.yaml").write_text(GOOD, "utf-8")
    (tmp_path / "doctors_parrot.py").write_text("async def parrot(turn):\n    yield 'x'\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    for agent, is_good in (("doctors_parrot:parrot", True), ("doctors_parrot:cat", False)):
        told = await diagnose(tmp_path / "t.yaml", {"BOT": TOKEN}, agent=agent, offline=True)
        assert not [line for line in told.lines if "KEY" in line]
        assert (told.code == 0) is is_good


async def test_a_section_with_a_mistake_is_left_alone(tmp_path: Path) -> None:
    """What a mistake makes uncertain is not checked; everything else is."""
    text = GOOD.replace("{token_env: BOT}", "{token_env: bot, groups: all}") + "tools: {mcp: 5}\n"
    lines = await told(tmp_path, text.replace("1001", ""))
    assert len(problems(lines)) == 2
    skipped = [re.sub(" {2,}", " ", line) for line in lines if line.startswith("skipped")]
    assert "skipped bot telegram not checked: the section telegram has a mistake" in skipped
    assert "skipped tools not checked: the section tools has a mistake" in skipped


@pytest.mark.parametrize(
    ("text", "left_out"),
    [
        ("provider: {api_key_env: KEY, protocol: x}", "provider"),
        ("http: {listen: x, token_env: NOT_SET}", "http"),
        ("telegram: {token_env: NOT_SET, groups: x}", "telegram"),
        ("channels: {work: {type: telegram, groups: x, token_env: NOT_SET}}", "channels, telegram"),
        ("streaming: {cursr: x}", ""),
    ],
)
async def test_a_mistake_hides_no_other_variable(text: str, left_out: str, tmp_path: Path) -> None:
    """The variables of sections without a mistake are judged; of the others it is told."""
    text += "\ncommands: {up: {description: x, program: [sh], env_from: [LACKING]}}\n"
    lines = await told(tmp_path, text, {"TELEGRAM_BOT_TOKEN": TOKEN, "OPENAI_API_KEY": KEY})
    about = [re.sub(" {2,}", " ", line) for line in lines if " variable" in line]
    [wrong] = [line for line in about if line.startswith("error")]
    assert wrong.startswith("error variable LACKING is not set. Set it before the start ")
    told_of = f"skipped variables those of {left_out} are not checked"
    assert [line for line in about if line.startswith("skipped")] == [told_of] * bool(left_out)


HOOK = """\
  webhook: {url: 'https://bot.example/x', listen: '%s', secret_env: KEY}
http: {listen: '%s'}
"""


def listening(webhook: str, http: str) -> str:
    """Return a good set-up that listens at two addresses."""
    bot = "telegram:\n  token_env: BOT\n" + HOOK % (webhook, http)
    return GOOD.replace("telegram: {token_env: BOT}\n", bot)


async def test_addresses_to_listen_at(tmp_path: Path) -> None:
    """An address that another program has, or another machine, is one line; both may be good."""
    async with answering(bytes) as port:
        taken = f"127.0.0.1:{port}"
        shared = listening(taken, "127.0.0.1:0")
        assert problems(await told(tmp_path, shared)) == [
            (
                f"error telegram.webhook.listen {taken}: another program listens there. "
                "Stop that one, or name another port."
            )
        ]
        with sole_user(f"sqlite+aiosqlite:///{tmp_path / 't.db'}"):
            assert problems(await told(tmp_path, shared)) == []
        server = shared.replace("sqlite+aiosqlite:///t.db", "postgresql+asyncpg://127.0.0.1/x")
        [found] = problems(await told(tmp_path, server))
        assert found.startswith("warning telegram.webhook.listen ")
    lines = await told(tmp_path, listening("192.0.2.1:8443", "127.0.0.1:0"))
    [found] = problems(lines)
    assert found == (
        "error telegram.webhook.listen 192.0.2.1:8443: this machine does not have that address. "
        "Name 127.0.0.1, or 0.0.0.0 for all addresses that it has."
    )
    assert [line for line in lines if "http.listen" in line and line.startswith("ok")]
