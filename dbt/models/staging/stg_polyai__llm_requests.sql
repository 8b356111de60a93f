-- Written by `make docs` from what is declared in polyai_assets: change it there, not here.
select
    delivered.project,
    delivered.date,
    delivered.conversation_id,
    delivered.turn_index,
    delivered.position,
    delivered.log_id,
    delivered.model_id,
    delivered.requested_at,
    delivered.first_chunk_at,
    delivered.responded_at,
    delivered.prompt_tokens,
    delivered.completion_tokens,
    delivered.cached_tokens,
    delivered.total_tokens,
    delivered.finish_reason,
    delivered.out_of_domain,
    delivery.delivered_at
from {{ source('polyai', 'llm_requests') }} as delivered
left join {{ source('polyai', 'polyai_delivery_log') }} as delivery
    on delivery.project = delivered.project and delivery.date = delivered.date
