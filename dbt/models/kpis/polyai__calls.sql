{{ config(materialized='view') }}
select * from {{ ref('polyai__conversation_facts') }} where not is_test and not in_progress
