"""Facts of a conversation: what it was about, and what is said of it."""

from polyai_assets.contract.fact import FactGroup
from polyai_assets.contract.fields import Kind, Pii

TEXT, NUMBER, BOOLEAN, TEXT_LIST = Kind.TEXT, Kind.NUMBER, Kind.BOOLEAN, Kind.TEXT_LIST

content = FactGroup("content", Pii.NONE)
score = FactGroup("score", Pii.NONE)
csat = FactGroup("CSAT", Pii.NONE)

CONTENT_FACTS = (
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
)
"""The columns of `conversation_facts` on content and scores, each with its formula."""
