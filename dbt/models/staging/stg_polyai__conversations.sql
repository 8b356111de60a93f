-- Written by `make docs` from what is declared in polyai_assets: change it there, not here.
select
    delivered.project,
    delivered.date,
    delivered.conversation_id,
    delivered.region,
    delivered.account_id,
    delivered.project_id,
    delivered.environment,
    delivered.started_at,
    delivered.channel,
    delivered.in_progress,
    delivered.variant_id,
    delivered.variant_name,
    delivered.from_number,
    delivered.to_number,
    delivered.num_turns,
    delivered.total_duration,
    delivered.polyai_duration,
    delivered.handoff,
    delivered.handoff_reason,
    delivered.handoff_destination,
    delivered.num_silences,
    delivered.num_ood,
    delivered.state,
    delivered.extra,
    delivery.delivered_at
from {{ source('polyai', 'conversations') }} as delivered
left join {{ source('polyai', 'polyai_delivery_log') }} as delivery
    on delivery.project = delivered.project and delivery.date = delivered.date
