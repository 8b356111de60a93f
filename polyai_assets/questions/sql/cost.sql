-- What the agent costs and saves, by site
-- An estimate: minutes of the agent at agent_per_minute, and what these minutes of contained calls would have cost at
-- human_per_minute instead. PolyAI's tile may count calls that were handed off as well. Rates are those of your
-- configuration; without them there is nothing to reckon with.
SELECT
    project,
    coalesce(site, '(none)') AS site,
    sum(conversations)::BIGINT AS calls,
    sum(agent_seconds) / 60 AS agent_minutes,
    sum(cost_agent) AS agent,
    sum(cost_human) AS human,
    sum(cost_saved) AS saved,
    cost_per_call(sum(cost_agent), sum(conversations)) AS agent_per_call,
    saved_per_call(sum(cost_saved), sum(conversations)) AS saved_per_call,
    min(daily_kpis.currency) AS currency,
    any_value(rates.agent_per_minute) AS agent_per_minute,
    any_value(rates.human_per_minute) AS human_per_minute
FROM daily_kpis
LEFT JOIN (FROM kpi_settings WHERE variant = '') rates USING (project)
WHERE level = 'site' AND ($project::VARCHAR IS NULL OR project = $project) AND business_date BETWEEN $since AND $until
GROUP BY project, site
ORDER BY project, agent DESC NULLS LAST, site
