"""Facts of a conversation: where, when and with whom it took place."""

from polyai_assets.contract.fact import FactGroup
from polyai_assets.contract.fields import Kind, Pii

TEXT, INTEGER, BOOLEAN, TIMESTAMP, DAY, TEXT_LIST = (
    Kind.TEXT,
    Kind.INTEGER,
    Kind.BOOLEAN,
    Kind.TIMESTAMP,
    Kind.DATE,
    Kind.TEXT_LIST,
)

place = FactGroup("place", Pii.NONE)
direction = FactGroup("direction", Pii.NONE)
time = FactGroup("time", Pii.NONE)
site = FactGroup("site", Pii.NONE)
language = FactGroup("language", Pii.NONE)
release = FactGroup("release", Pii.NONE)
contact = FactGroup("contact", Pii.NONE)
test = FactGroup("test", Pii.NONE)

CALL_FACTS = (
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
    place(
        "id_kind",
        TEXT,
        "Kind of its id, by how that begins: call (CA), outbound (OUT-), studio (AS_CHAT_), sms (TW_SMS_), "
        "local (LOCAL-), ka (KA-) or other",
        "id_kind",
        filled=True,
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
        caveat="NULL while it is in progress",
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
    site(
        "is_default_variant",
        BOOLEAN,
        "Whether its variant is the one that is taken where none was set; from the table variants",
        "is_default_variant",
        caveat="As that table was when the row was made",
    ),
    language(
        "language",
        TEXT,
        "Language: as the Agents API says, else that in which the last turn was heard, else of the agent's state",
        "coalesce(nullif(sent_language, ''), last_heard, last_in_detail, nullif(state_language, ''))",
    ),
    language(
        "languages",
        TEXT_LIST,
        "Languages in which turns were heard, in alphabetical order",
        "list_sort(list_distinct(list_concat(coalesce(heard, []), coalesce(heard_in_detail, []))))",
        filled=True,
    ),
    release(
        "deployment_id",
        TEXT,
        "Version of the agent that was deployed",
        "nullif(deployment_id, '')",
        caveat="NULL without details: say the share that is known",
    ),
    release(
        "deployment_message",
        TEXT,
        "What was written when it was deployed; from the table deployments",
        "deployment_message",
        caveat="As that table was when the row was made",
        pii=Pii.TEXT,
    ),
    release("deployed_at", TIMESTAMP, "When it was deployed; from the table deployments", "deployed_at"),
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
        caveat="Personal data. A number without + is read as it is dialled in the country of our_number, and stays as "
        "it was sent where that is not clear",
        pii=Pii.CONTACT,
    ),
    contact("our_number", TEXT, "The other number, of the agent", "our_number"),
    contact(
        "shared_id", TEXT, "Id that other systems share; from the agent's state", "shared_id", pii=Pii.CONTACT
    ),
    contact("call_sid", TEXT, "Id of the call at the telephone provider; from the agent's state", "call_sid"),
    test(
        "is_test",
        BOOLEAN,
        "Whether it is no customer's: another environment than live, Agent Studio, or a number of test_numbers",
        "test_rule IS NOT NULL",
    ),
    test("test_rule", TEXT, "Why it is a test: environment, studio or number", "test_rule"),
)
"""The first columns of `conversation_facts`, each with its formula."""
