"""Where the configuration is looked for, and in which order."""

from __future__ import annotations

from pathlib import Path

import pytest

from tickertape.cli.config_file import find_config, need_config
from tickertape.errors import ConfigError


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Move to an empty folder, with a configuration folder of the user next to it."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "config" / "tickertape").mkdir(parents=True)
    return tmp_path


def test_the_nearest_one_decides(home: Path) -> None:
    """The option, the variable, the folder, the user's folder: each only without the former."""
    named, by_variable = home / "a.yaml", home / "b.yaml"
    by_variable.touch()
    of_user = home / "config" / "tickertape" / "tickertape.yaml"
    environ = {"TICKERTAPE_CONFIG": str(by_variable)}
    assert find_config(None, {}) is None
    of_user.touch()
    assert find_config(None, {}) == of_user
    Path("tickertape.yaml").touch()
    assert find_config(None, {}) == Path("tickertape.yaml")
    assert find_config(None, {"TICKERTAPE_CONFIG": " "}) == Path("tickertape.yaml")
    assert find_config(None, environ) == by_variable
    assert find_config(named, environ) == named


def test_a_variable_that_leads_nowhere_is_an_error(home: Path) -> None:
    """A file that is named and not there is never replaced by another one."""
    Path("tickertape.yaml").touch()
    with pytest.raises(ConfigError, match=r"TICKERTAPE_CONFIG: '/no/t.yaml' cannot be used"):
        find_config(None, {"TICKERTAPE_CONFIG": "/no/t.yaml"})


def test_none_says_where_it_was_looked_for(home: Path) -> None:
    """The error names all places."""
    with pytest.raises(ConfigError) as told:
        need_config(None, {})
    for place in (
        "TICKERTAPE_CONFIG",
        str(Path("tickertape.yaml").absolute()),
        str(home / "config"),
    ):
        assert place in str(told.value)
