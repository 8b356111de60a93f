-- Of a project and day: details, those with a score, function events, recordings and their minutes, a summary, and the
-- state of the newest note; of the project, what searches have found and what was drawn for review.
SELECT
    (SELECT count(*) FROM conversation_details WHERE project = $project AND date = $date AND status = 'found'),
    (SELECT count(poly_score) FROM conversation_details WHERE project = $project AND date = $date),
    (SELECT count(*) FROM function_events WHERE project = $project AND date = $date),
    (SELECT count(*) FROM audio WHERE project = $project AND date = $date AND status = 'ok'),
    (SELECT coalesce(sum(duration), 0) / 60 FROM audio WHERE project = $project AND date = $date AND status = 'ok'),
    coalesce((
        SELECT summary_heading FROM conversation_details
        WHERE project = $project AND date = $date AND summary_heading <> '' ORDER BY conversation_id LIMIT 1
    ), ''),
    coalesce((SELECT state FROM note_requests WHERE project = $project ORDER BY requested_at DESC LIMIT 1), 'none'),
    (SELECT count(*) FROM search_hits WHERE project = $project),
    (SELECT count(*) FROM qa_samples WHERE project = $project)
