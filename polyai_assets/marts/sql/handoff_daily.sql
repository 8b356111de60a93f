-- Why, and where to, calls of the local days from $first to $last were handed off.
SELECT
    project, business_date, channel_group, site,
    coalesce(handoff_reason, '(none given)') AS reason,
    coalesce(handoff_destination, '(none given)') AS destination,
    count(*) AS handoffs,
    sum(user_turns) AS user_turns,
    count(*) FILTER (asked_at_once) AS asked_at_once
FROM calls
WHERE handoff AND business_date BETWEEN $first AND $last
GROUP BY ALL
ORDER BY ALL
