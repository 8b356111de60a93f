-- Written by `make docs` from what is declared in polyai_assets: change it there, not here.
select
    delivered.project,
    delivered.date,
    delivered.conversation_id,
    delivered.turn_index,
    delivered.position,
    delivered.event_id,
    delivered.name,
    delivered.function_id,
    delivered.started_at,
    delivered.duration,
    delivered.error,
    delivered.handoff,
    delivered.arguments,
    delivered.extra,
    delivery.delivered_at
from {{ source('polyai', 'function_events') }} as delivered
left join {{ source('polyai', 'polyai_delivery_log') }} as delivery
    on delivery.project = delivered.project and delivery.date = delivered.date
