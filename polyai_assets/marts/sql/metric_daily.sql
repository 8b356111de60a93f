-- The metrics of calls of the local days from $first to $last.
SELECT
    calls.project, business_date, name,
    count(*) FILTER (position = 0) AS conversations,
    count(*) AS value_count,
    count(*) FILTER (value_double IS NOT NULL) AS numbers,
    count(*) FILTER (lower(value) IN ('true', 'false')) AS booleans,
    count(*) FILTER (value_double IS NULL AND lower(value) NOT IN ('true', 'false')) AS texts,
    count(DISTINCT value) AS distinct_values
FROM warehouse.main.metrics JOIN calls USING (project, date, conversation_id)
WHERE business_date BETWEEN $first AND $last
AND metrics.date BETWEEN $first - 2 AND $last + 2
GROUP BY ALL
ORDER BY calls.project, business_date, name
