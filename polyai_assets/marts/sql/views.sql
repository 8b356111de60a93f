CREATE VIEW calls AS FROM conversation_facts WHERE NOT is_test AND NOT in_progress;
COMMENT ON VIEW calls IS 'One row per conversation that is no test and has ended.';
CREATE VIEW repeat_contacts AS
SELECT
    project, date, conversation_id, repeat_id, repeat_project, repeat_project <> project AS cross_project, repeat_at,
    gap_seconds
FROM conversation_facts
WHERE repeat_id IS NOT NULL;
COMMENT ON VIEW repeat_contacts IS
    'One row per call whose contact called again in the account, within 7 days of its end: the next inbound call.';
