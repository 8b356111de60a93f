"""The recording of a conversation, on its way."""

from collections.abc import Iterator
from dataclasses import dataclass

from polyai_assets.api.arriving import Arriving
from polyai_assets.api.errors import MalformedAnswer, RecordingTooLarge, TruncatedBody
from polyai_assets.api.project import SizeBound
from polyai_assets.api.request import HttpRequest
from polyai_assets.api.retries import Deadline
from polyai_assets.api.transport import Transport

MOST_BYTES = 0x7FFF_0000
"""A recording of more is not taken: these are 37 hours of telephone sound (8,000 samples a second of 16 bit)."""

_HEAD = 8


@dataclass(frozen=True, kw_only=True)
class SavedRecording:
    """What was written to a file."""

    bytes: int
    sha256: str
    """In hex."""
    is_whole: bool
    """Whether HTTP proves that all of it came. Else the server hung up, and only the recording itself can tell."""
    content_type: str | None
    correlation_id: str | None


class RecordingStream:
    """Audio to be read once, while the connection is open."""

    def __init__(self, arriving: Arriving) -> None:
        self._arriving = arriving
        self.content_type = arriving.header("Content-Type")
        self.correlation_id = arriving.correlation_id
        self.length = arriving.length
        """Bytes as announced; None if the server does not say."""

    def chunks(self) -> Iterator[bytes]:
        """Yield the audio. Whoever takes all of it has all of it.

        Raises a `TransientError` if it breaks off: `TruncatedBody`, `TimedOut`, and `RecordingTooLarge`. What was
        written by then is to be thrown away. Where HTTP does not tell a whole body from a cut one, the size in the
        head of the WAV does.
        """
        head = b""
        for chunk in self._arriving.chunks():
            if len(head) < _HEAD:
                head += chunk[: _HEAD - len(head)]
            yield chunk
        size, least = self._arriving.size, 1 if self._arriving.ends_by_itself else _least_size(head)
        if size < least:
            raise self._arriving.located(
                TruncatedBody(f"The recording broke off: {size:,} bytes came, of {least:,} or more.")
            )

    def saved(self, sha256: str) -> SavedRecording:
        """Say what was read."""
        return SavedRecording(
            bytes=self._arriving.size,
            sha256=sha256,
            is_whole=self._arriving.ends_by_itself,
            content_type=self.content_type,
            correlation_id=self.correlation_id,
        )


def open_audio(transport: Transport, request: HttpRequest, deadline: Deadline) -> Arriving:
    """Fetch the head of a recording. Raises as `Transport.open`, and `MalformedAnswer` for a 200 that is text."""
    bound = SizeBound(
        bytes=MOST_BYTES,
        kind=RecordingTooLarge,
        message=f"The recording is larger than {MOST_BYTES:,} bytes, more than a day and a half of telephone sound, "
        "and is not kept. Ask PolyAI what is wrong with it.",
    )
    arriving = transport.open(request, deadline, bound=bound)
    kind = (arriving.header("Content-Type") or "").partition(";")[0].strip().lower()
    if kind.startswith("text/") or kind.endswith(("json", "xml")):
        with arriving:  # a login page, or an error that was sent as a success
            raise arriving.located(MalformedAnswer("The server sent text in place of audio."))
    return arriving


def known_length(announced: int) -> int | None:
    """Give a length that the head of a WAV announces; None where its writer did not know it.

    Such a writer leaves 0, or what is never corrected: 2 GB or 4 GB, less a few blocks or beyond. Nothing that long
    is a recording that we take.
    """
    return announced if 0 < announced < MOST_BYTES else None


def _least_size(head: bytes) -> int:
    size = known_length(int.from_bytes(head[4:], "little")) if head[:4] == b"RIFF" else None
    return _HEAD + (size or 0)
