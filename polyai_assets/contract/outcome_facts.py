"""Facts of a conversation: its outcome, and what the agent did to reach it."""

from polyai_assets.contract.fact import FactGroup
from polyai_assets.contract.fields import Kind, Pii

TEXT, INTEGER, NUMBER, BOOLEAN, TEXT_LIST = Kind.TEXT, Kind.INTEGER, Kind.NUMBER, Kind.BOOLEAN, Kind.TEXT_LIST

handoff = FactGroup("handoff", Pii.NONE)
outcome = FactGroup("outcome", Pii.NONE)
functions = FactGroup("functions", Pii.NONE)

OUTCOME_FACTS = (
    handoff("handoff", BOOLEAN, "Whether the agent handed it off to a human", "handoff"),
    handoff("handoff_reason", TEXT, "Why", "nullif(handoff_reason, '')"),
    handoff("handoff_destination", TEXT, "Where to", "nullif(handoff_destination, '')"),
    handoff(
        "handoff_method",
        TEXT,
        "How: INVITE, REFER or BYE; from the agent's state",
        "CASE WHEN handoff THEN nullif(upper(coalesce(state[4], state[5])), '') END",
        caveat="INVITE keeps the agent bridged; after REFER and BYE nothing is known of what follows",
    ),
    handoff(
        "handoff_utterance",
        TEXT,
        "What the agent said as it handed over; from its state, else from the function: the first of the last turn",
        "CASE WHEN handoff THEN coalesce(nullif(state[6], ''), handoff_said) END",
        pii=Pii.TEXT,
    ),
    handoff(
        "handoff_attempts",
        INTEGER,
        "Functions that made a handoff",
        "CASE WHEN detail_found THEN coalesce(handoff_attempts, 0) END",
        caveat="NULL without details",
        addable=True,
    ),
    handoff(
        "turns_before_handoff",
        INTEGER,
        "user_turns of a conversation that was handed off",
        "CASE WHEN handoff THEN user_turns END",
    ),
    handoff(
        "asked_at_once",
        BOOLEAN,
        "Whether it was handed off after one user turn, or none",
        "CASE WHEN handoff THEN user_turns <= 1 END",
        caveat="Whether a human answered is not known",
    ),
    outcome("in_progress", BOOLEAN, "Whether it was running when it was fetched", "in_progress"),
    outcome("is_engaged", BOOLEAN, "Whether the user said, typed or pressed anything", "user_turns > 0"),
    outcome(
        "outcome",
        TEXT,
        "The first that holds: in progress, handoff, not engaged, abandoned, self-served",
        "CASE WHEN in_progress THEN 'in progress' WHEN handoff THEN 'handoff' WHEN user_turns = 0 THEN 'not engaged' "
        "WHEN abandon_rule IS NOT NULL THEN 'abandoned' ELSE 'self-served' END",
        filled=True,
        caveat="Who hangs up after being helped is self-served",
    ),
    outcome(
        "abandon_rule",
        TEXT,
        "Why it counts as abandoned: chat metric (CHAT_ABANDONED is true) or short (voice, shorter than "
        "abandon_seconds, engaged, no metric of success_metrics, the agent did not hang up)",
        "abandon_rule",
        caveat="PolyAI has no such figure for voice: never show it without its rule",
    ),
    outcome(
        "contained_dashboard",
        BOOLEAN,
        "Whether it is contained as PolyAI's dashboard has it: not handed off",
        "CASE WHEN NOT in_progress THEN NOT handoff END",
        caveat="Hang-ups and silent calls count as contained. NULL while it is in progress, and where handoff is",
    ),
    outcome(
        "ended_by",
        TEXT,
        "transfer, agent, or caller or system",
        "CASE WHEN in_progress THEN NULL WHEN handoff THEN 'transfer' WHEN agent_hung_up THEN 'agent' "
        "WHEN detail_found THEN 'caller or system' END",
        caveat="NULL without details. Who hangs up may have been helped",
    ),
    functions(
        "functions_called",
        TEXT_LIST,
        "Functions that the agent called, in alphabetical order",
        "CASE WHEN detail_found THEN coalesce(functions_called, []) END",
        caveat="NULL without details",
    ),
    functions(
        "function_calls",
        INTEGER,
        "How often it called any",
        "CASE WHEN detail_found THEN coalesce(function_calls, 0) END",
        caveat="NULL without details",
        addable=True,
    ),
    functions(
        "function_errors",
        INTEGER,
        "How often one failed",
        "CASE WHEN detail_found THEN coalesce(function_errors, 0) END",
        caveat="NULL without details",
        addable=True,
    ),
    functions(
        "function_seconds",
        NUMBER,
        "How long they took",
        "CASE WHEN detail_found THEN coalesce(function_seconds, 0) END",
        unit="seconds",
        caveat="NULL without details",
        addable=True,
    ),
)
"""The columns of `conversation_facts` on the outcome, each with its formula."""
