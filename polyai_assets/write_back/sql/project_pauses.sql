-- Requests that come while their project waits, wait with it.
UPDATE {table} SET next_attempt_at = pauses.until, paused = 'project'
FROM (
    SELECT project, max(next_attempt_at) AS until
    FROM (
        SELECT project, state, paused, next_attempt_at FROM warehouse.main.annotation_requests
        UNION ALL
        SELECT project, state, paused, next_attempt_at FROM warehouse.main.note_requests
    )
    WHERE state = 'pending' AND paused = 'project'
    GROUP BY project
) AS pauses
WHERE {table}.project = pauses.project AND {table}.state = 'pending' AND {table}.next_attempt_at IS NULL
