-- Why a pending note cannot be published.
WITH wanted AS (
    SELECT * FROM warehouse.main.note_requests
    WHERE state = 'pending' AND (project IN (SELECT unnest($projects)) OR trim(coalesce(project, '')) = '')
),
known AS (
    SELECT DISTINCT project, conversation_id
    FROM warehouse.main.conversations SEMI JOIN wanted USING (project, conversation_id)
),
judged AS (
    SELECT
        request_id,
        CASE
            WHEN trim(coalesce(project, '')) = '' THEN 'project is missing'
            WHEN trim(coalesce(conversation_id, '')) = '' THEN 'conversation_id is missing'
            WHEN NOT regexp_matches(coalesce(note, ''), '\S') THEN 'note is empty'
            WHEN known.conversation_id IS NULL THEN 'this project has no such conversation in the table conversations'
        END AS problem
    FROM wanted
    LEFT JOIN known USING (project, conversation_id)
)
SELECT request_id, problem FROM judged WHERE problem IS NOT NULL
