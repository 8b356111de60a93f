-- The metrics of calls.
select
    calls.project,
    calls.business_date,
    metrics.name,
    count(case when metrics.position = 0 then 1 end) as conversations,
    count(*) as value_count,
    count(metrics.value_double) as numbers,
    count(case when lower(metrics.value) in ('true', 'false') then 1 end) as booleans,
    count(
        case when metrics.value_double is null and lower(metrics.value) not in ('true', 'false') then 1 end
    ) as texts,
    count(distinct metrics.value) as distinct_values
from {{ ref('stg_polyai__metrics') }} as metrics
inner join {{ ref('polyai__calls') }} as calls
    on calls.project = metrics.project
    and calls.date = metrics.date
    and calls.conversation_id = metrics.conversation_id
group by 1, 2, 3
