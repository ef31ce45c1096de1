"""What other packages offer is found by name, and ours by the same door."""

from __future__ import annotations

import importlib
import sys
import tomllib
from collections.abc import AsyncIterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any, NoReturn

import pytest

from tickertape.adapters import adapt, load
from tickertape.chat import Address, ChatKind
from tickertape.errors import ConfigError, SpeechError
from tickertape.events import Finished, TextDelta
from tickertape.gateway.config.loading import agent_secrets, parse, speech_key
from tickertape.gateway.config.sections import SpeechConfig
from tickertape.plugins import OWN, Group, find, offered
from tickertape.ports import Turn
from tickertape.speech.engines.by_name import open_engine
from tickertape.speech.ports import SpeechSettings
from tickertape.tools.functions import installed

ROOT = Path(__file__).parents[1]
TURN = Turn(Address("memory", "1", ChatKind.PRIVATE), None, "Hello")

MODULE = '''
from tickertape.events import Finished, TextDelta
from tickertape.tools.functions import tool


def open_channel(*, name, room="lobby"):
    return f"the channel {name}, in {room}"


def weather(city: str) -> str:
    """Tell the weather."""
    return f"Rain in {city}."


@tool(name="tides")
def high_water(port: str) -> str:
    """Tell when high water is."""
    return f"Noon in {port}."


NOTHING = 7


async def support(turn):
    yield "Have you tried "
    yield "turning it off?"


class Crew:
    """An agent of a framework that nobody knows."""

    def run(self, task):
        raise AssertionError("recognised by its form, not by its class")


class CrewAgent:
    def __init__(self, crew):
        self.crew = crew

    async def run(self, turn):
        yield TextDelta(type(self.crew).__name__)
        yield Finished()


class Whistle:
    def __init__(self, settings):
        self.settings = settings
'''
ENTRIES: Mapping[str, Mapping[str, str]] = {
    "tickertape.channels": {"pigeon": "pigeons:open_channel"},
    "tickertape.tools": {
        "weather": "pigeons:weather",
        "tides": "pigeons:high_water",
        "nothing": "pigeons:NOTHING",
    },
    "tickertape.agents": {"support": "pigeons:support", "pigeons.Crew": "pigeons:CrewAgent"},
    "tickertape.speech": {"whistle": "pigeons:Whistle"},
    "console_scripts": {"pigeon": "pigeons:main"},
}


class Site:
    """A folder of installed packages."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def install(
        self, package: str, entries: Mapping[str, Mapping[str, str]], version: str = "1.0"
    ) -> Path:
        """Write what an installer writes for a package; return the file of its entry points."""
        info = self._folder / f"{package.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        about = f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n"
        (info / "METADATA").write_text(about, "utf-8")
        lines = [
            line
            for group, named in entries.items()
            for line in (f"[{group}]", *(f"{name} = {at}" for name, at in named.items()))
        ]
        (info / "entry_points.txt").write_text("\n".join(lines), "utf-8")
        return info / "entry_points.txt"

    def module(self, name: str, code: str) -> None:
        """Write a module of a package."""
        (self._folder / f"{name}.py").write_text(code, "utf-8")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site with one package in it, which offers something in each group."""
    folder = tmp_path / "site"
    folder.mkdir()
    site = Site(folder)
    site.install("tickertape-pigeons", ENTRIES)
    site.module("pigeons", MODULE)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, "pigeons", raising=False)
    return site


def told(group: Group, name: str) -> str:
    """Return how it is refused to look for `name`, or to load it."""
    with pytest.raises(ConfigError) as caught:
        find(group, name, key="a.key").load(key="a.key")
    line = str(caught.value)
    assert line.startswith(f"a.key: {name!r} cannot be used; allowed: ")
    assert "\n" not in line
    return line


def test_ours_are_entry_points() -> None:
    """`pyproject.toml` registers exactly what is found without being installed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    registered = {
        group: entries
        for group, entries in project["entry-points"].items()
        if group.startswith("tickertape.")
    }
    ours = {
        group.value: {name: plugin.target for name, plugin in plugins.items()}
        for group, plugins in OWN.items()
    }
    assert registered == ours
    assert set(OWN) == set(Group)
    extras = project["optional-dependencies"]
    assert {plugin.extra for of in OWN.values() for plugin in of.values()} - {"", *extras} == set()


@pytest.mark.parametrize(
    "plugin", [one for of in OWN.values() for one in of.values()], ids=lambda one: one.name
)
def test_ours_can_be_loaded(plugin: Any) -> None:
    """Each is where the table says."""
    assert callable(plugin.load(key="a.key")) or hasattr(plugin.load(key="a.key"), "spec")


def test_ours_are_found_without_a_look_at_what_is_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A program that names only ours reads nobody's metadata: it starts as fast as before."""

    def refuse(**_: object) -> NoReturn:
        raise AssertionError("the packages are looked through")

    monkeypatch.setattr(metadata, "distributions", refuse)
    monkeypatch.syspath_prepend("/another/path")  # so that nothing is remembered
    for group, plugins in OWN.items():
        for name in plugins:
            assert find(group, name, key="a.key") is plugins[name]
    parse("speech: {engine: piper}")


def test_packages_are_looked_through_once(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second look costs nothing, until there are other folders to look in."""
    assert find(Group.TOOLS, "weather", key="a.key").package == "tickertape-pigeons 1.0"
    monkeypatch.setattr(metadata, "distributions", lambda **_: ())
    assert find(Group.TOOLS, "tides", key="a.key").name == "tides"
    monkeypatch.syspath_prepend("/another/path")
    assert "weather" not in offered(Group.TOOLS)


def test_looking_imports_nothing(site: Site) -> None:
    """A name is found, and listed, without a line of the package being run."""
    assert find(Group.CHANNELS, "pigeon", key="a.key").target == "pigeons:open_channel"
    assert set(offered(Group.CHANNELS)) == {"matrix", "telegram", "pigeon"}
    assert "pigeons" not in sys.modules


def test_a_channel(site: Site) -> None:
    """What is registered is what is called, with the configured name and settings."""
    opener: Any = find(Group.CHANNELS, "pigeon", key="a.key").load(key="a.key")
    assert opener(name="loft", room="attic") == "the channel loft, in attic"


@pytest.mark.anyio
async def test_tools(site: Site) -> None:
    """Functions and tools are tools; the configuration takes their names."""
    assert parse("tools: {builtin: [weather, calculate]}").tools.builtin == (
        "weather",
        "calculate",
    )
    weather, tides = (installed(name, key="tools.builtin[0]") for name in ("weather", "tides"))
    assert (weather.spec.name, weather.spec.description) == ("weather", "Tell the weather.")
    assert await weather.call({"city": "Bergen"}) == "Rain in Bergen."
    assert await tides.call({"port": "Brest"}) == "Noon in Brest."
    with pytest.raises(ConfigError, match=r"pigeons:NOTHING of tickertape-pigeons 1\.0 is nei"):
        installed("nothing", key="tools.builtin[0]")


async def _said(agent: Any) -> str:
    events: AsyncIterator[object] = agent.run(TURN)
    said = [event async for event in events]
    assert isinstance(said[-1], Finished)
    return "".join(event.text for event in said if isinstance(event, TextDelta))


@pytest.mark.anyio
async def test_an_agent_by_its_name(site: Site) -> None:
    """`--agent support` is what a package offers as `support`, in any form that an agent has."""
    assert await _said(load("support")) == "Have you tried turning it off?"
    with pytest.raises(ConfigError, match=r"or one of the installed agents support$"):
        load("suport")


@pytest.mark.anyio
async def test_an_agent_of_a_framework(site: Site) -> None:
    """An object of a class for which there is an adapter gets it, also one of a class below."""
    import pigeons  # type: ignore[import-not-found]  # noqa: PLC0415 - the site's

    class Flock(pigeons.Crew):  # type: ignore[misc]
        pass

    assert await _said(adapt(pigeons.Crew())) == "Crew"
    assert await _said(adapt(Flock())) == "Flock"


def test_a_speech_engine(site: Site) -> None:
    """It is told what the file says for it, and nothing of what is OpenAI's by default."""
    written = "speech: {engine: whistle, voice: shrill, model: m1}"
    config = parse(written).speech
    engine: Any = open_engine(config.engine, config.settings(""))
    assert engine.settings == SpeechSettings(voice="shrill", model="m1")


def test_the_key_of_openai_is_for_openai(site: Site) -> None:
    """A foreign engine gets a key only where the file names another variable for it."""
    environ = {"OPENAI_API_KEY": "sk-openai", "WHISTLE_KEY": "w"}
    template = SpeechConfig(engine="whistle", api_key_env="OPENAI_API_KEY")
    assert speech_key(template, environ) == ""
    assert speech_key(SpeechConfig(engine="whistle", api_key_env="WHISTLE_KEY"), environ) == "w"
    assert speech_key(SpeechConfig(engine="openai"), environ) == "sk-openai"
    assert speech_key(SpeechConfig(engine="piper", api_key_env="WHISTLE_KEY"), environ) == ""
    assert "sk-openai" not in repr(SpeechSettings(api_key="sk-openai"))
    assert agent_secrets(parse("provider: {api_key_env: ''}"), environ).values == ()


@pytest.mark.parametrize(
    ("group", "name", "words"),
    [
        (
            Group.TOOLS,
            "wether",
            "calculate, current_time, nothing, tides, weather; did you mean weather?",
        ),
        (Group.SPEECH, "x", "one of the speech engines espeak, openai, piper, whistle"),
        (Group.CHANNELS, "telegramm", "matrix, pigeon, telegram; did you mean telegram"),
        (Group.AGENTS, "suport", "one of the agents support; did you mean support?"),
    ],
)
def test_an_unknown_name_is_told_what_there_is(
    site: Site, group: Group, name: str, words: str
) -> None:
    """What is installed, and what may have been meant."""
    assert words in told(group, name)


def test_the_configuration_refuses_unknown_names(site: Site) -> None:
    """Before anything is opened, with the key; what may be a secret is not repeated."""
    with pytest.raises(ConfigError, match=r"tools\.builtin\[1\]: 'wether' .* did you mean"):
        parse("tools: {builtin: [calculate, wether]}")
    with pytest.raises(ConfigError, match=r"speech\.engine: 'whisle' .* did you mean whistle"):
        parse("speech: {engine: whisle}")
    with pytest.raises(ConfigError) as caught:
        parse("speech: {engine: sk-abcdefghijklmnop}")
    assert "sk-abc" not in str(caught.value)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("raise ValueError('two\\nlines')", "fails: ValueError: two lines"),
        ("raise SystemExit(3)", "fails: SystemExit: 3"),
        ("import no_such_library", "fails: ModuleNotFoundError: No module named 'no_such_library'"),
        ("", "fails: AttributeError: module 'ruin' has no attribute 'thing'"),
        ("def", "fails: SyntaxError: "),
    ],
)
def test_a_package_that_is_broken_is_told_by_its_name(site: Site, code: str, words: str) -> None:
    """Whose it is, and why; the others are found as ever."""
    site.install("tickertape-ruin", {"tickertape.tools": {"ruin": "ruin:thing"}})
    site.module("ruin", code)
    importlib.invalidate_caches()
    sys.modules.pop("ruin", None)
    assert f"ruin:thing of tickertape-ruin 1.0 {words}" in told(Group.TOOLS, "ruin")
    assert installed("weather", key="a.key").spec.name == "weather"


def test_entry_points_that_cannot_be_read_stop_nobody(site: Site) -> None:
    """They are told where a name is not found: it may be in there."""
    file = site.install("tickertape-mess", {"tickertape.tools": {"fog": "fog:fog"}})
    file.write_text("[tickertape.tools]\nfog = not a target\n", "utf-8")
    assert installed("weather", key="a.key").spec.name == "weather"
    assert "what tickertape-mess offers cannot be read: " in told(Group.TOOLS, "fog")


def test_two_packages_at_odds(site: Site) -> None:
    """A name that two offer is nobody's, until one is removed; their other names work."""
    site.install("tickertape-doves", {"tickertape.channels": {"pigeon": "doves:open"}}, "2.1")
    line = told(Group.CHANNELS, "pigeon")
    assert "tickertape-doves 2.1" in line
    assert "tickertape-pigeons 1.0" in line
    assert find(Group.TOOLS, "weather", key="a.key").name == "weather"


def test_nobody_takes_the_place_of_ours(site: Site) -> None:
    """A name of ours means ours, whoever else offers it."""
    site.install("tickertape-fake", {"tickertape.channels": {"telegram": "fake:open"}})
    assert find(Group.CHANNELS, "telegram", key="a.key") is OWN[Group.CHANNELS]["telegram"]
    assert offered(Group.CHANNELS)["telegram"].package == "tickertape"


def test_a_newer_version_hides_an_older_one(site: Site, tmp_path: Path) -> None:
    """A package that stands twice on the path is the first of the two, as for imports."""
    behind = tmp_path / "behind"
    behind.mkdir()
    Site(behind).install("tickertape-pigeons", {"tickertape.tools": {"old": "x:y"}}, "0.9")
    sys.path.append(str(behind))
    try:
        assert "old" not in offered(Group.TOOLS)
        assert find(Group.TOOLS, "weather", key="a.key").package == "tickertape-pigeons 1.0"
    finally:
        sys.path.remove(str(behind))


def test_a_missing_extra_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of ours, the error says what to install."""
    monkeypatch.delitem(sys.modules, "tickertape.speech.engines.remote", raising=False)
    monkeypatch.setitem(sys.modules, "httpx2", None)
    words = r"httpx2 is not: pip install 'tickertape\[speech\]'"
    with pytest.raises(ConfigError, match=words):
        open_engine("openai")
    monkeypatch.delitem(sys.modules, "tickertape.channels.telegram.transport", raising=False)
    monkeypatch.delitem(sys.modules, "tickertape.channels.telegram.direct_client", raising=False)
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    assert "pip install 'tickertape[telegram]'" in told(Group.CHANNELS, "telegram")


def test_an_engine_that_cannot_be_used_as_asked() -> None:
    """What the engine itself refuses is its own error."""
    with pytest.raises(SpeechError, match="there is no file"):
        open_engine("piper")
