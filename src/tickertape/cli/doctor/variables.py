"""Judges the environment variables that a configuration names, purely. No value is repeated."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from tickertape.cli.doctor.findings import Finding, Level, error, ok, skipped, warning
from tickertape.gateway.config.channel_types import Form
from tickertape.gateway.config.gateway_config import GatewayConfig
from tickertape.gateway.config.variables import named_variables

__all__ = ["findings_of", "usable"]

_QUOTES: Final = ("'", '"', "‘", "’", "“", "”", "`")


def findings_of(
    config: GatewayConfig,
    environ: Mapping[str, str],
    unsure: Collection[str] = (),
    *,
    own_agent: bool,
) -> Iterator[Finding]:
    """Yield a finding for each variable that cannot be used, and one for all others.

    Args:
        config: names the variables.
        environ: the variables.
        unsure: sections whose variables are left out: it is not known which they name.
        own_agent: whether an agent of the operator's answers, which needs no model's key.
    """
    keys = _keys(config, unsure, own_agent=own_agent)
    forms = _forms(config)
    good = 0
    for name, named_by in keys.items():
        finding = _judged(name, ", ".join(named_by), environ.get(name), forms.get(name))
        if finding is None:
            good += 1
        else:
            yield finding
    if good or not (keys or unsure):
        yield ok("variables", f"{good} of {len(keys)} named variables can be used")
    if unsure:
        yield skipped("variables", f"those of {', '.join(sorted(unsure))} are not checked")


def usable(config: GatewayConfig, environ: Mapping[str, str], *, own_agent: bool) -> dict[str, str]:
    """Return the values of those that can be used, as the gateway would use them."""
    forms = _forms(config)
    found = {}
    for name in _keys(config, (), own_agent=own_agent):
        finding = _judged(name, "", environ.get(name), forms.get(name))
        if finding is None or finding.level is not Level.ERROR:
            found[name] = environ.get(name, "").strip()
    return found


def _keys(
    config: GatewayConfig, unsure: Collection[str], *, own_agent: bool
) -> dict[str, list[str]]:
    """Return the keys that name a variable, by its name."""
    keys = defaultdict[str, list[str]](list)
    for key, name in named_variables(config, own_agent=own_agent):
        if key.partition(".")[0] not in unsure:
            keys[name].append(key)
    return dict(keys)


def _forms(config: GatewayConfig) -> dict[str, Form]:
    """Return the forms that values must have, by the variables' names."""
    return {
        variable: channel.kind.secrets[key]
        for channel in config.all_channels.values()
        for key, variable in channel.variables
        if key in channel.kind.secrets
    }


def _judged(name: str, keys: str, value: str | None, form: Form | None) -> Finding | None:
    """Return what is wrong with a variable; None if nothing is."""
    subject = f"variable {name}"
    if value is None:
        cure = f"Set it before the start (it is named by {keys})."
        return error(subject, "is not set", cure)
    bare = value.strip()
    if not bare:
        return error(subject, "is empty", f"Give it a value (it is named by {keys}).")
    if bare[0] in _QUOTES or bare[-1] in _QUOTES:
        cure = "Remove them: where no shell reads it, they belong to the value."
        return error(subject, "has quotation marks around its value", cure)
    if len(bare.splitlines()) > 1:
        return error(subject, "has several lines", "Set it to the value alone.")
    if not (bare.isascii() and bare.isprintable()):
        cure = "Copy the value again: it holds printable ASCII characters only."
        return error(subject, "has a character that no key has", cure)
    if form is not None and not form.pattern.fullmatch(bare):
        return error(subject, "does not have the right form", f"Set {form.allowed}.")
    if bare != value:
        return warning(subject, "has blanks or a line break around its value", "Remove them.")
    return None
