"""The streaming configuration: a typed value, made from and turned into plain keys."""

from __future__ import annotations

import pytest

from tickertape.delivery.streaming import StreamingConfig
from tickertape.errors import ConfigError

KEYS = (
    "enabled, transport, edit_interval, buffer_threshold, cursor, reasoning, rich, stop_button, "
    "silent"
)
COUNT = "a whole number of characters from 1 to 4096"


def test_the_defaults_are_the_documented_ones() -> None:
    """The keys and defaults are stable: operators have them in their files."""
    assert StreamingConfig().to_dict() == {
        "enabled": True,
        "transport": "auto",
        "edit_interval": 0.3,
        "buffer_threshold": 20,
        "cursor": "",
        "reasoning": "status",
        "rich": "off",
        "stop_button": True,
        "silent": False,
    }


def test_a_config_survives_the_way_to_a_dict_and_back() -> None:
    """`from_dict` is the inverse of `to_dict`."""
    config = StreamingConfig(transport="edit", edit_interval=2.0, cursor=" ▉")
    assert StreamingConfig.from_dict(config.to_dict()) == config
    assert StreamingConfig.from_dict({"edit_interval": 1}).edit_interval == 1.0


@pytest.mark.parametrize(
    ("values", "line"),
    [
        (
            {"speed": 3},
            f"speed: 3 cannot be used; allowed: one of the keys {KEYS}",
        ),
        (
            {"edit_interval": "0.3"},
            "edit_interval: '0.3' cannot be used; allowed: a number of seconds from 0.05 to 60",
        ),
        (
            {"edit_interval": 61},
            "edit_interval: 61 cannot be used; allowed: a number of seconds from 0.05 to 60",
        ),
        (
            {"edit_interval": float("nan")},
            "edit_interval: nan cannot be used; allowed: a number of seconds from 0.05 to 60",
        ),
        (
            {"edit_interval": True},
            "edit_interval: True cannot be used; allowed: a number of seconds from 0.05 to 60",
        ),
        (
            {"buffer_threshold": 0},
            f"buffer_threshold: 0 cannot be used; allowed: {COUNT}",
        ),
        (
            {"enabled": "yes"},
            "enabled: 'yes' cannot be used; allowed: true or false",
        ),
        (
            {"transport": "pigeon"},
            "transport: 'pigeon' cannot be used; allowed: auto, draft, edit or off",
        ),
        (
            {"reasoning": "loud"},
            "reasoning: 'loud' cannot be used; allowed: hide, status, show or keep",
        ),
        (
            {"cursor": "x" * 500},
            "cursor: '" + "x" * 76 + "... cannot be used; allowed: a text of at most 8 characters",
        ),
    ],
)
def test_bad_values_are_named_in_one_line(values: dict[str, object], line: str) -> None:
    """The line names the key, the value and what is allowed."""
    with pytest.raises(ConfigError) as caught:
        StreamingConfig.from_dict(values)
    assert str(caught.value) == line
