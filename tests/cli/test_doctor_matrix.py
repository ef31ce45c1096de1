"""What `tickertape doctor` says of an account of Matrix, by what its homeserver answers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tickertape.channels.matrix.calls import (
    Answer,
    CallDenied,
    CallGranted,
    CallUnanswered,
    CallUnreached,
)
from tickertape.cli.doctor.accounts import AccountConfig, account_findings
from tickertape.cli.doctor.servers import Obstacle, Reach

ACCOUNT = AccountConfig("account home", "channels.home", "@bot:x.example", "TOKEN", "mention", 10)
WHOAMI = CallGranted({"user_id": "@bot:x.example", "device_id": "D"})
THERE = Reach("x.example")


@pytest.mark.parametrize(
    ("whoami", "reach", "told"),
    [
        (
            WHOAMI,
            THERE,
            "ok: @bot:x.example, token accepted, groups: mention, 10 events a second",
        ),
        (
            CallGranted({"user_id": "@ann:x.example"}),
            THERE,
            (
                "error: the token belongs to @ann:x.example, not to @bot:x.example. Put the token "
                "of @bot:x.example into TOKEN, or correct channels.home.user."
            ),
        ),
        (
            CallDenied(401, "M_UNKNOWN_TOKEN"),
            THERE,
            (
                "error: x.example does not accept the token (M_UNKNOWN_TOKEN). Log in again, and "
                "put the new token into TOKEN (docs/matrix.md, The account)."
            ),
        ),
        (
            CallDenied(429, "M_LIMIT_EXCEEDED", "Too Many Requests", 3.0),
            THERE,
            ("error: x.example refused: M_LIMIT_EXCEEDED Too Many Requests. Try again in a while."),
        ),
        (
            CallDenied(404, ""),
            THERE,
            (
                "error: what answers at x.example is no homeserver of Matrix. Correct "
                "channels.home.homeserver: /.well-known/matrix/client of your server names it."
            ),
        ),
        (
            CallGranted({}),
            THERE,
            (
                "error: what answers at x.example is no homeserver of Matrix. Correct "
                "channels.home.homeserver: /.well-known/matrix/client of your server names it."
            ),
        ),
        (
            CallUnreached("ClientConnectorError"),
            Reach("x.example", Obstacle.REFUSED),
            (
                "error: x.example refuses connections. Start the server, or correct the port in "
                "channels.home.homeserver."
            ),
        ),
        (
            CallUnanswered("TimeoutError"),
            Reach("x.example", Obstacle.SILENT),
            (
                "error: x.example did not answer within 10 s. Check this machine's network and "
                "firewall, and channels.home.homeserver."
            ),
        ),
    ],
)
def test_one_line_each(whoami: Answer, reach: Reach, told: str) -> None:
    """With what to do, where something is to be done."""
    [found] = account_findings(ACCOUNT, whoami, reach)
    assert f"{found.level}: {found.what}{'. ' if found.cure else ''}{found.cure}" == told


def test_limits_that_no_one_lifted_are_told() -> None:
    """They are no fault, but the answers come in pieces, and that can be changed."""
    [found] = account_findings(replace(ACCOUNT, messages_per_second=0.2), WHOAMI, THERE)
    assert found.what.endswith("0.2 events a second (an edit each 5 s: see docs/matrix.md, Limits)")


def test_keys_need_what_encrypts() -> None:
    """Else the bot would be silent in encrypted rooms."""
    _, found = account_findings(replace(ACCOUNT, lacks_keys=True), WHOAMI, THERE)
    assert found.what == "channels.home.keys is set, but what encrypts is not installed"
    assert found.cure == "pip install 'tickertape[matrix-e2e]'"
