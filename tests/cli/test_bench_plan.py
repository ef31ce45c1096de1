"""What `tickertape bench live` refuses before it starts anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from tickertape.cli.bench.command import live
from tickertape.cli.bench.plan import Plan, plan
from tickertape.errors import ConfigError

ENVIRON = {"TELEGRAM_BOT_TOKEN": "123:abc", "OPENAI_API_KEY": "sk-not-to-be-seen"}


def made(path: Path | None = None, **options: str | bool) -> Plan:
    """Make a plan of a few options; the others are harmless."""
    return plan(
        sessions=str(options.get("sessions", "1")),
        config=path,
        prompt=str(options.get("prompt", "Hello")),
        chats=str(options.get("chats", "")),
        scripted=bool(options.get("scripted", False)),
        environ=ENVIRON if not options.get("bare") else {"TELEGRAM_BOT_TOKEN": "123:abc"},
    )


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Write a configuration that says nothing."""
    path = tmp_path / "tickertape.yaml"
    path.write_text("provider:\n", "utf-8")
    return path


def test_rounds_are_numbers_with_commas(config: Path) -> None:
    """Blanks do not matter, and a round may come twice."""
    assert made(sessions="1, 5,10 ,5").sessions == (1, 5, 10, 5)
    configured = made(config, sessions="1,2", chats="11, -1001")
    assert configured.chats == (11, -1001)
    assert configured.configured is not None
    assert configured.configured[1].value_of("OPENAI_API_KEY") == "sk-not-to-be-seen"


@pytest.mark.parametrize("sessions", ["", ",", "0", "-1", "two", "1.5", "201", "5,x"])
def test_impossible_rounds_are_refused(sessions: str) -> None:
    """Each is a line that names the option and what is allowed."""
    with pytest.raises(ConfigError, match=r"--sessions: .* whole numbers from 1 to 200, with"):
        made(sessions=sessions)


def test_something_must_be_asked() -> None:
    """A prompt of blanks asks nothing."""
    with pytest.raises(ConfigError, match="--prompt"):
        made(prompt=" \n")


@pytest.mark.parametrize("chats", ["", "11", "11,11", "0,11", "here,there"])
def test_a_real_channel_needs_a_chat_for_each_session(config: Path, chats: str) -> None:
    """Fewer chats than sessions, or none that can be, are refused before anything is written."""
    with pytest.raises(ConfigError, match="--chat"):
        made(config, sessions="1,2", chats=chats)


def test_the_emulator_takes_no_chats() -> None:
    """It has people of its own: a number would name nobody."""
    with pytest.raises(ConfigError, match=r"--chat.* the emulator has chats of its own"):
        made(chats="11")


def test_a_canned_text_needs_no_key(config: Path) -> None:
    """With --scripted only the channel's secret is looked up."""
    assert made(config, chats="11", scripted=True, bare=True).scripted
    with pytest.raises(ConfigError, match="OPENAI_API_KEY"):
        made(config, chats="11", bare=True)


def refused(match: str, **options: Path | bool | None) -> None:
    """See that the command itself refuses its options."""
    given = {"config": None, "json_path": None, "embedded": True, **options}
    with pytest.raises(ConfigError, match=match):
        live(sessions="1", prompt=None, chats="", scripted=True, **given)  # type: ignore[arg-type]


def test_files_that_cannot_be_are_refused_at_once(tmp_path: Path) -> None:
    """Minutes of measuring are not lost to a folder that is not there."""
    refused("--json", json_path=tmp_path / "no" / "where.json")
    refused("--json", json_path=tmp_path)
    refused("--config", config=tmp_path / "none.yaml", embedded=False)
    refused("--config.* nothing together with --embedded", config=tmp_path / "none.yaml")


def test_the_configuration_of_the_folder_is_used(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without options `tickertape.yaml` decides, where it exists."""
    monkeypatch.chdir(config.parent)
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "123:abc")
    refused("--chat", embedded=False)
