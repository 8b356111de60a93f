-- The rows of daily_kpis that may be added up: the semantic layer sums them.
select * from {{ ref('polyai__daily_kpis') }} where level = 'part'
