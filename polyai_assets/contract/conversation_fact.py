"""The columns of `conversation_facts`: what a contact centre wants to know of a conversation, each with its formula.

A formula names columns that `warehouse/facts/facts.sql` prepares. Names and definitions follow PolyAI's own glossary
where it has them.
"""

from polyai_assets.contract.call_facts import CALL_FACTS
from polyai_assets.contract.content_facts import CONTENT_FACTS
from polyai_assets.contract.cost_facts import COST_FACTS
from polyai_assets.contract.fields import DATE, PROJECT, Kind, derived
from polyai_assets.contract.length_facts import LENGTH_FACTS
from polyai_assets.contract.outcome_facts import OUTCOME_FACTS
from polyai_assets.contract.proof_facts import PROOF_FACTS

CONVERSATION_FACT = (
    PROJECT,
    DATE,
    derived("conversation_id", Kind.TEXT, "The conversation", key=True),
    *CALL_FACTS,
    *LENGTH_FACTS,
    *OUTCOME_FACTS,
    *CONTENT_FACTS,
    *COST_FACTS,
    *PROOF_FACTS,
)
"""One row per row of `conversations`."""
