"""All that the simulated PolyAI is made of, for the HTTP surfaces to share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from threading import RLock
from typing import Any

from polyai_assets.simulator.answers import Refused
from polyai_assets.simulator.deployment import Deployment
from polyai_assets.simulator.faults import Faults
from polyai_assets.simulator.moments import Clock
from polyai_assets.simulator.projects import SimulatedProject
from polyai_assets.simulator.store import Store
from polyai_assets.simulator.writes import Writes


@dataclass
class World:
    """Projects and their conversations, the clock and the faults. `lock` guards the store and the faults.

    `messages` came to the webhook.
    """

    projects: Sequence[SimulatedProject]
    store: Store
    clock: Clock
    faults: Faults
    deployment: Deployment
    random: Random
    lock: RLock = field(default_factory=RLock)
    writes: Writes = field(default_factory=Writes)
    messages: list[Any] = field(default_factory=list)

    def project(self, key: str) -> SimulatedProject:
        """Return the project called `us-1/acme/hotel-bot`. Raises KeyError if there is none."""
        for project in self.projects:
            if project.key == key:
                return project
        msg = f"no project {key!r}; the simulator has {', '.join(project.key for project in self.projects)}"
        raise KeyError(msg)

    def opened_by(self, api_key: str | None, account_id: str, project_id: str) -> SimulatedProject:
        """Return the project of a path, if the key opens it.

        Raises Refused: 401 for a key that is missing, unknown, or of another project or region; 404 for a
        project that does not exist.
        """
        named = [p for p in self.projects if (p.account_id, p.project_id) == (account_id, project_id)]
        missing = f"Project {project_id} of account {account_id} not found"
        return self._opened(
            named, {project.key: project.api_key for project in self.projects}, api_key, missing
        )

    def agent_opened_by(self, api_key: str | None, agent_id: str) -> SimulatedProject:
        """Return the project that is the agent, if the key opens it. Raises Refused like `opened_by`.

        Of several agents with this id the key decides, and if it opens them all they cannot be distinguished: the
        first is meant.
        """
        named = [project for project in self.projects if project.project_id == agent_id]
        keys = {project.key: project.agents_api_key or project.api_key for project in self.projects}
        return self._opened(named, keys, api_key, f"Agent {agent_id} not found")

    def agents_of(self, api_key: str | None, account_id: str) -> list[SimulatedProject]:
        """Return the agents of an account that the key opens. Raises Refused: 401 and 404 like `opened_by`."""
        named = [project for project in self.projects if project.account_id == account_id]
        keys = {project.key: project.agents_api_key or project.api_key for project in self.projects}
        self._opened(named, keys, api_key, f"Account {account_id} not found")
        return [project for project in named if keys[project.key] == api_key]

    @staticmethod
    def _opened(
        named: Sequence[SimulatedProject], keys: Mapping[str, str], api_key: str | None, missing: str
    ) -> SimulatedProject:
        if api_key not in keys.values():
            raise Refused(401, "UNAUTHORIZED", "Missing or invalid x-api-key")
        if not named:
            raise Refused(404, "PROJECT_NOT_FOUND", missing)
        for project in named:
            if keys[project.key] == api_key:
                return project
        raise Refused(401, "UNAUTHORIZED", "This x-api-key is not valid for this project and region")
