SELECT project, date, count(*) AS drift
FROM schema_drift
WHERE list_contains($projects, project) AND date BETWEEN $first AND $last
GROUP BY ALL
