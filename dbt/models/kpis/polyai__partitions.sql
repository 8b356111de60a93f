-- When a day was loaded: not later than its facts were made, and not later than it was published.
with made as (
    select project, date, min(loaded_at) as made_at
    from {{ ref('stg_polyai__conversation_facts') }}
    group by project, date
)
select
    delivery.project,
    delivery.date,
    case when made.made_at < delivery.published_at then made.made_at else delivery.published_at end as loaded_at,
    delivery.settled as is_settled
from {{ ref('stg_polyai__delivery_log') }} as delivery
left join made on made.project = delivery.project and made.date = delivery.date
