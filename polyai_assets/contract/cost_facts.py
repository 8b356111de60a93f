"""Facts of a conversation: what it cost, and what it saved."""

from polyai_assets.contract.fact import FactGroup
from polyai_assets.contract.fields import Kind, Pii

TEXT, NUMBER = Kind.TEXT, Kind.NUMBER

money = FactGroup("money", Pii.NONE)

COST_FACTS = (
    money(
        "cost_agent",
        NUMBER,
        "Estimate: agent_seconds at agent_per_minute",
        "polyai_duration / 60 * agent_per_minute",
        unit="currency",
        addable=True,
    ),
    money(
        "cost_human",
        NUMBER,
        "Estimate: human_seconds of a conversation that was handed off, at human_per_minute",
        "CASE WHEN handoff THEN human_seconds / 60 * human_per_minute END",
        unit="currency",
        addable=True,
    ),
    money(
        "cost_saved",
        NUMBER,
        "Estimate: agent_seconds of a contained conversation at human_per_minute less agent_per_minute",
        "CASE WHEN NOT in_progress AND NOT handoff "
        "THEN polyai_duration / 60 * (human_per_minute - agent_per_minute) END",
        unit="currency",
        caveat="PolyAI does not say whether its tile counts conversations that were handed off",
        addable=True,
    ),
    money("currency", TEXT, "Currency of the rates; option currency", "currency"),
)
"""The columns of `conversation_facts` on money, each with its formula."""
