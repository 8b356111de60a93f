-- One row per project whose newest deployment, if it is no older than a week, is worse than what PolyAI rolls back for:
-- more than 10 of 100 function calls fail, or twice as many calls are handed off as on the deployment before.
WITH called AS (
    SELECT
        project, date, conversation_id, f.started_at, f.handoff, d.deployment_id,
        max(f.started_at) OVER (PARTITION BY project) AS newest_call
    FROM warehouse.main.conversation_details d
    JOIN warehouse.main.conversation_facts f USING (project, date, conversation_id)
    WHERE project IN (SELECT unnest($projects)) AND d.deployment_id <> ''
    AND NOT f.is_test AND NOT f.in_progress AND f.environment = 'live'
),
deployed AS (
    SELECT
        project, deployment_id, min(started_at) AS began, min(date) AS date, any_value(newest_call) AS newest_call,
        count(*) FILTER (handoff) AS handoffs, count(handoff) AS known
    FROM called
    WHERE started_at > newest_call - INTERVAL 35 DAY
    GROUP BY project, deployment_id
),
ranked AS (
    SELECT
        *,
        row_number() OVER by_age AS place,
        lead(handoffs) OVER by_age AS handoffs_before,
        lead(known) OVER by_age AS known_before
    FROM deployed
    WINDOW by_age AS (PARTITION BY project ORDER BY began DESC, deployment_id)
),
newest AS (SELECT * FROM ranked WHERE place = 1 AND known_before IS NOT NULL AND began > newest_call - INTERVAL 7 DAY),
functions AS (
    SELECT project, deployment_id, count(*) FILTER (e.error <> '') AS errors, count(*) AS times
    FROM called
    JOIN warehouse.main.function_events e USING (project, date, conversation_id)
    WHERE (project, deployment_id) IN (SELECT (project, deployment_id) FROM newest)
    GROUP BY project, deployment_id
)
SELECT
    project, date, 'release ' || deployment_id AS path, 'errors above 10 %' AS kind, 'ERROR' AS severity,
    errors AS count, times AS total,
    format('{:.0f} % of {} function calls have failed since: roll back?', 100 * errors / times, times) AS example
FROM newest JOIN functions USING (project, deployment_id)
WHERE times >= 50 AND errors > 0.1 * times
UNION ALL
SELECT
    project, date, 'release ' || deployment_id, 'handoffs doubled', 'ERROR', handoffs, known,
    format('{:.0f} % of {} calls have been handed off since, {:.0f} % before: roll back?',
        100 * handoffs / known, known, 100 * handoffs_before / known_before)
FROM newest
WHERE known >= 50 AND known_before >= 50 AND handoffs / known > 2 * handoffs_before / known_before
