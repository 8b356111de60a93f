-- When the first pending request of these projects is due, in microseconds; NULL if there is none.
WITH requests AS (
    SELECT project, coalesce(state, 'pending') AS state, next_attempt_at, paused
    FROM warehouse.main.annotation_requests
    UNION ALL
    SELECT project, coalesce(state, 'pending') AS state, next_attempt_at, paused
    FROM warehouse.main.note_requests
),
pauses AS (
    SELECT project, max(next_attempt_at) AS until
    FROM requests
    WHERE state = 'pending' AND paused = 'project'
    GROUP BY project
)
SELECT epoch_us(min(coalesce(next_attempt_at, pauses.until, TIMESTAMPTZ '1970-01-01 00:00:00+00')))
FROM requests LEFT JOIN pauses USING (project)
WHERE state = 'pending' AND (project IN (SELECT unnest($projects)) OR trim(coalesce(project, '')) = '')
