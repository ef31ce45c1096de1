"""Findings as lines: aligned, safe, with marks that need no colour."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tickertape.channels.telegram.calls import Answer, Denied, Granted, Unanswered
from tickertape.cli.doctor.bots import BotConfig, bot_findings
from tickertape.cli.doctor.clock import clock_finding
from tickertape.cli.doctor.disk import disk_finding
from tickertape.cli.doctor.findings import Level, error, ok, skipped, warning
from tickertape.cli.doctor.models import AskedModel, model_finding
from tickertape.cli.doctor.report import exit_code, lines_of, total_of
from tickertape.cli.doctor.servers import Obstacle, Reach, cure_of, obstacle_told
from tickertape.errors import FailureKind, ProviderError

FOUND = [
    ok("database", "is whole"),
    warning("access", "no one is answered", "List someone."),
    error("model default", "said \x1b[31mno\n to hush", "Set KEY"),
    skipped("clock", "not checked"),
]


def test_lines_are_aligned_and_safe() -> None:
    """One line each, without secrets and control characters; cures end as sentences do."""
    assert lines_of(FOUND, lambda text: text.replace("hush", "***")) == [
        "ok       database       is whole",
        "warning  access         no one is answered. List someone.",
        "error    model default  said [31mno to ***. Set KEY.",
        "skipped  clock          not checked",
    ]
    assert total_of(FOUND) == "1 error, 1 warning, 1 not checked"
    assert total_of(FOUND[:1]) == "no errors, no warnings"


def test_marks_have_colours_where_those_are_wanted() -> None:
    """With colours the same words stand at the same places."""
    coloured = lines_of(FOUND, str, coloured=True)
    assert coloured[0] == "\x1b[32mok     \x1b[0m  database       is whole"
    assert len({line.partition("m")[0] for line in coloured}) == len(Level)


def test_only_errors_fail() -> None:
    """The exit code is 1 with an error, and 0 without."""
    assert exit_code(FOUND) == 1
    assert exit_code([one for one in FOUND if one.level is not Level.ERROR]) == 0


@pytest.mark.parametrize(
    ("free", "database", "level", "words"),
    [
        (10**12, 10**6, Level.OK, "1 TB free in /var"),
        (400_000_000, 10**6, Level.WARNING, "only 400 MB free in /var"),
        (10**9, 10**9, Level.WARNING, "only 1 GB free in /var"),
        (999_999, 0, Level.ERROR, "only 1 MB free in /var"),
        (0, 0, Level.ERROR, "only 0 bytes free in /var"),
    ],
)
def test_room_on_the_disk(free: int, database: int, level: Level, words: str) -> None:
    """Little room is told, also where an upgrade of a large database would not fit."""
    found = disk_finding("/var", free, database)
    assert (found.level, found.what) == (level, words)


def test_the_nearest_clock_counts() -> None:
    """A server whose own clock is wrong accuses no one while another one agrees."""
    wrong, right = Reach("a", clock_off=9_000), Reach("b", clock_off=-2)
    assert clock_finding([wrong, right]) == ok("clock", "agrees with b")
    assert clock_finding([wrong]).what == "is 2 hours ahead of a"
    assert clock_finding([Reach("a", clock_off=-40)]).what == "is 40 seconds behind a"
    assert clock_finding([Reach("a", Obstacle.SILENT), Reach("b")]).level is Level.SKIPPED


BOT = BotConfig("bot home", "channels.home", "HOME_TOKEN", "mention")
HOOKED = replace(BOT, webhook="https://bot.example/path")
ME = Granted({"username": "home_bot", "can_read_all_group_messages": True})


@pytest.mark.parametrize(
    ("bot", "info", "level", "words"),
    [
        (BOT, {"url": ""}, None, ""),
        (
            BOT,
            {"url": "https://a.example/x", "pending_update_count": 3},
            "warning",
            "3 messages wait",
        ),
        (HOOKED, {"url": ""}, "ok", "none is set yet: the start sets the one at bot.example"),
        (HOOKED, {"url": "https://bot.example/path"}, "ok", "Telegram delivers to bot.example"),
        (HOOKED, {"url": "https://a.example/x"}, "warning", "to a.example, not to bot.example"),
        (
            HOOKED,
            {"url": "https://bot.example/path", "last_error_message": "Connection refused"},
            "warning",
            "could not deliver to bot.example (Connection refused)",
        ),
    ],
)
def test_a_webhook_against_the_configuration(
    bot: BotConfig, info: dict[str, object], level: str | None, words: str
) -> None:
    """What Telegram knows of a webhook is compared with what is configured; paths stay out."""
    first, *rest = bot_findings(bot, ME, Granted(info), Reach("api.example"))
    assert first == ok("bot home", "@home_bot, token accepted, groups: mention")
    assert [one.level for one in rest] == ([level] if level else [])
    assert all(words in one.what for one in rest)
    assert not [one for one in rest if "path" in one.what + one.cure]


@pytest.mark.parametrize(
    ("me", "reach", "words", "cure"),
    [
        (Denied(404, "Not Found"), Reach("a"), "does not know this bot", "HOME_TOKEN"),
        (Denied(502, "Bad Gateway"), Reach("a"), "HTTP 502 Bad Gateway", "Try again"),
        (Unanswered("X"), Reach("a", Obstacle.TLS), "no trusted TLS", "channels.home.api_base"),
        (Unanswered("X"), Reach("a"), "is not the Bot API", "channels.home.api_base"),
        (Granted([]), Reach("a"), "is not the Bot API", "channels.home.api_base"),
    ],
)
def test_a_bot_that_is_not_reached(me: Answer, reach: Reach, words: str, cure: str) -> None:
    """Whatever the server says in place of the bot's name is one error with its cure."""
    [found] = bot_findings(BOT, me, me, reach)
    assert found.level is Level.ERROR
    assert words in found.what
    assert cure in found.cure


@pytest.mark.parametrize("obstacle", Obstacle)
def test_each_obstacle_has_words_and_a_cure(obstacle: Obstacle) -> None:
    """Whatever stands in the way, the host and the setting are named."""
    assert "api.example" in obstacle_told(obstacle, "api.example")
    assert "provider.base_url" in cure_of(obstacle, "provider.base_url")


@pytest.mark.parametrize("kind", FailureKind)
def test_each_failure_of_a_model_has_a_line(kind: FailureKind) -> None:
    """No kind of failure is left without words and a cure, heard or not."""
    asked = AskedModel("model default", "provider", "gpt-5-mini", "KEY")
    failure = ProviderError(kind, "some words", status=400)
    for reach in (Reach("api.example"), Reach("api.example", Obstacle.SILENT)):
        found = model_finding(asked, "responses", failure, reach)
        assert found.level in {Level.WARNING, Level.ERROR}
        assert found.what
        assert found.cure
        assert "{" not in found.what + found.cure
