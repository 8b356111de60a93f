-- Why calls are handed off, and where to
-- share is of the project's handoffs. user_turns is how many turns the user had before, and asked_at_once the share of
-- those who were handed off after one turn at most. Whether a human answered is not known.
SELECT
    project,
    reason,
    destination,
    sum(handoffs)::BIGINT AS calls,
    calls / sum(calls) OVER (PARTITION BY project) AS share,
    sum(user_turns) / nullif(calls, 0) AS user_turns,
    sum(asked_at_once) / nullif(calls, 0) AS asked_at_once
FROM handoff_daily
WHERE ($project::VARCHAR IS NULL OR project = $project) AND business_date BETWEEN $since AND $until
GROUP BY project, reason, destination
ORDER BY project, calls DESC, reason, destination
