{# What differs between warehouses. A project adds one of its own by `dispatch` in its dbt_project.yml. #}

{% macro double() %}{{ return(adapter.dispatch('double', 'dbt_polyai')()) }}{% endmacro %}
{% macro default__double() %}double precision{% endmacro %}
{% macro bigquery__double() %}float64{% endmacro %}
{% macro databricks__double() %}double{% endmacro %}

{# A measure of daily_kpis as a real number: over several rows, or of each. #}
{% macro summed(measure, of_row) %}cast({{ measure if of_row else 'sum(' ~ measure ~ ')' }} as {{ dbt_polyai.double() }}){% endmacro %}

{# A moment as local time, without a zone. #}
{% macro local_time(zone, moment) %}{{ return(adapter.dispatch('local_time', 'dbt_polyai')(zone, moment)) }}{% endmacro %}
{% macro default__local_time(zone, moment) %}timezone({{ zone }}, {{ moment }}){% endmacro %}

{# The moment at which a local day begins. #}
{% macro start_of_day(zone, day) %}{{ return(adapter.dispatch('start_of_day', 'dbt_polyai')(zone, day)) }}{% endmacro %}
{% macro default__start_of_day(zone, day) %}timezone({{ zone }}, cast({{ day }} as timestamp)){% endmacro %}

{# The date in UTC of a moment. #}
{% macro utc_date(moment) %}cast({{ dbt_polyai.local_time("'UTC'", moment) }} as date){% endmacro %}

{# The hour of a local time, 0 to 23. #}
{% macro hour_of(time) %}cast(extract(hour from {{ time }}) as {{ dbt.type_bigint() }}){% endmacro %}

{# A moment in seconds since 1970. #}
{% macro seconds_of(moment) %}cast(extract(epoch from {{ moment }}) as {{ dbt_polyai.double() }}){% endmacro %}

{# Which quarter of an hour since 1970 a moment is in: all hours of the world begin with one. #}
{% macro quarter_of(moment) %}{{ return(adapter.dispatch('quarter_of', 'dbt_polyai')(moment)) }}{% endmacro %}
{% macro default__quarter_of(moment) %}cast(floor(extract(epoch from {{ moment }}) / 900) as bigint){% endmacro %}
{% macro duckdb__quarter_of(moment) %}(epoch_us({{ moment }}) // 900000000){% endmacro %}

{# The moment at which such a quarter begins. #}
{% macro start_of_quarter(quarter) %}to_timestamp({{ quarter }} * 900){% endmacro %}

{# Whole numbers from one to another, a row each, in a list of columns. #}
{% macro each_number(first, last) %}{{ return(adapter.dispatch('each_number', 'dbt_polyai')(first, last)) }}{% endmacro %}
{% macro default__each_number(first, last) %}generate_series({{ first }}, {{ last }}){% endmacro %}
{% macro duckdb__each_number(first, last) %}unnest(generate_series({{ first }}, {{ last }})){% endmacro %}

{# A percentile of a column, between its values. #}
{% macro percentile(share, column) %}percentile_cont({{ share }}) within group (order by {{ column }}){% endmacro %}

{# The levels of daily_kpis. #}
{% macro grouped_by_level() %}grouping sets (
        (project, business_date, channel_group, direction, site),
        (project, business_date, site),
        (project, business_date, channel_group),
        (project, business_date)
    ){% endmacro %}

{% macro level() %}case
            when grouping(channel_group) = 0 and grouping(site) = 0 then 'part'
            when grouping(site) = 0 then 'site'
            when grouping(channel_group) = 0 then 'channel'
            else 'project'
        end{% endmacro %}
