-- The latency of every turn after the first of the calls of the local days from $first to $last.
SELECT project, business_date, channel_group, direction, site, latency
FROM calls JOIN warehouse.main.turns USING (project, date, conversation_id)
WHERE business_date BETWEEN $first AND $last
AND turns.date BETWEEN $first - 2 AND $last + 2
AND turn_index > 0 AND latency IS NOT NULL
