"""An alert's text for mails in HTML: line by line as it is, long lines wrapped, links to click on."""

import html
import re

_LINK = re.compile(r"https?://[^\s&]+(?:&amp;[^\s&]+)*")


def as_html(text: str) -> str:
    """Write plain text as HTML; a library would keep a line from ever being wrapped."""
    return "<br/>\n".join(map(_line, text.splitlines()))


def _line(line: str) -> str:
    words = line.lstrip(" ")
    linked = _LINK.sub(lambda found: f'<a href="{found[0]}">{found[0]}</a>', html.escape(words, quote=False))
    return "&nbsp;" * (len(line) - len(words)) + linked
