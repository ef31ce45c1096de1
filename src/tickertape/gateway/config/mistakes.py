"""Errors of a configuration file: one line for its first mistake, purely."""

from __future__ import annotations

import re
import typing

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from tickertape.delivery.streaming import StreamingConfig
from tickertape.errors import ConfigError, did_you_mean
from tickertape.gateway.config.channel_types import TELEGRAM, channel_type
from tickertape.gateway.config.command_config import ALLOWED as COMMANDS
from tickertape.gateway.config.fields import section_in
from tickertape.gateway.config.gateway_config import GatewayConfig
from tickertape.gateway.config.refusals import Unshown, dotted, refusal

__all__ = ["first_mistake", "keys_of"]

_ADDRESS = "an http:// or https:// address without user, password, query or fragment"
_VARIABLE = "the NAME of an environment variable, in capitals"
_HEADERS = f"names of headers, each with {_VARIABLE}: {{X-Account: ACCOUNT_ID}}"
_IDS = 'a list of ids other than 0: [123456789, "matrix:@ann:example.org"]'
_KEY = f'{_VARIABLE} (MODEL_KEY), or ""'
_MODEL = "the name of a model, 1 to 200 characters in one line"
_TIME = "a number of seconds above 0, up to 86400"
_SECONDS = f"{_TIME}, or null"
_ALLOWED = {
    "models": "names for models, 1 to 32 of a-z, 0-9, dot, _ and -, each with a section of its own",
    "models.*": "a mapping with the keys that the section provider has, but for system_prompt",
    "models.*.protocol": "chat_completions, responses or messages",
    "models.*.base_url": _ADDRESS,
    "models.*.model": _MODEL,
    "models.*.api_key_env": _KEY,
    "models.*.headers_env": _HEADERS,
    "models.*.context_window": "a whole number of tokens from 1000 to 100000000",
    "models.*.max_tokens": "a whole number of tokens from 1, or null",
    "models.*.parameters": "a mapping with names and what JSON can hold",
    "models.*.first_byte_timeout": _SECONDS,
    "models.*.idle_timeout": _SECONDS,
    "models.*.price_per_million": (
        "null, or {input: 0.25, output: 2, cached_input: 0.025}: numbers in any one currency, for "
        "a million tokens; cached_input may be left out"
    ),
    "provider.system_prompt": "a text",
    "fallback": "a list of names of models: [clever]",
    "tools.builtin": "a list of names of tools: [current_time, calculate]",
    "tools.functions": "a list of functions as module:function",
    "tools.mcp": "names of servers, 1 to 32 letters, digits, _ and -, each with a section",
    "tools.mcp.*": "either command (args, env, env_from, cwd) or url (headers_env)",
    "tools.mcp.*.command": "the name or the path of a program",
    "tools.mcp.*.args": "a list of texts",
    "tools.mcp.*.env": "names of variables, each with its value as a text",
    "tools.mcp.*.env_from": "a list of NAMES of environment variables, in capitals",
    "tools.mcp.*.cwd": "a folder",
    "tools.mcp.*.url": _ADDRESS,
    "tools.mcp.*.headers_env": _HEADERS,
    "tools.max_steps": "a whole number from 1 to 100",
    "tools.timeout": _TIME,
    **{f"telegram.{key}": said for key, said in channel_type(TELEGRAM).allowed.items()},
    "access.allow": _IDS,
    "access.admins": _IDS,
    "access.groups": _IDS,
    "access.pairing": "true or false",
    "gateway.queue": "queue, collect, steer or interrupt",
    "gateway.together": "a number of seconds from 0 to 5",
    "speech.engine": "off, or the name of an engine: espeak, piper, openai",
    "speech.voice": "a text",
    "speech.base_url": _ADDRESS,
    "speech.model": _MODEL,
    "speech.api_key_env": _KEY,
    "speech.always": "true or false",
    "speech.longest": _TIME,
    **COMMANDS,
    "storage.url": "a database's address for SQLAlchemy: sqlite+aiosqlite:///tickertape.db",
    "http.listen": 'an address to listen on: 127.0.0.1:8080, or "" for none',
    "http.token_env": f'{_VARIABLE} (METRICS_TOKEN), or ""',
    "opentelemetry.enabled": "true or false",
    "opentelemetry.content": "true or false",
    "log.level": "debug, info, warning or error",
    "log.format": "text or json",
}
# A location that ends so is about the key of a mapping, not about its value (pydantic-core 2).
_OF_A_KEY = "[key]"
# Values of these are never repeated: what a program is given may be a secret under any name.
_SECRETIVE = re.compile(r"tools\.mcp\..+\.(env\.|args\[)|commands\..+\.program\[|\.parameters\.")

_Location = tuple[int | str, ...]


def first_mistake(error: ErrorDetails) -> ConfigError:
    """Return the refusal of an error that pydantic found: key, value, and allowed values."""
    location = error["loc"]
    if location[-1:] == (_OF_A_KEY,):
        return refusal(dotted(location[:-2]), error["input"], _allowed(location[:-2]))
    if error["type"] in {"extra_forbidden", "invalid_key"}:
        names = location[:-1] if error["type"] == "extra_forbidden" else location[:1]
        section = tuple(str(name) for name in names if str(name) in GatewayConfig.model_fields)
        section = tuple(map(str, names)) if section else ()
        key = dotted(location[: len(section) + 1])
        keys = keys_of(section)
        near = did_you_mean(location[len(section)], keys.split(", "))
        return refusal(key, error["input"], f"one of the keys {keys}{near}")
    key = dotted(location)
    if _SECRETIVE.search(key):
        return ConfigError(
            key, Unshown("not repeated here: it may be a secret"), _allowed(location)
        )
    if error["type"] == "missing":
        return ConfigError(key, Unshown("missing"), _allowed(location))
    return refusal(key, error["input"], _allowed(location))


def keys_of(section: tuple[str, ...]) -> str:
    """Return the keys of a section, joined by commas; () is the whole file."""
    if section == ("streaming",):
        return ", ".join(StreamingConfig().to_dict())
    return ", ".join(_model_at(section).model_fields)


def _model_at(section: tuple[str, ...]) -> type[BaseModel]:
    """Return the type of a section; of a value of a mapping, whatever its name is."""
    model: type[BaseModel] = GatewayConfig
    names = iter(section)
    for name in names:
        found = model.model_fields[name].annotation
        if typing.get_origin(found) is dict:
            next(names, None)
            found = typing.get_args(found)[1]
        within = section_in(found)
        if within is None:
            return model
        model = within
    return model


def _allowed(location: _Location) -> str:
    names = [str(part) for part in location]
    if names[0] == "provider" and names[1:] not in ([], ["system_prompt"]):
        names = ["models", "*", *names[1:]]
    elif names[0] in {"models", "commands"}:
        names[1:2] = ["*"] * len(names[1:2])
    elif names[:2] == ["tools", "mcp"]:
        names[2:3] = ["*"] * len(names[2:3])
    for end in range(len(names), 0, -1):
        if allowed := _ALLOWED.get(".".join(names[:end])):
            return allowed
    return "a mapping with the keys " + keys_of((str(location[0]),))
