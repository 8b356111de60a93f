SELECT
    name, sum(calls) AS calls, sum(conversations) AS conversations, sum(errors) AS errors, sum(timed) AS timed,
    sum(seconds) AS seconds, max(seconds_p95) AS seconds_p95
FROM function_daily
WHERE list_contains($projects, project) AND business_date BETWEEN $first AND $last
GROUP BY ALL
ORDER BY calls DESC, name
