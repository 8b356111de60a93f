-- Written by `make docs` from what is declared in polyai_assets: change it there, not here.
select
    delivered.project,
    delivered.date,
    delivered.table_name,
    delivered.column_name,
    delivered.kind,
    delivered.count,
    delivery.delivered_at
from {{ source('polyai', 'detail_masked_values') }} as delivered
left join {{ source('polyai', 'polyai_delivery_log') }} as delivery
    on delivery.project = delivered.project and delivery.date = delivered.date
