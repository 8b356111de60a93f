-- Written by `make docs` from what is declared in polyai_assets: change it there, not here.
select
    delivered.project,
    delivered.date,
    delivered.conversation_id,
    delivered.name,
    delivered.position,
    delivered.value,
    delivered.recorded_at,
    delivered.extra,
    delivery.delivered_at
from {{ source('polyai', 'metric_events') }} as delivered
left join {{ source('polyai', 'polyai_delivery_log') }} as delivery
    on delivery.project = delivered.project and delivery.date = delivered.date
