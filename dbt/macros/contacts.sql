{# Written by `make docs` from what is declared in polyai_assets: change it there, not here. #}

{# The kind of a `customer`, of which `dialled` is known. #}
{% macro contact_kind() %}{{ return(adapter.dispatch('contact_kind', 'dbt_polyai')()) }}{% endmacro %}
{% macro default__contact_kind() %}CASE WHEN customer = '' THEN 'none'
            WHEN (customer ~ '^(?:p[0-9a-z]{1,8}_[pesi][a-z2-7]{25})$')
                THEN CASE substring(customer, '_(.)')
                    WHEN 'p' THEN 'phone' WHEN 'e' THEN 'email' ELSE 'id' END
            WHEN (customer ~ '(?i)^(?:redacted|anonymous|unknown|restricted|private|withheld|unavailable)$') THEN 'withheld'
            WHEN (dialled ~ '(?i)^(?:((sip|tel):)?\+?[0-9]{5,15}(@.*)?)$') THEN 'phone'
            WHEN (customer ~ '^(?:[^@ \t\n\f\r]+@[^@ \t\n\f\r]+)$') AND NOT starts_with(lower(customer), 'sip:') THEN 'email'
            ELSE 'id' END{% endmacro %}
{% macro duckdb__contact_kind() %}CASE WHEN customer = '' THEN 'none'
            WHEN regexp_full_match(customer, 'p[0-9a-z]{1,8}_[pesi][a-z2-7]{25}')
                THEN CASE regexp_extract(customer, '_(.)', 1)
                    WHEN 'p' THEN 'phone' WHEN 'e' THEN 'email' ELSE 'id' END
            WHEN regexp_full_match(customer, '(?i)redacted|anonymous|unknown|restricted|private|withheld|unavailable') THEN 'withheld'
            WHEN regexp_full_match(dialled, '(?i)((sip|tel):)?\+?[0-9]{5,15}(@.*)?') THEN 'phone'
            WHEN regexp_full_match(customer, '[^@\s]+@[^@\s]+') AND NOT starts_with(lower(customer), 'sip:') THEN 'email'
            ELSE 'id' END{% endmacro %}

{# Its normal form, of which `dialled`, `contact_kind` and `our_plain` are known. #}
{% macro contact() %}{{ return(adapter.dispatch('contact', 'dbt_polyai')()) }}{% endmacro %}
{% macro default__contact() %}CASE WHEN (customer ~ '^(?:p[0-9a-z]{1,8}_[pesi][a-z2-7]{25})$') THEN customer
            WHEN contact_kind = 'phone' AND starts_with(regexp_replace(substring(dialled, '\+?[0-9]{5,15}'), '^00', '+'), '+') THEN regexp_replace(substring(dialled, '\+?[0-9]{5,15}'), '^00', '+')
            WHEN contact_kind = 'phone' THEN regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(coalesce(substring(CASE WHEN (our_plain ~ '^(?:[1-9][0-9]{10,14})$') THEN '+' || our_plain ELSE our_plain END, '^(?:[sS][iI][pP]:|[tT][eE][lL]:)??\+(1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|[2-9][0-9]{2})'), '') || ' ' || regexp_replace(substring(dialled, '\+?[0-9]{5,15}'), '^00', '+'), '^1 ([2-9][0-9]{9})$', '+1\1'), '^1 (1[2-9][0-9]{9})$', '+\1'), '^([24-9][0-9]*|3[0-8][0-9]?) 0([1-9][0-9]{5,12})$', '+\1\2'), '^[0-9]* ([1-9][0-9]{11,14})$', '+\1'), '^[0-9]* ', '')
            WHEN contact_kind = 'email' THEN lower(customer)
            WHEN contact_kind = 'id' THEN customer END{% endmacro %}
{% macro duckdb__contact() %}CASE WHEN regexp_full_match(customer, 'p[0-9a-z]{1,8}_[pesi][a-z2-7]{25}') THEN customer
            WHEN contact_kind = 'phone' AND starts_with(regexp_replace(regexp_extract(dialled, '\+?[0-9]{5,15}'), '^00', '+'), '+') THEN regexp_replace(regexp_extract(dialled, '\+?[0-9]{5,15}'), '^00', '+')
            WHEN contact_kind = 'phone' THEN regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(coalesce(regexp_extract(CASE WHEN regexp_full_match(our_plain, '[1-9][0-9]{10,14}') THEN '+' || our_plain ELSE our_plain END, '^(?:[sS][iI][pP]:|[tT][eE][lL]:)??\+(1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|[2-9][0-9]{2})', 1), '') || ' ' || regexp_replace(regexp_extract(dialled, '\+?[0-9]{5,15}'), '^00', '+'), '^1 ([2-9][0-9]{9})$', '+1\1'), '^1 (1[2-9][0-9]{9})$', '+\1'), '^([24-9][0-9]*|3[0-8][0-9]?) 0([1-9][0-9]{5,12})$', '+\1\2'), '^[0-9]* ([1-9][0-9]{11,14})$', '+\1'), '^[0-9]* ', '')
            WHEN contact_kind = 'email' THEN lower(customer)
            WHEN contact_kind = 'id' THEN customer END{% endmacro %}

{# Where the conversations of a project are in Agent Studio; an id goes behind it. #}
{% macro studio_address(project) %}case split_part({{ project }}, '/', 1) when 'us-1' then 'https://studio.us.poly.ai' when 'uk-1' then 'https://studio.uk.poly.ai' when 'euw-1' then 'https://studio.eu.poly.ai' when 'studio' then 'https://studio.poly.ai' else 'https://studio.' || split_part({{ project }}, '/', 1) || '.poly.ai' end || '/' || {{ dbt_polyai.url_encoded("split_part(" ~ project ~ ", '/', 2)") }} || '/' || {{ dbt_polyai.url_encoded("split_part(" ~ project ~ ", '/', 3)") }} || '/conversations/'{% endmacro %}
