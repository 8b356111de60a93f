-- Why, and where to, calls were handed off.
select
    project,
    business_date,
    channel_group,
    site,
    coalesce(handoff_reason, '(none given)') as reason,
    coalesce(handoff_destination, '(none given)') as destination,
    count(*) as handoffs,
    cast(sum(user_turns) as {{ dbt.type_bigint() }}) as user_turns,
    count(case when asked_at_once then 1 end) as asked_at_once
from {{ ref('polyai__calls') }}
where handoff
group by 1, 2, 3, 4, 5, 6
