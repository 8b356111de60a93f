-- What the formulas of the facts are made of: one row per conversation. The platform prepares the same for itself, in
-- polyai_assets/warehouse/facts/facts.sql; what changes there changes here.
{{ config(materialized='ephemeral') }}
{{ dbt_polyai.check_base_tables() }}
{%- set with_details = dbt_polyai.has_details() %}
with settings as (
    {{ dbt_polyai.kpi_settings() }}
),
open_minutes as (
    {{ dbt_polyai.kpi_open_minutes() }}
),
test_numbers as (
    {{ dbt_polyai.kpi_test_numbers() }}
),
channel_groups as (
    {{ dbt_polyai.kpi_names('channel_groups') }}
),
site_names as (
    {{ dbt_polyai.kpi_names('site_names') }}
),
success_metrics as (
    {{ dbt_polyai.kpi_success_metrics() }}
),
said as (
    select
        project, date, conversation_id, turn_index, barge_in, latency,
        case when turn_index > 0 then latency end as later_latency,
        {{ dbt_polyai.trimmed('user_input') }} <> '' or user_input_dtmf <> '' as is_of_user,
        {{ dbt_polyai.words_of('user_input') }} as user_words,
        {{ dbt_polyai.words_of('agent_response') }} as agent_words,
        {{ dbt_polyai.is_unspaced('user_input') }} as user_unspaced,
        {{ dbt_polyai.is_unspaced('agent_response') }} as agent_unspaced,
        {{ dbt_polyai.json_text('extra', ['asr_lang_code']) }} as heard
    from {{ ref('stg_polyai__turns') }}
),
of_turns as (
    select
        project, date, conversation_id,
        count(case when is_of_user then 1 end) as user_turns,
        sum(user_words) as user_words,
        sum(agent_words) as agent_words,
        bool_or(user_unspaced) as user_unspaced,
        bool_or(agent_unspaced) as agent_unspaced,
        count(case when barge_in then 1 end) as barge_ins,
        max(case when turn_index = 0 then latency end) as first_latency,
        array[
            {{ dbt_polyai.percentile(0.5, 'later_latency') }}, {{ dbt_polyai.percentile(0.95, 'later_latency') }}
        ] as latencies,
        max(later_latency) as latency_max,
        sum(later_latency) as latency_sum,
        count(later_latency) as measured_turns,
        -- PolyAI's own target for the latency of a turn is 2 seconds
        count(case when later_latency > 2 then 1 end) as slow_turns,
        {{ dbt_polyai.first_of('heard', 'turn_index desc', "heard <> ''") }} as last_heard
    from said
    group by project, date, conversation_id
),
of_intents as (
    select project, date, conversation_id, {{ dbt_polyai.texts_of('intent') }} as intents
    from (
        select project, date, conversation_id, unnest(intents) as intent from {{ ref('stg_polyai__turns') }}
    ) as listed
    group by project, date, conversation_id
),
of_languages as (
    select project, date, conversation_id, {{ dbt_polyai.texts_of('heard', "heard <> ''") }} as languages
    from (
        select project, date, conversation_id, heard from said
        {%- if with_details %}
        union all
        select project, date, conversation_id, asr_language as heard from {{ ref('stg_polyai__detail_turns') }}
        {%- endif %}
    ) as listed
    group by project, date, conversation_id
),
of_metrics as (
    select
        metrics.project, metrics.date, metrics.conversation_id,
        {%- for name in ['CSAT_OFFERED', 'CSAT_ACCEPTED', 'CSAT_DENIED', 'CSAT_COMPLETED', 'CHAT_ABANDONED'] %}
        bool_or(case when metrics.name = '{{ name }}' then lower(metrics.value) in ('true', '1') end) as {{ name.lower() }},
        {%- endfor %}
        bool_or(metrics.name = 'CSAT_SCORE') as csat_sent,
        {{ dbt_polyai.first_of('metrics.value_double', 'metrics.position desc', "metrics.name = 'CSAT_SCORE'") }} as csat_score,
        {{ dbt_polyai.first_of('metrics.value', 'metrics.position desc', "metrics.name = 'CSAT_FREE_FEEDBACK'") }} as csat_feedback,
        bool_or(case when success_metrics.name is not null then lower(metrics.value) not in ('false', '0', '') end)
            as succeeded
    from {{ ref('stg_polyai__metrics') }} as metrics
    left join success_metrics on success_metrics.project = metrics.project and success_metrics.name = metrics.name
    group by metrics.project, metrics.date, metrics.conversation_id
),
{%- if with_details %}
details as (
    select *
    from (
        select
            *, row_number() over (partition by project, date, conversation_id order by asked_at desc) as place
        from {{ ref('stg_polyai__conversation_details') }}
    ) as numbered
    where place = 1
),
last_heard_in_detail as (
    select
        project, date, conversation_id,
        {{ dbt_polyai.first_of('asr_language', 'turn_index desc', "asr_language <> ''") }} as last_in_detail
    from {{ ref('stg_polyai__detail_turns') }}
    group by project, date, conversation_id
),
of_topics as (
    select project, date, conversation_id, {{ dbt_polyai.texts_of('topic') }} as topics
    from {{ ref('stg_polyai__turn_topics') }}
    group by project, date, conversation_id
),
of_safety as (
    select project, date, conversation_id, {{ dbt_polyai.texts_of('category') }} as safety_categories
    from {{ ref('stg_polyai__turn_safety') }}
    group by project, date, conversation_id
),
of_functions as (
    select
        project, date, conversation_id,
        {{ dbt_polyai.texts_of('name', "name <> ''") }} as functions_called,
        count(*) as function_calls,
        count(case when error <> '' then 1 end) as function_errors,
        sum(duration) as function_seconds,
        count(handoff) as handoff_attempts,
        {{ dbt_polyai.first_of(
            'utterance', 'coalesce(turn_index, -1) desc, position', 'handoff is not null and utterance is not null'
        ) }}
            as handoff_said,
        bool_or(hung_up) as agent_hung_up
    from (
        select
            *,
            {{ dbt_polyai.json_text('extra', ['utterance']) }} as utterance,
            {{ dbt_polyai.json_is_set('extra', 'hangup') }} as hung_up
        from {{ ref('stg_polyai__function_events') }}
    ) as events
    group by project, date, conversation_id
),
{%- endif %}
joined as (
    select
        conversations.project, conversations.date, conversations.conversation_id, conversations.region,
        conversations.account_id, conversations.project_id, conversations.environment, conversations.channel,
        conversations.started_at, conversations.in_progress, conversations.variant_id, conversations.variant_name,
        conversations.from_number, conversations.to_number, conversations.num_turns, conversations.total_duration,
        conversations.polyai_duration, conversations.handoff, conversations.handoff_reason,
        conversations.handoff_destination, conversations.num_silences, conversations.num_ood,
        array[
            {{ dbt_polyai.json_text('conversations.state', ['shared_id']) }},
            {{ dbt_polyai.json_text('conversations.state', ['call_sid']) }},
            {{ dbt_polyai.json_text('conversations.state', ['asr_lang_code']) }},
            {{ dbt_polyai.json_text('conversations.state', ['handoff', 'sip_method']) }},
            {{ dbt_polyai.json_text('conversations.state', ['handoff', 'method']) }},
            {{ dbt_polyai.json_text('conversations.state', ['handoff', 'utterance']) }}
        ] as state,
        coalesce(by_id.variant, by_name.variant, '') as settings_variant,
        coalesce(of_turns.user_turns, 0) as user_turns,
        of_turns.user_words, of_turns.agent_words, of_turns.user_unspaced, of_turns.agent_unspaced, of_turns.barge_ins,
        of_turns.first_latency, of_turns.latencies, of_turns.latency_max, of_turns.latency_sum, of_turns.measured_turns,
        of_turns.slow_turns, of_turns.last_heard, of_intents.intents, of_languages.languages,
        of_metrics.csat_offered, of_metrics.csat_accepted, of_metrics.csat_denied, of_metrics.csat_completed,
        of_metrics.csat_sent, of_metrics.csat_score, of_metrics.csat_feedback, of_metrics.chat_abandoned,
        of_metrics.succeeded,
        {%- if with_details %}
        coalesce(details.status = 'found', false) as detail_found,
        details.asked_at, details.direction as sent_direction, details.finished_at as sent_finish,
        details.language as sent_language, details.deployment_id, details.poly_score, details.poly_score_scale,
        details.summary_heading, details.tags, details.note, last_heard_in_detail.last_in_detail, of_topics.topics,
        of_safety.safety_categories, of_functions.functions_called, of_functions.function_calls,
        of_functions.function_errors, of_functions.function_seconds, of_functions.handoff_attempts,
        of_functions.handoff_said, coalesce(of_functions.agent_hung_up, false) as agent_hung_up,
        {%- else %}
        false as detail_found, cast(null as timestamptz) as asked_at, cast(null as text) as sent_direction,
        cast(null as timestamptz) as sent_finish, cast(null as text) as sent_language,
        cast(null as text) as deployment_id, cast(null as {{ dbt_polyai.double() }}) as poly_score,
        cast(null as text) as poly_score_scale, cast(null as text) as summary_heading,
        {{ dbt_polyai.no_texts() }} as tags, cast(null as text) as note, cast(null as text) as last_in_detail,
        {{ dbt_polyai.no_texts() }} as topics, {{ dbt_polyai.no_texts() }} as safety_categories,
        {{ dbt_polyai.no_texts() }} as functions_called, cast(null as bigint) as function_calls,
        cast(null as bigint) as function_errors, cast(null as {{ dbt_polyai.double() }}) as function_seconds,
        cast(null as bigint) as handoff_attempts, cast(null as text) as handoff_said, false as agent_hung_up,
        {%- endif %}
        case
            when delivery.settled then 'settled'
            when delivery.verdict = 'complete' then 'complete'
            else 'provisional'
        end as partition_state
    from {{ ref('stg_polyai__conversations') }} as conversations
    left join settings as by_id
        on by_id.project = conversations.project and by_id.variant = conversations.variant_id and by_id.variant <> ''
    left join settings as by_name
        on by_name.project = conversations.project
        and by_name.variant = conversations.variant_name
        and by_name.variant <> ''
    left join {{ ref('stg_polyai__delivery_log') }} as delivery
        on delivery.project = conversations.project and delivery.date = conversations.date
    {%- set parts = ['of_turns', 'of_intents', 'of_languages', 'of_metrics'] %}
    {%- if with_details %}
    {%- set parts = parts + ['details', 'last_heard_in_detail', 'of_topics', 'of_safety', 'of_functions'] %}
    {%- endif %}
    {%- for part in parts %}
    left join {{ part }}
        on {{ part }}.project = conversations.project
        and {{ part }}.date = conversations.date
        and {{ part }}.conversation_id = conversations.conversation_id
    {%- endfor %}
),
kinds as (
    select
        joined.*,
        coalesce(settings.timezone, 'UTC') as timezone,
        coalesce(settings.has_hours, false) as has_hours,
        coalesce(settings.has_own_columns, false) as has_own_columns,
        coalesce(settings.abandon_seconds, 20) as abandon_seconds,
        settings.human_per_minute, settings.agent_per_minute, settings.currency,
        {{ dbt_polyai.local_time("coalesce(settings.timezone, 'UTC')", 'joined.started_at') }} as local_start,
        case
            when {{ dbt_polyai.full_match('joined.conversation_id', 'CA[0-9a-fA-F]{32}') }} then 'call'
            when starts_with(joined.conversation_id, 'OUT-') then 'outbound'
            when starts_with(joined.conversation_id, 'AS_CHAT_') then 'studio'
            when starts_with(joined.conversation_id, 'TW_SMS_') then 'sms'
            when starts_with(joined.conversation_id, 'LOCAL-') then 'local'
            when starts_with(joined.conversation_id, 'KA-') then 'ka'
            else 'other'
        end as id_kind,
        case
            when total_duration > polyai_duration then total_duration - polyai_duration
            when total_duration <= polyai_duration then 0
        end as human_seconds,
        case when not joined.in_progress then
            -- hostile lengths are no moments
            coalesce(joined.sent_finish, case when joined.total_duration between 0 and 2678400 then
                joined.started_at + {{ dbt_polyai.span_of('joined.total_duration') }}
            end)
        end as finished_at
    from joined
    left join settings on settings.project = joined.project and settings.variant = joined.settings_variant
),
grouped as (
    select
        kinds.*,
        case
            when id_kind = 'studio' then 'studio'
            when channel_groups.value is not null then channel_groups.value
            when starts_with(channel, 'VOICE') then 'voice'
            when channel = 'WEBCHAT' then 'webchat'
            when channel = 'CHAT' then 'studio'
            when channel in ('SMS', 'RCS') then 'messaging'
            else 'other'
        end as channel_group,
        case
            when sent_direction <> '' then lower(sent_direction)
            when id_kind = 'outbound' then 'outbound'
            else 'inbound'
        end as direction,
        case when sent_direction <> '' then 'sent' else 'derived' end as direction_source,
        cast(
            (extract(isodow from local_start) - 1) * 1440 + extract(hour from local_start) * 60
            + extract(minute from local_start) as integer
        ) as week_minute
    from kinds
    left join channel_groups
        on channel_groups.project = kinds.project
        and channel_groups.variant = kinds.settings_variant
        and channel_groups.name = kinds.channel
),
met as (
    select
        *,
        {{ dbt_polyai.trimmed("case direction when 'outbound' then to_number else from_number end") }} as customer,
        nullif(
            {{ dbt_polyai.trimmed("case direction when 'outbound' then from_number else to_number end") }}, ''
        ) as our_number
    from grouped
),
dialled as (
    select
        *,
        {{ dbt_polyai.dialled('customer') }} as dialled,
        regexp_replace({{ dbt_polyai.dialled('our_number') }}, '^00', '+') as our_plain
    from met
),
reached as (
    select *, {{ dbt_polyai.contact_kind() }} as contact_kind from dialled
),
known as (
    select *, {{ dbt_polyai.contact() }} as contact from reached
),
ruled as (
    select
        known.*,
        state[1] as shared_id, state[2] as call_sid, state[3] as state_language,
        case
            when environment not in ('live', '') then 'environment'
            when channel_group = 'studio' then 'studio'
            when exists (
                select 1
                from test_numbers
                where test_numbers.project = known.project
                and test_numbers.variant = known.settings_variant
                and test_numbers.number in (known.contact, regexp_replace(known.dialled, '^00', '+'), known.our_plain)
            ) then 'number'
        end as test_rule,
        case
            when in_progress or handoff or user_turns = 0 then null
            when chat_abandoned then 'chat metric'
            when
                channel_group = 'voice' and total_duration < abandon_seconds and not agent_hung_up
                and not coalesce(succeeded, false)
                then 'short'
        end as abandon_rule,
        exists (
            select 1
            from open_minutes
            where open_minutes.project = known.project
            and open_minutes.variant = known.settings_variant
            and known.week_minute >= open_minutes.since
            and known.week_minute < open_minutes.until
        ) as is_in_hours,
        site_of_name.value as site_of_name,
        site_of_id.value as site_of_id,
        site_of_number.value as site_of_number,
        {{ dbt_polyai.studio_address('known.project') }} as studio_address
    from known
    {%- for name, column in [('name', 'variant_name'), ('id', 'variant_id'), ('number', 'our_number')] %}
    left join site_names as site_of_{{ name }}
        on site_of_{{ name }}.project = known.project
        and site_of_{{ name }}.variant = known.settings_variant
        and site_of_{{ name }}.name = nullif(known.{{ column }}, '')
    {%- endfor %}
)
select * from ruled
