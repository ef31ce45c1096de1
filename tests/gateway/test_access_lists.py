"""The lists of people in the operator's file."""

from __future__ import annotations

from tickertape.gateway.access_lists import mistyped_ids
from tickertape.gateway.config.loading import parse


def test_each_mistyped_id_is_named_by_its_place() -> None:
    """Of all lists; a role, where one may stand, is no id."""
    config = parse(
        """
        access: {allow: ["@ann", 1001, "@ann"], admins: ["telegram:@ann"], groups: ["x:-1007"]}
        commands: {up: {description: d, prompt: p, allow: [admin, 1001, "@ann"]}}
        """
    )
    assert [(one.key, one.entry) for one in mistyped_ids(config)] == [
        ("access.allow[0]", "@ann"),
        ("access.allow[2]", "@ann"),
        ("access.admins[0]", "telegram:@ann"),
        ("access.groups[0]", "x:-1007"),
        ("commands.up.allow[2]", "@ann"),
    ]
