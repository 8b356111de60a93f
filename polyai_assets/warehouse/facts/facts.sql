-- What the formulas of conversation_facts are made of, for days of one project: one row per row of conversations. In
-- braces are the tables that it reads, of these days alone, and columns that a project configures. To plan a join with
-- nothing takes longer than to make the facts of a small day: of what joins a table without rows, a line that begins
-- with `of` is a comment, and the one that begins with `no` is none.
WITH
t AS (  -- one pass over the turns
    SELECT
        date,
        conversation_id,
        count(*) FILTER (trim(user_input) <> '' OR user_input_dtmf <> '') AS user_turns,
        sum({user_words}) AS user_words,
        sum({agent_words}) AS agent_words,
        -- a text of one byte a character has none of these scripts; in most turns that is all that is looked at
        bool_or(strlen(user_input) <> length(user_input) AND regexp_matches(user_input, {unspaced})) AS user_unspaced,
        bool_or(strlen(agent_response) <> length(agent_response) AND regexp_matches(agent_response, {unspaced}))
            AS agent_unspaced,
        count(*) FILTER (barge_in) AS barge_ins,
        any_value(latency) FILTER (turn_index = 0) AS first_latency,
        quantile_cont(latency, [0.5, 0.95]) FILTER (turn_index > 0) AS latencies,
        max(latency) FILTER (turn_index > 0) AS latency_max,
        sum(latency) FILTER (turn_index > 0) AS latency_sum,
        count(latency) FILTER (turn_index > 0) AS measured_turns,
        count(*) FILTER (turn_index > 0 AND latency > {slow}) AS slow_turns,
        list_sort(list_distinct(flatten(list(intents) FILTER (len(intents) > 0)))) AS intents,
        arg_max(heard, turn_index) FILTER (heard <> '') AS last_heard,
        list_sort(list_distinct(list(heard) FILTER (heard <> ''))) AS heard
    FROM (
        SELECT *, CASE WHEN contains(extra, '"asr_lang_code"') THEN json_extract_string(extra, '$.asr_lang_code') END AS heard
        FROM {turns}
    )
    GROUP BY date, conversation_id
),
m AS (
    SELECT
        date,
        conversation_id,
        bool_or(lower(value) IN ('true', '1')) FILTER (name = 'CSAT_OFFERED') AS csat_offered,
        bool_or(lower(value) IN ('true', '1')) FILTER (name = 'CSAT_ACCEPTED') AS csat_accepted,
        bool_or(lower(value) IN ('true', '1')) FILTER (name = 'CSAT_DENIED') AS csat_denied,
        bool_or(lower(value) IN ('true', '1')) FILTER (name = 'CSAT_COMPLETED') AS csat_completed,
        bool_or(name = 'CSAT_SCORE') AS csat_sent,
        arg_max_null(value_double, position) FILTER (name = 'CSAT_SCORE') AS csat_score,
        arg_max(value, position) FILTER (name = 'CSAT_FREE_FEEDBACK') AS csat_feedback,
        bool_or(lower(value) IN ('true', '1')) FILTER (name = 'CHAT_ABANDONED') AS chat_abandoned,
        bool_or(lower(value) NOT IN ('false', '0', '')) FILTER (list_contains($success_metrics, name)) AS succeeded
        {metric_values}
    FROM {metrics}
    WHERE list_contains($metric_names, name)
    GROUP BY date, conversation_id
),
d AS (
    SELECT *
    FROM {conversation_details}
    QUALIFY row_number() OVER (PARTITION BY date, conversation_id ORDER BY asked_at DESC) = 1
),
dt AS (
    SELECT
        date,
        conversation_id,
        arg_max(asr_language, turn_index) FILTER (asr_language <> '') AS last_in_detail,
        list(DISTINCT asr_language) FILTER (asr_language <> '') AS heard_in_detail
    FROM {detail_turns}
    GROUP BY date, conversation_id
),
tt AS (
    SELECT date, conversation_id, list_sort(list(DISTINCT topic)) AS topics FROM {turn_topics} GROUP BY date, conversation_id
),
ts AS (
    SELECT date, conversation_id, list_sort(list(DISTINCT category)) AS safety_categories
    FROM {turn_safety}
    GROUP BY date, conversation_id
),
f AS (
    SELECT
        date,
        conversation_id,
        list_sort(list(DISTINCT name) FILTER (name <> '')) AS functions_called,
        count(*) AS function_calls,
        count(*) FILTER (error <> '') AS function_errors,
        sum(duration) AS function_seconds,
        count(handoff) AS handoff_attempts,
        -- the first that says something, of the last turn that has any. What is taken apart as JSON takes four times its
        -- bytes for 2,048 rows together, and logs are in `extra`: so only what can say something is
        arg_max(CASE WHEN handoff IS NOT NULL THEN json_extract_string(extra, '$.utterance') END, (coalesce(turn_index, -1), -position))
            FILTER (handoff IS NOT NULL) AS handoff_said,
        bool_or(CASE WHEN regexp_matches(extra, '"hangup"\s*:\s*[^nf\s]')
            THEN json_extract(extra, '$.hangup')::VARCHAR NOT IN ('null', 'false') END) AS agent_hung_up
    FROM {function_events}
    GROUP BY date, conversation_id
),
v AS (
    SELECT variant_id, any_value(is_default) AS is_default_variant
    FROM {variants}
    WHERE valid_until IS NULL
    GROUP BY variant_id
),
r AS (
    SELECT
        deployment_id,
        arg_max(message, valid_from) AS deployment_message,
        arg_max(created_at, valid_from) AS deployed_at
    FROM {deployments}
    GROUP BY deployment_id
),
restated AS (
    SELECT date, conversation_id, max(changed_at) AS restated_at
    FROM {conversation_changes}
    WHERE changed_at >= date::TIMESTAMP AT TIME ZONE 'UTC' + INTERVAL 1 DAY
    GROUP BY date, conversation_id
),
joined AS (
    SELECT
        c.* EXCLUDE (state), s.* EXCLUDE (variant), y.* EXCLUDE (date), t.* EXCLUDE (date, conversation_id, user_turns),
        m.* EXCLUDE (date, conversation_id), coalesce(t.user_turns, 0) AS user_turns,
        {of[conversation_changes]} restated_at,
        {no[conversation_changes]} NULL::TIMESTAMPTZ AS restated_at,
        {of[detail_turns]} dt.* EXCLUDE (date, conversation_id),
        {no[detail_turns]} NULL::VARCHAR AS last_in_detail, NULL::VARCHAR[] AS heard_in_detail,
        {of[turn_topics]} tt.topics,
        {no[turn_topics]} NULL::VARCHAR[] AS topics,
        {of[turn_safety]} ts.safety_categories,
        {no[turn_safety]} NULL::VARCHAR[] AS safety_categories,
        {of[variants]} v.is_default_variant,
        {no[variants]} NULL::BOOLEAN AS is_default_variant,
        {of[function_events]} f.* EXCLUDE (date, conversation_id, agent_hung_up), coalesce(f.agent_hung_up, false) AS agent_hung_up,
        {no[function_events]} NULL::VARCHAR[] AS functions_called, NULL::BIGINT AS function_calls, NULL::BIGINT AS function_errors,
        {no[function_events]} NULL::DOUBLE AS function_seconds, NULL::BIGINT AS handoff_attempts, NULL::VARCHAR AS handoff_said,
        {no[function_events]} false AS agent_hung_up,
        {of[deployments]} nullif(r.deployment_message, '') AS deployment_message, r.deployed_at,
        {no[deployments]} NULL::VARCHAR AS deployment_message, NULL::TIMESTAMPTZ AS deployed_at,
        {of[conversation_details]} d.* EXCLUDE (date, conversation_id, status, direction, finished_at, language),
        {of[conversation_details]} coalesce(d.status = 'found', false) AS detail_found, d.direction AS sent_direction,
        {of[conversation_details]} d.finished_at AS sent_finish, d.language AS sent_language,
        {no[conversation_details]} NULL::TIMESTAMPTZ AS asked_at, NULL::VARCHAR AS deployment_id, NULL::DOUBLE AS poly_score,
        {no[conversation_details]} NULL::VARCHAR AS poly_score_scale, NULL::VARCHAR AS summary_heading, NULL::VARCHAR[] AS tags,
        {no[conversation_details]} NULL::VARCHAR AS note, false AS detail_found, NULL::VARCHAR AS sent_direction,
        {no[conversation_details]} NULL::TIMESTAMPTZ AS sent_finish, NULL::VARCHAR AS sent_language,
        json_extract_string(c.state, {state_paths}) AS state,
        timezone(s.timezone, c.started_at) AS local_start
    FROM {conversations} c
    JOIN {settings} s ON s.variant = CASE
        WHEN list_contains($variants, c.variant_id) THEN c.variant_id
        WHEN list_contains($variants, c.variant_name) THEN c.variant_name
        ELSE '' END
    JOIN {days} y ON y.date = c.date
    LEFT JOIN t ON t.date = c.date AND t.conversation_id = c.conversation_id
    LEFT JOIN m ON m.date = c.date AND m.conversation_id = c.conversation_id
    {of[conversation_details]} LEFT JOIN d ON d.date = c.date AND d.conversation_id = c.conversation_id
    {of[detail_turns]} LEFT JOIN dt ON dt.date = c.date AND dt.conversation_id = c.conversation_id
    {of[turn_topics]} LEFT JOIN tt ON tt.date = c.date AND tt.conversation_id = c.conversation_id
    {of[turn_safety]} LEFT JOIN ts ON ts.date = c.date AND ts.conversation_id = c.conversation_id
    {of[function_events]} LEFT JOIN f ON f.date = c.date AND f.conversation_id = c.conversation_id
    {of[variants]} LEFT JOIN v ON v.variant_id = c.variant_id
    {of[deployments]} LEFT JOIN r ON r.deployment_id = d.deployment_id
    {of[conversation_changes]} LEFT JOIN restated ON restated.date = c.date AND restated.conversation_id = c.conversation_id
),
grouped AS (
    SELECT
        *,
        CASE WHEN regexp_full_match(conversation_id, 'CA[0-9a-fA-F]{{32}}') THEN 'call'
            WHEN starts_with(conversation_id, 'OUT-') THEN 'outbound'
            WHEN starts_with(conversation_id, 'AS_CHAT_') THEN 'studio'
            WHEN starts_with(conversation_id, 'TW_SMS_') THEN 'sms'
            WHEN starts_with(conversation_id, 'LOCAL-') THEN 'local'
            WHEN starts_with(conversation_id, 'KA-') THEN 'ka'
            ELSE 'other' END AS id_kind,
        CASE WHEN id_kind = 'studio' THEN 'studio'
            ELSE coalesce(channel_groups[channel], CASE
                WHEN starts_with(channel, 'VOICE') THEN 'voice'
                WHEN channel = 'WEBCHAT' THEN 'webchat'
                WHEN channel = 'CHAT' THEN 'studio'
                WHEN channel IN ('SMS', 'RCS') THEN 'messaging'
                ELSE 'other' END) END AS channel_group,
        CASE WHEN sent_direction <> '' THEN lower(sent_direction)
            WHEN id_kind = 'outbound' THEN 'outbound' ELSE 'inbound' END AS direction,
        CASE WHEN sent_direction <> '' THEN 'sent' ELSE 'derived' END AS direction_source,
        (isodow(local_start) - 1) * 1440 + hour(local_start) * 60 + minute(local_start) AS week_minute,
        state[1] AS shared_id, state[2] AS call_sid, state[3] AS state_language,
        CASE WHEN total_duration > polyai_duration THEN total_duration - polyai_duration
            WHEN total_duration <= polyai_duration THEN 0 END AS human_seconds,
        -- hostile lengths are no moments
        CASE WHEN NOT in_progress THEN coalesce(sent_finish, CASE WHEN total_duration BETWEEN 0 AND 2678400
            THEN started_at + to_microseconds(round(total_duration * 1e6)::BIGINT) END) END AS finished_at
    FROM joined
),
met AS (
    SELECT
        *,
        trim(CASE direction WHEN 'outbound' THEN to_number ELSE from_number END) AS customer,
        nullif(trim(CASE direction WHEN 'outbound' THEN from_number ELSE to_number END), '') AS our_number,
        {dialled} AS dialled,
        {our_plain} AS our_plain
    FROM grouped
),
reached AS (
    SELECT
        *,
        {contact_kind} AS contact_kind,
        {contact} AS contact
    FROM met
),
ruled AS (
    SELECT
        *,
        CASE WHEN environment NOT IN ('live', '') THEN 'environment'
            WHEN channel_group = 'studio' THEN 'studio'
            WHEN list_has_any(test_numbers, [contact, regexp_replace(dialled, '^00', '+'), our_plain]) THEN 'number'
            END AS test_rule,
        CASE WHEN in_progress OR handoff OR user_turns = 0 THEN NULL
            WHEN chat_abandoned THEN 'chat metric'
            WHEN channel_group = 'voice' AND total_duration < abandon_seconds AND NOT agent_hung_up
                AND NOT coalesce(succeeded, false) THEN 'short' END AS abandon_rule
    FROM reached
)
SELECT
    {columns}
FROM ruled
