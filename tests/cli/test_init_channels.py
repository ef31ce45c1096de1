"""`tickertape init --channel`: the file has the channels that are asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tickertape.cli.app import app
from tickertape.gateway.config.loading import load, template


@pytest.mark.parametrize(
    ("options", "channels"),
    [
        ([], ["telegram"]),
        (["--channel", "telegram"], ["telegram"]),
        (["--channel", "matrix"], ["matrix"]),
        (["--channel", "matrix", "--channel", "telegram"], ["telegram", "matrix"]),
    ],
)
def test_the_channels_that_are_asked_for(
    tmp_path: Path, options: list[str], channels: list[str]
) -> None:
    """Telegram is the one where none is; the file can be loaded as it is."""
    path = tmp_path / "t.yaml"
    done = CliRunner().invoke(app, ["init", *options, str(path)])
    assert (done.exit_code, done.stderr) == (0, "")
    assert path.read_text("utf-8") == template(channels)
    assert list(load(path).all_channels) == channels


def test_a_channel_that_there_is_not(tmp_path: Path) -> None:
    """Nothing is written, and the known ones are named."""
    path = tmp_path / "t.yaml"
    done = CliRunner().invoke(app, ["init", "--channel", "smoke", str(path)])
    assert done.exit_code == 2
    assert "'telegram', 'matrix'" in done.stderr
    assert not path.exists()
