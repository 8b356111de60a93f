"""What an agent is made of beside its conversations: its releases, sites and phone numbers; and an account's agents.

Small lists, read whole. Each object leaves as the bytes that came, whatever members it has; only its id is read.
"""

import time
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from polyai_assets.api.agents.endpoints import ACCOUNT, REFERENCE
from polyai_assets.api.caller import ApiClient
from polyai_assets.api.envelope import unknown_members
from polyai_assets.api.halt import Halt
from polyai_assets.api.project import AgentsConnection, Project
from polyai_assets.api.record import UNREADABLE, members_of
from polyai_assets.api.request import HttpRequest
from polyai_assets.api.retries import logger
from polyai_assets.api.split import cut, cut_array, object_in
from polyai_assets.api.transport import HttpAnswer

ENVIRONMENTS = ("live", "pre-release", "sandbox")
"""Where an agent is deployed (source: API reference, *List deployments for an environment*)."""
MAIN_BRANCH = "main"
"""The branch whose variants are in use (source: API reference, *List variants*)."""

T = TypeVar("T")

_FIRST_LIMIT = 1000
_MOST_LIMIT = 1_000_000


class ReferenceObject(msgspec.Struct, frozen=True, gc=False):
    """One object of a list, exactly as it came (without the white space around). `id` is None where it has none."""

    id: str | None
    payload: bytes


def all_agents_of(region: str, account_id: str) -> Project:
    """Name all agents of an account together, as in `us-1/acme/*`. Raises `InvalidProject`."""
    return Project(region, account_id, "*")


class ReferenceClient(ApiClient):
    """Asks the Agents API what one agent is made of. A context manager; may be used by several threads at once.

    Every method raises a `PolyAIError` by what happened, after its retries: `TransientError` if it may pass,
    `PermanentError` if not. An error that is sent as a 200 is one, too. `halt`, `sleep` and `clock` as for
    `ConversationsClient`. Raises `InvalidKey`.
    """

    def __init__(
        self,
        connection: AgentsConnection,
        *,
        halt: Halt | None = None,
        sleep: Callable[[float], Any] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(connection, halt=halt, sleep=sleep, clock=clock)
        self._connection = connection

    def agents(self) -> list[ReferenceObject]:
        """Fetch the agents of the connection's account that its key sees (source: API reference, *List agents*).

        `id` is `agentId`, which is also the id of the project.
        """
        path = f"/v1/accounts/{quote(self._connection.project.account_id, safe='')}/agents"
        return self._fetch(
            HttpRequest(path=path, meanings=ACCOUNT),
            lambda answer: [_object(payload, "agentId") for payload in cut_array(answer.body, "agents")],
        )

    def deployments(self) -> dict[str, list[ReferenceObject]]:
        """Fetch all deployments to each of `ENVIRONMENTS`, the newest first.

        Source: API reference, *List deployments for an environment*.
        """
        return {environment: self._deployments_to(environment) for environment in ENVIRONMENTS}

    def active_deployments(self) -> dict[str, ReferenceObject]:
        """Fetch the latest deployment to each environment that has one.

        Source: API reference, *Get active deployment per environment*.
        """
        return self._fetch(self._request("/deployments/active"), _active)

    def variants(self) -> list[ReferenceObject]:
        """Fetch the variants of the branch `main` (source: API reference, *List variants*)."""
        return self._list(f"/branches/{MAIN_BRANCH}/variants", "variants", "id")

    def attributes(self) -> list[ReferenceObject]:
        """Fetch what the attributes of variants are called (source: API reference, *List attributes*)."""
        return self._list(f"/branches/{MAIN_BRANCH}/attributes", "attributes", "id")

    def phone_numbers(self) -> list[ReferenceObject]:
        """Fetch the agent's numbers (source: API reference, *List all phone numbers for a project*).

        `id` is `number`. Numbers without a `connectorId` are led to no connector.
        """
        return self._list("/telephony/phone-numbers", "phoneNumbers", "number")

    def connectors(self) -> list[ReferenceObject]:
        """Fetch the connectors, which give numbers a variant and a language; `id` is `connectorId`.

        Source: API reference, *List all connectors for a project*.
        """
        return self._list("/telephony/connectors", "connectors", "connectorId")

    def _deployments_to(self, environment: str) -> list[ReferenceObject]:
        """Fetch all deployments to an environment.

        There are no pages, only a limit: a list that is as long as it may go on, so more are asked for.
        """
        limit = _FIRST_LIMIT
        while True:
            query = f"environment={quote(environment, safe='')}&limit={limit}"
            found = self._list("/deployments", "deployments", "id", query)
            if len(found) < limit or limit >= _MOST_LIMIT:
                return found
            limit *= 10

    def _list(self, path: str, name: str, id_name: str, query: str = "") -> list[ReferenceObject]:
        def read(answer: HttpAnswer) -> list[ReferenceObject]:
            payloads, members = cut(answer.body, name)
            unknown = unknown_members(members, ())
            if unknown:
                project = self._connection.project
                logger.warning(
                    "%s: the list of %s has members that no documentation declares: %s",
                    *(project, name, ", ".join(unknown)),
                )
            return [_object(payload, id_name) for payload in payloads]

        return self._fetch(self._request(path, query), read)

    def _request(self, path: str, query: str = "") -> HttpRequest:
        return HttpRequest(path=f"{self._connection.agent_path}{path}", query=query, meanings=REFERENCE)

    def _fetch(self, request: HttpRequest, reader: Callable[[HttpAnswer], T]) -> T:
        return self._caller.retried(lambda deadline: self._caller.read(request, deadline, reader))


def _active(answer: HttpAnswer) -> dict[str, ReferenceObject]:
    members = object_in(answer.body, "activeDeployments")
    return {name: _object(value, "id") for name, value in members.items() if value != b"null"}


def _object(payload: bytes, id_name: str) -> ReferenceObject:
    """Read an object's id. Never raises: one that cannot be read is None, and the bytes are kept."""
    value = dict(members_of(payload)).get(id_name, b"null")
    try:
        return ReferenceObject(msgspec.json.decode(value, type=str | None), payload)
    except UNREADABLE:
        return ReferenceObject(None, payload)
