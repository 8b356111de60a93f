"""Reading a page as a program does: its tables, texts and references."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any


@dataclass
class PageReader(HTMLParser):
    """What a page has: tables by caption, tags, ids, attributes, and its text."""

    tables: dict[str, list[list[str]]] = field(default_factory=dict)
    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._caption: str | None = None
        self._rows: list[list[str]] = []
        self._into, self._before = "", ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "table":
            self._rows, self._caption = [], ""
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("td", "th"):
            self._rows[-1].append("")
            self._into = "cell"
        elif tag in ("caption", "sup", "style"):
            self._before, self._into = self._into, tag

    handle_startendtag = handle_starttag

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self.tables[self._caption or ""] = self._rows
        elif tag == "sup":
            self._into = self._before
        elif tag in ("td", "th", "caption", "style"):
            self._into = ""

    def handle_data(self, data: str) -> None:
        if self._into == "cell" and self._rows:
            self._rows[-1][-1] += data
        elif self._into == "caption":
            self._caption = (self._caption or "") + data
        if self._into != "style":
            self.text += data


def read_page(html: str) -> PageReader:
    reader = PageReader()
    reader.feed(html)
    return reader
