-- The topics of calls. A call counts once in each.
with looked_up as (
    select project, date, conversation_id, topic, count(*) as lookups
    from {{ ref('stg_polyai__turn_topics') }}
    group by project, date, conversation_id, topic
)
select
    calls.project,
    calls.business_date,
    looked_up.topic,
    count(*) as conversations,
    cast(sum(looked_up.lookups) as {{ dbt.type_bigint() }}) as lookups,
    count(case when calls.handoff then 1 end) as handoffs,
    count(calls.handoff) as handoff_known,
    count(calls.csat_score) as csat_answers,
    sum(calls.csat_score) as csat_sum
from looked_up
inner join {{ ref('polyai__calls') }} as calls
    on calls.project = looked_up.project
    and calls.date = looked_up.date
    and calls.conversation_id = looked_up.conversation_id
group by 1, 2, 3
