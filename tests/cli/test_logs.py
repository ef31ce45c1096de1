"""What the program says about itself: its form, and what never appears in it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from tickertape.cli.logs import configure
from tickertape.cli.redaction import Redaction

TOKEN = "123456789:AAsecretpart+of/it"
KEY = "sk-proj-verysecret"


@pytest.fixture(autouse=True)
def _restored_logging() -> Iterator[None]:
    """Leave the root logger as it was."""
    root, ours = logging.getLogger(), logging.getLogger("tickertape")
    before = root.handlers[:], root.level, ours.level
    yield
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    ours.setLevel(before[2])


@pytest.mark.parametrize(
    "line",
    [
        f"POST /bot{TOKEN}/getMe",
        "token=AAsecretpart+of/it",
        "https://x/bot123456789%3AAAsecretpart%2Bof%2Fit/getMe",
        f"Authorization: Bearer {KEY}",
        f"{{'a': '{TOKEN}', 'b': '{KEY}'}}",
    ],
)
def test_secrets_are_blotted_out(line: str) -> None:
    """Whole, in part, or percent-encoded: a secret does not pass."""
    clean = Redaction((TOKEN, KEY))(None, "info", line)
    assert "secret" not in clean.replace("<secret>", "")
    assert "<secret>" in clean


def test_ordinary_words_stay() -> None:
    """Empty and short secrets blot nothing out; the value hides what it knows."""
    redaction = Redaction(("", "abc", TOKEN))
    assert redaction(None, "info", "abc: all is well") == "abc: all is well"
    assert repr(redaction) == "Redaction()"


@pytest.mark.parametrize("form", ["", "json"])
def test_a_line_for_each_event(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Events of all modules, tracebacks included, are one line each, without secrets."""
    configure((TOKEN, KEY), environ={"TICKERTAPE_LOG": form})
    logging.getLogger("tickertape.gateway.app").info("answered", extra={"chat": 7, "seconds": 1.5})
    logging.getLogger("tickertape.x").debug("not shown")
    logging.getLogger("aiogram").info("not shown either")
    try:
        raise ConnectionError(f"https://x/bot{TOKEN}/getMe refused\nthe call")
    except ConnectionError:
        logging.getLogger("aiogram").exception("a call to %s failed", f"bot{TOKEN}")
    out, err = capsys.readouterr()
    assert out == ""
    lines = err.splitlines()
    assert len(lines) == 2
    assert "AAsecret" not in err
    if form == "json":
        first, second = map(json.loads, lines)
        assert (first["event"], first["chat"], first["level"]) == ("answered", 7, "info")
        assert "Traceback" in second["exception"]
    else:
        assert "level=info event=answered" in lines[0]
        assert "chat=7 seconds=1.5" in lines[0]
        assert "Traceback" in lines[1]


def test_logging_goes_to_stderr_only(capsys: pytest.CaptureFixture[str]) -> None:
    """Standard output belongs to the commands."""
    configure((), environ={})
    logging.getLogger().error("boom")
    out, err = capsys.readouterr()
    assert out == ""
    assert "boom" in err
