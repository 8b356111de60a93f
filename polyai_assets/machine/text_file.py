"""Text in files that people edit: UTF-8, as every program can save it, with or without a mark at its beginning."""

import codecs
from pathlib import Path

from polyai_assets.machine.actionable import Actionable

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class TextUnreadable(Actionable):
    """A file cannot be read as text. Says which, why and what to do."""


class NotUTF8(TextUnreadable):
    """Text in another encoding; `line`, counted from 1, is the first that shows it."""

    def __init__(self, line: int, name: str = "the text") -> None:
        self.line = line
        super().__init__(f"{name} is no text in UTF-8, as line {line} shows: save it as UTF-8.")


def decode_text(content: bytes, name: str = "the text") -> str:
    """Read the content of a file called `name`. Raises NotUTF8.

    UTF-16 of Latin letters would pass for UTF-8 in which every second character is NUL.
    """
    if content.startswith(_UTF_16) or content.count(0) * 4 > len(content):
        raise NotUTF8(1, name)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotUTF8(content.count(b"\n", 0, error.start) + 1, name) from None


def read_text(file: Path, name: str | None = None) -> str:
    """Read a file, which messages call `name`. Raises TextUnreadable, also where there is none."""
    shown = name or str(file)
    try:
        content = file.read_bytes()
    except IsADirectoryError:
        raise TextUnreadable(
            f"{shown} is a folder where a file must be: rename it, or put a text file in UTF-8 in its place."
        ) from None
    except OSError as error:
        raise TextUnreadable(
            f"{shown} cannot be read: {error.strerror or error}. It must be a text file in UTF-8 that this user may "
            "read."
        ) from None
    return decode_text(content, shown)
