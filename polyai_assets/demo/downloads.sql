-- Of a project: ended conversations without a detail, and calls that were handed off without a recording, and their
-- seconds.
SELECT
    count(*) FILTER (details.conversation_id IS NULL),
    count(*) FILTER (handoff AND channel ILIKE '%voice%' AND audio.conversation_id IS NULL),
    coalesce(
        sum(total_duration) FILTER (handoff AND channel ILIKE '%voice%' AND audio.conversation_id IS NULL), 0
    )
FROM conversations
LEFT JOIN conversation_details AS details USING (project, date, conversation_id)
LEFT JOIN audio USING (project, date, conversation_id)
WHERE project = $project AND NOT in_progress
