-- One row per project and date of conversations that another project has, too, of the last week: both are names of one
-- project. PolyAI takes an account and a project by more than one name, and its records have one.
WITH recent AS (
    SELECT project, date, conversation_id, region, account_id, project_id
    FROM warehouse.main.conversations
    WHERE date > (
        SELECT max(date) FROM warehouse.main.conversations WHERE project IN (SELECT unnest($projects))
    ) - 7
),
named AS (
    SELECT region, account_id, project_id
    FROM recent
    WHERE account_id <> '' AND project_id <> ''
    GROUP BY ALL
    HAVING count(DISTINCT project) > 1
),
shared AS (
    SELECT * FROM recent WHERE (region, account_id, project_id) IN (FROM named)
)
SELECT
    mine.project, date, other.project AS path, 'the same project' AS kind, 'ERROR' AS severity,
    count(*) AS count,
    count(*) AS total,
    '' AS example
FROM shared mine JOIN shared other USING (date, conversation_id)
WHERE mine.project IN (SELECT unnest($projects)) AND other.project <> mine.project
GROUP BY ALL
