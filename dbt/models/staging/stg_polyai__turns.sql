-- Written by `make docs` from what is declared in polyai_assets: change it there, not here.
select
    delivered.project,
    delivered.date,
    delivered.conversation_id,
    delivered.turn_index,
    delivered.user_input,
    delivered.user_input_dtmf,
    delivered.user_input_datetime,
    delivered.agent_response,
    delivered.agent_response_datetime,
    delivered.latency,
    delivered.latency_label,
    delivered.latency_percentile_1d,
    delivered.translated_user_input,
    delivered.english_agent_response,
    delivered.intents,
    delivered.entities,
    delivered.is_ood,
    delivered.is_silence,
    delivered.barge_in,
    delivered.metadata,
    delivered.extra,
    delivery.delivered_at
from {{ source('polyai', 'turns') }} as delivered
left join {{ source('polyai', 'polyai_delivery_log') }} as delivery
    on delivery.project = delivered.project and delivery.date = delivered.date
