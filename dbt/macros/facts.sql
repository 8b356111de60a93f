{# What facts are made with that differs between warehouses. #}

{# Whether facts are made here from base tables, and not delivered. #}
{% macro facts_are_built() %}{{ return(var('polyai_facts') == 'build') }}{% endmacro %}

{% macro detail_tables() %}{{ return([
    'conversation_details', 'function_events', 'detail_turns', 'turn_topics', 'turn_safety'
]) }}{% endmacro %}

{# Whether all tables of details that facts are made from are delivered. #}
{% macro has_details() %}{{ return(
    dbt_polyai.detail_tables() | reject('in', var('polyai_tables')) | list == []
) }}{% endmacro %}

{# Facts that are made without a table that changes them would be wrong: say so. #}
{% macro check_base_tables() %}
{%- if var('polyai_facts') not in ('delivered', 'build') %}
    {{ exceptions.raise_compiler_error("dbt_polyai: the variable polyai_facts is delivered or build, and not " ~ var('polyai_facts')) }}
{%- endif %}
{%- if dbt_polyai.facts_are_built() %}
    {%- set missing = ['conversations', 'turns', 'metrics'] | reject('in', var('polyai_tables')) | list %}
    {%- if var('polyai_details') %}
        {%- set missing = missing + (dbt_polyai.detail_tables() | reject('in', var('polyai_tables')) | list) %}
    {%- endif %}
    {%- if missing %}
        {{ exceptions.raise_compiler_error(
            "dbt_polyai: with polyai_facts: build facts are made from base tables, and polyai_tables lacks "
            ~ missing | join(', ') ~ ". Add them to `tables` of the delivery and to polyai_tables; where the platform "
            ~ "fetches no details, set polyai_details: false"
        ) }}
    {%- endif %}
{%- endif %}
{% endmacro %}

{# Whether a text matches a pattern as a whole. #}
{% macro full_match(text, pattern) %}{{ return(adapter.dispatch('full_match', 'dbt_polyai')(text, pattern)) }}{% endmacro %}
{% macro default__full_match(text, pattern) %}({{ text }} ~ '^(?:{{ pattern }})$'){% endmacro %}
{% macro duckdb__full_match(text, pattern) %}regexp_full_match({{ text }}, '{{ pattern }}'){% endmacro %}

{# A text without blanks around it, whichever blanks Unicode has. #}
{% macro trimmed(text) %}{{ return(adapter.dispatch('trimmed', 'dbt_polyai')(text)) }}{% endmacro %}
{% macro default__trimmed(text) %}btrim({{ text }}, E' \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000'){% endmacro %}
{% macro duckdb__trimmed(text) %}trim({{ text }}){% endmacro %}

{# How many words a text has: what blanks, tabs and line ends separate. #}
{% macro words_of(text) %}{{ return(adapter.dispatch('words_of', 'dbt_polyai')(text)) }}{% endmacro %}
{% macro default__words_of(text) %}cardinality(array_remove(string_to_array(translate({{ text }}, E'\t\n\r', '   '), ' '), '')){% endmacro %}
{% macro duckdb__words_of(text) %}len(list_filter(string_split(translate({{ text }}, chr(9) || chr(10) || chr(13), '   '), ' '), lambda word: word <> '')){% endmacro %}

{# Whether a text has letters of a script that puts no blanks between words. #}
{% macro is_unspaced(text) %}{{ return(adapter.dispatch('is_unspaced', 'dbt_polyai')(text)) }}{% endmacro %}
{% macro default__is_unspaced(text) %}(octet_length({{ text }}) <> char_length({{ text }}) and {{ text }} ~ '[\u0E01-\u0E3A\u0E40-\u0E5B\u0E81-\u0E82\u0E84\u0E86-\u0E8A\u0E8C-\u0EA3\u0EA5\u0EA7-\u0EBD\u0EC0-\u0EC4\u0EC6\u0EC8-\u0ECE\u0ED0-\u0ED9\u0EDC-\u0EDF\u0F00-\u0F47\u0F49-\u0F6C\u0F71-\u0F97\u0F99-\u0FBC\u0FBE-\u0FCC\u0FCE-\u0FD4\u0FD9-\u0FDA\u1000-\u109F\u1780-\u17DD\u17E0-\u17E9\u17F0-\u17F9\u19E0-\u19FF\u2E80-\u2E99\u2E9B-\u2EF3\u2F00-\u2FD5\u3005\u3007\u3021-\u3029\u3038-\u303B\u3041-\u3096\u309D-\u309F\u30A1-\u30FA\u30FD-\u30FF\u31F0-\u31FF\u32D0-\u32FE\u3300-\u3357\u3400-\u4DBF\u4E00-\u9FFF\uA9E0-\uA9FE\uAA60-\uAA7F\uF900-\uFA6D\uFA70-\uFAD9\uFF66-\uFF6F\uFF71-\uFF9D\U00016FE2-\U00016FE3\U00016FF0-\U00016FF1\U0001AFF0-\U0001AFF3\U0001AFF5-\U0001AFFB\U0001AFFD-\U0001AFFE\U0001B000-\U0001B122\U0001B132\U0001B150-\U0001B152\U0001B155\U0001B164-\U0001B167\U0001F200\U00020000-\U0002A6DF\U0002A700-\U0002B739\U0002B740-\U0002B81D\U0002B820-\U0002CEA1\U0002CEB0-\U0002EBE0\U0002F800-\U0002FA1D\U00030000-\U0003134A\U00031350-\U000323AF]'){% endmacro %}
{% macro duckdb__is_unspaced(text) %}(strlen({{ text }}) <> length({{ text }}) and regexp_matches({{ text }}, '[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}]')){% endmacro %}

{# What of a number is dialled: it has none of what people put between its digits. #}
{% macro dialled(number) %}regexp_replace({{ number }}, '[ \t\n\f\r().-]', '', 'g'){% endmacro %}

{# Texts of a column, each once, in the order of their characters; NULL where there is none. #}
{% macro texts_of(column, condition='true') %}{{ return(adapter.dispatch('texts_of', 'dbt_polyai')(column, condition)) }}{% endmacro %}
{% macro default__texts_of(column, condition) %}(array_agg(distinct {{ column }} collate "C" order by {{ column }} collate "C") filter (where {{ column }} is not null and {{ condition }})) collate "default"{% endmacro %}
{% macro duckdb__texts_of(column, condition) %}list_sort(list(distinct {{ column }}) filter (where {{ column }} is not null and {{ condition }})){% endmacro %}

{# The value of the first row in an order, of those that a condition holds for. #}
{% macro first_of(column, order, condition) %}(array_agg({{ column }} order by {{ order }}) filter (where {{ condition }}))[1]{% endmacro %}

{# A list of texts that has none, of the type that columns have. #}
{% macro no_texts() %}cast(array[] as text[]){% endmacro %}

{# A member of a JSON document as text, by the names that lead to it; NULL where there is none. #}
{% macro json_text(document, path) %}{{ return(adapter.dispatch('json_text', 'dbt_polyai')(document, path)) }}{% endmacro %}
{% macro default__json_text(document, path) %}({{ document }} #>> '{{ "{" ~ path | join(",") ~ "}" }}'){% endmacro %}
{% macro duckdb__json_text(document, path) %}json_extract_string({{ document }}, '$."{{ path | join('"."') }}"'){% endmacro %}

{# Whether a member of a JSON document is anything but false and null. #}
{% macro json_is_set(document, name) %}{{ return(adapter.dispatch('json_is_set', 'dbt_polyai')(document, name)) }}{% endmacro %}
{% macro default__json_is_set(document, name) %}(jsonb_typeof({{ document }} -> '{{ name }}') not in ('null', 'boolean') or {{ document }} ->> '{{ name }}' = 'true'){% endmacro %}
{% macro duckdb__json_is_set(document, name) %}(json_type({{ document }}, '$.{{ name }}') not in ('NULL', 'BOOLEAN') or json_extract_string({{ document }}, '$.{{ name }}') = 'true'){% endmacro %}

{# So many seconds, to the microsecond, as a span of time. #}
{% macro span_of(seconds) %}{{ return(adapter.dispatch('span_of', 'dbt_polyai')(seconds)) }}{% endmacro %}
{% macro default__span_of(seconds) %}(cast(floor({{ seconds }} * 1000000 + 0.5) as bigint) * interval '1 microsecond'){% endmacro %}
{% macro duckdb__span_of(seconds) %}to_microseconds(cast(floor({{ seconds }} * 1000000 + 0.5) as bigint)){% endmacro %}

{# A text as it stands in a URL. #}
{% macro url_encoded(text) %}{{ return(adapter.dispatch('url_encoded', 'dbt_polyai')(text)) }}{% endmacro %}
{% macro default__url_encoded(text) %}(
        select string_agg(
            case
                when piece ~ '^[A-Za-z0-9_.~-]$' then piece
                else upper(regexp_replace(encode(convert_to(piece, 'UTF8'), 'hex'), '(..)', '%\1', 'g'))
            end, '' order by place
        )
        from regexp_split_to_table({{ text }}, '') with ordinality as pieces (piece, place)
    ){% endmacro %}
{% macro duckdb__url_encoded(text) %}url_encode({{ text }}){% endmacro %}
