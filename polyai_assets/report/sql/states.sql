-- How final each UTC day of each project is, from $first to $last.
WITH
every_day AS (
    SELECT project, CAST(day AS DATE) AS date
    FROM (SELECT unnest($projects) AS project),
    generate_series(CAST($first AS TIMESTAMP), CAST($last AS TIMESTAMP), INTERVAL 1 DAY) AS days (day)
),
stated AS (
    SELECT project, date, min(partition_state) AS partition_state
    FROM conversation_facts
    WHERE list_contains($projects, project) AND date BETWEEN $first AND $last
    GROUP BY ALL
)
SELECT
    project, date,
    CASE
        WHEN is_settled IS NULL THEN 'not loaded'
        WHEN is_settled THEN 'settled'
        WHEN partition_state IN ('complete', 'settled') THEN 'complete'
        ELSE 'provisional'
    END AS state
FROM every_day LEFT JOIN partitions USING (project, date) LEFT JOIN stated USING (project, date)
ORDER BY project, date
