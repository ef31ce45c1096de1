"""What a configuration can name: channels, tools, agents, speech engines; ours and other packages'.

    plugin = find(Group.SPEECH, "piper", key="speech.engine")   # nothing is imported yet
    open_engine = plugin.load(key="speech.engine")

Other packages offer theirs as entry points (`docs/plugins.md`); ours are entry points, too, of the
same groups. They also stand in `OWN`, so that they are found in a source tree that is not
installed, and so that no program which uses only ours reads the metadata of every package there is.
A test holds `OWN` and `pyproject.toml` together.

Looking for a name imports nothing, so a package that is broken does no harm until its plugin
is used; then the error says whose it is.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from tickertape.errors import ConfigError, did_you_mean

if TYPE_CHECKING:
    from importlib.metadata import Distribution

__all__ = ["OWN", "Group", "Plugin", "find", "offered"]

_DISTRIBUTION: Final = "tickertape"


class Group(StrEnum):
    """The groups of entry points, each with what an entry has to be."""

    CHANNELS = "tickertape.channels"
    """Called with `name=` and the channel's settings by keyword; returns a `ports.Channel`, which
    is closed by `aclose()` where it has that."""
    TOOLS = "tickertape.tools"
    """A function with type hints and a docstring, or a `ports.Tool`."""
    AGENTS = "tickertape.agents"
    """Under a name without dots: an agent, in any form that `--agent` takes. Under the full name
    of a class: called with an object of that class, returns a `ports.Agent`."""
    SPEECH = "tickertape.speech"
    """Called with a `speech.ports.SpeechSettings`; returns a `speech.ports.Engine`."""


_KINDS: Final[Mapping[Group, str]] = {
    Group.CHANNELS: "channel",
    Group.TOOLS: "tool",
    Group.AGENTS: "agent",
    Group.SPEECH: "speech engine",
}


@dataclass(frozen=True, slots=True)
class Plugin:
    """Something that can be named, and is not imported yet."""

    group: Group
    """What it is."""
    name: str
    """What a configuration calls it."""
    target: str
    """Where it is, as `module:object`."""
    package: str = _DISTRIBUTION
    """Who offers it: the name of the package, and its version."""
    extra: str = ""
    """Which of our extras brings what it needs; empty: none, or the package is not ours."""

    def load(self, *, key: str) -> object:
        """Import it and return the object.

        Args:
            key: the setting that named it, for the error.

        Raises:
            ConfigError: when it cannot be imported; says whose it is, why, and what to install.
        """
        module_name, _, names = self.target.partition(":")
        try:
            found: object = importlib.import_module(module_name)
            for name in filter(None, names.split(".")):
                found = getattr(found, name)
        except (Exception, SystemExit) as error:
            raise ConfigError(key, self.name, self._cure(error)) from error
        return found

    def _cure(self, error: BaseException) -> str:
        """Return what may stand there instead, as a phrase that names the cause."""
        kind = _KINDS[self.group]
        if isinstance(error, ModuleNotFoundError) and self.extra:
            install = f"pip install '{_DISTRIBUTION}[{self.extra}]'"
            return f"a {kind} whose libraries are installed; {error.name} is not: {install}"
        words = " ".join(f"{type(error).__name__}: {error}".split())
        words = words if len(words) <= 200 else f"{words[:199]}…"
        return f"a {kind} that can be imported; {self.target} of {self.package} fails: {words}"


def _ours(group: Group, extra: str, targets: Mapping[str, str]) -> dict[str, Plugin]:
    return {
        name: Plugin(group, name, f"tickertape.{target}", extra=extra)
        for name, target in targets.items()
    }


_TELEGRAM = {"telegram": "channels.telegram.transport:TelegramTransport.open"}
_MATRIX = {"matrix": "channels.matrix.transport:MatrixChannel.open"}
_TOOLS = {
    "current_time": "tools.builtin:current_time",
    "calculate": "tools.builtin:calculate",
}
_LANGCHAIN = {
    "langchain_core.runnables.base.Runnable": "adapters.langchain:RunnableAgent",
    "langgraph.pregel.main.Pregel": "adapters.langchain:LangGraphAgent",
}
_OPENAI_AGENTS = {"agents.agent.Agent": "adapters.openai_agents:OpenAIAgentsAgent"}
_PYDANTIC_AI = {"pydantic_ai.agent.abstract.AbstractAgent": "adapters.pydantic_ai:PydanticAIAgent"}

OWN: Final[Mapping[Group, Mapping[str, Plugin]]] = {
    Group.CHANNELS: (
        _ours(Group.CHANNELS, "telegram", _TELEGRAM) | _ours(Group.CHANNELS, "matrix", _MATRIX)
    ),
    Group.TOOLS: _ours(Group.TOOLS, "", _TOOLS),
    Group.AGENTS: (
        _ours(Group.AGENTS, "langchain", _LANGCHAIN)
        | _ours(Group.AGENTS, "openai-agents", _OPENAI_AGENTS)
        | _ours(Group.AGENTS, "pydantic-ai", _PYDANTIC_AI)
    ),
    Group.SPEECH: (
        _ours(Group.SPEECH, "", {"espeak": "speech.engines.espeak:open_espeak"})
        | _ours(Group.SPEECH, "piper", {"piper": "speech.engines.piper:open_piper"})
        | _ours(Group.SPEECH, "speech", {"openai": "speech.engines.remote:open_remote"})
    ),
}
"""What this package offers, by group and name: the same as its entry points."""


def find(group: Group, name: str, *, key: str) -> Plugin:
    """Return what `name` means in `group`; a name of ours always means ours.

    Args:
        group: what it must be.
        name: what the configuration says.
        key: the setting that says it, for the error.

    Raises:
        ConfigError: when nothing, or more than one package, offers it; says what there is.
    """
    if (own := OWN[group].get(name)) is not None:
        return own
    installed = _installed(tuple(sys.path))
    found = installed.plugins.get((group, name), ())
    if len(found) == 1:
        return found[0]
    kind = _KINDS[group]
    if found:
        packages = " and ".join(plugin.package for plugin in found)
        raise ConfigError(key, name, f"a {kind} of one package; {packages} offer it: remove one")
    names = sorted(name for name in offered(group) if "." not in name)
    allowed = f"one of the {kind}s {', '.join(names)}" if names else f"an installed {kind}"
    allowed += did_you_mean(name, names)
    for package, why in installed.unreadable:
        allowed += f"; what {package} offers cannot be read: {why}"
    raise ConfigError(key, name, allowed)


def offered(group: Group) -> Mapping[str, Plugin]:
    """Return what can be named in `group`, by its name; where two offer a name, the first one."""
    others = _installed(tuple(sys.path)).plugins
    found = {name: plugins[0] for (of, name), plugins in others.items() if of is group}
    return {**found, **OWN[group]}


@dataclass(frozen=True, slots=True)
class _Installed:
    """What other packages offer."""

    plugins: Mapping[tuple[Group, str], tuple[Plugin, ...]]
    """By group and name; more than one where packages are at odds."""
    unreadable: tuple[tuple[str, str], ...]
    """Packages whose entry points cannot be read, each with why not."""


@lru_cache(maxsize=1)
def _installed(path: tuple[str, ...]) -> _Installed:
    """Read the entry points of all packages, once for each `sys.path`: it takes milliseconds."""
    from importlib import metadata  # noqa: PLC0415 - 20 ms, and only for what is not ours

    plugins: dict[tuple[Group, str], tuple[Plugin, ...]] = {}
    unreadable: list[tuple[str, str]] = []
    seen = {_DISTRIBUTION}  # and whatever stands behind another version of itself
    for distribution in metadata.distributions(path=list(path)):
        package = "a package"
        try:
            # Most packages have nothing for us: their metadata is not parsed.
            if "[tickertape." not in (distribution.read_text("entry_points.txt") or ""):
                continue
            package = distribution.metadata["Name"]
            found = () if package in seen else tuple(_plugins_of(distribution, package))
        except Exception as error:  # noqa: BLE001 - a broken file of another package; told when used
            unreadable.append((package, f"{type(error).__name__}: {error}"))
            continue
        seen.add(package)
        for plugin in found:
            at = plugin.group, plugin.name
            plugins[at] = (*plugins.get(at, ()), plugin)
    return _Installed(plugins, tuple(unreadable))


def _plugins_of(distribution: Distribution, package: str) -> Iterator[Plugin]:
    groups = {group.value: group for group in Group}
    for entry in distribution.entry_points:
        if entry.group in groups:
            target, owner = f"{entry.module}:{entry.attr}", f"{package} {distribution.version}"
            yield Plugin(groups[entry.group], entry.name, target, owner)
