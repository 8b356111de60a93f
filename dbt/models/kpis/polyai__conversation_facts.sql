-- The facts, with what they have to do with other calls of the same contact: a repeated call begins within 7 days of the
-- end of the one before.
with facts as (
    select * from {{ ref('stg_polyai__conversation_facts') }}
),
near as (
    select
        project, date, conversation_id, region, account_id, contact, started_at, finished_at, handoff, direction,
        business_date
    from facts
    where not is_test and not in_progress and contact_kind in ('phone', 'email')
),
-- more calls a day than a person makes: a switchboard, for a week before and after
switchboards as (
    select region, account_id, contact, business_date
    from near
    group by region, account_id, contact, business_date
    having count(*) > {{ var('polyai_switchboard') }}
),
known as (
    select near.*
    from near
    where not exists (
        select 1
        from switchboards
        where switchboards.region = near.region
        and switchboards.account_id = near.account_id
        and switchboards.contact = near.contact
        and switchboards.business_date between near.business_date - 7 and near.business_date + 7
    )
),
-- how many inbound calls of the contact there were up to each call: the next one has one more
numbered as (
    select
        known.*,
        count(case when direction = 'inbound' then 1 end) over (
            partition by region, account_id, contact order by started_at, project, conversation_id
            rows unbounded preceding
        ) as place
    from known
),
inbound as (
    select region, account_id, contact, place, conversation_id, project, started_at
    from numbered
    where direction = 'inbound'
),
-- a call that comes back within minutes of a handoff is the transfer itself
returned as (
    select
        numbered.project, numbered.date, numbered.conversation_id,
        inbound.conversation_id as repeat_id, inbound.project as repeat_project, inbound.started_at as repeat_at
    from numbered
    left join inbound
        on inbound.region = numbered.region
        and inbound.account_id = numbered.account_id
        and inbound.contact = numbered.contact
        and inbound.place = numbered.place + 1
        and inbound.started_at <= numbered.finished_at + interval '168' hour
        and not (
            numbered.handoff
            and inbound.started_at < numbered.finished_at + interval '15' minute
        )
),
-- how far the days of a project are loaded without a gap
loaded as (
    select
        project, date, loaded_at, is_settled,
        max(date) over (partition by project, date - place) as loaded_until
    from (
        select
            project, date, loaded_at, is_settled,
            cast(row_number() over (partition by project order by date) as integer) as place
        from {{ ref('polyai__partitions') }}
    ) as numbered_days
),
joined as (
    select
        facts.*,
        returned.conversation_id is not null as is_contact_known,
        returned.repeat_id, returned.repeat_project, returned.repeat_at,
        case when returned.repeat_at is not null then
            greatest({{ dbt_polyai.seconds_of('returned.repeat_at') }} - {{ dbt_polyai.seconds_of('facts.finished_at') }}, 0)
        end as gap_seconds,
        {{ dbt_polyai.utc_date("facts.finished_at + interval '24' hour") }} as day_after,
        {{ dbt_polyai.utc_date("facts.finished_at + interval '168' hour") }} as week_after
    from facts
    left join returned
        on returned.project = facts.project
        and returned.date = facts.date
        and returned.conversation_id = facts.conversation_id
)
select
    {%- for column in dbt_polyai.facts_columns() %}
    joined.{{ column }},
    {%- endfor %}
    joined.delivered_at,
    joined.is_contact_known,
    joined.repeat_id,
    joined.repeat_project,
    joined.repeat_at,
    joined.gap_seconds,
    case
        when
            joined.is_contact_known and joined.handoff is not null
            and (loaded_day.is_settled or loaded_day.loaded_at >= joined.finished_at + interval '24' hour)
            then not (joined.handoff or coalesce(joined.gap_seconds <= 86400, false))
    end as contained_24h,
    case
        when
            joined.is_contact_known and joined.handoff is not null
            and (loaded_week.is_settled or loaded_week.loaded_at >= joined.finished_at + interval '168' hour)
            then not (joined.handoff or coalesce(joined.gap_seconds <= 604800, false))
    end as contained_7d
from joined
left join loaded on loaded.project = joined.project and loaded.date = joined.date
left join loaded as loaded_day
    on loaded_day.project = joined.project
    and loaded_day.date = joined.day_after
    and loaded_day.date <= loaded.loaded_until
left join loaded as loaded_week
    on loaded_week.project = joined.project
    and loaded_week.date = joined.week_after
    and loaded_week.date <= loaded.loaded_until
