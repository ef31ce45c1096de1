"""The sections of the operator's file, as typed values, purely. Their keys are stable.

A value that may be a secret (for example a key that was pasted in place of a variable's name) is
never repeated in a refusal; see `tickertape.gateway.config.refusals`.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    Field,
    JsonValue,
    StringConstraints,
    model_validator,
)

from tickertape.gateway.config.fields import (
    FunctionPath,
    Id,
    Section,
    VariableName,
    VariableNameOrNone,
    WebAddress,
    without_none,
)
from tickertape.gateway.config.watch_sections import PriceConfig
from tickertape.gateway.settings import QueueMode
from tickertape.speech.ports import SpeechSettings

__all__ = [
    "AccessConfig",
    "McpConfig",
    "ModelConfig",
    "ProviderConfig",
    "SpeechConfig",
    "StorageConfig",
    "ToolsConfig",
]

# What a header's name may consist of (RFC 9110, 5.6.2, "token").
_HEADER = r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$"

# Engines that ask no server, and get no key.
_WITHOUT_SERVER = frozenset({"off", "espeak", "piper"})


# The beginning of a database's address as SQLAlchemy reads it (`sqlalchemy.engine.url`, 2.0): a
# driver, a user with a password, in which everything but @ may stand, a host, a port.
_DATABASE = re.compile(
    r"[a-z][a-z0-9_]*(?:\+[a-z][a-z0-9_]*)?://"
    r"(?:[^:/]*(?::[^@]*)?@)?(?:\[[^/?]+\]|[^/:?]*)(?::(?P<port>[^/?]*))?"
)
_LAST_PORT = 65_535


def _database_address(text: str) -> str:
    """Return a text that has the form of a database's address.

    Raises:
        ValueError: for any other.
    """
    found = _DATABASE.match(text)
    if found is None or int(found["port"] or 0) not in range(_LAST_PORT + 1):
        raise ValueError(text)
    return text


_HeaderName = Annotated[str, StringConstraints(pattern=_HEADER)]
_PluginName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
_ServerName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,32}$")]
_Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]


class ModelConfig(Section):
    """A model that can answer."""

    protocol: Literal["chat_completions", "responses", "messages"] = "chat_completions"
    """The wire protocol of the model's server."""
    base_url: WebAddress = "https://api.openai.com/v1"
    """The address of the server, as the vendor's SDK takes it."""
    model: Annotated[str, StringConstraints(pattern=r"^[^\r\n]{1,200}$")] = "gpt-5-mini"
    """The model's name, as its server knows it."""
    api_key_env: VariableNameOrNone = "OPENAI_API_KEY"
    """The name of the environment variable that holds the key; empty if none is needed."""
    headers_env: dict[_HeaderName, VariableName] = Field(default_factory=dict)
    """More headers of each request: their names, each with the variable that holds its value."""
    context_window: Annotated[int, Field(ge=1_000, le=100_000_000)] = 32_768
    """Tokens that the model can read and write in one request."""
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    """The most tokens of an answer; None leaves it to the server."""
    parameters: dict[str, JsonValue] = Field(default_factory=dict)
    """More fields of each request, sent as they are."""
    first_byte_timeout: _Seconds | None = None
    """Seconds from a request to the first byte of its answer; None suits the server."""
    idle_timeout: _Seconds | None = None
    """Seconds that may pass without a byte after that; None suits the server."""
    price_per_million: PriceConfig | None = None
    """What its tokens cost; None: that is not known."""


class ProviderConfig(ModelConfig):
    """The model that answers in chats that chose none."""

    system_prompt: str = "You are a helpful assistant in a chat. Answer briefly."
    """The instructions of every model, before every conversation; empty for none."""


class McpConfig(Section):
    """A server of tools: a program that is started here, or an address."""

    command: Annotated[str, StringConstraints(min_length=1)] | None = None
    """The program; None if the server is at an address."""
    args: tuple[str, ...] = Field(default=(), strict=False)
    """The program's arguments."""
    env: dict[str, str] = Field(default_factory=dict)
    """Variables that the program gets, with their values."""
    env_from: tuple[VariableName, ...] = Field(default=(), strict=False)
    """Names of our own variables that the program gets too."""
    cwd: Annotated[str, StringConstraints(min_length=1)] | None = None
    """The folder in which the program runs; None: ours."""
    url: WebAddress | None = None
    """The server's address; None if a program is started."""
    headers_env: dict[_HeaderName, VariableName] = Field(default_factory=dict)
    """Headers of each request: their names, each with the variable that holds its value."""

    @model_validator(mode="after")
    def _is_one_of_both(self) -> McpConfig:
        local = bool(self.args or self.env or self.env_from or self.cwd)
        if (self.command is None) == (self.url is None):
            raise ValueError
        if (self.url is not None and local) or (self.command is not None and self.headers_env):
            raise ValueError
        return self


class ToolsConfig(Section):
    """The tools that models may call."""

    builtin: tuple[_PluginName, ...] = Field(default=("current_time", "calculate"), strict=False)
    """Tools by their names: those of Tickertape, and of packages that are installed."""
    functions: tuple[FunctionPath, ...] = Field(default=(), strict=False)
    """Python functions, as `module:function`."""
    mcp: dict[_ServerName, McpConfig] = Field(default_factory=dict)
    """Servers of tools, by a name of their own."""
    max_steps: Annotated[int, Field(ge=1, le=100)] = 8
    """Requests to a model for one answer, at most: each round of tool calls costs one."""
    timeout: _Seconds = 60.0
    """Seconds that a call may take."""

    @model_validator(mode="before")
    @classmethod
    def _empty_keys_are_defaults(cls, values: object) -> object:
        return without_none(values)


class AccessConfig(Section):
    """The people who are answered."""

    allow: Annotated[tuple[Id, ...], Field(strict=False)] = ()
    """Ids of persons and, for posts without a sender, of chats, as texts; see `Access.allow`."""
    admins: Annotated[tuple[Id, ...], Field(strict=False)] = ()
    """Ids of persons who are answered, and decide about others."""
    groups: Annotated[tuple[Id, ...], Field(strict=False)] = ()
    """Ids of groups and channels in which everyone is answered."""
    pairing: bool = False
    """Whether a stranger who writes in private gets a code, with which they can be let in."""


class QueueConfig(Section):
    """What becomes of messages that come before others are answered."""

    queue: QueueMode = "queue"
    """What becomes of messages that come while an answer is written, in chats that did not
    choose."""
    together: Annotated[float, Field(ge=0, le=5, allow_inf_nan=False)] = 0.3
    """Seconds within which the messages of one person are answered together; 0: none are."""


class SpeechConfig(Section):
    """How answers become voice notes, in chats that chose that."""

    engine: _PluginName = "off"
    """The engine: none (`off`), espeak-ng, Piper, a server with OpenAI's `/v1/audio/speech`, or one
    of a package that is installed."""
    voice: str = ""
    """Its voice: espeak-ng's name for it, the path of Piper's `.onnx` file, the server's name for
    it; empty: the engine's own, but for Piper, which has none."""
    base_url: WebAddress = "https://api.openai.com/v1"
    """The server's address."""
    model: Annotated[str, StringConstraints(pattern=r"^[^\r\n]{1,200}$")] = "gpt-4o-mini-tts"
    """The server's model."""
    api_key_env: VariableNameOrNone = "OPENAI_API_KEY"
    """The name of the environment variable that holds the server's key; empty: none is needed."""
    always: bool = False
    """Whether voice notes follow answers in chats that did not choose."""
    longest: _Seconds = 900.0
    """Seconds of the longest voice note; a longer answer is cut at a sentence."""

    @property
    def key_env(self) -> str:
        """The name of the variable that holds the engine's key; empty if it gets none."""
        return "" if self.engine in _WITHOUT_SERVER else self._told("api_key_env")

    def settings(self, api_key: str) -> SpeechSettings:
        """Return the engine's settings; `api_key` is the value of `key_env`."""
        return SpeechSettings(self.voice, self._told("base_url"), self._told("model"), api_key)

    def _told(self, name: str) -> str:
        """Return a setting of the server; its default is OpenAI's, and for that engine alone."""
        value = str(getattr(self, name))
        is_ours = self.engine == "openai" or value != SpeechConfig.model_fields[name].default
        return value if is_ours else ""


class StorageConfig(Section):
    """The database of conversations."""

    url: Annotated[str, AfterValidator(_database_address)] = "sqlite+aiosqlite:///tickertape.db"
    """The database's address, as SQLAlchemy takes it."""
