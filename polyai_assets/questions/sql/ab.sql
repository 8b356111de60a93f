-- The arms of A/B tests
-- A test is where two deployments serve live calls of a project side by side for a day or more; the control is the older
-- one. difference is the variant's share less the control's, low and high its bounds of 95 %. Decide before a test by which
-- figure you judge it, and when it ends: containment unless you say otherwise. Whoever looks every day until a
-- difference shows will find one.
WITH live AS (
    SELECT *
    FROM calls
    WHERE deployment_id IS NOT NULL AND environment = 'live' AND ($project::VARCHAR IS NULL OR project = $project)
    AND business_date BETWEEN $since AND $until
),
served AS (
    SELECT project, deployment_id, min(started_at) AS began, max(started_at) AS ended
    FROM live
    WHERE ab_test_id IS NULL
    GROUP BY ALL
),
tests AS (
    SELECT
        old.project, old.deployment_id AS control, new.deployment_id AS variant, new.began AS began,
        least(old.ended, new.ended) AS ended
    FROM served old JOIN served new ON new.project = old.project AND new.began > old.began
    WHERE least(old.ended, new.ended) >= new.began + INTERVAL 24 HOUR
),
armed AS (
    SELECT * EXCLUDE (ab_test_id, ab_arm), ab_test_id, ab_arm FROM live WHERE ab_test_id IS NOT NULL
    UNION ALL BY NAME
    SELECT
        live.* EXCLUDE (ab_test_id, ab_arm), control || ' and ' || variant AS ab_test_id,
        CASE live.deployment_id WHEN control THEN 'control' ELSE 'variant' END AS ab_arm
    FROM live JOIN tests
        ON tests.project = live.project AND live.deployment_id IN (control, variant)
        AND live.started_at BETWEEN began AND ended
    WHERE live.ab_test_id IS NULL
),
arms AS (
    SELECT
        project, ab_test_id, ab_arm, min(started_at) AS began,
        [
            {'figure': 'containment', 'k': count(*) FILTER (contained_dashboard), 'n': count(contained_dashboard)},
            {'figure': 'containment, 24 hours', 'k': count(*) FILTER (contained_24h), 'n': count(contained_24h)},
            {'figure': 'CSAT of 4 and 5', 'k': count(*) FILTER (csat_score >= 4), 'n': count(csat_score)}
        ] AS figures
    FROM armed
    GROUP BY ALL
),
paired AS (
    SELECT
        control.project, control.ab_test_id, least(control.began, variant.began) AS began, unnest(range(1, 4)) AS place,
        control.figures[place] AS c, variant.figures[place] AS v
    FROM arms control JOIN arms variant USING (project, ab_test_id)
    WHERE control.ab_arm = 'control' AND variant.ab_arm = 'variant'
)
SELECT
    project,
    ab_test_id AS test,
    c.figure AS figure,
    c.k / nullif(c.n, 0) AS control,
    v.k / nullif(v.n, 0) AS variant,
    variant - control AS difference,
    newcombe_low(c.k, c.n, v.k, v.n) AS low,
    newcombe_high(c.k, c.n, v.k, v.n) AS high,
    c.n AS control_calls,
    v.n AS variant_calls,
    CASE
        WHEN least(c.n, v.n) < 100 THEN 'too few to judge: 100 an arm are needed'
        WHEN low > 0 THEN 'the variant is higher'
        WHEN high < 0 THEN 'the variant is lower'
        ELSE 'no difference shown yet'
    END AS reading
FROM paired
ORDER BY project, began, test, place
