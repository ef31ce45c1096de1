"""The folder of the user's templates: one YAML file for each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tickertape.cli.templates.template import PromptTemplate
from tickertape.errors import UsageError, did_you_mean

__all__ = ["TemplateFolder"]

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SUFFIX: Final = ".yaml"


class TemplateFolder:
    """Reads and writes templates."""

    def __init__(self, path: Path | None = None) -> None:
        """Choose the folder; it is made when something is written.

        Args:
            path: the folder; None: `templates` in the user's configuration folder.
        """
        if path is None:
            import platformdirs  # noqa: PLC0415

            path = platformdirs.user_config_path("tickertape", appauthor=False) / "templates"
        self.path = path
        """Where the files are."""

    def names(self) -> tuple[str, ...]:
        """Return the names of all templates, in order."""
        return tuple(sorted(file.stem for file in self.path.glob(f"*{_SUFFIX}")))

    def all(self) -> Mapping[str, PromptTemplate | str]:
        """Return all templates by their names; of one that cannot be used, why not."""
        found: dict[str, PromptTemplate | str] = {}
        for name in self.names():
            try:
                found[name] = self.read(name)
            except UsageError as error:
                found[name] = str(error)
        return found

    def file(self, name: str) -> Path:
        """Return the file of a template, which may not be there; a path is taken as it is.

        Raises:
            UsageError: when it is no name.
        """
        if "/" in name or name.endswith((_SUFFIX, ".yml")):
            return Path(name).expanduser()
        if not _NAME.fullmatch(name):
            raise UsageError(f"{name!r} cannot be the name of a template: letters, digits, . _ -")
        return self.path / f"{name}{_SUFFIX}"

    def read(self, name: str) -> PromptTemplate:
        """Return a template.

        Raises:
            ConfigError: when it is not there, or cannot be used.
        """
        return PromptTemplate.read(self.text(name), str(self.file(name)))

    def text(self, name: str) -> str:
        """Return the file of a template, as it stands.

        Raises:
            UsageError: when it is not there.
        """
        file = self.file(name)
        try:
            return file.read_text("utf-8")
        except FileNotFoundError:
            near = did_you_mean(name, self.names())
            told = f"no template {name!r} in {self.path}; `tickertape templates` lists them{near}"
            raise UsageError(told) from None
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{file} cannot be read ({type(error).__name__})") from None

    def write(self, name: str, template: PromptTemplate) -> Path:
        """Write a template, in place of one of its name; return its file.

        Raises:
            UsageError: when it cannot be written.
        """
        file = self.file(name)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(template.written(), "utf-8")
        except OSError as error:
            raise UsageError(f"{file} cannot be written: {error.strerror}") from None
        return file
