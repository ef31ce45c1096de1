"""`tickertape models`: the models that `-m` takes."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from tickertape.cli.agent_choice import choose_agent
from tickertape.cli.config_file import find_config, no_config
from tickertape.gateway.config.gateway_config import GatewayConfig
from tickertape.gateway.config.loading import load

__all__ = ["models"]


def models(config: Path | None) -> int:
    """Print the models, a line for each, the default first; return the exit code.

    Raises:
        ConfigError: when there is no configuration, or it cannot be used.
    """
    path = find_config(config, os.environ)
    if path is not None:
        found = load(path)
    elif (chosen := choose_agent(config=None, agent="", environ=os.environ)) is not None:
        found = chosen.config
    else:
        raise no_config()
    for line in _lines(found):
        print(line)
    return 0


def _lines(config: GatewayConfig) -> list[str]:
    names = config.all_models
    width = max(map(len, names))
    longest = max(len(model.model) for model in names.values())
    return [
        f"{name:<{width}}  {model.model:<{longest}}  {urlsplit(model.base_url).netloc}"
        for name, model in names.items()
    ]
