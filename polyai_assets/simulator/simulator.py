"""The simulator as tests and the command line use it."""

from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager
from datetime import datetime
from random import Random
from typing import Any

from starlette.applications import Starlette
from starlette.routing import Route

from polyai_assets.simulator import agents, control, conversations, server
from polyai_assets.simulator.business import load_business
from polyai_assets.simulator.deployment import INCLUDES, Deployment, Pagination
from polyai_assets.simulator.faults import Faults
from polyai_assets.simulator.moments import Clock, micros
from polyai_assets.simulator.projects import SimulatedProject
from polyai_assets.simulator.query import Query
from polyai_assets.simulator.served import IncludedDetails, object_in
from polyai_assets.simulator.server import Recorder, SeenRequest
from polyai_assets.simulator.store import Store, entry_of
from polyai_assets.simulator.wav import RATE
from polyai_assets.simulator.world import World
from polyai_assets.simulator.writes import MadeAnnotation, Note


class Simulator:
    """A PolyAI on this machine. The same seed and projects always give the same conversations.

    `pagination="offset"` makes it a deployment that does not know cursors; v2 knows them only with `streaming`,
    and v1 never. Of the `include_*` parameters it knows `includes`; others are ignored, or answered with 400 if
    it `refuses_unknown_includes`. Its recordings have `sample_rate` bytes a second. `cache_bytes` bounds the
    memory for rendered days. `requests` lists what was asked, `faults` and `clock` may be changed while it runs.
    Raises ValueError for an unknown business or a project given twice.
    """

    def __init__(
        self,
        projects: Sequence[SimulatedProject],
        seed: int = 7,
        clock: Clock | None = None,
        pagination: Pagination = "cursor",
        cache_bytes: int = 512_000_000,
        streaming: bool = False,
        includes: Set[str] = INCLUDES,
        refuses_unknown_includes: bool = False,
        sample_rate: int = RATE,
    ) -> None:
        keys = [project.key for project in projects]
        if len(set(keys)) < len(keys):
            msg = f"a project is given twice: {', '.join(keys)}"
            raise ValueError(msg)
        for project in projects:
            load_business(project.business)
        self.clock = clock or Clock()
        self.faults = Faults()
        self.requests: list[SeenRequest] = []
        # a sample is meant to differ from one request to the next, and a run of the tests is not
        random = Random(seed)  # noqa: S311 - repeatable on purpose, nothing is secret here
        deployment = Deployment(pagination, streaming, includes, refuses_unknown_includes, sample_rate)
        self._world = World(
            tuple(projects), Store(seed, cache_bytes), self.clock, self.faults, deployment, random
        )
        self._app = Starlette(routes=self._routes())
        self._wrapped = Recorder(self._app, self.requests, unrecorded=control.PREFIX)

    def _routes(self) -> list[Route]:
        # The Agents API first: for v1 "agents" could be an account.
        surfaces = (agents.routes, conversations.routes, control.routes, control.webhook_routes)
        return [route for routes in surfaces for route in routes(self._world)]

    @contextmanager
    def running(self, port: int = 0, host: str = "127.0.0.1") -> Iterator[str]:
        """Serve in a thread and yield the URL, such as `http://127.0.0.1:43121`."""
        with server.running(self._app, self._wrapped, host, port) as url:
            yield url

    def serve(self, host: str, port: int, idle: float | None = None) -> None:
        """Serve until interrupted or stopped, or for `idle` seconds without a request."""
        server.serve(self._app, self._wrapped, host, port, idle)

    def conversations(
        self, project_key: str, start: datetime, end: datetime, details: IncludedDetails | None = None
    ) -> list[dict[str, Any]]:
        """Return what the project holds in [start, end), of all environments, as it would be served now.

        Given records that are not a JSON object are left out. Raises KeyError for an unknown project.
        """
        everything = Query(micros(start), micros(end), details=details or IncludedDetails())
        with self._world.lock:
            project, now = self._world.project(project_key), micros(self.clock.now())
            bodies = [entry.body for entry in self._world.store.walk(project, everything, now)]
        return [record for record in map(object_in, bodies) if record is not None]

    def put(
        self,
        project_key: str,
        record: dict[str, Any] | bytes,
        *,
        conversation_id: str | None = None,
        started_at: str | None = None,
    ) -> None:
        """Serve `record` as it is, instead of the conversation with its id if there is one.

        It is never reshaped: neither by the clock nor by the details asked for. Bytes need not be JSON; then
        `conversation_id` and `started_at` say where they belong. Raises ValueError if that stays unknown, and
        KeyError for an unknown project.
        """
        entry = entry_of(record, conversation_id, started_at)
        with self._world.lock:
            self._world.store.put(self._world.project(project_key).key, entry)

    def remove(self, project_key: str, conversation_id: str) -> None:
        """Stop serving a conversation, generated or given. Raises KeyError for an unknown project."""
        with self._world.lock:
            self._world.store.remove(self._world.project(project_key).key, conversation_id)

    def restore(self, project_key: str) -> None:
        """Undo every put, remove and lasting fault, and forget notes and annotations.

        Raises KeyError for an unknown project.
        """
        with self._world.lock:
            key = self._world.project(project_key).key
            self._world.store.restore(key)
            self._world.writes.forget(key)

    def notes(self, project_key: str) -> list[Note]:
        """Return every note that was written, the older first: one that was written twice is there twice.

        Raises KeyError for an unknown project.
        """
        with self._world.lock:
            key = self._world.project(project_key).key
            return [note for note in self._world.writes.notes if note.project == key]

    def annotations(self, project_key: str) -> list[MadeAnnotation]:
        """Return every annotation that was made, the older first: one that was made twice is there twice.

        Raises KeyError for an unknown project.
        """
        with self._world.lock:
            key = self._world.project(project_key).key
            return [annotation for annotation in self._world.writes.annotations if annotation.project == key]


def serve(simulator: Simulator, host: str = "127.0.0.1", port: int = 8800, idle: float | None = None) -> None:
    """Serve `simulator` until interrupted, or for `idle` seconds without a request.

    Raises OSError if the port is taken.
    """
    simulator.serve(host, port, idle)
