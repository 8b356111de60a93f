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
CREATE MACRO ab_tests(since, until) AS TABLE
WITH served AS (
    SELECT
        project, deployment_id, min(started_at) AS began, max(started_at) AS ended,
        coalesce(min(deployed_at), began) AS deployed
    FROM calls
    WHERE deployment_id IS NOT NULL AND environment = 'live' AND business_date BETWEEN since AND until
    GROUP BY project, deployment_id
)
SELECT
    control.project, control.deployment_id AS control, variant.deployment_id AS variant,
    greatest(control.began, variant.began) AS began, least(control.ended, variant.ended) AS ended
FROM served control JOIN served variant
    ON variant.project = control.project
    AND (control.deployed, control.began, control.deployment_id) < (variant.deployed, variant.began, variant.deployment_id)
WHERE least(control.ended, variant.ended) >= greatest(control.began, variant.began) + INTERVAL 24 HOUR;
COMMENT ON MACRO TABLE ab_tests IS
    'Pairs of deployments that served live calls of a project side by side for a day or more, of the local days since to until.';
