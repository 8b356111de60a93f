-- The arms of A/B tests
-- A test is where two deployments serve live calls of a project side by side for a day or more; the control is the one
-- that was deployed first. difference is the variant's share less the control's, low and high its bounds of 95 %. Decide before a test by which
-- figure you judge it, and when it ends: containment unless you say otherwise. Whoever looks every day until a
-- difference shows will find one.
WITH armed AS (
    SELECT
        calls.*, control || ' and ' || variant AS test,
        CASE deployment_id WHEN control THEN 'control' ELSE 'variant' END AS arm
    FROM calls JOIN ab_tests($since, $until) tests
        ON tests.project = calls.project AND deployment_id IN (control, variant) AND started_at BETWEEN began AND ended
    WHERE environment = 'live' AND business_date BETWEEN $since AND $until
    AND ($project::VARCHAR IS NULL OR calls.project = $project)
),
arms AS (
    SELECT
        project, test, arm, min(started_at) AS began,
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
        control.project, control.test, least(control.began, variant.began) AS began, unnest(range(1, 4)) AS place,
        control.figures[place] AS c, variant.figures[place] AS v
    FROM arms control JOIN arms variant USING (project, test)
    WHERE control.arm = 'control' AND variant.arm = 'variant'
)
SELECT
    project,
    test,
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
