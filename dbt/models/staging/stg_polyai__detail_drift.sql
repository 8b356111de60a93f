-- Written by `make docs` from what is declared in polyai_assets: change it there, not here.
select
    delivered.project,
    delivered.date,
    delivered.path,
    delivered.kind,
    delivered.severity,
    delivered.count,
    delivered.total,
    delivered.example,
    delivery.delivered_at
from {{ source('polyai', 'detail_drift') }} as delivered
left join {{ source('polyai', 'polyai_delivery_log') }} as delivery
    on delivery.project = delivered.project and delivery.date = delivered.date
