"""The columns of `conversation_facts`, each with its formula: what a contact centre wants to know of a conversation.

A formula names columns that `warehouse/facts/facts.sql` prepares. Names and definitions follow PolyAI's own glossary
where it has them.
"""

from polyai_assets.contract.fact import FactGroup
from polyai_assets.contract.fields import DATE, PROJECT, Kind, derived

TEXT, INTEGER, NUMBER, BOOLEAN = Kind.TEXT, Kind.INTEGER, Kind.NUMBER, Kind.BOOLEAN
TIMESTAMP, DAY, TEXT_LIST = Kind.TIMESTAMP, Kind.DATE, Kind.TEXT_LIST

place = FactGroup("place")
direction = FactGroup("direction")
time = FactGroup("time")
site = FactGroup("site")
language = FactGroup("language")
contact = FactGroup("contact")
test = FactGroup("test")
effort = FactGroup("effort")
duration = FactGroup("duration")
latency = FactGroup("latency")
handoff = FactGroup("handoff")
outcome = FactGroup("outcome")
content = FactGroup("content")
csat = FactGroup("CSAT")
money = FactGroup("money")
proof = FactGroup("proof")

_ENDED = "NULL while it is in progress"

CONVERSATION_FACT = (
    PROJECT,
    DATE,
    derived("conversation_id", TEXT, "The conversation", key=True),
    place("region", TEXT, "PolyAI region that serves the project", "region", filled=True),
    place("account_id", TEXT, "Customer account", "account_id", filled=True),
    place("project_id", TEXT, "Project within the account", "project_id", filled=True),
    place("environment", TEXT, "Deployment environment, such as live", "environment", filled=True),
    place("channel", TEXT, "Medium, as PolyAI names it", "channel", filled=True),
    place(
        "channel_group",
        TEXT,
        "Kind of medium: voice, webchat, messaging, studio (a chat in Agent Studio) or other; option channel_groups",
        "channel_group",
        filled=True,
        caveat="CHAT is a chat in Agent Studio since v3; before, it may have been a webchat",
    ),
    direction("direction", TEXT, "inbound or outbound", "direction", filled=True),
    direction(
        "direction_source",
        TEXT,
        "sent (by the Agents API) or derived (outbound where the id begins with OUT-)",
        "direction_source",
        filled=True,
    ),
    time("started_at", TIMESTAMP, "When it began", "started_at"),
    time(
        "finished_at",
        TIMESTAMP,
        "When it ended: as the Agents API says, else its start and total_seconds",
        "finished_at",
        caveat=_ENDED,
    ),
    time("timezone", TEXT, "Time zone of the site; option timezone", "timezone", filled=True),
    time(
        "utc_offset_minutes",
        INTEGER,
        "How far local time was ahead of UTC",
        "date_diff('minute', timezone('UTC', started_at), local_start)",
        unit="minutes",
    ),
    time(
        "business_date",
        DAY,
        "Local date on which it began",
        "local_start::DATE",
        caveat="A local day touches two partitions: `date` is UTC",
    ),
    time(
        "local_hour",
        INTEGER,
        "Local hour in which it began, 0 to 23",
        "hour(local_start)",
        caveat="The hour of the autumn change occurs twice, that of spring not at all",
    ),
    time("local_weekday", INTEGER, "Local weekday, 1 (Monday) to 7", "isodow(local_start)"),
    time(
        "is_open",
        BOOLEAN,
        "Whether it began in the opening hours; option opening_hours",
        "CASE WHEN open_minutes IS NOT NULL THEN len(list_filter(open_minutes, lambda span: "
        "week_minute >= span.since AND week_minute < span.until)) > 0 END",
        caveat="NULL where none are configured",
    ),
    site("variant_id", TEXT, "Variant of the agent", "nullif(variant_id, '')"),
    site("variant_name", TEXT, "Name of the variant", "nullif(variant_name, '')"),
    site(
        "site",
        TEXT,
        "The site: its name in option site_names by variant or by our_number, else variant_name, else variant_id",
        "coalesce(site_names[nullif(variant_name, '')], site_names[nullif(variant_id, '')], site_names[our_number], "
        "nullif(variant_name, ''), nullif(variant_id, ''))",
        caveat="PolyAI takes the first variant where no variant was set: a call may be on it by mistake",
    ),
    language(
        "language",
        TEXT,
        "Language: as the Agents API says, else that in which the last turn was heard, else of the agent's state",
        "coalesce(nullif(sent_language, ''), last_heard, nullif(state_language, ''))",
    ),
    language(
        "languages",
        TEXT_LIST,
        "Languages in which turns were heard, in alphabetical order",
        "coalesce(heard, [])",
        filled=True,
    ),
    contact(
        "contact_kind",
        TEXT,
        "What is known of the customer: phone, email, id, withheld or none",
        "contact_kind",
        filled=True,
        caveat="withheld and none are no person, and never a repeat caller",
    ),
    contact(
        "contact",
        TEXT,
        "The customer: number with its country code, e-mail in small letters, or id; inbound from_number, outbound "
        "to_number",
        "contact",
        caveat="Personal data",
    ),
    contact("our_number", TEXT, "The other number, of the agent", "our_number"),
    contact("shared_id", TEXT, "Id that other systems share; from the agent's state", "shared_id"),
    contact("call_sid", TEXT, "Id of the call at the telephone provider; from the agent's state", "call_sid"),
    test(
        "is_test",
        BOOLEAN,
        "Whether it is no customer's: another environment than live, Agent Studio, or a number of test_numbers",
        "test_rule IS NOT NULL",
    ),
    test("test_rule", TEXT, "Why it is a test: environment, studio or number", "test_rule"),
    effort("num_turns", INTEGER, "Turns, as PolyAI counts them", "num_turns", addable=True),
    effort(
        "user_turns",
        INTEGER,
        "Turns in which the user said, typed or pressed something",
        "user_turns",
        addable=True,
    ),
    effort(
        "user_words",
        INTEGER,
        "Words of the user",
        "CASE WHEN NOT coalesce(user_unspaced, false) THEN coalesce(user_words, 0) END",
        caveat="NULL where a turn is in a script without blanks, such as Japanese, Chinese or Thai",
        addable=True,
    ),
    effort(
        "agent_words",
        INTEGER,
        "Words of the agent",
        "CASE WHEN NOT coalesce(agent_unspaced, false) THEN coalesce(agent_words, 0) END",
        caveat="NULL as user_words",
        addable=True,
    ),
    effort(
        "num_silences",
        INTEGER,
        "Turns in which the user said nothing, as PolyAI counts",
        "num_silences",
        addable=True,
    ),
    effort("num_ood", INTEGER, "Turns out of the agent's domain, as PolyAI counts", "num_ood", addable=True),
    effort(
        "barge_ins",
        INTEGER,
        "Turns in which the user interrupted the agent",
        "coalesce(barge_ins, 0)",
        addable=True,
    ),
    duration(
        "total_seconds",
        NUMBER,
        "Length of the whole call; its mean is PolyAI's AHT",
        "total_duration",
        unit="seconds",
        caveat="With the human's part where the agent stays bridged (INVITE), without it after REFER or BYE",
        addable=True,
    ),
    duration(
        "agent_seconds",
        NUMBER,
        "Length of the part that the agent handled",
        "polyai_duration",
        unit="seconds",
        addable=True,
    ),
    duration(
        "human_seconds",
        NUMBER,
        "The rest: total_seconds less agent_seconds",
        "human_seconds",
        unit="seconds",
        caveat="0 after REFER or BYE, whoever answered",
        addable=True,
    ),
    latency("first_latency", NUMBER, "Latency of the first turn", "first_latency", unit="seconds"),
    latency(
        "latency_p50",
        NUMBER,
        "Median latency of the turns after the first",
        "latencies[1]",
        unit="seconds",
        caveat="Percentiles are not to be averaged over conversations",
    ),
    latency(
        "latency_p95",
        NUMBER,
        "95th percentile of the latency of the turns after the first",
        "latencies[2]",
        unit="seconds",
        caveat="Percentiles are not to be averaged over conversations",
    ),
    latency(
        "latency_max", NUMBER, "Longest latency of the turns after the first", "latency_max", unit="seconds"
    ),
    latency(
        "latency_sum",
        NUMBER,
        "Sum of the latency of the turns after the first",
        "latency_sum",
        unit="seconds",
        caveat="Divide by measured_turns",
        addable=True,
    ),
    latency(
        "measured_turns",
        INTEGER,
        "Turns after the first that have a latency",
        "coalesce(measured_turns, 0)",
        addable=True,
    ),
    latency(
        "slow_turns",
        INTEGER,
        "Turns after the first of more than 2 s",
        "coalesce(slow_turns, 0)",
        addable=True,
    ),
    handoff("handoff", BOOLEAN, "Whether the agent handed it off to a human", "handoff"),
    handoff("handoff_reason", TEXT, "Why", "nullif(handoff_reason, '')"),
    handoff("handoff_destination", TEXT, "Where to", "nullif(handoff_destination, '')"),
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
        caveat=f"Hang-ups and silent calls count as contained. {_ENDED}, and where handoff is",
    ),
    content(
        "intents",
        TEXT_LIST,
        "Intents of its turns, in alphabetical order",
        "coalesce(intents, [])",
        filled=True,
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
    csat("csat_feedback", TEXT, "What the customer said of it", "csat_feedback", caveat="Personal data"),
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
        "$partition_state",
    ),
    proof(
        "is_final",
        BOOLEAN,
        "Whether nothing more is expected: the day is settled, it is not in progress, and its detail was found where "
        "details are fetched",
        "$partition_state = 'settled' AND NOT in_progress AND (detail_status = 'found' OR NOT $has_details)",
    ),
    proof(
        "certificate_sha256",
        TEXT,
        "Identifies the records that the day was loaded from",
        "$certificate_sha256",
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
        "$settings_hash",
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
"""One row per row of `conversations`."""
