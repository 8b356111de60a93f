-- Written by `make docs` from what is declared in polyai_assets: change it there, not here.
select
    delivered.project,
    delivered.date,
    delivered.search,
    delivered.conversation_id,
    delivered.rank,
    delivered.found_at,
    delivery.delivered_at
from {{ source('polyai', 'search_hits') }} as delivered
left join {{ source('polyai', 'polyai_delivery_log') }} as delivery
    on delivery.project = delivered.project and delivery.date = delivered.date
