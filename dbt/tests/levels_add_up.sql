-- The parts of a day have the calls that the project has, and so have its sites, and its kinds of channel.
{{ config(enabled=target.type in var('polyai_adapters') and (var('polyai_facts') == 'build' or 'conversation_facts' in var('polyai_tables'))) }}
select project, business_date
from {{ ref('polyai__daily_kpis') }}
group by project, business_date
having
    count(distinct level) <> 4
    or 4 * sum(case when level = 'project' then conversations end) <> sum(conversations)
