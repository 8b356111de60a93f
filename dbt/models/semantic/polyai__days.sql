-- Every day from the first to the last of daily_kpis, for the semantic layer.
with reach as (
    select min(business_date) as first, max(business_date) as last from {{ ref('polyai__daily_kpis') }}
),
numbers as (
    select first, {{ dbt_polyai.each_number('0', 'last - first') }} as place from reach
)
select first + cast(place as integer) as business_date from numbers
