SELECT
    reason, destination, sum(handoffs) AS handoffs, sum(user_turns) AS user_turns, sum(asked_at_once) AS asked_at_once
FROM handoff_daily
WHERE list_contains($projects, project) AND business_date BETWEEN $first AND $last
GROUP BY ALL
ORDER BY handoffs DESC, reason, destination
