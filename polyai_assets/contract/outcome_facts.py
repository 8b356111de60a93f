"""Facts of a conversation: its outcome, what was said of it, what it cost, and what proves it."""

from polyai_assets.contract.fact import FactGroup
from polyai_assets.contract.fields import Kind, Pii

TEXT, INTEGER, NUMBER, BOOLEAN = Kind.TEXT, Kind.INTEGER, Kind.NUMBER, Kind.BOOLEAN
TIMESTAMP, DAY, TEXT_LIST = Kind.TIMESTAMP, Kind.DATE, Kind.TEXT_LIST

handoff = FactGroup("handoff", Pii.NONE)
outcome = FactGroup("outcome", Pii.NONE)
functions = FactGroup("functions", Pii.NONE)
content = FactGroup("content", Pii.NONE)
score = FactGroup("score", Pii.NONE)
csat = FactGroup("CSAT", Pii.NONE)
money = FactGroup("money", Pii.NONE)
proof = FactGroup("proof", Pii.NONE)

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
    content(
        "intents",
        TEXT_LIST,
        "Intents of its turns, in alphabetical order",
        "coalesce(intents, [])",
        filled=True,
    ),
    content(
        "topics",
        TEXT_LIST,
        "Topics that the agent looked up, in alphabetical order",
        "CASE WHEN detail_found THEN coalesce(topics, []) END",
        caveat="NULL without details. A conversation may have several",
    ),
    content(
        "is_safety_flagged",
        BOOLEAN,
        "Whether a safety filter found anything",
        "CASE WHEN detail_found THEN safety_categories IS NOT NULL END",
        caveat="NULL without details",
    ),
    content(
        "safety_categories",
        TEXT_LIST,
        "What it found, in alphabetical order",
        "CASE WHEN detail_found THEN coalesce(safety_categories, []) END",
        caveat="NULL without details",
    ),
    content(
        "summary_heading",
        TEXT,
        "Heading of the summary",
        "nullif(summary_heading, '')",
        caveat="A webchat has none",
        pii=Pii.TEXT,
    ),
    content(
        "tags", TEXT_LIST, "Tags that people gave it", "CASE WHEN detail_found THEN tags END", pii=Pii.TEXT
    ),
    content(
        "has_note", BOOLEAN, "Whether people wrote a note on it", "CASE WHEN detail_found THEN note <> '' END"
    ),
    score(
        "poly_score",
        NUMBER,
        "PolyScore; see its scale",
        "poly_score",
        caveat="Scales are not to be mixed; it comes days later",
    ),
    score("poly_score_scale", TEXT, "1-5 or 0-10, by the start", "nullif(poly_score_scale, '')"),
    score(
        "poly_score_state",
        TEXT,
        "scored, pending, too few user turns (3 or fewer), old scale, not scored, or not asked (no detail)",
        "CASE WHEN poly_score IS NOT NULL THEN 'scored' WHEN NOT detail_found THEN 'not asked' "
        "WHEN poly_score_scale = '0-10' THEN 'old scale' WHEN user_turns <= 3 THEN 'too few user turns' "
        "WHEN in_progress OR asked_at < started_at + INTERVAL 10 DAY THEN 'pending' ELSE 'not scored' END",
        filled=True,
        caveat="pending by the time at which the detail was last asked for",
    ),
    csat(
        "csat_offered", BOOLEAN, "Whether a survey was offered; NULL where no metric says so", "csat_offered"
    ),
    csat("csat_accepted", BOOLEAN, "Whether it was accepted", "csat_accepted"),
    csat("csat_denied", BOOLEAN, "Whether it was denied", "csat_denied"),
    csat("csat_completed", BOOLEAN, "Whether it was completed", "csat_completed"),
    csat(
        "csat_score",
        NUMBER,
        "The last CSAT_SCORE, 1 to 5; anything else is NULL",
        "CASE WHEN csat_score BETWEEN 1 AND 5 THEN csat_score END",
        caveat="Who answers is a selected sample: show offered and response rate beside it",
    ),
    csat(
        "csat_feedback",
        TEXT,
        "What the customer said of it",
        "csat_feedback",
        caveat="Personal data",
        pii=Pii.TEXT,
    ),
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
    proof(
        "misfits",
        INTEGER,
        "Values that did not fit: a CSAT_SCORE that is none, or a value of a configured column",
        "CASE WHEN csat_sent AND NOT coalesce(csat_score BETWEEN 1 AND 5, false) THEN 1 ELSE 0 END",
        addable=True,
    ),
    proof(
        "partition_state",
        TEXT,
        "What the certificate says of the day: provisional (not over, or not complete), complete or settled",
        "partition_state",
    ),
    proof(
        "is_final",
        BOOLEAN,
        "Whether nothing more is expected: the day is settled, it is not in progress, and its detail was found where "
        "details are fetched",
        "partition_state = 'settled' AND NOT in_progress AND (detail_found OR NOT $has_details)",
    ),
    proof(
        "certificate_sha256",
        TEXT,
        "Identifies the records that the day was loaded from",
        "certificate_sha256",
    ),
    proof(
        "restated_at",
        TIMESTAMP,
        "When a fetch last found it changed after its day was over; see conversation_changes",
        "restated_at",
        caveat="The end of a conversation that ran past midnight counts as a change",
    ),
    proof("loaded_at", TIMESTAMP, "When the row was made", "$now"),
    proof(
        "settings_hash",
        TEXT,
        "Identifies the settings and formulas that made the row; see kpi_settings",
        "settings_hash",
        filled=True,
    ),
    proof(
        "studio_url",
        TEXT,
        "The conversation in Agent Studio",
        "$studio || url_encode(conversation_id)",
        filled=True,
    ),
)
"""The further columns of `conversation_facts`, each with its formula."""
