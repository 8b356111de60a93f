"""The forms in which a secret may turn up in a text, and the parts that a parser may take it apart into."""

import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from urllib.parse import quote, quote_plus, unquote, unquote_plus

SHORTEST = 4
"""A shorter text would be found in every other word."""

_DELIMITERS = re.compile(r"[#/?@:&=;,|<>()\[\]{}\s'\"\\]+")
"""Where parsers of URLs, connection strings and headers cut."""


def forms(secret: str) -> Iterator[str]:
    """Yield the secret as it is and as URLs, JSON, Python and headers write it, each of four characters or more."""
    for plain in {secret, unquote(secret), unquote_plus(secret)}:
        yield from (
            form
            for form in (
                plain,
                quote(plain, errors="replace"),
                quote(plain, safe="", errors="replace"),
                quote_plus(plain, errors="replace"),
                json.dumps(plain)[1:-1],
                json.dumps(plain, ensure_ascii=False)[1:-1],
                repr(plain)[1:-1],
                *_in_bytes(plain),
            )
            if len(form) >= SHORTEST
        )


def parts(secret: str) -> Iterator[str]:
    """Yield what is left of a secret, and of each of its forms, between delimiters; of four characters or more."""
    for plain in {secret, unquote(secret)}:
        yield from (part for part in _DELIMITERS.split(plain) if len(part) >= SHORTEST)


def _in_bytes(plain: str) -> Iterator[str]:
    """Yield how it looks in base64, and in a header that is read as Latin-1."""
    for encoding in ("utf-8", "latin-1"):
        encoded = plain.encode(encoding, "surrogatepass" if encoding == "utf-8" else "replace")
        yield b64encode(encoded).decode().rstrip("=")
        yield urlsafe_b64encode(encoded).decode().rstrip("=")
        yield encoded.decode("latin-1")
