-- One row per project, date, field and broken rule: in how many conversations, or turns, of how many.
SELECT
    found.project, found.date, found.path, found.kind, 'ERROR' AS severity, found.count,
    CASE WHEN found.in_turns
        THEN (SELECT count(*) FROM warehouse.main.turns
              WHERE turns.project = found.project AND turns.date = found.date)
        ELSE (SELECT count(*) FROM warehouse.main.conversations
              WHERE conversations.project = found.project AND conversations.date = found.date)
    END AS total,
    found.example
FROM (
    SELECT
        project, date, turn_index IS NOT NULL AS in_turns,
        CASE WHEN turn_index IS NULL THEN field ELSE 'turns[].' || field END AS path,
        rule AS kind, count(DISTINCT (conversation_id, turn_index)) AS count, min(value) AS example
    FROM warehouse.main.contract_violations
    WHERE project IN (SELECT unnest($projects)) AND NOT list_contains($drift_rules, rule)
    GROUP BY ALL
) AS found
