-- Why a pending annotation cannot be published. The transcript of a conversation may be missing where `num_turns` is not.
WITH wanted AS (
    SELECT * FROM warehouse.main.annotation_requests
    WHERE state = 'pending' AND (project IN (SELECT unnest($projects)) OR trim(coalesce(project, '')) = '')
),
known AS (
    SELECT project, conversation_id, max(num_turns) AS num_turns
    FROM warehouse.main.conversations SEMI JOIN wanted USING (project, conversation_id)
    GROUP BY ALL
),
loaded AS (
    SELECT project, conversation_id, max(turn_index) + 1 AS num_turns
    FROM warehouse.main.turns SEMI JOIN wanted USING (project, conversation_id)
    GROUP BY ALL
),
counted AS (
    SELECT
        wanted.*,
        known.conversation_id IS NOT NULL AS is_known,
        greatest(coalesce(known.num_turns, 0), coalesce(loaded.num_turns, 0)) AS turns
    FROM wanted
    LEFT JOIN known USING (project, conversation_id)
    LEFT JOIN loaded USING (project, conversation_id)
),
judged AS (
    SELECT
        request_id,
        CASE
            WHEN trim(coalesce(project, '')) = '' THEN 'project is missing'
            WHEN trim(coalesce(conversation_id, '')) = '' THEN 'conversation_id is missing'
            WHEN turn_index IS NULL THEN 'turn_index is missing'
            WHEN role IS NULL THEN 'role is missing'
            WHEN NOT list_contains($roles, role)
                THEN 'role is ' || role || '; PolyAI has ' || array_to_string($roles, ', ')
            WHEN annotation_type IS NULL THEN 'annotation_type is missing'
            WHEN NOT list_contains($annotation_types, annotation_type)
                THEN 'annotation_type is ' || annotation_type || '; PolyAI has '
                    || array_to_string($annotation_types, ', ')
            WHEN NOT is_known THEN 'this project has no such conversation in the table conversations'
            WHEN turn_index < 0 OR turn_index >= turns
                THEN 'turn_index is ' || turn_index || '; the conversation has ' || turns
                    || ' turns, counted from 0'
        END AS problem
    FROM counted
)
SELECT request_id, problem FROM judged WHERE problem IS NOT NULL
