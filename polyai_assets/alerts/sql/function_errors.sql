-- One row per project and date, of the last four weeks, on which more than 5 of 100 function calls failed, as long as the
-- newest date with 50 of them shows it too.
WITH measured AS (
    SELECT project, date, count(*) FILTER (e.error <> '') AS errors, count(*) AS times
    FROM warehouse.main.function_events e
    JOIN warehouse.main.conversation_facts f USING (project, date, conversation_id)
    WHERE project IN (SELECT unnest($projects)) AND NOT f.is_test AND NOT f.in_progress
    GROUP BY project, date
    HAVING times >= 50
),
newest AS (SELECT project, max(date) AS newest FROM measured GROUP BY project)
SELECT
    project, date, 'function errors' AS path, 'above 5 %' AS kind, 'WARN' AS severity, errors AS count, times AS total,
    format('{:.0f} % of {} function calls failed', 100 * errors / times, times) AS example
FROM measured JOIN newest USING (project)
WHERE errors > 0.05 * times AND date > newest - 28
QUALIFY max(date) OVER (PARTITION BY project) = newest
