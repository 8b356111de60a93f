"""The measures of `daily_kpis`, each with its formula over `calls`: counts and sums only.

Names and definitions follow PolyAI's own glossary where it has them.
"""

from polyai_assets.contract.fields import Kind
from polyai_assets.contract.kpi import Measure, measure

NUMBER = Kind.NUMBER


def _count(condition: str) -> str:
    return f"count(*) FILTER ({condition})"


MEASURES: tuple[Measure, ...] = (
    measure("conversations", "Calls: conversations that are no tests and have ended", "count(*)"),
    measure("engaged", "Calls in which the user said, typed or pressed anything", _count("is_engaged")),
    measure("not_engaged", "Calls with the outcome not engaged", _count("outcome = 'not engaged'")),
    measure("handoffs", "Calls that were handed off to a human", _count("handoff")),
    measure("handoff_known", "Calls of which it is known whether they were handed off", "count(handoff)"),
    measure(
        "contained",
        "Calls that were not handed off, as PolyAI's dashboard counts them",
        _count("contained_dashboard"),
        caveat="Hang-ups and silent calls count as contained",
    ),
    measure(
        "self_served",
        "Calls with the outcome self-served: engaged, not handed off, not abandoned",
        _count("outcome = 'self-served'"),
    ),
    measure(
        "abandoned",
        "Calls with the outcome abandoned, by either rule",
        _count("outcome = 'abandoned'"),
        caveat="PolyAI has no such figure for voice: show it with its rule",
    ),
    measure(
        "abandoned_chat", "Of these, chats that PolyAI counts as such", _count("abandon_rule = 'chat metric'")
    ),
    measure("abandoned_short", "Of these, short voice calls", _count("abandon_rule = 'short'")),
    measure(
        "contained_24h",
        "Calls that were not handed off, and whose contact did not call again within 24 hours",
        _count("contained_24h"),
    ),
    measure(
        "judged_24h",
        "Calls of which that can be said: the contact is known, and 24 hours have been loaded since",
        "count(contained_24h)",
    ),
    measure("contained_7d", "The same within 7 days", _count("contained_7d")),
    measure("judged_7d", "Calls of which that can be said of 7 days", "count(contained_7d)"),
    measure(
        "contact_unknown",
        "Calls whose contact is not known: withheld, none, an id, or a switchboard",
        _count("NOT is_contact_known"),
    ),
    measure(
        "total_seconds",
        "Length of the calls",
        "sum(total_seconds)",
        kind=NUMBER,
        unit="seconds",
        caveat="With the human's part where the agent stays bridged (INVITE), without it after REFER or BYE",
    ),
    measure("timed", "Calls that have a length", "count(total_seconds)"),
    measure("agent_seconds", "Length of the agent's part", "sum(agent_seconds)", kind=NUMBER, unit="seconds"),
    measure("agent_timed", "Calls that have the length of the agent's part", "count(agent_seconds)"),
    measure(
        "human_seconds",
        "Length of the human's part",
        "sum(human_seconds)",
        kind=NUMBER,
        unit="seconds",
        caveat="0 after REFER or BYE, whoever answered",
    ),
    measure("turns", "Turns, as PolyAI counts them", "sum(num_turns)"),
    measure("user_turns", "Turns of the user", "sum(user_turns)"),
    measure(
        "user_words", "Words of the user", "sum(user_words)", caveat="Without scripts that have no blanks"
    ),
    measure(
        "agent_words", "Words of the agent", "sum(agent_words)", caveat="Without scripts that have no blanks"
    ),
    measure("user_worded", "Calls whose words of the user are counted", "count(user_words)"),
    measure("agent_worded", "Calls whose words of the agent are counted", "count(agent_words)"),
    measure("silences", "Turns in which the user said nothing", "sum(num_silences)"),
    measure("ood_turns", "Turns out of the agent's domain", "sum(num_ood)"),
    measure("barge_ins", "Turns in which the user interrupted the agent", "sum(barge_ins)"),
    measure("measured_turns", "Turns after the first that have a latency", "sum(measured_turns)"),
    measure("slow_turns", "Of these, turns of more than 2 s", "sum(slow_turns)"),
    measure(
        "latency_seconds",
        "Sum of the latency of measured turns",
        "sum(latency_sum)",
        kind=NUMBER,
        unit="seconds",
    ),
    measure(
        "latency_p50",
        "Median latency of measured turns",
        kind=NUMBER,
        unit="seconds",
        addable=False,
        caveat="PolyAI's percentiles are over rows of metrics: expect up to 5 % between them",
    ),
    measure(
        "latency_p95",
        "95th percentile of the latency of measured turns",
        kind=NUMBER,
        unit="seconds",
        addable=False,
    ),
    measure(
        "first_latency_p50",
        "Median latency of first turns",
        kind=NUMBER,
        unit="seconds",
        addable=False,
    ),
    measure("csat_offered", "Calls in which a survey was offered", _count("csat_offered")),
    measure("csat_answers", "Calls with a CSAT score", "count(csat_score)"),
    measure("csat_sum", "Sum of CSAT scores, 1 to 5 each", "sum(csat_score)", kind=NUMBER),
    measure("csat_top2", "CSAT scores of 4 and 5", _count("csat_score >= 4")),
    measure("csat_bottom2", "CSAT scores of 1 and 2", _count("csat_score <= 2")),
    measure(
        "scored",
        "Calls with a PolyScore on the scale 1 to 5",
        "count(poly_score) FILTER (poly_score_scale = '1-5')",
        caveat="Only calls with more than 3 user turns are scored; older ones had another scale",
    ),
    measure(
        "poly_score_sum",
        "Sum of these PolyScores",
        "sum(poly_score) FILTER (poly_score_scale = '1-5')",
        kind=NUMBER,
    ),
    measure(
        "poly_score_pending", "Calls whose PolyScore may still come", _count("poly_score_state = 'pending'")
    ),
    measure("with_functions", "Calls whose agent called a function", _count("function_calls > 0")),
    measure("function_calls", "Functions that the agent called", "sum(function_calls)"),
    measure("function_errors", "Of these, functions that failed", "sum(function_errors)"),
    measure("flagged", "Calls that a safety filter flagged", _count("is_safety_flagged")),
    measure(
        "on_default_variant",
        "Calls on the variant that is taken where none was set",
        _count("is_default_variant"),
    ),
    measure("final", "Calls of which nothing more is expected", _count("is_final")),
    measure(
        "cost_agent", "Estimate: what the agent's part cost", "sum(cost_agent)", kind=NUMBER, unit="currency"
    ),
    measure(
        "cost_human", "Estimate: what the human's part cost", "sum(cost_human)", kind=NUMBER, unit="currency"
    ),
    measure(
        "cost_saved",
        "Estimate: what contained calls saved",
        "sum(cost_saved)",
        kind=NUMBER,
        unit="currency",
        caveat="PolyAI does not say whether its tile counts calls that were handed off",
    ),
    measure(
        "currency",
        "Currency of the estimates",
        "min(currency)",
        kind=Kind.TEXT,
        addable=False,
    ),
)
"""One row per project, local day and part of it."""
