-- Written by `make docs` from what is declared in polyai_assets: change it there, not here.
select
    delivered.project,
    delivered.date,
    delivered.conversation_id,
    delivered.turn_index,
    delivered.position,
    delivered.log_position,
    delivered.level,
    delivered.content,
    delivered.is_pii,
    delivered.logged_at,
    delivered.fields,
    delivery.delivered_at
from {{ source('polyai', 'function_logs') }} as delivered
left join {{ source('polyai', 'polyai_delivery_log') }} as delivery
    on delivery.project = delivered.project and delivery.date = delivered.date
