-- One row per project, date and reason, cut to what is the same for every record: no values, no numbers.
SELECT
    found.project, found.date, found.path, 'quarantined' AS kind, 'ERROR' AS severity, found.count,
    (SELECT count(*) FROM warehouse.main.conversations
     WHERE conversations.project = found.project AND conversations.date = found.date)
    + (SELECT count(*) FROM warehouse.main.quarantine
       WHERE quarantine.project = found.project AND quarantine.date = found.date) AS total,
    '' AS example
FROM (
    SELECT
        project, date, count(DISTINCT conversation_id) AS count,
        trim(regexp_replace(split_part(reason, ':', 1), '\s*\d+', '', 'g')) AS path
    FROM (
        SELECT project, date, conversation_id, unnest(reasons) AS reason
        FROM warehouse.main.quarantine
        WHERE project IN (SELECT unnest($projects))
    )
    GROUP BY ALL
) AS found
