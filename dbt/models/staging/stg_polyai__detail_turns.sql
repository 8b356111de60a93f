-- Written by `make docs` from what is declared in polyai_assets: change it there, not here.
select
    delivered.project,
    delivered.date,
    delivered.conversation_id,
    delivered.turn_index,
    delivered.turn_id,
    delivered.asr_language,
    delivered.tts_language,
    delivered.latency_label,
    delivered.latency_percentile_1d,
    delivered.retrieved_topics,
    delivered.retrieved_sources,
    delivered.cited_topic,
    delivered.current_node,
    delivered.in_flow,
    delivered.in_step,
    delivered.asr_corrected_user_input,
    delivered.safety_provider,
    delivery.delivered_at
from {{ source('polyai', 'detail_turns') }} as delivered
left join {{ source('polyai', 'polyai_delivery_log') }} as delivery
    on delivery.project = delivered.project and delivery.date = delivered.date
