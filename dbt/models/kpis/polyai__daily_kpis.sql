-- The calls of every local day, at each level.
{% set has_turns = 'turns' in var('polyai_tables') %}
with calls as (
    select * from {{ ref('polyai__calls') }}
),
{% if has_turns -%}
-- the latency of every turn after the first
measured as (
    select calls.project, calls.business_date, calls.channel_group, calls.direction, calls.site, turns.latency
    from calls
    inner join {{ ref('stg_polyai__turns') }} as turns
        on turns.project = calls.project
        and turns.date = calls.date
        and turns.conversation_id = calls.conversation_id
    where turns.turn_index > 0 and turns.latency is not null
),
latencies as (
    select
        project, business_date, channel_group, direction, site, {{ dbt_polyai.level() }} as level,
        {{ dbt_polyai.percentile(0.5, 'latency') }} as latency_p50,
        {{ dbt_polyai.percentile(0.95, 'latency') }} as latency_p95
    from measured
    group by {{ dbt_polyai.grouped_by_level() }}
),
{%- endif %}
first_latencies as (
    select
        project, business_date, channel_group, direction, site, {{ dbt_polyai.level() }} as level,
        {{ dbt_polyai.percentile(0.5, 'first_latency') }} as first_latency_p50
    from calls
    group by {{ dbt_polyai.grouped_by_level() }}
),
parts as (
    select
        project, business_date, channel_group, direction, site,
        {{ dbt_polyai.counted_measures() }},
        max(restated_at) as restated_at
    from calls
    group by project, business_date, channel_group, direction, site
),
counted as (
    select
        project, business_date, channel_group, direction, site, {{ dbt_polyai.level() }} as level,
        {{ dbt_polyai.summed_measures() }},
        max(restated_at) as restated_at
    from parts
    group by {{ dbt_polyai.grouped_by_level() }}
),
busiest as (
    select project, business_date, level, site, max(peak_concurrent) as peak_concurrent
    from {{ ref('polyai__hourly_load') }}
    group by project, business_date, level, site
),
-- the UTC days that a local day touches, of those zones in which the project has calls
zones as (
    select distinct project, business_date, timezone from calls
),
touched as (
    select project, business_date, {{ dbt_polyai.utc_date(dbt_polyai.start_of_day('timezone', 'business_date')) }} as date
    from zones
    union
    select
        project, business_date,
        {{ dbt_polyai.utc_date(dbt_polyai.start_of_day('timezone', 'business_date + 1') ~ " - interval '1' second") }}
    from zones
),
states as (
    select
        touched.project, touched.business_date,
        count(case when loaded.is_settled then 1 end) < count(*) as provisional
    from touched
    left join {{ ref('polyai__partitions') }} as loaded
        on loaded.project = touched.project and loaded.date = touched.date
    group by touched.project, touched.business_date
)
select
    counted.project,
    counted.business_date,
    counted.level,
    counted.channel_group,
    counted.direction,
    counted.site,
    {%- for measure in dbt_polyai.measure_names() %}
    counted.{{ measure }},
    {%- endfor %}
    {%- if has_turns %}
    latencies.latency_p50,
    latencies.latency_p95,
    {%- else %}
    cast(null as {{ dbt_polyai.double() }}) as latency_p50,
    cast(null as {{ dbt_polyai.double() }}) as latency_p95,
    {%- endif %}
    first_latencies.first_latency_p50,
    busiest.peak_concurrent,
    states.provisional,
    counted.restated_at
from counted
inner join first_latencies
    on first_latencies.project = counted.project
    and first_latencies.business_date = counted.business_date
    and first_latencies.level = counted.level
    and first_latencies.channel_group is not distinct from counted.channel_group
    and first_latencies.direction is not distinct from counted.direction
    and first_latencies.site is not distinct from counted.site
{%- if has_turns %}
left join latencies
    on latencies.project = counted.project
    and latencies.business_date = counted.business_date
    and latencies.level = counted.level
    and latencies.channel_group is not distinct from counted.channel_group
    and latencies.direction is not distinct from counted.direction
    and latencies.site is not distinct from counted.site
{%- endif %}
left join busiest
    on busiest.project = counted.project
    and busiest.business_date = counted.business_date
    and busiest.level = counted.level
    and busiest.site is not distinct from counted.site
inner join states on states.project = counted.project and states.business_date = counted.business_date
