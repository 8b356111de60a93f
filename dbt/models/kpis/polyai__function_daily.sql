-- The functions that the agent called in calls.
select
    calls.project,
    calls.business_date,
    called.name,
    count(*) as calls,
    count(distinct called.conversation_id) as conversations,
    count(case when called.error <> '' then 1 end) as errors,
    count(called.duration) as timed,
    sum(called.duration) as seconds,
    {{ dbt_polyai.percentile(0.5, 'called.duration') }} as seconds_p50,
    {{ dbt_polyai.percentile(0.95, 'called.duration') }} as seconds_p95
from {{ ref('stg_polyai__function_events') }} as called
inner join {{ ref('polyai__calls') }} as calls
    on calls.project = called.project
    and calls.date = called.date
    and calls.conversation_id = called.conversation_id
group by 1, 2, 3
