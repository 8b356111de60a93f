"""The calls that the simulated PolyAI answers, by name."""

from typing import Literal, get_args

Reference = Literal[
    "agents", "deployments", "active_deployments", "variants", "attributes", "phone_numbers", "connectors"
]
Call = Literal["list", "agent_list", "detail", "audio", "annotation", "note", Reference]
"""`list` is the conversations list in each of its versions, the others are the Agents API."""

CALLS: frozenset[Call] = frozenset(get_args(Call))
RECORDS: frozenset[Call] = frozenset({"list", "agent_list", "detail"})
WITH_TURNS: frozenset[Call] = frozenset({"list", "detail"})
LIST: frozenset[Call] = frozenset({"list"})
LISTS: frozenset[Call] = frozenset({"list", "agent_list"})
REFERENCE: frozenset[Call] = frozenset(get_args(Reference))
OF_ONE_CONVERSATION: frozenset[Call] = frozenset({"detail", "audio", "annotation", "note"})
