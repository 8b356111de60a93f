-- The load of every local hour. What goes on at once is counted by a sweep over starts and ends: a call that is going on
-- when an hour begins is counted there by a mark at each quarter of an hour, at which all hours of the world begin. A
-- length of more than a day is none.
with calls as (
    select project, site, timezone, started_at, finished_at, business_date, local_hour
    from {{ ref('polyai__calls') }}
),
timed as (
    select project, site, timezone, started_at, finished_at
    from calls
    where finished_at > started_at and finished_at <= started_at + interval '24' hour
),
quarters_within as (
    select
        project, site, timezone, finished_at,
        {{ dbt_polyai.each_number(
            dbt_polyai.quarter_of('started_at') ~ ' + 1', dbt_polyai.quarter_of('finished_at')
        ) }} as quarter
    from timed
),
marks as (
    select project, site, timezone, started_at as moment, 1 as change from timed
    union all
    select project, site, timezone, finished_at as moment, -1 as change from timed
    union all
    select project, site, timezone, {{ dbt_polyai.start_of_quarter('quarter') }} as moment, 0 as change
    from quarters_within
    where {{ dbt_polyai.start_of_quarter('quarter') }} < finished_at
),
levelled as (
    select 'site' as level, project, site, timezone, moment, change from marks
    union all
    select 'project' as level, project, null as site, timezone, moment, change from marks
),
running as (
    select
        project, level, site, timezone, moment,
        -- of what is at the same moment, ends come first, then starts, then marks
        sum(change) over (
            partition by project, level, site
            order by moment, case change when -1 then 0 when 1 then 1 else 2 end
            rows unbounded preceding
        ) as concurrent
    from levelled
),
quarters as (
    select
        project, level, site, timezone, {{ dbt_polyai.quarter_of('moment') }} as quarter,
        max(concurrent) as concurrent
    from running
    group by 1, 2, 3, 4, 5
    having max(concurrent) > 0
),
local_quarters as (
    select
        project, level, site, concurrent,
        {{ dbt_polyai.local_time('timezone', dbt_polyai.start_of_quarter('quarter')) }} as local_at
    from quarters
),
started as (
    select
        project, case when grouping(site) = 0 then 'site' else 'project' end as level, site, business_date, local_hour,
        count(*) as started
    from calls
    group by grouping sets ((project, site, business_date, local_hour), (project, business_date, local_hour))
),
either as (
    select
        project, level, site, cast(local_at as date) as business_date, {{ dbt_polyai.hour_of('local_at') }} as local_hour,
        0 as started, concurrent as peak_concurrent
    from local_quarters
    union all
    select project, level, site, business_date, local_hour, started, null as peak_concurrent
    from started
),
loaded as (
    select
        project, business_date, local_hour, level, site,
        cast(sum(started) as {{ dbt.type_bigint() }}) as started,
        cast(max(peak_concurrent) as {{ dbt.type_bigint() }}) as peak_concurrent
    from either
    group by 1, 2, 3, 4, 5
),
zones as (
    select
        project, case when grouping(site) = 0 then 'site' else 'project' end as level, site, min(timezone) as timezone
    from calls
    group by grouping sets ((project, site), (project))
),
reach as (
    select
        {{ dbt_polyai.quarter_of('min(started_at)') }} - 192 as first,
        {{ dbt_polyai.quarter_of('max(started_at)') }} + 288 as last
    from calls
),
all_quarters as (
    select {{ dbt_polyai.each_number('first', 'last') }} as quarter from reach
),
local_times as (
    select
        zone.timezone,
        {{ dbt_polyai.local_time('zone.timezone', dbt_polyai.start_of_quarter('all_quarters.quarter')) }} as local_at
    from (select distinct timezone from zones) as zone
    cross join all_quarters
),
hours as (
    select
        timezone, cast(local_at as date) as business_date, {{ dbt_polyai.hour_of('local_at') }} as local_hour,
        15 * count(*) as minutes
    from local_times
    group by 1, 2, 3
)
select
    loaded.project,
    loaded.business_date,
    loaded.local_hour,
    loaded.level,
    loaded.site,
    loaded.started,
    loaded.peak_concurrent,
    hours.minutes
from loaded
inner join zones
    on zones.project = loaded.project and zones.level = loaded.level and zones.site is not distinct from loaded.site
inner join hours
    on hours.timezone = zones.timezone
    and hours.business_date = loaded.business_date
    and hours.local_hour = loaded.local_hour
