"""The two tools of our own."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from tickertape.errors import ToolError
from tickertape.ports import ToolSpec
from tickertape.tools.builtin import builtin
from tickertape.tools.zones import zone

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 11, 22, 12, 0, 5, tzinfo=UTC)


async def test_the_time_is_told_in_any_zone() -> None:
    """With the weekday, and with the difference from UTC."""
    tool = builtin(lambda: NOON)["current_time"]
    assert await tool.call({}) == "Sunday 2026-11-22 12:00:05+00:00, UTC"
    assert await tool.call({"zone": "Rome"}) == "Sunday 2026-11-22 13:00:05+01:00, Europe/Rome"


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Europe/Rome", "Europe/Rome"),
        ("europe/rome", "Europe/Rome"),
        ("rome", "Europe/Rome"),
        (" New  York ", "America/New_York"),
        ("america/new york", "America/New_York"),
        ("Buenos Aires", "America/Argentina/Buenos_Aires"),
        ("utc", "UTC"),
        ("", "UTC"),
        ("Etc/GMT+3", "Etc/GMT+3"),
    ],
)
def test_zones_are_found_as_people_name_them(name: str, key: str) -> None:
    """IANA names in any case, and cities."""
    assert str(zone(name)) == key


@pytest.mark.parametrize("name", ["Atlantis", "../../etc/passwd", "\x00", "x" * 500])
def test_an_unknown_zone_is_told_in_words(name: str) -> None:
    """The model learns how zones are called; no file is looked for."""
    with pytest.raises(ToolError, match="Use a name such as Europe/Rome") as caught:
        zone(name)
    assert len(str(caught.value)) < 150


async def test_a_calculation_is_a_call() -> None:
    """The result is text."""
    assert await builtin(lambda: NOON)["calculate"].call({"expression": "17*23"}) == "391"


def test_a_small_model_can_afford_them() -> None:
    """All that a model is told of both: under 200 tokens, at 3 characters each."""
    specs = [tool.spec for tool in builtin(lambda: NOON).values()]
    assert specs == [
        ToolSpec(
            "current_time",
            "Return the date and time in a time zone.",
            {
                "type": "object",
                "properties": {
                    "zone": {
                        "type": "string",
                        "description": "such as Europe/Rome",
                        "default": "UTC",
                    }
                },
                "additionalProperties": False,
            },
        ),
        ToolSpec(
            "calculate",
            "Work out an arithmetic expression.",
            {
                "type": "object",
                "properties": {
                    "expression": {"type": "string", "description": "such as (2+3)*sqrt(16)"}
                },
                "required": ["expression"],
                "additionalProperties": False,
            },
        ),
    ]
    told = "".join(json.dumps([s.name, s.description, s.parameters]) for s in specs)
    assert len(told) / 3 < 200
