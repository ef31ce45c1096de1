"""Check the links of a built site: `make docs` does, after the strict build.

The builder checks links between pages as they are written. Here are those that it made itself:
of the API's names, of the navigation, and of pictures. Addresses of other sites are not asked.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

__all__ = ["broken_links"]


@dataclass
class Page(HTMLParser):
    """The links and the anchors of a page."""

    links: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag leads to, and what leads to it."""
        told = dict(attrs)
        self.anchors |= {value for key in ("id", "name") if (value := told.get(key))}
        link = told.get("src") or (told.get("href") if tag in {"a", "link"} else None)
        if link:
            self.links.append(link)


def read(path: Path) -> Page:
    """Return a page."""
    page = Page()
    page.feed(path.read_text("utf-8"))
    return page


def broken_links(site: Path) -> Iterator[str]:
    """Yield each link that leads nowhere, with the page it is on.

    Args:
        site: the folder that was built.
    """
    pages = {path.resolve(): read(path) for path in sorted(site.rglob("*.html"))}
    for path, page in pages.items():
        if path.name == "404.html":  # served at any address: its links are absolute
            continue
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            anchor = unquote(parts.fragment)
            if not target.exists():
                yield f"{path.relative_to(site.resolve())}: {link}"
            elif anchor and target in pages and anchor not in pages[target].anchors:
                yield f"{path.relative_to(site.resolve())}: {link} (no such heading)"


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    broken = list(broken_links(folder))
    for line in broken:
        print(line, file=sys.stderr)
    print(f"{len(list(folder.rglob('*.html')))} pages, {len(broken)} broken links")
    sys.exit(1 if broken else 0)
