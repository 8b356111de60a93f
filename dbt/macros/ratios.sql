{# Written by `make docs` from what is declared in polyai_assets: change it there, not here. #}

{# Containment: Share of calls without a handoff. Hang-ups and silent calls count as contained, who calls again is another call, and a transfer after hours to voicemail is a handoff. Of several rows of daily_kpis, or of each row (of_row=true). #}
{% macro containment(of_row=false) %}({{ dbt_polyai.summed('contained', of_row) }} / nullif({{ dbt_polyai.summed('handoff_known', of_row) }}, 0)){% endmacro %}

{# Containment, engaged: Share of calls that the agent served, of those that it served or handed off. Leaves out silent and abandoned calls, which PolyAI counts as contained. Of several rows of daily_kpis, or of each row (of_row=true). #}
{% macro containment_engaged(of_row=false) %}({{ dbt_polyai.summed('self_served', of_row) }} / nullif({{ dbt_polyai.summed('self_served', of_row) }} + {{ dbt_polyai.summed('handoffs', of_row) }}, 0)){% endmacro %}

{# Containment, 24 hours: Share of calls without a handoff whose contact did not call again within 24 hours, of those of which that can be said. Only calls of a known contact: show contact_unknown_share beside it. Of several rows of daily_kpis, or of each row (of_row=true). #}
{% macro containment_24h(of_row=false) %}({{ dbt_polyai.summed('contained_24h', of_row) }} / nullif({{ dbt_polyai.summed('judged_24h', of_row) }}, 0)){% endmacro %}

{# Containment, 7 days: The same within 7 days. Only calls of a known contact: show contact_unknown_share beside it. Of several rows of daily_kpis, or of each row (of_row=true). #}
{% macro containment_7d(of_row=false) %}({{ dbt_polyai.summed('contained_7d', of_row) }} / nullif({{ dbt_polyai.summed('judged_7d', of_row) }}, 0)){% endmacro %}

{# Contact unknown: Share of calls whose contact is not known. Of several rows of daily_kpis, or of each row (of_row=true). #}
{% macro contact_unknown_share(of_row=false) %}({{ dbt_polyai.summed('contact_unknown', of_row) }} / nullif({{ dbt_polyai.summed('conversations', of_row) }}, 0)){% endmacro %}

{# Handoff rate: Share of calls that were handed off. Of several rows of daily_kpis, or of each row (of_row=true). #}
{% macro handoff_rate(of_row=false) %}({{ dbt_polyai.summed('handoffs', of_row) }} / nullif({{ dbt_polyai.summed('handoff_known', of_row) }}, 0)){% endmacro %}

{# Engaged: Share of calls in which the user said anything. Of several rows of daily_kpis, or of each row (of_row=true). #}
{% macro engaged_share(of_row=false) %}({{ dbt_polyai.summed('engaged', of_row) }} / nullif({{ dbt_polyai.summed('conversations', of_row) }}, 0)){% endmacro %}

{# Abandoned: Share of calls with the outcome abandoned. PolyAI has no such figure for voice: show it with its rules, abandoned_chat and abandoned_short. Of several rows of daily_kpis, or of each row (of_row=true). #}
{% macro abandoned_share(of_row=false) %}({{ dbt_polyai.summed('abandoned', of_row) }} / nullif({{ dbt_polyai.summed('conversations', of_row) }}, 0)){% endmacro %}

{# AHT: Mean length of a call (seconds). With the human's part where the agent stays bridged (INVITE), without it after REFER or BYE: sites with different methods are not comparable, aht_agent is. Of several rows of daily_kpis, or of each row (of_row=true). #}
{% macro aht(of_row=false) %}({{ dbt_polyai.summed('total_seconds', of_row) }} / nullif({{ dbt_polyai.summed('timed', of_row) }}, 0)){% endmacro %}

{# AHT, agent: Mean length of the agent's part of a call (seconds). Of several rows of daily_kpis, or of each row (of_row=true). #}
{% macro aht_agent(of_row=false) %}({{ dbt_polyai.summed('agent_seconds', of_row) }} / nullif({{ dbt_polyai.summed('agent_timed', of_row) }}, 0)){% endmacro %}

{# PolyScore: Mean PolyScore of scored calls, 1 to 5. Only calls with more than 3 user turns are scored, up to days later. Of several rows of daily_kpis, or of each row (of_row=true). #}
{% macro poly_score_mean(of_row=false) %}({{ dbt_polyai.summed('poly_score_sum', of_row) }} / nullif({{ dbt_polyai.summed('scored', of_row) }}, 0)){% endmacro %}

{# CSAT: Mean CSAT score, 1 to 5. Who answers is a selected sample: show offered and response rate beside it. Of several rows of daily_kpis, or of each row (of_row=true). #}
{% macro csat_mean(of_row=false) %}({{ dbt_polyai.summed('csat_sum', of_row) }} / nullif({{ dbt_polyai.summed('csat_answers', of_row) }}, 0)){% endmacro %}

{# CSAT response rate: Share of offered surveys that have a score. Of several rows of daily_kpis, or of each row (of_row=true). #}
{% macro csat_response_rate(of_row=false) %}({{ dbt_polyai.summed('csat_answers', of_row) }} / nullif({{ dbt_polyai.summed('csat_offered', of_row) }}, 0)){% endmacro %}

{# CSAT, top two: Share of CSAT scores of 4 and 5. Who answers is a selected sample: show offered and response rate beside it. Of several rows of daily_kpis, or of each row (of_row=true). #}
{% macro csat_top2_share(of_row=false) %}({{ dbt_polyai.summed('csat_top2', of_row) }} / nullif({{ dbt_polyai.summed('csat_answers', of_row) }}, 0)){% endmacro %}

{# CSAT, net: Share of CSAT scores of 4 and 5 less that of 1 and 2, -1 to 1. Who answers is a selected sample: show offered and response rate beside it. Of several rows of daily_kpis, or of each row (of_row=true). #}
{% macro csat_net(of_row=false) %}(({{ dbt_polyai.summed('csat_top2', of_row) }} - {{ dbt_polyai.summed('csat_bottom2', of_row) }}) / nullif({{ dbt_polyai.summed('csat_answers', of_row) }}, 0)){% endmacro %}

{# Latency: Mean latency of turns after the first (seconds). PolyAI's target is below 2 s, and a mean above 3 s its red flag. Of several rows of daily_kpis, or of each row (of_row=true). #}
{% macro latency_mean(of_row=false) %}({{ dbt_polyai.summed('latency_seconds', of_row) }} / nullif({{ dbt_polyai.summed('measured_turns', of_row) }}, 0)){% endmacro %}

{# Slow turns: Share of measured turns of more than 2 s. Of several rows of daily_kpis, or of each row (of_row=true). #}
{% macro slow_share(of_row=false) %}({{ dbt_polyai.summed('slow_turns', of_row) }} / nullif({{ dbt_polyai.summed('measured_turns', of_row) }}, 0)){% endmacro %}

{# Function errors: Share of function calls that failed. Needs details. Of several rows of daily_kpis, or of each row (of_row=true). #}
{% macro function_error_rate(of_row=false) %}({{ dbt_polyai.summed('function_errors', of_row) }} / nullif({{ dbt_polyai.summed('function_calls', of_row) }}, 0)){% endmacro %}

{# Words of the user: Mean number of words of the user in a call (words). Of several rows of daily_kpis, or of each row (of_row=true). #}
{% macro user_words_mean(of_row=false) %}({{ dbt_polyai.summed('user_words', of_row) }} / nullif({{ dbt_polyai.summed('user_worded', of_row) }}, 0)){% endmacro %}

{# Words of the agent: Mean number of words of the agent in a call (words). Of several rows of daily_kpis, or of each row (of_row=true). #}
{% macro agent_words_mean(of_row=false) %}({{ dbt_polyai.summed('agent_words', of_row) }} / nullif({{ dbt_polyai.summed('agent_worded', of_row) }}, 0)){% endmacro %}

{# User turns: Mean number of user turns in a call (turns). Of several rows of daily_kpis, or of each row (of_row=true). #}
{% macro turns_mean(of_row=false) %}({{ dbt_polyai.summed('user_turns', of_row) }} / nullif({{ dbt_polyai.summed('conversations', of_row) }}, 0)){% endmacro %}

{# Flagged: Share of calls that a safety filter flagged. Of several rows of daily_kpis, or of each row (of_row=true). #}
{% macro flagged_share(of_row=false) %}({{ dbt_polyai.summed('flagged', of_row) }} / nullif({{ dbt_polyai.summed('conversations', of_row) }}, 0)){% endmacro %}

{# Default variant: Share of calls on the variant that is taken where none was set. A high share may mean that sites are wrong. Of several rows of daily_kpis, or of each row (of_row=true). #}
{% macro default_variant_share(of_row=false) %}({{ dbt_polyai.summed('on_default_variant', of_row) }} / nullif({{ dbt_polyai.summed('conversations', of_row) }}, 0)){% endmacro %}

{# Cost per call: Estimate: what the agent's part of a call cost (currency). Of several rows of daily_kpis, or of each row (of_row=true). #}
{% macro cost_per_call(of_row=false) %}({{ dbt_polyai.summed('cost_agent', of_row) }} / nullif({{ dbt_polyai.summed('conversations', of_row) }}, 0)){% endmacro %}

{# Saved per call: Estimate: what contained calls saved, per call (currency). PolyAI's tile is the sum, cost_saved, and may count calls that were handed off. Of several rows of daily_kpis, or of each row (of_row=true). #}
{% macro saved_per_call(of_row=false) %}({{ dbt_polyai.summed('cost_saved', of_row) }} / nullif({{ dbt_polyai.summed('conversations', of_row) }}, 0)){% endmacro %}
