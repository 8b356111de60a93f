"""Sealing the frames of a journal, piece by piece, so that each can be read without those before it.

    piece     12 bytes of nonce | encrypted | 16 bytes of tag

Frames are appended, cut off and written anew at the same place, so a nonce is random and no place. The key is derived
from the data key of the project: a journal is continued whatever the master key is by then.
"""

from secrets import token_bytes

from polyai_assets.privacy.sealing import NotSealed, cipher_for

_NONCE, _TAG = 12, 16


class PlainFrames:
    """Pieces of frames as they are, where the raw store is not encrypted."""

    overhead = 0
    """How many bytes a piece has more on disk."""

    def seal(self, piece: bytes) -> bytes:
        """Give a piece as it is to lie on disk."""
        return piece

    def open(self, sealed: bytes) -> bytes:
        """Give a piece of what lies on disk. Raises NotSealed."""
        return sealed


class SealedFrames(PlainFrames):
    """Pieces of frames that are encrypted by the data key of a project."""

    overhead = _NONCE + _TAG

    def __init__(self, data_key: bytes) -> None:
        self._cipher = cipher_for(data_key, b"journal")

    def seal(self, piece: bytes) -> bytes:
        """Encrypt a piece."""
        nonce = token_bytes(_NONCE)
        return nonce + self._cipher.encrypt(nonce, piece, None)

    def open(self, sealed: bytes) -> bytes:
        """Decrypt a piece; one that is not encrypted by this key is refused."""
        from cryptography.exceptions import InvalidTag

        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], None)
        except (InvalidTag, ValueError):  # the latter where it is too short to be one
            raise NotSealed(
                "what is on its way is not encrypted by the key of its project: fetch the day again"
            ) from None


PLAIN = PlainFrames()
