{# What facts are made with: the option `kpi` of each project as it is in defs.yaml, in the variable polyai_kpi. #}

{% macro kpi_options() %}{{ return([
    'timezone', 'opening_hours', 'test_numbers', 'abandon_seconds', 'human_per_minute', 'agent_per_minute', 'currency',
    'channel_groups', 'site_names', 'success_metrics', 'state_columns', 'metric_columns', 'variants'
]) }}{% endmacro %}

{# A list of project, variant and options: those of a variant are the project's but for its own; '' is all others. #}
{% macro kpi_given() %}
{%- set given = [] %}
{%- for project, kpi in var('polyai_kpi').items() %}
    {%- for variant, own in dict({'': {}}, **kpi.get('variants', {})).items() %}
        {%- set options = dict(kpi, **own) %}
        {%- for name in options if name not in dbt_polyai.kpi_options() %}
            {{ exceptions.raise_compiler_error(
                "dbt_polyai: polyai_kpi has the option " ~ name ~ " for " ~ project ~ ". It has those of `kpi` in "
                ~ "defs.yaml: " ~ dbt_polyai.kpi_options() | join(', ')
            ) }}
        {%- endfor %}
        {%- do given.append([project, variant, options]) %}
    {%- endfor %}
{%- endfor %}
{{ return(given) }}
{% endmacro %}

{# A query of rows; `columns` has their types by name. #}
{% macro rows_of(columns, rows) %}
{%- for row in rows %}
    select {% for type in columns.values() -%}
        cast({{ dbt_polyai.constant(row[loop.index0]) }} as {{ type }}) as {{ (columns | list)[loop.index0] }}{{ ', ' if not loop.last }}
    {%- endfor %}
    {{- ' union all' if not loop.last }}
{%- else %}
    select {% for name, type in columns.items() %}cast(null as {{ type }}) as {{ name }}{{ ', ' if not loop.last }}{% endfor %} where false
{%- endfor %}
{% endmacro %}

{% macro constant(value) %}
{%- if value is none %}null{% elif value is string %}'{{ value | replace("'", "''") }}'{% else %}{{ value }}{% endif %}
{%- endmacro %}

{% macro listed(value) %}{{ return([value] if value is string else value) }}{% endmacro %}

{% macro kpi_settings() %}
{%- set rows = [] %}
{%- for project, variant, options in dbt_polyai.kpi_given() %}
    {%- do rows.append([
        project, variant, options.get('timezone'), options.get('opening_hours') is not none,
        options.get('abandon_seconds'), options.get('human_per_minute'), options.get('agent_per_minute'),
        options.get('currency') or none, (options.get('state_columns') or options.get('metric_columns')) is true
    ]) %}
{%- endfor %}
{{- dbt_polyai.rows_of({
    'project': 'text', 'variant': 'text', 'timezone': 'text', 'has_hours': 'boolean',
    'abandon_seconds': dbt_polyai.double(), 'human_per_minute': dbt_polyai.double(),
    'agent_per_minute': dbt_polyai.double(), 'currency': 'text', 'has_own_columns': 'boolean'
}, rows) }}
{% endmacro %}

{% macro kpi_names(option) %}
{%- set rows = [] %}
{%- for project, variant, options in dbt_polyai.kpi_given() %}
    {%- for name, value in options.get(option, {}).items() %}
        {%- do rows.append([project, variant, name | string, value | string]) %}
    {%- endfor %}
{%- endfor %}
{{- dbt_polyai.rows_of({'project': 'text', 'variant': 'text', 'name': 'text', 'value': 'text'}, rows) }}
{% endmacro %}

{% macro kpi_success_metrics() %}
{%- set rows = [] %}
{%- for project, variant, options in dbt_polyai.kpi_given() if variant == '' %}
    {%- for name in dbt_polyai.listed(options.get('success_metrics', [])) %}
        {%- do rows.append([project, name]) %}
    {%- endfor %}
{%- endfor %}
{{- dbt_polyai.rows_of({'project': 'text', 'name': 'text'}, rows) }}
{% endmacro %}

{# Numbers without what people put between their digits. #}
{% macro kpi_test_numbers() %}
{%- set rows = [] %}
{%- for project, variant, options in dbt_polyai.kpi_given() %}
    {%- for number in dbt_polyai.listed(options.get('test_numbers', [])) %}
        {%- set digits = modules.re.sub('[\\s().-]', '', number | string) %}
        {%- do rows.append([project, variant, modules.re.sub('^00', '+', digits)]) %}
    {%- endfor %}
{%- endfor %}
{{- dbt_polyai.rows_of({'project': 'text', 'variant': 'text', 'number': 'text'}, rows) }}
{% endmacro %}

{# Opening hours, from minute to minute of a week that begins on Monday. #}
{% macro kpi_open_minutes() %}
{%- set rows = [] %}
{%- for project, variant, options in dbt_polyai.kpi_given() %}
    {%- for days, hours in (options.get('opening_hours') or {}).items() %}
        {%- for weekday in dbt_polyai.weekdays(days) %}
            {%- for span in hours.split(',') %}
                {%- set found = modules.re.fullmatch('(\\d{1,2}):(\\d{2})\\s*-\\s*(\\d{1,2}):(\\d{2})', span.strip()) %}
                {%- if not found %}
                    {{ exceptions.raise_compiler_error(
                        "dbt_polyai: opening_hours of " ~ project ~ " has " ~ span ~ ", which names no hours. Write "
                        ~ "'08:00-18:00', in quotes"
                    ) }}
                {%- endif %}
                {%- set since = found[1] | int * 60 + found[2] | int %}
                {%- set until = found[3] | int * 60 + found[4] | int %}
                {%- set midnight = weekday * 1440 %}
                {%- if until > since %}
                    {%- do rows.append([project, variant, midnight + since, midnight + until]) %}
                {%- else %}
                    {%- set next_midnight = (weekday + 1) % 7 * 1440 %}
                    {%- do rows.append([project, variant, midnight + since, midnight + 1440]) %}
                    {%- do rows.append([project, variant, next_midnight, next_midnight + until]) %}
                {%- endif %}
            {%- endfor %}
        {%- endfor %}
    {%- endfor %}
{%- endfor %}
{{- dbt_polyai.rows_of({'project': 'text', 'variant': 'text', 'since': 'integer', 'until': 'integer'}, rows) }}
{% endmacro %}

{# The days that a word such as mon or mon-fri names, 0 (Monday) to 6. #}
{% macro weekdays(days) %}
{%- set known = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] %}
{%- set ends = days.lower().replace(' ', '').split('-') %}
{%- if ends | reject('in', known) | list or ends | length > 2 %}
    {{ exceptions.raise_compiler_error(
        "dbt_polyai: opening_hours has " ~ days ~ ", which names no days. Write mon, sat or mon-fri"
    ) }}
{%- endif %}
{%- set first = known.index(ends[0]) %}
{%- set found = [] %}
{%- for more in range((known.index(ends[-1]) - first) % 7 + 1) %}
    {%- do found.append((first + more) % 7) %}
{%- endfor %}
{{ return(found) }}
{% endmacro %}
