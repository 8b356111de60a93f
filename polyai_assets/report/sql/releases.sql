-- What is counted of the calls that each release answered, from $first to $last.
WITH released AS (
    SELECT
        project, deployment_id, max(deployment_message) AS message, min(deployed_at) AS deployed_at,
        {measures}
    FROM calls
    WHERE list_contains($projects, project) AND business_date BETWEEN $first AND $last
    AND deployment_id IS NOT NULL
    GROUP BY ALL
)
SELECT
    *, coalesce(nullif(message, ''), deployment_id) AS release, CAST(timezone('UTC', deployed_at) AS DATE) AS since,
    {ratios},
    wilson_low(handoffs, handoff_known) AS low, wilson_high(handoffs, handoff_known) AS high
FROM released
ORDER BY deployed_at, project, deployment_id
