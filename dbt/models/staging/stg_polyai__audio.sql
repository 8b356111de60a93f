-- Written by `make docs` from what is declared in polyai_assets: change it there, not here.
select
    delivered.project,
    delivered.date,
    delivered.conversation_id,
    delivered.direction,
    delivered.redacted,
    delivered.path,
    delivered.bytes,
    delivered.sha256,
    delivered.duration,
    delivered.sample_rate,
    delivered.channels,
    delivered.status,
    delivered.reason,
    delivered.fetched_at,
    delivery.delivered_at
from {{ source('polyai', 'audio') }} as delivered
left join {{ source('polyai', 'polyai_delivery_log') }} as delivery
    on delivery.project = delivered.project and delivery.date = delivered.date
