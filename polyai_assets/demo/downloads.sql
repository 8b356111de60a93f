-- Of a project: conversations that have ended and have no detail; calls that were handed off and have no recording, and
-- their seconds.
WITH due AS (
    SELECT
        details.conversation_id IS NULL AS lacks_details,
        conversations.handoff AND conversations.channel ILIKE '%voice%' AND audio.conversation_id IS NULL
            AS lacks_recording,
        conversations.total_duration AS seconds
    FROM conversations
    LEFT JOIN conversation_details AS details USING (project, date, conversation_id)
    LEFT JOIN audio USING (project, date, conversation_id)
    WHERE project = $project AND NOT conversations.in_progress
)
SELECT
    count(*) FILTER (lacks_details),
    count(*) FILTER (lacks_recording),
    coalesce(sum(seconds) FILTER (lacks_recording), 0)
FROM due
