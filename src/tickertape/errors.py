"""Everything that can go wrong, as one tree.

    TickertapeError
    ├── ConfigError             a setting cannot be used; names the key and what is allowed
    │   ├── UsageError          the command line cannot be carried out; says what to write instead
    │   ├── UnsetVariableError  it names an environment variable that is not set
    │   ├── ConfigSyntaxError   a file cannot be read as YAML; names the line
    │   └── ConfigFileError     all settings of a file that cannot be used, each with its line
    ├── TransportError          a channel cannot go on at all (its token is wrong, say)
    ├── ProviderError           a model's server said no, or was not heard; its kind tells which
    ├── ToolError               a tool failed; its text is for the model
    ├── CommandError            an operator's command failed; its text is for the person in the chat
    ├── SpeechError             a sentence could not be spoken, or not be heard
    ├── BackupError             the database could not be copied
    └── ModelUnavailableError   the embedded model could not be fetched or started

What a *single call* to a channel came to is not an exception but a value:
`tickertape.delivery.actions.Outcome`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

__all__ = [
    "BackupError",
    "CommandError",
    "ConfigError",
    "ConfigFileError",
    "ConfigSyntaxError",
    "FailureKind",
    "ModelUnavailableError",
    "ProviderError",
    "SpeechError",
    "TickertapeError",
    "ToolError",
    "TransportError",
    "UnsetVariableError",
    "UsageError",
    "did_you_mean",
]


class TickertapeError(Exception):
    """The root of all errors that Tickertape raises on purpose."""


class ConfigError(TickertapeError):
    """A setting cannot be used. Its text is one line: the key, the value, what is allowed."""

    def __init__(self, key: str, value: object, allowed: str) -> None:
        super().__init__(key, value, allowed)
        self.key = key
        """The dotted name of the setting, as written in the file."""
        self.value = value
        """What stood there."""
        self.allowed = allowed
        """What may stand there, as a phrase."""

    @property
    def lines(self) -> tuple[str, ...]:
        """The text, a line for each thing that is wrong."""
        return (str(self),)

    @property
    def problem(self) -> str:
        """The first half of the text: the key and the value."""
        shown = repr(self.value)
        if len(shown) > 80:
            shown = shown[:77] + "..."
        return f"{self.key}: {shown} cannot be used"

    def __str__(self) -> str:
        return f"{self.problem}; allowed: {self.allowed}"


class UsageError(ConfigError):
    """A command cannot be carried out as it was given. Its text is one sentence: what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__("", "", sentence)

    def __str__(self) -> str:
        return self.allowed


class UnsetVariableError(ConfigError):
    """An environment variable that a setting names is not set.

    `value` is its name; `allowed` ends the sentence with another way to go on, or is empty.
    """

    def __str__(self) -> str:
        return f"set the environment variable {self.value} (named by {self.key}){self.allowed}"


class ConfigSyntaxError(ConfigError):
    """A file cannot be read as YAML. `key` is its name, `value` is the problem."""

    def __init__(self, key: str, value: object, allowed: str, line: int | None = None) -> None:
        super().__init__(key, value, allowed)
        self.line = line
        """The line, counted from 1; None if it is not known."""


class ConfigFileError(ConfigError):
    """Settings of a file cannot be used. Its text is one line for each of them.

    `key`, `value` and `allowed` are those of the first one.
    """

    def __init__(self, first: ConfigError, lines: Sequence[str]) -> None:
        super().__init__(first.key, first.value, first.allowed)
        self._lines = tuple(lines)

    @property
    def lines(self) -> tuple[str, ...]:
        """The text, a line for each mistake."""
        return self._lines

    def __str__(self) -> str:
        return "\n".join(self.lines)


class TransportError(TickertapeError):
    """A channel cannot go on: nothing that is sent or awaited there can succeed."""


class ToolError(TickertapeError):
    """A tool failed; the text says how, in words that the model can act on. No secrets."""


class CommandError(TickertapeError):
    """A command of the operator's failed; the text is for the person in the chat. No secrets."""


class SpeechError(TickertapeError):
    """A sentence could not be spoken or heard; the text says why in one line, and quotes no words.

    An engine is missing or failed, a speech server said no, there is no way to a loudspeaker.
    """


class BackupError(TickertapeError):
    """There is no copy of the database; the text says why in one line, and what to do."""


class ModelUnavailableError(TickertapeError):
    """The embedded model could not be fetched or started; the text says why in one line."""


class FailureKind(StrEnum):
    """Why a model's answer failed: a closed set, so that each kind can have one rule."""

    AUTH = "auth"
    """The key is missing, wrong, or not allowed to use this model."""
    QUOTA = "quota"
    """The account is out of credit."""
    RATE_LIMIT = "rate_limit"
    """Too many requests; the server may have named a wait."""
    OVERLOADED = "overloaded"
    """The server is up and has no room, or failed inside (5xx)."""
    CONTEXT_OVERFLOW = "context_overflow"
    """The conversation is longer than the model's window."""
    CONTENT_FILTER = "content_filter"
    """The provider refused the content."""
    REFUSED_PARAMETER = "refused_parameter"
    """The request has a parameter that this server or model does not take."""
    NETWORK = "network"
    """The server was not reached, or the connection broke: we never heard."""
    ENDED_EARLY = "ended_early"
    """The stream ended without its end: what came may not be the whole answer."""
    STALLED = "stalled"
    """The connection stands and nothing comes."""
    BAD_RESPONSE = "bad_response"
    """The server answered something that is not its protocol."""
    INVALID_OUTPUT = "invalid_output"
    """The model wrote what its server could not read as an answer: a tool call that is none."""
    EMPTY = "empty"
    """The answer came whole, and has neither words nor calls."""
    INTERNAL = "internal"
    """A fault of our own, or of a library: the log has its traceback."""


_SENTENCES = {
    FailureKind.AUTH: "The model's server did not accept our key.",
    FailureKind.QUOTA: "The account with the model's provider is out of credit.",
    FailureKind.RATE_LIMIT: "The model's server asks us to slow down. Please try again in a while.",
    FailureKind.OVERLOADED: "The model's server is overloaded. Please try again in a while.",
    FailureKind.CONTEXT_OVERFLOW: "The conversation is too long for the model. /new starts afresh.",
    FailureKind.CONTENT_FILTER: "The provider's content filter refused this answer.",
    FailureKind.REFUSED_PARAMETER: (
        "The model's server rejected the request (check the model's name and its parameters)."
    ),
    FailureKind.NETWORK: "The model's server could not be reached.",
    FailureKind.ENDED_EARLY: "The model's answer broke off.",
    FailureKind.STALLED: "The model stopped sending.",
    FailureKind.BAD_RESPONSE: "The model's server answered something we cannot read.",
    FailureKind.INVALID_OUTPUT: "The model made a mistake in its answer. Please try again.",
    FailureKind.EMPTY: "The model had nothing to say to that; please put it in other words.",
    FailureKind.INTERNAL: "Something went wrong on our side. Please try again.",
}


class ProviderError(TickertapeError):
    """A model's server said no, or was not heard.

    A `sentence` of one's own stands in for that of its kind.

    `str()` gives the operator's view (kind, status, the server's words); `sentence` is for the
    person in the chat and holds nothing of what the server wrote.
    """

    def __init__(
        self,
        kind: FailureKind,
        detail: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
        retry_at: float | None = None,
        sentence: str = "",
    ) -> None:
        super().__init__(kind, detail)
        self._sentence = sentence
        self.kind = kind
        """Which rule applies."""
        self.detail = detail
        """The server's own words, shortened; without secrets."""
        self.status = status
        """The HTTP status, where there was one."""
        self.retry_after = retry_after
        """Seconds to wait, where the server named them."""
        self.retry_at = retry_at
        """The moment up to which to wait, in seconds since the epoch, where the server named that
        instead, as long as no one with a clock has made `retry_after` of it."""

    @property
    def sentence(self) -> str:
        """One clear sentence for the reader."""
        return self._sentence or _SENTENCES[self.kind]

    def __str__(self) -> str:
        status = f" (HTTP {self.status})" if self.status is not None else ""
        return f"{self.kind}{status}: {self.detail}"


def did_you_mean(given: object, names: Iterable[str]) -> str:
    """Return the end of what is allowed: the name that `given` is close to; empty if none is."""
    import difflib  # noqa: PLC0415 - only for an error

    if not isinstance(given, str):
        return ""
    near = difflib.get_close_matches(given, names, n=1, cutoff=0.7)
    return "".join(f"; did you mean {name}?" for name in near)
