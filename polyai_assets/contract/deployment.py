"""The reference dataset `deployments`: the releases of an agent, to each of its environments.

Source: API reference, *List deployments for an environment* and *Get active deployment per environment*.
"""

from collections.abc import Iterator
from typing import Any

from polyai_assets.contract.convert import to_text
from polyai_assets.contract.fields import Kind, Pii, derived, field
from polyai_assets.contract.lenient import clean_text
from polyai_assets.contract.reference import Objects, ReferenceDataset
from polyai_assets.contract.rows import Row

_ACTIVE = "active"
"""The name of the list of active deployments beside those of the environments."""


def read_deployments(objects: Objects) -> Iterator[tuple[dict[str, Any], Row]]:
    """Give every deployment, the newest of an environment first, with its message and whether it is active."""
    active = {found.get("id") for found in objects.get(_ACTIVE, ())}
    for name, deployments in objects.items():
        for deployment in deployments if name != _ACTIVE else ():
            metadata = deployment.get("metadata")
            message = metadata.get("deployment_message") if isinstance(metadata, dict) else None
            yield (
                deployment,
                {"message": clean_text(to_text(message)), "is_active": deployment.get("id") in active},
            )


DEPLOYMENTS = ReferenceDataset(
    name="deployments",
    grain="One row per deployment of an agent, and another one each time that it changed.",
    source="a deployment in the Agents API's lists of deployments",
    ask=lambda client: {**client.deployments(), _ACTIVE: [*client.active_deployments().values()]},
    read=read_deployments,
    elsewhere=("accountId", "agentId"),
    own_fields=(
        field(
            "deployment_id",
            Kind.TEXT,
            "Id of the deployment, as in conversation_details",
            wire="id",
            required=True,
            key=True,
        ),
        field(
            "environment",
            Kind.TEXT,
            "Where it was deployed to",
            required=True,
            known=("live", "pre-release", "sandbox"),
            pii=Pii.NONE,
        ),
        field(
            "version",
            Kind.TEXT,
            "Version of the agent, the same in every environment",
            required=True,
            pii=Pii.NONE,
        ),
        field(
            "artifact_version",
            Kind.TEXT,
            "Number of the version, such as 1.7.0",
            wire="artifactVersion",
            pii=Pii.NONE,
        ),
        field(
            "created_by",
            Kind.TEXT,
            "Who deployed it: the e-mail address of a member of staff",
            wire="createdBy",
            pii=Pii.STAFF,
        ),
        field("created_at", Kind.TIMESTAMP, "When it was deployed", wire="createdAt", required=True),
        field(
            "message",
            Kind.TEXT,
            "Message of the person who deployed it",
            wire="metadata.deployment_message",
            pii=Pii.TEXT,
        ),
        field("metadata", Kind.OBJECT, "What was sent beside, the message included", pii=Pii.FREE),
        derived("is_active", Kind.BOOLEAN, "Whether it is the one that serves its environment"),
    ),
)
