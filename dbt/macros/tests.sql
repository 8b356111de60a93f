{# The columns have the values of no other row, and those of `filled` have any. #}
{% test is_key(model, columns, filled) %}
select {{ columns | join(', ') }}, count(*) as found
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1{% for column in filled %} or {{ column }} is null{% endfor %}
{% endtest %}

{# No value is below the minimum of its column. #}
{% test at_least(model, minimums) %}
select * from {{ model }}
where {% for column, minimum in minimums.items() %}{{ column }} < {{ minimum }}{{ ' or ' if not loop.last }}{% endfor %}
{% endtest %}

{# What was counted after the delivery is what was published. #}
{% test found_as_delivered(model) %}
select * from {{ model }}
where verified_at is not null and (rows_found <> rows_expected or coalesce(differing, '') <> '')
{% endtest %}
