-- A note replaces the one before: of several that are pending for a conversation only the newest is worth sending.
-- That is the one that was inserted last: `requested_at` comes from several clocks, or from a person.
SELECT request_id, 'superseded by the newer request ' || newest AS problem
FROM (
    SELECT
        request_id,
        first_value(request_id) OVER newest_first AS newest,
        row_number() OVER newest_first AS place
    FROM warehouse.main.note_requests
    WHERE state = 'pending' AND project IN (SELECT unnest($projects))
    WINDOW newest_first AS (PARTITION BY project, conversation_id ORDER BY rowid DESC)
)
WHERE place > 1
