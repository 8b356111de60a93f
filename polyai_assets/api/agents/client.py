"""The Agents API of one project: its list, details and recordings out, annotations and notes in."""

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from typing import Any, BinaryIO

from polyai_assets.api.agents.answers import AgentsPage, read_detail, read_page
from polyai_assets.api.agents.endpoints import (
    audio_request,
    detail_request,
    list_request,
    path_part,
    write_request,
)
from polyai_assets.api.agents.newest_first import NewestFirst, Stop
from polyai_assets.api.agents.recording import RecordingStream, SavedRecording, open_audio
from polyai_assets.api.agents.writing import (
    Annotation,
    WriteReceipt,
    annotations_body,
    note_body,
    post,
    post_once,
)
from polyai_assets.api.caller import ApiClient
from polyai_assets.api.errors import InvalidQuery
from polyai_assets.api.page_size import MAX_LIMIT, PageSize
from polyai_assets.api.project import AgentsConnection
from polyai_assets.api.request import HttpRequest
from polyai_assets.api.retries import Deadline, logger

_LIMIT = 50


class AgentsClient(ApiClient):
    """Asks the Agents API for one project. A context manager; may be used by several threads at once.

    Every method raises a `PolyAIError` by what happened, after its retries: `TransientError` if it may pass,
    `PermanentError` if not. Methods that name a conversation raise `UnaddressableConversation` before any call,
    `ConversationNotFound` if the project has no such conversation, and `NotFound` if there is no such project.
    `sleep` and `clock` (seconds, monotonic) are there to be replaced in tests. Raises `InvalidKey` for a key that
    cannot stand in a header.
    """

    def __init__(
        self,
        connection: AgentsConnection,
        *,
        sleep: Callable[[float], Any] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(connection, sleep=sleep, clock=clock)
        self._connection = connection

    def list(self, limit: int = _LIMIT, offset: int = 0) -> AgentsPage:
        """Fetch one page of exactly this limit (from 1). Raises `InvalidQuery` before any call.

        Newest first (source: recordings of the API; its reference says nothing of the order).
        """
        if limit < 1 or offset < 0:
            raise InvalidQuery(f"limit is {limit} and offset {offset}; they must be at least 1 and 0.")
        return self._caller.retried(lambda deadline: self._fetch_page(limit, offset, deadline))

    def pages(self, *, limit: int = _LIMIT, stop: Stop | None = None) -> Iterator[AgentsPage]:
        """Walk from the newest conversation to the oldest; every page holds those that no page before it held.

        Ends at the proven end of the list, or after a page all of whose conversations (also those that came
        before) `stop` says yes to, such as `older_than(moment)`; the last page says which (`closed_by`). `limit` is
        from 2 to 1,000, and less where the server cannot deliver it. Raises, beside the errors of `list`,
        `UnstableList` (transient) if the list changes too fast or contradicts its count.
        """
        if not 2 <= limit <= MAX_LIMIT:
            raise InvalidQuery(f"limit is {limit}; a walk takes 2 to {MAX_LIMIT}.")
        size = PageSize.fixed(limit, least=2)
        walk = NewestFirst(stop)
        page = None
        unknown: set[str] = set()
        while page is None or page.closed_by is None:
            found = self._adapted_page(size, walk.offset)
            if not unknown.issuperset(found.unknown):
                unknown.update(found.unknown)
                names = ", ".join(sorted(unknown))
                logger.warning(
                    "%s: pages have members that are not declared: %s", self._connection.project, names
                )
            with self._caller.located(self._list_request(found.limit, found.offset), found):
                page = walk.take(found)
            yield page

    def get(self, conversation_id: str) -> bytes:
        """Fetch the detail of a conversation, as it came (without the white space around)."""
        request = detail_request(self._path(conversation_id))
        return self._caller.retried(
            lambda deadline: self._caller.read(
                request, deadline, lambda answer: read_detail(answer, conversation_id)
            )
        )

    @contextmanager
    def audio(
        self, conversation_id: str, *, direction: str = "combined", redacted: bool = True
    ) -> Iterator[RecordingStream]:
        """Open the recording (WAV) of a conversation; `direction` is combined, user or agent.

        Asking is retried, reading is not: see `RecordingStream.chunks`, and `save_audio`, which does. Raises
        `InvalidQuery` before any call, `RecordingNotFound` if there is none. A key without access to personal data gets
        redacted audio, whatever is asked for (source: API reference, *Get conversation audio*).
        """
        request = audio_request(self._path(conversation_id), direction, redacted=redacted)
        transport = self._caller.transport
        with self._caller.retried(lambda deadline: open_audio(transport, request, deadline)) as arriving:
            yield RecordingStream(arriving)

    def save_audio(
        self, conversation_id: str, file: BinaryIO, *, direction: str = "combined", redacted: bool = True
    ) -> SavedRecording:
        """Write the recording to a file from its beginning, and again if it breaks off. Raises as `audio`."""
        request = audio_request(self._path(conversation_id), direction, redacted=redacted)

        def attempt(deadline: Deadline) -> SavedRecording:
            file.seek(0)
            file.truncate()
            digest = hashlib.sha256()
            with open_audio(self._caller.transport, request, deadline) as arriving:
                recording = RecordingStream(arriving)
                for chunk in recording.chunks():
                    file.write(chunk)
                    digest.update(chunk)
                return recording.saved(digest.hexdigest())

        return self._caller.retried(attempt)

    def annotate(self, conversation_id: str, annotations: Sequence[Annotation]) -> WriteReceipt:
        """Add annotations. They are sent again only where certainly nothing was processed.

        There are three outcomes. It returns: done. A `PermanentError`: refused (`InvalidWrite` before any call;
        `WriteRefused`, `Unauthorized`, `ConversationNotFound` …). `OutcomeUnknown`: sent, and no answer that says.
        A `TransientError` means that the server was not reached or processed nothing, so that the same call may be
        made later.
        """
        path, body = f"{self._path(conversation_id)}/annotation", annotations_body(annotations)

        def attempt(deadline: Deadline) -> WriteReceipt:
            # A connection of its own: one that is kept may be closed by the server in the very moment of use,
            # and no answer would say whether the annotations arrived.
            with closing(self._caller.new_transport()) as transport:
                return post_once(transport, write_request(path, body), deadline)

        return self._caller.retried(attempt)

    def note(self, conversation_id: str, text: str) -> WriteReceipt:
        """Replace the note of a conversation. Retried like a read; raises as `annotate`, never `OutcomeUnknown`."""
        path, body = f"{self._path(conversation_id)}/note", note_body(text)
        transport = self._caller.transport
        return self._caller.retried(lambda deadline: post(transport, write_request(path, body), deadline))

    def _path(self, conversation_id: str) -> str:
        return f"{self._connection.path}/{path_part(conversation_id, self._connection.project)}"

    def _list_request(self, limit: int, offset: int) -> HttpRequest:
        return list_request(self._connection.path, limit, offset)

    def _adapted_page(self, size: PageSize, offset: int) -> AgentsPage:
        return self._caller.adapted(size, lambda limit, deadline: self._fetch_page(limit, offset, deadline))

    def _fetch_page(self, limit: int, offset: int, deadline: Deadline) -> AgentsPage:
        return self._caller.read(
            self._list_request(limit, offset), deadline, partial(read_page, limit=limit, offset=offset)
        )
