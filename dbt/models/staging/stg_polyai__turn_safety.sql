-- Written by `make docs` from what is declared in polyai_assets: change it there, not here.
select
    delivered.project,
    delivered.date,
    delivered.conversation_id,
    delivered.turn_index,
    delivered.category,
    delivered.provider,
    delivered.found,
    delivery.delivered_at
from {{ source('polyai', 'turn_safety') }} as delivered
left join {{ source('polyai', 'polyai_delivery_log') }} as delivery
    on delivery.project = delivered.project and delivery.date = delivered.date
