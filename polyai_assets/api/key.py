"""The key: into one header, and out of everything else."""

import string

from pydantic import SecretStr
from requests import PreparedRequest
from requests.auth import AuthBase

from polyai_assets.api.errors import InvalidKey
from polyai_assets.machine.secrets import SECRETS, masked


class KeyHeader(AuthBase):
    """Puts the key into `x-api-key`. Being an `AuthBase` keeps requests from looking for a login in `.netrc`.

    Raises `InvalidKey`, without its value, for a key that cannot stand in a header: http.client would refuse
    it too, in an exception that prints it.
    """

    def __init__(self, secret: SecretStr, *, source: str, project: str) -> None:
        fault = _fault(secret.get_secret_value())
        if fault:
            raise InvalidKey(f"The key in {source} for {project} {fault}. Set it again as PolyAI issued it.")
        self._secret = secret
        SECRETS.keep(secret.get_secret_value())

    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        """Sign a request."""
        r.headers["x-api-key"] = self._secret.get_secret_value()
        return r

    def redact(self, text: str) -> str:
        """Return `text` without the key, should a server echo it in any form, and without any other secret."""
        return masked(text)


def _fault(value: str) -> str | None:
    if not value:
        return "is empty"
    if any(character in "\r\n" for character in value):
        return "holds a line break (a file's last line often ends in one)"
    if value != value.strip(string.whitespace):
        return "begins or ends with a space"
    if any(ord(character) > 255 or not character.isprintable() for character in value):
        return "holds a character that cannot stand in an HTTP header"
    return None
