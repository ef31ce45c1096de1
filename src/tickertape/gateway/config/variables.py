"""Which environment variables a configuration names, and by which settings, purely."""

from __future__ import annotations

from collections.abc import Iterator

from tickertape.gateway.config.gateway_config import GatewayConfig, section_of

__all__ = ["named_variables", "variables_of_agent"]


def named_variables(config: GatewayConfig, *, own_agent: bool = False) -> Iterator[tuple[str, str]]:
    """Yield the key of each setting that names a variable, and the name.

    Args:
        config: names the variables.
        own_agent: whether an agent of the operator's answers: then those of models and tools are
            left out.
    """
    for name, channel in config.all_channels.items():
        section = config.section_of_channel(name)
        for key, variable in channel.variables:
            yield f"{section}.{key}", variable
    if not own_agent:
        yield from variables_of_agent(config)
    if config.speech.key_env:
        yield "speech.api_key_env", config.speech.key_env


def variables_of_agent(config: GatewayConfig) -> Iterator[tuple[str, str]]:
    """Yield the same for the settings of models and tools alone."""
    for model_name, model in config.all_models.items():
        section = section_of(model_name)
        if model.api_key_env:
            yield f"{section}.api_key_env", model.api_key_env
        for header, name in model.headers_env.items():
            yield f"{section}.headers_env.{header}", name
    for server_name, server in config.tools.mcp.items():
        section = f"tools.mcp.{server_name}"
        for header, name in server.headers_env.items():
            yield f"{section}.headers_env.{header}", name
        for number, name in enumerate(server.env_from):
            yield f"{section}.env_from[{number}]", name
